"""The names and ids of the account's resources, as `lab.facts`."""

from collections.abc import Iterator, Mapping
from typing import Any

from hardenlab.model.problem import UsageProblem, nearest


class UnknownFact(UsageProblem, KeyError):
    """A name that the scenario recorded no fact under."""

    def __str__(self) -> str:  # a KeyError would show the sentence in quotes
        return str(self.args[0])


class Facts(Mapping[str, Any]):
    """A mapping whose unknown names answer with the near misses."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self._facts = dict(facts)

    def __getitem__(self, name: str) -> Any:
        if name not in self._facts:
            raise UnknownFact(f"this account has no fact '{str(name)[:100]}'.{nearest(str(name), set(self._facts))}")
        return self._facts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def __repr__(self) -> str:
        return repr(self._facts)
