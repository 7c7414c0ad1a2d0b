"""Every verdict explains itself: one sentence, JSON data, and a picture that no name can break."""

import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.semantics.dns_firewall.documents import firewall, rule
from engine.semantics.iam.helpers import HOME, JANE, OBJECT, allow, deny, policy, statement, when
from hardenlab.semantics.dns_firewall import Query, decide
from hardenlab.semantics.explanation import Explanation, Node, Picture, escaped
from hardenlab.semantics.iam import Policies, Request, explain
from hardenlab.semantics.network import Blocked, Packet
from hardenlab.semantics.public import Bucket, public_witness, resource_policy_is_public
from hardenlab.semantics.schedules import explain as explain_schedule
from hardenlab.semantics.schedules import read_schedule

DIAGRAM_LINE = re.compile(
    r"flowchart LR|    n\d+[\[({/\]})n\d]+|    n\d+ --> n\d+|    classDef \w+ [\w:#,]+|    class [n\d,]+ \w+"
)
MOODS = st.sampled_from(["end", "passes", "stops", "silent", "doubt"])


def ask(context=(), **policies):
    return explain(Request(JANE, "s3:GetObject", OBJECT, HOME, dict(context)), Policies(**policies))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.builds(Node, st.text(max_size=40), MOODS), min_size=1, max_size=8))
def test_a_diagram_holds_generated_labels_and_nothing_else(nodes):
    picture = Picture.path(nodes)
    for line in picture.mermaid.splitlines():
        assert DIAGRAM_LINE.fullmatch(line), line
    assert list(picture.legend.values()) == [node.text for node in nodes]


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_what_is_escaped_can_be_no_markup(text):
    shown = re.sub(r"&#\d+;", "", escaped(text))
    assert not set(shown) & set("<>&|`*_[](){}\"'\\#\n\r!~$")
    assert all(character.isprintable() for character in shown)


def test_a_legend_is_one_table_row_a_node():
    markdown = Picture.path([Node("a|b\n<script>`x`"), Node("\u202eevil")]).markdown
    assert "<script>" not in markdown and "\u202e" not in markdown
    assert len([line for line in markdown.splitlines() if line.startswith("| n")]) == 2


def test_an_allow_names_its_statement():
    told = ask(identity=[policy(statement(Sid="Read"))])
    assert told.sentence == f'Statement 1 "Read" of the identity policy allows s3:GetObject on {OBJECT}'
    assert told.data["decision"] == "allow" and told.data["statements"][0]["sid"] == "Read"


def test_an_explicit_deny_names_its_statement_and_no_near_miss():
    told = ask(identity=[allow(), deny()])
    assert "denies" in told.sentence and told.data["near_misses"] == []
    assert "stops" in told.picture.mermaid


@pytest.mark.parametrize(
    ("document", "context", "why"),
    [
        (allow(resource="arn:aws:s3:::other/*"), {}, "its Resource does not cover this one"),
        (
            allow(**when(IpAddress={"aws:SourceIp": "10.0.0.0/8"})),
            {"aws:SourceIp": "203.0.113.9"},
            "its condition on aws:sourceip does not hold: the key is '203.0.113.9'",
        ),
        (
            allow(**when(Bool={"aws:SecureTransport": "true"})),
            {},
            "its condition on aws:securetransport does not hold: the key is absent from the request",
        ),
    ],
)
def test_an_implicit_deny_tells_the_nearest_miss(document, context, why):
    told = ask(context, identity=[document])
    assert told.data["near_misses"][0]["why"] == why
    assert told.sentence.endswith(f"statement 1 of the identity policy allows the action, but {why}")


def test_a_principal_that_is_not_named_is_a_near_miss():
    other = {**statement(), "Principal": {"AWS": f"arn:aws:iam::{HOME}:user/bob"}}
    assert "its Principal does not name the caller" in ask(resource=policy(other)).sentence


def test_the_document_that_decides_is_named():
    request = Request(JANE, "s3:GetObject", OBJECT, HOME)
    told = explain(request, Policies(identity=[allow("s3:Put*"), allow()]), {"identity": ["writer", "reader.json"]})
    assert told.sentence.endswith("(reader.json)")
    assert told.data["statements"][0]["source"] == "reader.json"


def test_every_kind_of_policy_is_a_node_of_the_picture():
    told = ask(identity=[allow()], boundary=allow("s3:Put*"), scps=[[allow("*")], [allow("*")]])
    legend = list(told.picture.legend.values())
    assert [text for text in legend if "level" in text or "organization" in text or "says nothing" in text]
    assert "the permissions boundary says nothing" in legend
    assert len(legend) == 6  # the request, two levels of SCPs, identity, boundary, the outcome


def test_a_packet_and_a_stop_tell_their_hops():
    packet = Packet(
        "203.0.113.9", 1024, "10.0.0.5", 22, "tcp", "ipv4", "sg-1 tcp 22", ("rtb", "acl", "sg"), ("", "web")
    )
    assert packet.explain().sentence == "203.0.113.9 reaches tcp 22 of web: rtb, acl, sg"
    assert packet.explain().data["packet"]["destination"] == "10.0.0.5"
    stopped = Blocked("the network ACL acl-1 denies tcp 22", "203.0.113.9", ("rtb",), ("the internet", "web")).explain()
    assert stopped.sentence == "203.0.113.9 (the internet) does not reach web: the network ACL acl-1 denies tcp 22"
    assert stopped.picture.mermaid.count("-->") == 3


def test_a_public_bucket_tells_the_request_that_succeeds():
    document = policy({**statement(resource="arn:aws:s3:::shop/*"), "Principal": "*"})
    told = public_witness(Bucket(name="shop", owner=HOME, policy=document)).explain()
    assert told.sentence.startswith("Anybody may call s3:GetObject on arn:aws:s3:::shop/")
    assert resource_policy_is_public(None, "sns").explain().sentence == "There is no resource policy"


def test_a_dns_verdict_tells_what_a_client_gets():
    document = firewall([rule("no-mail", 100, "BLOCK", "mail")], {"mail": ["mail.example.com"]})
    blocked, open_ = (decide(Query(name), document).explain() for name in ("mail.example.com", "example.com"))
    assert (blocked.data["resolves"], blocked.data["response"]) == (False, "NODATA")
    assert open_.data["resolves"] is True and "example.com" in open_.sentence


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        (
            "cron(0 2 ? * MON-FRI *)",
            "cron(0 2 ? * MON-FRI *) fires next on 2026-11-25 02:00 UTC, then on 2026-11-26 02:00 UTC",
        ),
        ("rate(1 hour)", "rate(1 hour) fires next on 2026-11-25 01:00 UTC, and every hour after that"),
        ("cron(0 0 1 1 ? 2020)", "cron(0 0 1 1 ? 2020) never fires after 2026-11-25 00:00 UTC"),
        ("cron(0 0 1 12 ? 2026)", "cron(0 0 1 12 ? 2026) fires next on 2026-12-01 00:00 UTC and then never again"),
    ],
)
def test_a_schedule_tells_its_next_firings(expression, sentence):
    moment = datetime(2026, 11, 25, tzinfo=UTC)
    assert explain_schedule(read_schedule(expression), moment, start=moment).sentence == sentence


def test_every_explanation_is_json():
    for told in (
        ask(identity=[allow(**when(NumericLessThan={"s3:max-keys": 10}))]),
        Blocked("nothing").explain(),
        Explanation("why", {"a": 1}, Picture.path([Node("x")])),
    ):
        assert json.loads(json.dumps(told.as_json()))["sentence"] == told.sentence
