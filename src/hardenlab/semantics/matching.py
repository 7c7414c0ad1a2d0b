"""A pattern and events: does one match, why, and what a pattern misses or reports falsely among labelled ones."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from hardenlab.semantics.answer import Answer
from hardenlab.semantics.explanation import Explanation
from hardenlab.semantics.unjudged import Unjudged


@dataclass(frozen=True, slots=True)
class Match:
    """What a pattern makes of an event, with the conditions that decided."""

    answer: Answer

    @property
    def matched(self) -> bool | None:
        """Whether it matches; None when AWS's documentation leaves it open."""
        return self.answer.holds

    @property
    def sentence(self) -> str:
        """One sentence for the learner."""
        said = {True: "It matches", False: "It does not match", None: "It cannot be judged"}[self.matched]
        return f"{said}: {self.answer.because}"

    def explain(self) -> Explanation:
        """The verdict as a sentence, as data, and as a picture of the conditions that were asked."""
        data = {"matched": self.matched, "decision": self.answer.to_json()}
        return Explanation(self.sentence, data, self.answer.picture())


class Pattern(Protocol):
    """Whatever decides about one event."""

    def decide(self, event: Any) -> Match: ...


@dataclass(frozen=True, slots=True)
class Tried:
    """One labelled event and what the pattern made of it; `index` counts from 0."""

    index: int
    event: Any
    wanted: bool
    match: Match


@dataclass(frozen=True, slots=True)
class Trial:
    """A pattern over labelled events."""

    events: int
    caught: int
    """Events that should match and do."""
    missed: tuple[Tried, ...]
    false_alarms: tuple[Tried, ...]
    unjudged: tuple[Tried, ...]

    @property
    def right(self) -> bool:
        """Nothing missed, no false alarm, and nothing that could not be judged."""
        return not (self.missed or self.false_alarms or self.unjudged)

    def demand_judged(self) -> None:
        """Raise `Unjudged` when an event could not be judged."""
        if self.unjudged:
            raise Unjudged(self.unjudged[0].match.sentence)

    @property
    def sentence(self) -> str:
        """One sentence: how many, and why the first of them."""
        if self.right:
            others = self.events - self.caught
            return f"It matches the {self.caught} events that it should and none of the other {others}"
        alarms, doubts = (self.false_alarms, "falsely matches"), (self.unjudged, "cannot be judged on")
        counts = ((self.missed, "misses"), alarms, doubts)
        parts = [f"{verb} {_events(len(tried))}" for tried, verb in counts if tried]
        first = min((tried[0] for tried, _ in counts if tried), key=lambda tried: tried.index)
        return f"It {' and '.join(parts)}; event {first.index + 1}: {first.match.answer.because}"

    def explain(self) -> Explanation:
        """The trial as a sentence and as data, with the first event of each kind."""
        kinds = {"missed": self.missed, "false_alarms": self.false_alarms, "unjudged": self.unjudged}
        data: dict[str, Any] = {"events": self.events, "caught": self.caught}
        for name, tried in kinds.items():
            data[name] = [one.index for one in tried]
            if tried:
                data[f"first_{name}"] = {"event": tried[0].event, **tried[0].match.explain().as_json()}
        return Explanation(self.sentence, data)


def try_pattern(pattern: Pattern, labelled: Iterable[tuple[Any, bool]]) -> Trial:
    """Run a pattern over pairs of an event and whether it should match."""
    kinds: dict[str, list[Tried]] = {"missed": [], "false_alarms": [], "unjudged": []}
    caught = events = 0
    for index, (event, wanted) in enumerate(labelled):
        match = pattern.decide(event)
        events += 1
        if match.matched is wanted:
            caught += wanted
            continue
        kind = "unjudged" if match.matched is None else "missed" if wanted else "false_alarms"
        kinds[kind].append(Tried(index, event, wanted, match))
    return Trial(events, caught, *(tuple(kinds[kind]) for kind in ("missed", "false_alarms", "unjudged")))


def demand(match: Match) -> bool:
    """Yes or no; raises `Unjudged` when it is neither."""
    if match.matched is None:
        raise Unjudged(match.answer.because)
    return match.matched


def _events(count: int) -> str:
    return f"{count} event" if count == 1 else f"{count} events"
