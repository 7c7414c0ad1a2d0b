"""What a section asks of an environment, recorded; and the proof that `labs/needs.json` says it."""

import json

from hardenlab.assess.recorded import RECORD_ASSESSMENT, RECORD_SEED
from hardenlab.assess.world import Workload
from hardenlab.course.load import Course
from hardenlab.course.needs import Needs, by_service, needs_file, read_needs
from hardenlab.law.cells import answer_cells
from hardenlab.law.ground import Ground
from hardenlab.law.result import Proof
from hardenlab.model.rubric import Section

VARIANT = "law-1"


def record_needs(ground: Ground, section: Section, variant: str = VARIANT) -> dict[str, list[str]]:
    """The operations, by service, that the section's seed, every solution and its graders call."""
    actions = set(_seed(ground, section, variant))
    answers = answer_cells(ground, section)
    ways = [way for way in ground.course.fixes(ground.course.lab(section.lab))[0] if way.task in answers]
    with ground.world(section, variant) as world:
        for way in (None, *ways):
            with ground.live(section, world) as live:
                ground.session.called.clear()
                live.run([cell.source for task, cell in answers.items() if way is None or task != way.task])
                if way is not None:
                    live.call(way.function)
                actions |= ground.session.called
                actions |= set(live.ledger.look(RECORD_ASSESSMENT, world.question({}))["actions"])
    return by_service(actions)


def write_needs(course: Course, ground: Ground) -> bool:
    """Record every section of the course; answers whether the file has changed."""
    needs = {section.id: record_needs(ground, section) for section in course.sections}
    path, text = needs_file(course), json.dumps(needs, indent=1) + "\n"
    changed = not path.exists() or path.read_text(encoding="utf-8") != text
    if changed:
        path.write_text(text, encoding="utf-8")
    return changed


def prove_needs(ground: Ground, section: Section, variant: str, only: str | None, proof: Proof) -> None:
    """Where the course has recorded what its sections need, it says so of this one too, and truly."""
    if not needs_file(ground.course).exists() or not ground.environment.exact:
        proof.claim(True, "needs", "nothing is recorded here", "")
        return
    said, found = _actions(read_needs(ground.course).get(section.id, {})), _actions(record_needs(ground, section))
    proof.claim(said == found, "needs", "labs/needs.json is current (hardenlab docs)", sorted(said ^ found))


def _actions(needs: Needs) -> set[str]:
    return {f"{service}:{name}" for service, names in needs.items() for name in names}


def _seed(ground: Ground, section: Section, variant: str) -> list[str]:
    backend = ground.backend.clone()
    try:
        arguments = Workload.arguments_of(ground.course.root, section, variant)
        actions: list[str] = backend.seed(RECORD_SEED, arguments, f"{section.scenario}:{variant}")["actions"]
        return actions
    finally:
        backend.close()
