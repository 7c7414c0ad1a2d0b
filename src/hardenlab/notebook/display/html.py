"""An attempt's answers as HTML: short for the common case, complete on demand.

Each function takes the JSON that the attempt answered. Whatever an account or a learner named goes through
`safe.line` or `safe.block` and is escaped in `parts`.
"""

from collections.abc import Sequence
from itertools import islice

from hardenlab.notebook.display import words
from hardenlab.notebook.display.parts import (
    TONE_OF,
    Html,
    badge,
    bar,
    bullets,
    card,
    code,
    details,
    element,
    indented,
    join,
    listing,
    page,
    paragraph,
    prose,
    soft,
    strong,
    table,
)
from hardenlab.notebook.display.safe import block, line, number
from hardenlab.notebook.display.text import ENOUGH, after_hint, clock, fact, outcome, who
from hardenlab.notebook.display.words import Json, say_in_notebook


def assessment_html(result: Json) -> str:
    """What `check` (or `answer`) answered."""
    assessment, questions = result["assessment"], result.get("questions", {})
    share = assessment["earned"] / assessment["points"] if assessment["points"] else 0.0
    head = paragraph(strong(words.headline(assessment)), "  ", bar(share), "  ", soft(line(assessment["section"])))
    tasks = [_task(task, assessment, questions.get(task["task"])) for task in assessment["tasks"]]
    flows = _workload(assessment)
    parts = [flows, *tasks] if words.broken_flows(assessment) else [*tasks, flows]
    live_only = words.live_only(result)
    return page(head, paragraph(live_only, tone="bad") if live_only else Html(""), _changes(result), *parts)


def overview_html(overview: Json) -> str:
    """The story, the tasks with where they stand, and the names of the account's resources."""
    head = paragraph(strong(line(overview["title"])), soft(f"  about {line(overview['minutes'], 8)} minutes"))
    story = [element("p", "margin:0 0 8px", part) for part in words.paragraphs(overview["story"])]
    rows = [_overview_row(task) for task in overview["tasks"]]
    facts = [(code(line(name, 60)), fact(value)) for name, value in islice(overview["facts"].items(), ENOUGH)]
    place = f"Account {line(overview['account'], 20)} in {line(overview['region'], 30)}"
    return page(
        head,
        *story,
        card(strong("Tasks"), table(rows), soft(words.hidden(overview))),
        card(strong("What must keep working"), bullets(line(flow["title"]) for flow in overview["invariants"]))
        if overview["invariants"]
        else "",
        details(f"{place}: names and ids for lab.facts", indented(table(facts))),
        paragraph("Ask for a check at any time: ", code(say_in_notebook("check"))),
    )


def question_html(asked: Json) -> str:
    question = asked["question"]
    head = paragraph(strong(line(asked["title"])), soft(f"  {words.counted(asked['points'], 'point')}"))
    text = [element("p", "margin:4px 0", part) for part in words.paragraphs(question["text"])]
    how = paragraph(soft(f"{words.how_to_answer(question)} "), code(say_in_notebook("answer", asked["task"], "…")))
    return page(card(head, *text, _choices(question)), how)


def hint_html(hint: Json) -> str:
    head = f"Hint {hint['number']} of {hint['of']}"
    after, _, call = after_hint(hint, say_in_notebook).rpartition(": ")
    return page(card(strong(head), soft(f"  {line(hint['task'])}"), paragraph(line(hint["hint"], 2_000))),
                paragraph(soft(f"{after}: "), code(call)))  # fmt: skip


def solution_html(solution: Json) -> str:
    head = paragraph(strong("One way to do it"), soft(f"  {line(solution['task'])}. That you looked is recorded."))
    return page(head, listing(block(solution["code"])))


def undone_html(answer: Json) -> str:
    taken, left = answer["undone"], answer["calls"]
    if not taken:
        return page(paragraph("Nothing had to be taken back."))
    head = paragraph(strong(f"{words.counted(len(taken), 'call')} taken back"), f", {line(left, 12)} left.")
    calls = bullets(code(line(call["operation"])) for call in taken[-ENOUGH:])
    return page(head, calls if len(taken) <= words.FEW else details("which", calls))


def checkpoint_html(answer: Json) -> str:
    name = line(answer["checkpoint"], 60)
    kept = paragraph("The account is kept as ", strong(name), ". ")
    return page(kept, paragraph(soft("To come back to it: "), code(say_in_notebook("rewind", name))))


def journal_html(journal: Json) -> str:
    calls = journal["calls"]
    if not calls:
        return page(paragraph("No call has changed the account yet."))
    rows = [
        (
            soft(line(call["number"], 12)),
            soft(clock(call["time"])),
            code(line(call["operation"])),
            outcome(call),
            soft(who(call)),
        )
        for call in calls
    ]
    head = paragraph(strong(f"{words.counted(len(calls), 'call')} that changed the account"))
    earlier = details(f"{len(rows) - 20} earlier", table(rows[:-20])) if len(rows) > 20 else ""
    return page(head, earlier, table(rows[-20:]))


def _changes(result: Json) -> Html:
    lines = words.changes(result)
    if not lines:
        return Html("")
    worse = any(bad for _, bad in lines)
    after = paragraph(
        soft("See your calls: "), code("lab.journal()"), soft("  Take back the last: "), code("lab.undo()")
    )
    return card(
        strong("Since the last check"), bullets(text for text, _ in lines), after if worse else "",
        tone="bad" if worse else "good",
    )  # fmt: skip


def _overview_row(task: Json) -> Sequence[str]:
    question = task.get("question")
    title: Html | str = line(task["title"])
    if question:
        title = join((paragraph(line(task["title"])), _choices(question)))
    return (
        badge(words.status_word(task["status"])),
        soft(words.counted(task["points"], "point")),
        title,
        code(line(task["id"], 120)),
    )


def _choices(question: Json) -> Html:
    return table((code(line(key, 60)), line(text, 600)) for key, text in question["choices"].items())


def _task(task: Json, assessment: Json, question: Json | None) -> Html:
    word = words.status_word(task["status"])
    score = f"{number(task['earned'])}/{number(task['points'])}"
    head = paragraph(badge(word), "  ", strong(line(task["title"])), "  ", soft(f"{score} points"))
    body = [head, paragraph(words.reason(task, assessment))]
    if question and word == "FAILED":
        body += [paragraph(words.asked(question, task["title"])), _choices(question)]
    if question and question.get("because"):
        reasons = table((code(line(key, 60)), line(why, 600)) for key, why in question["because"].items())
        body.append(details("why not the others", indented(reasons)))
    body.append(_findings(task["findings"], words.few(assessment)))
    step = words.next_step(task, say_in_notebook, question)
    if step:
        body.append(paragraph(soft("Next: "), code(step)))
    return card(*body, tone=TONE_OF.get(word, "none"))


def _findings(findings: Sequence[Json], few: int) -> Html:
    """What is wrong in view, a few of it; the rest, and what is right, folded away."""
    ranked = words.ordered(findings)
    wrong = [finding for finding in ranked if finding["verdict"] != "PASSED"]
    right = ranked[len(wrong) :]
    parts = [_finding(finding) for finding in wrong[:few]]
    if len(wrong) > few:
        parts.append(details(f"{len(wrong) - few} more", *map(_finding, wrong[few:])))
    if right:
        parts.append(details(f"{words.counted(len(right), 'resource')} passed", *map(_finding, right)))
    return indented(*parts) if parts else Html("")


def _finding(finding: Json) -> Html:
    head = paragraph(
        badge(line(finding["verdict"], 12)),
        " ",
        code(line(finding["resource"], 120)),
        " ",
        line(finding["message"], 600),
    )
    proof = [*_witness(finding.get("witness")), *_evidence(finding["evidence"])]
    summary = "how it is shown" if finding.get("witness") else "what was read"
    return join((head, indented(details(summary, indented(*proof))) if proof else ""))


def _witness(witness: Json | None) -> list[Html]:
    if not witness:
        return []
    steps = bullets((prose(line(step)) for step in witness["steps"][:ENOUGH]), ordered=True)
    return [paragraph(prose(line(witness["summary"], 600))), steps if witness["steps"] else Html("")]


def _evidence(items: Sequence[Json]) -> list[Html]:
    rows = [
        (code(line(item["call"], 100)), line(item["field"], 100), code(line(item["value"]))) for item in items[:ENOUGH]
    ]
    return [table(rows)] if rows else []


def _workload(assessment: Json) -> Html:
    """Whether the flows hold: a line when they do, the broken ones in view when not."""
    flows = assessment["invariants"]
    if not words.workload(assessment):
        return Html("")
    broken = words.broken_flows(assessment)
    whole = [flow for flow in flows if flow["holds"]]
    parts = [paragraph(strong(words.workload(assessment))), *map(_flow, broken)]
    if whole:
        parts.append(details(words.counted(len(whole), "flow") + " checked and holding", *map(_flow, whole)))
    return card(*parts, tone="bad" if broken else "good")


def _flow(flow: Json) -> Html:
    head = paragraph(badge("HOLDS" if flow["holds"] else "BROKEN"), " ", line(flow["title"]))
    if not flow["holds"] and not flow["findings"]:
        return join((head, indented(soft("nothing was found to judge it by"))))
    findings = indented(*map(_finding, words.ordered(flow["findings"])[:ENOUGH]))
    return join((head, findings))
