"""IAM User Guide, "IAM JSON policy elements: Condition operators" and "Multivalued context keys"."""

import pytest

from engine.semantics.iam.helpers import allow, ask, deny, holds, policy, statement, when
from hardenlab.semantics.iam import CannotJudge


@pytest.mark.parametrize(
    ("operator", "wanted", "given", "expected"),
    [
        ("StringEquals", "prod", "prod", True),
        ("StringEquals", "prod", "Prod", False),
        ("StringEquals", "pr*", "prod", False),
        ("StringNotEquals", "prod", "Prod", True),
        ("StringEqualsIgnoreCase", "prod", "PROD", True),
        ("StringNotEqualsIgnoreCase", "prod", "PROD", False),
        ("StringLike", "pr?d*", "production", True),
        ("StringLike", "pr?d", "PROD", False),
        ("StringNotLike", "pr*", "prod", False),
        ("NumericEquals", "10", "10.0", True),
        ("NumericNotEquals", "10", "11", True),
        ("NumericLessThan", "10", "9", True),
        ("NumericLessThan", "10", "10", False),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericGreaterThan", "3600", "3600.5", True),
        ("NumericGreaterThanEquals", "9", "10", True),
        ("DateEquals", "2024-01-01T00:00:00Z", "2024-01-01", True),
        ("DateNotEquals", "2024-01-01T00:00:00Z", "2024-01-01T00:00:01Z", True),
        ("DateLessThan", "2024-07-01T00:00:00Z", "2024-06-30T23:59:59Z", True),
        ("DateLessThan", "2024-07-01T00:00:00Z", "2024-07-01T00:00:00Z", False),
        ("DateLessThanEquals", "2024-07-01T00:00:00+02:00", "2024-06-30T22:00:00Z", True),
        ("DateGreaterThan", "2024-07-01T00:00:00Z", "1719792001", True),
        ("DateGreaterThanEquals", "2024-07", "2024-07-01T00:00:00.5Z", True),
        ("Bool", "true", "true", True),
        ("Bool", "true", "false", False),
        ("Bool", "True", "true", True),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", True),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ6", False),
        ("IpAddress", "203.0.113.0/24", "203.0.113.255", True),
        ("IpAddress", "203.0.113.0/24", "203.0.114.0", False),
        ("IpAddress", "203.0.113.7", "203.0.113.7", True),
        ("IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5678::1", True),
        ("IpAddress", "2001:db8::/32", "203.0.113.7", False),
        ("NotIpAddress", "203.0.113.0/24", "2001:db8::1", True),
        ("ArnEquals", "arn:aws:sns:*:111122223333:al*", "arn:aws:sns:eu-west-1:111122223333:alerts", True),
        ("ArnLike", "arn:aws:s3:::lab-?", "arn:aws:s3:::lab-1", True),
        ("ArnLike", "arn:aws:s3:*:*:lab-*", "arn:aws:s3:::prod", False),
        ("ArnLike", "arn:aws:*:111122223333:al*:x", "arn:aws:sns:eu-west-1:111122223333:alerts", False),
        ("ArnNotEquals", "arn:aws:s3:::lab-data", "arn:aws:s3:::lab-data", False),
        ("ArnNotLike", "arn:aws:s3:::prod*", "arn:aws:s3:::lab-data", True),
    ],
)
def test_operator_compares_as_documented(operator, wanted, given, expected):
    assert holds({operator: {"x:Key": wanted}}, {"x:Key": given}) is expected


@pytest.mark.parametrize(
    "operator",
    [
        "StringEquals",
        "StringLike",
        "NumericLessThan",
        "DateGreaterThan",
        "Bool",
        "BinaryEquals",
        "IpAddress",
        "ArnLike",
    ],
)
def test_positive_operator_is_false_without_the_key_unless_if_exists(operator):
    assert not holds({operator: {"x:Key": "true"}})
    assert holds({f"{operator}IfExists": {"x:Key": "true"}})


@pytest.mark.parametrize(
    "operator",
    ["StringNotEquals", "StringNotLike", "NumericNotEquals", "DateNotEquals", "NotIpAddress", "ArnNotEquals"],
)
def test_negated_operator_is_true_without_the_key(operator):
    assert holds({operator: {"x:Key": "true"}})
    assert holds({f"{operator}IfExists": {"x:Key": "true"}})


def test_if_exists_still_compares_a_key_that_is_there():
    assert not holds({"StringEqualsIfExists": {"x:Key": "a"}}, {"x:Key": "b"})


def test_values_are_alternatives():
    assert holds({"StringEquals": {"x:Key": ["a", "b"]}}, {"x:Key": "b"})


def test_a_negated_operator_refuses_every_value_of_its_list():
    condition = {"StringNotEquals": {"x:Key": ["a", "b"]}}
    assert not holds(condition, {"x:Key": "b"})
    assert holds(condition, {"x:Key": "c"})


def test_all_keys_and_all_operators_must_hold():
    condition = {"StringEquals": {"x:A": "1", "x:B": "2"}, "Bool": {"x:C": "true"}}
    assert holds(condition, {"x:A": "1", "x:B": "2", "x:C": "true"})
    assert not holds(condition, {"x:A": "1", "x:B": "3", "x:C": "true"})
    assert not holds(condition, {"x:A": "1", "x:B": "2"})


def test_keys_are_compared_without_regard_to_case():
    assert holds({"StringEquals": {"AWS:principaltag/Team": "sec"}}, {"aws:PrincipalTag/team": "sec"})


def test_json_numbers_and_truth_values_are_read_as_text():
    assert holds({"Bool": {"aws:SecureTransport": True}}, {"aws:SecureTransport": "true"})
    assert holds({"Bool": {"aws:SecureTransport": "true"}}, {"aws:SecureTransport": True})
    assert holds({"NumericLessThan": {"s3:max-keys": 10}}, {"s3:max-keys": 9})


def test_null_asks_for_presence():
    assert holds({"Null": {"aws:TokenIssueTime": "true"}})
    assert not holds({"Null": {"aws:TokenIssueTime": "true"}}, {"aws:TokenIssueTime": "2024-01-01T00:00:00Z"})
    assert holds({"Null": {"aws:TokenIssueTime": False}}, {"aws:TokenIssueTime": "2024-01-01T00:00:00Z"})
    assert not holds({"Null": {"aws:TokenIssueTime": "false"}})


@pytest.mark.parametrize(
    ("given", "for_all", "for_any"),
    [
        (None, True, False),
        ([], True, False),
        ([""], True, False),
        (["env"], True, True),
        (["env", "owner"], True, True),
        (["env", "price"], False, True),
        (["price"], False, False),
    ],
)
def test_set_operators_quantify_over_the_values_of_the_request(given, for_all, for_any):
    context = {} if given is None else {"aws:TagKeys": given}
    assert holds({"ForAllValues:StringEquals": {"aws:TagKeys": ["env", "owner"]}}, context) is for_all
    assert holds({"ForAnyValue:StringEquals": {"aws:TagKeys": ["env", "owner"]}}, context) is for_any


def test_set_operators_with_a_negated_operator_ask_about_each_value():
    assert holds({"ForAllValues:StringNotEquals": {"aws:TagKeys": ["a"]}}, {"aws:TagKeys": ["b", "c"]})
    assert not holds({"ForAllValues:StringNotEquals": {"aws:TagKeys": ["a"]}}, {"aws:TagKeys": ["a", "b"]})
    assert holds({"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["a"]}}, {"aws:TagKeys": ["a", "b"]})
    assert not holds({"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["a"]}})


def test_an_allow_with_for_all_values_is_made_safe_by_null_false():
    condition = {"ForAllValues:StringEquals": {"aws:TagKeys": ["env"]}, "Null": {"aws:TagKeys": "false"}}
    assert holds(condition, {"aws:TagKeys": ["env"]})
    assert not holds(condition)


def test_a_deny_on_false_mfa_misses_a_long_term_key_unless_if_exists():
    plain = deny("*", **when(Bool={"aws:MultiFactorAuthPresent": "false"}))
    careful = deny("*", **when(BoolIfExists={"aws:MultiFactorAuthPresent": "false"}))
    assert ask(identity=[allow("*"), plain]).allowed
    assert ask(identity=[allow("*"), careful]).kind == "explicit-deny"
    assert ask(identity=[allow("*"), careful], context={"aws:MultiFactorAuthPresent": "true"}).allowed


@pytest.mark.parametrize(
    "condition",
    [
        {"StringMatches": {"x:Key": "a"}},
        {"stringequals": {"x:Key": "a"}},
        {"NullIfExists": {"x:Key": "true"}},
        {"ForSomeValues:StringEquals": {"x:Key": "a"}},
        {"StringEquals": {"Key": "a"}},
        {"StringEquals": "a"},
        {"StringEquals": {"x:Key": {"a": "b"}}},
        {"StringLike": {"x:Key": "${aws:username"}},
        {"Null": {"x:Key": "yes"}},
        ["StringEquals"],
    ],
)
def test_a_malformed_condition_cannot_be_judged(condition):
    with pytest.raises(CannotJudge):
        holds(condition, {"x:Key": "a"})


@pytest.mark.parametrize(
    ("condition", "context"),
    [
        ({"StringEquals": {"x:Key": "a"}}, {"x:Key": ["a", "b"]}),
        ({"NumericLessThan": {"x:Key": "ten"}}, {"x:Key": "1"}),
        ({"NumericLessThan": {"x:Key": "1" * 300}}, {"x:Key": "1"}),
        ({"DateLessThan": {"x:Key": "tomorrow"}}, {"x:Key": "2024-01-01"}),
        ({"DateLessThan": {"x:Key": "2024-02-30"}}, {"x:Key": "2024-01-01"}),
        ({"DateLessThan": {"x:Key": "2024-01-01T00:00:00"}}, {"x:Key": "2024-01-01"}),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/33"}}, {"aws:SourceIp": "203.0.113.1"}),
        ({"ArnLike": {"aws:SourceArn": "*"}}, {"aws:SourceArn": "arn:aws:s3:::b"}),
        ({"BinaryEquals": {"x:Key": "%"}}, {"x:Key": "QQ=="}),
        ({"ForAnyValue:StringEqualsIfExists": {"x:Key": "a"}}, {}),
        ({"StringNotEquals": {"x:Key": []}}, {"x:Key": "a"}),
    ],
)
def test_what_aws_leaves_open_cannot_be_judged(condition, context):
    with pytest.raises(CannotJudge):
        holds(condition, context)


def test_an_open_question_is_no_obstacle_when_the_answer_does_not_depend_on_it():
    open_question = {"StringEquals": {"x:Key": "a"}}
    many = {"x:Key": ["a", "b"], "x:Other": "1"}
    assert ask(identity=[allow(), allow(Condition=open_question)], context=many).allowed
    assert ask(identity=[allow(), deny(), deny(Condition=open_question)], context=many).kind == "explicit-deny"
    assert not holds(open_question | {"Bool": {"x:Missing": "true"}}, many)
    assert ask(identity=[deny(Condition=open_question)], context=many).kind == "implicit-deny"
    with pytest.raises(CannotJudge):
        ask(identity=[allow(), deny(Condition=open_question)], context=many)


def test_two_spellings_of_a_key_with_different_values_cannot_be_judged():
    with pytest.raises(CannotJudge):
        holds({"StringEquals": {"x:key": "a"}}, {"x:Key": "a", "X:key": "b"})


def test_a_statement_without_conditions_in_its_condition_applies():
    assert ask(identity=[policy(statement(Condition={}))]).allowed
