"""Hostile lists of rules: lifecycles, web ACLs, DNS firewalls."""

from itertools import permutations
from typing import Any

from benchmarks.hostile.cases import MOST, NOT_JSON, Cases
from hardenlab.semantics.dns_firewall import Firewall, Query
from hardenlab.semantics.dns_firewall import decide as decide_query
from hardenlab.semantics.lifecycle import Lifecycle, Stored
from hardenlab.semantics.web_acl import WebRequest
from hardenlab.semantics.web_acl import decide as decide_request


def lifecycle() -> Cases:
    for what, text in NOT_JSON:
        yield f"rules that are {what}", lambda text=text: Lifecycle.read(text)
    yield f"{MOST:,} rules", lambda: Lifecycle.read(tiers(MOST)).rules
    yield "1,000 rules and 100,000 days", lambda: Lifecycle.read(tiers(1000)).fate(Stored("a" * 1000), 100_000).state


def tiers(count: int) -> dict[str, Any]:
    """So many rules, each a day later than the one before."""
    where = {"Filter": {"Prefix": "a" * 500}, "Status": "Enabled"}
    moves = ({"Transitions": [{"StorageClass": "GLACIER", "Days": number + 1}]} for number in range(count))
    return {"Rules": [{"ID": f"{number}", **where, **move} for number, move in enumerate(moves)]}


def web_acl() -> Cases:
    for what, text in NOT_JSON:
        yield f"an ACL that is {what}", lambda text=text: decide_request(WebRequest("203.0.113.9"), text).action
    yield f"{MOST:,} rules", lambda: ask_acl([contains("x")] * MOST)
    deep = contains("x")
    for _ in range(10_000):
        deep = {"NotStatement": {"Statement": deep}}
    yield "10,000 statements within each other", lambda: ask_acl([deep])
    wide = {"OrStatement": {"Statements": [contains(f"b{number}") for number in range(100)]}}
    yield "500 rules over a body of 8 KB", lambda: ask_acl([contains(f"b{number}") for number in range(500)])
    yield "a rule of 100 statements", lambda: ask_acl([wide])
    yield "a regular expression that backtracks", lambda: ask_acl([searches("(a*)*b|" + "(x+x+)+y" * 50)])
    yield "a regular expression of a million states", lambda: ask_acl([searches("((a{100}){100}){100}")])
    orders = [[{"Priority": at, "Type": name} for at, name in enumerate(names)] for names in permutations(DECODERS, 3)]
    yield "60 orders of three decodings", lambda: ask_acl([contains("x", order) for order in orders])
    decoded = [{"Priority": number, "Type": "URL_DECODE"} for number in range(10)]
    yield "ten decodings of a body", lambda: ask_acl([contains("x", decoded)], body=b"%25" * 2700)


DECODERS = ("URL_DECODE", "HTML_ENTITY_DECODE", "JS_DECODE", "CSS_DECODE", "ESCAPE_SEQ_DECODE")
PLAIN = [{"Priority": 0, "Type": "NONE"}]
BODY = {"Body": {"OversizeHandling": "CONTINUE"}}


def contains(text: str, transformations: Any = PLAIN) -> dict[str, Any]:
    test = {"SearchString": text.encode(), "PositionalConstraint": "CONTAINS", "FieldToMatch": BODY}
    return {"ByteMatchStatement": test | {"TextTransformations": transformations}}


def searches(expression: str) -> dict[str, Any]:
    test = {"RegexString": expression, "FieldToMatch": BODY, "TextTransformations": PLAIN}
    return {"RegexMatchStatement": test}


def ask_acl(statements: list[Any], body: bytes = b"a" * 8192) -> str:
    """What a web ACL of these statements, each in a rule, makes of a request."""
    visible = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}
    rules = [
        {"Name": f"r{at}", "Priority": at, "Statement": one, "Action": {"Block": {}}, "VisibilityConfig": visible}
        for at, one in enumerate(statements)
    ]
    acl = {"Name": "shop", "DefaultAction": {"Allow": {}}, "Rules": rules, "VisibilityConfig": visible}
    return decide_request(WebRequest("203.0.113.9", body=body), {"WebACL": acl}).action


def dns_firewall() -> Cases:
    for what, text in NOT_JSON:
        yield f"a firewall that is {what}", lambda text=text: Firewall.read(text)
    yield f"{MOST:,} domains", lambda: Firewall.read(firewall(MOST, 1))
    yield f"{MOST:,} rules", lambda: Firewall.read(firewall(1, MOST))
    known = Firewall.read(firewall(4_900, 100))
    longest = Query("a." * 120 + "example", "A", tuple(f"h{n}." + "b." * 110 + "example" for n in range(16)))
    yield "100 rules, 4,900 domains, 16 redirections", lambda: decide_query(longest, known).action


def firewall(domains: int, rules: int) -> dict[str, Any]:
    """So many domains in a list, and so many rules that look at it."""
    allow = {"Action": "ALLOW", "FirewallDomainListId": "l-1"}
    return {
        "FirewallDomainLists": [{"Id": "l-1", "Name": "l", "Domains": [f"host{n}.example" for n in range(domains)]}],
        "FirewallRuleGroups": [
            {
                "Id": "g-1",
                "Name": "g",
                "FirewallRules": [{"Name": f"r{n}", "Priority": n, **allow} for n in range(rules)],
            }
        ],
        "FirewallRuleGroupAssociations": [{"FirewallRuleGroupId": "g-1", "Priority": 101, "VpcId": "vpc-1"}],
    }
