"""Points 7 and 8: nothing for nothing, nothing given away, nothing unsaid."""

import ast
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from hardenlab.course.load import Course
from hardenlab.course.student import write_student_course
from hardenlab.law.cells import answer_cells
from hardenlab.law.ground import Ground
from hardenlab.law.result import Proof
from hardenlab.model.assessment import Status
from hardenlab.model.rubric import Section
from hardenlab.notebook.build import notebook_bytes

SECTIONS = ("Why it matters", "Remediation")
SHORTEST = 20


def prove_empty_earns_nothing(ground: Ground, section: Section, variant: str, only: str | None, proof: Proof) -> None:
    """Point 7: an untouched account earns nothing and leaves nothing undecided."""
    with ground.world(section, variant) as world:
        assessment = world.assess(world.seeded)
    for result in assessment.tasks:
        proof.claim(result.earned == 0, result.task, "nothing earned untouched", f"{result.earned:g}")
        if section.task(result.task).function is None:
            proof.claim(result.status is not Status.PENDING, result.task, "a decision", result.reason)


def prove_nothing_leaks(ground: Ground, section: Section, variant: str, only: str | None, proof: Proof) -> None:
    """Point 7: the learner's notebook holds no statement of a solution, and no file of the student build a secret."""
    built = json.loads(notebook_bytes(ground.cells(section)))
    given = "\n".join("".join(cell["source"]) for cell in built["cells"])
    for task, cell in answer_cells(ground, section).items():
        for statement in _statements(cell.solution):
            proof.claim(
                statement not in given, task, "no statement of the solution in the learner's notebook", statement
            )
    with tempfile.TemporaryDirectory(prefix="hardenlab-student-") as folder:
        files = write_student_course(ground.course, Path(folder) / "course")
        written = {path.relative_to(folder): path.read_bytes() for path in files}
    written[Path(f"{section.notebook}.ipynb")] = given.encode()
    for about, secret in _secrets(ground.course, section):
        found = [str(path) for path, content in written.items() if secret.encode() in content]
        proof.claim(not found, about, "nothing of it in the student build", f"{secret!r} in {found}")


def _secrets(course: Course, section: Section) -> Iterator[tuple[str, str]]:
    """What only the instructor has, and whose it is: hidden tasks and their controls, further ways, wrong fixes."""
    for task in section.tasks:
        if task.hidden and task.control:
            control = course.controls[task.control]
            texts = (task.id, control.id, task.title, task.success, control.title, *control.sections.values())
            yield from ((task.id, text) for text in texts if text)
    tasks = {task.id for task in section.tasks}
    ways, mistakes = course.fixes(course.lab(section.lab))
    yield from ((way.id, f"def {way.id}(") for way in ways if way.task in tasks)
    for mistake in (item for item in mistakes if item.fails in tasks):
        yield mistake.id, f"def {mistake.id}("
        yield mistake.id, mistake.because


def _statements(source: str) -> Iterator[str]:
    """Every statement as written, the short ones left out: they say nothing."""
    for node in ast.walk(ast.parse(source)):
        text = ast.get_source_segment(source, node) if isinstance(node, ast.stmt) else None
        if text and len(text) >= SHORTEST:
            yield text


def prove_documents(ground: Ground, section: Section, variant: str, only: str | None, proof: Proof) -> None:
    """Point 8: controls say why and how, with references; tasks carry hints; flows have titles; stories are told."""
    scenario = ground.course.scenario(section.scenario)
    proof.claim(len(scenario.story) > 80, scenario.id, "a story in the module's docstring", scenario.story[:80])
    for flow in scenario.invariants.values():
        proof.claim(bool(flow.title), flow.id, "a docstring that says whose flow it is", "none")
    for task in section.tasks:
        if only not in (None, task.id):
            continue
        told = task.hidden or all(len(hint.strip()) > 5 for hint in task.hints)
        proof.claim(told, task.id, "three hints", task.hints)
        proof.claim("TODO" not in " ".join((task.title, *task.hints)), task.id, "finished prose", "TODO")
        if task.control is not None:
            control = ground.course.controls[task.control]
            for heading in SECTIONS:
                proof.claim(bool(control.sections.get(heading)), control.id, f"a section '{heading}'", "none")
            proof.claim(bool(control.references), control.id, "references", "none")
