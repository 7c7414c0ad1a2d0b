"""Check an input against botocore's model as the services' own front does.

Source: Smithy specification, "Constraint traits" (required, enum, length, range, pattern).
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

MAX_PATTERN_INPUT = 8192  # characters given to a pattern of the model; the length is checked before
KINDS: Mapping[str, tuple[type, ...]] = {
    "structure": (dict,), "map": (dict,), "list": (list,), "string": (str,), "integer": (int,), "long": (int,),
    "float": (int, float), "double": (int, float), "boolean": (bool,), "blob": (bytes, str), "timestamp": (datetime,),
}  # fmt: skip


def complaints(shape: Any, value: Any) -> list[str]:
    """What is wrong with the input, in AWS's words, one sentence a constraint; empty when nothing is."""
    return [f"Value {_shown(at)} at '{path or '.'}' failed to satisfy constraint: {rule}"
            for path, at, rule in _broken(shape, value, "")]  # fmt: skip


def _broken(shape: Any, given: object, path: str) -> Iterator[tuple[str, Any, str]]:
    kind, value = shape.type_name, cast(Any, given)
    if not isinstance(given, KINDS.get(kind, (object,))) or (isinstance(given, bool) and kind in ("integer", "long")):
        yield path, value, f"Member must be a {kind}"
    elif kind == "structure":
        yield from _structure(shape, value, path)
    elif kind == "list":
        yield from _length(shape, value, path)
        for number, item in enumerate(value, 1):
            yield from _broken(shape.member, item, f"{path}.{number}.member")
    elif kind == "map":
        yield from _length(shape, value, path)
        for key, item in value.items():
            yield from _broken(shape.key, key, f"{path}.key")
            yield from _broken(shape.value, item, f"{path}.{key}")
    elif kind in ("string", "blob"):
        yield from _text(shape, value, path)
    elif kind in ("integer", "long", "float", "double"):
        yield from _range(shape, value, path)


def _structure(shape: Any, value: dict[str, Any], path: str) -> Iterator[tuple[str, Any, str]]:
    if getattr(shape, "is_tagged_union", False) and sum(1 for item in value.values() if item is not None) != 1:
        yield path, value, "Member must have exactly one of its members set"
    for name in shape.required_members:
        if value.get(name) is None:
            yield _under(path, name), None, "Member must not be null"
    for name, item in value.items():
        member = shape.members.get(name)
        if member is not None and item is not None:
            yield from _broken(member, item, _under(path, name))


def _under(path: str, name: str) -> str:
    name = name[:1].lower() + name[1:]
    return f"{path}.{name}" if path else name


def _length(shape: Any, value: Any, path: str) -> Iterator[tuple[str, Any, str]]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if high is not None and len(value) > high:
        yield path, value, f"Member must have length less than or equal to {high}"
    if low is not None and len(value) < low:
        yield path, value, f"Member must have length greater than or equal to {low}"


def _text(shape: Any, value: Any, path: str) -> Iterator[tuple[str, Any, str]]:
    broken = list(_length(shape, value, path))
    yield from broken
    values = shape.metadata.get("enum")
    if values and value not in values:
        yield path, value, f"Member must satisfy enum value set: [{', '.join(values)}]"
    pattern = shape.metadata.get("pattern")
    if pattern and not broken and isinstance(value, str) and not _fits(pattern, value):
        yield path, value, f"Member must satisfy regular expression pattern: {pattern}"


def _fits(pattern: str, value: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is None or len(value) > MAX_PATTERN_INPUT or compiled.fullmatch(value) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """The model's pattern, or None where Python's dialect cannot say it."""
    # Java's names of classes, which Python does not know
    for name, members in (("\\p{L}", "^\\W\\d_"), ("\\p{Z}", "\\s"), ("\\p{N}", "\\d"), ("\\p{Graph}", "\\x21-\\x7e"),
                          ("\\p{ASCII}", "\\x00-\\x7f"), ("\\p{Print}", "\\x20-\\x7e")):  # fmt: skip
        if name in pattern:
            if members.startswith("^"):
                members = "a-zA-Z\\u00aa-\\uffff"
            pattern = pattern.replace(name, members if _inside_class(pattern, name) else f"[{members}]")
    try:
        return re.compile(pattern, re.ASCII)  # as in Java, where \w and \d are ASCII
    except re.error:
        return None


def _inside_class(pattern: str, name: str) -> bool:
    before = pattern[: pattern.index(name)]
    return before.count("[") - before.count("\\[") > before.count("]") - before.count("\\]")


def _range(shape: Any, value: float, path: str) -> Iterator[tuple[str, Any, str]]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if high is not None and value > high:
        yield path, value, f"Member must have value less than or equal to {high}"
    if low is not None and value < low:
        yield path, value, f"Member must have value greater than or equal to {low}"


def _shown(value: Any) -> str:
    return "null" if value is None else f"'{str(value)[:100]}'"
