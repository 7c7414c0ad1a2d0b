"""The course's rows: which are covered, which are missing, and what an author is told."""

import shutil

import pytest

from hardenlab.course.load import load_course
from hardenlab.course.rows import covered_rows, summary_of
from hardenlab.model.problem import ContentProblem, UsageProblem
from helpers.direct import CHECKOUT, TINY


@pytest.fixture
def course(tmp_path):
    """A copy of the tiny course, with other rows."""

    def with_rows(text):
        shutil.copytree(TINY, tmp_path / "course", dirs_exist_ok=True)
        (tmp_path / "course" / "labs" / "rows.toml").write_text(text)
        return load_course(tmp_path / "course")

    return with_rows


def test_a_row_names_the_tasks_that_cover_it():
    (row,) = covered_rows(load_course(TINY))
    assert row.tasks == ("l1-tiny/1-groups ec2_group_ssh_closed",)
    assert summary_of([row]) == ["module 3: 1 of 1 rows covered"]


@pytest.mark.parametrize(("built", "missing"), [("true", ["3.10"]), ("false", [])])
def test_a_row_that_no_task_covers_is_missing_once_its_module_is_built(course, built, missing):
    rows = covered_rows(
        course(
            f'[module.3]\ntitle = "T"\nbuilt = {built}\n[module.3.rows]\n"3.10" = {{ mode = "K", title = "Later" }}\n'
            '"3.4" = { mode = "H", title = "SSH" }\n'
        )
    )
    assert [row.id for row in rows] == ["3.4", "3.10"]
    assert [row.id for row in rows if row.missing] == missing


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[module.3]\nbuilt = true\n[module.3.rows]\n"3.5" = { mode = "H", title = "x" }', "claims the row 3.4, which"),
        ('[module.3]\nbuilt = true\n[module.3.rows]\n"3.4" = { mode = "X", title = "x" }', "3.4 has none of the modes"),
        ("[module", "not a list of rows"),
    ],
)
def test_an_author_is_told_what_is_wrong(course, text, sentence):
    with pytest.raises(ContentProblem, match=sentence):
        covered_rows(course(text))


def test_an_unknown_module_is_told():
    with pytest.raises(UsageProblem, match="has no module 9"):
        covered_rows(load_course(CHECKOUT), 9)
