"""The classroom's folder and its service: who may open it, and what it refuses to start with."""

import os
import stat

import pytest

from hardenlab.classroom.folder import ClassroomFolder
from hardenlab.classroom.service import Learner, serve
from hardenlab.model.problem import EnvironmentProblem, UsageProblem
from helpers.direct import TINY


@pytest.fixture
def folder(tmp_path):
    return ClassroomFolder.create(tmp_path / "classroom", TINY, "moto", None)


def test_folder_and_key_are_for_the_owner_alone(folder):
    assert stat.S_IMODE(folder.root.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder.root / "signing-key").stat().st_mode) == 0o600


def test_the_key_is_drawn_once(folder, tmp_path):
    again = ClassroomFolder.create(folder.root, TINY, "moto", tmp_path)
    assert again.public_key() == folder.public_key() and again.releases == tmp_path


def test_each_classroom_has_a_key_of_its_own(folder, tmp_path):
    other = ClassroomFolder.create(tmp_path / "other", TINY, "moto", None)
    assert other.public_key() != folder.public_key()


def test_a_folder_that_others_may_read_does_not_open(folder):
    folder.root.chmod(0o750)
    with pytest.raises(UsageProblem, match="chmod 700"):
        ClassroomFolder.open(folder.root)


def test_another_folder_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(UsageProblem, match="not empty"):
        ClassroomFolder.create(tmp_path, TINY, "moto", None)
    with pytest.raises(UsageProblem, match="is no classroom"):
        ClassroomFolder.open(tmp_path)


def test_a_damaged_key_is_told_and_not_replaced(folder):
    (folder.root / "signing-key").write_text("?")
    with pytest.raises(EnvironmentProblem, match="Put back the copy"):
        folder.key()


def test_a_learners_workspace_knows_its_one_unix_user(folder):
    workspace = folder.workspace("ada", 1_234)
    assert workspace.settings()["uid"] == 1_234 and workspace.settings()["learner"] == "ada"
    variant = workspace.settings()["variant"]
    assert folder.workspace("ada", 1_234).settings()["variant"] == variant, "drawn once"


@pytest.mark.parametrize("name", ["../ada", "", ".ada", "a/b"])
def test_a_name_that_is_a_path_has_no_workspace(folder, name):
    with pytest.raises(UsageProblem, match="cannot be a learner's id"):
        folder.workspace(name, 1)


def test_a_user_without_a_name_is_nobodys_learner():
    with pytest.raises(UsageProblem, match="has no name"):
        Learner(3_999_999_999 - 1)


def test_root_is_told_to_give_the_service_a_user(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(UsageProblem, match="does not run as root"):
        serve(folder, tmp_path / "socket")


def test_a_socket_that_learners_could_replace_is_not_opened(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1_234)
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o777)
    with pytest.raises(UsageProblem, match="only its owner may write"):
        serve(folder, tmp_path / "shared" / "socket")
