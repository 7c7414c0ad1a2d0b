"""Who gets which variant: from the course's secret and the learner's id, the same for graders and learners."""

import json
from collections import Counter

import pytest

from hardenlab.attempt.release import NAME, learner_named, read_release
from hardenlab.cohort.variants import create_secret, draw_release, expected_variant
from hardenlab.model.problem import UsageProblem

LAB = "m3-network"


def released(folder, count=24, secret=None):
    path = create_secret(folder)
    if secret:
        path.write_text(secret)
    release = draw_release(folder, "cloudsec", LAB, count)
    (folder / "source" / LAB).mkdir(parents=True, exist_ok=True)
    (folder / "source" / LAB / NAME).write_text(json.dumps(release.to_json()))
    return release


def test_a_learner_with_the_release_draws_the_variant_that_graders_expect(tmp_path):
    release = released(tmp_path)
    for student in ("ada", "grace@example.org", "s1234567"):
        assert release.variant_of(student) == expected_variant(tmp_path, LAB, student)
    assert expected_variant(tmp_path, "another-lab", "ada") is None


def test_a_class_is_spread_over_all_variants(tmp_path):
    release = released(tmp_path, secret="5" * 64)
    drawn = Counter(release.variant_of(f"student{n:04}") for n in range(2_000))
    assert set(drawn) == set(release.variants) and len(drawn) == 24
    assert max(drawn.values()) < 2 * min(drawn.values())


def test_private_variants_differ_from_learner_to_learner(tmp_path):
    release = released(tmp_path, None)
    assert len({release.variant_of(f"student{n}") for n in range(500)}) == 500


def test_a_second_release_of_one_course_draws_equally_and_another_course_does_not(tmp_path):
    first = released(tmp_path / "one")
    assert released(tmp_path / "one") == first
    other = released(tmp_path / "two")
    assert not set(other.variants) & set(first.variants) and other.key != first.key


def test_the_secret_is_for_its_owner_alone_and_is_not_in_the_release(tmp_path):
    release = released(tmp_path)
    path = create_secret(tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700
    assert path.read_text().strip() not in json.dumps(release.to_json())
    path.chmod(0o644)
    with pytest.raises(UsageProblem, match="others may read"):
        draw_release(tmp_path, "cloudsec", LAB)


@pytest.mark.parametrize("student", ["", "../ada", "a b", "-x", "x" * 101, "a+b", "é"])
def test_an_id_that_cannot_be_a_folder_is_refused(tmp_path, student):
    released(tmp_path)
    with pytest.raises(UsageProblem, match="cannot be a learner's id"):
        expected_variant(tmp_path, LAB, student)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"format": 2}', '{"format": 1, "variants": [7]}', "[" * 9_000])
def test_a_broken_release_is_told_in_a_sentence(tmp_path, text):
    (tmp_path / NAME).write_text(text)
    with pytest.raises(UsageProblem, match="Fetch the lab again"):
        read_release(tmp_path)


def test_the_learner_is_who_was_told_then_the_variable_then_jupyterhubs_user():
    both = {"HARDENLAB_LEARNER": "ada", "JUPYTERHUB_USER": "grace"}
    assert learner_named("alan", both) == "alan"
    assert learner_named(None, both) == "ada"
    assert learner_named(None, {"JUPYTERHUB_USER": "grace"}) == "grace"
    assert learner_named(None, {"USER": "root"}) is None
