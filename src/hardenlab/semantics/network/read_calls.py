"""Read a Network through clients that answer EC2's and ELBv2's describe calls, each made once."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hardenlab.semantics.network.network import Network

EC2_CALLS = {
    "Vpcs": "describe_vpcs",
    "Subnets": "describe_subnets",
    "RouteTables": "describe_route_tables",
    "InternetGateways": "describe_internet_gateways",
    "EgressOnlyInternetGateways": "describe_egress_only_internet_gateways",
    "NatGateways": "describe_nat_gateways",
    "NetworkAcls": "describe_network_acls",
    "SecurityGroups": "describe_security_groups",
    "NetworkInterfaces": "describe_network_interfaces",
    "Reservations": "describe_instances",
    "VpcPeeringConnections": "describe_vpc_peering_connections",
    "VpcEndpoints": "describe_vpc_endpoints",
}


MORE = ("NextToken", "NextMarker")


def read_network(client: Callable[[str], Any]) -> Network:
    """Every VPC of the region as one model. `client(service)` makes clients as boto3 does."""
    ec2 = client("ec2")
    documents = {kind: _pages(ec2, call, kind) for kind, call in EC2_CALLS.items()}
    documents["PrefixLists"] = _prefix_lists(ec2)
    unread: dict[str, str] = {}
    try:
        documents |= _load_balancers(client("elbv2"))
    except Exception as error:
        unread["LoadBalancers"] = _refusal(error)
    if _leads_through_endpoint(documents):
        documents["PrefixLists"] += _service_prefix_lists(ec2)
        try:
            documents |= _firewalls(client("network-firewall"))
        except Exception as error:
            unread["Firewalls"] = _refusal(error)
    return Network.from_describe(documents, unread)


def _leads_through_endpoint(documents: Mapping[str, Sequence[Mapping[str, Any]]]) -> bool:
    """Whether some route leads to a VPC endpoint: only then do firewalls and the services' addresses matter."""
    routes = [route for table in documents["RouteTables"] for route in table.get("Routes", ())]
    return any(str(route.get("GatewayId") or route.get("VpcEndpointId") or "").startswith("vpce-") for route in routes)


def _service_prefix_lists(ec2: Any) -> list[dict[str, Any]]:
    """The addresses of S3 and DynamoDB; without them questions about their gateway endpoints are Unjudged."""
    try:
        return _pages(ec2, "describe_prefix_lists", "PrefixLists")
    except Exception as error:
        _refusal(error)
        return []


def _firewalls(firewall: Any) -> dict[str, list[dict[str, Any]]]:
    found = [
        firewall.describe_firewall(FirewallArn=item["FirewallArn"])
        for item in _pages(firewall, "list_firewalls", "Firewalls")
    ]
    policies = [
        firewall.describe_firewall_policy(FirewallPolicyArn=arn)
        for arn in sorted({item["Firewall"]["FirewallPolicyArn"] for item in found})
    ]
    references = {
        reference["ResourceArn"]
        for policy in policies
        for kind in ("StatelessRuleGroupReferences", "StatefulRuleGroupReferences")
        for reference in policy["FirewallPolicy"].get(kind, ())
    }
    groups = [
        firewall.describe_rule_group(RuleGroupArn=arn) for arn in sorted(references) if ":aws-managed:" not in arn
    ]
    return {"Firewalls": found, "FirewallPolicies": policies, "FirewallRuleGroups": groups}


def _load_balancers(elbv2: Any) -> dict[str, list[dict[str, Any]]]:
    balancers = _pages(elbv2, "describe_load_balancers", "LoadBalancers")
    if not balancers:
        return {}
    groups = _pages(elbv2, "describe_target_groups", "TargetGroups")
    listeners = [
        listener
        for balancer in balancers
        for listener in _pages(elbv2, "describe_listeners", "Listeners", LoadBalancerArn=balancer["LoadBalancerArn"])
    ]
    health = [
        {**item, "TargetGroupArn": group["TargetGroupArn"]}
        for group in groups
        for item in elbv2.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
    ]
    return {"LoadBalancers": balancers, "TargetGroups": groups, "Listeners": listeners, "TargetHealth": health}


def _prefix_lists(ec2: Any) -> list[dict[str, Any]]:
    lists = _pages(ec2, "describe_managed_prefix_lists", "PrefixLists")
    own = [item for item in lists if item.get("OwnerId") != "AWS"]
    return [
        {
            **item,
            "Entries": _pages(ec2, "get_managed_prefix_list_entries", "Entries", PrefixListId=item["PrefixListId"]),
        }
        for item in own
    ]


def _pages(client: Any, call: str, key: str, **arguments: Any) -> list[dict[str, Any]]:
    """Everything that the call lists; most lists fit into the first page, and botocore makes a class for the others."""
    first = getattr(client, call)(**arguments)
    if any(first.get(name) for name in MORE) and client.can_paginate(call):
        return [item for page in client.get_paginator(call).paginate(**arguments) for item in page.get(key, [])]
    return list(first.get(key, []))


def _refusal(error: Exception) -> str:
    """What AWS said; anything but botocore's ClientError, which this floor does not know by name, is raised."""
    response = getattr(error, "response", None)
    if response is None:
        raise error
    return str(response["Error"]["Message"])
