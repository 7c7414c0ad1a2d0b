"""Policies come from strangers: what is malformed is refused, what is hostile stays cheap."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.semantics.iam.helpers import JANE, OBJECT, allow, ask, policy, statement, trust, without
from hardenlab.semantics.iam import CannotJudge, Policies, Policy, Principal, Request, decide, validate
from hardenlab.semantics.iam.pattern import Glob, States, Template


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        '"policy"',
        '{"Statement": [], "Statement": []}',
        '{"Statement": {"Effect": "Allow", "Effect": "Deny", "Action": "*", "Resource": "*"}}',
        '{"Version": NaN}',
        '{"Version": ' + "9" * 5000 + "}",
        '{"Version": 1e' + "9" * 100 + "}",
        "[" * 100_000,
        '{"a":' * 20_000,
        " " * 200_000,
    ],
)
def test_hostile_text_cannot_be_judged(text):
    with pytest.raises(CannotJudge):
        ask(identity=[text])
    assert validate(text, "identity")


@pytest.mark.parametrize(
    "document",
    [
        {"Version": "2012-10-17"},
        policy(),
        policy("x"),
        policy(statement(), version="2015-01-01"),
        policy(statement("allow")),
        policy(statement(Effects="Allow")),
        policy(without(statement(), "Action")),
        policy(statement(NotAction="s3:*")),
        policy(statement(action=[])),
        policy(statement(action=["s3:Get*", 1])),
        policy(statement(action="GetObject")),
        policy(statement(action="s3:" + "a" * 10_000)),
        policy(statement(NotResource="*")),
        policy(statement(Condition=None)),
        policy(*[statement()] * 5000),
        policy(statement()) | {"Extra": 1},
    ],
)
def test_a_malformed_document_cannot_be_judged(document):
    with pytest.raises(CannotJudge):
        ask(identity=[document])
    assert validate(document, "identity")


@pytest.mark.parametrize(
    "principal",
    [
        [],
        {},
        {"AWS": []},
        {"AWS": 1},
        {"AWS": "jane"},
        {"AWS": "arn:aws:iam::111122223333:user/*"},
        {"AWS": "arn:aws:iam::111122223333:group/admins"},
        {"aws": "*"},
        "arn:aws:iam::111122223333:root",
    ],
)
def test_a_malformed_principal_cannot_be_judged(principal):
    with pytest.raises(CannotJudge):
        decide(Request(JANE, "sts:AssumeRole", OBJECT, JANE.account), Policies(resource=trust(principal)))
    assert validate(trust(principal), "trust")


def test_a_principal_in_an_identity_policy_and_none_in_a_resource_policy_cannot_be_judged():
    with pytest.raises(CannotJudge):
        ask(identity=[allow(Principal="*")])
    with pytest.raises(CannotJudge):
        decide(Request(Principal.anonymous(), "s3:GetObject", OBJECT, JANE.account), Policies(resource=allow()))


def test_text_and_mapping_and_read_policy_are_the_same():
    document = allow("s3:*", "arn:aws:s3:::lab-data/*")
    for form in (document, json.dumps(document), Policy.read(document)):
        assert ask(identity=[form]).allowed


def test_oversized_requests_cannot_be_judged():
    with pytest.raises(CannotJudge):
        ask(resource="arn:aws:s3:::" + "a" * 10_000)
    with pytest.raises(CannotJudge):
        ask(context={"aws:Referer": "a" * 10_000})
    with pytest.raises(CannotJudge):
        ask(context={"aws:Referer": object()})


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["Version", "Statement", "Effect", "Action", "Resource", "Principal", "Condition", "Bool", "x:y"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_is_judged_or_refused_and_never_crashes(value):
    document = value if isinstance(value, dict) else {"Statement": value}
    for kind in ("identity", "trust", "scp", "rcp", "bucket", "kms-key", "vpc-endpoint", "resource"):
        assert isinstance(validate(document, kind), list)
    try:
        ask(identity=[document])
    except CannotJudge as refusal:
        assert refusal.reason


class CountedText(str):
    """Counts the searches made in it."""

    def __new__(cls, text):
        counted = super().__new__(cls, text)
        counted.searches = 0
        return counted

    def find(self, *arguments):
        self.searches += 1
        return super().find(*arguments)


def glob(text):
    return Glob(Template(text, wildcards=True, variables=False).fixed)


def test_a_pattern_of_stars_searches_once_per_piece():
    text = CountedText("a" * 5000)
    assert not glob("*a" * 100 + "*b*").matches(text)
    assert text.searches <= 102


def test_a_pattern_with_question_marks_reads_each_character_once():
    read = []
    pieces = [[None, "a"]] * 200 + [["b"]]
    assert not States([[], *pieces]).accept(read.append(letter) or letter for letter in "a" * 5000)
    assert len(read) <= 5000


def reference(pattern, text):
    """Matching by dynamic programming over all prefixes, slow and plain."""
    row = [True] + [False] * len(text)
    for sign in pattern:
        following = [row[0] and sign == "*"]
        for place, letter in enumerate(text, 1):
            if sign == "*":
                following.append(following[place - 1] or row[place])
            else:
                following.append(row[place - 1] and sign in ("?", letter))
        row = following
    return row[-1]


@given(st.text("ab*?", max_size=12), st.text("ab*", max_size=14))
def test_the_matcher_agrees_with_the_reference(pattern, text):
    assert glob(pattern).matches(text) == reference(pattern, text)
