"""Point 1: the healthy seed passes; each misconfiguration fails and breaks what it declares, alone, all, in pairs."""

from collections.abc import Collection
from itertools import combinations

from hardenlab.course.criteria import failed_by
from hardenlab.law.ground import Ground
from hardenlab.law.result import Proof
from hardenlab.model.assessment import Assessment
from hardenlab.model.finding import Verdict
from hardenlab.model.rubric import Section

PAIRS = 12


def prove_seeds(ground: Ground, section: Section, variant: str, only: str | None, proof: Proof) -> None:
    """Plant flags and compare what fails with what is declared. Pairs: a share of them in each variant."""
    flags = ground.course.scenario(section.scenario).misconfigurations
    chosen = [name for name, flag in flags.items() if only is None or only in (name, *failed_by(section, flag))]
    if only is None:
        _compare(ground, section, variant, (), proof)
        _compare(ground, section, variant, tuple(flags), proof)
        for pair in _share(list(combinations(flags, 2)), variant):
            _compare(ground, section, variant, pair, proof)
        _every_task_has_a_flag(ground, section, proof)
    elif "+" in only:
        _compare(ground, section, variant, tuple(only.split("+")), proof)
    for name in chosen:
        _compare(ground, section, variant, (name,), proof)


def _compare(ground: Ground, section: Section, variant: str, planted: Collection[str], proof: Proof) -> None:
    flags = ground.course.scenario(section.scenario).misconfigurations
    fails = {task for name in planted for task in failed_by(section, flags[name])}
    breaks = {flow for name in planted for flow in flags[name].breaks}
    with ground.world(section, variant, planted) as world:
        assessment = world.first
    about = "+".join(planted) or "healthy"
    measured = failing(assessment)
    proof.claim(set(measured) == fails, about, f"failing tasks {sorted(fails)}", measured)
    broken = {result.invariant: _messages(result.findings) for result in assessment.invariants if not result.holds}
    proof.claim(set(broken) == breaks, about, f"broken flows {sorted(breaks)}", broken)
    unknown = [f.message for result in assessment.tasks for f in result.findings if f.verdict is Verdict.UNKNOWN]
    proof.claim(not unknown, about, "every finding decided", unknown)
    unjudged = [task.id for task in section.tasks if task.control and not assessment.task(task.id).findings]
    proof.claim(not unjudged, about, "a finding for every control", unjudged)


def _every_task_has_a_flag(ground: Ground, section: Section, proof: Proof) -> None:
    flags = ground.course.scenario(section.scenario).misconfigurations
    for task in section.tasks:
        if task.control is not None:
            alone = [flag for flag in flags.values() if task.id in failed_by(section, flag)]
            proof.claim(bool(alone), task.id, "failed by some misconfiguration alone", "by none")


def failing(assessment: Assessment) -> dict[str, list[str]]:
    """The tasks with a failed finding, and what those say."""
    return {
        result.task: _messages(result.findings)
        for result in assessment.tasks
        if any(finding.verdict is Verdict.FAILED for finding in result.findings)
    }


def _messages(findings: Collection[object]) -> list[str]:
    return [f"{f.resource}: {f.message}" for f in findings if f.verdict is not Verdict.PASSED]  # type: ignore[attr-defined]


def _share(pairs: list[tuple[str, str]], variant: str) -> list[tuple[str, str]]:
    """At most PAIRS of them, others in the next variant, so that a few variants see them all."""
    digits = "".join(char for char in variant if char.isdigit())[-6:] or "0"
    groups = max(1, -(-len(pairs) // PAIRS))
    return pairs[int(digits) % groups :: groups]
