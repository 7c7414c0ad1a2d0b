"""Scaffolds: a new control, scenario, section or lab whose gaps the law and its tests point at."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from hardenlab.model.problem import UsageProblem, nearest

CONTROL = '''

@control(severity=MEDIUM, layer=RESOURCE, references=())
def {name}(account):
    """TODO: the secure state, asserted in one sentence.

    ## Why it matters
    TODO

    ## Remediation
    TODO
    """
    yield unknown("account", "this control judges nothing yet")
'''
CONTROL_HEAD = '''"""Controls of {service}."""

from hardenlab import MEDIUM, RESOURCE, control, failed, passed, unknown
'''
SCENARIO = '''"""TODO: the story. Who, what happened, what must keep working."""

from hardenlab import failed, invariant, misconfiguration, passed, scenario


@scenario
def seed(account, vary):
    """TODO: the workload, healthy. Record names with account.fact("name", id)."""


@misconfiguration(fails={"todo_control"})
def todo_flag(account, vary):
    """TODO: one thing that is wrong."""


@invariant
def todo_flow(account):
    """TODO: a flow of the workload that must keep working, with its owner."""
    yield failed("workload", "this flow is not described yet")
'''
TESTS = '''"""Bypasses of {name} that fail, and honest answers that pass, from a healthy account."""

import pytest

CONTROL = "{name}"


def todo(live, facts):
    """TODO: one change to the healthy account, with live.client("...") and the scenario's facts."""


# how would a learner fool it: the change, and words of the finding
FOOLS = [("TODO", todo, "TODO")]
# which honest answer would it fail
HONEST = [("TODO", todo, "TODO")]


@pytest.mark.parametrize(("change", "words"), [case[1:] for case in FOOLS], ids=[case[0] for case in FOOLS])
def test_a_bypass_fails_and_the_finding_names_it(judge, change, words):
    failed = [finding for finding in judge(CONTROL, change) if finding.verdict.value == "FAILED"]
    assert any(words in finding.message for finding in failed), [finding.message for finding in failed]


@pytest.mark.parametrize(("change", "words"), [case[1:] for case in HONEST], ids=[case[0] for case in HONEST])
def test_an_honest_answer_passes(judge, change, words):
    findings = judge(CONTROL, change)
    assert {{finding.verdict.value for finding in findings}} == {{"PASSED"}}, [finding.message for finding in findings]
    assert any(words in finding.message for finding in findings)
'''
LAB = """title = "TODO"
module = 0
"""
SECTION = """
[[section]]
notebook = "{notebook}"
title = "TODO"
minutes = 45
scenario = "{scenario}"

[[section.task]]
control = "todo_control"
title = "TODO"
points = 1
fixes = ["todo_flag"]
guarded_by = ["todo_flow"]
rows = []
hints = ["TODO: a nudge", "TODO: a pointer", "TODO: nearly the call"]
"""
NOTEBOOK = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# TODO

```{{code-cell}} ipython3
---
tags: [setup]
---
import boto3
import hardenlab

lab = hardenlab.lab("{name}/{notebook}")
lab
```

TODO: what to do, and why it matters in this module.

```{{code-cell}} ipython3
---
task: todo_control
---
# TODO: say what to do here.
### BEGIN SOLUTION
### END SOLUTION
```
"""
FIXES = '''"""Further accepted ways, and known wrong fixes."""

from hardenlab import solution, wrong_fix
'''


def scaffold(course: Path, kind: str, name: str) -> list[Path]:
    """Make one unit; answers the files that were written. Nothing that exists is overwritten."""
    if kind not in KINDS:
        raise UsageProblem(f"there is nothing of the kind '{kind}' to make.{nearest(kind, set(KINDS))}")
    if not re.fullmatch(PATTERNS.get(kind, r"[a-z][a-z0-9_]*"), name):
        raise UsageProblem(f"'{name}' is no id for a {kind}: write it like {EXAMPLES[kind]}.")
    return KINDS[kind](course, name)


def _control(course: Path, name: str) -> list[Path]:
    service = name.split("_", 1)[0]
    path = course / "graders" / f"{service}.py"
    text = path.read_text(encoding="utf-8") if path.exists() else CONTROL_HEAD.format(service=service)
    if f"def {name}(" in text:
        raise UsageProblem(f"{path} has a control '{name}' already.")
    path.write_text(text.rstrip("\n") + "\n" + CONTROL.format(name=name), encoding="utf-8")
    tests = course / "tests" / "graders"
    return [path, *([_write(tests / f"test_{name}.py", TESTS.format(name=name))] if tests.is_dir() else [])]


def _scenario(course: Path, name: str) -> list[Path]:
    return [_write(course / "scenarios" / f"{name}.py", SCENARIO)]


def _lab(course: Path, name: str) -> list[Path]:
    folder, scenario = course / "labs" / name, name.replace("-", "_")
    story = course / "scenarios" / f"{scenario}.py"
    return [
        *([] if story.exists() else [_write(story, SCENARIO)]),
        _write(folder / "lab.toml", LAB + SECTION.format(notebook="1-todo", scenario=scenario)),
        _write(folder / "1-todo.md", NOTEBOOK.format(name=name, notebook="1-todo")),
        _write(folder / "fixes.py", FIXES),
    ]


def _section(course: Path, name: str) -> list[Path]:
    """One more section of a lab: its rubric, its notebook, and a scenario named like it."""
    lab, notebook = name.split("/")
    rubric = course / "labs" / lab / "lab.toml"
    if not rubric.is_file():
        known = {path.parent.name for path in (course / "labs").glob("*/lab.toml")}
        raise UsageProblem(f"there is no lab '{lab}' to add a section to.{nearest(lab, known)}")
    scenario = re.sub(r"^[0-9_]+", "", notebook.replace("-", "_")) or "todo"
    made = [
        _write(rubric.with_name(f"{notebook}.md"), NOTEBOOK.format(name=lab, notebook=notebook)),
        _write(course / "scenarios" / f"{scenario}.py", SCENARIO),
    ]
    text = rubric.read_text(encoding="utf-8").rstrip("\n") + "\n"
    rubric.write_text(text + SECTION.format(notebook=notebook, scenario=scenario), encoding="utf-8")
    return [rubric, *made]


def _write(path: Path, text: str) -> Path:
    if path.exists():
        raise UsageProblem(f"{path} exists already. Choose another name, or edit it.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


KINDS: Mapping[str, Callable[[Path, str], list[Path]]] = {
    "control": _control,
    "scenario": _scenario,
    "section": _section,
    "lab": _lab,
}
PATTERNS = {"lab": r"[a-z0-9][a-z0-9-]*", "section": r"[a-z0-9][a-z0-9-]*/[a-z0-9][a-z0-9-]*"}
EXAMPLES = {
    "control": "ec2_instance_ssh_closed",
    "scenario": "open_perimeter",
    "section": "m3-network/2-segmentation",
    "lab": "m3-network",
}
