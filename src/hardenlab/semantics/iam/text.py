"""Policy text to values: JSON from strangers, read within bounds."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, NoReturn

from hardenlab.semantics.iam.model import CannotJudge

MAX_CHARACTERS = 131_072
MAX_NUMBER = 40


def load(text: str) -> Any:
    """The value of a JSON text; refuses duplicate keys, huge numbers, deep nesting and huge documents."""
    if len(text) > MAX_CHARACTERS:
        raise CannotJudge(f"the policy has more than {MAX_CHARACTERS} characters")
    try:
        return json.loads(
            text,
            object_pairs_hook=_unique,
            parse_int=_integer,
            parse_float=_decimal,
            parse_constant=_no_constant,
        )
    except ValueError as error:
        raise CannotJudge(f"the policy is not JSON: {error}") from None
    except RecursionError:
        raise CannotJudge("the policy is nested too deeply") from None


def scalar(value: object) -> str:
    """The text of a JSON scalar, as the policy language compares it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and value.bit_length() <= 4 * MAX_NUMBER:
        return str(value)
    if isinstance(value, (float, Decimal)):
        return str(value)
    raise CannotJudge("a value must be a text, a number or a truth value")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise CannotJudge(f"the key {twice[:80]!r} occurs twice in one object")
    return result


def _integer(digits: str) -> int:
    return int(_bounded(digits))


def _decimal(digits: str) -> Decimal:
    return Decimal(_bounded(digits))


def _bounded(digits: str) -> str:
    if len(digits) > MAX_NUMBER:
        raise CannotJudge(f"a number has more than {MAX_NUMBER} characters")
    return digits


def _no_constant(name: str) -> NoReturn:
    raise CannotJudge(f"{name} is not JSON")
