"""Scaffolds: a new control, scenario or lab whose gaps the law points at."""

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


@misconfiguration(fails={"TODO"})
def todo_flag(account, vary):
    """TODO: one thing that is wrong."""


@invariant
def todo_flow(account):
    """TODO: a flow of the workload that must keep working, with its owner."""
    yield failed("workload", "this flow is not described yet")
'''
LAB = """title = "TODO"
module = 0

[[section]]
notebook = "1-todo"
title = "TODO"
minutes = 45
scenario = "{name}"

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

lab = hardenlab.lab("{name}/1-todo")
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
    pattern = r"[a-z0-9][a-z0-9-]*" if kind == "lab" else r"[a-z][a-z0-9_]*"
    if not re.fullmatch(pattern, name):
        raise UsageProblem(f"'{name}' is no id for a {kind}: write it like {EXAMPLES[kind]}.")
    return KINDS[kind](course, name)


def _control(course: Path, name: str) -> list[Path]:
    service = name.split("_", 1)[0]
    path = course / "graders" / f"{service}.py"
    text = path.read_text(encoding="utf-8") if path.exists() else CONTROL_HEAD.format(service=service)
    if f"def {name}(" in text:
        raise UsageProblem(f"{path} has a control '{name}' already.")
    path.write_text(text.rstrip("\n") + "\n" + CONTROL.format(name=name), encoding="utf-8")
    return [path]


def _scenario(course: Path, name: str) -> list[Path]:
    return [_write(course / "scenarios" / f"{name}.py", SCENARIO)]


def _lab(course: Path, name: str) -> list[Path]:
    folder, scenario = course / "labs" / name, name.replace("-", "_")
    return [
        _write(folder / "lab.toml", LAB.format(name=scenario)),
        _write(folder / "1-todo.md", NOTEBOOK.format(name=name)),
        _write(folder / "fixes.py", FIXES),
    ]


def _write(path: Path, text: str) -> Path:
    if path.exists():
        raise UsageProblem(f"{path} exists already. Choose another name, or edit it.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


KINDS: Mapping[str, Callable[[Path, str], list[Path]]] = {"control": _control, "scenario": _scenario, "lab": _lab}
EXAMPLES = {"control": "ec2_instance_ssh_closed", "scenario": "open_perimeter", "lab": "m3-network"}
