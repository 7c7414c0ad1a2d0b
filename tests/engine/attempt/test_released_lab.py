"""A lab that an instructor released: the learner's id decides on the variant."""

import json

import pytest

from hardenlab.attempt.release import NAME, Release
from hardenlab.attempt.server import _variant
from hardenlab.attempt.workspace import Workspace, find_workspace
from hardenlab.course.load import load_course
from hardenlab.journal.file import Journal
from hardenlab.model.problem import JournalProblem, UsageProblem
from hardenlab.notebook.build import build_workspace
from helpers.direct import TINY

SECTION = "l1-tiny/1-groups"
RELEASE = Release("cloudsec", "l1-tiny", "a-key", tuple(f"l1-tiny-{n}" for n in range(24)))


@pytest.fixture
def fetched(tmp_path, monkeypatch):
    """A workspace with a lab as nbgrader fetches it."""
    for name in ("HARDENLAB_LEARNER", "JUPYTERHUB_USER", "HARDENLAB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "l1-tiny").mkdir()
    (tmp_path / "l1-tiny" / NAME).write_text(json.dumps(RELEASE.to_json()))
    (tmp_path / "l1-tiny" / "1-groups.ipynb").write_text("as released")
    workspace = Workspace(tmp_path)
    workspace.create(TINY, "moto")
    return workspace


def test_the_variant_is_the_learners_and_elsewhere_the_installations(fetched):
    fetched.join("ada")
    assert fetched.variant(SECTION) == RELEASE.variant_of("ada")
    assert fetched.variant("another-lab/1").startswith("home-")


def test_who_has_not_said_who_he_is_gets_a_sentence_and_no_guess(fetched, monkeypatch):
    with pytest.raises(UsageProblem, match="join YOUR-ID"):
        fetched.variant(SECTION)
    monkeypatch.setenv("JUPYTERHUB_USER", "grace")
    assert fetched.variant(SECTION) == RELEASE.variant_of("grace")


def test_a_journal_of_another_variant_is_not_gone_on_with(fetched):
    fetched.join("ada")
    section = load_course(TINY).section(SECTION)
    own, other = RELEASE.variant_of("ada"), "home-123"
    for variant in (own, other):
        journal = Journal.create(fetched.root / f"{variant}.journal", {"variant": variant})
        if variant == own:
            assert _variant(fetched, section, journal) == own
        else:
            with pytest.raises(JournalProblem, match="another account than yours"):
                _variant(fetched, section, journal)
        journal.close()


def test_building_a_workspace_leaves_a_released_lab_as_it_was_fetched(fetched):
    assert build_workspace(fetched, load_course(TINY)) == []
    assert (fetched.root / "l1-tiny" / "1-groups.ipynb").read_text() == "as released"


def test_a_fetched_lab_is_its_own_workspace_where_there_is_none(tmp_path, monkeypatch):
    monkeypatch.delenv("HARDENLAB_WORKSPACE", raising=False)
    (tmp_path / "m3").mkdir()
    (tmp_path / "m3" / NAME).write_text("{}")
    assert find_workspace(tmp_path / "m3").root == tmp_path
