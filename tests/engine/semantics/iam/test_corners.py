"""IAM at its edges: what a mutant would change and nobody would see."""

import json

import pytest

from engine.semantics.iam.helpers import (
    ANALYST,
    BOB,
    HOME,
    JANE,
    KEY,
    OBJECT,
    PARTNER_SESSION,
    ROLE,
    allow,
    ask,
    deny,
    holds,
    policy,
    statement,
    when,
)
from hardenlab.semantics.iam import CannotJudge, Policies, Principal, Request, decide, validate
from hardenlab.semantics.iam.conditions import hold, read_conditions
from hardenlab.semantics.iam.operators import instant
from hardenlab.semantics.iam.pattern import ArnPattern, Glob, Template, Variable

ROOT = Principal.root(HOME)
SERVICE = Principal.aws_service("cloudtrail.amazonaws.com")


def pattern(text):
    return ArnPattern(Template(text, wildcards=True, variables=False).fixed)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2020-01-01T00:00:00Z", "1577836800"),
        ("2020-01-01", "2020-01-01T00:00Z"),
        ("2020-01", "2020-01-01"),
        ("2020", "2020-01-01T00:00:00.000Z"),
        ("2020-01-01T02:30:00+02:30", "2020-01-01T00:00:00Z"),
        ("2019-12-31T21:30:00-02:30", "2020-01-01T00:00:00Z"),
        ("2020-01-01T00:01:01Z", "1577836861"),
        ("2020-01-01T01:00:00Z", "1577840400"),
        ("1969-12-31T23:59:59Z", "1970-01-01T00:59:59+01:00"),
    ],
)
def test_the_same_moment_is_written_in_many_ways(one, other):
    assert instant(one) == instant(other)
    assert holds({"DateEquals": {"aws:CurrentTime": other}}, {"aws:CurrentTime": (one,)})


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00.05Z"),
        ("2020-01-01T00:00:00.05Z", "2020-01-01T00:00:00.1Z"),
        ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59.05Z"),
        ("1969-12-31T23:59:59.5Z", "1970-01-01T00:00:00Z"),
        ("1969-12-31T23:59:58.9Z", "1969-12-31T23:59:59Z"),
        ("2020-01-01T23:59:59Z", "2020-01-01T23:59:60Z"),
    ],
)
def test_earlier_is_earlier(earlier, later):
    assert instant(earlier) < instant(later)
    assert holds({"DateLessThan": {"aws:CurrentTime": later}}, {"aws:CurrentTime": (earlier,)})
    assert not holds({"DateLessThan": {"aws:CurrentTime": earlier}}, {"aws:CurrentTime": (later,)})
    assert not holds({"DateLessThan": {"aws:CurrentTime": later}}, {"aws:CurrentTime": (later,)})
    assert holds({"DateLessThanEquals": {"aws:CurrentTime": later}}, {"aws:CurrentTime": (later,)})
    assert holds({"DateGreaterThanEquals": {"aws:CurrentTime": earlier}}, {"aws:CurrentTime": (earlier,)})


@pytest.mark.parametrize(
    "text",
    [
        "2020-01-01T24:00:00Z",
        "2020-01-01T23:60:00Z",
        "2020-01-01T23:59:61Z",
        "2020-13-01",
        "2020-02-30",
        "tomorrow",
        "1234",
    ],
)
def test_no_moment_is_not_judged(text):
    if text != "1234":
        with pytest.raises(CannotJudge):
            instant(text)
    else:
        assert instant(text) == instant("1234-01-01"), "four digits are a year"


def test_a_number_may_have_a_sign_and_a_fraction():
    for value, kept in (("-1", True), ("+2.5", True), ("2.50", True), ("3", False)):
        assert holds({"NumericLessThanEquals": {"s3:max-keys": "2.5"}}, {"s3:max-keys": (value,)}) == kept
    with pytest.raises(CannotJudge):
        holds({"NumericEquals": {"s3:max-keys": "2"}}, {"s3:max-keys": ("2.",)})


def test_any_value_with_if_exists_is_judged_when_the_key_is_there():
    condition = {"ForAnyValue:StringEqualsIfExists": {"aws:TagKeys": "team"}}
    assert holds(condition, {"aws:TagKeys": ("cost", "team")})
    assert not holds(condition, {"aws:TagKeys": ("cost",)})
    with pytest.raises(CannotJudge, match="absent key"):
        holds(condition)


def test_conditions_answer_yes_or_no():
    tests = read_conditions({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, variables=True)
    assert hold(tests, {"aws:requestedregion": ("eu-west-1",)}) is True
    assert hold(tests, {"aws:requestedregion": ("eu-west-2",)}) is False


def test_letters_of_arns_count():
    jane = f"arn:aws:iam::{HOME}:user/Jane"
    for operator in ("ArnEquals", "ArnLike"):
        assert holds({operator: {"aws:PrincipalArn": jane}}, {"aws:PrincipalArn": (jane,)})
        assert not holds({operator: {"aws:PrincipalArn": jane}}, {"aws:PrincipalArn": (jane.lower(),)})
    report = "arn:aws:s3:::lab-data/Report.csv"
    assert ask(resource=report, identity=[allow(resource=report)]).allowed
    assert not ask(resource=report, identity=[allow(resource=report.lower())]).allowed
    assert ask(resource=report, identity=[allow(resource="arn:aws:s3:::lab-data/R*")]).allowed


@pytest.mark.parametrize(
    "inside", ["aws:username, x'", "aws:username, 'x", "aws:username, '", "aws:username, x", ", 'x'"]
)
def test_a_default_stands_in_single_quotes(inside):
    with pytest.raises(CannotJudge):
        Variable(inside)


def test_a_default_is_used_when_the_key_is_absent():
    assert Variable("aws:username, ''").value({}) == ""
    assert Variable("aws:username, 'guest'").value({}) == "guest"
    assert Variable("aws:username, 'guest'").value({"aws:username": ("jane",)}) == "jane"
    assert Variable("aws:username").value({}) is None


@pytest.mark.parametrize("escape", ["${*}", "${?}", "${$}"])
def test_escapes_may_stand_anywhere_in_an_arn(escape):
    assert not ask(identity=[allow(resource=f"arn:aws:s3:{escape}::lab-data/report.csv")]).allowed
    literal = f"arn:aws:s3:::lab-data/{escape[2]}"
    assert ask(resource=literal, identity=[allow(resource=f"arn:aws:s3:::lab-data/{escape}")]).allowed
    assert not ask(identity=[allow(resource=f"arn:aws:s3:::lab-data/{escape}")]).allowed


def test_a_variable_before_the_fifth_colon_is_not_judged():
    with pytest.raises(CannotJudge, match="fifth colon"):
        ask(identity=[allow(resource="arn:aws:s3:${aws:RequestedRegion}::lab-data/*")])
    assert ask(
        resource="arn:aws:s3:::lab-data/jane/x",
        identity=[allow(resource="arn:aws:s3:::lab-data/${aws:username}/*")],
        context={"aws:username": ("jane",)}.items(),
    ).allowed


@pytest.mark.parametrize(
    ("text", "arn", "matches", "beyond"),
    [
        ("arn:aws:s3:::b*", "arn:aws:s3:::b/x", True, False),
        ("arn:aws:s3:*-1::b*", "arn:aws:s3:a:b-1::bx", False, False),
        ("arn:aws:s3:*:b*", "arn:aws:s3:::bx", False, True),
        ("arn:aws:s3:*", "arn:aws:s3:::bx", False, True),
        ("arn:aws:s*", "arn:aws:s3:::bx", False, True),
        ("arn:aws:", "arn:aws:", False, False),
        ("arn:aws:s3", "arn:aws:s3", False, False),
        ("*", "arn:aws:s3:::bx", False, True),
        ("arn:aws:s3:::b?", "arn:aws:s3:::bx", True, False),
        ("arn:aws:s3:::b?", "arn:aws:s3:::b", False, False),
        ("arn:aws:s3:::a:b:*", "arn:aws:s3:::a:b:c:d", True, False),
    ],
)
def test_components_of_an_arn_are_matched_one_by_one(text, arn, matches, beyond):
    found = pattern(text)
    assert found.matches(arn) is matches
    assert found.matches_beyond_colons(arn) == (beyond or (matches and found.expands))


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        ("a?c", ["abc"], ["ac", "abbc"]),
        ("a?*", ["ab", "abc"], ["a"]),
        ("?*?", ["ab", "abc"], ["a", ""]),
        ("*a?b*", ["xaxbx", "axb"], ["ab", "axxb"]),
        ("a*b*c", ["abc", "aXbYc", "abbc"], ["acb", "ab", "abcX"]),
        ("ab*ba", ["abba", "abXba"], ["aba"]),
        ("", [""], ["a"]),
        ("*", ["", "a"], []),
    ],
)
def test_wildcards_match_as_written(text, yes, no):
    glob = Glob(Template(text, wildcards=True, variables=False).fixed)
    assert [glob.matches(one) for one in yes] == [True] * len(yes)
    assert [glob.matches(one) for one in no] == [False] * len(no)


def speaks(who, effect="Allow", action="s3:GetObject", element="Principal"):
    return policy({"Effect": effect, element: who, "Action": action, "Resource": "*"})


def decided(caller, document, **more):
    return decide(Request(caller, "s3:GetObject", OBJECT, HOME, {}), Policies(resource=document, **more))


def test_policies_of_a_caller_who_can_have_none_are_not_read():
    public = speaks({"Service": "cloudtrail.amazonaws.com"})
    assert decided(SERVICE, public, identity=[deny()], boundary=deny()).allowed
    assert decided(Principal.anonymous(), speaks("*"), identity=[deny()]).allowed


def test_the_root_user_is_no_user_of_policies():
    assert ask(ROOT, identity=[deny()], boundary=deny()).allowed


@pytest.mark.parametrize(
    ("who", "allowed"), [(f"arn:aws:iam::{HOME}:root", True), (HOME, True), ("444455556666", False)]
)
def test_not_principal_exempts_the_root_user_by_the_account(who, allowed):
    assert decided(ROOT, speaks({"AWS": who}, "Deny", element="NotPrincipal")).allowed is allowed


@pytest.mark.parametrize("name", ["user/*", "user/j?ne"])
def test_a_wildcard_in_a_principal_is_told(name):
    with pytest.raises(CannotJudge, match="a wildcard cannot stand"):
        decided(JANE, speaks({"AWS": f"arn:aws:iam::{HOME}:{name}"}))


def test_the_reason_names_who_did_not_allow():
    home, bob = speaks({"AWS": HOME}, action="kms:Decrypt"), speaks({"AWS": BOB.arn}, action="kms:Decrypt")

    def reason(**policies):
        return decide(Request(JANE, "kms:Decrypt", KEY, HOME, {}), Policies(**policies)).because

    assert reason(resource=home).startswith("No identity policy of")
    limited = reason(resource=home, identity=[allow("kms:*")], boundary=allow("s3:*"))
    assert limited.startswith("The permissions boundary")
    assert "own policy" in reason(resource=bob, identity=[allow("kms:*")])


def test_a_role_is_assumed_by_its_own_word_alone():
    everywhere = [allow("sts:AssumeRole")]
    assert not ask(JANE, "sts:AssumeRole", ROLE, identity=everywhere).allowed
    assert not ask(ROOT, "sts:AssumeRole", ROLE).allowed


def test_callers_are_told_by_what_they_are_known_by():
    assert str(JANE) == JANE.arn
    assert str(SERVICE) == "cloudtrail.amazonaws.com"
    assert str(Principal.federated("accounts.google.com")) == "accounts.google.com"
    assert str(Principal.anonymous()) == "an anonymous caller"
    assert str(ANALYST) == ANALYST.arn and str(PARTNER_SESSION) == PARTNER_SESSION.arn


BUCKET = "arn:aws:s3:::lab-data"


def bucket_problems(action="s3:GetObject", resource=f"{BUCKET}/*", **more):
    document = policy({"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource} | more)
    return [problem.what for problem in validate(document, "bucket", resource=BUCKET)]


@pytest.mark.parametrize("action", ["*", "s3:*", "S3:GetObject", ["s3:GetObject", "s3:Put*"]])
def test_actions_of_s3_may_stand_in_a_bucket_policy(action):
    assert bucket_problems(action) == []


def test_other_actions_may_not_stand_in_a_bucket_policy():
    assert "'ec2:RunInstances' is not an action of S3" in bucket_problems("ec2:RunInstances")


@pytest.mark.parametrize(
    "resource",
    [
        BUCKET,
        f"{BUCKET}/report.csv",
        f"{BUCKET}/*",
        f"{BUCKET}*",
        f"{BUCKET}/${{aws:username}}/*",
        "*",
        "arn:aws:s3:::lab*",
    ],
)
def test_a_bucket_policy_speaks_of_the_bucket_and_its_objects(resource):
    assert bucket_problems("s3:*", resource) == []


@pytest.mark.parametrize("resource", ["arn:aws:s3:::lab-data-2", "arn:aws:s3:::other/*", f"{BUCKET}-2/report.csv"])
def test_a_bucket_policy_speaks_of_no_other_bucket(resource):
    assert len(bucket_problems("s3:*", resource)) == 1


@pytest.mark.parametrize(("kind", "most"), [("bucket", 20_480), ("vpc-endpoint", 20_480), ("kms-key", 32_768)])
def test_the_largest_policy_is_taken_and_a_larger_one_is_not(kind, most):
    document = policy(statement(Principal="*", Action="*", Sid=""))
    document["Statement"][0]["Sid"] = "x" * (most - len(json.dumps(document, separators=(",", ":"))))
    text = json.dumps(document, separators=(",", ":"))
    larger = text.replace('"xxx', '"xxxx', 1)
    assert (len(text), len(larger)) == (most, most + 1)

    def told(written):
        return [problem.what for problem in validate(written, kind) if "larger" in problem.what]

    assert told(text) == [] and told(document) == []
    assert told(larger) == [f"the policy is larger than {most} bytes"]


def test_what_is_no_json_is_told():
    document = policy(statement(Principal="*", Condition={"StringEquals": {"aws:x": {1, 2}}}))
    assert "the policy cannot be written as JSON" in [problem.what for problem in validate(document, "bucket")]


def test_a_session_tag_condition_is_read_with_its_colons():
    assert holds(
        when(StringEquals={"aws:PrincipalTag/team": "blue"})["Condition"], {"aws:PrincipalTag/team": ("blue",)}
    )
