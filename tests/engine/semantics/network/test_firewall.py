"""AWS Network Firewall: routing through an endpoint, stateless rules, 5-tuple and domain-list rules, both orders."""

import pytest

from hardenlab.semantics.network import INTERNET, Blocked, Network, Packet, Unjudged

ARN = "arn:aws:network-firewall:eu-west-1:111122223333:"
FIREWALL = "vpce-fw"
EVERYWHERE = "0.0.0.0/0"


def acl(name="acl-1", *entries, subnets=()):
    usual = {"RuleNumber": 100, "RuleAction": "allow", "Protocol": "-1", "CidrBlock": EVERYWHERE}
    return {
        "NetworkAclId": name,
        "VpcId": "vpc-1",
        "IsDefault": not subnets,
        "Associations": [{"SubnetId": subnet} for subnet in subnets],
        "Entries": [{**usual, "Egress": False}, {**usual, "Egress": True}, *entries],
    }


def table(name, subnet, *routes):
    listed = [
        {
            "DestinationCidrBlock": cidr,
            {"nat": "NatGatewayId", "vpc": "VpcEndpointId"}.get(target[:3], "GatewayId"): target,
        }
        for cidr, target in (("10.0.0.0/16", "local"), *routes)
    ]
    where = {"GatewayId": subnet} if subnet.startswith("igw") else {"SubnetId": subnet}
    return {"RouteTableId": f"rtb-{name}", "VpcId": "vpc-1", "Associations": [where], "Routes": listed}


def host(number, subnet, address, public):
    face = {
        "NetworkInterfaceId": f"eni-{number}",
        "SubnetId": subnet,
        "PrivateIpAddress": address,
        "Groups": [{"GroupId": "sg-1"}],
    }
    return {
        "InstanceId": f"i-{number}",
        "NetworkInterfaces": [face | ({"Association": {"PublicIp": public}} if public else {})],
    }


def network(policy, *groups, edge=True, web_through=FIREWALL, firewall=True, entries=()):
    """web (public, behind the firewall), app (private, by NAT in web's subnet), a subnet for the firewall."""
    open_group = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": EVERYWHERE}]}
    found = {
        "Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}],
        "InternetGateways": [{"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1"}]}],
        "Subnets": [
            {"SubnetId": f"sub-{name}", "VpcId": "vpc-1", "CidrBlock": f"10.0.{number}.0/24"}
            for number, name in enumerate(("web", "app", "fw"))
        ],
        "RouteTables": [
            table("web", "sub-web", (EVERYWHERE, web_through)),
            table("app", "sub-app", (EVERYWHERE, "nat-1")),
            table("fw", "sub-fw", (EVERYWHERE, "igw-1")),
            *([table("edge", "igw-1", ("10.0.0.0/24", FIREWALL))] if edge else []),
        ],
        "NatGateways": [
            {"NatGatewayId": "nat-1", "SubnetId": "sub-web", "NatGatewayAddresses": [{"PrivateIp": "10.0.0.200"}]}
        ],
        "NetworkAcls": [acl(), acl("acl-fw", *entries, subnets=["sub-fw"])],
        "SecurityGroups": [
            {"GroupId": "sg-1", "VpcId": "vpc-1", "IpPermissions": [open_group], "IpPermissionsEgress": [open_group]}
        ],
        "Instances": [host("web", "sub-web", "10.0.0.10", "192.0.2.10"), host("app", "sub-app", "10.0.1.10", None)],
    }
    if firewall:
        found["Firewalls"] = [
            {
                "Firewall": {"FirewallName": "inspect", "VpcId": "vpc-1", "FirewallPolicyArn": f"{ARN}policy"},
                "FirewallStatus": {
                    "SyncStates": {"eu-west-1a": {"Attachment": {"EndpointId": FIREWALL, "SubnetId": "sub-fw"}}}
                },
            }
        ]
        found["FirewallPolicies"] = [
            {"FirewallPolicyResponse": {"FirewallPolicyArn": f"{ARN}policy"}, "FirewallPolicy": policy}
        ]
        found["FirewallRuleGroups"] = list(groups)
    return Network.from_describe(found)


def group(name, **source):
    variables = source.pop("RuleVariables", {})
    return {
        "RuleGroupResponse": {"RuleGroupArn": f"{ARN}{name}", "RuleGroupName": name},
        "RuleGroup": {"RuleVariables": variables, "RulesSource": source},
    }


def policy(*stateful, stateless=(), default="aws:forward_to_sfe", strict=False, defaults=()):
    order = {"StatefulEngineOptions": {"RuleOrder": "STRICT_ORDER"}} if strict else {}
    return {
        "StatelessDefaultActions": [default],
        "StatelessRuleGroupReferences": [{"ResourceArn": f"{ARN}{n}", "Priority": p} for p, n in enumerate(stateless)],
        "StatefulRuleGroupReferences": [{"ResourceArn": f"{ARN}{n}", "Priority": p} for p, n in enumerate(stateful, 1)],
        "StatefulDefaultActions": list(defaults),
        **order,
    }


def five(action, protocol="TCP", source="ANY", destination="ANY", port="ANY", direction="FORWARD", **options):
    return {
        "Action": action,
        "Header": {
            "Protocol": protocol,
            "Source": source,
            "SourcePort": "ANY",
            "Direction": direction,
            "Destination": destination,
            "DestinationPort": port,
        },
        "RuleOptions": [
            {"Keyword": "sid", "Settings": ["1"]},
            {"Keyword": "rev:1"},
            *({"Keyword": k} for k in options),
        ],
    }


def stateless(*rules):
    return {
        "StatelessRulesAndCustomActions": {
            "StatelessRules": [
                {"Priority": number, "RuleDefinition": {"MatchAttributes": attributes, "Actions": [action]}}
                for number, (action, attributes) in enumerate(rules, start=1)
            ]
        }
    }


def names(*targets, kind="ALLOWLIST", types=("TLS_SNI", "HTTP_HOST")):
    return {"RulesSourceList": {"Targets": list(targets), "TargetTypes": list(types), "GeneratedRulesType": kind}}


def inward(model, port=443, source=INTERNET, **more):
    return model.answer(source=source, to=model.instances.get("i-web"), port=port, **more)


def outward(model, port=443, who="i-app", to=INTERNET, **more):
    return model.answer(source=model.instances.get(who), to=to, port=port, **more)


OPEN = policy()


def test_an_open_firewall_lets_everything_through_and_is_named_on_the_way():
    model = network(OPEN)
    packet = inward(model)
    assert isinstance(packet, Packet) and any(FIREWALL in hop for hop in packet.hops)
    assert any("firewall inspect: no stateful rule speaks of it" in hop for hop in packet.hops)
    assert isinstance(outward(model), Packet) and isinstance(outward(model, who="i-web"), Packet)


def test_a_closed_firewall_stops_both_directions_and_says_so():
    model = network(policy(default="aws:drop"))
    assert str(inward(model)) == "firewall inspect drops tcp 443"
    assert str(outward(model)) == "firewall inspect drops tcp 443"


def test_routing_decides_whether_the_firewall_is_asked():
    past_it = network(policy(default="aws:drop"), edge=False, web_through="igw-1")
    assert isinstance(inward(past_it), Packet) and isinstance(outward(past_it), Packet)


@pytest.mark.parametrize("wrong", [{"edge": False}, {"web_through": "igw-1"}])
def test_a_firewall_that_sees_one_direction_alone_cannot_be_judged(wrong):
    model = network(OPEN, **wrong)
    for question in (inward, outward):
        with pytest.raises(Unjudged):
            question(model)


def test_a_firewall_that_is_not_described_cannot_be_judged():
    with pytest.raises(Unjudged, match="not described"):
        outward(network(OPEN, firewall=False))


STATELESS = [
    ([("aws:drop", {"DestinationPorts": [{"FromPort": 443, "ToPort": 443}], "Protocols": [6]})], 443, False),
    ([("aws:drop", {"DestinationPorts": [{"FromPort": 443, "ToPort": 443}], "Protocols": [6]})], 80, True),
    ([("aws:drop", {"SourcePorts": [{"FromPort": 443, "ToPort": 443}], "Protocols": [6]})], 443, False),  # the reply
    ([("aws:drop", {"Protocols": [17]})], 443, True),
    ([("aws:pass", {"Protocols": [6]}), ("aws:drop", {})], 443, True),
    ([("aws:drop", {}), ("aws:pass", {})], 443, False),
    ([("aws:drop", {"Destinations": [{"AddressDefinition": "10.0.0.0/24"}]})], 443, False),
    ([("aws:drop", {"Sources": [{"AddressDefinition": "172.16.0.0/12"}]})], 443, True),
]


@pytest.mark.parametrize(("rules", "port", "passes"), STATELESS)
def test_stateless_rules_are_asked_in_order_and_of_both_directions(rules, port, passes):
    model = network(policy(stateless=["s"]), group("s", **stateless(*rules)))
    assert isinstance(inward(model, port), Packet) is passes


def test_a_stateless_rule_sorts_the_internet_by_address():
    blocked = ("aws:drop", {"Sources": [{"AddressDefinition": "203.0.113.0/24"}]})
    model = network(policy(stateless=["s"]), group("s", **stateless(blocked)))
    web = model.instances.get("i-web")
    assert isinstance(inward(model, source="203.0.113.9"), Blocked)
    assert isinstance(inward(model, source="198.51.100.9"), Packet)
    assert not any(block.startswith("203.0.113.") for block in model.internet_sources(web, 443))


def test_passing_one_way_and_inspecting_the_other_cannot_be_judged():
    there = ("aws:pass", {"DestinationPorts": [{"FromPort": 443, "ToPort": 443}]})
    model = network(policy(stateless=["s"]), group("s", **stateless(there)))
    with pytest.raises(Unjudged, match="one direction alone"):
        inward(model)


def test_tcp_flags_are_not_read():
    flagged = ("aws:drop", {"Protocols": [6], "TCPFlags": [{"Flags": ["SYN"]}]})
    model = network(policy(stateless=["s"]), group("s", **stateless(flagged)))
    with pytest.raises(Unjudged):
        inward(model)
    assert isinstance(inward(model, 53, protocol="udp"), Packet)


FIVE_TUPLE = [
    # rules, strict, defaults, passes
    ([five("DROP", port="443")], False, (), False),
    ([five("REJECT", port="443")], False, (), False),
    ([five("ALERT", port="443")], False, (), True),
    ([five("DROP"), five("PASS", port="443")], False, (), True),  # action order: pass first
    ([five("DROP"), five("PASS", port="443")], True, (), False),  # strict order: as written
    ([five("PASS", port="443"), five("DROP")], True, (), True),
    ([five("PASS", port="80")], True, ("aws:drop_strict",), False),
    ([five("PASS", port="443")], True, ("aws:drop_strict",), True),
    ([five("PASS", port="443")], True, ("aws:drop_established",), True),
    ([], True, ("aws:drop_established",), False),
    ([], True, ("aws:alert_strict",), True),
    ([five("DROP", protocol="UDP")], False, (), True),
    ([five("DROP", protocol="IP")], False, (), False),
    ([five("DROP", port="[80,443]")], False, (), False),
    ([five("DROP", port="!443")], False, (), True),
    ([five("DROP", port="400:500")], False, (), False),
    ([five("DROP", source="$HOME_NET")], False, (), False),
    ([five("DROP", destination="$HOME_NET")], False, (), True),
    ([five("DROP", destination="$HOME_NET", direction="ANY")], False, (), False),
    ([five("DROP", source="10.0.0.200/32")], False, (), False),  # the NAT gateway's address is what is seen
    ([five("DROP", source="10.0.1.0/24")], False, (), True),
    ([five("DROP", source="[10.0.0.0/16,!10.0.0.0/24]")], False, (), True),
    ([five("DROP", source="!10.0.0.0/8")], False, (), True),
]


@pytest.mark.parametrize(("rules", "strict", "defaults", "passes"), FIVE_TUPLE)
def test_five_tuple_rules(rules, strict, defaults, passes):
    groups = [group("f", StatefulRules=rules)]
    model = network(policy("f", strict=strict, defaults=defaults), *groups)
    assert isinstance(outward(model), Packet) is passes


def test_variables_are_the_groups_own_before_the_policys():
    rules = [five("DROP", destination="$BAD", port="$WEB")]
    variables = {
        "IPSets": {"BAD": {"Definition": ["198.51.100.0/24"]}},
        "PortSets": {"WEB": {"Definition": ["443", "8443"]}},
    }
    model = network(policy("f"), group("f", StatefulRules=rules, RuleVariables=variables))
    assert isinstance(outward(model, to="198.51.100.9"), Blocked)
    assert isinstance(outward(model, to="203.0.113.9"), Packet)
    assert isinstance(outward(model, 80, to="198.51.100.9"), Packet)


def test_a_rule_that_asks_for_more_than_a_header_cannot_be_judged():
    content = group("f", StatefulRules=[five("DROP", port="443", content="x")])
    with pytest.raises(Unjudged, match="more than a header"):
        outward(network(policy("f"), content))
    spoken = group("f", StatefulRules=[five("DROP", protocol="TLS")])
    with pytest.raises(Unjudged, match="what is spoken"):
        outward(network(policy("f"), spoken))
    assert isinstance(outward(network(policy("f"), spoken), protocol="udp"), Packet)


@pytest.mark.parametrize(
    "source", [{"RulesString": "drop tcp any any -> any any (sid:1;)"}, {"StatefulRules": [five("DROP", source="$NO")]}]
)
def test_what_is_not_read_cannot_be_judged(source):
    with pytest.raises(Unjudged):
        outward(network(policy("f"), group("f", **source)))
    with pytest.raises(Unjudged, match="is not described"):
        outward(network(policy("missing")))


DOMAINS = [
    # list, strict, defaults, the name asked for, passes (None: cannot be judged)
    (names(".example.com"), False, (), "example.com", True),
    (names(".example.com"), False, (), "shop.EXAMPLE.com.", True),
    (names(".example.com"), False, (), "badexample.com", False),
    (names("example.com"), False, (), "shop.example.com", False),
    (names("example.com"), False, (), None, None),
    (names("example.com", kind="DENYLIST"), False, (), "example.com", False),
    (names("example.com", kind="DENYLIST"), False, (), "other.com", True),
    (names("example.com", kind="REJECTLIST"), False, (), "example.com", False),
    (names("example.com", kind="ALERTLIST"), False, (), "example.com", True),
    (names("example.com"), True, ("aws:drop_established",), "example.com", True),
    (names("example.com"), True, ("aws:drop_established",), "other.com", False),
    (names("example.com"), True, ("aws:drop_strict",), "example.com", None),
    (names("example.com"), True, (), "other.com", None),
    (names("example.com", types=("HTTP_HOST",)), False, (), "other.com", True),  # TLS on 443 is not looked into
]


@pytest.mark.parametrize(("source", "strict", "defaults", "name", "passes"), DOMAINS)
def test_domain_lists(source, strict, defaults, name, passes):
    model = network(policy("d", strict=strict, defaults=defaults), group("d", **source))
    if passes is None:
        with pytest.raises(Unjudged):
            outward(model, domain=name)
    else:
        assert isinstance(outward(model, domain=name), Packet) is passes


def test_a_domain_list_leaves_other_traffic_alone():
    model = network(policy("d"), group("d", **names("example.com")))
    assert isinstance(outward(model, 53, protocol="udp"), Packet)
    assert isinstance(inward(model, domain="other.com"), Packet)  # its source lies outside HOME_NET


def test_an_early_drop_under_a_domain_list_cannot_be_judged():
    listed, early = group("d", **names("example.com")), group("f", StatefulRules=[five("DROP")])
    with pytest.raises(Unjudged, match="before the name is sent"):
        outward(network(policy("d", "f"), listed, early), domain="example.com")


def test_open_ports_know_where_a_firewall_changes_its_mind():
    rules = [five("PASS", port="8000:8010"), five("DROP")]
    model = network(policy("f"), group("f", StatefulRules=rules))
    assert model.open_ports(model.instances.get("i-web"))["tcp"] == ((8000, 8010),)
    assert {one.ports for one in model.inlets(model.instances.get("i-web"), protocol="tcp")} == {(8000, 8010)}
