"""How every verdict explains itself: one sentence, the same as data, and a picture where a picture helps.

Names in an explanation come from accounts and learners. The picture holds none of them: its labels are generated ids,
and a legend says what each stands for, so no name can become Mermaid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

Mood = Literal["end", "passes", "stops", "silent", "doubt"]
SHAPES: Mapping[Mood, str] = MappingProxyType(
    {"end": "([{}])", "passes": "[{}]", "stops": "[/{}/]", "silent": "({})", "doubt": "{{{{{}}}}}"}
)
COLOURS: Mapping[Mood, str] = MappingProxyType(
    {
        "passes": "fill:#e6f4ea,stroke:#1e7e34,color:#0b3d17",
        "stops": "fill:#fde8e8,stroke:#b42318,color:#5f120c",
        "doubt": "fill:#fff4d6,stroke:#9a6700,color:#4d3400",
    }
)
SHOWN = 300
PLAIN = frozenset(" .,:;/-+=")


@dataclass(frozen=True, slots=True)
class Node:
    """A place in a picture: what it is, and whether it lets through, stops, says nothing, or cannot be judged."""

    text: str
    mood: Mood = "passes"


@dataclass(frozen=True, slots=True)
class Picture:
    """Nodes and the arrows between them, by the nodes' places in the list."""

    nodes: tuple[Node, ...]
    arrows: tuple[tuple[int, int], ...]

    @classmethod
    def path(cls, nodes: Iterable[Node]) -> Picture:
        """One node after the other."""
        listed = tuple(nodes)
        return cls(listed, tuple((place, place + 1) for place in range(len(listed) - 1)))

    @property
    def legend(self) -> dict[str, str]:
        """What each label stands for; the texts are not escaped."""
        return {_label(place): node.text for place, node in enumerate(self.nodes)}

    @property
    def mermaid(self) -> str:
        """The picture as a Mermaid flowchart whose labels are n1, n2, … and nothing else."""
        lines = ["flowchart LR"]
        for place, node in enumerate(self.nodes):
            lines.append(f"    {_label(place)}{SHAPES[node.mood].format(_label(place))}")
        lines += [f"    {_label(start)} --> {_label(end)}" for start, end in self.arrows]
        for mood, colours in COLOURS.items():
            members = [_label(place) for place, node in enumerate(self.nodes) if node.mood == mood]
            if members:
                lines += [f"    classDef {mood} {colours}", f"    class {','.join(members)} {mood}"]
        return "\n".join(lines)

    @property
    def markdown(self) -> str:
        """The flowchart and its legend for a Markdown cell; every name is escaped."""
        rows = [f"| {label} | {escaped(text)} |" for label, text in self.legend.items()]
        return "\n".join(["```mermaid", self.mermaid, "```", "", "| | |", "|---|---|", *rows])


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a verdict is what it is. `sentence` ends without a full stop; `data` holds JSON values only."""

    sentence: str
    data: Mapping[str, Any] = field(default_factory=dict)
    picture: Picture | None = None

    def as_json(self) -> dict[str, Any]:
        """The whole explanation as JSON values: `sentence`, `data`, and `mermaid` with its `legend` if there is one."""
        whole: dict[str, Any] = {"sentence": self.sentence, "data": dict(self.data)}
        if self.picture is not None:
            whole |= {"mermaid": self.picture.mermaid, "legend": self.picture.legend}
        return whole

    def __str__(self) -> str:
        return self.sentence


def escaped(text: str) -> str:
    """Text that neither Markdown nor HTML nor a table reads as anything but itself."""
    shown = text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
    return "".join(_escaped(character) for character in shown)


def _escaped(character: str) -> str:
    if not character.isprintable():
        return "\N{REPLACEMENT CHARACTER}"
    return character if character.isalnum() or character in PLAIN else f"&#{ord(character)};"


def sentence_of(parts: Sequence[str]) -> str:
    """Parts joined by commas, with a capital letter in front."""
    text = ", ".join(part for part in parts if part)
    return text[:1].upper() + text[1:]


def _label(place: int) -> str:
    return f"n{place + 1}"
