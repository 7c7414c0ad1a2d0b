"""What becomes of objects, day by day."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from hardenlab.semantics.lifecycle import Lifecycle, Malformed, Stored, Unjudged, probe

from .documents import expires, lifecycle, moves, moves_noncurrent, removes, rule

LOGS = Stored("logs/1")
TIERS = rule("tiers", Filter={"Prefix": "logs/"}, **moves(STANDARD_IA=30, GLACIER=90), **expires(365))


def told(fate):
    return fate.state if fate.state == "deleted" else f"{fate.state} {fate.storage_class}"


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (0, "current STANDARD"), (29, "current STANDARD"), (30, "current STANDARD_IA"), (89, "current STANDARD_IA"),
        (90, "current GLACIER"), (364, "current GLACIER"), (365, "deleted"), (3650, "deleted"),
    ],
)  # fmt: skip
def test_an_object_moves_down_and_is_deleted(day, expected):
    assert told(lifecycle(TIERS).fate(LOGS, day)) == expected


def test_days_are_rounded_to_the_next_midnight():
    rules = lifecycle(rule(**moves(GLACIER=3)))
    stored = Stored("a", created=at("2014-01-15T10:30"))
    assert rules.fate(stored, at("2014-01-18T23:59")).storage_class == "STANDARD"
    assert rules.fate(stored, at("2014-01-19T00:00")).storage_class == "GLACIER"
    assert rules.fate(stored, 3).events[0].moment == at("2014-01-19T00:00")


@pytest.mark.parametrize(
    ("where", "stored", "taken"),
    [
        ({}, Stored("any"), True),
        ({"Prefix": ""}, Stored("any"), True),
        ({"Prefix": "logs/"}, Stored("log/1"), False),
        ({"Tag": {"Key": "a", "Value": "b"}}, Stored("x", tags={"a": "b", "c": "d"}), True),
        ({"Tag": {"Key": "a", "Value": "b"}}, Stored("x", tags={"a": "B"}), False),
        ({"ObjectSizeGreaterThan": 500}, Stored("x", 500), False),
        ({"ObjectSizeGreaterThan": 500}, Stored("x", 501), True),
        ({"ObjectSizeLessThan": 500}, Stored("x", 500), False),
        (
            {"And": {"Prefix": "logs/", "Tags": [{"Key": "a", "Value": "b"}], "ObjectSizeGreaterThan": 10}},
            Stored("logs/x", 20, {"a": "b"}),
            True,
        ),
        (
            {"And": {"Prefix": "logs/", "Tags": [{"Key": "a", "Value": "b"}]}},
            Stored("logs/x"),
            False,
        ),
    ],
)  # fmt: skip
def test_a_rule_is_about_the_objects_that_its_filter_takes(where, stored, taken):
    fate = lifecycle(rule(Filter=where, **expires(1))).fate(stored, 1)
    assert (fate.state == "deleted") is taken


def test_the_old_prefix_beside_the_rule_works_too_and_a_disabled_rule_does_nothing():
    assert lifecycle(rule(Prefix="logs/", **expires(1))).fate(LOGS, 1).state == "deleted"
    assert lifecycle(rule(status="Disabled", **expires(1))).fate(LOGS, 400).state == "current"


@pytest.mark.parametrize(
    ("size", "target", "where", "minimum", "moved"),
    [
        (131_071, "GLACIER", {}, None, False),
        (131_072, "GLACIER", {}, None, True),
        (131_071, "GLACIER", {}, "varies_by_storage_class", True),
        (131_071, "GLACIER_IR", {}, "varies_by_storage_class", False),
        (131_071, "STANDARD_IA", {}, "all_storage_classes_128K", False),
        (131_071, "STANDARD_IA", {"ObjectSizeGreaterThan": 1}, None, True),
        (0, "GLACIER", {"ObjectSizeLessThan": 500}, None, True),
    ],
)
def test_small_objects_stay_unless_the_rule_filters_by_size(size, target, where, minimum, moved):
    more = {"TransitionDefaultMinimumObjectSize": minimum} if minimum else {}
    fate = lifecycle(rule(Filter=where, **moves(**{target: 30})), **more).fate(Stored("x", size), 40)
    assert (fate.storage_class == target) is moved


@pytest.mark.parametrize(
    ("stored", "target", "moved"),
    [
        ("STANDARD_IA", "INTELLIGENT_TIERING", True),
        ("ONEZONE_IA", "STANDARD_IA", False),
        ("ONEZONE_IA", "GLACIER_IR", False),
        ("INTELLIGENT_TIERING", "STANDARD_IA", False),
        ("GLACIER_IR", "GLACIER", True),
        ("GLACIER", "DEEP_ARCHIVE", True),
        ("DEEP_ARCHIVE", "GLACIER", False),
    ],
)
def test_objects_move_down_the_waterfall_only(stored, target, moved):
    fate = lifecycle(rule(**moves(**{target: 30}))).fate(Stored("x", storage_class=stored), 30)
    assert (fate.storage_class == target) is moved


def test_of_several_rules_the_shorter_expiration_and_the_cheaper_class_win():
    rules = [rule("a", **expires(10)), rule("b", **expires(20))]
    assert lifecycle(*rules).fate(LOGS, 10).state == lifecycle(*rules[::-1]).fate(LOGS, 10).state == "deleted"
    rules = [rule("a", **moves(STANDARD_IA=30)), rule("b", **moves(GLACIER=30)), rule("c", **moves(GLACIER_IR=30))]
    assert lifecycle(*rules).fate(LOGS, 30).storage_class == "GLACIER"
    assert len(lifecycle(*rules).fate(LOGS, 400).events) == 1
    tiering = [rule("a", **moves(INTELLIGENT_TIERING=30)), rule("b", **moves(ONEZONE_IA=30))]
    assert lifecycle(*tiering).fate(LOGS, 400).storage_class == "INTELLIGENT_TIERING"


def test_deletion_wins_over_a_transition_of_the_same_day():
    fate = lifecycle(rule("a", **moves(GLACIER=365)), rule("b", **expires(365))).fate(LOGS, 365)
    assert [event.rule for event in fate.events] == ['rule "b"']


def test_a_delete_marker_comes_after_a_transition_of_the_same_day():
    rules = lifecycle(rule("a", **moves(GLACIER=365)), rule("b", **expires(365)), versioning="Enabled")
    with pytest.raises(Unjudged, match="how soon a delete marker follows"):
        rules.fate(LOGS, 365)
    assert told(rules.fate(LOGS, 366)) == "noncurrent GLACIER"


def test_expiration_only_hides_a_version_and_noncurrent_expiration_removes_it():
    rules = lifecycle(rule("hide", **expires(30), **removes(7)), versioning="Enabled")
    days = [(29, "current STANDARD"), (30, "noncurrent STANDARD"), (37, "noncurrent STANDARD"), (38, "deleted")]
    assert [told(rules.fate(LOGS, day)) for day, _ in days] == [expected for _, expected in days]
    kept = lifecycle(rule("hide", **expires(30)), versioning="Enabled")
    assert told(kept.fate(LOGS, 9999)) == "noncurrent STANDARD"
    assert lifecycle(rule("hide", **expires(30)), versioning="Suspended").fate(LOGS, 30).state == "noncurrent"
    null = Stored("logs/1", null_version=True)
    assert lifecycle(rule("hide", **expires(30)), versioning="Suspended").fate(null, 30).state == "deleted"


OLD = Stored("logs/1", created=at("2026-01-01T10:00"), noncurrent_since=at("2026-03-01T10:00"))


def test_noncurrent_versions_count_from_their_successor():
    rules = lifecycle(rule(**moves_noncurrent(STANDARD_IA=30), **removes(90)), versioning="Enabled")
    assert [told(rules.fate(OLD, day)) for day in (29, 30, 90)] == [
        "noncurrent STANDARD", "noncurrent STANDARD_IA", "deleted",
    ]  # fmt: skip
    assert rules.fate(OLD, 30).events[0].moment == at("2026-04-01T00:00")
    assert rules.fate(LOGS, 400).state == "current"
    assert lifecycle(rule(**removes(1))).fate(OLD, 400).state == "noncurrent"


def test_the_newest_noncurrent_versions_may_be_retained():
    rules = lifecycle(rule(**removes(10, newer=3)), versioning="Enabled")
    for newer, state in ((0, "noncurrent"), (2, "noncurrent"), (3, "deleted"), (9, "deleted")):
        stored = Stored("x", noncurrent_since=at("2026-03-01T10:00"), newer_noncurrent=newer)
        assert rules.fate(stored, 10).state == state
        assert rules.fate(stored, 9).state == "noncurrent"


def test_the_newest_noncurrent_versions_may_be_left_in_their_class():
    moving = {"NoncurrentDays": 10, "NewerNoncurrentVersions": 2, "StorageClass": "GLACIER"}
    rules = lifecycle(rule(NoncurrentVersionTransitions=[moving]), versioning="Enabled")
    for newer, expected in ((1, "STANDARD"), (2, "GLACIER"), (3, "GLACIER")):
        stored = Stored("x", noncurrent_since=at("2026-03-01T10:00"), newer_noncurrent=newer)
        assert rules.fate(stored, 10).storage_class == expected
        assert rules.fate(stored, 9).storage_class == "STANDARD"


def test_a_version_is_the_newest_noncurrent_one_unless_it_says_otherwise():
    rules = lifecycle(rule(**removes(10, newer=1)), versioning="Enabled")
    assert rules.fate(Stored("x", noncurrent_since=at("2026-03-01T10:00")), 400).state == "noncurrent"


def test_the_size_of_an_object_that_says_none_is_moved_by_every_rule():
    assert lifecycle(rule(**moves(STANDARD_IA=30))).fate(Stored("x"), 30).storage_class == "STANDARD_IA"


def test_a_thousand_centuries_are_counted_to_the_end():
    rules = lifecycle(rule(**expires(2_000_000)))
    assert rules.fate(LOGS, datetime(7400, 1, 1, tzinfo=UTC)).state == "current"
    assert rules.fate(LOGS, datetime(7600, 1, 1, tzinfo=UTC)).state == "deleted"


def test_a_key_has_1024_bytes_at_most():
    assert lifecycle(rule(**expires(1))).fate(Stored("é" * 512), 1).state == "deleted"
    with pytest.raises(Malformed, match="1 to 1024 bytes"):
        Stored("é" * 513)


def test_objects_of_the_first_and_the_last_year_are_judged():
    for year in (1970, 4000):
        assert lifecycle(rule(**expires(1))).fate(Stored("x", created=at(f"{year}-06-01T10:00")), 1).state == "deleted"


def test_one_rule_moves_an_object_twice():
    for days in ({"STANDARD_IA": 30, "GLACIER": 60}, {"GLACIER_IR": 1, "GLACIER": 10}, {"INTELLIGENT_TIERING": 0,
                 "ONEZONE_IA": 30}, {"GLACIER": 0, "DEEP_ARCHIVE": 1}):  # fmt: skip
        rules = lifecycle(rule(**moves(**days)))
        for target, day in days.items():
            assert rules.fate(LOGS, day).storage_class == target
            assert day == 0 or rules.fate(LOGS, day - 1).storage_class != target


def test_the_largest_object_and_the_longest_wait_are_judged():
    rules = lifecycle(rule(**expires(2**31 - 1)))
    assert rules.fate(Stored("x", 50 * 1024**4, created=datetime(4000, 1, 1, tzinfo=UTC)), 100_000).state == "current"
    assert lifecycle(rule(**expires(100_000))).fate(Stored("x", 0), 100_000).state == "deleted"


def test_a_locked_version_is_hidden_and_moved_but_not_deleted():
    rules = lifecycle(rule(**moves(GLACIER=10), **expires(30), **removes(7)), versioning="Enabled")
    held = Stored("x", legal_hold=True)
    assert told(rules.fate(held, 9999)) == "noncurrent GLACIER"
    locked = Stored("x", created=at("2026-01-01T10:30"), locked_until=at("2026-06-01T12:00"))
    assert rules.fate(locked, at("2026-06-01T12:00")).state == "noncurrent"
    assert rules.fate(locked, at("2026-06-02T00:00")).state == "deleted"


def test_an_expired_delete_marker_goes_when_no_version_is_left():
    marker = Stored("x", kind="delete marker")
    rules = lifecycle(rule(Expiration={"ExpiredObjectDeleteMarker": True}), versioning="Enabled")
    assert rules.fate(marker, 0).state == "deleted"
    assert rules.fate(Stored("x", kind="delete marker", only_version=False), 99).state == "current"
    assert lifecycle(rule(**expires(30)), versioning="Enabled").fate(marker, 29).state == "current"
    assert lifecycle(rule(**expires(30)), versioning="Enabled").fate(marker, 30).state == "deleted"
    with pytest.raises(Unjudged, match="noncurrent delete markers"):
        rules.fate(Stored("x", kind="delete marker", noncurrent_since=at("2026-03-01T10:00")), 1)
    off = lifecycle(rule(Expiration={"ExpiredObjectDeleteMarker": False}), versioning="Enabled")
    assert off.fate(marker, 99).state == "current"


def test_incomplete_uploads_are_aborted_and_objects_are_not():
    rules = lifecycle(rule(Filter={"Prefix": "logs/"}, AbortIncompleteMultipartUpload={"DaysAfterInitiation": 7}))
    upload = Stored("logs/big", kind="upload")
    assert [rules.fate(upload, day).state for day in (6, 7)] == ["current", "deleted"]
    assert rules.fate(Stored("other", kind="upload"), 99).state == "current"
    assert rules.fate(LOGS, 99).state == "current"
    assert lifecycle(rule(**expires(1))).fate(upload, 99).state == "current"


def test_dates_are_for_all_objects_also_later_ones():
    day = datetime(2027, 1, 1, tzinfo=UTC)
    rules = lifecycle(rule(Expiration={"Date": day}))
    assert rules.fate(LOGS, day - timedelta(seconds=1)).state == "current"
    assert rules.fate(LOGS, day).state == "deleted"
    assert rules.fate(Stored("x", created=at("2027-05-05T05:00")), 0).state == "deleted"
    moving = lifecycle(rule(Transitions=[{"Date": "2027-01-01T00:00:00Z", "StorageClass": "STANDARD_IA"}]))
    young = Stored("x", created=at("2026-12-20T10:00"))
    assert [moving.fate(young, age).storage_class for age in (29, 30)] == ["STANDARD", "STANDARD_IA"]


def test_a_fate_explains_itself():
    fate = lifecycle(TIERS).fate(LOGS, 100)
    assert fate.sentence == (
        "'logs/1' is current in GLACIER on 2026-04-12: on 2026-02-01 rule \"tiers\" moves it to STANDARD_IA, "
        'on 2026-04-02 rule "tiers" moves it to GLACIER'
    )
    whole = json.loads(json.dumps(fate.explain().as_json()))
    assert whole["data"]["events"][1] == {"date": "2026-04-02", "action": "moves it to GLACIER", "rule": 'rule "tiers"'}
    assert str(Stored("a", kind="upload")) == "the upload of 'a'"
    assert str(Stored("a", kind="delete marker")) == "the delete marker of 'a'"
    assert "logs" not in whole["mermaid"] and len(whole["legend"]) == 4
    assert lifecycle(TIERS).fate(Stored("other"), 400).sentence == (
        "'other' is current in STANDARD on 2027-02-06: no rule has done anything to it"
    )


def test_a_probe_names_the_objects_whose_fate_is_another():
    wanted = [(LOGS, 29, "STANDARD"), (LOGS, 90, "GLACIER"), (LOGS, 365, "deleted"), (Stored("x"), 999, "current")]
    assert probe(lifecycle(TIERS), wanted) == ()
    wrong = probe(lifecycle(rule("tiers", **expires(90))), wanted)
    assert [one.day for one in wrong] == [90, 999]
    assert wrong[0].sentence == (
        "'logs/1' is deleted by 2026-04-02: on 2026-04-02 rule \"tiers\" deletes it for good; it should be GLACIER"
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: Stored(""), lambda: Stored("a" * 1025), lambda: Stored("x", -1), lambda: Stored("x", True),
        lambda: Stored("x", created=datetime(9999, 12, 31, tzinfo=UTC)), lambda: Stored("x", 50 * 1024**4 + 1),
        lambda: Stored("x", created=datetime(1969, 12, 31, tzinfo=UTC)), lambda: Stored("x", created=None),
        lambda: Stored("x", created=datetime(4001, 1, 1, tzinfo=UTC)), lambda: Stored("x", kind="folder"),
        lambda: Stored("x", noncurrent_since=datetime(2026, 1, 1)), lambda: Stored("x", newer_noncurrent="3"),
        lambda: Stored("x", newer_noncurrent=-1), lambda: Stored("x", newer_noncurrent=True),
        lambda: Stored("x", tags=["a"]), lambda: lifecycle(TIERS).fate(LOGS, "2026-01-01"),
        lambda: Stored("x", storage_class="GLACIAL"), lambda: Stored("x", created=datetime(2026, 1, 1)),
        lambda: lifecycle(TIERS).fate(LOGS, -1), lambda: lifecycle(TIERS).fate(LOGS, 10**9),
        lambda: lifecycle(TIERS).fate(LOGS, True), lambda: lifecycle(TIERS).fate(LOGS, datetime(2026, 1, 1)),
        lambda: Lifecycle.read({"Rules": [TIERS]}, "On"), lambda: Lifecycle.read({"Rules": [TIERS]}, mfa_delete=True),
    ],
)  # fmt: skip
def test_what_is_no_object_day_or_bucket_is_refused(make):
    with pytest.raises(Malformed):
        make()
