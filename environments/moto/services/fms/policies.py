"""Policies of Firewall Manager."""

from typing import Any

from ...extend import Refusal
from ...extend.call import unique
from .lists import check_token
from .policy_data import check_policy_data
from .state import ManagerCall, Organization, administered, admins_of, existing, invalid, service

MAX_POLICIES = 50
SCOPES = ("ACCOUNT", "ORG_UNIT")
CLOUDFRONT, ALB, CLASSIC = (
    "AWS::CloudFront::Distribution", "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElasticLoadBalancing::LoadBalancer",
)  # fmt: skip
STAGE, EIP, GROUP, VPC = "AWS::ApiGateway::Stage", "AWS::EC2::EIP", "AWS::EC2::SecurityGroup", "AWS::EC2::VPC"
INTERFACE, INSTANCE = "AWS::EC2::NetworkInterface", "AWS::EC2::Instance"
LIST = "ResourceTypeList"
RESOURCE_TYPES = {
    "WAF": (STAGE, CLOUDFRONT, ALB),
    "WAFV2": (STAGE, ALB, CLOUDFRONT),
    "SHIELD_ADVANCED": (ALB, CLASSIC, EIP, CLOUDFRONT),
    "SECURITY_GROUPS_COMMON": (INTERFACE, INSTANCE, ALB, CLASSIC),
    "SECURITY_GROUPS_CONTENT_AUDIT": (GROUP, INTERFACE, INSTANCE),
    "SECURITY_GROUPS_USAGE_AUDIT": (GROUP,),
    "NETWORK_FIREWALL": (VPC,),
    "DNS_FIREWALL": (VPC,),
    "THIRD_PARTY_FIREWALL": (VPC,),
    "IMPORT_NETWORK_FIREWALL": (VPC, "AWS::NetworkFirewall::Firewall"),
    "NETWORK_ACL_COMMON": ("AWS::EC2::Subnet",),
}


@service.operation
def put_policy(call: ManagerCall) -> dict[str, Any]:
    """A new policy, or another version of one: what is not given is gone."""
    organization = administered(call)
    given, rows = call.input["Policy"], call.state.policies
    known = check_token(rows, given, "PolicyId", "PolicyUpdateToken")
    kind = given["SecurityServicePolicyData"]["Type"]
    if known and known["SecurityServicePolicyData"]["Type"] != kind:
        raise Refusal("InvalidTypeException", "The type of a policy cannot be changed.")
    if known is None and len(rows) >= MAX_POLICIES:
        raise Refusal("LimitExceededException", f"There are at most {MAX_POLICIES} policies in a Region.")
    _check_resource_types(given, kind)
    _check_scope(given, organization)
    for id in given.get("ResourceSetIds", []):
        if id not in call.state.resource_sets:
            raise invalid(f"The resource set {id} does not exist.")
    check_policy_data(call, given)
    id = known["PolicyId"] if known else unique()
    arn = policy_arn(call, id)
    call.tags.put(arn, call.get("TagList"))
    rows[id] = given | {"PolicyId": id, "PolicyUpdateToken": unique(), "PolicyStatus": "ACTIVE"}
    return {"Policy": rows[id], "PolicyArn": arn}


def policy_arn(call: ManagerCall, id: str) -> str:
    return call.arn("fms", f"policy/{id}")


def resource_types(policy: dict[str, Any]) -> list[str]:
    """The resource types that a policy is for."""
    single = policy["ResourceType"]
    return list(policy.get("ResourceTypeList", [])) if single == LIST else [single]


def _check_resource_types(policy: dict[str, Any], kind: str) -> None:
    types = resource_types(policy)
    if policy["ResourceType"] != LIST and policy.get("ResourceTypeList"):
        raise invalid("Use ResourceTypeList only with the ResourceType ResourceTypeList.")
    for name in types:
        if name not in RESOURCE_TYPES[kind]:
            raise invalid(f"A policy of type {kind} is not for {name}.")
    if not types and not policy.get("ResourceSetIds"):
        raise invalid("The policy is for no resource type.")


def _check_scope(policy: dict[str, Any], organization: Organization) -> None:
    for scope in (policy.get("IncludeMap", {}), policy.get("ExcludeMap", {})):
        for kind, names in scope.items():
            if kind not in SCOPES:
                raise invalid(f"{kind} is not one of {', '.join(SCOPES)}.")
            known = (
                organization.accounts if kind == "ACCOUNT" else [*organization.parents, *organization.parents.values()]
            )
            for name in names:
                if name not in known:
                    raise invalid(f"{name} is not in the organization.")


def accounts_in_scope(policy: dict[str, Any], organization: Organization) -> list[str]:
    """The accounts that a policy applies to: those that it includes, else all that it does not exclude."""

    def named(scope: dict[str, list[str]], account: str) -> bool:
        units = scope.get("ORG_UNIT", [])
        return account in scope.get("ACCOUNT", []) or any(unit in units for unit in organization.under(account))

    include, exclude = policy.get("IncludeMap"), policy.get("ExcludeMap", {})
    if include:
        return [account for account in organization.accounts if named(include, account)]
    return [account for account in organization.accounts if not named(exclude, account)]


@service.operation
def get_policy(call: ManagerCall) -> dict[str, Any]:
    """One policy."""
    administered(call)
    row = existing(call.state.policies, call.input["PolicyId"], "policy")
    return {"Policy": row, "PolicyArn": policy_arn(call, row["PolicyId"])}


@service.operation
def list_policies(call: ManagerCall) -> dict[str, Any]:
    """Every policy of the administrator in the Region."""
    administered(call)
    rows = [
        {
            "PolicyArn": policy_arn(call, id), "PolicyId": id, "PolicyName": row["PolicyName"],
            "ResourceType": row["ResourceType"], "SecurityServiceType": row["SecurityServicePolicyData"]["Type"],
            "RemediationEnabled": row["RemediationEnabled"], "PolicyStatus": row["PolicyStatus"],
            "DeleteUnusedFMManagedResources": row.get("DeleteUnusedFMManagedResources", False),
        }
        for id, row in call.state.policies.items()
    ]  # fmt: skip
    return {"PolicyList": rows}


@service.operation
def delete_policy(call: ManagerCall) -> None:
    """Forget a policy."""
    administered(call)
    id = existing(call.state.policies, call.input["PolicyId"], "policy")["PolicyId"]
    del call.state.policies[id]
    call.tags.forget(policy_arn(call, id))


@service.operation
def get_protection_status(call: ManagerCall) -> dict[str, Any]:
    """The attacks on what a Shield Advanced policy protects: none are listed."""
    if not admins_of(call.account):
        administered(call)
    row = existing(call.state.policies, call.input["PolicyId"], "policy")
    kind = row["SecurityServicePolicyData"]["Type"]
    if kind != "SHIELD_ADVANCED":
        raise invalid("The protection status is that of Shield Advanced policies.")
    return {"AdminAccountId": call.account, "ServiceType": kind}
