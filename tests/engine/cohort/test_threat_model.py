"""The table of what submissions try counts what the tests try."""

import re

from engine.cohort import test_cycle, test_functions, test_hostile, test_hostile_notebooks, test_notebook_sandbox
from helpers.direct import CHECKOUT

TRIED = (
    test_hostile.LINES,
    test_hostile.HEADERS,
    test_hostile.RAW,
    test_hostile.INSIDE,
    test_hostile_notebooks.TAMPERED,
    test_hostile_notebooks.WRITTEN,
    test_hostile_notebooks.FOLDERS,
    (*test_hostile_notebooks.MARKDOWN, *test_hostile_notebooks.SHOWN),
    test_cycle.CHEATS,
    test_notebook_sandbox.TRIES,
    test_notebook_sandbox.ENDED,
    test_functions.TOLD,
)


def test_the_table_counts_the_cases_in_its_order():
    table = (CHECKOUT / "docs" / "threat-model.md").read_text().partition("## What is tried")[2]
    assert [int(number) for number in re.findall(r"^\| .* \| (\d+) \|$", table, re.M)] == [
        len(cases) for cases in TRIED
    ]
