"""Who may do what: every caller but the learner's own key is judged by the policies that stand in the account."""

import re
import urllib.parse
from collections.abc import Callable
from datetime import datetime
from typing import Any

from hardenlab.environment import Credential
from hardenlab.front.operations import Operation
from hardenlab.front.parameters import Unreadable, read_parameters
from hardenlab.model.http import Request

JUDGE_ANONYMOUS = "hardenlab.assess.anonymous:judge_anonymous"
READ_GUARDRAILS = "hardenlab.assess.read_organization:read_guardrails"
READ_TRUST = "hardenlab.assess.read_organization:read_trust"
JUDGE_PRINCIPAL = "hardenlab.assess.authorise:judge_principal"
UNPLAIN = (bytes, datetime)
STATUS = {"InvalidBucketName": 400, "NoSuchBucket": 404, "NoSuchKey": 404, "NotImplemented": 501}

Look = Callable[[str, dict[str, Any]], dict[str, Any]]
Refusal = tuple[int, str, str]


def anonymous_refusal(request: Request, operation: Operation, look: Look, seen_from: str) -> Refusal | None:
    """None when the public may do this; else status, AWS's error code and a message.

    `look` runs a job on a copy of the account (see `Ledger.look`); `seen_from` is the client's address. S3 answers
    unsigned requests when policy, ACLs and public access blocks let the public in.
    """
    if operation.service != "s3":
        return 403, "MissingAuthenticationToken", "Request is missing Authentication Token"
    bucket, key = _bucket_and_key(request)
    if not bucket:
        return 403, "AccessDenied", "Access Denied"
    verdict = look(JUDGE_ANONYMOUS, _asked(request, operation, seen_from) | {"bucket": bucket, "key": key})
    if verdict["allowed"]:
        return None
    return STATUS.get(verdict["code"], 403), verdict["code"], verdict["message"]


def principal_refusal(
    caller: Credential, request: Request, operation: Operation, look: Look, seen_from: str, home: str
) -> Refusal | None:
    """None when this user or role session may do this; else status, AWS's error code and a message.

    `home` is the attempt's own account: where there is an organization it manages it, and no SCP stands over it.
    """
    bucket, key = _bucket_and_key(request) if operation.service == "s3" else ("", "")
    who: dict[str, Any] = {"arn": caller.arn, "session_policy": caller.session_policy, "service": operation.service}
    who |= {"guardrails": _guardrails(request.account, request.region, look, home)}
    if (operation.service, operation.name) == ("sts", "AssumeRole"):
        who |= _role_to_assume(request, look, home)
    elif operation.service != "s3":
        who |= {"parameters": _parameters(request, operation)}
    verdict = look(JUDGE_PRINCIPAL, _asked(request, operation, seen_from) | who | {"bucket": bucket, "key": key})
    return None if verdict["allowed"] else (verdict["status"], verdict["code"], verdict["message"])


def _guardrails(account: str, region: str, look: Look, home: str) -> dict[str, Any] | None:
    """What the organization puts over a member account; None for the account that manages it."""
    if account == home:
        return None
    return look(READ_GUARDRAILS, {"account_id": home, "region": region, "member": account})


def _role_to_assume(request: Request, look: Look, home: str) -> dict[str, Any]:
    """The role that is named, and what only its own account can tell of it, when that is another."""
    role = _form(request, "RoleArn")
    asked: dict[str, Any] = {"role": role, "external_id": _form(request, "ExternalId")}
    owner = role.split(":")[4] if role.count(":") >= 5 else ""
    if not re.fullmatch(r"[0-9]{12}", owner) or owner == request.account:
        return asked
    over = _guardrails(owner, request.region, look, home) or {"organization": "", "scps": [], "rcps": []}
    trust = {"trust": None}
    if over["organization"] is not None:
        trust = look(READ_TRUST, {"account_id": owner, "region": request.region, "role": role})
    return asked | trust | {"role_guardrails": over}


def _parameters(request: Request, operation: Operation) -> dict[str, Any] | None:
    """The parameters as JSON can carry them, without bytes and times; None when they cannot be read."""
    try:
        found = _plain(read_parameters(request, operation))
    except Unreadable:
        return None
    return found if isinstance(found, dict) else None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items() if not isinstance(item, UNPLAIN)}
    if isinstance(value, list):
        return [_plain(item) for item in value if not isinstance(item, UNPLAIN)]
    return value


def _asked(request: Request, operation: Operation, seen_from: str) -> dict[str, Any]:
    return {
        "account_id": request.account,
        "region": request.region,
        "operation": operation.name,
        "address": seen_from,
    }


def _form(request: Request, name: str) -> str:
    """One parameter of a request that is sent as a form; empty when it is not there, or there twice."""
    values = urllib.parse.parse_qs(request.body.decode("utf-8", "replace")).get(name, [])
    return values[0] if len(values) == 1 else ""


def _bucket_and_key(request: Request) -> tuple[str, str]:
    bucket, _, key = urllib.parse.unquote(request.path.lstrip("/")).partition("/")
    return bucket, key
