"""A synthetic class: an instructor's folder with a released lab, and students' submissions that real accounts wrote.

Students of one variant hand in one of a few journals that were made in it: all solved, half of it, nothing.
"""

import os
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hardenlab.cohort.build import init_course
from hardenlab.cohort.folder import CourseFolder
from hardenlab.cohort.release import release_lab
from hardenlab.cohort.roster import STUDENTS
from hardenlab.cohort.variants import expected_variant
from hardenlab.course.find import CHECKOUT, FOLDERS
from hardenlab.course.load import Course, load_course
from hardenlab.environment import find_environment
from hardenlab.law.cells import answer_cells
from hardenlab.law.ground import Ground
from hardenlab.model.rubric import Section

LAB, NOTEBOOK = "m3-network", "2-segmentation"  # 10 controls, 4 questions, 6 invariants, 34 writes
WRITES = 40
WAYS = 2  # of doing a section that `works` makes
HANDED_IN = "2026-11-01 12:00:00.000000 UTC"


@dataclass(frozen=True)
class Work:
    """One way to do the lab: a journal, and the points that it earns."""

    journal: bytes
    writes: int
    earned: float


def one_section_course(folder: Path, lab: str = LAB, notebook: str = NOTEBOOK) -> Course:
    """A copy of the course whose only lab has only this section."""
    for name in (*FOLDERS, "hidden"):
        if name != "labs":
            shutil.copytree(CHECKOUT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    source, target = CHECKOUT / "labs" / lab, folder / "labs" / lab
    target.mkdir(parents=True)
    head, *sections = re.split(r"(?m)^(?=\[\[section\]\]$)", (source / "lab.toml").read_text())
    kept = [text for text in sections if f'notebook = "{notebook}"' in text]
    (target / "lab.toml").write_text(head + "".join(kept))
    shutil.copy(source / f"{notebook}.md", target)
    shutil.copy(CHECKOUT / "labs" / "needs.json", folder / "labs")
    return load_course(folder)


@contextmanager
def proving_ground(course: Course) -> Iterator[Ground]:
    backend = find_environment("moto").start()
    ground = Ground(course, find_environment("moto"), backend)
    try:
        yield ground
    finally:
        ground.close()
        backend.close()


def works(ground: Ground, section: Section, variant: str, writes: int = WRITES) -> list[Work]:
    """All solved, and half of it, each with `writes` writes: tags make up what the solution does not need."""
    sources = [cell.source for cell in answer_cells(ground, section).values()]
    found = []
    with ground.world(section, variant) as world:
        for cells in (sources, sources[: len(sources) // 2]):
            with ground.live(section, world) as live:
                live.run(cells)
                vpc = live.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
                for number in range(writes - _writes(live.ledger.journal.path)):
                    live.client("ec2").create_tags(Resources=[vpc], Tags=[{"Key": "n", "Value": str(number)}])
                path = live.ledger.journal.path
                found.append(Work(path.read_bytes(), _writes(path), live.assess().earned))
    return found


def _writes(journal: Path) -> int:
    return journal.read_bytes().count(b'"kind":"call"')


def synthetic_class(
    root: Path, course: Course, students: int, variants: int | None, database: str = "sqlite:///gradebook.db",
    writes: int = WRITES, link: bool = False,
) -> tuple[CourseFolder, dict[str, float]]:  # fmt: skip
    """A course folder whose students have all handed in; answers the points that each must earn.

    `link`: equal files are hard links to one. Change none of them then.
    """
    names = [f"s{number:05}" for number in range(students)]
    folder = init_course(root, "bench", course.root, database=database)
    (root / STUDENTS).write_text("id,first_name,last_name,email,lms_user_id,extra_days\n" + _rows(names))
    (lab,) = course.labs.values()
    release_lab(folder, lab.id, variants)
    return folder, hand_in(folder, course, names, writes, link)


def hand_in(
    folder: CourseFolder, course: Course, names: Sequence[str], writes: int = WRITES, link: bool = False
) -> dict[str, float]:
    """Every student hands in; variants are seeded once, one after another."""
    (lab,) = course.labs.values()
    groups = defaultdict(list)
    for name in names:
        groups[expected_variant(folder.root, lab.id, name) or "home"].append(name)
    expected: dict[str, float] = {}
    with proving_ground(course) as ground:
        for variant, group in groups.items():
            made = {section.notebook: works(ground, section, variant, writes) for section in lab.sections}
            first: list[Path] = []
            for number, name in enumerate(group):
                place = folder.root / "submitted" / name / lab.id
                chosen = {notebook: found[number % len(found)] for notebook, found in made.items()}
                expected[name] = sum(work.earned for work in chosen.values())
                if link and number >= WAYS:
                    shutil.copytree(first[number % WAYS], place, copy_function=os.link)
                else:
                    _submit(folder.root / "release" / lab.id, place, chosen)
                    first.append(place)
    return expected


def _submit(release: Path, place: Path, works: Mapping[str, Work]) -> None:
    shutil.copytree(release, place)
    (place / "timestamp.txt").write_text(HANDED_IN)
    for notebook, work in works.items():
        (place / f"{notebook}.journal").write_bytes(work.journal)


def _rows(names: Sequence[str]) -> str:
    return "".join(f"{name},Student,{name},,,\n" for name in names)
