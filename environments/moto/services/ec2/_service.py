"""The service that EC2's topics put their operations on, and what several topics need."""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from ...extend import Call, Refusal, Service

service = Service("ec2", invalid="InvalidParameterValue")

Row = dict[str, Any]


def refuse_dry_run(call: Call[Any]) -> None:
    """EC2 answers a dry run that would have worked with an error of its own."""
    if call.get("DryRun"):
        raise Refusal("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")


def tags_of(call: Call[Any], resource: str) -> list[dict[str, str]]:
    """The tags that a create operation gives to its resource; other resource types are refused."""
    tags: list[dict[str, str]] = []
    for specification in call.get("TagSpecifications", []):
        if specification.get("ResourceType") != resource:
            named = specification.get("ResourceType")
            raise Refusal("InvalidParameterValue", f"{named} is not a valid taggable resource type for this operation.")
        tags += [{"Key": tag["Key"], "Value": tag.get("Value", "")} for tag in specification.get("Tags", [])]
    return tags


def filtered(rows: Iterable[Row], filters: Iterable[Mapping[str, Any]], known: Mapping[str, str]) -> list[Row]:
    """The rows that fit every filter. `known`: filter's name -> member of the row; `*` and `?` are wildcards."""
    found = list(rows)
    for item in filters:
        name, wanted = str(item.get("Name")), [str(value) for value in item.get("Values", [])]
        if name not in known and not name.startswith("tag"):
            raise Refusal("InvalidParameterValue", f"The filter '{name}' is invalid")
        found = [row for row in found if any(_fits(value, wanted) for value in _values(row, name, known))]
    return found


def _values(row: Row, name: str, known: Mapping[str, str]) -> list[str]:
    tags = {tag["Key"]: tag["Value"] for tag in row.get("Tags", [])}
    if name == "tag-key":
        return list(tags)
    if name.startswith("tag:"):
        return [tags[name[4:]]] if name[4:] in tags else []
    value = row.get(known.get(name, ""))
    return [str(item) for item in (value if isinstance(value, list) else [value]) if item is not None]


def _fits(value: str, wanted: list[str]) -> bool:
    return any(fnmatchcase(value, pattern.replace("[", "[[]")) for pattern in wanted)


def existing(rows: Mapping[str, Row], ids: Iterable[str], code: str, what: str) -> list[Row]:
    """The rows of these ids, or all; an id that is not there is refused."""
    wanted = list(ids)
    missing = [id for id in wanted if id not in rows]
    if missing:
        raise Refusal(code, f"The {what} '{missing[0]}' does not exist")
    return [rows[id] for id in wanted] if wanted else list(rows.values())


def replaced(kind: type, name: str, make: Callable[[Any], Any]) -> None:
    """Put `make(original)` in the place of a method of one of moto's classes."""
    setattr(kind, name, make(getattr(kind, name)))


def decoded(text: str) -> bytes | None:
    """What base64 text stands for; None when it is not base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
