"""Wildcards of event patterns.

EventBridge User Guide, "Content filtering in event patterns": * stands for any text, \\* and \\\\ for themselves; two *
in a row and other escapes are not allowed.
"""

import re

from hardenlab.semantics.event_patterns.text import MAX_PATTERN
from hardenlab.semantics.reading import Field

SIGN = re.compile(r"\\([*\\])|(\\)|(\*)|([^\\*]+)")


def read_wildcard(field: Field) -> tuple[str, ...]:
    """The literal pieces between the asterisks."""
    pieces, before = [""], None
    for found in SIGN.finditer(field.text(0, MAX_PATTERN)):
        escaped, broken, star, plain = found.groups()
        if broken:
            field.refuse("has a backslash before another sign than * and \\; write \\\\ for a backslash")
        if star and before:
            field.refuse("has two * in a row; write one")
        if star:
            pieces.append("")
        else:
            pieces[-1] += escaped or plain
        before = star
    return tuple(pieces)
