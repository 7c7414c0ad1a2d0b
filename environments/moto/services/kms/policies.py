"""Key policies: well formed, for principals that exist, and such that somebody can still change them."""

from typing import Any

from hardenlab.semantics.iam import CannotJudge, Policies, Principal, Request, decide, validate
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from ...extend import Refusal
from .._resources import unknown_principal
from .state import PENDING_DELETION, KmsCall, key_of, refuse_state, service

MALFORMED = "MalformedPolicyDocumentException"
NAME = "default"  # a key has one policy
MAX_SIZE = 32 * 1024  # bytes
EVERYTHING = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}


@service.operation
def put_key_policy(call: KmsCall) -> Any:
    """Replace the key's policy."""
    key = key_of(call, call.input["KeyId"])
    refuse_state(key, PENDING_DELETION)
    _check_name(call)
    check_policy(call, call.input["Policy"], key.arn)
    return call.moto(KeyId=key.id, PolicyName=NAME)


@service.operation
def get_key_policy(call: KmsCall) -> dict[str, Any]:
    """The key's policy."""
    key = key_of(call, call.input["KeyId"])
    _check_name(call)
    return {"Policy": key.policy, "PolicyName": NAME}


def _check_name(call: KmsCall) -> None:
    if call.get("PolicyName", NAME) != NAME:
        raise Refusal("NotFoundException", "No such policy exists")


def check_policy(call: KmsCall, text: str, key_arn: str) -> None:
    """Refuse a policy that AWS KMS refuses, by form, by principals, or because it locks its author out."""
    if len(text.encode()) > MAX_SIZE:
        raise Refusal("LimitExceededException", f"A key policy has at most {MAX_SIZE} bytes.")
    problems = validate(text, "resource")
    if problems:
        raise Refusal(MALFORMED, f"{problems[0]}."[:500])
    if unknown_principal(text):
        raise Refusal(MALFORMED, "Policy contains a statement with one or more invalid principals.")
    if not call.get("BypassPolicyLockoutSafetyCheck") and not _can_change(call, text, key_arn):
        raise Refusal(MALFORMED, "The new key policy will not allow you to update the key policy in the future.")


def _can_change(call: KmsCall, text: str, key_arn: str) -> bool:
    """Whether the caller, who may do so by its own policies, could put another policy under this one."""
    who = _caller(call)
    asked = Request(who, "kms:PutKeyPolicy", key_arn, call.account, {"kms:CallerAccount": call.account})
    try:
        return decide(asked, Policies(identity=[EVERYTHING], resource=text)).allowed
    except CannotJudge:
        return True


def _caller(call: KmsCall) -> Principal:
    """The user or session of the access key; every other key is the account's administrator."""
    for user in iam_backends[call.account]["aws"].users.values():
        if any(key.access_key_id == call.access_key for key in user.access_keys):
            return Principal.user(user.arn)
    for session in sts_backends[call.account]["aws"].assumed_roles:
        if session.access_key_id == call.access_key:
            return Principal.role_session(session.arn, session.role_arn)
    return Principal.root(call.account)
