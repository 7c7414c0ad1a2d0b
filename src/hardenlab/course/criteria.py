"""Join a section with its controls and invariants; every id in `lab.toml` must name something."""

from hardenlab.course.load import HIDDEN, Course
from hardenlab.model.content import Misconfiguration
from hardenlab.model.criteria import Criteria
from hardenlab.model.problem import ContentProblem, nearest
from hardenlab.model.rubric import Section, Task


def criteria_of(course: Course, section: Section) -> Criteria:
    """The section's criteria; a dangling id is a ContentProblem that names the task and the near misses."""
    scenario = course.scenario(section.scenario)
    controls = {}
    for task in section.tasks:
        _check_names(section, task, "misconfiguration", task.fixes, set(scenario.misconfigurations))
        _check_names(section, task, "invariant", task.guarded_by, set(scenario.invariants))
        if task.question is not None and task.question.drawn:
            _check_names(section, task, "question", (task.question.drawn,), set(scenario.questions))
        if task.function is not None and (course.root / HIDDEN).is_dir():  # a learner's copy has none
            _check_names(section, task, "function", (task.function,), set(course.functions))
        if task.control is not None:
            _check_names(section, task, "control", (task.control,), set(course.controls))
            _check_place(course, section, task, task.control)
            controls[task.control] = course.controls[task.control]
    task_ids = {task.id for task in section.tasks if not task.hidden}
    flows = set(scenario.invariants)
    for flag in scenario.misconfigurations.values():
        for name in flag.fails - task_ids:
            raise ContentProblem(f"{flag.where}: '{flag.id}' fails the unknown task '{name}'.{nearest(name, task_ids)}")
        for name in flag.breaks - flows:
            raise ContentProblem(
                f"{flag.where}: '{flag.id}' breaks the unknown invariant '{name}'.{nearest(name, flows)}"
            )
    return Criteria(section, controls, dict(scenario.invariants))


def failed_by(section: Section, flag: Misconfiguration) -> frozenset[str]:
    """The tasks that a misconfiguration fails: those that it declares, and the hidden ones that it is said to fail.

    A scenario is in the learner's copy, so a hidden task says itself, in its `fixes`, what fails it.
    """
    return flag.fails | {task.id for task in section.tasks if task.hidden and flag.id in task.fixes}


def _check_place(course: Course, section: Section, task: Task, control: str) -> None:
    if course.keeps_hidden(control) != task.hidden:
        place, other = ("hidden", "graders") if task.hidden else ("graders", "hidden")
        raise ContentProblem(
            f"labs/{section.lab}/lab.toml: the task '{task.id}' is {'hidden' if task.hidden else 'public'}, and its "
            f"control is in {other}/. Move it to {place}/: learners' copies have graders/ and lack hidden/."
        )


def _check_names(section: Section, task: Task, kind: str, names: tuple[str, ...], known: set[str]) -> None:
    for name in names:
        if name not in known:
            raise ContentProblem(
                f"labs/{section.lab}/lab.toml: the task '{task.id}' names the unknown {kind} '{name}'."
                + nearest(name, known)
                + (f" Make it: hardenlab new control {name}." if kind == "control" else "")
            )
