"""What grading does in fewer steps than nbgrader comes to the same."""

import json
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import bleach
import nbformat
import nbformat.v4
import nbgrader.api
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import ValidationError, validate  # type: ignore[import-untyped]
from nbconvert.exporters import NotebookExporter
from nbconvert.preprocessors import sanitize
from nbformat.v4.nbjson import BytesEncoder
from nbgrader.api import Course, Gradebook, MissingEntry
from nbgrader.nbgraderformat import MetadataValidator
from sqlalchemy import event, text

from hardenlab.cohort.exporter import GradedNotebook, written
from hardenlab.cohort.gradebook import index_marks
from hardenlab.cohort.kept import _cleaning, _keep_course, _keep_engine, _validate
from hardenlab.cohort.notebook_gradebook import NotebookGradebook
from hardenlab.cohort.run import Marks, marks_in


def _notebook(path: Path) -> str:
    v4 = nbformat.v4
    picture = {"a.png": {"image/png": "AA==\nAA=="}}
    output = v4.new_output("display_data", data={"text/plain": "größe\nzwei", "application/json": {"a": [1]}})
    cells = [
        v4.new_markdown_cell("# Ä\n\ntext", attachments=picture, metadata={"trusted": True}),
        v4.new_code_cell("a = 1\nb", outputs=[output, v4.new_output("stream", text="x\ny")], execution_count=3),
        v4.new_raw_cell(""),
    ]
    nbformat.write(v4.new_notebook(cells=cells, metadata={"signature": "x"}), path)
    return str(path)


def _nothing(nb: object, resources: object) -> tuple[object, object]:
    return nb, resources


def test_a_graded_notebook_is_written_byte_for_byte_as_nbconvert_writes_it(tmp_path: Path) -> None:
    path = _notebook(tmp_path / "a.ipynb")
    ours, theirs = (
        exporter(preprocessors=[_nothing], optimistic_validation=True).from_filename(path)
        for exporter in (GradedNotebook, NotebookExporter)
    )
    assert ours[0] == theirs[0]
    assert ours[1]["output_suffix"] == theirs[1]["output_suffix"]


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(b"png")
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_json_is_written_as_nbformat_writes_it(value: object) -> None:
    plain = {"indent": 1, "sort_keys": True, "separators": (",", ": "), "ensure_ascii": False}
    assert written(value) == json.dumps(value, cls=BytesEncoder, **plain)  # type: ignore[arg-type]


def test_what_json_cannot_hold_is_refused() -> None:
    with pytest.raises(TypeError):
        written({"cells": [object()]})


def test_cells_without_ids_or_with_the_same_one_get_their_own(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    raw = json.loads(Path(_notebook(path)).read_text())
    del raw["cells"][0]["id"]
    raw["cells"][2]["id"] = raw["cells"][1]["id"]
    path.write_text(json.dumps(raw))
    with pytest.warns(FutureWarning):
        text, _ = GradedNotebook(preprocessors=[_nothing]).from_filename(str(path))
    assert len({cell["id"] for cell in json.loads(text)["cells"]}) == 3


def test_what_the_last_step_leaves_is_validated(tmp_path: Path) -> None:
    def broken(nb: nbformat.NotebookNode, resources: object) -> tuple[object, object]:
        nb.cells[1].outputs = "none"
        return nb, resources

    with pytest.raises(nbformat.ValidationError):
        GradedNotebook(preprocessors=[broken]).from_filename(_notebook(tmp_path / "a.ipynb"))


@pytest.mark.parametrize("change", [{}, {"grade": "yes"}, {"schema_version": 3, "points": -1}, {"grade_id": None}])
def test_the_kept_schema_refuses_what_nbgraders_refuses(change: dict[str, object]) -> None:
    schema = MetadataValidator().schema
    known = {"schema_version": 3, "grade_id": "a", "grade": True, "solution": False, "locked": True, "points": 1}

    def refused(check: object) -> str:
        try:
            check(known | change, schema)  # type: ignore[operator]
        except ValidationError as error:
            return str(error.message)
        return ""

    assert refused(_validate) == refused(validate)
    assert bool(change) == bool(refused(_validate))


named = st.sampled_from(["schema_version", "grade", "locked", "solution", "task", "grade_id", "points", "checksum"])
odd = leaves | st.sampled_from([3, 3.0, "3", "a\n", "a" * 32, -0.5, True, [], {}]) | st.just("markdown")


@given(st.dictionaries(named | st.just("cell_type") | st.text(max_size=3), odd, max_size=9))
def test_the_compiled_schema_lets_nothing_pass_that_nbgraders_refuses(changes: dict[str, object]) -> None:
    schema = MetadataValidator().schema
    cell = {"schema_version": 3, "grade_id": "a", "grade": True, "solution": False, "locked": True, "points": 1}
    told = []
    for check in (_validate, validate):
        given = cell | changes
        try:
            check(given, schema)
            told.append(str(given))  # which no default was written into
        except ValidationError as error:
            told.append(error.message)
    assert told[0] == told[1]


HOSTILE = (
    "<script>alert(1)</script>", "<b onclick=x>bold</b>", "<a href='javascript:x'>a</a>", "a < b & c > d", "<!-- a -->",
    "<p", "<svg><style><img src=x onerror=alert(1)>", "&lt;script&gt;", "\x00<i>\r\n</i>",
    "<math><mi//xlink:href='data:'>",
    "<table><td><b>", "",
)  # fmt: skip


def test_a_kept_cleaner_cleans_every_text_as_a_new_one() -> None:
    step, clean = sanitize.SanitizeHTML(), _cleaning()
    settings = {"tags": step.tags, "attributes": step.attributes, "strip": step.strip, "strip_comments": True}
    for first in HOSTILE:
        for second in HOSTILE:
            css = sanitize.CSSSanitizer(allowed_css_properties=step.styles)
            clean(first, css_sanitizer=css, **settings)
            assert clean(second, css_sanitizer=css, **settings) == bleach.clean(second, css_sanitizer=css, **settings)
    assert clean("<i>a</i>", tags=[]) == "&lt;i&gt;a&lt;/i&gt;", "other settings, another cleaner"


def test_each_gradebook_gets_its_course_though_it_is_asked_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(Gradebook, "check_course", Gradebook.check_course)
    _keep_course()
    for name in ("one", "other", "one"):
        with Gradebook(f"sqlite:///{tmp_path}/{name}.db", "c1") as gradebook:
            assert [course.id for course in gradebook.db.query(Course)] == ["c1"]


def test_a_kept_gradebook_lets_others_write_once_it_is_closed(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("create_engine", "inspect"):
        monkeypatch.setattr(nbgrader.api, name, getattr(nbgrader.api, name))
    tables = nbgrader.api.Base.metadata
    monkeypatch.setattr(tables, "create_all", tables.create_all)
    _keep_engine()
    path = address.removeprefix("sqlite:///")
    for points in (1, 2):
        with Gradebook(address) as kept:
            kept.find_grade("one", "work", "lab", "ann").auto_score = points  # and nothing committed
            assert kept.engine.pool.checkedout() == 1
        with closing(sqlite3.connect(path, timeout=0)) as other, other:
            other.execute("UPDATE grade SET auto_score = ?", (points + 10,))
        with Gradebook(address) as kept:
            assert kept.find_grade("two", "work", "lab", "ann").auto_score == points + 10
    assert (kept.engine.pool.checkedin(), kept.engine.pool.checkedout()) == (1, 0), "one file, opened once"
    kept.engine.pool.dispose()


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    own = Path(sys.executable).parent  # nbgrader calls alembic by its name
    monkeypatch.setenv("PATH", f"{own}{os.pathsep}{os.environ['PATH']}")
    url = f"sqlite:///{tmp_path}/gradebook.db"
    with Gradebook(url) as gradebook:
        gradebook.add_assignment("lab")
        gradebook.add_notebook("work", "lab")
        for name in ("one", "two"):
            gradebook.add_grade_cell(name, "work", "lab", max_score=2, cell_type="code")
            gradebook.add_solution_cell(f"{name}_answer", "work", "lab")
            gradebook.add_source_cell(name, "work", "lab", cell_type="code", source=name)
        gradebook.add_task_cell("by-hand", "work", "lab", max_score=1, cell_type="markdown")
        for student in ("ann", "bob"):
            gradebook.add_student(student)
            gradebook.add_submission("lab", student)
    return url


def test_a_notebooks_gradebook_finds_what_nbgraders_finds(address: str) -> None:
    with Gradebook(address) as theirs, NotebookGradebook(address) as ours:
        for name in ("one", "two", "by-hand"):
            assert ours.find_grade(name, "work", "lab", "bob").id == theirs.find_grade(name, "work", "lab", "bob").id
            assert ours.find_graded_cell(name, "work", "lab").id == theirs.find_graded_cell(name, "work", "lab").id
        for name in ("one_answer", "by-hand"):
            found = ours.find_comment(name, "work", "lab", "bob")
            assert found.id == theirs.find_comment(name, "work", "lab", "bob").id
        assert ours.find_source_cell("two", "work", "lab").source == "two"
        for find in (ours.find_source_cell, ours.find_graded_cell):
            for names in (("none", "work", "lab"), ("one", "none", "lab"), ("one", "work", "none")):
                with pytest.raises(MissingEntry):
                    find(*names)
        with pytest.raises(MissingEntry):
            ours.find_grade("one", "work", "lab", "nobody")


def test_a_step_that_fails_leaves_no_half_of_its_marks(address: str) -> None:
    def graded(points: float, fails: bool) -> None:
        with NotebookGradebook(address) as gradebook:
            for name in ("one", "two"):
                gradebook.find_grade(name, "work", "lab", "ann").auto_score = points
                gradebook.db.commit()
                if fails:
                    raise RuntimeError

    def scores() -> list[float]:
        with Gradebook(address) as gradebook:
            return [gradebook.find_grade(name, "work", "lab", "ann").auto_score for name in ("one", "two")]

    graded(1, fails=False)
    assert scores() == [1, 1]
    with pytest.raises(RuntimeError):
        graded(2, fails=True)
    assert scores() == [1, 1]


def test_finding_a_students_marks_never_reads_the_marks_of_all_the_others(address: str) -> None:
    """A class of ten thousand has two hundred thousand: that took most of the time of grading it."""
    asked: list[tuple[str, object]] = []
    with NotebookGradebook(address) as gradebook:
        event.listen(
            gradebook.engine, "before_cursor_execute",
            lambda connection, cursor, statement, parameters, context, many: asked.append((statement, parameters)),
        )  # fmt: skip
        gradebook.find_grade("one", "work", "lab", "bob")
        gradebook.find_comment("one_answer", "work", "lab", "bob")
    with closing(sqlite3.connect(address.removeprefix("sqlite:///"))) as database:
        steps = [row[3] for sql, values in asked for row in database.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    for table in ("grade", "comment"):
        assert any(step.startswith(f"SEARCH {table} USING INDEX") for step in steps), steps
    large = ("grade", "comment", "submitted_notebook", "submitted_assignment", "student")
    assert not [step for step in steps if step in [f"SCAN {table}" for table in large]]


def test_a_classs_marks_are_those_of_nbgraders_submissions(address: str) -> None:
    with Gradebook(address) as gradebook:
        gradebook.add_assignment("other")
        gradebook.add_student("zoe")
        gradebook.add_submission("other", "zoe")
        for name, points, extra in (("one", 2, 0.5), ("two", 1, None)):
            grade = gradebook.find_grade(name, "work", "lab", "bob")
            grade.auto_score, grade.extra_credit = points, extra
        gradebook.find_grade("two", "work", "lab", "bob").manual_score = 0.25
        gradebook.find_grade("by-hand", "work", "lab", "ann").needs_manual_grade = True
        gradebook.find_grade("by-hand", "work", "lab", "bob").needs_manual_grade = False
        gradebook.db.commit()
        theirs = [
            Marks(item.student_id, item.score, item.max_score, item.needs_manual_grade)
            for item in gradebook.assignment_submissions("lab")
        ]
        index_marks(gradebook)
        index_marks(gradebook)
        assert marks_in(gradebook, "lab") == sorted(theirs, key=lambda mark: mark.student)
        assert [(mark.student, mark.earned, mark.points) for mark in theirs if mark.student == "bob"] == [
            ("bob", 2.75, 5)
        ]
        assert marks_in(gradebook, "other") == [Marks("zoe", 0, 0, False)]
        assert marks_in(gradebook, "none") == []
        plan = gradebook.db.execute(text("EXPLAIN QUERY PLAN SELECT * FROM grade WHERE notebook_id = 'a'")).all()
    assert "hardenlab_grade_notebook" in str(plan)
