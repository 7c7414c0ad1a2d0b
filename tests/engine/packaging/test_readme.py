"""What the README says is there: every section in its table, every command and file that it names."""

import re

import pytest
import typer.main

from hardenlab.cli import app
from hardenlab.course.load import load_course
from hardenlab.notebook.lab import Lab
from helpers.direct import CHECKOUT

README = (CHECKOUT / "README.md").read_text()
CLASSROOM = (CHECKOUT / "docs" / "classroom.md").read_text()
INSTRUCTORS = (CHECKOUT / "docs" / "nbgrader.md").read_text()


@pytest.mark.parametrize("section", load_course(CHECKOUT).sections, ids=lambda section: section.id)
def test_the_table_lists_every_section_with_its_time(section):
    rows = [line for line in README.splitlines() if line.startswith("| `")]
    named = (f"| `{section.id}` |", f"| `{section.lab}` |")
    assert any(row.startswith(named) and row.endswith(f"| {section.minutes} min |") for row in rows)


def test_every_command_exists():
    commands = set(typer.main.get_command(app).commands)
    named = re.findall(r"\.venv/bin/hardenlab (\w+)", README)
    assert named and set(named) <= commands


def test_every_command_of_the_instructors_page_exists():
    commands = typer.main.get_command(app).commands
    named = re.findall(r"^hardenlab (?:--workspace \. )?(course )?([\w-]+)", INSTRUCTORS, re.M)
    assert len(named) >= 12
    for group, name in named:
        assert name in (commands["course"].commands if group else commands)
    assert {name for name in commands["course"].commands if f"course {name}" not in INSTRUCTORS} == set()


def test_every_command_of_the_classrooms_page_exists():
    commands = typer.main.get_command(app).commands["classroom"].commands
    named = re.findall(r"hardenlab(?: --course \S+)?[ \\\n]+classroom (\w+)", CLASSROOM)
    assert set(named) == set(commands)
    for path in re.findall(r"environments/images/\S+\.sh", CLASSROOM):
        assert (CHECKOUT / path).is_file()


def test_every_target_of_make_exists():
    targets = re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text(), re.M)
    assert set(re.findall(r"make (lab|test|\w+)  ", README)) <= set(targets)


def test_every_call_of_the_lab_exists_and_names_real_tasks():
    calls = re.findall(r"^lab\.(\w+)\((?:\"(\w+)\")?", README, re.M)
    tasks = {task.id for task in load_course(CHECKOUT).section("m3-network/1-perimeter").tasks}
    assert calls
    for name, task in calls:
        assert hasattr(Lab, name)
        assert not task or task in tasks


def test_every_file_that_is_linked_exists():
    for folder, page in ((CHECKOUT, README), (CHECKOUT / "docs", INSTRUCTORS)):
        for path in re.findall(r"\]\(([\w./-]+)\)", page):
            assert (folder / path).exists(), path
