"""Call a learner's function with what a task gives it, where it is defined. What it answers is JSON, or told."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

ANSWER_CHARACTERS = 10_000
TOLD = 300


class Text(str):
    """Text that is its own representation: what the kernel sends of an expression's value."""

    def __repr__(self) -> str:
        return str(self)


def answers(names: Mapping[str, Any], name: str, calls: str) -> Text:
    """What the function of this name answers to each call, in JSON: `gave`, or `raised`; or `missing`.

    `calls` is JSON, too: a list of lists of arguments.
    """
    function = names.get(name)
    if not callable(function):
        return Text(json.dumps({"missing": name}))
    return Text(json.dumps({"answers": [_answer(function, arguments) for arguments in json.loads(calls)]}))


def _answer(function: Any, arguments: Sequence[Any]) -> dict[str, Any]:
    try:
        value = function(*arguments)
    except Exception as error:
        return {"raised": f"{type(error).__name__}: {error}"[:TOLD]}
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return {"raised": f"a {type(value).__name__} that is no JSON was returned"[:TOLD]}
    if len(text) > ANSWER_CHARACTERS:
        return {"raised": f"more than {ANSWER_CHARACTERS} characters were returned"}
    return {"gave": json.loads(text)}
