"""What is to be done of a cohort's work, by variant on this machine or as a cluster judges it, and by how many."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from hardenlab.cohort.folder import CourseFolder
from hardenlab.cohort.pieces import ByVariant, Pieces
from hardenlab.cohort.variants import expected_variant
from hardenlab.model.problem import EnvironmentProblem, UsageProblem

WORTH = 10
"""Submissions that take as long as starting somebody to judge them, at least; one whose notebook is run does alone."""


def how_many(wanted: int | None, submissions: int, run_notebooks: bool) -> int:
    """How many work at once: as many as are wanted (None: one for each core), as long as each is worth its start."""
    worthwhile = submissions if run_notebooks else max(submissions // WORTH, min(submissions, 1))
    return min(wanted, submissions) if wanted else min(len(os.sched_getaffinity(0)), worthwhile)


def variant_or_none(root: Path, lab: str, student: str) -> str:
    """The student's variant; the empty one where there is none, or none can be told."""
    with suppress(UsageProblem):
        return expected_variant(root, lab, student) or ""
    return ""


@contextmanager
def pieces_of(
    folder: CourseFolder, lab: str, variants: Mapping[str, str], scheduler: str | None, confined: bool
) -> Iterator[Pieces]:
    """Pieces named as `variants` are. `scheduler`: a Dask cluster, whose names are students' ids.

    EnvironmentProblem: the cluster is away, or its package is.
    """
    if scheduler is None or not variants:
        yield ByVariant(variants)
        return
    try:
        from hardenlab.cohort.cluster import judged_on
    except ModuleNotFoundError as error:
        raise EnvironmentProblem(
            f"a cluster needs the package '{error.name}': pip install 'hardenlab[cluster]'."
        ) from error
    with judged_on(scheduler, folder, lab, variants, confined) as pieces:
        yield pieces
