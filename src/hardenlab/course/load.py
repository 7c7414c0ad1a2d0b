"""Load a course: labs, scenarios and controls, with every id that crosses a folder checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType

from hardenlab.course.lab_toml import read_lab
from hardenlab.course.modules import load_module, load_modules, of_kind
from hardenlab.course.references import check_references
from hardenlab.model.content import (
    Control,
    DrawnQuestion,
    Invariant,
    LearnerFunction,
    Misconfiguration,
    Scenario,
    Solution,
    WrongFix,
)
from hardenlab.model.problem import ContentProblem, UsageProblem, nearest
from hardenlab.model.rubric import Lab, Section

HIDDEN = "hidden"
CONTROLS = ("graders", HIDDEN)


@dataclass(frozen=True)
class LoadedScenario:
    """A scenario file: its story, its seed, and by name its misconfigurations, invariants and questions."""

    id: str
    story: str
    seed: Scenario
    misconfigurations: Mapping[str, Misconfiguration]
    invariants: Mapping[str, Invariant]
    questions: Mapping[str, DrawnQuestion]


@dataclass(frozen=True)
class Course:
    """A course on disk. Labs are read at once; scenarios, controls and fixes when they are first asked for."""

    root: Path
    labs: Mapping[str, Lab]

    @cached_property
    def controls(self) -> Mapping[str, Control]:
        """Every control of `graders/`, and of `hidden/`, which no learner's copy has."""
        found: dict[str, Control] = {}
        modules = [module for folder in CONTROLS for module in load_modules(self.root, folder).values()]
        for module in modules:
            for item in of_kind(module, Control):
                if item.id in found:
                    raise ContentProblem(
                        f"{item.where}: the control '{item.id}' is also at {found[item.id].where}. Rename one."
                    )
                check_references(item)
                found[item.id] = item
        return found

    @cached_property
    def functions(self) -> Mapping[str, LearnerFunction]:
        """What learners' functions must answer, by name. It is in `hidden/`: no learner's copy has it."""
        modules = load_modules(self.root, HIDDEN).values()
        return {item.id: item for module in modules for item in of_kind(module, LearnerFunction)}

    def keeps_hidden(self, control: str) -> bool:
        """Whether the control stays with the instructor."""
        return Path(self.controls[control].where).parent == self.root / HIDDEN

    @property
    def sections(self) -> list[Section]:
        return [section for lab in self.labs.values() for section in lab.sections]

    def section(self, reference: str) -> Section:
        """A section by `<lab>/<notebook>`, or by its lab alone when the lab has one section."""
        reference = reference.strip("/").removesuffix(".ipynb").removesuffix(".md")
        for section in self.sections:
            if reference in (section.id, section.notebook):
                return section
        lab = self.labs.get(reference)
        if lab and len(lab.sections) == 1:
            return lab.sections[0]
        if lab:
            names = ", ".join(section.id for section in lab.sections)
            raise UsageProblem(f"the lab '{reference}' has several sections: name one of {names}.")
        known = {section.id for section in self.sections} | set(self.labs)
        raise UsageProblem(f"there is no lab or section '{reference}'.{nearest(reference, known)}")

    def lab(self, reference: str) -> Lab:
        if reference not in self.labs:
            raise UsageProblem(f"there is no lab '{reference}'.{nearest(reference, set(self.labs))}")
        return self.labs[reference]

    def scenario(self, scenario_id: str) -> LoadedScenario:
        path = self.root / "scenarios" / f"{scenario_id}.py"
        if not path.is_file():
            known = {file.stem for file in (self.root / "scenarios").glob("*.py")}
            raise ContentProblem(f"there is no scenario '{scenario_id}' in {path.parent}.{nearest(scenario_id, known)}")
        return _scenario(scenario_id, load_module(self.root, path), path)

    def fixes(self, lab: Lab) -> tuple[list[Solution], list[WrongFix]]:
        """The lab's further solutions and known wrong fixes. A student build has none."""
        path = lab.folder / "fixes.py"
        if not path.is_file():
            return [], []
        module = load_module(self.root, path)
        return list(of_kind(module, Solution)), list(of_kind(module, WrongFix))


def load_course(root: Path) -> Course:
    """Read every `lab.toml` of the course."""
    files = sorted((root / "labs").glob("*/lab.toml"))
    if not files:
        raise ContentProblem(f"{root / 'labs'} has no lab: write labs/<lab>/lab.toml.")
    labs = [read_lab(path) for path in files]
    return Course(root, {lab.id: lab for lab in labs})


def _scenario(scenario_id: str, module: ModuleType, path: Path) -> LoadedScenario:
    seeds = list(of_kind(module, Scenario))
    if len(seeds) != 1:
        raise ContentProblem(f"{path}: a scenario file needs exactly one @scenario function, this has {len(seeds)}.")
    return LoadedScenario(
        scenario_id,
        (module.__doc__ or "").strip(),
        seeds[0],
        {item.id: item for item in of_kind(module, Misconfiguration)},
        {item.id: item for item in of_kind(module, Invariant)},
        {item.id: item for item in of_kind(module, DrawnQuestion)},
    )
