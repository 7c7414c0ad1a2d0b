"""Tags of resources that services of ours keep: the limits that all of AWS shares, and the three usual operations.

Sources: Tagging AWS Resources User Guide, "Tag naming limits and requirements"; the services' TagResource,
UntagResource and ListTagsForResource.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .models import operation_model
from .refusal import Refusal

MAX_TAGS = 50
MAX_KEY, MAX_VALUE = 128, 256  # characters
RESERVED = "aws:"
NAMES = ("Key", "key", "TagKey"), ("Value", "value", "TagValue")


@dataclass
class Tags:
    """The tags of one account and region's resources, by ARN. Refuses with the codes `invalid` and `too_many`."""

    invalid: str = "ValidationException"
    too_many: str = "LimitExceededException"
    _kept: dict[str, dict[str, str]] = field(default_factory=dict)

    def check(self, given: Any) -> None:
        """Refuse tags that no resource may have: before a resource is made."""
        self._checked(given)

    def put(self, arn: str, given: Any) -> None:
        """Add tags, as a list of Key and Value or as a map; a known key gets a new value."""
        tags = self._kept.get(arn, {}) | self._checked(given)
        if len(tags) > MAX_TAGS:
            raise Refusal(self.too_many, f"A resource can have at most {MAX_TAGS} tags.")
        self._kept[arn] = tags

    def drop(self, arn: str, keys: Iterable[str]) -> None:
        """Remove tags by key; keys that the resource lacks are no error."""
        for key in keys:
            if key.lower().startswith(RESERVED):
                raise Refusal(self.invalid, f"Tags whose key begins with {RESERVED} cannot be removed.")
            self._kept.get(arn, {}).pop(key, None)

    def forget(self, arn: str) -> None:
        """The resource is gone."""
        self._kept.pop(arn, None)

    def of(self, arn: str) -> dict[str, str]:
        """The tags as a map, in the order in which they came."""
        return dict(self._kept.get(arn, {}))

    def listed(self, arn: str) -> list[dict[str, str]]:
        """The tags as most services answer them: a list of Key and Value."""
        return [{"Key": key, "Value": value} for key, value in self.of(arn).items()]

    def _checked(self, given: Any) -> dict[str, str]:
        pairs = list(given.items()) if isinstance(given, Mapping) else [_pair(tag) for tag in given or ()]
        tags = dict(pairs)
        if len(tags) < len(pairs):
            raise Refusal(self.invalid, "The same tag key is given more than once.")
        if len(tags) > MAX_TAGS:
            raise Refusal(self.too_many, f"A resource can have at most {MAX_TAGS} tags.")
        for key, value in tags.items():
            if not 1 <= len(key) <= MAX_KEY or len(value) > MAX_VALUE:
                raise Refusal(
                    self.invalid, f"A tag has a key of 1 to {MAX_KEY} and a value of at most {MAX_VALUE} characters."
                )
            if key.lower().startswith(RESERVED):
                raise Refusal(self.invalid, f"Tag keys that begin with {RESERVED} are reserved for AWS.")
        return tags


@dataclass(frozen=True)
class TagMembers:
    """What a service calls the members of its tag operations, and whether its tags are a map."""

    resource: str
    tags: str
    keys: str
    answered: str
    as_map: bool
    names: tuple[str, str] = ("Key", "Value")

    @classmethod
    def read(cls, service: str, add: str, remove: str, read: str) -> "TagMembers":
        adding, removing = (operation_model(service, name).input_shape.members for name in (add, remove))
        answer = operation_model(service, read).output_shape.members
        resource = next(name for name in adding if "arn" in name.lower() or "resource" in name.lower())
        tags = next(name for name in adding if "tag" in name.lower())
        keys = next(name for name in removing if "tag" in name.lower())
        answered = next(name for name in answer if "tag" in name.lower())
        shape = answer[answered]
        as_map = shape.type_name == "map"
        names = ("Key", "Value") if as_map else _names(shape.member.members)
        return cls(resource, tags, keys, answered, as_map, names)

    def answer(self, tags: dict[str, str]) -> dict[str, Any]:
        """The answer that lists them."""
        if self.as_map:
            return {self.answered: tags}
        key_name, value_name = self.names
        return {self.answered: [{key_name: key, value_name: value} for key, value in tags.items()]}


def _names(members: Mapping[str, Any]) -> tuple[str, str]:
    key, value = (next(name for name in names if name in members) for names in NAMES)
    return key, value


def _pair(tag: Mapping[str, str]) -> tuple[str, str]:
    key, value = (next((tag[name] for name in names if tag.get(name) is not None), "") for names in NAMES)
    return key, value
