"""Short words for policies and requests, so that tests read as sentences."""

from hardenlab.semantics.iam import Policies, Principal, Request, decide

HOME = "111122223333"
PARTNER = "444455556666"
JANE = Principal.user(f"arn:aws:iam::{HOME}:user/jane")
BOB = Principal.user(f"arn:aws:iam::{HOME}:user/bob")
ANALYST = Principal.role_session(f"arn:aws:sts::{HOME}:assumed-role/analyst/s1")
PARTNER_SESSION = Principal.role_session(f"arn:aws:sts::{PARTNER}:assumed-role/auditor/s1")
OBJECT = "arn:aws:s3:::lab-data/report.csv"
KEY = f"arn:aws:kms:us-east-1:{HOME}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ROLE = f"arn:aws:iam::{HOME}:role/deploy"


def statement(effect="Allow", action="s3:GetObject", resource="*", **more):
    return {"Effect": effect, "Action": action, "Resource": resource} | more


def without(source, *elements):
    return {name: value for name, value in source.items() if name not in elements}


def policy(*statements, version="2012-10-17"):
    return {"Version": version, "Statement": list(statements)}


def allow(action="s3:GetObject", resource="*", **more):
    return policy(statement("Allow", action, resource, **more))


def deny(action="s3:GetObject", resource="*", **more):
    return policy(statement("Deny", action, resource, **more))


def trust(principal, action="sts:AssumeRole", effect="Allow", **more):
    return policy({"Effect": effect, "Principal": principal, "Action": action} | more)


def when(**operators):
    """A Condition; `when(ForAnyValue__StringLike={...})` writes the colon that Python refuses."""
    return {"Condition": {name.replace("__", ":"): keys for name, keys in operators.items()}}


def ask(caller=JANE, action="s3:GetObject", resource=OBJECT, account=HOME, context=(), **policies):
    return decide(Request(caller, action, resource, account, dict(context)), Policies(**policies))


def holds(condition, context=(), *, version="2012-10-17"):
    """Whether an Allow with this Condition applies to a request with this context."""
    document = policy(statement(Condition=condition), version=version)
    return ask(identity=[document], context=context).allowed
