"""What the report reckons, and what it makes of journals and names that learners chose."""

import csv
import io

import pytest

from hardenlab.cohort.report.history import History, read_history
from hardenlab.cohort.report.likeness import near_copies
from hardenlab.cohort.report.page import csv_table, html_page
from hardenlab.cohort.report.statistics import correlation, item, mistakes, nameless
from hardenlab.journal.line import FORMAT, Line, encode
from hardenlab.model.assessment import Status, TaskResult
from hardenlab.model.finding import failed, passed
from helpers.report import report_of


def journal(path, *lines):
    """A journal of `(kind, time, data)` lines, as anybody can write one."""
    header, checksum = encode(Line("header", 0, 0.0, {"format": FORMAT, "variant": "v1"}), "")
    text = [header]
    for number, (kind, time, data) in enumerate(lines, start=1):
        line, checksum = encode(Line(kind, number, time, data), checksum)
        text.append(line)
    path.write_bytes(b"".join(text))
    return path


def test_times_are_seconds_of_work_and_a_pause_counts_a_quarter_of_an_hour(tmp_path):
    path = journal(
        tmp_path / "j",
        ("hint", 100.0, {"task": "a"}),
        ("check", 160.0, {"status": {"a": "failed"}}),
        ("check", 90_000.0, {"status": {"a": "passed", "b": "partial"}}),
        ("check", 90_060.0, {"status": {"a": "passed", "b": "passed"}}),
    )
    history = read_history(path)
    assert history.first_success == {"a": 60 + 900, "b": 60 + 900 + 60}
    assert history.hints == {"a": 1} and history.worked == 1020


def test_a_journal_that_anybody_can_write_is_read_without_harm(tmp_path):
    odd = [{"task": ["x"] * 3}, {}, {"task": None}, {"task": {"a": 1}}]
    lines = [("hint", 10.0 + n, data) for n, data in enumerate(odd)]
    lines += [
        ("check", -5.0, {"status": ["passed"]}),
        ("check", 1e300, {"status": {"a": ["passed"]}}),
        ("check", 3.0, {}),
    ]
    lines += [("call", 4.0, {}), ("call", 5.0, {"op": 7, "request": {"b": "x"}}), ("outcome", 5.0, {"status": "500"})]
    lines += [("answer", 6.0, {"question": "q", "value": {"a": 1}})]
    history = read_history(journal(tmp_path / "j", *lines))
    assert 0 <= history.worked <= 900 * len(lines) and history.first_success == {}
    assert read_history(tmp_path / "absent").events == ()
    (tmp_path / "link").symlink_to(tmp_path / "j")
    assert read_history(tmp_path / "link").events == ()


def request(action, **parameters):
    body = "&".join(f"{name}={value}" for name, value in {"Action": action, **parameters}.items())
    where = {"m": "POST", "p": "/", "q": "", "h": {}, "a": "1", "r": "us-east-1", "s": "ec2", "k": "K"}
    return {"op": f"ec2:{action}", "request": where | {"b": body}}


def class_of(tmp_path, ways):
    """Learners by name, each with a variant and a way of working: `(group) -> calls`."""
    found = {}
    for number, (name, (variant, way)) in enumerate(ways.items()):
        group = f"sg-{variant}{0:08x}"
        lines = [("call", float(n), call) for n, call in enumerate(way(group))]
        made = read_history(journal(tmp_path / f"{number}", *lines))
        found[name] = History(variant, made.events, made.moves)
    return found


def usual(order):
    return lambda group: [request("Revoke", GroupId=group, Port=port) for port in order]


def odd(group):
    tried = [request("Authorize", GroupId=group, Port=4444, Cidr=f"203.0.113.{n}/32", Note="zebra") for n in (7, 9, 11)]
    return [*tried, *usual((3389, 22, 443))(group)]


def test_the_same_unusual_moves_in_two_variants_are_a_question_and_the_usual_ones_are_not(tmp_path):
    orders = [(22, 3389, 443, 80, 21, 25), (443, 22, 80, 3389, 25, 21), (21, 25, 22, 80, 443, 3389)]
    ways = {f"student{n}": (f"v{n % 4}", usual(orders[n % 3])) for n in range(12)}
    alike = near_copies(class_of(tmp_path, ways | {"ada": ("v1", odd), "grace": ("v2", odd)}))
    assert [(pair.one, pair.other) for pair in alike] == [("ada", "grace")]
    assert alike[0].likeness > 0.9 and any("zebra" in move for move in alike[0].shared)


def test_two_learners_of_one_variant_are_not_compared(tmp_path):
    ways = {f"student{n}": ("v3", usual((22, 80, 443, n, 21, 25))) for n in range(6)}
    assert near_copies(class_of(tmp_path, ways | {"ada": ("v1", odd), "grace": ("v1", odd)})) == []


def test_discrimination_is_the_correlation_with_all_other_points():
    strong = {f"s{n}": float(n) for n in range(10)}
    able, weak = ({name: float((value > 4) is way) for name, value in strong.items()} for way in (True, False))
    assert item(able, strong).discrimination == pytest.approx(0.87, abs=0.01)
    assert item(weak, strong).discrimination == pytest.approx(-0.87, abs=0.01)
    assert item(dict.fromkeys(strong, 1.0), strong).discrimination is None
    assert correlation([1, 0, 1, 0], [1, 0, 1, 0]) is None, "four learners tell nothing"
    assert item({"a": 0.5, "b": 1.0}, {}).difficulty == 0.75


def test_mistakes_are_counted_once_a_learner_and_without_names():
    def result(name, status=Status.FAILED):
        found = (failed(name, f"{name} admits 198.51.100.7 through sg-0123456789abcdef0"), passed("other", "fine"))
        return TaskResult("t", "T", 4, 0, status, "1 of 2 mended", found)

    told = mistakes([result("shop-web"), result("museum-db"), result("quiet", Status.PASSED)])
    assert [(one.text, one.learners) for one in told] == [("… admits … through …", 2)]
    assert nameless("bucket 'tiny-1' of 123456789012 is open") == "bucket … of … is open"


HOSTILE = "<script>document.title='OWNED'</script>\"'><img src=x onerror=alert(1)>{{ 7*7 }}"


def test_every_string_of_a_learner_is_escaped_in_the_page():
    page = html_page(report_of(HOSTILE))
    assert "<script" not in page and "<img" not in page and "49" not in page.partition("<style>")[0]
    assert page.count("&lt;script&gt;") >= 20


def test_no_cell_of_the_table_is_a_formula():
    rows = list(csv.reader(io.StringIO(csv_table(report_of('=HYPERLINK("http://x")\r\n,;')))))
    assert len(rows) == 1 + 3 * 3 and len({len(row) for row in rows}) == 1
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
