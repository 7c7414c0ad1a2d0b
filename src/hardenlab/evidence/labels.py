"""Labels: what a record is part of. They stand beside the records and never in them; answer keys come from them."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

R = TypeVar("R", covariant=True)
Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Label:
    """A step of an attack: the story's name, the step's, and what caused it, as a sentence."""

    story: str
    step: str
    because: str


@dataclass(frozen=True, slots=True)
class Labelled(Generic[R]):
    """A record of a log, and the attack that it belongs to; `label` is None for all that is harmless."""

    record: R
    label: Label | None = None
