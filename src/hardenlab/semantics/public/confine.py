"""Conditions that a request must meet for a grant to apply.

Rules: IAM User Guide, "IAM JSON policy elements: Condition operators": a negated operator, IfExists and
ForAllValues also hold for a request without the key, so by themselves they hold nobody back.
"""

from __future__ import annotations

from collections.abc import Iterator

from hardenlab.semantics.iam.conditions import Test
from hardenlab.semantics.iam.document import Statement

EXACT = frozenset({"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "IpAddress"})


def demands(statement: Statement) -> Iterator[Test]:
    """The statement's conditions that hold only for a request that has the key with a listed value."""
    present = {test.key for test in statement.conditions if _demands_presence(test)}
    for test in statement.conditions:
        if test.name.base in EXACT and test.texts and (test.key in present or not _holds_without_key(test)):
            yield test


def _holds_without_key(test: Test) -> bool:
    return test.name.if_exists or test.name.over == "ForAllValues"


def _demands_presence(test: Test) -> bool:
    return test.name.base == "Null" and bool(test.texts) and all(text.lower() == "false" for text in test.texts)


def is_fixed(text: str) -> bool:
    """No wildcard and no policy variable."""
    return bool(text) and not any(mark in text for mark in ("*", "?", "${"))
