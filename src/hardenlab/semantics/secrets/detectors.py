"""Patterns of secrets from the detect-secrets library, as kept by the makers of Checkov; nothing is ever verified.

Only the patterns are used (`analyze_string` and the heuristics, which are pure): the library's scanner has global
settings and can ask the issuer of a key whether it is valid.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

# long lines are read in windows, so that no pattern meets a long one
WINDOW, OVERLAP = 1_000, 200
LEAST = 6
LINE = re.compile(r"[^\r\n]{6,}")
LEAST_ENTROPY = 20
PLACEHOLDER = re.compile(
    r"(?i)\A[\W_]*(?:change[-_ ]?me|example|placeholder|dummy|redacted|none|null|true|false|todo|your[-_].*|"
    r"<.*|\*+|x{4,}|.*EXAMPLE(?:KEY)?)[\W_]*\Z"
)
REFERENCE = re.compile(
    r"(?i)\{\{|\$\{|\$\(|\$[a-z_]|<%|arn:aws|^aws:|^ssm:|os\.environ|getenv|get_secret|get_parameter|secretsmanager|"
    r"fn::|!ref|!sub|valuefrom|^https?://[^:@/]*$|\(\)|\["
)
# patterns with several optional runs of blanks try all ways to share a long one
BLANKS = re.compile(r" {5,}")
# what a value begins with when the pattern caught its end only
BEFORE = re.compile(r"[^\s'\"=]{0,80}\Z")
Suspect = tuple[str, str, int]
"""What the pattern is of, the secret, and its offset in the text."""


def suspects(text: str) -> Iterator[Suspect]:
    """What looks like a secret; references to a store and placeholders do not. Private keys first, then by line."""
    for pattern in _library().whole:
        yield from (("Private Key", match[0], match.start()) for match in pattern.finditer(text))
    for line in LINE.finditer(text):
        for at in range(0, len(line[0]), WINDOW - OVERLAP):
            yield from _in_line(line[0][at : at + WINDOW], line.start() + at)


def _in_line(line: str, offset: int) -> Iterator[Suspect]:
    known = _library()
    for kind, find in known.patterns:
        for secret in find(line):
            at = line.find(secret)
            if _is_one(secret, line[:at], known):
                yield kind, secret, offset + at


def _is_one(secret: str, before: str, known: _Library) -> bool:
    written = "".join(match[0] for match in BEFORE.finditer(before)) + secret
    return (
        len(secret) >= LEAST
        and not PLACEHOLDER.match(secret)
        and not REFERENCE.search(written)
        and not any(is_harmless(secret) for is_harmless in known.harmless)
    )


class _Library:
    """The library's patterns and heuristics; imported at the first use, as it takes half a second."""

    def __init__(self) -> None:
        from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
        from detect_secrets.filters import heuristic
        from detect_secrets.plugins.high_entropy_strings import HighEntropyStringsPlugin
        from detect_secrets.plugins.keyword import (
            CONFIG_DENYLIST_REGEX_TO_GROUP,
            QUOTES_REQUIRED_DENYLIST_REGEX_TO_GROUP,
            KeywordDetector,
        )
        from detect_secrets.plugins.private_key import PrivateKeyDetector

        self.harmless: tuple[Callable[[str], bool], ...] = (
            heuristic.is_sequential_string,
            heuristic.is_potential_uuid,
            heuristic.is_templated_secret,
            heuristic.is_prefixed_with_dollar_sign,
            heuristic.is_aws_arn,
            heuristic.is_not_alphanumeric_string,
        )
        self.patterns: list[tuple[str, Callable[[str], Iterator[str]]]] = []
        late: list[tuple[str, Callable[[str], Iterator[str]]]] = []
        for kind, plugin in sorted(get_mapping_from_secret_type_to_class().items()):
            if issubclass(plugin, KeywordDetector):
                told = (QUOTES_REQUIRED_DENYLIST_REGEX_TO_GROUP, CONFIG_DENYLIST_REGEX_TO_GROUP)
                late.append((kind, _keyword(plugin(), *told)))
            elif issubclass(plugin, HighEntropyStringsPlugin):
                late.append((kind, _entropy(plugin())))  # type: ignore[call-arg]
            elif issubclass(plugin, PrivateKeyDetector):
                self.whole: tuple[re.Pattern[str], ...] = tuple(plugin.denylist)
            else:
                self.patterns.append((kind, _matches(plugin())))
        self.patterns += late  # a key of a known kind is told by its kind


def _matches(plugin: Any) -> Callable[[str], Iterator[str]]:
    """What the group of a pattern caught, or all of the match where the group is its beginning."""

    def find(line: str) -> Iterator[str]:
        squeezed = BLANKS.sub("    ", line)
        for pattern in plugin.denylist:
            for match in pattern.finditer(squeezed):
                caught = match.lastindex or 0
                yield match[caught] if match.start(caught) > match.start() else match[0]

    return find


def _keyword(plugin: Any, *patterns: Mapping[re.Pattern[str], int]) -> Callable[[str], Iterator[str]]:
    hasty = [{_hasty(pattern): group for pattern, group in some.items()} for some in patterns]

    def find(line: str) -> Iterator[str]:
        found = (list(plugin.analyze_string(line, some)) for some in hasty)
        return (secret.strip(" \t;,") for secret in next(filter(None, found), ()))

    return find


def _hasty(pattern: re.Pattern[str]) -> re.Pattern[str]:
    """The same pattern without second tries where none can match: hostile text would cost seconds.

    What follows a keyword's letters is never a letter, and what follows blanks never a blank.
    """
    return re.compile(pattern.pattern.replace(r")\w*", r")\w*+").replace(r"\s*", r"\s*+"), pattern.flags)


def _entropy(plugin: Any) -> Callable[[str], Iterator[str]]:
    def find(line: str) -> Iterator[str]:
        for secret in plugin.analyze_string(line):
            if len(secret) >= LEAST_ENTROPY and plugin.calculate_shannon_entropy(secret) > plugin.entropy_limit:
                yield secret

    return find


@lru_cache(maxsize=1)
def _library() -> _Library:
    return _Library()
