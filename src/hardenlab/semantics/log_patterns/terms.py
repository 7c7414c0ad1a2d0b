"""Patterns of words, quoted phrases and one regular expression, over any line.

CloudWatch Logs User Guide, "Using filter patterns to match terms in unstructured log events": case matters; all terms
must occur, none after a minus sign may, and of those after question marks one must; what is not letters, digits and
underscores stands in double quotes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from hardenlab.semantics.answer import Answer, all_of, any_of, not_
from hardenlab.semantics.log_patterns.pointing import refuse
from hardenlab.semantics.log_patterns.regex import read_regex
from hardenlab.semantics.reading import shown
from hardenlab.semantics.regular import Searcher
from hardenlab.semantics.unjudged import Unjudged

TERM = re.compile(r'([?-]?) *(?:"([^"]*)"|%([^%]*)%|([A-Za-z0-9_]+))')


@dataclass(frozen=True, slots=True)
class Term:
    """A text that must occur, must not (`-`), or is one of those of which one must (`?`)."""

    sign: str
    text: str
    searcher: Searcher | None = None

    def decide(self, line: str) -> Answer:
        """Whether it occurs."""
        occurs = self.searcher.search(line) is not None if self.searcher else self.text in line
        what = f"%{self.text}%" if self.searcher else shown(self.text)
        return Answer(occurs, f"{what} {'occurs' if occurs else 'does not occur'}", f"{self.sign}{what}")


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a pattern."""

    terms: tuple[Term, ...]

    def decide(self, line: str) -> Answer:
        if not self.terms:
            return Answer(True, "an empty pattern matches every event")
        if self.terms[0].sign == "?":
            return any_of(term.decide(line) for term in self.terms)
        answers = ((term.sign, term.decide(line)) for term in self.terms)
        return all_of(not_(answer) if sign == "-" else answer for sign, answer in answers)


def read_terms(pattern: str) -> Terms:
    """The terms of a pattern that is neither in braces nor in square brackets."""
    terms = tuple(_terms(pattern))
    signs = {term.sign for term in terms}
    if "?" in signs and len(signs) > 1:
        raise Unjudged("AWS does not support ? together with other terms: write ? before all or before none")
    if len(terms) > 1 and any(term.searcher for term in terms):
        raise Unjudged("AWS documents a regular expression as a pattern alone, not beside other terms")
    if terms and terms[0].searcher and terms[0].sign:
        raise Unjudged(f"AWS does not document {terms[0].sign} before a regular expression")
    return Terms(terms)


def _terms(pattern: str) -> Iterator[Term]:
    place, end = 0, len(pattern.rstrip())
    while place < end:
        if pattern[place].isspace():
            place += 1
            continue
        found = TERM.match(pattern, place)
        following = pattern[found.end() : found.end() + 1] if found else ""
        if not found or (following and not following.isspace()):
            _refuse(pattern, found.end() if found else place)
        sign, phrase, expression, word = found.groups()
        if expression is not None:
            yield Term(sign, expression, read_regex(expression, pattern, found.start(3)))
        else:
            text = phrase if phrase is not None else word
            if "\\" in text:
                raise Unjudged("AWS does not document backslashes in a quoted term")
            yield Term(sign, text)
        place = found.end()


def _refuse(pattern: str, position: int) -> NoReturn:
    if pattern[position] == '"':
        refuse(pattern, position, "the double quotes are not closed, or a blank is missing beside them")
    if pattern[position] == "%":
        refuse(pattern, position, "the regular expression is not closed; write a second %")
    refuse(pattern, position, "a term with other signs than letters, digits and _ must stand in double quotes")
