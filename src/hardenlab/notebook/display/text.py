"""An attempt's answers as plain text: for terminals, logs, and notebooks without HTML.

Each function takes the JSON that the attempt answered. The text holds no control characters and no markup of any
kind: print it as it is (with rich: `markup=False, highlight=False`). `say` words the next step: as a call in a
notebook (default), or as a command with `say_in_terminal(section)`.
"""

import textwrap
from datetime import datetime
from itertools import islice
from typing import Any

from hardenlab.notebook.display import words
from hardenlab.notebook.display.safe import block, line, number
from hardenlab.notebook.display.words import Json, Say, say_in_notebook

WIDTH = 100
ENOUGH = 200
MOST = 20_000


def assessment_text(result: Json, *, full: bool = False, say: Say = say_in_notebook) -> str:
    """What `check` (or `answer`) answered. `full`: every finding with all its evidence and steps."""
    assessment = result["assessment"]
    questions = result.get("questions", {})
    lines = [f"{line(assessment['section'])}: {words.headline(assessment)}"]
    lines += _wrapped(words.live_only(result), "  ") if words.live_only(result) else []
    lines += [f"  {'!' if worse else '-'} {text}" for text, worse in words.changes(result)]
    flows = ["", words.workload(assessment), *_flows(assessment, full)] if words.workload(assessment) else []
    broken = bool(words.broken_flows(assessment))
    lines += flows if broken else []
    for task in assessment["tasks"]:
        lines += ["", *_task(task, assessment, questions.get(task["task"]), full, say)]
    return "\n".join(lines if broken else lines + flows)


def overview_text(overview: Json, *, say: Say = say_in_notebook) -> str:
    """The story, the tasks with where they stand, and the names of the account's resources."""
    lines = [
        f"{line(overview['title'])} ({line(overview['section'])}, about {line(overview['minutes'], 8)} minutes)",
        "",
    ]
    for part in words.paragraphs(overview["story"]):
        lines += [*_wrapped(part), ""]
    lines.append("Tasks")
    for task in overview["tasks"]:
        lines.append(
            f"  {words.status_word(task['status']):<11}  {_points(task):>8}  {_titled(task['id'], task['title'])}"
        )
        lines += [f"      {text}" for text in _question(task.get("question"), task["title"])]
    lines += _wrapped(words.hidden(overview), "  ") if words.hidden(overview) else []
    if overview["invariants"]:
        lines += ["", "What must keep working", *(f"  - {line(flow['title'])}" for flow in overview["invariants"])]
    lines += ["", f"Account {line(overview['account'], 20)} in {line(overview['region'], 30)}"]
    lines += [f"  {line(name, 60)} = {fact(value)}" for name, value in islice(overview["facts"].items(), ENOUGH)]
    return "\n".join([*lines, "", f"Ask for a check at any time: {say('check')}"])


def question_text(asked: Json, *, say: Say = say_in_notebook) -> str:
    """One question with its choices."""
    question = asked["question"]
    lines = [_titled(asked["task"], asked["title"]), *_wrapped(block(question["text"]))]
    lines += _choices(question)
    return "\n".join([*lines, "", f"{words.how_to_answer(question)} {say('answer', asked['task'], '…')}"])


def map_text(drawn: Json) -> str:
    """The picture's text and its legend."""
    return f"{block(drawn['mermaid'], MOST)}\n\n{_legend(drawn)}"


def map_markdown(drawn: Json) -> str:
    """The picture as Markdown: names stand in the legend's code block, where nothing is markup."""
    when = "as it was at the start" if drawn["before"] else "as it is now"
    drawing = block(drawn["mermaid"], MOST).replace("`", "'")
    return f"**Who reaches whom, {when}**\n\n```mermaid\n{drawing}\n```\n\n```text\n{_legend(drawn)}\n```\n"


def _legend(drawn: Json) -> str:
    rows = [tuple(line(row[key], 120).replace("`", "'") for key in ("label", "id", "name")) for row in drawn["legend"]]
    return "\n".join(f"{label:<14} {id:<24} {name}" for label, id, name in rows[:ENOUGH])


def hint_text(hint: Json, *, say: Say = say_in_notebook) -> str:
    """One hint, and how many there are."""
    head = f"Hint {hint['number']} of {hint['of']} for {line(hint['task'])}: {line(hint['hint'], 2_000)}"
    return "\n".join(textwrap.wrap(head, WIDTH)) + f"\n{after_hint(hint, say)}"


def after_hint(hint: Json, say: Say) -> str:
    if hint["number"] < hint["of"]:
        return f"The next one: {say('hint', hint['task'])}"
    return f"That was the last one. The way it is done, if you give up: {say('solution', hint['task'])}"


def solution_text(solution: Json) -> str:
    """The reference solution of a task."""
    code = textwrap.indent(block(solution["code"]), "    ")
    return f"One way to do {line(solution['task'])} (that you looked is recorded):\n\n{code}"


def undone_text(answer: Json) -> str:
    """What undo, rewind or reset took back."""
    taken, left = answer["undone"], answer["calls"]
    head = f"{words.counted(len(taken), 'call')} taken back, {left} left." if taken else "Nothing had to be taken back."
    rows = [f"  - {line(call['operation'])}" for call in taken[-ENOUGH:]]
    return "\n".join([head, *rows])


def checkpoint_text(answer: Json, *, say: Say = say_in_notebook) -> str:
    name = line(answer["checkpoint"], 60)
    return f"The account is kept as '{name}'. To come back to it: {say('rewind', name)}"


def journal_text(journal: Json) -> str:
    """The live writes, one a line."""
    calls = journal["calls"]
    if not calls:
        return "No call has changed the account yet."
    rows = [
        f"{call['number']:>5}  {clock(call['time'])}  {outcome(call):<14}  {who(call)}  {line(call['operation'])}"
        for call in calls
    ]
    return "\n".join([f"{words.counted(len(calls), 'call')} that changed the account", *rows])


def clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def outcome(call: Json) -> str:
    status = call["status"]
    if status is None:
        return "unacknowledged"
    return "done" if status < 400 else f"refused ({status})"


def who(call: Json) -> str:
    return line(call["key"], 40)


def fact(value: Any) -> str:
    """A fact's value: a list's items in a row."""
    return ", ".join(line(item, 120) for item in islice(value, ENOUGH)) if isinstance(value, list) else line(value)


def _task(task: Json, assessment: Json, question: Json | None, full: bool, say: Say) -> list[str]:
    lines = [f"{words.status_word(task['status']):<7}  {_points(task):>8}  {_titled(task['task'], task['title'])}"]
    body = _wrapped(words.reason(task, assessment))
    if task["status"] not in ("passed", "partial"):
        body += _question(question, task["title"])
    elif full:
        body += _because(question)
    body += _findings(task["findings"], words.few(assessment), full)
    step = words.next_step(task, say, question)
    return lines + [f"    {text}" for text in body + ([f"next: {step}"] if step else [])]


def _findings(findings: list[Json], few: int, full: bool) -> list[str]:
    """The failing ones, a few of them; all of them when asked for."""
    ranked = words.ordered(findings)
    shown = ranked if full else [finding for finding in ranked if finding["verdict"] != "PASSED"][:few]
    lines = [text for finding in shown for text in _finding(finding, full)]
    failing = sum(finding["verdict"] != "PASSED" for finding in findings)
    if not full and failing > len(shown):
        lines.append(f"… and {failing - len(shown)} more")
    if not full and failing and failing < len(findings):
        lines.append(f"{words.counted(len(findings) - failing, 'resource')} passed")
    return lines


def _finding(finding: Json, full: bool) -> list[str]:
    lines = _wrapped(
        f"{line(finding['verdict'], 12)} {line(finding['resource'], 120)}: {line(finding['message'], 600)}", "  "
    )
    witness = finding.get("witness")
    if witness:
        lines += _wrapped(f"shown by: {line(witness['summary'], 600)}", "    ")
        lines += [f"      {at}. {line(step)}" for at, step in enumerate(witness["steps"][:ENOUGH], 1) if full]
    kept = finding["evidence"] if full else finding["evidence"][: 0 if witness else 1]
    return lines + [text for item in kept[:ENOUGH] for text in _wrapped(f"read: {words.evidence(item)}", "    ")]


def _flows(assessment: Json, full: bool) -> list[str]:
    flows = assessment["invariants"] if full else words.broken_flows(assessment)
    lines = []
    for flow in flows:
        lines.append(f"  {'HOLDS' if flow['holds'] else 'BROKEN'}  {line(flow['title'])}")
        lines += [f"    {text}" for text in _findings(flow["findings"], words.FEW, full)]
        if not flow["holds"] and not flow["findings"]:
            lines.append("    nothing was found to judge it by")
    return lines


def _question(question: Json | None, title: str) -> list[str]:
    if question is None:
        return []
    text = words.asked(question, title)
    return [*(_wrapped(text) if text else []), *_choices(question)]


def _choices(question: Json) -> list[str]:
    return [f"  {line(key, 60)})  {line(text, 600)}" for key, text in question["choices"].items()]


def _because(question: Json | None) -> list[str]:
    """Why the other answers are wrong; there is nothing before the right one was given."""
    reasons = (question or {}).get("because", {})
    return [text for key, why in reasons.items() for text in _wrapped(f"not {line(key, 60)}: {line(why, 600)}")]


def _points(task: Json) -> str:
    if "earned" in task:
        return f"{number(task['earned'])}/{number(task['points'])}"
    return words.counted(task["points"], "point")


def _titled(task: str, title: str) -> str:
    return f"{line(title)}  [{line(task, 120)}]"


def _wrapped(text: str, indent: str = "") -> list[str]:
    lines = []
    for paragraph in text.split("\n"):
        lines += textwrap.wrap(
            paragraph, WIDTH - 8, initial_indent=indent, subsequent_indent=indent + "  " * bool(indent),
            break_long_words=False, break_on_hyphens=False,
        ) or [""]  # fmt: skip
    return lines
