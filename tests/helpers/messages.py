"""The messages that the controls of a file can give, read from its source, and those that no case reached."""

import ast
import re

from helpers.direct import CHECKOUT

WORDS = {"passed": "PASSED", "failed": "FAILED", "unknown": "UNKNOWN"}


def unreached(grader, judge, cases):
    """The templates of `graders/<grader>.py` that no finding of the cases fits, as `line: text`."""
    found = [(f.verdict.value, f.message) for control, change in cases for f in judge(control, change)]
    return [
        f"{line}: {text}"
        for line, verdict, pattern, text in templates(grader)
        if not any(verdict == one and re.fullmatch(pattern, message, re.DOTALL) for one, message in found)
    ]


def templates(grader):
    """Every call of passed, failed and unknown: its line, verdict, and message as a pattern and as written."""
    tree = ast.parse((CHECKOUT / "graders" / f"{grader}.py").read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in WORDS:
            message = node.args[1]
            yield node.lineno, WORDS[node.func.id], _pattern(message), ast.unparse(message)


def _pattern(message):
    if isinstance(message, ast.Constant):
        return re.escape(message.value)
    assert isinstance(message, ast.JoinedStr), f"line {message.lineno}: a message is text, or text with values"
    return "".join(re.escape(part.value) if isinstance(part, ast.Constant) else ".*" for part in message.values)
