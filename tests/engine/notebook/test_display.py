"""What a learner reads: short, complete on demand, and harmless whatever the account's names say."""

import json
import re
from html.parser import HTMLParser

import pytest

from hardenlab.notebook.display import html, text
from hardenlab.notebook.display.safe import block, line, number
from hardenlab.notebook.display.shown import MIME, CheckResult, Shown
from hardenlab.notebook.display.text import assessment_text
from hardenlab.notebook.display.words import say_in_terminal

HOSTILE = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</details></div><h1>PASSED</h1>",
    "javascript:alert(1)",
    "\x1b[2J\x1b[1;31mPASSED\x1b]0;title\x07",
    "a\rb\x08\x08c\x00d",
    "right\u202eto left\u200b\u2066",
    '```mermaid\ngraph TD; A-->B; click A href "javascript:alert(1)"\n```',
    "[red]rich markup[/red] **bold** $x$ &amp; {0} %s",
    "x" * 100_000,
]
TAGS = {"div", "p", "span", "code", "pre", "details", "summary", "ul", "ol", "li", "table", "tr", "td"}


def finding(verdict="FAILED", resource="sg-1", message="port 22 is open", steps=(), name="x"):
    evidence = [{"call": "ec2:DescribeSecurityGroups", "field": "IpPermissions", "value": name}]
    witness = {"summary": f"203.0.113.7 reaches port 22 of {name}", "steps": list(steps)} if steps else None
    return {"verdict": verdict, "resource": resource, "message": message, "evidence": evidence, "witness": witness}


def task(status="failed", earned=0.0, findings=(), **more):
    return {
        "task": "close_ssh", "title": "Close SSH", "points": 4.0, "earned": earned, "status": status,
        "reason": "1 of 1 resources still to mend", "findings": list(findings), "broken": [],
    } | more  # fmt: skip


def result(*tasks, invariants=(), changes=(), **more):
    earned, points = sum(item["earned"] for item in tasks), sum(item["points"] for item in tasks)
    assessment = {
        "section": "m3-network/1-perimeter", "earned": earned, "points": points, "tasks": list(tasks),
        "invariants": list(invariants),
    }  # fmt: skip
    return {"assessment": assessment, "changes": list(changes), "seconds": 0.1} | more


def flow(holds, title="Customers reach the shop on 443."):
    verdict = "PASSED" if holds else "FAILED"
    return {"invariant": "customers", "title": title, "holds": holds, "findings": [finding(verdict, "alb", "443")]}


class Strict(HTMLParser):
    """Fails on anything but our own tags and styles, and collects what a reader sees."""

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, attrs):
        assert tag in TAGS
        assert {name for name, _ in attrs} <= {"style", "open"}
        assert not re.search(r"url\(|expression|@import|position", dict(attrs).get("style", ""))
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.seen.append(data)


def read(page):
    parser = Strict()
    parser.feed(page)
    parser.close()
    assert not parser.open
    return "".join(parser.seen)


def everything(name):
    """Every answer of an attempt with `name` wherever an account or a learner may put one."""
    tasks = task(findings=[finding(resource=name, message=name, steps=[name], name=name)], reason=name, title=name)
    question = {"text": name, "choices": {name: name}}
    changed = [{"task": name, "before": "passed", "now": "failed", "broken_by": {"number": name, "operation": name}}]
    checked = result(tasks, invariants=[flow(False, name)], changes=changed, questions={"close_ssh": question})
    overview = {
        "section": name, "title": name, "minutes": name, "story": name, "account": name, "region": name,
        "facts": {name: [name], "b": name},
        "tasks": [{"id": name, "title": name, "points": 1, "status": None, "question": question, "hints_taken": 0}],
        "invariants": [{"id": name, "title": name}], "calls": 0, "checkpoints": [name],
    }  # fmt: skip
    call = {"number": 1, "time": 1.8e9, "key": name, "operation": name, "status": None}
    return {
        "check": checked,
        "overview": overview,
        "hint": {"task": name, "hint": name, "number": 1, "of": 3},
        "solution": {"task": name, "code": name},
        "undone": {"undone": [{"operation": name}] * 30, "calls": 0},
        "checkpoint": {"checkpoint": name, "calls": 1},
        "journal": {"section": name, "calls": [call] * 30},
    }


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_are_only_text(name):
    for kind, data in everything(name).items():
        shown = Shown(kind, data)._repr_mimebundle_()
        seen = read(shown["text/html"])
        for shape in (seen, shown["text/plain"]):
            hidden = set(shape) & {chr(code) for code in [*range(32), 127, *range(0x80, 0xA0), 0x202E, 0x2066, 0x200B]}
            assert hidden <= {"\n"}
            assert len(shape) < 80_000
        json.dumps(shown[MIME])


def test_a_forged_line_cannot_look_like_a_verdict():
    forged = "sg-1\nPASSED        4/4  Close SSH"
    shown = assessment_text(result(task(findings=[finding(resource=forged)])))
    assert [row[:7] for row in shown.splitlines() if row.startswith(("PASSED", "FAILED"))] == ["FAILED "]


def test_the_common_case_is_short():
    done = result(task("passed", 4.0, [finding("PASSED")] * 9, reason="done"), invariants=[flow(True)])
    shown = assessment_text(done)
    assert shown.splitlines() == [
        "m3-network/1-perimeter: 4 of 4 points",
        "",
        "PASSED        4/4  Close SSH  [close_ssh]",
        "    Done.",
        "",
        "The workload works: its one flow holds.",
    ]


def test_everything_is_there_on_demand():
    findings = [finding(resource=f"sg-{number}", steps=["the internet", "igw-1", "sg-1"]) for number in range(9)]
    checked = result(task(findings=[finding("PASSED", "sg-good"), *findings]))
    short, full = assessment_text(checked), assessment_text(checked, full=True)
    assert "sg-4" in short and "sg-5" not in short and "… and 4 more" in short and "1 resource passed" in short
    assert "sg-8" in full and "sg-good" in full and "2. igw-1" in full
    page = read(html.assessment_html(checked))
    assert "sg-8" in page and "sg-good" in page and "igw-1" in page and "4 more" in page


@pytest.mark.parametrize("shape", [assessment_text, lambda data: read(html.assessment_html(data))])
def test_status_is_a_word_and_never_colour_alone(shape):
    for status, word in [("passed", "PASSED"), ("partial", "PARTIAL"), ("failed", "FAILED"), ("pending", "PENDING")]:
        assert word in shape(result(task(status)))
    assert "BROKEN" in shape(result(task(findings=[finding()]), invariants=[flow(False)]))


@pytest.mark.parametrize("shape", [assessment_text, lambda data: read(html.assessment_html(data))])
def test_a_broken_flow_is_told_by_its_title(shape):
    stopped = task(findings=[finding("PASSED")], broken=["customers"], reason="customers")
    shown = shape(result(stopped, invariants=[flow(False)]))
    assert "once the workload works: Customers reach the shop on 443." in shown
    assert "The workload is broken: 1 of 1 flow failed." in shown


@pytest.mark.parametrize("shape", [assessment_text, lambda data: read(html.assessment_html(data))])
def test_what_changed_names_the_call(shape):
    changes = [
        {"task": "close_ssh", "before": "passed", "now": "failed",
         "broken_by": {"number": 7, "operation": "ec2:AuthorizeSecurityGroupIngress"}},
    ]  # fmt: skip
    shown = shape(result(task(), changes=changes))
    assert "Close SSH: was PASSED, is FAILED. Call 7, ec2:AuthorizeSecurityGroupIngress, broke it." in shown
    changes[0]["broken_by"] = None
    assert "No single call can be named for it." in shape(result(task(), changes=changes))


def test_the_next_step_is_a_call_or_a_command():
    question = {"text": "Which port?", "choices": {"a": "21", "b": "22"}}
    assert 'next: lab.hint("close_ssh")' in assessment_text(result(task()))
    assert "next: hardenlab hint m3/1 close_ssh" in assessment_text(result(task()), say=say_in_terminal("m3/1"))
    assert 'next: lab.answer("close_ssh", "…")' in assessment_text(result(task(), questions={"close_ssh": question}))
    assert "next:" not in assessment_text(result(task("passed", 4.0)))
    assert "next:" not in assessment_text(result(task("pending")))


def test_a_result_tells_programs_how_it_went():
    good, bad = CheckResult("check", result(task("passed", 4.0))), CheckResult("check", result(task()))
    assert (good.passed, good.earned, good.points) == (True, 4, 4)
    assert (bad.passed, bad.earned) == (False, 0)
    assert good._repr_mimebundle_()[MIME]["kind"] == "check"


def test_the_page_follows_the_theme_and_does_without_it():
    page = html.assessment_html(result(task(findings=[finding(steps=["a"])]), invariants=[flow(True)]))
    variables = re.findall(r"var\(--[a-z0-9-]+(,?)", page)
    assert variables and all(variables)
    assert not re.search(r"(?<![-\w])(?:#fff|black|white)\b(?!-)", page)


def test_text_is_bounded_and_kept_readable():
    assert line("  a\n b\t c ") == "a b c"
    assert len(line("x" * 1000)) == 300
    assert block("for x in y:\n\tz()\n") == "for x in y:\n    z()"
    assert [number(value) for value in (4.0, 2.5, 1 / 3, "x")] == ["4", "2.5", "0.33", "x"]


def test_the_journal_tells_what_was_refused():
    calls = [
        {"number": 1, "time": 1.8e9, "key": "AKIA1", "operation": "ec2:CreateVpc", "status": 200},
        {"number": 2, "time": 1.8e9, "key": "anonymous", "operation": "s3:PutObject", "status": 403},
    ]
    shown = text.journal_text({"section": "x", "calls": calls})
    assert "done" in shown and "refused (403)" in shown and "2 calls" in shown


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_an_account_that_its_journal_does_not_lead_to_is_told(name):
    checked = result(task(), differing=["kms:Decrypt", name])
    shown = Shown("check", checked)._repr_mimebundle_()
    for shape in (read(shown["text/html"]), shown["text/plain"]):
        assert "2 of your calls were answered otherwise" in " ".join(shape.split())
        assert not {"\x1b", "\x00", "\x07"} & set(shape)
    assert "answered otherwise" not in assessment_text(result(task(), differing=[]))
