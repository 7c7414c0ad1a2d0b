"""Who makes a call, as `userIdentity` has it (CloudTrail User Guide, "CloudTrail userIdentity element")."""

from dataclasses import dataclass
from random import Random
from typing import Any

from hardenlab.evidence.cast import Cast, Person, Role
from hardenlab.evidence.draws import HOUR, unique_id
from hardenlab.evidence.events import Call, when

SESSION = 12 * HOUR


@dataclass(frozen=True, slots=True)
class Caller:
    """An identity with the address and the program that it calls from."""

    identity: dict[str, Any]
    address: str
    agent: str
    arn: str
    from_console: bool = False
    until: int = 2**62
    """When its credentials end."""

    @property
    def key(self) -> str | None:
        """The access key that signs; None for AWS services."""
        found: str | None = self.identity.get("accessKeyId")
        return found

    def at(self, address: str, agent: str | None = None) -> "Caller":
        """The same credentials elsewhere: in other hands, or on another machine."""
        return Caller(self.identity, address, agent or self.agent, self.arn, False, self.until)


def with_key(cast: Cast, person: Person, address: str, agent: str | None = None, key: str | None = None) -> Caller:
    """An IAM user with a long-lived access key."""
    identity = _user(cast, person) | {"accessKeyId": key or person.key, "userName": person.user}
    return Caller(identity, address, agent or person.command_line, identity["arn"])


def in_console(cast: Cast, person: Person, random: Random, moment: int, address: str, *, mfa: bool = True) -> Caller:
    """An IAM user who has signed in to the console: a temporary key and the session's attributes."""
    identity = _user(cast, person) | {
        "accessKeyId": unique_id(random, "ASIA"),
        "userName": person.user,
        "sessionContext": {"attributes": _attributes(moment, mfa)},
    }
    return Caller(identity, address, person.browser, identity["arn"], True, moment + SESSION)


def root(cast: Cast, random: Random, moment: int, address: str, agent: str, *, mfa: bool = True) -> Caller:
    """The account's root user in the console."""
    arn = f"arn:aws:iam::{cast.account}:root"
    identity = {
        "type": "Root",
        "principalId": cast.account,
        "arn": arn,
        "accountId": cast.account,
        "accessKeyId": unique_id(random, "ASIA"),
        "sessionContext": {"attributes": _attributes(moment, mfa)},
    }
    return Caller(identity, address, agent, arn, True, moment + SESSION)


def service(name: str) -> Caller:
    """An AWS service: `service("ec2")`; address and agent are its own name too."""
    host = f"{name}.amazonaws.com"
    return Caller({"type": "AWSService", "invokedBy": host}, host, host, host)


def foreign(account: str, random: Random, address: str, agent: str) -> Caller:
    """A principal of another account, of whom only the account is told."""
    identity = {"type": "AWSAccount", "principalId": unique_id(random, "AIDA"), "accountId": account}
    return Caller(identity, address, agent, f"arn:aws:iam::{account}:root")


def web_identity(provider: str, subject: str, address: str, agent: str) -> Caller:
    """Somebody whom an OpenID Connect provider vouches for."""
    identity = {"type": "WebIdentityUser", "principalId": f"{provider}:sts.amazonaws.com:{subject}"}
    return Caller(identity | {"userName": subject, "identityProvider": provider}, address, agent, subject)


@dataclass(frozen=True, slots=True)
class Assumption:
    """AssumeRole as the call that hands out a session, and the session whose later calls carry the same key."""

    call: Call
    session: Caller


def assume(
    cast: Cast,
    random: Random,
    moment: int,
    role: Role,
    session: str,
    by: Caller,
    *,
    seconds: int = HOUR,
    web: bool = False,
    on_instance: bool = False,
) -> Assumption:
    """A session of a role. `web` for AssumeRoleWithWebIdentity, `on_instance` for credentials of the metadata service.

    The session calls from where its maker is; an AWS service's does so too until it is moved with `at`.
    """
    key = unique_id(random, "ASIA")
    role_arn = f"arn:aws:iam::{cast.account}:role/{role.name}"
    arn = f"arn:aws:sts::{cast.account}:assumed-role/{role.name}/{session}"
    answer = {
        "Credentials": {"AccessKeyId": key, "SessionToken": _token(random), "Expiration": moment + seconds},
        "AssumedRoleUser": {"AssumedRoleId": f"{role.id}:{session}", "Arn": arn},
    }
    given: dict[str, Any] = {"RoleArn": role_arn, "RoleSessionName": session}
    if web:
        given["WebIdentityToken"] = "a token"
    else:
        given["DurationSeconds"] = seconds
    name = "AssumeRoleWithWebIdentity" if web else "AssumeRole"
    context: dict[str, Any] = {
        "sessionIssuer": {
            "type": "Role",
            "principalId": role.id,
            "arn": role_arn,
            "accountId": cast.account,
            "userName": role.name,
        },
        "attributes": _attributes(moment, by.identity.get("sessionContext", {}).get("attributes", {}).get(
            "mfaAuthenticated") == "true"),
    }  # fmt: skip
    if on_instance:
        context["ec2RoleDelivery"] = "2.0"
    identity = {
        "type": "AssumedRole",
        "principalId": f"{role.id}:{session}",
        "arn": arn,
        "accountId": cast.account,
        "accessKeyId": key,
        "sessionContext": context,
    }
    resources = ({"accountId": cast.account, "type": "AWS::IAM::Role", "ARN": role_arn},)
    return Assumption(
        Call("sts", name, given, answer=answer, resources=resources),
        Caller(identity, by.address, by.agent, arn, by.from_console, moment + seconds),
    )


def _token(random: Random) -> str:
    return f"IQoJb3JpZ2luX2VjE{random.getrandbits(256):064x}"


def _user(cast: Cast, person: Person) -> dict[str, Any]:
    arn = f"arn:aws:iam::{cast.account}:user/{person.user}"
    return {"type": "IAMUser", "principalId": person.user_id, "arn": arn, "accountId": cast.account}


def _attributes(moment: int, mfa: bool) -> dict[str, str]:
    return {"creationDate": when(moment), "mfaAuthenticated": str(mfa).lower()}
