"""Query logs agree with the DNS Firewall that the configuration describes."""

import pytest

from hardenlab import Variation, evidence
from hardenlab.evidence.dns_logs import QueryLog, Question
from hardenlab.semantics.dns_firewall import Query, decide
from hardenlab.semantics.unjudged import Unjudged


def firewall(vpc, *rules, domains=("*.evil.example", "evil.example")):
    return {
        "FirewallDomainLists": [
            {"Id": "rslvr-fdl-1", "Name": "bad", "Domains": list(domains)},
            {"Id": "rslvr-fdl-2", "Name": "odd", "Domains": ["*.odd.example"]},
        ],
        "FirewallRuleGroups": [{"Id": "rslvr-frg-1", "Name": "egress", "FirewallRules": list(rules)}],
        "FirewallRuleGroupAssociations": [{"FirewallRuleGroupId": "rslvr-frg-1", "Priority": 101, "VpcId": vpc}],
    }


BLOCK = {"Name": "bad", "Priority": 1, "Action": "BLOCK", "FirewallDomainListId": "rslvr-fdl-1"}
ALERT = {"Name": "odd", "Priority": 2, "Action": "ALERT", "FirewallDomainListId": "rslvr-fdl-2"}


def record(name, *rules, **more):
    log = QueryLog("111122223333", "vpc-1", firewall=firewall("vpc-1", *rules, **more))
    (found,) = log.records([Question(1_772_409_600, "i-1", "10.0.0.5", name, "A", ("192.0.2.1",))])
    return found.record


def test_a_record_has_the_documented_fields():
    assert record("shop.example", {**BLOCK, "BlockResponse": "NODATA"}) == {
        "version": "1.100000",
        "account_id": "111122223333",
        "region": "us-east-1",
        "vpc_id": "vpc-1",
        "query_timestamp": "2026-03-02T00:00:00Z",
        "query_name": "shop.example.",
        "query_type": "A",
        "query_class": "IN",
        "rcode": "NOERROR",
        "answers": [{"Rdata": "192.0.2.1", "Type": "A", "Class": "IN"}],
        "srcaddr": "10.0.0.5",
        "srcport": "53000",
        "transport": "UDP",
        "srcids": {"instance": "i-1"},
    }


@pytest.mark.parametrize(
    ("more", "rcode", "answers"),
    [
        ({"BlockResponse": "NODATA"}, "NOERROR", []),
        ({"BlockResponse": "NXDOMAIN"}, "NXDOMAIN", []),
        (
            {
                "BlockResponse": "OVERRIDE",
                "BlockOverrideDomain": "sinkhole.example",
                "BlockOverrideDnsType": "CNAME",
                "BlockOverrideTtl": 60,
            },
            "NOERROR",
            [{"Rdata": "sinkhole.example.", "Type": "CNAME", "Class": "IN"}],
        ),
    ],
)
def test_a_blocked_query_is_answered_as_the_rule_says(more, rcode, answers):
    blocked = record("www.evil.example", {**BLOCK, **more})
    assert (blocked["rcode"], blocked["answers"]) == (rcode, answers)
    assert blocked["firewall_rule_action"] == "BLOCK"
    assert blocked["firewall_rule_group_id"] == "rslvr-frg-1"
    assert blocked["firewall_domain_list_id"] == "rslvr-fdl-1"


def test_an_alert_is_logged_and_answered():
    alerted = record("very.odd.example", {**BLOCK, "BlockResponse": "NODATA"}, ALERT)
    assert alerted["firewall_rule_action"] == "ALERT" and alerted["answers"]


def test_an_allow_rule_leaves_no_trace():
    allow = {"Name": "fine", "Priority": 1, "Action": "ALLOW", "FirewallDomainListId": "rslvr-fdl-2"}
    assert "firewall_rule_action" not in record("very.odd.example", allow)


def test_what_aws_leaves_open_is_not_decided():
    with pytest.raises(Unjudged):
        record("www.evil.example", {**BLOCK, "BlockResponse": "NODATA"}, domains=("*evil.example",))


def test_the_whole_log_of_a_case_agrees_with_the_firewall():
    vary = Variation("walled")
    plain = evidence.Case(vary, attacks=("dns_tunnelling",), days=3, pace=0.3)
    domain = plain.answer("dns_tunnelling", "domain").value
    document = firewall(
        next(iter(plain.network.vpcs)).id, {**BLOCK, "BlockResponse": "NODATA"}, domains=(f"*.{domain}",)
    )
    walled = evidence.Case(vary, attacks=("dns_tunnelling",), days=3, pace=0.3, firewall=document)
    records = list(walled.dns_records())
    for one in records:
        verdict = decide(Query(one["query_name"], one["query_type"]), document)
        assert (one.get("firewall_rule_action") == "BLOCK") == (verdict.action == "BLOCK")
    blocked = sum(one.get("firewall_rule_action") == "BLOCK" for one in records)
    assert blocked == walled.answer("dns_tunnelling", "blocked_queries").value > 200
