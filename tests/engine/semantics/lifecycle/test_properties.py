"""Properties of every lifecycle configuration."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hardenlab.semantics.lifecycle import Lifecycle, Malformed, Stored, Unjudged

from .documents import expires, moves, moves_noncurrent, removes, rule

ORDER = ("STANDARD", "STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE")
filters = st.sampled_from([{}, {"Prefix": "logs/"}, {"Tag": {"Key": "a", "Value": "b"}}, {"ObjectSizeGreaterThan": 5}])
actions = st.one_of(
    st.builds(lambda target, days: moves(**{target: days}), st.sampled_from(ORDER[1:]), st.integers(30, 120)),
    st.builds(expires, st.integers(1, 150)),
    st.builds(removes, st.integers(1, 60), st.none() | st.integers(1, 3)),
    st.builds(lambda target, days: moves_noncurrent(**{target: days}), st.sampled_from(ORDER[1:]), st.integers(30, 90)),
)
drawn_rules = st.lists(st.tuples(filters, actions, st.booleans()), min_size=1, max_size=5)
versionings = st.sampled_from(["Unversioned", "Enabled", "Suspended"])
objects = st.builds(
    lambda key, size, tags, held, newer, noncurrent: Stored(
        key, size, tags, legal_hold=held, newer_noncurrent=newer,
        noncurrent_since=datetime(2026, 2, 1, 9, tzinfo=UTC) if noncurrent else None,
    ),
    st.sampled_from(["logs/1", "x"]),
    st.sampled_from([1, 200_000]),
    st.sampled_from([{}, {"a": "b"}]),
    st.booleans(),
    st.integers(0, 4),
    st.booleans(),
)  # fmt: skip
days = st.integers(0, 300)


def read(drawn, versioning):
    rules = [
        rule(f"r{n}", status="Enabled" if enabled else "Disabled", Filter=where, **action)
        for n, (where, action, enabled) in enumerate(drawn)
    ]
    return Lifecycle.read({"Rules": rules}, versioning)


def fate(drawn, versioning, stored, day):
    try:
        found = read(drawn, versioning).fate(stored, day)
    except Unjudged:
        return None
    return found.state, found.storage_class


@settings(deadline=None)
@given(drawn_rules, versionings, objects, days, st.randoms(use_true_random=False))
def test_the_order_of_rules_changes_nothing(drawn, versioning, stored, day, shuffled):
    mixed = shuffled.sample(drawn, len(drawn))
    assert fate(drawn, versioning, stored, day) == fate(mixed, versioning, stored, day)


@settings(deadline=None)
@given(drawn_rules, versionings, objects, days)
def test_a_disabled_rule_changes_nothing(drawn, versioning, stored, day):
    enabled = [one for one in drawn if one[2]] or [({}, expires(1), False)]
    assert fate(drawn, versioning, stored, day) == fate(enabled, versioning, stored, day)


@settings(deadline=None)
@given(drawn_rules, versionings, objects, st.lists(days, min_size=2, max_size=2))
def test_what_is_deleted_stays_deleted_and_nothing_becomes_current_again(drawn, versioning, stored, two):
    before, after = (fate(drawn, versioning, stored, day) for day in sorted(two))
    if before and after:
        order = ("current", "noncurrent", "deleted")
        assert order.index(before[0]) <= order.index(after[0])


@settings(deadline=None)
@given(drawn_rules, objects, days)
def test_versions_are_deleted_only_where_versions_are_not_kept_or_by_their_own_rule(drawn, stored, day):
    """In a versioned bucket Expiration alone deletes nothing."""
    current = [(where, action, on) for where, action, on in drawn if "NoncurrentVersionExpiration" not in action]
    found = fate(current or [({}, expires(1), True)], "Enabled", stored, day)
    assert found is None or found[0] != "deleted"


@settings(deadline=None)
@given(drawn_rules, versionings, objects, days)
def test_a_held_version_is_never_deleted(drawn, versioning, stored, day):
    if stored.legal_hold:
        found = fate(drawn, versioning, stored, day)
        assert found is None or found[0] != "deleted"


@settings(deadline=None)
@given(drawn_rules, versionings, objects, days)
def test_the_actions_are_in_order_and_not_after_the_day_asked(drawn, versioning, stored, day):
    try:
        found = read(drawn, versioning).fate(stored, day)
    except Unjudged:
        return
    moments = [event.moment for event in found.events]
    assert moments == sorted(moments) and all(moment <= found.asked for moment in moments)
    assert read(drawn, versioning).fate(stored, found.asked + timedelta(hours=23)).state == found.state


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_value_in_any_field_is_judged_or_refused(data):
    document = {
        "Rules": [
            rule("a", Filter={"And": {"Prefix": "x", "Tags": [{"Key": "a", "Value": "b"}]}}, **expires(1)),
            rule("b", **moves(STANDARD_IA=30, GLACIER=90), **removes(3, 2)),
        ]
    }
    places = [document]
    for place in places:
        inside = place.values() if isinstance(place, dict) else place
        places.extend(inner for inner in inside if isinstance(inner, (dict, list)))
    place = data.draw(st.sampled_from([one for one in places if one]))
    keys = list(place) if isinstance(place, dict) else list(range(len(place)))
    place[data.draw(st.sampled_from(keys))] = data.draw(json_values)
    try:
        assert Lifecycle.read(document, "Enabled").fate(Stored("x"), 100).sentence
    except (Malformed, Unjudged) as error:
        assert str(error)
