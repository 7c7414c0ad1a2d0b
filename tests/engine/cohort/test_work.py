"""How many grade at once."""

import pytest

from hardenlab.cohort import work


@pytest.mark.parametrize(
    ("wanted", "submissions", "run_notebooks", "how_many"),
    [
        (None, 0, False, 0), (None, 1, False, 1), (None, 19, False, 1), (None, 20, False, 2), (None, 39, False, 3),
        (None, 1_000, False, 4), (None, 3, True, 3), (None, 9, True, 4), (None, 0, True, 0),
        (2, 1, False, 1), (2, 5, False, 2), (8, 1_000, False, 8), (8, 5, True, 5),
    ],
)  # fmt: skip
def test_nobody_is_started_for_less_than_the_start_takes(monkeypatch, wanted, submissions, run_notebooks, how_many):
    monkeypatch.setattr(work.os, "sched_getaffinity", lambda _: set(range(4)))
    assert work.how_many(wanted, submissions, run_notebooks) == how_many
