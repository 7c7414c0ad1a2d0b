"""The import direction: floors point down, content knows the seam alone."""

import ast
import subprocess
import sys

import pytest

from helpers.direct import CHECKOUT

ENGINE = CHECKOUT / "src" / "hardenlab"
# each floor may import itself and those in the sets below it
FLOORS = (
    {"model"},
    {"semantics"},
    {"course", "journal", "front", "environment"},
    {"attempt", "assess", "evidence"},
    {"cohort", "notebook", "law", "classroom"},
    {"cli"},
)
MODULES = sorted(path for path in ENGINE.rglob("*.py") if path.parent != ENGINE and "environments" not in path.parts)


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or ""


def floor(name):
    return next((number for number, members in enumerate(FLOORS) if name in members), None)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ENGINE)))
def test_imports_point_down(path):
    mine = floor(path.relative_to(ENGINE).parts[0])
    for name in imported(path):
        parts = name.split(".")
        if parts[0] == "hardenlab" and len(parts) > 1 and (other := floor(parts[1])) is not None:
            assert other <= mine, f"{name} lies above"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ENGINE)))
def test_foreign_packages_are_imported_where_they_belong(path):
    part = path.relative_to(ENGINE).parts[0]
    for name in imported(path):
        top = name.split(".")[0]
        assert top != "moto", "moto lives under environments/moto"
        assert top != "nbgrader" or part == "cohort", "nbgrader is imported in cohort/ alone"
        assert top not in ("boto3", "botocore") or part not in ("model", "semantics"), "evaluators know no network"


@pytest.mark.parametrize("folder", ["graders", "scenarios", "labs"])
def test_content_imports_the_seam_and_its_siblings_only(folder):
    for path in (CHECKOUT / folder).rglob("*.py"):
        for name in imported(path):
            assert name in ("hardenlab", "boto3", "json", "ipaddress", "datetime"), f"{path}: {name}"


HEAVY = ("boto3", "moto", "hardenlab.assess", "hardenlab.front", "hardenlab.semantics")


def test_a_kernel_that_imports_hardenlab_loads_neither_boto3_nor_the_engine():
    code = f"import hardenlab, sys; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_the_command_line_loads_what_is_slow_only_for_a_command_that_needs_it():
    slow = ("boto3", "nbformat", "nbgrader", "hardenlab.assess", "hardenlab.front", "hardenlab.law")
    code = f"import hardenlab.cli, sys; print([name for name in {slow!r} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"
