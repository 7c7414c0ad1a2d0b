"""The sentences that text and HTML share: how an assessment stands, what changed, what to do next."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hardenlab.notebook.display.safe import block, line, number

Json = Mapping[str, Any]
Say = Callable[..., str]
WORDS = {"passed": "PASSED", "partial": "PARTIAL", "failed": "FAILED", "pending": "PENDING"}
COMMANDS = frozenset(("check", "hint", "journal", "undo", "reset"))
FEW = 5
UNCHECKED = "NOT CHECKED"


def say_in_notebook(verb: str, *arguments: str) -> str:
    """The call that a learner types in a notebook."""
    return f"lab.{verb}({', '.join(repr(line(item, 100)) for item in arguments)})".replace("'", '"')


def say_in_terminal(section: str) -> Say:
    """The command that a learner types in a terminal; what has none is done in the notebook."""

    def say(verb: str, *arguments: str) -> str:
        if verb not in COMMANDS:
            return f"{say_in_notebook(verb, *arguments)} in the notebook"
        return " ".join(("hardenlab", verb, section, *(line(item, 100) for item in arguments)))

    return say


def status_word(status: object) -> str:
    return WORDS.get(str(status), UNCHECKED) if status else UNCHECKED


def headline(assessment: Json) -> str:
    """ "5 of 7 points, 2 of 3 tasks passed"; never that all is done where hidden checks remain."""
    tasks = assessment["tasks"]
    passed = sum(task["status"] == "passed" for task in tasks)
    points = f"{number(assessment['earned'])} of {number(assessment['points'])} points"
    if len(tasks) == 1:
        return points
    if passed < len(tasks):
        return f"{points}, {passed} of {len(tasks)} tasks passed"
    left = hidden(assessment)
    return f"{points}, public checks passed. {left}" if left else f"{points}, all {len(tasks)} tasks passed"


def hidden(told: Json) -> str:
    """That grading makes more checks than the learner sees; empty where it makes none."""
    count = told.get("withheld", 0)
    if not count:
        return ""
    checks, are = counted(count, "hidden check"), "is" if count == 1 else "are"
    return f"{checks} {are} made in grading: on whether what you mended stays mended."


def few(assessment: Json) -> int:
    """How many failing resources of a task stand in view: fewer where many tasks share the page."""
    return FEW if len(assessment["tasks"]) == 1 else 2


def broken_flows(assessment: Json) -> list[Json]:
    return [flow for flow in assessment["invariants"] if not flow["holds"]]


def workload(assessment: Json) -> str:
    """Whether the workload still works, in a sentence."""
    flows, broken = assessment["invariants"], broken_flows(assessment)
    only_answers = not any(task["findings"] for task in assessment["tasks"])
    if not flows or (only_answers and not broken):
        return ""
    if broken:
        return f"The workload is broken: {len(broken)} of {counted(len(flows), 'flow')} failed."
    return (
        "The workload works: its one flow holds."
        if len(flows) == 1
        else f"The workload works: all {len(flows)} flows hold."
    )


def reason(task: Json, assessment: Json) -> str:
    """Why the task stands where it stands; flows by their titles rather than their names."""
    titles = {flow["invariant"]: flow["title"] for flow in assessment["invariants"]}
    if task["broken"]:
        names = "; ".join(line(titles.get(name, name)).rstrip(".") for name in task["broken"])
        return f"This earns points again once the workload works: {names}."
    return sentence(task["reason"])


def live_only(result: Json) -> str:
    """That the journal does not lead to this account, where it does not; else nothing."""
    operations = [line(name, 60) for name in result.get("differing", ())]
    if not operations:
        return ""
    named = ", ".join(sorted(set(operations))[:3])
    return (
        f"The account had to be rebuilt, and {len(operations)} of your calls were answered otherwise than before "
        f"({named}). What is judged is the account as it is now: your journal alone does not lead to it."
    )


def changes(result: Json) -> list[tuple[str, bool]]:
    """What differs from the last check: a sentence each, and whether it got worse."""
    titles = {task["task"]: task["title"] for task in result["assessment"]["tasks"]}
    return [_change(change, titles) for change in result.get("changes", ())]


def _change(change: Json, titles: Mapping[str, str]) -> tuple[str, bool]:
    title = line(titles.get(change["task"], change["task"]))
    before, now = status_word(change["before"]), status_word(change["now"])
    text = f"{title}: was {before}, is {now}."
    if change["before"] != "passed":
        return text, now == "FAILED" and before == "PARTIAL"
    broken_by = change.get("broken_by")
    if broken_by:
        return f"{text} Call {line(broken_by.get('number'), 12)}, {line(broken_by['operation'])}, broke it.", True
    return f"{text} No single call can be named for it.", True


def next_step(task: Json, say: Say, question: Json | None = None) -> str:
    """What to do about one task that earns less than all its points; empty when there is nothing to do."""
    if task["status"] in ("passed", "pending"):
        return ""
    if question is not None:
        return "" if task["status"] == "partial" else say("answer", task["task"], "…")
    return say("hint", task["task"])


HOW = {
    "choice": "Answer with one of them:",
    "set": "Several may be right; answer with a list:",
    "number": "Answer with a whole number:",
    "word": "Answer with a name, an id or an address:",
}


def how_to_answer(question: Json) -> str:
    return HOW.get(str(question.get("kind")), HOW["choice"])


def asked(question: Json, title: object) -> str:
    """A question's text, unless the task's title says it already."""
    return "" if line(question["text"]) == line(title) else line(question["text"], 1_000)


def paragraphs(text: object) -> list[str]:
    """A docstring's paragraphs: its line breaks are the author's editor's, not the reader's."""
    return [" ".join(part.split()) for part in block(text).split("\n\n") if part.strip()]


def ordered(findings: Sequence[Json]) -> list[Json]:
    """What failed first, then what could not be judged, then what passed."""
    rank = {"FAILED": 0, "UNKNOWN": 1}
    return sorted(findings, key=lambda finding: rank.get(finding["verdict"], 2))


def evidence(item: Json) -> str:
    return f"{line(item['call'], 100)} {line(item['field'], 100)} = {line(item['value'])}"


def counted(count: object, noun: str) -> str:
    amount = number(count)
    return f"{amount} {noun}" if amount == "1" else f"{amount} {noun}s"


def sentence(text: object) -> str:
    """Begins with a capital letter where that changes no name, ends with a stop."""
    words = line(text)
    first = words.partition(" ")[0]
    words = words[:1].upper() + words[1:] if first.isalpha() and first.islower() else words
    return words if words.endswith((".", "!", "?", "…")) or not words else words + "."
