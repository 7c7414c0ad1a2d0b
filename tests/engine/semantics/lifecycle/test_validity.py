"""What S3 would refuse, with place and remedy, and what it does not document."""

import json
import time
from datetime import UTC, datetime

import pytest

from hardenlab.semantics.lifecycle import Lifecycle, Malformed, Stored, Unjudged

from .documents import expires, moves, moves_noncurrent, removes, rule


def of(**fields):
    return {"Rules": [rule(**fields)]}


def test_json_text_is_read_too():
    assert Lifecycle.read(json.dumps(of(**expires(1)))).fate(Stored("x"), 1).state == "deleted"


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ("[", "is not JSON"),
        ({}, "the lifecycle configuration needs the field Rules"),
        ({"Rules": []}, "Rules has 0 elements; it takes 1 to 1000"),
        ({"Rules": [rule(**expires(1))] * 1001}, "Rules has 1001 elements"),
        ({"Rules": [rule("a", **expires(1)), rule("a", **expires(2))]}, "ID 'a' is used twice; give each rule its own"),
        (of(), "Rules[0] has no action; give it one of Expiration, Transitions"),
        (of(Transition={}), "has the unknown field 'Transition'"),
        ({"Rules": [{"Status": "Enabled", **expires(1)}]}, "needs either Filter or Prefix, one of the two"),
        (of(Prefix="", Filter={}, **expires(1)), "needs either Filter or Prefix"),
        ({"Rules": [{"Filter": {}, **expires(1)}]}, "needs the field Status"),
        (of(**expires(1)) | {"Rules": [rule(status="On", **expires(1))]}, "must be Enabled or Disabled, not 'On'"),
        (of(Filter={"Prefix": "a", "ObjectSizeLessThan": 5}, **expires(1)), "put several conditions in And"),
        (of(Filter={"And": {"Prefix": "a"}}, **expires(1)), "needs at least two conditions; write one alone"),
        (
            of(Filter={"And": {"Tags": [{"Key": "a", "Value": "b"}, {"Key": "a", "Value": "c"}]}}, **expires(1)),
            "names a tag's key twice; each key must be unique",
        ),
        (
            of(Filter={"And": {"ObjectSizeGreaterThan": 9, "ObjectSizeLessThan": 9}}, **expires(1)),
            "needs an ObjectSizeGreaterThan that is less than ObjectSizeLessThan",
        ),
        (of(**expires(0)), "Expiration.Days must be between 1 and"),
        (of(**expires("30")), "Days must be a whole number, not a text"),
        (of(Expiration={}), "needs either Days or Date, one of the two"),
        (of(Expiration={"Days": 1, "Date": "2027-01-01"}), "needs either Days or Date"),
        (of(Expiration={"Date": "tomorrow"}), "'tomorrow' is no date"),
        (of(Expiration={"Date": datetime(2027, 1, 1, 5, tzinfo=UTC)}), "must be at midnight UTC"),
        (of(Expiration={"Date": 5}), "must be a date, not a whole number"),
        (of(Expiration={"Days": 1, "ExpiredObjectDeleteMarker": True}), "beside Days or Date; write two rules"),
        (
            of(Filter={"Tag": {"Key": "a", "Value": "b"}}, Expiration={"ExpiredObjectDeleteMarker": True}),
            "in a rule that filters by tags; take the tags out",
        ),
        (of(**moves(STANDARD_IA=5)), "goes to STANDARD_IA after 5 days; S3 takes 30 or more for this class"),
        (of(**moves(ONEZONE_IA=29)), "goes to ONEZONE_IA after 29 days"),
        (of(**moves_noncurrent(STANDARD_IA=0)), "goes to STANDARD_IA after 0 days"),
        (of(**moves(STANDARD=30)), "StorageClass must be STANDARD_IA, INTELLIGENT_TIERING"),
        (of(**moves(STANDARD_IA=30, GLACIER=59)), "goes from STANDARD_IA to GLACIER in 29 days; S3 takes 30 or more"),
        (of(**moves(GLACIER=90), **expires(90)), "has Expiration after 90 days and a transition after 90"),
        (
            of(**moves_noncurrent(GLACIER=90), **removes(30)),
            "has NoncurrentVersionExpiration after 30 days and a transition after 90",
        ),
        (
            of(Transitions=[{"Days": 1, "StorageClass": "GLACIER"}, {"Days": 9, "StorageClass": "GLACIER"}]),
            "is GLACIER twice in one rule; name each class once",
        ),
        (of(**moves(GLACIER=1), Expiration={"Date": "2027-01-01"}), "use one of the two in a rule"),
        (
            of(Transitions=[{"Date": "2027-01-01", "StorageClass": "GLACIER"}], **expires(30)),
            "use one of the two in a rule",
        ),
        (
            of(
                Transitions=[{"Date": "2027-02-01", "StorageClass": "GLACIER"}],
                Expiration={"Date": "2027-01-01"},
            ),
            "has an Expiration that is not later than its transition",
        ),
        (of(NoncurrentVersionExpiration={"NoncurrentDays": 1, "Days": 1}), "has the unknown field 'Days'"),
        (of(Expiration={"Date": "2027-01-01T00:00:00+02:00"}), "must be at midnight UTC"),
        (of(**removes(0)), "NoncurrentDays must be between 1 and"),
        (of(**removes(1, 101)), "NewerNoncurrentVersions must be between 1 and 100"),
        (of(Prefix="", **removes(1, 2)), "needs a Filter in the rule; an empty one takes all objects"),
        (
            of(
                Filter={"Tag": {"Key": "a", "Value": "b"}},
                AbortIncompleteMultipartUpload={"DaysAfterInitiation": 7},
            ),
            "stands in a rule that filters by tags or size; uploads have neither",
        ),
        (of(AbortIncompleteMultipartUpload={}), "needs the field DaysAfterInitiation"),
        (of(**expires(1)) | {"TransitionDefaultMinimumObjectSize": "none"}, "must be all_storage_classes_128K or"),
    ],
)  # fmt: skip
def test_what_s3_refuses_is_told_with_place_and_remedy(document, sentence):
    with pytest.raises(Malformed) as refused:
        Lifecycle.read(document)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    "fields",
    [
        moves(GLACIER=10, DEEP_ARCHIVE=10), moves(DEEP_ARCHIVE=10, GLACIER=20), moves(STANDARD_IA=30, GLACIER_IR=40),
        moves(INTELLIGENT_TIERING=1, STANDARD_IA=60), moves(ONEZONE_IA=30, GLACIER_IR=90),
    ],
)  # fmt: skip
def test_what_s3_does_not_document_is_not_judged(fields):
    with pytest.raises(Unjudged):
        Lifecycle.read(of(**fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"Filter": {"Prefix": "a", "Tag": None, "And": None}, **expires(1)},
        {
            "Transitions": [
                {"Date": "2027-01-01", "StorageClass": "STANDARD_IA"},
                {"Date": "2027-02-01", "StorageClass": "GLACIER"},
            ]
        },
        {
            "Transitions": [{"Date": "2027-01-01", "StorageClass": "GLACIER"}],
            "Expiration": {"Date": "2027-02-01T00:00:00Z"},
        },
        {"Filter": {"And": {"ObjectSizeGreaterThan": 9, "ObjectSizeLessThan": 10}}, **expires(1)},
    ],
)  # fmt: skip
def test_what_s3_takes_is_read(fields):
    assert Lifecycle.read(of(**fields)).fate(Stored("b"), 0).state == "current"


def test_a_date_may_be_written_in_any_time_zone():
    rules = Lifecycle.read(of(Expiration={"Date": "2027-01-01T02:00:00+02:00"}))
    assert rules.fate(Stored("x"), datetime(2027, 1, 1, tzinfo=UTC)).state == "deleted"


def test_a_guide_that_differs_from_another_is_not_followed():
    rules = Lifecycle.read(of(**moves(GLACIER_IR=1)))
    with pytest.raises(Unjudged, match="guides differ"):
        rules.fate(Stored("x", storage_class="INTELLIGENT_TIERING"), 1)
    marker = Stored("x", kind="delete marker")
    sized = Lifecycle.read(of(Filter={"ObjectSizeLessThan": 5}, **expires(1)), "Enabled")
    with pytest.raises(Unjudged, match="takes a delete marker"):
        sized.fate(marker, 1)


def test_a_thousand_rules_are_judged_in_no_time():
    many = {"Rules": [rule(f"r{n}", Filter={"Prefix": "a" * 500}, **moves(GLACIER=n + 1)) for n in range(1000)]}
    before = time.process_time()
    fate = Lifecycle.read(many).fate(Stored("a" * 1000), 100_000)
    assert fate.storage_class == "GLACIER"
    assert time.process_time() - before < 0.5  # the aim is 0.1 s; machines differ
