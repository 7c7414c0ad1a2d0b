"""Small random firewall policies against a walk of single packets, written separately."""

import ipaddress

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.semantics.network.test_firewall import five, group, network, policy, stateless
from hardenlab.semantics.network import Packet, Unjudged

CIDRS = ["0.0.0.0/0", "203.0.113.0/24", "203.0.113.128/25", "0.0.0.0/1", "10.0.0.0/24", "10.0.0.10/32"]
PORTS = [(0, 65535), (443, 443), (400, 500), (1024, 65535), (2000, 3000)]
FAR = ["203.0.113.5", "203.0.113.200", "8.8.8.8", "198.51.100.7"]
WEB = "10.0.0.10"

side = st.sampled_from(CIDRS)
ports = st.sampled_from(PORTS)
stateless_rule = st.tuples(st.sampled_from(["aws:pass", "aws:drop", "aws:forward_to_sfe"]), side, side, ports, ports)
stateful_rule = st.tuples(st.sampled_from(["PASS", "DROP", "ALERT"]), side, side, ports, st.booleans())
policies = st.fixed_dictionaries(
    {
        "stateless": st.lists(stateless_rule, max_size=3),
        "default": st.sampled_from(["aws:pass", "aws:drop", "aws:forward_to_sfe"]),
        "stateful": st.lists(stateful_rule, max_size=4),
        "strict": st.booleans(),
        "drops": st.booleans(),
    }
)


def built(drawn):
    rules = [
        (
            action,
            {
                "Sources": [{"AddressDefinition": source}],
                "Destinations": [{"AddressDefinition": destination}],
                "SourcePorts": [{"FromPort": low, "ToPort": high}],
                "DestinationPorts": [{"FromPort": first, "ToPort": last}],
            },
        )
        for action, source, destination, (low, high), (first, last) in drawn["stateless"]
    ]
    stateful = [
        five(
            action, source=source, destination=destination, port=f"{low}:{high}", direction="ANY" if any_ else "FORWARD"
        )
        for action, source, destination, (low, high), any_ in drawn["stateful"]
    ]
    return network(
        policy(
            "f",
            stateless=["s"],
            default=drawn["default"],
            strict=drawn["strict"],
            defaults=("aws:drop_established",) if drawn["drops"] and drawn["strict"] else (),
        ),
        group("s", **stateless(*rules)),
        group("f", StatefulRules=stateful),
    )


# the slow walk


def within(address, cidr):
    return ipaddress.ip_address(address) in ipaddress.ip_network(cidr)


def stateless_action(drawn, source, source_port, destination, port):
    for action, sources, destinations, (low, high), (first, last) in drawn["stateless"]:
        if (
            within(source, sources)
            and within(destination, destinations)
            and low <= source_port <= high
            and first <= port <= last
        ):
            return action
    return drawn["default"]


def stateful_passes(drawn, source, source_port, destination, port):
    def matches(rule):
        _, sources, destinations, (low, high), any_ = rule
        forward = within(source, sources) and within(destination, destinations) and low <= port <= high
        backward = within(destination, sources) and within(source, destinations) and low <= source_port <= high
        return forward or (any_ and backward)

    matching = [rule[0] for rule in drawn["stateful"] if rule[0] != "ALERT" and matches(rule)]
    if not drawn["strict"]:
        matching.sort(key=lambda action: action != "PASS")
    if matching:
        return matching[0] == "PASS"
    return not (drawn["strict"] and drawn["drops"])


def connection(drawn, source, source_port, destination, port):
    """True, False, or None where the stateful engine would see one direction alone."""
    there = stateless_action(drawn, source, source_port, destination, port)
    back = stateless_action(drawn, destination, port, source, source_port)
    if "aws:drop" in (there, back):
        return False
    if there != back:
        # what the engine makes of half a connection is not documented, but what it would drop anyway is dropped
        return None
    return there == "aws:pass" or stateful_passes(drawn, source, source_port, destination, port)


def asked(question):
    try:
        return isinstance(question(), Packet)
    except Unjudged:
        return None


@settings(max_examples=120, deadline=None, derandomize=True)
@given(policies, st.sampled_from(FAR), st.sampled_from([443, 80, 2500]), st.sampled_from([1024, 2500, 50000]))
def test_a_connection_from_outside_is_judged_as_the_walk_judges_it(drawn, caller, port, client):
    model = built(drawn)
    web = model.instances.get("i-web")
    found = asked(lambda: model.answer(source=caller, to=web, port=port, client_ports=(client, client)))
    assert found is connection(drawn, caller, client, WEB, port)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(policies, st.sampled_from(FAR), st.sampled_from([443, 80, 2500]), st.sampled_from([1024, 2500, 50000]))
def test_a_connection_from_inside_is_judged_as_the_walk_judges_it(drawn, server, port, client):
    model = built(drawn)
    web = model.instances.get("i-web")
    found = asked(lambda: model.answer(source=web, to=server, port=port, client_ports=(client, client)))
    assert found is connection(drawn, WEB, client, server, port)
