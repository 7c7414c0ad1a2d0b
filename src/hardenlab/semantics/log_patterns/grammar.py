"""The grammars of the JSON and the space-delimited form, and what to say where a pattern leaves them.

CloudWatch Logs User Guide, "Using filter patterns to match terms in JSON log events" and "… in space-delimited log
events".
"""

from collections.abc import Iterable
from functools import cache
from typing import Literal, NoReturn

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from hardenlab.semantics.log_patterns.pointing import refuse

COMMON = r"""
value: STRING | REGEX | BARE
OPERATOR: "!=" | "<=" | ">=" | "=" | "<" | ">"
STRING: /"(\\.|[^"\\])*"/
REGEX: /%[^%]*%/
%ignore /[ \t\r\n]+/
"""
JSON = r"""
start: "{" any_of "}"
?any_of: all_of ("||" all_of)*
?all_of: atom ("&&" atom)*
?atom: "(" any_of ")"
     | SELECTOR OPERATOR value -> comparison
     | SELECTOR "IS" STATE -> state
     | SELECTOR "NOT" "EXISTS" -> absent
STATE: "NULL" | "TRUE" | "FALSE"
SELECTOR: /\$(\.[A-Za-z0-9_-]+(\[(\d+|\*)\])*)+/
BARE: /[^\s"(){}&|=<>!%']+/
"""
DELIMITED = r"""
start: "[" field ("," field)* "]"
field: [name | ELLIPSIS | conditions]
name: NAME
ELLIPSIS: "..."
conditions: condition (JOIN condition)*
condition: NAME OPERATOR value
JOIN: "&&" | "||"
NAME: /[A-Za-z0-9_$-]+/
BARE: /[^\s"\[\],&|=<>!%']+/
"""
Form = Literal["json", "delimited"]
NAMES = {
    "SELECTOR": "a selector such as $.eventName", "OPERATOR": "= or !=", "NOT": "NOT EXISTS",
    "STATE": "NULL, TRUE or FALSE", "STRING": "a value", "REGEX": "a value", "BARE": "a value",
    "LPAR": "(", "RPAR": ")", "RBRACE": "}", "LBRACE": "{", "RSQB": "]", "LSQB": "[", "COMMA": "a comma",
    "NAME": "a field's name", "ELLIPSIS": "...", "JOIN": "&& or ||", "__ANON_0": "||", "__ANON_1": "&&",
    "$END": "the end",
}  # fmt: skip
SLIPS = {
    "==": "write = once",
    "'": "write double quotes instead of single ones",
    "EXISTS": "EXISTS is not supported; write = * to ask whether a field has a value",
    "NOT ": "IS NOT is not supported; write = * for a field with a value, or != with one",
    "&": "write && for and",
    "|": "write || for or",
    "AND": "write && for and",
    "OR": "write || for or",
    '"': "the double quotes are not closed; write a second one",
    "%": "the regular expression is not closed; write a second %",
    "[": "an index is a whole number from 0, after a name: $.users[0]",
    "!": "write != between a selector and a value",
    "$": "a selector is $ and names after dots: $.userIdentity.type",
}


@cache
def _parser(form: Form) -> Lark:
    return Lark((JSON if form == "json" else DELIMITED) + COMMON, parser="lalr")


def parse(form: Form, pattern: str) -> Tree[Token]:
    """The pattern's tree; raises `Misplaced` at the column where it is no longer one that AWS takes."""
    try:
        return _parser(form).parse(pattern)
    except UnexpectedInput as error:
        _refuse(pattern, error)


def _refuse(pattern: str, error: UnexpectedInput) -> NoReturn:
    position = error.pos_in_stream if error.pos_in_stream is not None else len(pattern)
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        position = len(pattern)
    rest = pattern[position:]
    if rest.startswith("=") and pattern[:position].endswith("="):
        refuse(pattern, position, SLIPS["=="])
    for slip, advice in SLIPS.items():
        if rest.upper().startswith(slip):
            refuse(pattern, position, advice)
    wanted = list(dict.fromkeys(NAMES.get(name, name) for name in sorted(_expected(error))))
    found = repr(rest[0]) if rest else "the end"
    refuse(pattern, position, f"found {found} where {' or '.join(wanted)} must stand")


def _expected(error: UnexpectedInput) -> Iterable[str]:
    if isinstance(error, UnexpectedCharacters):
        return error.allowed or ()
    return (error.accepts or error.expected) if isinstance(error, UnexpectedToken) else ()
