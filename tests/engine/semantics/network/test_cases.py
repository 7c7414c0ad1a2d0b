"""The documented cases: who reaches whom."""

import json
from pathlib import Path

import pytest

from hardenlab.semantics.network import INTERNET, Network, Packet, every

from .topology import documents

CASES = json.loads(Path(__file__).with_name("network_cases.json").read_text())["cases"]


def end(network, text):
    if text == "internet-any":
        return INTERNET
    if text == "internet-all":
        return every(INTERNET)
    return network.instances.get(text) or text


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_documented_case(case):
    network, query = Network.from_describe(documents(case["topology"])), case["query"]
    answer = network.answer(
        source=end(network, query["from"]),
        to=end(network, query["to"]),
        port=query["port"],
        protocol=query["protocol"],
        family=query["family"],
        client_ports=tuple(query.get("client_ports", (1024, 65535))),
    )
    assert isinstance(answer, Packet) is case["expect"], f"{case['why']} ({case['doc']}): {answer}"
