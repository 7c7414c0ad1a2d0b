"""A filter pattern, read once and asked about many events."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from hardenlab.semantics.answer import Answer
from hardenlab.semantics.log_patterns.delimited import Delimited, read_delimited
from hardenlab.semantics.log_patterns.json_form import Condition, read_json_form
from hardenlab.semantics.log_patterns.pointing import refuse
from hardenlab.semantics.log_patterns.terms import Terms, read_terms
from hardenlab.semantics.matching import Match, demand
from hardenlab.semantics.reading import Malformed, kind_of

MAX_PATTERN = 1024
MAX_EVENT = 1 << 20
Event = str | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FilterPattern:
    """A pattern of a metric filter, subscription filter or FilterLogEvents; make one with `FilterPattern.read`.

    CloudWatch Logs User Guide, "Filter pattern syntax for metric filters, subscription filters, filter log events, and
    Live Tail".
    """

    text: str
    form: Terms | Condition | Delimited

    @staticmethod
    def read(text: str) -> "FilterPattern":
        """Read a pattern. Raises `Misplaced`, a `Malformed` with column and picture, for what AWS would refuse, and
        `Unjudged` for what it does not document."""
        if not isinstance(text, str):
            raise Malformed("filter pattern", f"must be a text, not {kind_of(text)}")
        if len(text) > MAX_PATTERN:
            refuse(text, MAX_PATTERN, f"a pattern takes {MAX_PATTERN} characters and this has {len(text)}; shorten it")
        bare = text.strip()
        if bare.startswith("{"):
            return FilterPattern(text, read_json_form(text))
        return FilterPattern(text, read_delimited(text) if bare.startswith("[") else read_terms(text))

    def decide(self, event: Event) -> Match:
        """What the pattern makes of an event: the log line, or the object that the line is the JSON of."""
        return Match(self._answer(event))

    def matches(self, event: Event) -> bool:
        """Whether it matches; raises `Unjudged` where AWS does not document it."""
        return demand(self.decide(event))

    def _answer(self, event: Event) -> Answer:
        if isinstance(self.form, (Terms, Delimited)):
            line = event if isinstance(event, str) else _line(event)
            if len(line) > MAX_EVENT:
                return Answer(None, f"the event has more than the {MAX_EVENT} characters of a log event")
            return self.form.decide(line)
        value = _value(event) if isinstance(event, str) else event
        if isinstance(value, Answer):
            return value
        return self.form.decide(value)


def _line(event: Mapping[str, Any]) -> str:
    try:
        return json.dumps(event, separators=(",", ":"), ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise Malformed("the event", "is not an object that JSON can hold; give the log line") from error


def _value(line: str) -> Mapping[str, Any] | Answer:
    """The object of a JSON line, or the answer for a line that is none."""
    if len(line) > MAX_EVENT:
        return Answer(None, f"the event has more than the {MAX_EVENT} characters of a log event")
    try:
        value = json.loads(line, parse_constant=_no_constant)
    except json.JSONDecodeError:
        return Answer(False, "the line is not JSON")
    except (RecursionError, ValueError):
        return Answer(None, "AWS does not document JSON so deep, or with such numbers")
    if isinstance(value, dict):
        return value
    return Answer(None, f"AWS does not document a filter over {kind_of(value)} at the top of the JSON")


def _no_constant(name: str) -> NoReturn:
    raise json.JSONDecodeError("not a number", name, 0)
