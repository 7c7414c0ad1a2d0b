"""AWS Shield Advanced: subscription, protections, the response team's access, contacts and proactive engagement.

The account is taken to have Business Support, which the response team asks for. No attack ever reaches it: the lists of
attacks are empty. What AWS does after a while (a pending engagement) is done at once.

Sources: AWS Shield Advanced API Reference; AWS WAF, AWS Firewall Manager and AWS Shield Advanced Developer Guide,
"AWS Shield Advanced", "Configuring AWS SRT support", "Setting up proactive engagement", "AWS Shield Advanced quotas".
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ..extend import Call, Refusal, Service
from ..extend.call import unique
from ._resources import ARN, find_bucket, find_resource, find_role, service_may_assume
from .wafv2 import service as wafv2
from .wafv2.web_acls import add_shield_rule, remove_shield_rule

YEAR = 365 * 24 * 60 * 60  # seconds of commitment
LAST_DAYS = timedelta(days=30)  # in which the renewal may be switched off
RESPONSE_TEAM = "drt.shield.amazonaws.com"
TEAM_POLICY = "arn:aws:iam::aws:policy/service-role/AWSShieldDRTAccessPolicy"
MAX_BUCKETS = 10
MAX_PROTECTIONS, MAX_GROUPS, MAX_MEMBERS = 1000, 100, 1000
HEALTH_CHECK = "arn:aws:route53:::healthcheck/"
TYPES = (
    "CLOUDFRONT_DISTRIBUTION", "ROUTE_53_HOSTED_ZONE", "ELASTIC_IP_ALLOCATION", "CLASSIC_LOAD_BALANCER",
    "APPLICATION_LOAD_BALANCER", "GLOBAL_ACCELERATOR",
)  # fmt: skip


@dataclass
class Shield:
    """What an account has of Shield Advanced."""

    subscription: dict[str, Any] | None = None
    protections: dict[str, dict[str, Any]] = field(default_factory=dict)  # by id
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)  # by id
    role: str | None = None
    buckets: list[str] = field(default_factory=list)
    contacts: list[dict[str, Any]] = field(default_factory=list)
    engagement: str | None = None  # None until its details are associated, then ENABLED or DISABLED


ShieldCall = Call[Shield]
service = Service(
    "shield",
    state=Shield,
    invalid="InvalidParameterException",
    invalid_token="InvalidPaginationTokenException",  # noqa: S106  an error code
    too_many_tags="LimitsExceededException",
    is_global=True,
)


# ---- subscription ----


@service.operation
def create_subscription(call: ShieldCall) -> None:
    """Subscribe for a year, renewed by itself."""
    if call.state.subscription is not None:
        raise Refusal("ResourceAlreadyExistsException", "The subscription already exists.")
    call.state.subscription = {
        "StartTime": call.now,
        "EndTime": call.now + timedelta(seconds=YEAR),
        "TimeCommitmentInSeconds": YEAR,
        "AutoRenew": "ENABLED",
        "SubscriptionArn": call.arn("shield", f"subscription/{unique()}", region=""),
    }


@service.operation
def describe_subscription(call: ShieldCall) -> dict[str, Any]:
    """The subscription with its limits."""
    limits = [{"Type": kind, "Max": MAX_PROTECTIONS} for kind in TYPES]
    groups = {
        "MaxProtectionGroups": MAX_GROUPS,
        "PatternTypeLimits": {"ArbitraryPatternLimits": {"MaxMembers": MAX_MEMBERS}},
    }
    return {
        "Subscription": _subscription(call)
        | {
            "Limits": limits,
            "ProactiveEngagementStatus": call.state.engagement or "DISABLED",
            "SubscriptionLimits": {
                "ProtectionLimits": {"ProtectedResourceTypeLimits": limits},
                "ProtectionGroupLimits": groups,
            },
        }
    }


@service.operation
def get_subscription_state(call: ShieldCall) -> dict[str, Any]:
    """Whether the account is subscribed."""
    return {"SubscriptionState": "INACTIVE" if call.state.subscription is None else "ACTIVE"}


@service.operation
def update_subscription(call: ShieldCall) -> None:
    """Switch the renewal; off only in the last 30 days of the commitment."""
    subscription = _subscription(call)
    wanted = call.get("AutoRenew", subscription["AutoRenew"])
    if wanted != subscription["AutoRenew"] and call.now < subscription["EndTime"] - LAST_DAYS:
        raise Refusal(
            "LockedSubscriptionException", "AutoRenew can be changed during the last 30 days of the subscription."
        )
    subscription["AutoRenew"] = wanted


@service.operation
def delete_subscription(call: ShieldCall) -> None:
    """Deprecated: refused until the year of commitment is over."""
    if call.now < _subscription(call)["EndTime"]:
        raise Refusal("LockedSubscriptionException", "The subscription has not completed its 1-year commitment.")
    call.state.subscription = None


def _subscription(call: ShieldCall) -> dict[str, Any]:
    if call.state.subscription is None:
        raise Refusal("ResourceNotFoundException", "The subscription does not exist.", resourceType="Subscription")
    return call.state.subscription


# ---- protections ----


@service.operation
def create_protection(call: ShieldCall) -> dict[str, Any]:
    """Protect one resource that exists in this account."""
    _subscription(call)
    arn = call.input["ResourceArn"]
    kind = _kind(arn)
    protections = call.state.protections
    if any(protection["ResourceArn"] == arn for protection in protections.values()):
        raise Refusal("ResourceAlreadyExistsException", "The referenced protection already exists.")
    match = ARN.fullmatch(arn)
    if find_resource(arn) is None or (match and match[3] not in (None, call.account)):
        raise Refusal("InvalidResourceException", f"The resource {arn} does not exist or is not accessible.")
    if sum(_kind(protection["ResourceArn"]) == kind for protection in protections.values()) >= MAX_PROTECTIONS:
        raise Refusal("LimitsExceededException", "Too many protections.", Type=kind, Limit=MAX_PROTECTIONS)
    identifier = unique()
    protection_arn = call.arn("shield", f"protection/{identifier}", region="")
    call.tags.put(protection_arn, call.get("Tags"))
    protections[identifier] = {
        "Id": identifier, "Name": call.input["Name"], "ResourceArn": arn, "ProtectionArn": protection_arn,
        "HealthCheckIds": [],
    }  # fmt: skip
    return {"ProtectionId": identifier}


@service.operation
def describe_protection(call: ShieldCall) -> dict[str, Any]:
    """One protection, by its id or by the ARN of what it protects."""
    if ("ProtectionId" in call.input) == ("ResourceArn" in call.input):
        raise Refusal("InvalidParameterException", "Provide either ProtectionId or ResourceArn, but not both.")
    _subscription(call)
    if "ProtectionId" in call.input:
        return {"Protection": _protection(call)}
    return {"Protection": _protection_of(call, call.input["ResourceArn"])}


@service.operation
def list_protections(call: ShieldCall) -> dict[str, Any]:
    """The protections that every filter takes."""
    _subscription(call)
    kept = _filtered(
        call.state.protections.values(), call.get("InclusionFilters"),
        ResourceArns=lambda row: row["ResourceArn"],
        ProtectionNames=lambda row: row["Name"],
        ResourceTypes=lambda row: _kind(row["ResourceArn"]),
    )  # fmt: skip
    return {"Protections": kept}


@service.operation
def delete_protection(call: ShieldCall) -> None:
    """Protect the resource no more."""
    protection = _protection(call)
    del call.state.protections[protection["Id"]]
    call.tags.forget(protection["ProtectionArn"])


@service.operation
def associate_health_check(call: ShieldCall) -> None:
    """Watch the protected resource by a Route 53 health check of this account."""
    protection = _protection(call)
    identifier = call.input["HealthCheckArn"].removeprefix(HEALTH_CHECK)
    from moto.route53.models import route53_backends

    if identifier not in route53_backends[call.account]["aws"].health_checks:
        raise Refusal("InvalidResourceException", f"The health check {identifier} does not exist.")
    if identifier not in protection["HealthCheckIds"]:
        protection["HealthCheckIds"].append(identifier)


@service.operation
def disassociate_health_check(call: ShieldCall) -> None:
    """Watch the resource by that health check no more."""
    protection = _protection(call)
    identifier = call.input["HealthCheckArn"].removeprefix(HEALTH_CHECK)
    if identifier not in protection["HealthCheckIds"]:
        raise Refusal("ResourceNotFoundException", "The health check is not associated with the protection.")
    protection["HealthCheckIds"].remove(identifier)


def _kind(arn: str) -> str:
    match = ARN.fullmatch(arn)
    if not match:
        raise Refusal("InvalidResourceException", f"{arn[:256]} is not the ARN of a resource.")
    name, _, rest = match[4].partition("/")
    if (match[1], name) == ("elasticloadbalancing", "loadbalancer"):
        kind = "APPLICATION_LOAD_BALANCER" if rest.startswith("app/") else "CLASSIC_LOAD_BALANCER"
        if "/" in rest and not rest.startswith("app/"):
            raise Refusal(
                "InvalidResourceException", "Protect a Network Load Balancer by the Elastic IP addresses that it has."
            )
        return kind
    known = {
        ("cloudfront", "distribution"): "CLOUDFRONT_DISTRIBUTION",
        ("route53", "hostedzone"): "ROUTE_53_HOSTED_ZONE",
        ("ec2", "eip-allocation"): "ELASTIC_IP_ALLOCATION",
        ("globalaccelerator", "accelerator"): "GLOBAL_ACCELERATOR",
    }
    if (match[1], name) not in known:
        raise Refusal("InvalidResourceException", f"Unrecognized resource '{name}' of service '{match[1]}'.")
    return known[match[1], name]


def _protection(call: ShieldCall) -> dict[str, Any]:
    _subscription(call)
    protection = call.state.protections.get(call.input["ProtectionId"])
    if protection is None:
        raise Refusal("ResourceNotFoundException", "The referenced protection does not exist.")
    return protection


def _protection_of(call: ShieldCall, arn: str) -> dict[str, Any]:
    _subscription(call)
    for protection in call.state.protections.values():
        if protection["ResourceArn"] == arn:
            return protection
    raise Refusal("ResourceNotFoundException", "The referenced protection does not exist.")


def _filtered(
    rows: Iterable[dict[str, Any]], filters: dict[str, list[str]] | None, **read: Callable[[dict[str, Any]], Any]
) -> list[dict[str, Any]]:
    return [row for row in rows if all(read[name](row) in values for name, values in (filters or {}).items() if values)]


# ---- automatic mitigation at the application layer ----


@service.operation
def enable_application_layer_automatic_response(call: ShieldCall) -> None:
    """Let Shield make rules, in a rule group of its own, in the web ACL of a protected distribution or ALB."""
    arn = call.input["ResourceArn"]
    protection = _protection_of(call, arn)
    if _kind(arn) not in ("CLOUDFRONT_DISTRIBUTION", "APPLICATION_LOAD_BALANCER"):
        raise Refusal(
            "InvalidOperationException", "Automatic mitigation is for CloudFront distributions and ALBs only."
        )
    if _responds(protection):
        raise Refusal("InvalidOperationException", "Automatic mitigation is enabled for the resource already.")
    acl = _web_acl(call, arn)
    if acl is None:
        raise Refusal("InvalidOperationException", "The resource has no AWS WAF web ACL: associate one first.")
    _respond(call, protection)
    add_shield_rule(acl, call.account, unique())


@service.operation
def update_application_layer_automatic_response(call: ShieldCall) -> None:
    """Block or count from now on."""
    protection = _protection_of(call, call.input["ResourceArn"])
    if not _responds(protection):
        raise Refusal("InvalidOperationException", "Automatic mitigation is not enabled for the resource.")
    _respond(call, protection)


@service.operation
def disable_application_layer_automatic_response(call: ShieldCall) -> None:
    """Make no more rules."""
    protection = _protection_of(call, call.input["ResourceArn"])
    if not _responds(protection):
        raise Refusal("InvalidOperationException", "Automatic mitigation is not enabled for the resource.")
    del protection["ApplicationLayerAutomaticResponseConfiguration"]
    acl = _web_acl(call, protection["ResourceArn"])
    if acl is not None and not any(
        _responds(other) and _web_acl(call, other["ResourceArn"]) is acl for other in call.state.protections.values()
    ):
        remove_shield_rule(acl)


def _responds(protection: dict[str, Any]) -> bool:
    return "ApplicationLayerAutomaticResponseConfiguration" in protection


def _respond(call: ShieldCall, protection: dict[str, Any]) -> None:
    action = call.input["Action"]
    if sum(action.get(kind) is not None for kind in ("Block", "Count")) != 1:
        raise Refusal("InvalidParameterException", "Specify exactly one action, either Block or Count.")
    protection["ApplicationLayerAutomaticResponseConfiguration"] = {"Status": "ENABLED", "Action": action}


def _web_acl(call: ShieldCall, arn: str) -> Any:
    """The web ACL that the resource has, or None."""
    if _kind(arn) == "CLOUDFRONT_DISTRIBUTION":
        distribution = find_resource(arn)
        state = wafv2.state_of(call.account, "us-east-1")
        return state.items.get(distribution.distribution_config.web_acl_id) if distribution else None
    state = wafv2.state_of(call.account, arn.split(":")[3])
    return state.items.get(state.associations.get(arn))


# ---- protection groups ----


@service.operation
def create_protection_group(call: ShieldCall) -> None:
    """Several protected resources as one."""
    _subscription(call)
    identifier = call.input["ProtectionGroupId"]
    if identifier in call.state.groups:
        raise Refusal("ResourceAlreadyExistsException", "The protection group already exists.")
    if len(call.state.groups) >= MAX_GROUPS:
        raise Refusal(
            "LimitsExceededException", "Too many protection groups.", Type="ProtectionGroups", Limit=MAX_GROUPS
        )
    arn = call.arn("shield", f"protection-group/{identifier}", region="")
    group = _group_settings(call)
    call.tags.put(arn, call.get("Tags"))
    call.state.groups[identifier] = {"ProtectionGroupId": identifier, "ProtectionGroupArn": arn} | group


@service.operation
def update_protection_group(call: ShieldCall) -> None:
    """Other resources or another aggregation; what is not given is gone."""
    group = _group(call)
    settings = _group_settings(call)
    group.pop("ResourceType", None)
    group |= settings


@service.operation
def describe_protection_group(call: ShieldCall) -> dict[str, Any]:
    """One group."""
    return {"ProtectionGroup": _group(call)}


@service.operation
def list_protection_groups(call: ShieldCall) -> dict[str, Any]:
    """The groups that every filter takes."""
    _subscription(call)
    kept = _filtered(
        call.state.groups.values(), call.get("InclusionFilters"),
        ProtectionGroupIds=lambda row: row["ProtectionGroupId"],
        Patterns=lambda row: row["Pattern"],
        ResourceTypes=lambda row: row.get("ResourceType"),
        Aggregations=lambda row: row["Aggregation"],
    )  # fmt: skip
    return {"ProtectionGroups": kept}


@service.operation
def list_resources_in_protection_group(call: ShieldCall) -> dict[str, Any]:
    """The protected resources that the group's pattern takes."""
    group = _group(call)
    protected = [protection["ResourceArn"] for protection in call.state.protections.values()]
    if group["Pattern"] == "ARBITRARY":
        return {"ResourceArns": [arn for arn in group["Members"] if arn in protected]}
    kinds = TYPES if group["Pattern"] == "ALL" else (group["ResourceType"],)
    return {"ResourceArns": [arn for arn in protected if _kind(arn) in kinds]}


@service.operation
def delete_protection_group(call: ShieldCall) -> None:
    """Forget the group; its resources stay protected."""
    group = _group(call)
    del call.state.groups[group["ProtectionGroupId"]]
    call.tags.forget(group["ProtectionGroupArn"])


def _group(call: ShieldCall) -> dict[str, Any]:
    _subscription(call)
    group = call.state.groups.get(call.input["ProtectionGroupId"])
    if group is None:
        raise Refusal("ResourceNotFoundException", "The referenced protection group does not exist.")
    return group


def _group_settings(call: ShieldCall) -> dict[str, Any]:
    pattern, members, kind = call.input["Pattern"], call.get("Members", []), call.get("ResourceType")
    if bool(members) != (pattern == "ARBITRARY"):
        raise Refusal("InvalidParameterException", "Set Members when Pattern is ARBITRARY, and only then.")
    if (kind is not None) != (pattern == "BY_RESOURCE_TYPE"):
        raise Refusal("InvalidParameterException", "Set ResourceType when Pattern is BY_RESOURCE_TYPE, and only then.")
    if len(members) > MAX_MEMBERS:
        raise Refusal("LimitsExceededException", "Too many members.", Type="Members", Limit=MAX_MEMBERS)
    protected = {protection["ResourceArn"] for protection in call.state.protections.values()}
    for arn in members:
        if arn not in protected:
            raise Refusal(
                "ResourceNotFoundException", f"The resource {arn} is not protected.", resourceType="Protection"
            )
    settings = {"Aggregation": call.input["Aggregation"], "Pattern": pattern, "Members": members}
    return settings | ({"ResourceType": kind} if kind else {})


# ---- the Shield Response Team ----


@service.operation
def associate_drt_role(call: ShieldCall) -> None:
    """Let the response team act by a role that trusts it and has its managed policy; it replaces an earlier one."""
    _subscription(call)
    arn = call.input["RoleArn"]
    role = find_role(call.account, arn)
    if role is None:
        raise Refusal("InvalidParameterException", f"The role {arn} does not exist in this account.")
    if not service_may_assume(role, RESPONSE_TEAM, call.account):
        raise Refusal("InvalidParameterException", f"The role {arn} does not trust the service {RESPONSE_TEAM}.")
    if TEAM_POLICY not in role.managed_policies:
        raise Refusal("InvalidParameterException", f"The role {arn} does not have the policy {TEAM_POLICY}.")
    call.state.role = arn


@service.operation
def disassociate_drt_role(call: ShieldCall) -> None:
    """Take the role from the response team."""
    _subscription(call)
    if call.state.role is None:
        raise Refusal("ResourceNotFoundException", "No role is associated with the subscription.")
    call.state.role = None


@service.operation
def associate_drt_log_bucket(call: ShieldCall) -> None:
    """Let the response team read one more bucket."""
    _subscription(call)
    name, buckets = call.input["LogBucket"], call.state.buckets
    if call.state.role is None:
        raise Refusal("NoAssociatedRoleException", "The role for the Shield Response Team is not associated.")
    if find_bucket(call.account, name) is None:
        raise Refusal("ResourceNotFoundException", f"The bucket {name} does not exist.", resourceType="S3Bucket")
    if name in buckets:
        raise Refusal("InvalidOperationException", f"The bucket {name} is associated already.")
    if len(buckets) >= MAX_BUCKETS:
        raise Refusal("LimitsExceededException", "Too many log buckets.", Type="LogBuckets", Limit=MAX_BUCKETS)
    buckets.append(name)


@service.operation
def disassociate_drt_log_bucket(call: ShieldCall) -> None:
    """Let the response team read that bucket no more."""
    _subscription(call)
    if call.state.role is None:
        raise Refusal("NoAssociatedRoleException", "The role for the Shield Response Team is not associated.")
    if call.input["LogBucket"] not in call.state.buckets:
        raise Refusal("ResourceNotFoundException", f"The bucket {call.input['LogBucket']} is not associated.")
    call.state.buckets.remove(call.input["LogBucket"])


@service.operation
def describe_drt_access(call: ShieldCall) -> dict[str, Any]:
    """The response team's role and buckets."""
    _subscription(call)
    return {"LogBucketList": call.state.buckets} | ({"RoleArn": call.state.role} if call.state.role else {})


# ---- contacts and proactive engagement ----


@service.operation
def update_emergency_contact_settings(call: ShieldCall) -> None:
    """Replace the contacts; one with a phone stays while the engagement is enabled."""
    _subscription(call)
    contacts = call.get("EmergencyContactList", [])
    if call.state.engagement == "ENABLED":
        _need_phone(contacts)
    call.state.contacts = contacts


@service.operation
def describe_emergency_contact_settings(call: ShieldCall) -> dict[str, Any]:
    """The contacts."""
    _subscription(call)
    return {"EmergencyContactList": call.state.contacts}


@service.operation
def associate_proactive_engagement_details(call: ShieldCall) -> None:
    """Begin proactive engagement with these contacts, once."""
    _subscription(call)
    if call.state.engagement is not None:
        raise Refusal(
            "InvalidOperationException",
            "Proactive engagement details are already associated with the subscription. "
            "Please use Enable/DisableProactiveEngagement APIs to update its status.",
        )
    _need_phone(call.input["EmergencyContactList"])
    call.state.contacts = call.input["EmergencyContactList"]
    call.state.engagement = "ENABLED"


@service.operation
def enable_proactive_engagement(call: ShieldCall) -> None:
    """Let the response team call the contacts, again."""
    _subscription(call)
    if call.state.engagement is None:
        raise Refusal("InvalidOperationException", "Associate the details of proactive engagement first.")
    _need_phone(call.state.contacts)
    call.state.engagement = "ENABLED"


@service.operation
def disable_proactive_engagement(call: ShieldCall) -> None:
    """Let the response team call nobody of its own accord."""
    _subscription(call)
    if call.state.engagement is None:
        raise Refusal("InvalidOperationException", "Associate the details of proactive engagement first.")
    call.state.engagement = "DISABLED"


def _need_phone(contacts: list[dict[str, Any]]) -> None:
    if not any(contact.get("PhoneNumber") for contact in contacts):
        raise Refusal(
            "InvalidParameterException", "Proactive engagement needs at least one contact with a phone number."
        )


# ---- attacks ----


@service.operation
def list_attacks(call: ShieldCall) -> dict[str, Any]:
    """None: nobody attacks an emulated account."""
    for name in ("StartTime", "EndTime"):
        span = call.get(name) or {}
        if "FromInclusive" in span and "ToExclusive" in span and span["FromInclusive"] >= span["ToExclusive"]:
            raise Refusal("InvalidParameterException", f"{name} ends before it begins.")
    return {"AttackSummaries": []}


@service.operation
def describe_attack(call: ShieldCall) -> dict[str, Any]:
    """Refused, as for every id of no attack on this account."""
    raise Refusal("AccessDeniedException", f"The attack {call.input['AttackId']} is not one on this account.")


@service.operation
def describe_attack_statistics(call: ShieldCall) -> dict[str, Any]:
    """The attacks of the last year: none."""
    return {
        "TimeRange": {"FromInclusive": call.now - timedelta(days=365), "ToExclusive": call.now},
        "DataItems": [{"AttackCount": 0}],
    }


def _exists(call: ShieldCall, arn: str) -> bool:
    rows = [row["ProtectionArn"] for row in call.state.protections.values()]
    return arn in rows or arn in [row["ProtectionGroupArn"] for row in call.state.groups.values()]


service.tag_operations(_exists)
