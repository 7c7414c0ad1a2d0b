"""Patterns of the policy language: text with wildcards and policy variables.

Rules: IAM User Guide, "IAM policy elements: Variables and tags" and "IAM JSON policy elements:
Resource". Patterns come from learners, so matching never backtracks: a pattern without `?` is a
sequence of substring searches, one with `?` is a set of states advanced once per character.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum

from hardenlab.semantics.iam.model import CannotJudge

Context = Mapping[str, tuple[str, ...]]


class Wild(Enum):
    RUN = "*"
    ONE = "?"


class Variable:
    """`${key}` or `${key, 'default'}`."""

    __slots__ = ("default", "key")

    def __init__(self, inside: str) -> None:
        key, comma, default = inside.partition(",")
        self.key = key.strip().lower()
        self.default = _unquoted(default.strip(), inside) if comma else None
        if not self.key or any(c in self.key for c in "{}$*?'\" "):
            raise CannotJudge(f"'${{{inside[:60]}}}' is not a policy variable")

    def value(self, context: Context) -> str | None:
        values = context.get(self.key)
        if values is None:
            return self.default
        if len(values) > 1:
            raise CannotJudge(f"{self.key} has several values and cannot be a policy variable")
        return values[0]


def _unquoted(default: str, inside: str) -> str:
    if len(default) < 2 or default[0] != "'" or default[-1] != "'":
        raise CannotJudge(f"the default in '${{{inside[:60]}}}' must stand in single quotes")
    return default[1:-1]


Token = str | Wild | Variable
PlainToken = str | Wild


class Template:
    """A pattern as written in a policy; `resolve` puts the request's values in place of its variables."""

    __slots__ = ("fixed", "tokens")

    def __init__(self, text: str, *, wildcards: bool, variables: bool, ignore_case: bool = False) -> None:
        self.tokens = tuple(_tokens(text.lower() if ignore_case else text, wildcards, variables))
        self.fixed: tuple[PlainToken, ...] | None = None
        plain = [token for token in self.tokens if not isinstance(token, Variable)]
        if len(plain) == len(self.tokens):
            self.fixed = tuple(plain)

    def resolve(self, context: Context, ignore_case: bool = False) -> tuple[PlainToken, ...] | None:
        """The tokens with variables replaced by literal text; None when a variable has no value."""
        if self.fixed is not None:
            return self.fixed
        resolved: list[PlainToken] = []
        for token in self.tokens:
            if isinstance(token, Variable):
                value = token.value(context)
                if value is None:
                    return None
                resolved.append(value.lower() if ignore_case else value)
            else:
                resolved.append(token)
        return tuple(resolved)


def _tokens(text: str, wildcards: bool, variables: bool) -> Iterable[Token]:
    position = 0
    while position < len(text):
        if variables and text.startswith("${", position):
            end = text.find("}", position)
            if end < 0:
                raise CannotJudge("a policy variable is not closed")
            inside = text[position + 2 : end]
            yield inside if inside in {"*", "?", "$"} else Variable(inside)
            position = end + 1
        elif wildcards and text[position] in "*?":
            yield Wild(text[position])
            position += 1
        else:
            end = _literal_end(text, position + 1, wildcards, variables)
            yield text[position:end]
            position = end


def _literal_end(text: str, start: int, wildcards: bool, variables: bool) -> int:
    stops = ("*", "?") if wildcards else ()
    found = [text.find(stop, start) for stop in (*stops, *(("${",) if variables else ()))]
    return min((f for f in found if f >= 0), default=len(text))


class Glob:
    """A pattern without variables, ready to match."""

    __slots__ = ("_pieces", "_states")

    def __init__(self, tokens: Iterable[PlainToken]) -> None:
        pieces: list[list[str | None]] = [[]]
        for token in tokens:
            if token is Wild.RUN:
                pieces.append([])
            elif token is Wild.ONE:
                pieces[-1].append(None)
            else:
                pieces[-1].append(str(token))
        self._pieces: tuple[str, ...] = ()
        self._states: States | None = None
        if any(None in piece for piece in pieces):
            self._states = States(pieces)
        else:
            self._pieces = tuple("".join(filter(None, piece)) for piece in pieces)

    def matches(self, text: str) -> bool:
        if self._states is not None:
            return self._states.accept(text)
        return _occur_in_order(self._pieces, text)


def _occur_in_order(pieces: tuple[str, ...], text: str) -> bool:
    """The leftmost place for each piece is never worse than a later one, so nothing is tried twice."""
    if len(pieces) == 1:
        return text == pieces[0]
    first, last = pieces[0], pieces[-1]
    position, end = len(first), len(text) - len(last)
    if position > end or not text.startswith(first) or not text.endswith(last):
        return False
    for piece in pieces[1:-1]:
        found = text.find(piece, position, end)
        if found < 0:
            return False
        position = found + len(piece)
    return True


class States:
    """All positions that a match may have reached, one bit each, advanced once per character."""

    __slots__ = ("_any", "_final", "_letters", "_loops")

    def __init__(self, pieces: Iterable[Iterable[str | None]]) -> None:
        self._letters: dict[str, int] = {}
        self._any = self._loops = 0
        place = 1
        for number, piece in enumerate(pieces):
            if number:
                self._loops |= place
            for part in piece:
                for letter in (None,) if part is None else part:
                    if letter is None:
                        self._any |= place
                    else:
                        self._letters[letter] = self._letters.get(letter, 0) | place
                    place <<= 1
        self._final = place

    def accept(self, text: Iterable[str]) -> bool:
        alive, letters, anything, loops = 1, self._letters, self._any, self._loops
        for letter in text:
            alive = (alive & loops) | ((alive & (letters.get(letter, 0) | anything)) << 1)
            if not alive:
                return False
        return bool(alive & self._final)


class ArnPattern:
    """An ARN pattern: each of the six components is matched by itself.

    Rules: IAM User Guide, "IAM JSON policy elements: Resource" and "IAM JSON policy elements: Condition
    operators" (ARN condition operators).
    """

    __slots__ = ("_components", "_plain", "_whole", "expands")

    def __init__(self, tokens: tuple[PlainToken, ...]) -> None:
        parts = _split_at_colons(tokens)
        self._components = tuple(Glob(part) for part in parts) if len(parts) == 6 else None
        self._whole = Glob(tokens)
        # without a wildcard before the fifth colon the components agree whenever the whole does
        self._plain = len(parts) == 6 and not any(isinstance(token, Wild) for part in parts[:5] for token in part)
        self.expands = any(part and part[-1] is Wild.RUN for part in parts[:-1]) or (
            len(parts) < 6 and bool(parts[-1]) and parts[-1][-1] is Wild.RUN
        )

    @property
    def is_arn(self) -> bool:
        return self._components is not None

    def matches(self, arn: str) -> bool:
        if self._components is None or not self._whole.matches(arn):
            return False
        if self._plain:
            return True
        parts = arn.split(":", 5)
        return len(parts) == 6 and all(glob.matches(part) for glob, part in zip(self._components, parts, strict=True))

    def matches_beyond_colons(self, arn: str) -> bool:
        """A `*` that ends a component "can expand to match beyond the colon boundaries"."""
        return self.expands and self._whole.matches(arn)


def _split_at_colons(tokens: tuple[PlainToken, ...]) -> list[list[PlainToken]]:
    parts: list[list[PlainToken]] = [[]]
    for token in tokens:
        if isinstance(token, Wild):
            parts[-1].append(token)
            continue
        first, *rest = token.split(":", 6 - len(parts))
        parts[-1] += [first] if first else []
        parts.extend([piece] if piece else [] for piece in rest)
    return parts
