"""Prove the law: every point, for every section and variant."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from hardenlab.course.criteria import criteria_of
from hardenlab.course.load import Course
from hardenlab.environment import Environment, find_environment
from hardenlab.law.cells import prove_alone, prove_repeatable, prove_solutions
from hardenlab.law.ground import Ground
from hardenlab.law.honesty import prove_documents, prove_empty_earns_nothing, prove_nothing_leaks
from hardenlab.law.kernel import prove_in_kernel
from hardenlab.law.mistakes import prove_deleting_earns_nothing, prove_wrong_fixes
from hardenlab.law.needs import prove_needs
from hardenlab.law.result import Proof
from hardenlab.law.seeds import prove_seeds
from hardenlab.model.problem import UsageProblem, nearest
from hardenlab.model.rubric import Section

Prove = Callable[[Ground, Section, str, str | None, Proof], None]

POINTS: Mapping[str, Prove] = {
    "1 seeds": prove_seeds,
    "2 solutions": prove_solutions,
    "3 alone": prove_alone,
    "4 wrong fixes": prove_wrong_fixes,
    "5 deleting": prove_deleting_earns_nothing,
    "6 repeatable": prove_repeatable,
    "7 empty": prove_empty_earns_nothing,
}
# what no variant changes: proven once a section
ONCE: Mapping[str, Prove] = {
    "2 kernel": prove_in_kernel,
    "7 leaks": prove_nothing_leaks,
    "8 documents": prove_documents,
    "8 needs": prove_needs,
}


def prove(
    course: Course,
    sections: Sequence[Section],
    variants: Sequence[str],
    *,
    only: str | None = None,
    kernel: bool = True,
    environment: Environment | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> list[Proof]:
    """Every point for these sections and variants.

    `only`: what concerns one task, misconfiguration, solution or wrong fix, or several misconfigurations planted
    together (`a+b`), in the sections that have it. UsageProblem: no section has it.
    """
    for section in sections:
        criteria_of(course, section)  # dangling ids are told before anything starts
    if only is not None:
        sections = _that_know(course, sections, only)
    with proving_ground(course, environment) as ground:
        proofs = []
        for section in sections:
            for point, variant in _agenda(variants, kernel and only is None):
                say(f"{section.id}: {point}, variant {variant}")
                proofs.append(prove_point(ground, section, point, variant, only))
        return proofs


def prove_point(ground: Ground, section: Section, point: str, variant: str, only: str | None = None) -> Proof:
    """One point of the law."""
    proof = Proof(section.id, point, variant, names_of(ground.course, section))
    started = time.perf_counter()
    {**POINTS, **ONCE}[point](ground, section, variant, only, proof)
    proof.seconds = time.perf_counter() - started
    return proof


def names_of(course: Course, section: Section) -> frozenset[str]:
    """What `only` can name: tasks, misconfigurations, solutions and wrong fixes of the section."""
    tasks = {task.id for task in section.tasks}
    ways, mistakes = course.fixes(course.lab(section.lab))
    fixes = {way.id for way in ways if way.task in tasks} | {wrong.id for wrong in mistakes if wrong.fails in tasks}
    return frozenset(tasks | fixes | set(course.scenario(section.scenario).misconfigurations))


def _that_know(course: Course, sections: Sequence[Section], only: str) -> list[Section]:
    chosen = [section for section in sections if _knows(course, section, only)]
    if not chosen:
        names = {name for section in sections for name in names_of(course, section)}
        raise UsageProblem(f"no task, misconfiguration or fix is named '{only[:100]}'.{nearest(only[:100], names)}")
    return chosen


def _knows(course: Course, section: Section, only: str) -> bool:
    together = set(only.split("+"))
    flags = set(course.scenario(section.scenario).misconfigurations)
    return only in names_of(course, section) or (len(together) > 1 and together <= flags)


@contextmanager
def proving_ground(course: Course, environment: Environment | None = None) -> Iterator[Ground]:
    """A warm backend of the environment (None: moto) for the time of the proof."""
    found = environment or find_environment()
    backend = found.start()
    ground = Ground(course, found, backend)
    try:
        yield ground
    finally:
        ground.close()
        backend.close()


def _agenda(variants: Sequence[str], kernel: bool) -> Iterator[tuple[str, str]]:
    for point in ONCE:
        if kernel or point != "2 kernel":
            yield point, variants[0]
    for variant in variants:
        for point in POINTS:
            yield point, variant
