"""Regular expressions from strangers, run by RE2: linear in the text, whatever the expression."""

from functools import cache
from typing import Protocol

import re2

MAX_MEMORY = 1 << 20


class Searcher(Protocol):
    """A compiled expression."""

    def search(self, text: str) -> object | None: ...


class NotRegular(ValueError):
    """RE2 does not take the expression; the text says why."""


def compile_regular(expression: str, *, ignore_case: bool = False) -> Searcher:
    """Compile an expression; raises `NotRegular` for look-arounds, back-references, what is broken or too large."""
    try:
        compiled: Searcher = re2.compile(expression, _options(ignore_case))
    except (re2.error, UnicodeError) as error:
        raise NotRegular(_told(error)) from None
    return compiled


@cache
def _options(ignore_case: bool) -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MAX_MEMORY
    options.case_sensitive = not ignore_case
    return options


def _told(error: Exception) -> str:
    reason = error.args[0] if error.args else "it cannot be read"
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
