"""What Network Firewall keeps for an account and region, and what its files share.

Sources: AWS Network Firewall API Reference; AWS Network Firewall Developer Guide, "AWS Network Firewall quotas".
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ...extend import Call, Refusal, Service
from ...extend.call import unique

Members = dict[str, Any]


@dataclass
class Resource:
    """A policy, a rule group or a TLS inspection configuration: what it is called, what it says, and its version."""

    name: str
    arn: str
    body: Members
    about: Members
    """Members of AWS's answer that are kept as they are."""
    token: str


@dataclass
class Firewall:
    """A firewall; `endpoints` are the VPC endpoints by subnet."""

    arn: str
    about: Members
    token: str
    endpoints: dict[str, str] = field(default_factory=dict)
    logs: list[Members] = field(default_factory=list)
    has_dashboard: bool = False

    @property
    def name(self) -> str:
        return str(self.about["FirewallName"])


@dataclass
class NetworkFirewall:
    """Everything by its ARN."""

    firewalls: dict[str, Firewall] = field(default_factory=dict)
    policies: dict[str, Resource] = field(default_factory=dict)
    rule_groups: dict[str, Resource] = field(default_factory=dict)
    tls: dict[str, Resource] = field(default_factory=dict)
    associations: dict[str, Members] = field(default_factory=dict)
    resource_policies: dict[str, str] = field(default_factory=dict)


NetworkFirewallCall = Call[NetworkFirewall]
service = Service("network-firewall", state=NetworkFirewall, invalid="InvalidRequestException")


def is_ours(call: NetworkFirewallCall, arn: str) -> bool:
    state = call.state
    return any(
        arn in kind for kind in (state.firewalls, state.policies, state.rule_groups, state.tls, state.associations)
    )


def invalid(message: str) -> Refusal:
    return Refusal("InvalidRequestException", message)


def missing(what: str) -> Refusal:
    return Refusal("ResourceNotFoundException", f"Resource not found: {what}")


def named(call: NetworkFirewallCall, things: dict[str, Any], kind: str) -> Any:
    """The thing that the call names by ARN, by name or by both (members such as RuleGroupArn, RuleGroupName)."""
    arn, name = call.get(f"{kind}Arn"), call.get(f"{kind}Name")
    if arn is None and name is None:
        raise invalid(f"You must specify {kind}Arn or {kind}Name.")
    found = [one for one in things.values() if arn in (None, one.arn) and name in (None, one.name)]
    if not found:
        raise missing(arn or name)
    return found[0]


def check_token(given: str | None, current: str) -> None:
    if given is not None and given != current:
        raise Refusal("InvalidTokenException", "The token you provided is stale or isn't valid for the operation.")


def checked_encryption(call: NetworkFirewallCall) -> Members:
    """The encryption configuration, AWS's own key unless a key is given."""
    given = call.get("EncryptionConfiguration") or {"Type": "AWS_OWNED_KMS_KEY"}
    if given["Type"] == "CUSTOMER_KMS" and not given.get("KeyId"):
        raise invalid("EncryptionConfiguration: CUSTOMER_KMS needs a KeyId.")
    return given if given["Type"] == "CUSTOMER_KMS" else {"KeyId": "AWS_OWNED_KMS_KEY", "Type": "AWS_OWNED_KMS_KEY"}


def check_room(call: NetworkFirewallCall, kept: int, most: int, arn: str, things: dict[str, Any]) -> None:
    """Before something is made: its tags, its name, and how many there are."""
    call.tags.check(call.get("Tags"))
    if arn in things:
        raise invalid(f"A resource with the specified name already exists: {arn}")
    if kept >= most:
        raise Refusal("LimitExceededException", f"An account has at most {most} of these in a Region.")


def tagged(call: NetworkFirewallCall, arn: str, members: Members) -> Members:
    """The answer's members with the tags, if there are any."""
    tags = call.tags.listed(arn)
    return members | ({"Tags": tags} if tags else {})


def new_token() -> str:
    return unique()


def users_of_policy(call: NetworkFirewallCall, arn: str) -> Iterator[Firewall]:
    return (one for one in call.state.firewalls.values() if one.about["FirewallPolicyArn"] == arn)


def references(policy: Members) -> Iterator[Members]:
    """A firewall policy's references to rule groups, stateless first."""
    yield from policy.get("StatelessRuleGroupReferences", [])
    yield from policy.get("StatefulRuleGroupReferences", [])
