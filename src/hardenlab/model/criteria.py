"""A section with everything that its ids name, ready to judge."""

from collections.abc import Mapping
from dataclasses import dataclass

from hardenlab.model.content import Control, Invariant
from hardenlab.model.rubric import Section


@dataclass(frozen=True)
class Criteria:
    """A section's rubric with its controls and invariants found, ready to judge."""

    section: Section
    controls: Mapping[str, Control]
    invariants: Mapping[str, Invariant]
