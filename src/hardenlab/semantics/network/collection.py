"""The resources of one kind, to iterate over and to look up by id, Name tag or any tag."""

from typing import Protocol, TypeVar

from hardenlab.semantics.unjudged import Unjudged


class Tagged(Protocol):
    """What every resource has."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def tags(self) -> "dict[str, str]": ...


T = TypeVar("T", bound=Tagged)


class Resources(tuple[T, ...]):
    """All resources of one kind, in the order of their ids."""

    __slots__ = ()

    def get(self, id: str) -> T | None:
        """The resource with this id, or None."""
        return next((resource for resource in self if resource.id == id), None)

    def named(self, name: str) -> T:
        """The one resource whose Name tag (or name) this is. None or several cannot be judged."""
        found = self.all_named(name)
        if len(found) != 1:
            raise Unjudged(f"{len(found) or 'no'} resources are named {name!r}; the question is about one")
        return found[0]

    def all_named(self, name: str) -> tuple[T, ...]:
        """All resources whose Name tag (or name) this is."""
        return tuple(resource for resource in self if resource.name == name)

    def tagged(self, key: str, value: str | None = None) -> tuple[T, ...]:
        """All resources that carry the tag, with this value where one is given."""
        return tuple(r for r in self if key in r.tags and (value is None or r.tags[key] == value))
