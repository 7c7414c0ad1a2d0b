"""The regular expressions of filter patterns.

CloudWatch Logs User Guide, "Supported regular expressions (regex) syntax": letters, digits, a few signs and operators;
no parentheses, no multi-byte characters.
"""

import re

from hardenlab.semantics.log_patterns.pointing import refuse
from hardenlab.semantics.regular import NotRegular, Searcher, compile_regular
from hardenlab.semantics.unjudged import Unjudged

SIGNS = ":_#=@/;,-"
OPERATORS = "^$?[]{}|\\*+."
TAKEN = re.compile(rf"[A-Za-z0-9{re.escape(SIGNS)}{re.escape(OPERATORS)}]")
ESCAPE = re.compile(r"\\(?:[dDsSwW]|x[0-9A-Fa-f]{2}|[^A-Za-z0-9])")
CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")
REPEAT = re.compile(r"[*+?]|\{[0-9]{1,4}(?:,[0-9]{0,4})?\}")


def read_regex(expression: str, pattern: str, position: int) -> Searcher:
    """Compile the text between two percent signs that stands at a position of the pattern."""
    for offset, sign in enumerate(expression):
        if sign == " ":
            raise Unjudged(r"AWS does not document blanks in a regular expression: write \s")
        if not TAKEN.fullmatch(sign):
            refuse(pattern, position + offset, _refusal(sign))
    _check_documented(expression)
    try:
        return compile_regular(expression)
    except NotRegular as error:
        refuse(pattern, position, f"the regular expression is broken ({error}); mend it")


def _refusal(sign: str) -> str:
    if sign in "()":
        return "parentheses are not supported in a regular expression; write alternatives with | or several conditions"
    if not sign.isascii():
        return "multi-byte characters are not supported in a regular expression; take them out"
    return f"{sign!r} is not supported in a regular expression; take it out, or put . for any character"


def _check_documented(expression: str) -> None:
    """Refuse to judge what RE2 takes and AWS does not describe."""
    if not expression:
        raise Unjudged("AWS does not document an empty regular expression")
    place, after_repeat = 0, False
    while place < len(expression):
        if expression[place] == "\\":
            found = ESCAPE.match(expression, place)
            if not found and expression[place + 1 :]:
                raise Unjudged(f"AWS does not document {expression[place : place + 2]} in a regular expression")
        elif expression[place] == "[":
            found = CLASS.match(expression, place)
            if found and ("[:" in found[0][1:] or _odd_escape(found[0])):
                raise Unjudged(f"AWS does not document {found[0][:20]} in a regular expression")
        else:
            found = REPEAT.match(expression, place)
            if found and after_repeat:
                raise Unjudged("AWS does not document one repetition after another in a regular expression")
            if not found and expression[place] in "{}":
                raise Unjudged("AWS does not document braces other than {n}, {n,} and {n,m} in a regular expression")
            after_repeat = bool(found)
            place += len(found[0]) if found else 1
            continue
        after_repeat = False
        place += len(found[0]) if found else 1


def _odd_escape(characters: str) -> bool:
    return any(not ESCAPE.match(found[0]) for found in re.finditer(r"\\(?:x[0-9A-Fa-f]{2}|.)", characters))
