"""Answers that are parsed at once are what botocore reads in the answers that moto writes."""

import subprocess
import sys

import pytest
from hardenlab.environments.moto.environment import backend_variables

from hardenlab.course.find import CHECKOUT, find_course
from hardenlab.course.load import load_course

# as a process of moto starts: before moto is imported
AS_STARTED = """
from hardenlab.environments.moto.lean import load_lean
load_lean()
from tests.helpers.both_ways import main
main()
"""


@pytest.mark.parametrize("lab", sorted(load_course(find_course()).labs))
def test_every_read_of_the_graders_and_odd_ones_answer_the_same_both_ways(lab):
    told = subprocess.run(
        [sys.executable, "-c", AS_STARTED, lab],
        capture_output=True, text=True, cwd=CHECKOUT, env=backend_variables(),
    )  # fmt: skip
    assert told.returncode == 0, told.stderr[-3000:]
    compared, parsed = map(int, told.stdout.split())
    assert compared > 40
    assert parsed > compared / 2
