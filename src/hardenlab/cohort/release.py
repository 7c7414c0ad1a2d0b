"""The student build of a lab: nbgrader's release of it, with the record from which a learner draws his variant."""

import json
from datetime import UTC, datetime
from pathlib import Path

from hardenlab.attempt.release import NAME, read_release
from hardenlab.cohort.build import write_source
from hardenlab.cohort.folder import CourseFolder
from hardenlab.cohort.gradebook import open_gradebook
from hardenlab.cohort.run import generate
from hardenlab.cohort.variants import DEFAULT_COUNT, draw_release
from hardenlab.model.problem import UsageProblem


def release_lab(
    folder: CourseFolder,
    lab: str,
    count: int | None = DEFAULT_COUNT,
    due: datetime | None = None,
    redraw: bool = False,
) -> Path:
    """Make or renew `source/<lab>` and `release/<lab>`; answers the release's folder.

    `count` variants, or (None) one for each learner. Learners who work on a release keep their variants: another number
    is refused unless `redraw`. `due`: the due date, with its zone.
    """
    course = folder.course()
    found = course.lab(lab)
    source = folder.root / "source" / lab
    release = draw_release(folder.root, folder.id, lab, count)
    known = read_release(source)
    if known is not None and known != release and not redraw:
        had = f"{len(known.variants)} variants" if known.variants else "private variants"
        raise UsageProblem(
            f"{lab} was released with {had}, and learners may be at work: another release would give them other "
            "accounts. Ask for the same again, or say --redraw."
        )
    write_source(course, found, folder.root)
    (source / NAME).write_text(json.dumps(release.to_json(), indent=1) + "\n", encoding="utf-8")
    generate(folder.root, lab)
    if due is not None:
        set_due(folder, lab, due)
    return folder.root / "release" / lab


def variants_of(folder: CourseFolder, lab: str) -> int | None:
    """How many variants the lab was released with, None for private ones; 24 when it was not released yet."""
    known = read_release(folder.root / "source" / lab)
    return DEFAULT_COUNT if known is None else len(known.variants) or None


def set_due(folder: CourseFolder, lab: str, due: datetime) -> None:
    """Set the lab's due date in the gradebook, where the formgrader shows and changes it."""
    with open_gradebook(folder) as gradebook:
        gradebook.update_or_create_assignment(lab, duedate=due.astimezone(UTC).replace(tzinfo=None))


def parse_due(text: str) -> datetime:
    """`2026-12-01 23:59 +01:00`: a date, a time and a zone, as ISO 8601 writes them."""
    try:
        due = datetime.fromisoformat(text.strip().replace(" +", "+").replace(" -", "-"))
    except ValueError as error:
        raise UsageProblem(f"'{text[:60]}' is no date and time. Write it as 2026-12-01T23:59+01:00.") from error
    if due.tzinfo is None:
        raise UsageProblem(f"'{text[:60]}' names no time zone. Write it as {text.strip()[:40]}+01:00, or Z for UTC.")
    return due
