"""Hostile networks: the shop of the other benchmark, with as many rules as the quotas of Amazon VPC leave room for.

Source: Amazon VPC User Guide, "Amazon VPC quotas": 60 rules of a direction in a group, 40 entries of a direction in a
network ACL, 1,000 routes in a table. RULES are nearly as many as are judged; MOST is what no account is given.
"""

from typing import Any

from benchmarks.hostile.cases import MOST, Cases
from benchmarks.iam_network import permission, shop
from hardenlab.semantics.network import INTERNET, Network

RULES, ENTRIES = 110, 38


def network() -> Cases:
    yield "not documents", lambda: ask({"SecurityGroups": "[" * 1000, "Subnets": [None, 3, []], "Instances": {"a": 1}})
    for what, rule in (
        ("of single ports, apart", lambda n: single(2 * n, "0.0.0.0/0")),
        ("of networks", lambda n: single(22, f"11.{n // 250}.{n % 250}.0/24")),
        ("of ranges that overlap", lambda n: single(n, "0.0.0.0/0", 30_000 + n)),
        ("of networks and ports", lambda n: single(2 * n, f"11.{n // 250}.{n % 250}.0/24")),
        ("of networks and ranges that overlap", lambda n: single(n, f"11.{n // 250}.{n % 250}.0/24", 30_000 + n)),
    ):
        account = grouped([rule(number) for number in range(RULES)])
        yield f"{RULES} rules {what}", lambda account=account: ask(account)
        yield f"{RULES} rules {what}, which let in", lambda account=account: ask_rules(account)
    yield f"{MOST:,} rules", lambda: ask(grouped([single(number, "0.0.0.0/0") for number in range(MOST)]))
    for count in (ENTRIES, MOST):
        yield (
            f"{count:,} entries that deny",
            lambda count=count: ask(listed([entry(number, "deny", 2 * number) for number in range(count)])),
        )
        yield (
            f"{count:,} entries that allow and deny in turn",
            lambda count=count: ask(
                listed(
                    [entry(number, ("allow", "deny")[number % 2], number, 60_000 - number) for number in range(count)]
                )
            ),
        )
    yield "16 groups refer to one another", lambda: ask(circle(16))
    yield "a route table of 1,000 routes", lambda: ask(routed(1000))


def ask(documents: dict[str, Any]) -> str:
    """What the internet reaches of one instance: its ports, and a packet to port 22."""
    model = Network.from_describe(documents)
    one = model.instances.get("i-00")
    packet = model.witness(source=INTERNET, to=one, port=22)
    return f"{len(model.open_ports(one).get('tcp', ()))} ranges of ports, {packet}"


def ask_rules(documents: dict[str, Any]) -> str:
    """Which rules let the internet in."""
    model = Network.from_describe(documents)
    return f"{len(model.inlets(model.instances.get('i-00'), protocol='tcp'))} inlets"


def single(port: int, cidr: str, last: int | None = None) -> dict[str, Any]:
    return {**permission(port, cidr), "ToPort": last or port}


def entry(number: int, action: str, port: int, last: int | None = None) -> dict[str, Any]:
    ports = {"From": port, "To": last or port}
    return {
        "RuleNumber": number + 1,
        "RuleAction": action,
        "Protocol": "6",
        "CidrBlock": f"{number % 200}.0.0.0/1",
        "PortRange": ports,
        "Egress": False,
    }


def grouped(permissions: list[dict[str, Any]]) -> dict[str, Any]:
    """The shop, its first instance in a group of these rules."""
    account = shop()
    account["SecurityGroups"][0]["IpPermissions"] = permissions
    return account


def listed(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """The shop, with these entries before those of its first ACL, for both directions."""
    account = shop()
    first = account["NetworkAcls"][0]
    later = [{**one, "RuleNumber": one["RuleNumber"] + 20_000} for one in first["Entries"]]
    first["Entries"] = [{**one, "Egress": side} for one in entries for side in (False, True)] + later
    return account


def circle(groups: int) -> dict[str, Any]:
    """The shop, its first instance in so many groups that admit one another."""
    account = shop()
    names = [f"sg-c{number}" for number in range(groups)]
    pairs = [{"GroupId": name} for name in names]
    account["SecurityGroups"] += [
        {"GroupId": name, "VpcId": "vpc-1", "IpPermissions": [{**permission(22), "UserIdGroupPairs": pairs}]}
        for name in names
    ]
    account["Instances"][0]["NetworkInterfaces"][0]["Groups"] = pairs
    return account


def routed(routes: int) -> dict[str, Any]:
    """The shop, with so many routes to the gateway beside the usual ones."""
    account = shop()
    account["RouteTables"][0]["Routes"] += [
        {"DestinationCidrBlock": f"{11 + n // 250}.{n % 250}.0.0/16", "GatewayId": "igw-1", "State": "active"}
        for n in range(routes)
    ]
    return account
