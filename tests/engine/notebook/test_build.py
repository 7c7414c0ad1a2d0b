"""The learner's notebooks: no solution in them, a check after each answer, and never written over."""

import shutil

import nbformat
import pytest

from hardenlab.attempt.workspace import Workspace
from hardenlab.course.load import load_course
from hardenlab.model.problem import ContentProblem
from hardenlab.notebook.build import Change, build_section, build_workspace, section_cells, write_notebook
from hardenlab.notebook.cells import Role
from helpers.direct import TINY
from helpers.workspaces import SECTION


@pytest.fixture
def course(tmp_path):
    """A copy of the tiny course that a test may change."""
    shutil.copytree(TINY, tmp_path / "course", ignore=shutil.ignore_patterns("__pycache__"))
    return load_course(tmp_path / "course")


@pytest.fixture
def section(course):
    return course.section(SECTION)


@pytest.fixture
def text(course, section):
    return course.lab(section.lab).folder / f"{section.notebook}.md"


@pytest.fixture
def workspace(tmp_path, course):
    workspace = Workspace(tmp_path / "workspace")
    workspace.create(course.root, "moto")
    return workspace


def sources(path):
    return [cell.source for cell in nbformat.read(path, as_version=4).cells]


def test_cells_have_roles_and_each_answer_its_check(course, section):
    cells = [(cell.role, cell.task) for cell in section_cells(course, section) if cell.role is not Role.PROSE]
    assert cells == [
        (Role.SETUP, None),
        (Role.ANSWER, "ec2_group_ssh_closed"), (Role.CHECK, "ec2_group_ssh_closed"),
        (Role.ANSWER, "s3_bucket_versioned"), (Role.CHECK, "s3_bucket_versioned"),
        (Role.ANSWER, "which_port"), (Role.CHECK, "which_port"),
        (Role.CHECK, None),
    ]  # fmt: skip


def test_a_learner_gets_no_solution(workspace, course, section):
    built = build_section(workspace, course, section)
    text = "\n".join(sources(built.path))
    assert built.change is Change.MADE and built.path == workspace.notebook(SECTION)
    assert "SOLUTION" not in text and "revoke_security_group_ingress" not in text
    assert "# Close port 22 on both groups.\n# YOUR CODE HERE" in sources(built.path)
    assert 'lab.check("which_port")' in sources(built.path)
    assert sources(built.path)[-1] == "lab.check()"


def test_an_instructor_gets_the_solutions(course, section, tmp_path):
    write_notebook(course, section, tmp_path / "x" / "instructor.ipynb", solutions=True)
    assert "revoke_security_group_ingress" in "\n".join(sources(tmp_path / "x" / "instructor.ipynb"))


def test_a_notebook_is_valid_and_its_bytes_are_the_same_every_time(workspace, course, section):
    path = build_section(workspace, course, section).path
    first = path.read_bytes()
    nbformat.validate(nbformat.read(path, as_version=4))
    path.unlink()
    assert build_section(workspace, course, section).change is Change.MADE
    assert path.read_bytes() == first


def test_an_untouched_notebook_follows_the_course(workspace, course, section, text):
    path = build_section(workspace, course, section).path
    text.write_text(text.read_text().replace("Close SSH on both groups.", "Close SSH everywhere."))
    assert build_section(workspace, course, section).change is Change.RENEWED
    assert "Close SSH everywhere." in sources(path)


def test_a_learners_work_is_kept_and_the_newer_lab_put_beside_it(workspace, course, section, text):
    path = build_section(workspace, course, section).path
    path.write_text(path.read_text().replace("# YOUR CODE HERE", "mine = 1"))
    mine = path.read_bytes()
    assert build_section(workspace, course, section).change is Change.KEPT
    text.write_text(text.read_text().replace("Close SSH on both groups.", "Close SSH everywhere."))
    built = build_section(workspace, course, section)
    assert built.change is Change.BESIDE and built.path.name == "1-groups.new.ipynb"
    assert "Your notebook 1-groups.ipynb was left as it is" in built.sentence
    assert path.read_bytes() == mine and "Close SSH everywhere." in sources(built.path)
    assert build_section(workspace, course, section).change is Change.KEPT
    text.write_text(text.read_text().replace("everywhere", "on every group"))
    assert build_section(workspace, course, section).path.name == "1-groups.new-2.ipynb"


def test_all_sections_are_built(workspace, course):
    assert [built.section for built in build_workspace(workspace, course)] == [SECTION]


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("task: which_port", "task: wich_port", r"unknown task 'wich_port'\. Did you mean 'which_port'"),
        ("task: which_port", "tags: [x]", r"the task 'which_port' has 0 answer cells"),
        ("task: which_port", "task: s3_bucket_versioned", r"the task 's3_bucket_versioned' has 2 answer cells"),
        ("tags: [setup]", "tags: [set-up]", r"no cell has the tag `setup`"),
    ],
)
def test_an_author_is_told_what_is_wrong(course, section, text, before, after, sentence):
    text.write_text(text.read_text().replace(before, after))
    with pytest.raises(ContentProblem, match=sentence):
        section_cells(course, section)
