"""Unused access: roles, keys, passwords and permissions that nobody used for so many days.

Source: IAM User Guide, "Findings for unused access": what is younger than the analyzer's age is not reported.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from moto.iam.models import iam_backends

from ..iam import services_allowed, uses_of
from ._service import Analyzer, Row


def unused_access(account: str, analyzer: Analyzer, now: datetime) -> Iterator[Row]:
    """Findings without id, times and status."""
    age = analyzer.configuration["unusedAccess"]["unusedAccessAge"]
    since = now - timedelta(days=age)
    backend = iam_backends[account]["aws"]
    for user in backend.users.values():
        if _is_excluded(analyzer, account, user.arn, backend):
            continue
        yield from _keys(user, since)
        yield from _password(user, since)
        yield from _permissions(backend, user, "AWS::IAM::User", since)
    for role in backend.roles.values():
        if role.path.startswith("/aws-service-role/") or _is_excluded(analyzer, account, role.arn, backend):
            continue
        uses = uses_of(backend, role.arn)
        last = max((use[0] for use in uses.values()), default=None)
        if _unused(role.create_date, last, since):
            yield _row(role, "AWS::IAM::Role", "UnusedIAMRole", {"unusedIamRoleDetails": _last(last)})
        else:
            yield from _permissions(backend, role, "AWS::IAM::Role", since)


def _keys(user: Any, since: datetime) -> Iterator[Row]:
    for key in user.access_keys:
        last = key.last_used.timestamp if key.last_used else None
        if key.status == "Active" and _unused(key.create_date, last, since):
            details = {"unusedIamUserAccessKeyDetails": {"accessKeyId": key.access_key_id, **_last(last)}}
            yield _row(user, "AWS::IAM::User", "UnusedIAMUserAccessKey", details)


def _password(user: Any, since: datetime) -> Iterator[Row]:
    made = vars(user).get("password_created") or user.create_date
    if user.password and _unused(made, user.password_last_used, since):
        details = {"unusedIamUserPasswordDetails": _last(user.password_last_used)}
        yield _row(user, "AWS::IAM::User", "UnusedIAMUserPassword", details)


def _permissions(backend: Any, holder: Any, kind: str, since: datetime) -> Iterator[Row]:
    """One finding for all services that the policies allow and nobody used."""
    if holder.create_date > since:
        return
    uses = uses_of(backend, holder.arn)
    unused = [name for name in services_allowed(backend, holder.arn) if name not in uses or uses[name][0] < since]
    if unused:
        details = [
            {"unusedPermissionDetails": {"serviceNamespace": name, **_last(uses[name][0] if name in uses else None)}}
            for name in unused
        ]
        yield _row(holder, kind, "UnusedPermission", *details)


def _unused(created: datetime, last: datetime | None, since: datetime) -> bool:
    return created <= since and (last is None or last < since)


def _last(moment: datetime | None) -> Row:
    return {"lastAccessed": moment} if moment else {}


def _row(holder: Any, kind: str, finding: str, *details: Row) -> Row:
    return {
        "resource": holder.arn,
        "resourceType": kind,
        "findingType": finding,
        "details": list(details),
        "condition": {},
    }


def _is_excluded(analyzer: Analyzer, account: str, arn: str, backend: Any) -> bool:
    rule = analyzer.configuration["unusedAccess"].get("analysisRule") or {}
    tags = {tag["Key"]: tag["Value"] for tag in backend.tagger.list_tags_for_resource(arn)["Tags"]}
    for item in rule.get("exclusions", []):
        if account in item.get("accountIds", []):
            return True
        if any(all(tags.get(key) == value for key, value in wanted.items()) for wanted in item.get("resourceTags", [])):
            return True
    return False
