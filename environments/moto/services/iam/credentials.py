"""Credentials: the root user's, the credential report with the root user's row, and access keys of whoever calls.

Sources: IAM User Guide, "Generate credential reports for your AWS account"; IAM API Reference, "GetAccountSummary" and
"GetAccessKeyLastUsed". AWS makes a report at most every four hours; here every call makes a new one, or what was
mended could not be seen.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ...extend import Call, Refusal
from ._service import missing, service, user_of

KEY_COLUMNS = ("active", "last_rotated", "last_used_date", "last_used_region", "last_used_service")
COLUMNS = (
    "user", "arn", "user_creation_time", "password_enabled", "password_last_used", "password_last_changed",
    "password_next_rotation", "mfa_active",
    *(f"access_key_{number}_{column}" for number in (1, 2) for column in KEY_COLUMNS),
    *(f"cert_{number}_{column}" for number in (1, 2) for column in ("active", "last_rotated")),
)  # fmt: skip
NOTHING, UNSUPPORTED, NEVER = "N/A", "not_supported", "no_information"
MAX_KEYS = 2


@dataclass
class Key:
    """An access key of the root user."""

    id: str
    created: datetime
    active: bool
    last_used: Any = None


@dataclass
class Root:
    """The root user's credentials."""

    created: datetime
    mfa: str = "none"
    signed_in: datetime | None = None
    keys: list[Key] = field(default_factory=list)

    def summarise(self, backend: Any) -> None:
        """Let the account summary say what there is."""
        backend.account_summary._account_mfa_enabled = int(self.mfa != "none")
        backend.account_summary._account_access_keys_present = int(bool(self.keys))


def root_of(backend: Any) -> Root:
    """The root user of the account that this backend of moto's holds."""
    kept: dict[str, Any] = service.state_of(backend.account_id, "us-east-1")
    root: Root = kept.setdefault("root", Root(datetime(2025, 1, 6, 9)))
    return root


# ---- the credential report ----


@service.operation
def generate_credential_report(call: Call[Any]) -> dict[str, Any]:
    """Write down who has which credentials now."""
    first = "report" not in call.state
    rows = [",".join(COLUMNS), ",".join(_root_row(call)), *(",".join(_row(call, user)) for user in _users(call))]
    call.state["report"] = ("\n".join(rows).encode(), call.now)
    if first:
        return {"State": "STARTED", "Description": "No report exists. Starting a new report generation task"}
    return {"State": "COMPLETE"}


@service.operation
def get_credential_report(call: Call[Any]) -> dict[str, Any]:
    """What was written down last."""
    if "report" not in call.state:
        raise Refusal("ReportNotPresent", "No report exists. Generate one first.")
    content, moment = call.state["report"]
    return {"Content": content, "ReportFormat": "text/csv", "GeneratedTime": moment}


def _users(call: Call[Any]) -> list[Any]:
    return sorted(call.backend.users.values(), key=lambda user: str(user.name))


def _root_row(call: Call[Any]) -> Iterator[str]:
    root = root_of(call.backend)
    yield from ("<root_account>", f"arn:aws:iam::{call.account}:root", _shown(root.created), UNSUPPORTED)
    yield from (_shown(root.signed_in) if root.signed_in else NEVER, UNSUPPORTED, UNSUPPORTED)
    yield _truth(root.mfa != "none")
    yield from _keys((key.active, key.created, key.last_used) for key in root.keys)
    yield from ("false", NOTHING, "false", NOTHING)


def _row(call: Call[Any], user: Any) -> Iterator[str]:
    yield from (user.name, user.arn, _shown(user.create_date))
    yield from _password(call, user)
    yield _truth(bool(user.mfa_devices))
    yield from _keys((key.status == "Active", key.create_date, key.last_used) for key in user.access_keys)
    certificates = [*user.signing_certificates.values()][:2]
    for certificate in certificates:
        yield from (_truth(certificate.status == "Active"), NOTHING)
    yield from ("false", NOTHING) * (2 - len(certificates))


def _password(call: Call[Any], user: Any) -> tuple[str, str, str, str]:
    if not user.password:
        return "false", NOTHING, NOTHING, NOTHING
    changed = vars(user).get("password_changed") or user.create_date
    policy = call.backend.account_password_policy
    age = policy.max_password_age if policy else None
    rotation = _shown(changed + timedelta(days=int(age))) if age else NOTHING
    used = _shown(user.password_last_used) if user.password_last_used else NEVER
    return "true", used, _shown(changed), rotation


def _keys(keys: Iterable[tuple[bool, datetime, Any]]) -> Iterator[str]:
    shown = list(keys)[:MAX_KEYS]
    for active, created, used in shown:
        yield from (_truth(active), _shown(created))
        yield from (_shown(used.timestamp), used.region, used.service) if used else (NOTHING,) * 3
    yield from ("false", *(NOTHING,) * 4) * (MAX_KEYS - len(shown))


def _shown(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")


def _truth(value: bool) -> str:
    return "true" if value else "false"


# ---- access keys ----


@service.operation
def list_access_keys(call: Call[Any]) -> dict[str, Any]:
    """The keys of a user, without their secrets."""
    user = user_of(call)
    keys = [
        {"UserName": user.name, "AccessKeyId": key.access_key_id, "Status": key.status, "CreateDate": key.create_date}
        for key in user.access_keys
    ]
    return {"AccessKeyMetadata": keys}


@service.operation
def update_access_key(call: Call[Any]) -> None:
    """Switch a key on or off."""
    _key(call).status = call.input["Status"]


@service.operation
def create_access_key(call: Call[Any]) -> Any:
    """A new key for a user, of whom moto asks the name."""
    user_of(call)
    return call.moto()


@service.operation
def delete_access_key(call: Call[Any]) -> Any:
    """Forget a key."""
    _key(call)
    return call.moto()


def _key(call: Call[Any]) -> Any:
    user = user_of(call)
    for key in user.access_keys:
        if key.access_key_id == call.input["AccessKeyId"]:
            return key
    raise missing(f"The Access Key with id {call.input['AccessKeyId']}")
