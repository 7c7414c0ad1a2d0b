"""Properties: how a network is written down never changes who reaches whom."""

import copy
import ipaddress
import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from hardenlab.semantics.network import INTERNET, Network, Packet
from hardenlab.semantics.network.network_acl import read_acl
from hardenlab.semantics.network.spans import Spans

from .topology import documents

CASES = json.loads(Path(__file__).with_name("network_cases.json").read_text())["cases"]
sets = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6)


def members(pairs):
    return {number for low, high in pairs for number in range(low, high + 1)}


@given(sets, sets)
def test_spans_agree_with_sets(one, other):
    a, b = Spans(one), Spans(other)
    for combined, expected in (
        (a | b, members(one) | members(other)),
        (a & b, members(one) & members(other)),
        (a - b, members(one) - members(other)),
    ):
        assert {n for n in range(61) if n in combined} == expected
        assert combined.count() == len(expected)
        assert list(combined) == sorted(combined) and bool(combined) == bool(expected)


def ask(found, case):
    network, query = Network.from_describe(found), case["query"]
    source = network.instances.get(query["from"]) or (
        INTERNET if query["from"].startswith("internet") else query["from"]
    )
    target = network.instances.get(query["to"]) or query["to"]
    return network.answer(
        source=source, to=target, port=query["port"], protocol=query["protocol"], family=query["family"],
        client_ports=tuple(query.get("client_ports", (1024, 65535))),
    )  # fmt: skip


def halves(cidr):
    network = ipaddress.ip_network(cidr, strict=False)
    return [str(half) for half in network.subnets()] if network.num_addresses > 1 else [cidr]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(CASES), st.integers(0, 10**6))
def test_splitting_a_block_in_two_changes_no_answer(case, which):
    found = documents(copy.deepcopy(case["topology"]))
    ranges = [
        (permission[key], field)
        for group in found["SecurityGroups"]
        for permission in (*group["IpPermissions"], *group["IpPermissionsEgress"])
        for key, field in (("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6"))
        if permission.get(key)
    ]
    before = isinstance(ask(found, case), Packet)
    if ranges:
        items, field = ranges[which % len(ranges)]
        items[:] = [{field: half} for item in items for half in halves(item[field])]
    assert isinstance(ask(found, case), Packet) is before


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(CASES), st.randoms(use_true_random=False))
def test_the_order_of_lists_changes_no_answer(case, random):
    found = documents(copy.deepcopy(case["topology"]))
    before = isinstance(ask(found, case), Packet)

    def shuffle(thing):
        if isinstance(thing, list):
            random.shuffle(thing)
        for item in thing.values() if isinstance(thing, dict) else thing if isinstance(thing, list) else ():
            shuffle(item)

    shuffle(found)
    assert isinstance(ask(found, case), Packet) is before


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([case for case in CASES if case["expect"]]))
def test_a_witness_is_admitted_when_its_own_address_is_asked_about(case):
    found = documents(case["topology"])
    packet = ask(found, case)
    if case["query"]["from"].startswith("internet"):
        again = {**case, "query": {**case["query"], "from": packet.source}}
        assert isinstance(ask(found, again), Packet)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(CASES), st.integers(1, 99), st.sampled_from(["0.0.0.0/0", "198.51.100.0/24", "0.0.0.0/1"]))
def test_another_deny_never_opens_anything(case, number, cidr):
    found = documents(copy.deepcopy(case["topology"]))
    before = isinstance(ask(found, case), Packet)
    for acl in found["NetworkAcls"]:
        if all(entry["RuleNumber"] != number for entry in acl["Entries"]):
            acl["Entries"].append(
                {"RuleNumber": number, "RuleAction": "deny", "Protocol": "-1", "Egress": False, "CidrBlock": cidr}
            )
    assert before or not isinstance(ask(found, case), Packet)


entries = st.lists(
    st.tuples(
        st.booleans(), st.integers(0, 3), st.integers(28, 32), st.integers(0, 15), st.integers(0, 5), st.integers(0, 5)
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=150, deadline=None)
@given(entries)
def test_ineffective_entries_agree_with_trying_every_packet(drawn):
    """On sixteen addresses, six ports and two protocols, an entry is effective if it decides some packet."""
    listed = []
    for number, (allows, kind, prefix, address, low, high) in enumerate(drawn, start=1):
        protocol = {0: "-1", 1: "6", 2: "17", 3: "6"}[kind]
        block = str(ipaddress.ip_network((int(ipaddress.ip_address("10.0.0.0")) + address, prefix), strict=False))
        entry = {
            "RuleNumber": number,
            "RuleAction": "allow" if allows else "deny",
            "Protocol": protocol,
            "Egress": False,
            "CidrBlock": block,
        }
        if protocol != "-1":
            entry["PortRange"] = {"From": min(low, high), "To": max(low, high)}
        listed.append(entry)
    acl = read_acl({"NetworkAclId": "acl-1", "Entries": listed}, "", {})
    deciding = set()
    for address in range(16):
        for protocol in ("tcp", "udp", 47):
            for port in range(7):
                entry = acl.decide("ingress", f"10.0.0.{address}", port, protocol)
                deciding |= {entry.number} if entry else set()
    # ports beyond six and other protocols are decided alike, unless an entry speaks of all of them
    expected = {entry.number for entry in acl.entries} - deciding
    assert {found.entry.number for found in acl.ineffective_entries()} == expected
