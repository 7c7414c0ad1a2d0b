"""What is to be done of a cohort's work: by variant on this machine, or as a cluster judges it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from hardenlab.cohort.folder import CourseFolder
from hardenlab.cohort.pieces import ByVariant, Pieces
from hardenlab.cohort.variants import expected_variant
from hardenlab.model.problem import EnvironmentProblem, UsageProblem


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
