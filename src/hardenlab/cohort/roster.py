"""The roster: `students.csv`, which nbgrader's own import reads too, and `extensions.csv` for single labs."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import timedelta
from pathlib import Path

from hardenlab.attempt.release import checked_learner
from hardenlab.cohort.folder import CourseFolder
from hardenlab.cohort.gradebook import open_gradebook
from hardenlab.model.problem import Problem, UsageProblem, nearest

STUDENTS, EXTENSIONS = "students.csv", "extensions.csv"
MAX_BYTES, MAX_FIELD, MAX_DAYS = 50_000_000, 200, 365.0
MAX_TOLD = 10


@dataclass(frozen=True)
class Student:
    """One row of the roster. `extra_days` is added to every due date; `lms_user_id` is who he is in the LMS."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""
    extra_days: float = 0.0


COLUMNS = tuple(field.name for field in fields(Student))


@dataclass(frozen=True)
class Imported:
    """What an import did: the ids that are new, those that changed, and those that the file no longer names."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    missing: tuple[str, ...]


def import_roster(folder: CourseFolder, file: Path) -> Imported:
    """Take over a CSV file of students. All its mistakes are told at once, and then nothing is changed.

    Who is no longer in the file stays in the course, with his marks: `forget` deletes.
    """
    new = {student.id: student for student in read_students(file)}
    old = {student.id: student for student in roster(folder.root)}
    with open_gradebook(folder) as gradebook:
        for student in new.values():
            gradebook.update_or_create_student(
                student.id,
                first_name=student.first_name or None,
                last_name=student.last_name or None,
                email=student.email or None,
                lms_user_id=student.lms_user_id or None,
            )
    write_roster(folder.root, [*new.values(), *(student for name, student in old.items() if name not in new)])
    return Imported(
        tuple(sorted(set(new) - set(old))),
        tuple(sorted(name for name in new if name in old and new[name] != old[name])),
        tuple(sorted(set(old) - set(new))),
    )


def roster(root: Path) -> list[Student]:
    """The students of the course's folder."""
    path = root / STUDENTS
    return read_students(path) if path.exists() else []


def read_students(path: Path) -> list[Student]:
    """A CSV file of students: comma, semicolon or tab; UTF-8, with or without a byte order mark."""
    header, rows = _rows(path)
    if "id" not in header:
        raise UsageProblem(f"{path}, line 1: no column is named 'id'. It has: {', '.join(header) or 'nothing'}.")
    for name in header:
        if name not in COLUMNS and name and nearest(name, set(COLUMNS)).startswith(" Did"):
            raise UsageProblem(f"{path}, line 1: unknown column '{name}'.{nearest(name, set(COLUMNS))}")
    students: list[Student] = []
    mistakes: list[str] = []
    lines: dict[str, int] = {}
    for number, row in rows:
        try:
            student = _student(header, row)
            known = lines.setdefault(student.id.casefold(), number)
            if known != number:
                raise UsageProblem(f"the id '{student.id}' is on line {known} already (case does not count)")
            students.append(student)
        except Problem as problem:
            mistakes.append(f"line {number}: {str(problem).rstrip('.')}")
    _complain(path, mistakes)
    return students


def write_roster(root: Path, students: Iterable[Student]) -> None:
    """Replace `students.csv`, for its owner alone: it holds names."""
    rows = [[_text(value) for value in astuple(student)] for student in sorted(students, key=lambda one: one.id)]
    _replace(root / STUDENTS, [COLUMNS, *rows])


def extend(folder: CourseFolder, lab: str, student: str, days: float) -> None:
    """Give a student this many days more for one lab, in place of the roster's; 0 takes them back."""
    if not 0 <= days <= MAX_DAYS:
        raise UsageProblem(f"an extension has from 0 to {MAX_DAYS:g} days, not {days:g}.")
    known = extensions(folder.root) | {(lab, checked_learner(student)): days}
    write_extensions(folder.root, known)


def write_extensions(root: Path, days: Mapping[tuple[str, str], float]) -> None:
    """Replace `extensions.csv`."""
    rows = [(lab, student, f"{more:g}") for (lab, student), more in sorted(days.items()) if more]
    if rows or (root / EXTENSIONS).exists():
        _replace(root / EXTENSIONS, [("lab", "student", "days"), *rows])


def extensions(root: Path) -> dict[tuple[str, str], float]:
    """The extensions of single labs, in days, by lab and student."""
    path = root / EXTENSIONS
    if not path.exists():
        return {}
    header, rows = _rows(path)
    if header != ["lab", "student", "days"]:
        raise UsageProblem(f"{path}, line 1: the columns are lab,student,days.")
    found, mistakes = {}, []
    for number, row in rows:
        try:
            found[row[0], checked_learner(row[1])] = _days(row[2])
        except (Problem, IndexError) as problem:
            mistakes.append(f"line {number}: {str(problem).rstrip('.') or 'three fields are needed'}")
    _complain(path, mistakes)
    return found


def extra_times(root: Path, lab: str) -> dict[str, timedelta]:
    """How much later than the due date students may hand in this lab; who is not in it, not at all."""
    days = {student.id: student.extra_days for student in roster(root)}
    days |= {student: more for (of, student), more in extensions(root).items() if of == lab}
    return {student: timedelta(days=more) for student, more in days.items() if more}


def _student(header: Sequence[str], row: Sequence[str]) -> Student:
    if len(row) > len(header):
        raise UsageProblem(f"{len(row)} fields where the header has {len(header)}: quote a field that holds a comma")
    values = dict(zip(header, (field.strip() for field in row), strict=False))
    for name, value in values.items():
        if len(value) > MAX_FIELD or not value.isprintable():
            raise UsageProblem(f"the field '{name}' has more than {MAX_FIELD} characters or one that does not print")
    texts = {name: values.get(name, "") for name in COLUMNS[1:-1]}
    return Student(checked_learner(values.get("id", "")), **texts, extra_days=_days(values.get("extra_days", "")))


def _days(text: str) -> float:
    try:
        days = float(text or 0)
    except ValueError:
        days = -1.0
    if not 0 <= days <= MAX_DAYS:
        raise UsageProblem(f"'{text[:40]}' is no number of days from 0 to {MAX_DAYS:g}")
    return days


def _rows(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header, and the rows that are not empty with the number of the line that they end on."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageProblem(f"{path} is larger than {MAX_BYTES} bytes: that is no roster.")
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise UsageProblem(f"there is no file {path}.") from error
    except UnicodeDecodeError as error:
        raise UsageProblem(f"{path} is not UTF-8. Save it as 'CSV UTF-8'.") from error
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        return header, [(reader.line_num, row) for row in reader if any(field.strip() for field in row)]
    except csv.Error as error:
        raise UsageProblem(f"{path}, line {reader.line_num}: not valid CSV: {error}.") from error


def _complain(path: Path, mistakes: Sequence[str]) -> None:
    if mistakes:
        more = f" And {len(mistakes) - MAX_TOLD} more." if len(mistakes) > MAX_TOLD else ""
        raise UsageProblem(f"{path}: {'; '.join(mistakes[:MAX_TOLD])}.{more} Nothing was changed.")


def _replace(path: Path, rows: Iterable[Sequence[str]]) -> None:
    draft = path.with_name(f".{path.name}.new")
    with draft.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    draft.chmod(0o600)
    draft.replace(path)


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
