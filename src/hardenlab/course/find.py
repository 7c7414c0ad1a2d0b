"""Find the course: `--course`, else the nearest parent directory that is one, else the one inside the wheel."""

from pathlib import Path

from hardenlab.model.problem import UsageProblem

FOLDERS = ("labs", "graders", "scenarios")
BUNDLED = Path(__file__).resolve().parents[1] / "bundled_course"
CHECKOUT = Path(__file__).resolve().parents[3]


def find_course(named: Path | None = None, start: Path | None = None) -> Path:
    """The course's root folder."""
    if named is not None:
        if not is_course(named):
            missing = ", ".join(name for name in FOLDERS if not (named / name).is_dir())
            raise UsageProblem(
                f"{named} is not a course: it lacks {missing}. Name a folder that has labs, graders and scenarios."
            )
        return named.resolve()
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if is_course(folder):
            return folder
    for folder in (BUNDLED, CHECKOUT):
        if is_course(folder):
            return folder
    raise UsageProblem("no course found: run hardenlab inside a course folder, or name one with --course.")


def is_course(folder: Path) -> bool:
    return all((folder / name).is_dir() for name in FOLDERS)
