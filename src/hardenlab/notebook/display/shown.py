"""What a call of the lab object returns: one value for the notebook, the terminal and programs."""

from collections.abc import Callable, Mapping
from typing import Any

from hardenlab.notebook.display import html, text

MIME = "application/vnd.hardenlab.result+json"
TEXTS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "check": text.assessment_text,
    "overview": text.overview_text,
    "question": text.question_text,
    "hint": text.hint_text,
    "solution": text.solution_text,
    "undone": text.undone_text,
    "checkpoint": text.checkpoint_text,
    "journal": text.journal_text,
    "map": text.map_text,
}
PAGES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "check": html.assessment_html,
    "overview": html.overview_html,
    "question": html.question_html,
    "hint": html.hint_html,
    "solution": html.solution_html,
    "undone": html.undone_html,
    "checkpoint": html.checkpoint_html,
    "journal": html.journal_html,
}


class Shown:
    """An answer of the attempt. `data` is its JSON."""

    def __init__(self, kind: str, data: Mapping[str, Any]) -> None:
        self.kind = kind
        self.data = data

    def __repr__(self) -> str:
        return TEXTS[self.kind](self.data)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return {
            "text/plain": repr(self),
            "text/html": PAGES[self.kind](self.data),
            MIME: {"kind": self.kind, **self.data},
        }


class Picture(Shown):
    """A diagram: Markdown with a Mermaid block, which JupyterLab draws, and the legend beneath it."""

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return {
            "text/plain": repr(self),
            "text/markdown": text.map_markdown(self.data),
            MIME: {"kind": self.kind, **self.data},
        }


class CheckResult(Shown):
    """What a check or an answer found."""

    @property
    def earned(self) -> float:
        return float(self.data["assessment"]["earned"])

    @property
    def points(self) -> float:
        return float(self.data["assessment"]["points"])

    @property
    def passed(self) -> bool:
        """Whether every task that was checked passed."""
        return all(task["status"] == "passed" for task in self.data["assessment"]["tasks"])
