"""Tags in every shape that AWS's services give them, with the limits that all of them share."""

import pytest
from hardenlab.environments.moto.extend import Refusal
from hardenlab.environments.moto.extend.tags import MAX_TAGS, TagMembers, Tags

ARN = "arn:aws:service:us-east-1:123456789012:thing/one"
OPERATIONS = "TagResource", "UntagResource", "ListTagsForResource"


@pytest.fixture
def tags():
    return Tags("InvalidTag", "TooMany")


def test_tags_come_as_a_list_or_as_a_map_and_are_answered_in_their_order(tags):
    tags.put(ARN, [{"Key": "team", "Value": "web"}, {"key": "stage", "value": ""}])
    tags.put(ARN, {"team": "shop", "Owner": "ada"})
    assert tags.of(ARN) == {"team": "shop", "stage": "", "Owner": "ada"}
    assert tags.listed(ARN)[0] == {"Key": "team", "Value": "shop"}
    tags.drop(ARN, ["team", "unknown"])
    assert list(tags.of(ARN)) == ["stage", "Owner"]
    tags.forget(ARN)
    assert tags.of(ARN) == {}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ([{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}], "InvalidTag"),
        ({"aws:owner": "x"}, "InvalidTag"),
        ({"AWS:owner": "x"}, "InvalidTag"),
        ({"": "x"}, "InvalidTag"),
        ({"k" * 129: "x"}, "InvalidTag"),
        ({"k": "x" * 257}, "InvalidTag"),
        ({f"k{number}": "" for number in range(MAX_TAGS + 1)}, "TooMany"),
    ],
)
def test_tags_that_no_resource_may_have_are_refused(tags, given, code):
    with pytest.raises(Refusal) as refused:
        tags.put(ARN, given)
    assert refused.value.code == code
    assert tags.of(ARN) == {}


def test_the_limit_counts_what_the_resource_has_already(tags):
    tags.put(ARN, {f"k{number}": "" for number in range(MAX_TAGS)})
    tags.put(ARN, {"k0": "new value"})
    with pytest.raises(Refusal, match="at most"):
        tags.put(ARN, {"one more": ""})


@pytest.mark.parametrize(
    ("service", "members"),
    [
        ("route53resolver", ("ResourceArn", "Tags", "TagKeys", "Tags", False)),
        ("network-firewall", ("ResourceArn", "Tags", "TagKeys", "Tags", False)),
        ("shield", ("ResourceARN", "Tags", "TagKeys", "Tags", False)),
        ("fms", ("ResourceArn", "TagList", "TagKeys", "TagList", False)),
        ("accessanalyzer", ("resourceArn", "tags", "tagKeys", "tags", True)),
        ("guardduty", ("ResourceArn", "Tags", "TagKeys", "Tags", True)),
    ],
)
def test_the_members_are_read_from_the_model(service, members):
    read = TagMembers.read(service, *OPERATIONS)
    assert (read.resource, read.tags, read.keys, read.answered, read.as_map) == members
