"""When services were last used: by access keys, and as a scenario remembers it.

Sources: IAM API Reference, "GenerateServiceLastAccessedDetails" and "GetServiceLastAccessedDetails"; IAM User Guide,
"Refine permissions in AWS using last accessed information" (the report lists what the policies allow).
"""

from datetime import datetime
from typing import Any

from hardenlab.semantics.iam import Policy, actions

from ...extend import Call, Refusal
from ...extend.call import unique
from ._rights import Attached, Entity, entity
from ._service import missing, service

Uses = dict[str, tuple[datetime, str]]  # by service: the last use and its Region


def remember_use(backend: Any, arn: str, namespace: str, moment: datetime, region: str) -> None:
    """Let a user or role have used a service."""
    kept = service.state_of(backend.account_id, "us-east-1").setdefault("uses", {})
    kept.setdefault(arn, {})[namespace] = (moment, region)


@service.operation
def generate_service_last_accessed_details(call: Call[Any]) -> dict[str, Any]:
    """A report on a user, group, role or policy, made at once."""
    arn = call.input["Arn"]
    if ":policy/" in arn:
        if arn not in call.backend.managed_policies:
            raise missing(f"The policy {arn[:200]}")
    else:
        entity(call.backend, arn)
    job = unique()
    kept: dict[str, Any] = call.state.setdefault("last accessed jobs", {})
    kept[job] = (arn, call.get("Granularity", "SERVICE_LEVEL"), call.now)
    return {"JobId": job}


@service.operation
def get_service_last_accessed_details(call: Call[Any]) -> dict[str, Any]:
    """Which services the policies allow, and when each was last used."""
    arn, granularity, made = _job(call)
    rows = [_row(namespace, uses_of(call.backend, arn)) for namespace in services_allowed(call.backend, arn)]
    return {
        "JobStatus": "COMPLETED",
        "JobType": granularity,
        "JobCreationDate": made,
        "JobCompletionDate": made,
        "ServicesLastAccessed": rows,
        "IsTruncated": False,
    }


@service.operation
def get_service_last_accessed_details_with_entities(call: Call[Any]) -> dict[str, Any]:
    """Who of those that the report is on used one service, and when."""
    arn, _, made = _job(call)
    namespace = call.input["ServiceNamespace"]
    rows = []
    for found in _entities(call.backend, arn):
        uses = uses_of(call.backend, found)
        name = found.rpartition("/")[2]
        kind = "USER" if ":user/" in found else "ROLE"
        kept = call.backend.users if kind == "USER" else call.backend.roles
        item = next(one for one in kept.values() if one.arn == found)
        row: dict[str, Any] = {
            "EntityInfo": {"Arn": found, "Name": name, "Type": kind, "Id": item.id, "Path": item.path}
        }
        if namespace in uses:
            row["LastAuthenticated"] = uses[namespace][0]
        rows.append(row)
    return {
        "JobStatus": "COMPLETED",
        "JobCreationDate": made,
        "JobCompletionDate": made,
        "EntityDetailsList": rows,
        "IsTruncated": False,
    }


@service.operation
def list_policies_granting_service_access(call: Call[Any]) -> dict[str, Any]:
    """Which policies of a user, group or role allow something of each service."""
    found = entity(call.backend, call.input["Arn"])
    answer = [
        {
            "ServiceNamespace": namespace,
            "Policies": [_granting(found, policy) for policy in found.policies if namespace in _namespaces(policy)],
        }
        for namespace in call.input["ServiceNamespaces"]
    ]
    return {"PoliciesGrantingServiceAccess": answer, "IsTruncated": False}


def _granting(found: Entity, policy: Attached) -> dict[str, Any]:
    if not policy.is_inline:
        return {"PolicyName": policy.name, "PolicyType": "MANAGED", "PolicyArn": policy.arn}
    name = policy.name.removeprefix(f"{policy.kind}_{policy.owner}_")
    return {
        "PolicyName": name,
        "PolicyType": "INLINE",
        "EntityType": policy.kind.upper(),
        "EntityName": policy.owner or found.name,
    }


def _job(call: Call[Any]) -> Any:
    kept = call.state.get("last accessed jobs", {})
    if call.input["JobId"] not in kept:
        raise Refusal("NoSuchEntity", f"The job {call.input['JobId']} cannot be found.")
    return kept[call.input["JobId"]]


def services_allowed(backend: Any, arn: str) -> list[str]:
    """The services of which the policies of a user, group, role, or one policy, allow something."""
    if ":policy/" in arn:
        managed = backend.managed_policies[arn]
        document = next(item.document for item in managed.versions if item.version_id == managed.default_version_id)
        policies: tuple[Attached, ...] = (Attached(document, managed.name, "user-managed"),)
    else:
        policies = entity(backend, arn).policies
    return sorted({namespace for policy in policies for namespace in _namespaces(policy)})


def _namespaces(policy: Attached) -> set[str]:
    """The services of which some statement allows something."""
    found: set[str] = set()
    for statement in Policy.read(policy.text).statements:
        if not statement.allows:
            continue
        if statement.excludes_actions:
            found |= set(actions.services())
            continue
        raw = statement.source["Action"]
        for text in raw if isinstance(raw, list) else [raw]:
            prefix = text.partition(":")[0].lower()
            found |= set(actions.services()) if set("*?") & set(prefix) else {prefix}
    return found


def _entities(backend: Any, arn: str) -> list[str]:
    """Those whose uses the report adds up: the user or role itself, a group's members, a policy's holders."""
    if ":user/" in arn or ":role/" in arn:
        return [arn]
    if ":group/" in arn:
        return [user.arn for group in backend.groups.values() if group.arn == arn for user in group.users]
    holders = [*backend.users.values(), *backend.roles.values()]
    found = [item.arn for item in holders if arn in item.managed_policies]
    for group in backend.groups.values():
        found += [user.arn for user in group.users if arn in group.managed_policies]
    return list(dict.fromkeys(found))


def uses_of(backend: Any, arn: str) -> Uses:
    """When each service was last used by a user or role, or by those who have a group or policy."""
    remembered = service.state_of(backend.account_id, "us-east-1").get("uses", {})
    uses: Uses = {}
    for found in _entities(backend, arn):
        own: Uses = dict(remembered.get(found, {}))
        user = next((item for item in backend.users.values() if item.arn == found), None)
        for key in user.access_keys if user else ():
            if key.last_used is not None:
                _later(own, key.last_used.service, (key.last_used.timestamp, key.last_used.region))
        for namespace, use in own.items():
            _later(uses, namespace, use)
    return uses


def _later(uses: Uses, namespace: str, use: tuple[datetime, str]) -> None:
    if namespace not in uses or uses[namespace][0] < use[0]:
        uses[namespace] = use


def _row(namespace: str, uses: Uses) -> dict[str, Any]:
    row = {"ServiceName": actions.service_names().get(namespace, namespace), "ServiceNamespace": namespace}
    if namespace not in uses:
        return row | {"TotalAuthenticatedEntities": 0}
    moment, region = uses[namespace]
    return row | {"LastAuthenticated": moment, "LastAuthenticatedRegion": region, "TotalAuthenticatedEntities": 1}
