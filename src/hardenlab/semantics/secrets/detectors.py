"""Patterns of secrets from the detect-secrets library, as kept by the makers of Checkov; nothing is ever verified.

Only the patterns are used (`analyze_string` and the heuristics, which are pure): the library's scanner has global
settings and can ask the issuer of a key whether it is valid.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

# long lines are read in windows, so that no pattern meets a long one
WINDOW, OVERLAP = 1_000, 200
MAX_LINES = 20_000
LEAST_KEYWORD = 6
LEAST_ENTROPY = 20
KEYWORD = "Secret Keyword"
PLACEHOLDER = re.compile(
    r"(?i)\A[\W_]*(?:change[-_ ]?me|example|placeholder|dummy|redacted|none|null|true|false|todo|your[-_].*|"
    r"<.*|\*+|x{4,}|.*EXAMPLE(?:KEY)?)[\W_]*\Z"
)
REFERENCE = re.compile(
    r"(?i)\{\{|\$\{|\$\(|\$[a-z_]|<%|arn:aws|^aws:|^ssm:|os\.environ|getenv|get_secret|get_parameter|secretsmanager|"
    r"fn::|!ref|!sub|valuefrom|^https?://[^:@/]*$|\(\)|\["
)
# what a value begins with when the pattern caught its end only
BEFORE = re.compile(r"[^\s'\"=]{1,80}\Z")
Suspect = tuple[str, str, int]
"""What the pattern is of, the secret, and its offset in the text."""


def suspects(text: str) -> Iterator[Suspect]:
    """What looks like a secret; references to a store and placeholders do not. Private keys first, then by line."""
    if "PRIVATE KEY" in text or "PuTTY" in text:
        for pattern in _library().whole:
            yield from (("Private Key", match[0], match.start()) for match in pattern.finditer(text))
    offset = 0
    for number, line in enumerate(text.splitlines(keepends=True)):
        if number >= MAX_LINES:
            return
        for start in range(0, max(1, len(line)), WINDOW - OVERLAP):
            yield from _in_line(line[start : start + WINDOW], offset + start)
            if start + WINDOW >= len(line):
                break
        offset += len(line)


def _in_line(line: str, offset: int) -> Iterator[Suspect]:
    if len(line) < LEAST_KEYWORD or not _worth(line):
        return
    known = _library()
    seen: set[str] = set()
    for kind, find in known.patterns:
        for secret in find(line):
            if secret and secret not in seen and _is_one(kind, secret, line, known):
                seen.add(secret)
                yield kind, secret, offset + max(0, line.find(secret))


def _worth(line: str) -> bool:
    """Whether some pattern could match: all of them need a long word, a keyword's sign, or a header."""
    return any(sign in line for sign in ("=", ":", '"', "'", "-----")) or any(len(word) > 15 for word in line.split())


def _is_one(kind: str, secret: str, line: str, known: _Library) -> bool:
    if PLACEHOLDER.match(secret) or any(is_harmless(secret) for is_harmless in known.harmless):
        return False
    if kind in (KEYWORD, "Basic Auth Credentials") and len(secret) < LEAST_KEYWORD:
        return False
    before = BEFORE.search(line[: max(0, line.find(secret))])
    return not REFERENCE.search((before[0] if before else "") + secret)


class _Library:
    """The library's patterns and heuristics; imported at the first use, as it takes half a second."""

    def __init__(self) -> None:
        from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
        from detect_secrets.filters import heuristic
        from detect_secrets.plugins.high_entropy_strings import HighEntropyStringsPlugin
        from detect_secrets.plugins.keyword import CONFIG_DENYLIST_REGEX_TO_GROUP, KeywordDetector
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
                late.append((kind, _keyword(plugin(), CONFIG_DENYLIST_REGEX_TO_GROUP)))
            elif issubclass(plugin, HighEntropyStringsPlugin):
                late.append((kind, _entropy(plugin())))  # type: ignore[call-arg]
            elif issubclass(plugin, PrivateKeyDetector):
                self.whole: tuple[re.Pattern[str], ...] = tuple(plugin.denylist)
            else:
                self.patterns.append((kind, _matches(plugin())))
        self.patterns += late  # a key of a known kind is told by its kind


def _matches(plugin: Any) -> Callable[[str], Iterator[str]]:
    """What the group of a pattern caught, or all of the match where that is a prefix only."""

    def find(line: str) -> Iterator[str]:
        for pattern in plugin.denylist:
            for match in pattern.finditer(line):
                caught = max((group or "" for group in match.groups()), key=len, default="")
                yield caught if len(caught) >= LEAST_KEYWORD else match[0]

    return find


def _keyword(plugin: Any, unquoted: Any) -> Callable[[str], Iterator[str]]:
    def find(line: str) -> Iterator[str]:
        found = list(plugin.analyze_string(line)) or list(plugin.analyze_string(line, unquoted))
        return (secret.strip(" \t\r\n;,") for secret in found if secret)

    return find


def _entropy(plugin: Any) -> Callable[[str], Iterator[str]]:
    def find(line: str) -> Iterator[str]:
        for secret in plugin.analyze_string(line):
            if len(secret) >= LEAST_ENTROPY and plugin.calculate_shannon_entropy(secret) > plugin.entropy_limit:
                yield secret

    return find


@lru_cache(maxsize=1)
def _library() -> _Library:
    return _Library()
