"""JSON of patterns and events: numbers keep their spelling, and of a duplicated key the last one counts.

EventBridge User Guide, "Event patterns" (a duplicated key is overridden by its last occurrence) and "Content filtering
in event patterns" (numbers).
"""

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

from hardenlab.semantics.reading import Document, Malformed, kind_of

MAX_PATTERN = 4096
MAX_EVENT = 1_048_576
MAX_DIGITS = 60
Number = int | Decimal


def load(document: Document, name: str, most: int) -> Mapping[str, Any]:
    """The object of a JSON text; a mapping is taken as it is."""
    if not isinstance(document, str):
        value: Any = document
    elif len(document) > most:
        raise Malformed(name, f"has more than {most} characters; shorten it")
    else:
        value = _parsed(document, name)
    if not isinstance(value, Mapping):
        raise Malformed(name, f"must be an object, not {kind_of(value)}")
    return value


def number_of(value: object) -> Number | None:
    """The value as an exact number; None for what is no finite number, so also for true and false."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    if isinstance(value, float):
        return Decimal(repr(value)) if math.isfinite(value) else None
    return value


def _parsed(text: str, name: str) -> object:
    def number(digits: str) -> Number:
        if len(digits) > MAX_DIGITS:
            raise Malformed(name, f"has a number of more than {MAX_DIGITS} characters; write a shorter one")
        return int(digits) if digits.lstrip("-").isdigit() else Decimal(digits)

    def constant(word: str) -> NoReturn:
        raise Malformed(name, f"is not JSON: {word} is not a number; write one")

    try:
        return json.loads(text, parse_int=number, parse_float=number, parse_constant=constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Malformed(name, f"is not JSON: {error.msg} in {where}; mend it there") from None
    except RecursionError:
        raise Malformed(name, "is nested too deeply; make it flatter") from None
