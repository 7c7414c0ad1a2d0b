"""Where a policy's statements stand in its text, and which condition keys it names."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardenlab.semantics.iam import CannotJudge
from hardenlab.semantics.iam.source import context_keys, statement_places

STATEMENTS = st.lists(st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3), min_size=1, max_size=4)


def cut(text, start, end):
    lines = [len(line) + 1 for line in text.split("\n")]

    def offset(place):
        return sum(lines[: place.line - 1]) + place.column - 1

    return text[offset(start) : offset(end)]


@given(STATEMENTS, st.sampled_from([None, 1, 4]), st.booleans())
@settings(max_examples=60, derandomize=True)
def test_each_place_holds_its_statement(statements, indent, alone):
    value = {"Id": "[{", "Statement": statements[0] if alone else statements, "Version": "2012-10-17"}
    text = json.dumps(value, indent=indent)
    found = [json.loads(cut(text, *place)) for place in statement_places(text)]
    assert found == (statements[:1] if alone else statements)


def test_what_is_no_policy_has_no_places():
    assert statement_places("[]") == []
    assert statement_places('{"Statement": []}') == []
    for text in ("", "{", "[" * 100_000, '{"a": 1, "a": 2}'):
        with pytest.raises(CannotJudge):
            statement_places(text)


def test_keys_are_found_in_conditions_and_variables_once_and_as_written():
    statement = {
        "Effect": "Allow",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::home/${aws:username}/*", "arn:aws:s3:::a${*}b"],
        "Condition": {
            "StringLike": {"s3:prefix": ["${aws:PrincipalTag/team}/*"]},
            "Bool": {"aws:SecureTransport": "true"},
        },
    }
    document = {"Version": "2012-10-17", "Statement": [statement, statement]}
    wanted = {"aws:username", "s3:prefix", "aws:PrincipalTag/team", "aws:SecureTransport"}
    assert len(context_keys(document)) == len(wanted)
    assert set(context_keys(json.dumps(document))) == wanted
    assert context_keys({"Statement": ["x", {"Condition": "y"}, {"NotResource": "${s3:prefix}"}]}) == ["s3:prefix"]
    assert context_keys({"Statement": {"Condition": {"Bool": {"aws:x": True}, "Null": 7}}}) == ["aws:x"]
    with pytest.raises(CannotJudge):
        context_keys("[]")
