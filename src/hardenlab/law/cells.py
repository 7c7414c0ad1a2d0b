"""Points 2, 3 and 6: the solutions pass, stand alone, may be run twice; reset and replay give the same account."""

import ast
import builtins
from collections.abc import Collection

from botocore.exceptions import ClientError

from hardenlab.course.criteria import failed_by
from hardenlab.law.ground import Ground, Live
from hardenlab.law.result import Proof
from hardenlab.model.rubric import Section
from hardenlab.notebook.cells import LabCell, Role

# what AWS answers when a thing is done already; each is documented in the API's reference
DONE_ALREADY = (
    "AlreadyExists",
    "Duplicate",
    "NotFound",
    "NoSuch",
    "InUse",
    "Conflict",
    "AlreadyOwnedByYou",
    "AlreadyAssociated",
)


def prove_solutions(ground: Ground, section: Section, variant: str, only: str | None, proof: Proof) -> None:
    """Point 2 in process: the notebook's answer cells earn every point, and so does every further solution."""
    answers = answer_cells(ground, section)
    with ground.world(section, variant) as world:
        if only is None:
            with ground.live(section, world) as live:
                _run(live, [cell.source for cell in answers.values()], "the notebook", proof)
                _full(live, section, "the notebook", proof)
        for way in ground.course.fixes(ground.course.lab(section.lab))[0]:
            if way.task in answers and only in (None, way.task, way.id):
                with ground.live(section, world) as live:
                    _run(live, [cell.source for task, cell in answers.items() if task != way.task], way.id, proof)
                    error = live.call(way.function)
                    proof.claim(error is None, way.id, "the solution runs", repr(error))
                    _full(live, section, way.id, proof)


def prove_alone(ground: Ground, section: Section, variant: str, only: str | None, proof: Proof) -> None:
    """Point 3: an answer cell needs the set-up cell only; leaving one out fails the tasks that are declared."""
    cells = ground.cells(section)
    known = {name for cell in cells if cell.role is Role.SETUP for name in _assigned(ast.parse(cell.source))}
    answers = answer_cells(ground, section)
    for task, cell in answers.items():
        if only in (None, task):
            foreign = _loaded(ast.parse(cell.source)) - known - set(dir(builtins))
            proof.claim(not foreign, task, "names of the set-up cell only", sorted(foreign))
    if only is not None and only not in answers:
        return
    sources = [cell.source for cell in answers.values()]
    with ground.world(section, variant) as world, ground.live(section, world) as before:
        for number, left_out in enumerate(answers):
            if only in (None, left_out):
                with before.copied() as live:
                    _run(live, sources[number + 1 :], left_out, proof, "every other cell runs without its cell")
                    short = {result.task for result in live.assess().tasks if result.earned < result.points}
                proof.claim(left_out in short, left_out, "not all points without its cell", sorted(short))
                undeclared = short - declared_with(ground, section, left_out)
                proof.claim(not undeclared, left_out, "without its cell only declared tasks fail", sorted(undeclared))
            _run(before, sources[number : number + 1], left_out, proof, "its cell runs after those before it")
            if only == left_out:
                break


def declared_with(ground: Ground, section: Section, task_id: str) -> set[str]:
    """The tasks that may fail while this one is not done: what its misconfigurations declare to fail."""
    flags = ground.course.scenario(section.scenario).misconfigurations
    return {task_id}.union(*(failed_by(section, flags[name]) for name in section.task(task_id).fixes))


def prove_repeatable(ground: Ground, section: Section, variant: str, only: str | None, proof: Proof) -> None:
    """Point 6: a second run changes no verdict; replay is the live account; reset is the seeded one."""
    sources = [cell.source for task, cell in answer_cells(ground, section).items() if only in (None, task)]
    with ground.world(section, variant) as world, ground.live(section, world) as live:
        seeded = live.assess().to_json()
        _run(live, sources, "first run", proof)
        first = _verdicts(live)
        for error in live.run(sources):
            proof.claim(
                error is None or _is_done_already(error), "second run", "already-exists errors only", repr(error)
            )
        proof.claim(_verdicts(live) == first, "second run", f"the verdicts of the first run {first}", _verdicts(live))
        before = live.assess().to_json()
        again = live.reopened()
        try:
            proof.claim(again.assess().to_json() == before, "replay", "the live account's assessment", "another one")
            again.attempt.reset()
            unanswered = _without_answers(again.assess().to_json(), section)
            proof.claim(
                unanswered == _without_answers(seeded, section),
                "reset",
                "the seeded account's assessment",
                "another one",
            )
        finally:
            again.close()


def answer_cells(ground: Ground, section: Section) -> dict[str, LabCell]:
    return {cell.task: cell for cell in ground.cells(section) if cell.role is Role.ANSWER and cell.task}


def _run(live: Live, sources: Collection[str], about: str, proof: Proof, expected: str = "every cell runs") -> None:
    for source, error in zip(sources, live.run(sources), strict=True):
        proof.claim(error is None, about, expected, f"{error!r} in {source[:200]!r}")


def _full(live: Live, section: Section, about: str, proof: Proof) -> None:
    assessment = live.assess()
    missing = [f"{r.task}: {r.earned:g}/{r.points:g}, {r.reason}" for r in assessment.tasks if r.earned < r.points]
    proof.claim(assessment.earned == section.points, about, f"all {section.points:g} points", missing)


def _verdicts(live: Live) -> dict[str, str]:
    return {result.task: result.status.value for result in live.assess().tasks}


def _without_answers(assessment: dict[str, list[dict[str, object]]], section: Section) -> list[dict[str, object]]:
    kept = {task.id for task in section.tasks if task.question or task.function}
    return [result for result in assessment["tasks"] if result["task"] not in kept]


def _is_done_already(error: Exception) -> bool:
    if not isinstance(error, ClientError):
        return False
    code = error.response["Error"]["Code"]
    return any(word in code for word in DONE_ALREADY)


def _assigned(tree: ast.AST) -> set[str]:
    """The names that a cell leaves behind."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
    return found


def _loaded(tree: ast.AST) -> set[str]:
    """The names that a cell takes from outside itself."""
    loaded = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    return loaded - _assigned(tree)
