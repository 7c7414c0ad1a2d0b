"""IAM User Guide, "IAM Access Analyzer policy check reference": each code where its page says, and nowhere else."""

import json

import pytest

from engine.semantics.iam.helpers import HOME, OBJECT, allow, deny, policy, statement, trust, when, without
from hardenlab.semantics.iam.findings import findings


def found(document, kind="identity"):
    text = document if isinstance(document, str) else json.dumps(document)
    return [(one.code, one.kind, one.path) for one in findings(text, kind)]


def codes(document, kind="identity"):
    return [code for code, _, _ in found(document, kind)]


S = ("Statement", 0)
CASES = [
    ("{", "identity", "JSON_SYNTAX_ERROR", "ERROR", ()),
    ("[]", "identity", "JSON_SYNTAX_ERROR", "ERROR", ()),
    (allow() | {"Extra": 1}, "identity", "INVALID_POLICY_ELEMENT", "ERROR", ("Extra",)),
    (policy(statement(Extra=1)), "identity", "INVALID_POLICY_ELEMENT", "ERROR", (*S, "Extra")),
    ({"Statement": [statement()]}, "identity", "MISSING_VERSION", "WARNING", ()),
    (policy(statement(), version="2012-10-18"), "identity", "INVALID_VERSION", "ERROR", ("Version",)),
    ({"Version": "2012-10-17"}, "identity", "MISSING_STATEMENT", "ERROR", ()),
    (policy(), "identity", "MISSING_STATEMENT", "ERROR", ()),
    (policy("x"), "identity", "DATA_TYPE_MISMATCH", "ERROR", S),
    (policy(statement(Sid="A"), statement(Sid="A")), "identity", "UNIQUE_SIDS_REQUIRED", "ERROR",
     ("Statement", 1, "Sid")),
    (policy(without(statement(), "Effect")), "identity", "MISSING_EFFECT", "ERROR", S),
    (policy(statement("Permit")), "identity", "INVALID_EFFECT", "ERROR", (*S, "Effect")),
    (policy(without(statement(), "Action")), "identity", "MISSING_ACTION", "ERROR", S),
    (policy(without(statement(), "Resource")), "identity", "MISSING_RESOURCE", "ERROR", S),
    (allow("sts:AssumeRole"), "trust", "MISSING_PRINCIPAL", "ERROR", S),
    (allow(Principal="*"), "identity", "UNSUPPORTED_PRINCIPAL", "ERROR", (*S, "Principal")),
    (policy(statement(NotAction="s3:*")), "identity", "UNSUPPORTED_ELEMENT_COMBINATION", "ERROR", S),
    (policy(statement(NotResource="*")), "identity", "UNSUPPORTED_ELEMENT_COMBINATION", "ERROR", S),
    (policy(statement(action=[])), "identity", "EMPTY_ARRAY_ACTION", "SUGGESTION", (*S, "Action")),
    (policy(without(statement(NotAction=[]), "Action")), "identity", "EMPTY_ARRAY_ACTION", "SUGGESTION",
     (*S, "NotAction")),
    (allow(resource=[]), "identity", "EMPTY_ARRAY_RESOURCE", "SUGGESTION", (*S, "Resource")),
    (allow("GetObject"), "identity", "INVALID_ACTION", "ERROR", (*S, "Action")),
    (allow("s3:GetObjct"), "identity", "INVALID_ACTION", "ERROR", (*S, "Action")),
    (allow(["s3:GetObject", "s3:Zet*"]), "identity", "INVALID_ACTION", "ERROR", (*S, "Action", 1)),
    (allow("s4:GetObject"), "identity", "INVALID_SERVICE_IN_ACTION", "ERROR", (*S, "Action")),
    (allow(["s3:Get*", "s3:GetObject"]), "identity", "REDUNDANT_ACTION", "SUGGESTION", (*S, "Action", 1)),
    (allow(["s3:GetObject", "s3:getobject"]), "identity", "REDUNDANT_ACTION", "SUGGESTION", (*S, "Action", 1)),
    (allow(resource="lab-data"), "identity", "INVALID_ARN_PREFIX", "ERROR", (*S, "Resource")),
    (allow(resource="arn:aws:s3"), "identity", "MISSING_ARN_FIELD", "ERROR", (*S, "Resource")),
    (allow(resource=[OBJECT, "arn:amazon:s3:::x"]), "identity", "INVALID_PARTITION", "ERROR", (*S, "Resource", 1)),
    (trust({"User": "x"}), "trust", "INVALID_PRINCIPAL_KEY", "ERROR", (*S, "Principal", "User")),
    (trust("jane"), "trust", "INVALID_PRINCIPAL_FORMAT", "ERROR", (*S, "Principal")),
    (policy({"Effect": "Allow", "NotPrincipal": {"AWS": HOME}, "Action": "sts:AssumeRole"}), "trust",
     "ALLOW_WITH_NOT_PRINCIPAL", "SECURITY_WARNING", (*S, "NotPrincipal")),
    (allow(**when(StringMatches={"aws:x": "y"})), "identity", "INVALID_CONDITION_OPERATOR", "ERROR",
     (*S, "Condition", "StringMatches")),
    (allow(**when(StringLike={"username": "y"})), "identity", "INVALID_CONDITION_KEY_FORMAT", "ERROR",
     (*S, "Condition", "StringLike", "username")),
    (allow("iam:PassRole"), "identity", "PASS_ROLE_WITH_STAR_IN_RESOURCE", "SECURITY_WARNING", (*S, "Action")),
    (allow("iam:Pass*"), "identity", "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE", "SECURITY_WARNING", (*S, "Action")),
    (allow("iam:CreateServiceLinkedRole"), "identity", "CREATE_SLR_WITH_STAR_IN_RESOURCE", "WARNING", (*S, "Action")),
    (allow("iam:CreateService*"), "identity", "CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE", "WARNING",
     (*S, "Action")),
]  # fmt: skip


@pytest.mark.parametrize(("document", "kind", "code", "severity", "path"), CASES, ids=[str(case[2]) for case in CASES])
def test_each_finding_has_its_code_its_kind_and_its_place(document, kind, code, severity, path):
    assert (code, severity, path) in found(document, kind)
    assert codes(document, kind).count(code) == 1


TO_LAMBDA = when(StringEquals={"iam:PassedToService": "lambda.amazonaws.com"})


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (allow(["s3:GetObject", "s3:PutObject"], OBJECT), "identity"),
        (policy(statement(Sid="A", action="s3:*"), statement(Sid="B", resource=[OBJECT, "arn:aws-cn:s3:::x/*"])),
         "identity"),
        ({"Version": "2008-10-17", "Id": "x", "Statement": statement(resource=OBJECT)}, "identity"),
        (policy(without(statement(NotAction=["iam:*", "iam:Get*"]), "Action")), "identity"),
        (trust({"AWS": HOME, "Service": "ec2.amazonaws.com", "Federated": "x", "CanonicalUser": "y"}), "trust"),
        (trust("*"), "trust"),
        (deny("*"), "identity"),
        (deny("iam:PassRole"), "identity"),
        (allow("iam:PassRole", f"arn:aws:iam::{HOME}:role/x"), "identity"),
        (allow("iam:PassRole", **TO_LAMBDA), "identity"),
        (allow("s3:*", ["arn:aws:s3:*", "arn:*:s3:::x", "*x", "arn:aws-us-gov:s3:::x"]), "identity"),
        (allow(**when(ForAnyValue__StringLikeIfExists={"aws:TagKeys": ["a"]}), resource=OBJECT), "identity"),
        (allow("s3:Get*Object", "arn:aws:s3:::lab/${aws:username}"), "identity"),
    ],
)  # fmt: skip
def test_a_sound_policy_has_no_findings(document, kind):
    assert found(document, kind) == []


def test_everything_on_everything_passes_roles_and_makes_service_linked_ones():
    assert codes(allow("*")) == [
        "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE",
        "CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE",
    ]
    assert codes(allow(["*", "iam:PassRole"]))[-2:] == [
        "PASS_ROLE_WITH_STAR_IN_RESOURCE",
        "CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE",
    ]
    assert codes(allow("*", **TO_LAMBDA)) == ["CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE"]
    other = when(StringEquals={"aws:RequestedRegion": "eu-west-1"})
    assert codes(allow("iam:PassRole", **other)) == ["PASS_ROLE_WITH_STAR_IN_RESOURCE"]
    assert codes(policy(without(statement(NotAction="s3:*"), "Action"))) == []


def test_a_statement_that_is_no_object_does_not_hide_the_next():
    assert codes(policy("x", statement("Permit"))) == ["DATA_TYPE_MISMATCH", "INVALID_EFFECT"]
    assert found({"Version": "2012-10-17", "Statement": "x"}) == [("DATA_TYPE_MISMATCH", "ERROR", ("Statement",))]
    (single,) = found({"Version": "2012-10-17", "Statement": statement("Permit")})
    assert single == ("INVALID_EFFECT", "ERROR", ("Statement", "Effect"))


def test_a_hundred_and_fifty_actions_of_a_statement_are_looked_at():
    many = [f"s3:GetObjct{number}" for number in range(151)]
    assert codes(allow(many, OBJECT)) == ["INVALID_ACTION"] * 150
    assert findings("{", "identity")[0].details.startswith("Fix the JSON syntax: ")
