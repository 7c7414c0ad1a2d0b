"""Read `lab.toml`: the rubric of a lab, with file, line and the near misses in every error."""

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from hardenlab.model.problem import ContentProblem, nearest
from hardenlab.model.question import Kind, Question, ask
from hardenlab.model.rubric import Lab, Section, Task

FORMAT = 1
LAB_KEYS = {"format", "title", "module", "section"}
SECTION_KEYS = {"notebook", "title", "minutes", "scenario", "task", "withheld"}
TASK_KEYS = {
    "id", "title", "control", "question", "points", "hints", "fixes", "guarded_by", "unguarded", "removable", "rows",
    "success", "choices", "answer", "because", "drawn", "hidden", "function",
}  # fmt: skip
HINTS = 3
HEADER = re.compile(r"\s*\[\[\s*([\w.]+)\s*\]\]")


class _Where:
    """Finds the line of a table in the text: tomllib tells none."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self._lines: dict[str, list[int]] = {}
        for index, line in enumerate(text.splitlines(), start=1):
            if header := HEADER.match(line):
                self._lines.setdefault(header[1], []).append(index)

    def table(self, header: str, number: int) -> str:
        lines = self._lines.get(header, [])
        return f"{self.path}:{lines[number]}" if number < len(lines) else str(self.path)

    def __str__(self) -> str:
        return str(self.path)


def read_lab(path: Path) -> Lab:
    """The lab that `path` describes. Its id is its folder's name."""
    return _read_lab(path, path.read_text(encoding="utf-8"))


@lru_cache(maxsize=128)  # every assessment asks for the course anew
def _read_lab(path: Path, text: str) -> Lab:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ContentProblem(f"{path}: not valid TOML: {error}.") from error
    where = _Where(path, text)
    _known(data, LAB_KEYS, str(path))
    if data.get("format", FORMAT) != FORMAT:
        raise ContentProblem(
            f"{path}: format {data['format']} is not known here; this hardenlab reads format {FORMAT}."
        )
    tasks_before = 0
    sections = []
    for number, section in enumerate(_tables(data, "section", str(path))):
        sections.append(_section(path, section, where, number, tasks_before))
        tasks_before += len(section.get("task", []))
    return Lab(
        path.parent.name,
        _text(data, "title", str(path)),
        _number(data, "module", str(path)),
        path.parent,
        tuple(sections),
    )


def _section(path: Path, data: Mapping[str, Any], where: _Where, number: int, tasks_before: int) -> Section:
    place = where.table("section", number)
    _known(data, SECTION_KEYS, place)
    notebook = _text(data, "notebook", place)
    if not (path.parent / f"{notebook}.md").is_file():
        known = {file.stem for file in path.parent.glob("*.md")}
        raise ContentProblem(f"{place}: there is no notebook {notebook}.md beside it.{nearest(notebook, known)}")
    tasks = tuple(
        _task(task, where.table("section.task", tasks_before + index))
        for index, task in enumerate(_tables(data, "task", place))
    )
    ids = [task.id for task in tasks]
    for task_id in ids:
        if ids.count(task_id) > 1:
            raise ContentProblem(f"{place}: two tasks have the id '{task_id}'. Give one an `id` of its own.")
    return Section(
        path.parent.name, notebook, _text(data, "title", place), _number(data, "minutes", place),
        _text(data, "scenario", place), tasks, _number(data, "withheld", place) if "withheld" in data else 0,
    )  # fmt: skip


def _task(data: Mapping[str, Any], place: str) -> Task:
    _known(data, TASK_KEYS, place)
    kinds = {"control", "question", "drawn", "function"} & set(data)
    if len(kinds) != 1:
        raise ContentProblem(
            f"{place}: a task has one of a `control`, a `question`, a question `drawn` by the scenario, a `function`."
        )
    hidden = data.get("hidden", False)
    if not isinstance(hidden, bool) or (hidden and "control" not in data):
        raise ContentProblem(f"{place}: `hidden` is true or false, and only for a task with a `control`.")
    hints = _texts(data, "hints", place)
    if hidden and hints:
        raise ContentProblem(f"{place}: a hidden task has no hints: no learner asks for them.")
    if not hidden and len(hints) != HINTS:
        raise ContentProblem(
            f"{place}: a task has {HINTS} hints (nudge, pointer, nearly the call), this has {len(hints)}."
        )
    points = data.get("points")
    if not isinstance(points, int | float) or isinstance(points, bool) or points <= 0:
        raise ContentProblem(f"{place}: `points` must be a number above 0.")
    if "control" in data and not data.get("guarded_by") and not data.get("unguarded"):
        raise ContentProblem(
            f"{place}: name the invariants that guard the task in `guarded_by`, or say in `unguarded` why none does."
        )
    question = _question(data, place) if kinds & {"question", "drawn"} else None
    task_id = data.get("id") or data.get("control") or data.get("drawn") or data.get("function")
    if not isinstance(task_id, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", task_id):
        raise ContentProblem(f"{place}: a question needs an `id` of small letters, digits and underscores.")
    return Task(
        id=task_id,
        title=_text(data, "title", place),
        points=points,
        hints=hints,
        control=data.get("control"),
        function=_text(data, "function", place) if "function" in data else None,
        question=question,
        fixes=_texts(data, "fixes", place),
        guarded_by=_texts(data, "guarded_by", place),
        unguarded=str(data.get("unguarded", "")),
        removable=_texts(data, "removable", place),
        rows=_texts(data, "rows", place),
        success=str(data.get("success", "")),
        hidden=hidden,
    )


def _question(data: Mapping[str, Any], place: str) -> Question:
    if "drawn" in data:
        for key in ("choices", "answer", "because"):
            if key in data:
                raise ContentProblem(f"{place}: `{key}` belongs to the scenario's function that draws the question.")
        return Question(Kind.WORD, drawn=_text(data, "drawn", place))
    choices, answer = data.get("choices", {}), data.get("answer")
    if not isinstance(choices, dict) or not isinstance(data.get("because", {}), dict):
        raise ContentProblem(f"{place}: `choices` and `because` are tables.")
    if not isinstance(answer, str | int | list) or isinstance(answer, bool) or answer in ("", []):
        raise ContentProblem(f"{place}: `answer` is missing: a choice, a list of choices, a whole number or a word.")
    try:
        return ask(_text(data, "question", place), answer=answer, choices=choices, because=data.get("because"))
    except ValueError as error:
        raise ContentProblem(f"{place}: {error}.") from error


def _known(data: Mapping[str, Any], keys: set[str], place: str) -> None:
    for key in data:
        if key not in keys:
            raise ContentProblem(f"{place}: unknown key `{key}`.{nearest(key, keys)}")


def _tables(data: Mapping[str, Any], key: str, place: str) -> list[Mapping[str, Any]]:
    value = data.get(key)
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        raise ContentProblem(f"{place}: at least one [[{key}]] table is needed.")
    return value


def _text(data: Mapping[str, Any], key: str, place: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ContentProblem(f"{place}: `{key}` is missing or not text.")
    return value


def _number(data: Mapping[str, Any], key: str, place: str) -> int:
    value = data.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ContentProblem(f"{place}: `{key}` is missing or not a whole number.")
    return value


def _texts(data: Mapping[str, Any], key: str, place: str) -> tuple[str, ...]:
    value = data.get(key, [])
    value = [value] if isinstance(value, str) else value
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ContentProblem(f"{place}: `{key}` must be text or a list of texts.")
    return tuple(value)
