"""Notebooks that a learner has tampered with, graded in one run with honest ones through nbgrader's own pipeline."""

import copy
import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from hardenlab.cohort.build import init_course
from hardenlab.cohort.prose import inert
from hardenlab.cohort.release import release_lab
from hardenlab.cohort.report.gather import gather
from hardenlab.cohort.report.page import csv_table, html_page
from hardenlab.cohort.run import grade_cohort
from helpers.classroom import LAB, NOTEBOOK, classroom, everything, half
from helpers.direct import TINY

pytestmark = pytest.mark.xdist_group("hostile-notebooks")  # one class for all

XSS = ("<script>document.title='OWNED'</script>", "<img src=x onerror=\"document.title='OWNED'\">")
MARKDOWN = (
    *XSS, "<svg onload=document.title='OWNED'>", "[x](javascript:document.title='OWNED')",
    "<iframe srcdoc=\"<script>document.title='OWNED'</script>\"></iframe>", "<a href='javascript:alert(1)'>x</a>",
    "$\\href{javascript:alert(1)}{x}$", "<style>body{background:url(http://evil.example)}</style>",
    "<object data='data:text/html,<script>alert(1)</script>'></object>", "```{=html}\n<script>alert(1)</script>\n```",
)  # fmt: skip
# a control that shows what the account's owner wrote
SHOWS = '        tags = [(tag["Key"], tag["Value"]) for tag in group.get("Tags", [])]\n        if 22 in ports:\n'


def graded(cell):
    return cell.get("metadata", {}).get("nbgrader", {}).get("grade")


def checks(notebook):
    return [cell for cell in notebook["cells"] if graded(cell)]


def each(change):
    """A tampering with every graded cell."""

    def tamper(notebook):
        for number, cell in enumerate(checks(notebook)):
            change(cell, number)
        return notebook

    return tamper


def marked(**changes):
    return each(lambda cell, _: cell["metadata"]["nbgrader"].update(changes))


def swapped(notebook):
    first, second, *_ = (cell["metadata"]["nbgrader"] for cell in checks(notebook))
    first["grade_id"], second["grade_id"] = second["grade_id"], first["grade_id"]
    return notebook


def without(chosen):
    return lambda notebook: notebook | {"cells": [cell for cell in notebook["cells"] if not chosen(cell)]}


def twice(notebook):
    return notebook | {"cells": [copy.deepcopy(cell) for cell in notebook["cells"] for _ in range(2)]}


def printed(cell, _):
    data = {"text/plain": "1000.0", "text/html": XSS[0]}
    cell["outputs"] = [
        {
            "output_type": "execute_result",
            "data": data,
            "metadata": {"hardenlab_needs_a_person": True},
            "execution_count": 1,
        },
        {"output_type": "stream", "name": "stderr", "text": "x"},
    ]


def said(notebook):
    prose = [
        {"cell_type": "markdown", "id": f"x{n}", "metadata": {}, "source": text} for n, text in enumerate(MARKDOWN)
    ]
    attached = {"cell_type": "markdown", "id": "att", "metadata": {}, "source": "![x](attachment:x.svg)",
                "attachments": {"x.svg": {"image/svg+xml": f"<svg>{XSS[0]}</svg>"}}}  # fmt: skip
    raw = {"cell_type": "raw", "id": "raw", "metadata": {"format": "text/html"}, "source": XSS[0]}
    tags = {"cell_type": "code", "id": "tags", "metadata": {"tags": list(XSS)}, "source": XSS[0], "outputs": [],
            "execution_count": None}  # fmt: skip
    widgets = {"application/vnd.jupyter.widget-state+json": {"state": {"x": f"</script>{XSS[0]}"}}}
    metadata = {"title": XSS[0], "authors": [{"name": XSS[0]}], "widgets": widgets, "language_info": {"name": XSS[0]}}
    cells = [*notebook["cells"], *prose, attached, raw, tags]
    return notebook | {"cells": cells, "metadata": notebook["metadata"] | metadata}


def old(notebook):
    cells = [{"cell_type": "code", "input": "1", "language": "python", "metadata": {}, "outputs": []}]
    return {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [{"cells": cells, "metadata": {}}],
    }


def ids_gone(notebook):
    for cell in notebook["cells"]:
        cell.pop("id", None)
    return notebook | {"nbformat_minor": 0}


def nested(depth):
    return "[" * depth + "]" * depth


# what becomes of the notebook; the journal beside it has earned two points
TAMPERED = {
    "other grade ids": marked(grade_id="which_port"),
    "grade ids of nothing": each(lambda cell, n: cell["metadata"]["nbgrader"].update(grade_id=f"mine_{n}")),
    "grade ids that are paths": each(lambda cell, n: cell["metadata"]["nbgrader"].update(grade_id=f"../../{n}")),
    "swapped grade ids": swapped,
    "more points": marked(points=1_000),
    "negative points": marked(points=-1_000),
    "points that are no number": marked(points="NaN"),
    "checks that are answers": marked(solution=True, locked=False),
    "checks that are tasks": marked(task=True, solution=False),
    "checks that are ungraded": marked(grade=False),
    "an older schema": marked(schema_version=1),
    "a schema of tomorrow": marked(schema_version=99),
    "checks that are deleted": without(graded),
    "a check that is deleted": without(lambda cell: cell.get("metadata", {}).get("nbgrader", {}).get("points") == 4),
    "everything deleted": without(lambda cell: True),
    "everything twice": twice,
    "checks that are prose": each(lambda cell, _: cell.update(cell_type="markdown")),
    "checks that are raw": each(lambda cell, _: cell.update(cell_type="raw")),
    "checks of no known kind": each(lambda cell, _: cell.update(cell_type="game")),
    "checks with other code": each(lambda cell, _: cell.update(source="4.0")),
    "outputs that are forged": each(printed),
    "a claim to be hidden": each(lambda cell, _: cell["metadata"].update(hardenlab_hidden=True)),
    "metadata that is a list": lambda notebook: notebook | {"metadata": []},
    "another kernel": lambda notebook: notebook | {
        "metadata": {"kernelspec": {"name": "bash", "display_name": "sh", "language": "sh"}}},
    "cells that are no list": lambda notebook: notebook | {"cells": {"a": 1}},
    "ten thousand cells": lambda n: n | {"cells": n["cells"] + [
        {"cell_type": "raw", "id": f"n{i}", "metadata": {}, "source": "x"} for i in range(10_000)]},
    "prose that is a script": said,
    "format 3": old,
    "format 4.0": ids_gone,
    "format 5": lambda notebook: notebook | {"nbformat": 5, "nbformat_minor": 0},
    "no format": lambda notebook: {"cells": notebook["cells"]},
    "a list": lambda notebook: [notebook],
}  # fmt: skip
MINOR = '"nbformat_minor": '
WRITTEN = {
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-32": lambda text: text.encode("utf-32"),
    "latin-1": lambda text: text.replace("Close SSH", "Ferm\xe9 SSH").encode("latin-1", "replace"),
    "a byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "zeros in it": lambda text: text.replace("Close SSH", "Close\0SSH").encode(),
    "zeros": lambda text: b"\0" * 10_000,
    "half a character": lambda text: text.encode() + b"\xf0\x9f",
    "a lone surrogate": lambda text: text.replace("Close SSH", "\\ud800").encode(),
    "nothing": lambda text: b"",
    "no JSON": lambda text: b"PK\x03\x04" * 100,
    "deep nesting": lambda text: nested(100_000).encode(),
    "deep nesting inside": lambda text: text.replace(MINOR, f'"deep": {nested(50_000)}, {MINOR}', 1).encode(),
    "a number without end": lambda text: text.replace(MINOR, MINOR + "9" * 10_000).encode(),
    "not a number": lambda text: text.replace(MINOR, f'"x": NaN, "y": Infinity, {MINOR}').encode(),
}  # fmt: skip


def linked(place):
    (place / f"{NOTEBOOK}.ipynb").unlink()
    (place / f"{NOTEBOOK}.ipynb").symlink_to(place.parents[2] / "source" / LAB / f"{NOTEBOOK}.ipynb")


def absent(place):
    (place / f"{NOTEBOOK}.ipynb").unlink()


def beside(place):
    """A second notebook, under names that a shell or a glob would read."""
    for name in ("2-mine.ipynb", "$(touch x).ipynb", "[a-z]*.ipynb"):
        shutil.copy(place / f"{NOTEBOOK}.ipynb", place / name)


def shadowing(place):
    """Modules of the names that graders import."""
    for name in ("json.py", "hardenlab.py", "nbgrader_config.py", "sitecustomize.py", "conftest.py"):
        (place / name).write_text("raise SystemExit('mine')")


def damaged(place):
    path = place / f"{NOTEBOOK}.journal"
    path.write_bytes(path.read_bytes().replace(b"tcp", b"udp", 1))


FOLDERS = {"a link": linked, "no notebook": absent, "more notebooks": beside, "modules": shadowing, "damage": damaged}
# what is for a person, and how it is told
CELLS = "nbgrader does not take the submission: "
UNREADABLE = {
    **dict.fromkeys(("UTF-16", "UTF-32", "latin-1", "half a character"), "it is no text in UTF-8"),
    **dict.fromkeys(
        ("a byte order mark", "zeros in it", "zeros", "nothing", "no JSON", "deep nesting", "a number without end"),
        "it is no JSON that a notebook can be",
    ),
    **dict.fromkeys(("format 5", "no format", "a list"), "another notebook format than 3 or 4"),
    **dict.fromkeys(("other grade ids", "everything twice"), "two cells have the grade id"),
    **dict.fromkeys(("an older schema", "a schema of tomorrow"), "marked by another nbgrader"),
    **dict.fromkeys(
        ("grade ids of nothing", "grade ids that are paths", "checks that are answers", "checks that are tasks",
         "checks that are ungraded", "metadata that is a list", "a lone surrogate"), CELLS,
    ),
    "checks of no known kind": "a cell that is no code, Markdown or raw text",
    "cells that are no list": "its cells are no list of cells",
    "deep nesting inside": "",
    "a link": "which is no regular file",
    "no notebook": "the submission has no notebook",
    "damage": "is corrupted",
}  # fmt: skip
CASES = [*TAMPERED, *WRITTEN, *FOLDERS]


def name_of(case):
    return "eve-" + re.sub(r"\W", "-", case)


def tagged(account):
    half(account)
    tags = [{"Key": text, "Value": text} for text in XSS]
    account.client("ec2").create_tags(Resources=account.world.facts["groups"], Tags=tags)


@pytest.fixture(scope="module")
def run(tmp_path_factory, moto_backend):
    """The whole class graded once: honest students at both ends of the alphabet, and the others between."""
    labs = tmp_path_factory.mktemp("labs") / "tiny"
    shutil.copytree(TINY, labs, ignore=shutil.ignore_patterns("__pycache__"))
    control = labs / "graders" / "tiny.py"
    text = control.read_text().replace("        if 22 in ports:\n", SHOWS)
    control.write_text(text.replace('"port 22 is open"', 'f"port 22 is open; tags {tags}"'))
    root = tmp_path_factory.mktemp("instructor") / "secret-place"
    folder = init_course(root, "hostile", labs)
    release_lab(folder, LAB, 1)
    with classroom(folder, moto_backend) as room:
        for student, work in (("ada", everything), ("zoe", everything), ("eve", half), ("tagger", tagged)):
            room.submit(student, work)
    for case in CASES:
        place = root / "submitted" / name_of(case) / LAB
        shutil.copytree(root / "submitted" / "eve" / LAB, place)
        path = place / f"{NOTEBOOK}.ipynb"
        if case in TAMPERED:
            path.write_text(json.dumps(TAMPERED[case](json.loads(path.read_text()))))
        elif case in WRITTEN:
            path.write_bytes(WRITTEN[case](path.read_text()))
        else:
            FOLDERS[case](place)
    done = grade_cohort(root, LAB)
    return folder, {mark.student: mark for mark in done.marks}, done.problems


def text_of(folder, student):
    path = folder.root / "autograded" / student / LAB / f"{NOTEBOOK}.ipynb"
    return path.read_text() if path.exists() else ""


@pytest.mark.parametrize("student", ["ada", "zoe"])
def test_honest_work_in_the_same_run_is_graded_rightly(run, student):
    assert run[1][student].earned == 7 and student not in run[2]


@pytest.mark.parametrize("case", CASES)
def test_a_tampered_notebook_earns_what_its_journal_reached_or_goes_to_a_person(run, case):
    _, marks, problems = run
    mark, problem = marks.get(name_of(case)), problems.get(name_of(case), "")
    assert mark is None or (mark.earned in (0, 2) and mark.points == 7)
    assert (mark is not None and mark.earned == 2) or problem, "neither marks nor a person"
    assert "Traceback" not in problem and "\n" not in problem and len(problem) < 600


def test_what_nbgrader_can_mend_costs_nothing_and_what_it_cannot_is_for_a_person(run):
    _, marks, problems = run
    lost = {case: problems.get(name_of(case), "") for case in CASES if name_of(case) in problems}
    assert lost.keys() ^ UNREADABLE.keys() == set()
    assert {case: told for case, told in lost.items() if UNREADABLE[case] not in told} == {}
    assert {case for case in CASES if case not in lost and marks[name_of(case)].earned != 2} == set()


def test_no_learner_reads_where_the_instructor_works(run):
    folder, _, _ = run
    assert "is corrupted" in text_of(folder, name_of("damage"))
    for path in (folder.root / "autograded").rglob("*.ipynb"):
        assert "secret-place" not in path.read_text(errors="replace"), path


def test_scripts_in_prose_and_in_the_account_are_inert_in_feedback_and_report(run):
    folder, _, _ = run
    own = str(Path(sys.executable).parent)
    for student in ("tagger", name_of("prose that is a script"), name_of("outputs that are forged")):
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", "generate_feedback", LAB, f"--student={student}"], cwd=folder.root,
            env=os.environ | {"PATH": f"{own}:{os.environ['PATH']}"}, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        page = (folder.root / "feedback" / student / LAB / f"{NOTEBOOK}.html").read_text()
        assert_inert(page)
    shown = (folder.root / "feedback" / "tagger" / LAB / f"{NOTEBOOK}.html").read_text()
    assert "&lt;script&gt;document.title" in shown, "the tags are shown, as text"
    report = gather(folder, LAB)
    assert_inert(html_page(report))
    assert not [line for line in csv_table(report).splitlines() if line.startswith(("=", "+", "-", "@"))]


class Harm(HTMLParser):
    """What of a learner's would run or load in a page: the page's own scripts say nothing of these."""

    def __init__(self, page):
        super().__init__()
        self.found, self._script = [], False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self._script = tag == "script"
        values = [value or "" for name, value in attrs if name in ("href", "src", "srcdoc", "data", "style")]
        if tag in ("iframe", "object", "embed") or any(name.startswith("on") for name, _ in attrs):
            self.found.append((tag, attrs))
        self.found += [(tag, value) for value in values if re.search(r"javascript:|data:text/html|OWNED", value)]

    def handle_data(self, data):
        if self._script and re.search(r"OWNED|alert\(1\)", data):
            self.found.append(("script", data))

    def handle_endtag(self, tag):
        self._script = False


def assert_inert(page):
    assert Harm(page).found == []


@pytest.mark.parametrize("text", [*XSS, *MARKDOWN[2:6], MARKDOWN[8]])
def test_what_looks_for_harm_finds_it(text):
    assert Harm(f"<p>{text}</p>".replace("[x](javascript:document.title='OWNED')", "<a href='javascript:x'>")).found


SHOWN = [
    "[x](&#106;avascript:alert(1))", "[x](java&#10;script:alert(1))", "[x]\n\n[x]: javascript:alert(1)",
    "![x](javascript:x)",
    "[x](JaVaScRiPt:alert(1))", "[x](vbscript:x)", "[x](data:text/html;base64,PHN2Zz4=)", "<javascript:alert(1)>",
    "$\\href{javascript:alert(1)}{x}$", "$$\\require{html}\\style{color:red}{x}$$", "[x](<java\tscript:alert(1)>)",
    "[x](file:///etc/passwd)", "![x](attachment:none.png)", "x" * 200_000,
]  # fmt: skip


@pytest.mark.parametrize("text", SHOWN, ids=range(len(SHOWN)))
def test_prose_whose_link_would_run_something_is_shown_as_text(text):
    assert all(line.startswith("    ") for line in inert(text).splitlines())


@pytest.mark.parametrize(
    "text",
    ["[x](https://docs.aws.amazon.com/a:b)", "[x](1-groups.ipynb#a:b)", "$a_{b:c} \\to d$",
     "a: b", "[x](mailto:a@b.c)", "# javascript: the language", "`javascript:x`", "![x](data:image/png;base64,AAAA)"],
)  # fmt: skip
def test_other_prose_stays_as_it_is(text):
    assert inert(text) == text
