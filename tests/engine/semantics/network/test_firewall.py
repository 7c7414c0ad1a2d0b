"""AWS Network Firewall: routing through an endpoint, stateless rules, 5-tuple and domain-list rules, both orders."""

import time

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


def network(policy, *groups, edge=True, web_through=FIREWALL, firewall=True, entries=(), status=None, policies=None):
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
                    "SyncStates": {
                        "eu-west-1a": {
                            "Attachment": {
                                "EndpointId": FIREWALL,
                                "SubnetId": "sub-fw",
                                **({"Status": status} if status else {}),
                            }
                        }
                    }
                },
            }
        ]
        described = {"FirewallPolicyResponse": {"FirewallPolicyArn": f"{ARN}policy"}, "FirewallPolicy": policy}
        found["FirewallPolicies"] = [described] if policies is None else list(policies)
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


@pytest.mark.parametrize(
    ("types", "port", "passes"),
    [
        (("HTTP_HOST",), 80, False), (("HTTP_HOST",), 8080, False), (("HTTP_HOST",), 8443, True),
        (("TLS_SNI",), 80, True), (("TLS_SNI",), 8080, True), (("TLS_SNI",), 8443, False), (("TLS_SNI",), 443, False),
    ],
)  # fmt: skip
def test_a_domain_list_looks_for_the_name_where_its_protocol_is_spoken(types, port, passes):
    """Developer Guide, "Stateful domain list rule groups": HTTP_HOST reads the Host header, TLS_SNI the handshake."""
    model = network(policy("d"), group("d", **names("example.com", types=types)))
    assert isinstance(outward(model, port, domain="other.com"), Packet) is passes


def test_a_domain_list_looks_at_the_home_network_alone():
    """Developer Guide, "Domain list inspection for traffic from outside the deployment VPC": HOME_NET is the VPC's."""
    elsewhere = {"IPSets": {"HOME_NET": {"Definition": ["192.168.0.0/16"]}}}
    model = network(policy("d"), group("d", **names("example.com"), RuleVariables=elsewhere))
    assert isinstance(outward(model, domain="other.com"), Packet)
    here = {"IPSets": {"HOME_NET": {"Definition": ["10.0.0.0/16", "192.168.0.0/16"]}}}
    model = network(policy("d"), group("d", **names("example.com"), RuleVariables=here))
    assert isinstance(outward(model, domain="other.com"), Blocked)


# Suricata User Guide, "Rules format": what each of these protocols runs over
SPOKEN = {"DNS": "both", "KRB5": "both", "NTP": "udp", "TFTP": "udp", "DHCP": "udp", "IKEV2": "udp", "QUIC": "udp"}
SPOKEN |= dict.fromkeys(("HTTP", "FTP", "SMTP", "SSH", "TLS", "SMB", "IMAP", "MSN"), "tcp")


@pytest.mark.parametrize(("protocol", "transport"), SPOKEN.items())
def test_a_rule_about_what_is_spoken_leaves_other_transports_alone(protocol, transport):
    model = network(policy("f"), group("f", StatefulRules=[five("DROP", protocol=protocol)]))
    for asked in ("tcp", "udp"):
        if transport in ("both", asked):
            with pytest.raises(Unjudged, match=f"looks for {protocol}"):
                outward(model, protocol=asked)
        else:
            assert isinstance(outward(model, protocol=asked), Packet)


def nested(depth):
    """$A0 names $A1, and so on; the last one is an address."""
    sets = {f"A{n}": {"Definition": [f"$A{n + 1}", "192.0.2.1"]} for n in range(depth)}
    variables = {"IPSets": sets | {f"A{depth}": {"Definition": ["198.51.100.0/24"]}}}
    return group("f", StatefulRules=[five("DROP", destination="$A0")], RuleVariables=variables)


def test_variables_may_name_variables_a_few_deep():
    model = network(policy("f"), nested(1))
    assert isinstance(outward(model, to="198.51.100.9"), Blocked)
    assert isinstance(outward(model, to="203.0.113.9"), Packet)
    for depth in (2, 9):
        with pytest.raises(Unjudged, match="too deeply"):
            outward(network(policy("f"), nested(depth)))


def test_lists_may_hold_lists_a_few_deep():
    def listed(depth):
        written = "[" * depth + "198.51.100.0/24" + "]" * depth
        return network(policy("f"), group("f", StatefulRules=[five("DROP", destination=written)]))

    assert isinstance(outward(listed(5), to="198.51.100.9"), Blocked)
    for depth in (6, 5_000):
        with pytest.raises(Unjudged, match="too deeply"):
            outward(listed(depth), to="198.51.100.9")


WRITTEN = [
    # how a rule writes the destination, the addresses that are dropped, one that passes
    ("[198.51.100.0/24, 203.0.113.9]", ("198.51.100.1", "203.0.113.9"), "203.0.113.8"),
    ("![198.51.100.0/24,203.0.113.9]", ("203.0.113.8",), "198.51.100.1"),
    ("[198.51.100.0/24,!198.51.100.128/25]", ("198.51.100.1",), "198.51.100.129"),
    ("[198.51.100.0/24,[203.0.113.0/24,!203.0.113.9]]", ("203.0.113.8", "198.51.100.1"), "203.0.113.9"),
    ("!$EXTERNAL_NET", (), "203.0.113.9"),
    ("$EXTERNAL_NET", ("203.0.113.9",), None),
    ("any", ("203.0.113.9",), None),
    ("[any]", ("203.0.113.9",), None),
    ("!198.51.100.1", ("203.0.113.9",), "198.51.100.1"),
]


@pytest.mark.parametrize(("written", "dropped", "passing"), WRITTEN)
def test_addresses_of_a_rule_are_written_in_suricatas_ways(written, dropped, passing):
    """Suricata User Guide, "Rules format", "Source and destination"."""
    model = network(policy("f"), group("f", StatefulRules=[five("DROP", destination=written)]))
    assert all(isinstance(outward(model, to=address), Blocked) for address in dropped)
    assert passing is None or isinstance(outward(model, to=passing), Packet)


PORTS = [
    ("443", {443: False, 442: True, 444: True}), ("440:443", {440: False, 443: False, 439: True, 444: True}),
    ("[80,443:445,!444]", {80: False, 443: False, 444: True, 445: False, 446: True}),
    ("!80:90", {79: False, 80: True, 90: True, 91: False}), (":90", {0: False, 90: False, 91: True}),
    ("65530:", {65529: True, 65530: False, 65535: False}), ("any", {0: False, 65535: False}),
]  # fmt: skip


@pytest.mark.parametrize(("written", "passes"), PORTS)
def test_ports_of_a_rule_are_written_in_suricatas_ways(written, passes):
    """Suricata User Guide, "Rules format", "Ports (source and destination)"."""
    model = network(policy("f"), group("f", StatefulRules=[five("DROP", port=written)]))
    assert {port: isinstance(outward(model, port), Packet) for port in passes} == passes


@pytest.mark.parametrize("header", [{"port": "https"}, {"port": "$NO"}, {"destination": "example.com"}])
def test_what_is_no_port_and_no_address_is_not_read(header):
    with pytest.raises(Unjudged):
        outward(network(policy("f"), group("f", StatefulRules=[five("DROP", **header)])))


def test_a_source_port_is_the_clients():
    rule = five("DROP")
    rule["Header"]["SourcePort"] = "1024:49999"
    model = network(policy("f"), group("f", StatefulRules=[rule]))
    assert outward(model).source_port == 50000
    assert isinstance(outward(model, client_ports=(1024, 49999)), Blocked)


def test_a_group_that_alerts_instead_of_dropping_decides_nothing():
    """Network Firewall API Reference, "StatefulRuleGroupOverride"."""
    overridden = policy("f")
    overridden["StatefulRuleGroupReferences"][0]["Override"] = {"Action": "DROP_TO_ALERT"}
    assert isinstance(outward(network(overridden, group("f", StatefulRules=[five("DROP")]))), Packet)


def test_groups_are_asked_by_their_priority():
    first, second = group("a", StatefulRules=[five("PASS")]), group("b", StatefulRules=[five("DROP")])
    assert isinstance(outward(network(policy("a", "b", strict=True), first, second)), Packet)
    assert isinstance(outward(network(policy("b", "a", strict=True), first, second)), Blocked)
    turned = policy("b", "a", strict=True)
    turned["StatefulRuleGroupReferences"].reverse()
    assert isinstance(outward(network(turned, first, second)), Blocked)


def test_stateless_groups_and_rules_are_asked_by_their_priority():
    drop, let = group("a", **stateless(("aws:drop", {}))), group("b", **stateless(("aws:pass", {})))
    assert isinstance(outward(network(policy(stateless=["a", "b"]), drop, let)), Blocked)
    turned = policy(stateless=["b", "a"])
    turned["StatelessRuleGroupReferences"].reverse()
    assert isinstance(outward(network(turned, drop, let)), Packet)
    both = stateless(("aws:drop", {}), ("aws:pass", {}))
    both["StatelessRulesAndCustomActions"]["StatelessRules"].reverse()
    assert isinstance(outward(network(policy(stateless=["c"]), group("c", **both))), Blocked)
    with pytest.raises(Unjudged):
        outward(network(policy(stateless=["missing"])))


def test_an_endpoint_that_is_not_ready_is_no_way():
    model = network(policy(), status="CREATING")
    with pytest.raises(Unjudged, match="not described"):
        outward(model, who="i-web")
    assert isinstance(outward(network(policy(), status="READY"), who="i-web"), Packet)


def test_a_policy_that_is_not_described_leaves_it_open():
    model = network(policy(), policies=())
    with pytest.raises(Unjudged, match="its policy is not described"):
        outward(model, who="i-web")


def test_the_rule_that_decides_is_told():
    model = network(policy("f"), group("f", StatefulRules=[five("DROP", port="80"), five("PASS", port="443")]))
    assert "firewall inspect: rule 2 of f says pass tcp to ANY 443" in str(outward(model, who="i-web").hops)
    waved = network(policy(stateless=["s"]), group("s", **stateless(("aws:pass", {"Protocols": [6]}))))
    assert "firewall inspect: stateless rule 1 of s says pass" in str(outward(waved, who="i-web").hops)
    usual = network(policy(default="aws:pass"))
    assert "the stateless default action is to pass" in str(outward(usual, who="i-web").hops)
    named = network(policy("d"), group("d", **names(".example.com")))
    assert "the domain list d lists shop.example.com" in str(outward(named, domain="shop.example.com").hops)


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


def test_rules_that_pass_single_ports_of_the_client_are_found():
    """Stateless rules look at each direction for itself, so that the reply must pass too."""
    there = ("aws:pass", {"SourcePorts": [{"FromPort": 40_000, "ToPort": 40_000}], "Protocols": [6]})
    back = ("aws:pass", {"DestinationPorts": [{"FromPort": 40_000, "ToPort": 40_000}], "Protocols": [6]})
    model = network(policy(stateless=["s"], default="aws:drop"), group("s", **stateless(there, back)))
    assert outward(model).source_port == 40_000 and inward(model).source_port == 40_000
    half = network(policy(stateless=["s"], default="aws:drop"), group("s", **stateless(there)))
    assert isinstance(outward(half), Blocked)
    twice = five("PASS", direction="ANY", port="45000")
    model = network(policy("f"), group("f", StatefulRules=[twice, five("DROP")]))
    assert outward(model, 443).source_port == 45_000, "in both directions the rule speaks of replies as well"


def test_many_rules_take_no_long():
    """Network Firewall has room for thousands of rules (Developer Guide, "Quotas")."""
    rules = [five("DROP", port=str(1_000 + 2 * number)) for number in range(100)]
    model = network(policy("f"), group("f", StatefulRules=rules))
    started = time.process_time()
    found = model.open_ports(model.instances.get("i-web"))["tcp"]
    assert len(found) == 101 and (1_001, 1_001) in found and (1_199, 65_535) in found
    assert time.process_time() - started < 5
