"""The request that anybody can make to a topic, queue, key, secret or function, tried and decided.

Rules: IAM User Guide, "AWS JSON policy elements: Principal" ("anonymous users" are everyone where a service takes
requests without a signature); Amazon SQS Developer Guide, "Basic examples of Amazon SQS policies" (anonymous access);
AWS Lambda Developer Guide, "Control access to Lambda function URLs".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from hardenlab.semantics.iam import CannotJudge, Document, Policies, Policy, Principal, Request, decide
from hardenlab.semantics.iam.actions import action, expand_names
from hardenlab.semantics.public.access import ADMINISTRATOR, STRANGER, Witness
from hardenlab.semantics.public.samples import fill, sample_contexts

# services that take requests without a signature
UNSIGNED = frozenset({"s3", "sqs"})
# what a stranger would try first
FIRST = {
    "sns": ("sns:Publish", "sns:Subscribe", "sns:SetTopicAttributes"),
    "sqs": ("sqs:SendMessage", "sqs:ReceiveMessage", "sqs:PurgeQueue"),
    "kms": ("kms:Decrypt", "kms:Encrypt", "kms:PutKeyPolicy"),
    "secretsmanager": ("secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"),
    "lambda": ("lambda:InvokeFunction", "lambda:UpdateFunctionCode"),
    "ecr": ("ecr:BatchGetImage", "ecr:PutImage"),
}
MAX_ACTIONS = 60
URL_ACTION = "lambda:InvokeFunctionUrl"


def resource_witness(arn: str, policy: Document | None, *, account: str) -> Witness | None:
    """The first request by nobody in particular that the resource's policy allows; None when all fail.

    `account` owns the resource. Where the service wants a signature the caller is an administrator of an account that
    nobody names. CannotJudge is raised when none succeeds for certain and one may.
    """
    if policy is None:
        return None
    name_of = arn.split(":", 3)[2] if arn.count(":") >= 5 else ""
    read = Policy.read(policy)
    doubt: CannotJudge | None = None
    callers = [Principal.anonymous()] if name_of in UNSIGNED else []
    for caller in [*callers, Principal.user(f"arn:aws:iam::{STRANGER}:user/stranger")]:
        policies = Policies(identity=[ADMINISTRATOR] if caller.kind == "user" else [], resource=read)
        for name in _actions(read, name_of):
            for context in sample_contexts(read):
                try:
                    decision = decide(Request(caller, name, _target(read, arn), account, context), policies)
                except CannotJudge as reason:
                    doubt = reason
                    continue
                if decision.allowed:
                    signed = caller.kind != "anonymous"
                    return Witness(name, arn, context, decision, "any AWS account" if signed else "anybody")
    if doubt:
        raise doubt
    return None


def function_url_witness(
    arn: str, url: Mapping[str, Any] | None, policy: Document | None, *, account: str
) -> Witness | None:
    """The unsigned request to a function URL that succeeds; `url` is what GetFunctionUrlConfig answers, or None.

    Since October 2025 a new URL needs lambda:InvokeFunction beside lambda:InvokeFunctionUrl; a policy that grants one
    of the two raises CannotJudge, for it hangs on when the URL was made.
    """
    if url is None or policy is None:
        return None
    if url.get("AuthType") != "NONE":
        return None
    own = {"lambda:FunctionUrlAuthType": "NONE", "lambda:InvokedViaFunctionUrl": "true"}
    doubt: CannotJudge | None = None
    for sample in sample_contexts(policy):
        context = {**sample, **own}
        decisions = [
            decide(Request(Principal.anonymous(), name, arn, account, context), Policies(resource=policy))
            for name in (URL_ACTION, "lambda:InvokeFunction")
        ]
        if all(decision.allowed for decision in decisions):
            return Witness(URL_ACTION, str(url.get("FunctionUrl", arn)), context, decisions[0])
        if decisions[0].allowed:
            doubt = CannotJudge("whether the URL needs lambda:InvokeFunction too hangs on when it was made")
    if doubt:
        raise doubt
    return None


def _actions(policy: Policy, name_of: str) -> list[str]:
    """What to try: the usual first, then everything that the policy's grants name."""
    found = [name for name in FIRST.get(name_of, ()) if action(name)]
    return list(dict.fromkeys([*found, *islice(_named(policy, name_of), MAX_ACTIONS)]))


def _named(policy: Policy, name_of: str) -> Iterator[str]:
    granting = [statement for statement in policy.statements if statement.allows]
    for full_name in expand_names(f"{name_of}:*"):
        if any(statement.covers_action(full_name.lower()) for statement in granting):
            yield full_name


def _target(policy: Policy, arn: str) -> str:
    """The resource itself, or one inside it that its policy speaks of, such as a function's alias."""
    for statement in policy.statements:
        for pattern in statement.resources or () if statement.allows else ():
            if pattern.text.startswith(f"{arn}:"):
                return fill(pattern.text)
    return arn
