"""Small random networks against a walk of single packets, written separately and as slowly as it likes."""

import ipaddress

from hypothesis import given, settings
from hypothesis import strategies as st

from hardenlab.semantics.network import INTERNET, Blocked, Network, Packet

CIDRS = [
    "0.0.0.0/0",
    "0.0.0.0/1",
    "128.0.0.0/1",
    "203.0.113.0/24",
    "203.0.113.128/25",
    "198.51.100.7/32",
    "10.0.0.0/16",
    "10.0.1.0/24",
]
PORTS = [(0, 65535), (22, 22), (20, 25), (443, 443), (1024, 65535), (1024, 2000), (32768, 60999), (50000, 50000)]
CALLERS = ["203.0.113.5", "203.0.113.200", "198.51.100.7", "8.8.8.8"]
ASKED = [22, 24, 443, 1500]

entry = st.tuples(
    st.integers(1, 9),
    st.booleans(),
    st.sampled_from(["-1", "6"]),
    st.sampled_from(CIDRS),
    st.sampled_from(PORTS),
    st.booleans(),
)
rule = st.tuples(st.sampled_from(["-1", "tcp"]), st.sampled_from(CIDRS), st.sampled_from(PORTS))
acls = st.lists(entry, max_size=5, unique_by=lambda one: (one[0], one[5]))
route = st.tuples(st.sampled_from(["0.0.0.0/0", "0.0.0.0/1", "203.0.113.0/24"]), st.sampled_from(["igw-1", "nat-gone"]))
networks = st.fixed_dictionaries(
    {
        "acls": st.tuples(acls, acls),
        "ingress": st.tuples(st.lists(rule, max_size=3), st.lists(rule, max_size=3)),
        "egress": st.tuples(st.lists(rule, max_size=2), st.lists(rule, max_size=2)),
        "references": st.booleans(),
        "routes": st.lists(route, max_size=3, unique_by=lambda one: one[0]),
    }
)  # fmt: skip


def documents(drawn):
    def acl(index):
        entries = [
            {
                "RuleNumber": number, "RuleAction": "allow" if allows else "deny", "Protocol": protocol,
                "CidrBlock": cidr, "Egress": egress,
                **({"PortRange": {"From": low, "To": high}} if protocol == "6" else {}),
            }
            for number, allows, protocol, cidr, (low, high), egress in drawn["acls"][index]
        ]  # fmt: skip
        usual = {"RuleNumber": 100, "RuleAction": "allow", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"}
        entries += [{**usual, "Egress": False}, {**usual, "Egress": True}]
        return {
            "NetworkAclId": f"acl-{index}",
            "VpcId": "vpc-1",
            "Associations": [{"SubnetId": f"sub-{index}"}],
            "Entries": entries,
        }

    def permissions(rules, *, reference=None):
        found = [
            {
                "IpProtocol": protocol,
                "IpRanges": [{"CidrIp": cidr}],
                **({"FromPort": low, "ToPort": high} if protocol == "tcp" else {}),
            }
            for protocol, cidr, (low, high) in rules
        ]
        return found + (
            [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 24, "UserIdGroupPairs": [{"GroupId": reference}]}]
            if reference
            else []
        )

    routes = [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}]
    routes += [
        {"DestinationCidrBlock": cidr, "GatewayId" if target == "igw-1" else "NatGatewayId": target}
        for cidr, target in drawn["routes"]
    ]
    return {
        "Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}],
        "InternetGateways": [{"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1"}]}],
        "Subnets": [{"SubnetId": f"sub-{i}", "VpcId": "vpc-1", "CidrBlock": f"10.0.{i}.0/24"} for i in range(2)],
        "RouteTables": [
            {"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": True}], "Routes": routes}
        ],
        "NetworkAcls": [acl(0), acl(1)],
        "SecurityGroups": [
            {
                "GroupId": f"sg-{i}", "VpcId": "vpc-1",
                "IpPermissions": permissions(
                    drawn["ingress"][i], reference="sg-1" if i == 0 and drawn["references"] else None
                ),
                "IpPermissionsEgress": permissions(drawn["egress"][i]),
            }
            for i in range(2)
        ],
        "Instances": [
            {
                "InstanceId": f"i-{i}",
                "NetworkInterfaces": [
                    {
                        "NetworkInterfaceId": f"eni-{i}", "SubnetId": f"sub-{i}", "PrivateIpAddress": f"10.0.{i}.10",
                        "Association": {"PublicIp": f"192.0.2.{i + 1}"}, "Groups": [{"GroupId": f"sg-{i}"}],
                    }
                ],
            }
            for i in range(2)
        ],
    }  # fmt: skip


# the slow walk: one packet, one rule at a time


def within(address, cidr):
    return ipaddress.ip_address(address) in ipaddress.ip_network(cidr)


def acl_allows(drawn, index, egress, address, port):
    for _, allows, protocol, cidr, (low, high), out in sorted(drawn["acls"][index]):
        if out is egress and within(address, cidr) and (protocol == "-1" or low <= port <= high):
            return allows
    return True


def group_allows(rules, address, port):
    return any(
        within(address, cidr) and (protocol == "-1" or low <= port <= high) for protocol, cidr, (low, high) in rules
    )


def routed_out(drawn, address):
    fitting = [
        (ipaddress.ip_network(cidr).prefixlen, target) for cidr, target in drawn["routes"] if within(address, cidr)
    ]
    return bool(fitting) and max(fitting)[1] == "igw-1"


def carried_in(drawn, caller, port, client):
    return (
        routed_out(drawn, caller)
        and acl_allows(drawn, 0, False, caller, port)
        and group_allows(drawn["ingress"][0], caller, port)
        and acl_allows(drawn, 0, True, caller, client)
    )


def carried_across(drawn, port, client):
    """From instance 1 to instance 0."""
    admitted = group_allows(drawn["ingress"][0], "10.0.1.10", port) or (drawn["references"] and 22 <= port <= 24)
    return (
        group_allows(drawn["egress"][1], "10.0.0.10", port)
        and acl_allows(drawn, 1, True, "10.0.0.10", port)
        and acl_allows(drawn, 0, False, "10.0.1.10", port)
        and admitted
        and acl_allows(drawn, 0, True, "10.0.1.10", client)
        and acl_allows(drawn, 1, False, "10.0.0.10", client)
    )


@settings(max_examples=150, deadline=None, derandomize=True)
@given(networks, st.sampled_from(CALLERS), st.sampled_from(ASKED), st.sampled_from([1024, 1999, 2001, 50000]))
def test_one_packet_from_the_internet_is_judged_as_the_walk_judges_it(drawn, caller, port, client):
    network = Network.from_describe(documents(drawn))
    found = network.answer(source=caller, to=network.instances[0], port=port, client_ports=(client, client))
    assert isinstance(found, Packet) is carried_in(drawn, caller, port, client)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(networks, st.sampled_from(ASKED), st.sampled_from([1024, 1999, 2001, 50000]))
def test_one_packet_between_instances_is_judged_as_the_walk_judges_it(drawn, port, client):
    network = Network.from_describe(documents(drawn))
    target, source = network.instances
    found = network.answer(source=source, to=target, port=port, client_ports=(client, client))
    assert isinstance(found, Packet) is carried_across(drawn, port, client)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(networks)
def test_a_witness_replays_to_its_verdict(drawn):
    network = Network.from_describe(documents(drawn))
    target, source = network.instances
    for found in (network.answer(source=INTERNET, to=target), network.answer(source=source, to=INTERNET)):
        assert isinstance(found, Blocked) or network.replays(found), found
    across = network.answer(source=source, to=target)
    if isinstance(across, Packet):
        assert carried_across(drawn, across.destination_port, across.source_port)
    inward = network.answer(source=INTERNET, to=target)
    if isinstance(inward, Packet):
        assert carried_in(drawn, inward.source, inward.destination_port, inward.source_port)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(networks)
def test_the_inverse_agrees_with_reachability(drawn):
    network = Network.from_describe(documents(drawn))
    target = network.instances[0]
    inlets = network.inlets(target, protocol="tcp")
    for port in ASKED:
        admitted = [cidr for one in inlets if one.ports[0] <= port <= one.ports[1] for cidr in one.sources]
        for caller in CALLERS:
            reaches = isinstance(network.answer(source=caller, to=target, port=port), Packet)
            assert reaches is any(within(caller, cidr) for cidr in admitted)
        union = list(ipaddress.collapse_addresses(ipaddress.ip_network(cidr) for cidr in admitted))
        assert union == [ipaddress.ip_network(cidr) for cidr in network.internet_sources(target, port)]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(networks, st.integers(0, 7))
def test_splitting_a_block_of_the_groups_changes_nothing(drawn, which):
    whole = Network.from_describe(documents(drawn))
    cidr = CIDRS[which]
    halves = [str(half) for half in ipaddress.ip_network(cidr).subnets()] if not cidr.endswith("/32") else [cidr]

    def split(rules, place):
        return [
            (*one[:place], half, *one[place + 1 :])
            for one in rules
            for half in (halves if one[place] == cidr else [one[place]])
        ]

    parted = {
        **drawn,
        "ingress": tuple(split(r, 1) for r in drawn["ingress"]),
        "egress": tuple(split(r, 1) for r in drawn["egress"]),
    }
    again = Network.from_describe(documents(parted))
    for port in ASKED:
        assert whole.internet_sources(whole.instances[0], port) == again.internet_sources(again.instances[0], port)


def test_replies_need_one_port_that_both_acls_admit():
    def only(low, high, egress):
        return [
            (5, True, "6", "0.0.0.0/0", (low, high), egress),
            (6, True, "6", "0.0.0.0/0", (22, 22), not egress),
            (9, False, "-1", "0.0.0.0/0", (0, 65535), egress),
        ]

    drawn = {
        "acls": (only(1024, 2000, True), only(3000, 4000, False)),
        "ingress": ([("tcp", "0.0.0.0/0", (22, 22))], []),
        "egress": ([], [("-1", "0.0.0.0/0", (0, 65535))]),
        "references": False,
        "routes": [],
    }  # fmt: skip
    network = Network.from_describe(documents(drawn))
    target, source = network.instances
    assert isinstance(network.answer(source=source, to=target, port=22), Blocked)
    drawn["acls"] = (only(1024, 3500, True), only(3000, 4000, False))
    network = Network.from_describe(documents(drawn))
    target, source = network.instances
    found = network.answer(source=source, to=target, port=22)
    assert isinstance(found, Packet) and 3000 <= found.source_port <= 3500


def test_the_inverse_tells_its_rules():
    drawn = {
        "acls": ([], []),
        "ingress": ([("tcp", "203.0.113.0/24", (22, 22)), ("tcp", "0.0.0.0/0", (443, 443))], []),
        "egress": ([], []),
        "references": False,
        "routes": [("0.0.0.0/0", "igw-1")],
    }
    network = Network.from_describe(documents(drawn))
    told = network.inlets(network.instances[0], port=22).explain()
    assert told.sentence == "sg-0 tcp 22 from 203.0.113.0/24 lets 203.0.113.0/24 in to tcp 22"
    assert told.data["rules"] == [
        {"rule": "sg-0 tcp 22 from 203.0.113.0/24", "protocol": "tcp", "ports": [22, 22], "sources": ["203.0.113.0/24"]}
    ]
    assert network.inlets(network.instances[1]).explain().sentence == "nothing lets anybody in to i-1"
