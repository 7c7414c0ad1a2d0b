"""What the last grading found, beside the marks: one JSON file for each student's notebook, in the private folder."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

from hardenlab.cohort.variants import PRIVATE
from hardenlab.model.assessment import Assessment

RESULTS = "results"


@dataclass(frozen=True)
class Result:
    """What grading one notebook came to: its assessment, or the problem that sent it to a person."""

    student: str
    notebook: str
    assessment: Assessment | None
    problem: str = ""
    signed: float | None = None
    """When the classroom signed the journal, in seconds since 1970 (UTC); None: it did not."""


class KeepResult(NbGraderPreprocessor):  # type: ignore[misc]
    """After the judgement: keep it for the report and for the next re-grading."""

    folder = Unicode(help="The instructor's folder.").tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        names, found = resources["nbgrader"], resources.get("hardenlab")
        if found is not None:
            path = folder_of(Path(self.folder), names["assignment"]) / names["student"] / f"{names['notebook']}.json"
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = path.with_name(f".{path.name}.new")
            draft.write_text(json.dumps(found), encoding="utf-8")
            draft.replace(path)
        return nb, resources


def read_results(root: Path, lab: str) -> Iterator[Result]:
    """The results of a lab's last grading, by student and notebook; one that cannot be read is left out."""
    for path in sorted(folder_of(root, lab).glob("*/*.json")):
        try:
            found = json.loads(path.read_bytes())
            assessment = Assessment.from_json(found["assessment"]) if found["assessment"] else None
            yield Result(path.parent.name, path.stem, assessment, str(found.get("problem", "")), found.get("signed"))
        except (ValueError, KeyError, TypeError):
            continue


def folder_of(root: Path, lab: str) -> Path:
    """Where the results of a lab lie, by student."""
    return root / PRIVATE / RESULTS / lab
