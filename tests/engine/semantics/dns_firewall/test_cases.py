"""The table of documented verdicts."""

import json
from pathlib import Path

import pytest

from hardenlab.semantics.dns_firewall import Firewall, Query, decide

from .documents import firewall

CASES = json.loads(Path(__file__).with_name("dns_firewall_cases.json").read_text())["cases"]


def document_of(case):
    document = firewall(case["rules"], case["lists"])
    for item in document["FirewallDomainLists"]:
        if item["Name"] in case.get("managed", ()):
            item["ManagedOwnerName"] = "Route 53 Resolver DNS Firewall"
    return document


def query_of(case):
    asked = case["query"]
    return Query(asked["name"], asked["type"], tuple(asked["redirections"]))


@pytest.mark.parametrize("case", CASES, ids=[f"{case['id']} {case['title']}" for case in CASES])
def test_documented_verdict(case):
    verdict = decide(query_of(case), document_of(case))
    assert verdict.action == case["expect"], f"{case['why']} ({case['doc']}): {verdict.because}"
    if "response" in case:
        assert verdict.response == case["response"]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_every_verdict_explains_itself_in_one_sentence(case):
    verdict = decide(query_of(case), Firewall.read(json.dumps(document_of(case))))
    assert verdict.because[0].isupper() and not verdict.because.endswith(".") and len(verdict.because) < 200
    assert verdict.rule or verdict.action == "ALLOW"


def test_a_verdict_names_rule_group_domain_and_answer():
    verdict = decide(query_of(CASES[18]), document_of(CASES[18]))
    expected = (
        "Rule \"block-bad\" of rule group \"egress\" blocks 'evil.example', answering OVERRIDE to 'sinkhole.example'"
    )
    assert verdict.because == expected
    assert verdict.override == "sinkhole.example" and not verdict.resolves


def test_the_common_slip_of_listing_only_the_wildcard_is_pointed_out():
    verdict = decide(query_of(CASES[5]), document_of(CASES[5]))
    assert "*.evil.example covers its subdomains only: list evil.example too" in verdict.because
