"""Hostile submissions, judged in the sandbox: nothing is stolen, nothing leaks, and honest ones beside them pass."""

import gzip
import json
import os
import subprocess
import sys

import pytest

from hardenlab import grade
from hardenlab.attempt.server import header_of
from hardenlab.cohort.believed import Unbelievable, believed
from hardenlab.cohort.confine import confined
from hardenlab.cohort.confined import ConfinedJudge
from hardenlab.cohort.frames import LENGTH, Lost, receive
from hardenlab.cohort.graded import hand_in, is_graded, record
from hardenlab.cohort.limits import JOURNAL_BYTES
from hardenlab.course.load import load_course
from hardenlab.environment import find_environment
from hardenlab.journal.file import Journal, read_journal
from hardenlab.journal.line import Line, encode
from hardenlab.model.http import Request
from hardenlab.model.problem import EnvironmentProblem, JournalProblem
from helpers.classroom import everything, half
from helpers.direct import TINY, Account, Ticker, tiny_world

pytestmark = pytest.mark.xdist_group("hostile")  # one sandbox for all


@pytest.fixture(scope="module")
def section():
    return load_course(TINY).section("l1-tiny")


@pytest.fixture(scope="module")
def written(moto_backend, section, tmp_path_factory):
    """Two honest journals of one account: all done, and half."""
    place = tmp_path_factory.mktemp("honest")
    with tiny_world(moto_backend, "honest") as world:
        for name, work in (("all", everything), ("half", half)):
            path = place / f"{name}.journal"
            Journal.create(path, header_of(section, world, find_environment("moto"))).close()
            account = Account(world, path, Ticker())
            work(account)
            account.close()
    return place


@pytest.fixture(scope="module")
def judge():
    judge = ConfinedJudge(load_course(TINY))
    yield judge
    judge.close()


def rewritten(source, target, line=lambda line: line, header=lambda data: data, more=()):
    """A copy of a journal with other lines, under checksums that fit."""
    contents = read_journal(source)
    lines = [Line("header", 0, 0.0, header(dict(contents.header))), *map(line, contents.lines), *more]
    checksum, out = "", []
    for item in lines:
        text, checksum = encode(item, checksum)
        out.append(text)
    target.write_bytes(b"".join(out))
    return target


def calling(**request):
    """A line with other values in its request."""

    def change(line):
        return (
            Line(line.kind, line.number, line.time, {**line.data, "request": line.data["request"] | request})
            if (line.kind == "call")
            else line
        )

    return change


def saying(**fields):
    return lambda data: data | fields


def deep(source, target):
    target.write_bytes(source.read_bytes() + b'{"n":9,"kind":"hint","t":0,"x":' + b"[" * 100_000 + b',"sum":"0"}\n')


def sparse(source, target):
    with target.open("wb") as file:
        file.truncate(1 << 30)


def lines(source, target):
    target.write_bytes(b"\n" * 1_000_000)


LINES = {
    "another account's calls": calling(a="111111111111"),
    "the emulator's door": calling(p="/moto-api/reset", s="s3", m="POST"),
    "the emulator's door by another service": calling(p="/moto-api/seed?a=1", s="moto-api", m="POST"),
    "a service that is not there": calling(s="../../etc"),
    "a method that is none": calling(m="\r\nX: y"),
    "a request of the wrong kind": lambda line: Line(line.kind, line.number, line.time, {"request": 7}),
    "no request": lambda line: Line(line.kind, line.number, line.time, {}),
    "numbers that go backwards": lambda line: Line(line.kind, 1, line.time, line.data),
    "a number without end": lambda line: Line(line.kind, 10**300, line.time, line.data),
    "an outcome that never was": lambda line: Line(
        line.kind, line.number, line.time, line.data | {"status": 599} if line.kind == "outcome" else line.data
    ),
    "a time without end": lambda line: Line(line.kind, line.number, 1e300, line.data),
    "a clock that goes back": lambda line: Line(line.kind, line.number, 1.79e9 - line.number * 1e5, line.data),
    "a time before time": lambda line: Line(line.kind, line.number, -1e18, line.data),
}
HEADERS = {
    "another section": saying(section="m9/other"),
    "another scenario": saying(scenario="other"),
    "another account": saying(account="111111111111"),
    "another variant": saying(variant="neighbour"),
    "no variant": saying(variant=None),
    "a variant that is a path": saying(variant="../../../etc/passwd"),
    "a variant without end": saying(variant="x" * 10_000),
    "another version": saying(format=99),
    "a header without end": saying(note="x" * 100_000),
}
RAW = {
    "empty": lambda source, target: target.write_bytes(b""),
    "cut off in its header": lambda source, target: target.write_bytes(source.read_bytes()[:40]),
    "changed in the middle": lambda source, target: target.write_bytes(source.read_bytes().replace(b"tcp", b"udp", 1)),
    "a line taken out": lambda s, t: t.write_bytes(b"".join(s.read_bytes().splitlines(True)[::2])),
    "UTF-16": lambda source, target: target.write_bytes(source.read_text().encode("utf-16")),
    "a byte order mark": lambda source, target: target.write_bytes(b"\xef\xbb\xbf" + source.read_bytes()),
    "zeros": lambda source, target: target.write_bytes(b"\0" * 100_000),
    "a zip bomb's first bytes": lambda source, target: target.write_bytes(b"PK\x03\x04" * 1_000),
    "deep nesting": deep,
    "one gigabyte": sparse,
    "a million lines": lines,
    "a symlink to a neighbour": lambda source, target: target.symlink_to(source),
    "a symlink to a device": lambda source, target: target.symlink_to("/dev/zero"),
    "a pipe": lambda source, target: os.mkfifo(target),
    "a folder": lambda source, target: target.mkdir(),
    "missing": lambda source, target: None,
}


@pytest.mark.parametrize("name", LINES)
def test_a_forged_line_is_told_in_a_sentence(judge, section, written, tmp_path, name):
    forged = rewritten(written / "all.journal", tmp_path / "x.journal", line=LINES[name])
    with pytest.raises(JournalProblem) as told:
        judge.judge(section, forged)
    assert "Traceback" not in str(told.value) and len(str(told.value)) < 2_500


@pytest.mark.parametrize("name", HEADERS)
def test_a_forged_header_is_told_in_a_sentence(judge, section, written, tmp_path, name):
    forged = rewritten(written / "all.journal", tmp_path / "x.journal", header=HEADERS[name])
    with pytest.raises(JournalProblem):
        judge.judge(section, forged)


@pytest.mark.parametrize("environment", ["localstack", "endpoint", None, 7])
def test_a_journal_of_another_environment_is_for_a_person(judge, section, written, tmp_path, environment):
    """Ids that LocalStack gave are nobody's on moto: honest work would earn nothing, so that it is not judged."""
    header = saying(fingerprint={"environment": environment})
    forged = rewritten(written / "all.journal", tmp_path / "x.journal", header=header)
    with pytest.raises(JournalProblem, match=f"was written on {environment} and cannot be replayed on moto. Look at"):
        judge.judge(section, forged)


def test_a_sandbox_tells_that_it_reaches_no_server():
    with pytest.raises(EnvironmentProblem, match="localstack is a server, which the sandbox cannot reach: grade with"):
        ConfinedJudge(load_course(TINY), "localstack")


@pytest.mark.parametrize("name", RAW)
def test_bytes_that_are_no_journal_are_told_in_a_sentence(judge, section, written, tmp_path, name):
    target = tmp_path / "x.journal"
    RAW[name](written / "all.journal", target)
    with pytest.raises(JournalProblem):
        judge.judge(section, target)


def test_what_a_journal_claims_earns_nothing(judge, section, written, tmp_path):
    claim = Line("check", 2, 1_790_001_000.0, {"status": {"all": "passed"}, "earned": 7, "points": 7})
    more = rewritten(written / "half.journal", tmp_path / "x.journal", more=[claim])
    assert judge.judge(section, more).earned == 2


FORM = {"content-type": "application/x-www-form-urlencoded"}
PACKED = FORM | {"content-encoding": "gzip"}
JSON = {"content-type": "application/x-amz-json-1.1", "x-amz-target": "Logs_20140328.CreateLogGroup"}
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
PUT_METRIC = "Action=PutMetricData&Version=2010-08-01&Namespace=n"


def packed():
    """A gigabyte of zeros in four megabytes."""
    return b"".join(gzip.compress(bytes(2**24), 1) for _ in range(64))


BODIES = {
    "entities that multiply": ("PUT", "s3", "", "tagging", {}, (
        f'<!DOCTYPE l [<!ENTITY l0 "ha">{LAUGHS}]><Tagging><TagSet><Tag><Key>&l9;</Key><Value>&l9;</Value></Tag>'
        "</TagSet></Tagging>"
    ).encode()),
    "a policy that nests": ("PUT", "s3", "", "policy", {}, b'{"Statement":' * 50_000),
    "values that nest": ("POST", "logs", "/", "", JSON, b'{"logGroupName":' + b"[" * 50_000 + b"]" * 50_000 + b"}"),
    "a body that unpacks to a gigabyte": ("POST", "monitoring", "/", PUT_METRIC, PACKED, packed),
    "a million fields": ("POST", "ec2", "/", "", FORM, b"Action=CreateTags&" + b"&".join([b"Tag.1=x"] * 10**6)),
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_a_call_that_asks_for_everything_the_machine_has_earns_nothing_more(judge, section, written, tmp_path, name):
    """The sandbox's limits hold, the half that was done counts or goes to a person, and the next one is judged."""
    method, service, path, query, headers, body = BODIES[name]
    body = body() if callable(body) else body
    calls = [line.data["request"] for line in read_journal(written / "all.journal").lines if line.kind == "call"]
    path = path or next(request["p"] for request in calls if request["s"] == "s3")
    contents = read_journal(written / "half.journal")
    last = contents.lines[-1]
    account = str(contents.header["account"])
    request = Request(method, path, query, headers, body, account, "us-east-1", service, "AKIALAWLAWLAWLAWLAWX")
    bomb = Line("call", last.number + 1, last.time + 1, {"op": "x:X", "request": request.to_json(), "id": "bomb"})
    forged = rewritten(written / "half.journal", tmp_path / "x.journal", more=[bomb])
    try:
        assert judge.judge(section, forged).earned == 2
    except JournalProblem as problem:
        assert "Traceback" not in str(problem)
    assert judge.judge(section, written / "all.journal").earned == 7


def test_a_journal_of_another_variant_than_the_students_goes_to_a_person(judge, section, written):
    with pytest.raises(JournalProblem, match="another variant than the student's"):
        judge.judge(section, written / "all.journal", "his own")


def test_honest_work_is_graded_rightly_after_all_that(judge, section, written):
    assert judge.judge(section, written / "all.journal", "honest").earned == 7
    assert judge.judge(section, written / "half.journal").earned == 2


def test_a_killed_worker_is_replaced_and_its_submission_judged(judge, section, written):
    judge.judge(section, written / "half.journal")
    os.kill(judge.pid, 9)
    assert judge.judge(section, written / "half.journal").earned == 2


def test_one_call_grades_one_submission(written, tmp_path):
    (tmp_path / "1-groups.journal").write_bytes((written / "all.journal").read_bytes())
    assessment = grade(tmp_path, "l1-tiny/1-groups", course=TINY)
    assert [task.earned for task in assessment.tasks] == [task.points for task in assessment.tasks]


def inside(code, tmp_path, readable=(TINY,)):
    """Run hostile code where a worker runs, beside an instructor's folder that is covered."""
    secret = tmp_path / "course-secret"
    secret.write_text("the secret")
    command = confined([sys.executable, "-c", code, str(secret), str(os.getpid())], readable, [tmp_path])
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


INSIDE = {
    "reads the secret": "import sys; print(open(sys.argv[1]).read())",
    "lists the instructor's folder": "import os, sys; print(os.listdir(os.path.dirname(sys.argv[1]))[0])",
    "reads the users": "print(open('/etc/passwd').read())",
    "reads the home": "import os; print(os.listdir('/root')[9])",
    "connects": "import socket; socket.create_connection(('1.1.1.1', 53), 2); print('leak')",
    "sends": "import socket; socket.socket(2, 2).sendto(b'x', ('8.8.8.8', 53)); print('leak')",
    "kills its parent": "import os, sys; os.kill(int(sys.argv[2]), 9); print('leak')",
    "sees other processes": "import os; print([n for n in os.listdir('/proc') if n.isdigit()][5])",
    "writes the labs": f"open({str(TINY / 'labs' / 'x')!r}, 'w'); print('leak')",
    "writes the system": "open('/usr/x', 'w'); print('leak')",
    **{
        f"fills {place or 'the root'}": f"f = open('{place}/x', 'wb')\nfor _ in range(400): f.write(bytes(1 << 20))\n"
        "print('leak')"
        for place in ("", "/tmp", "/dev", "/dev/shm", "/run")
    },
    "mounts": "import ctypes; assert ctypes.CDLL(None).mount(b'x', b'/tmp', b'tmpfs', 0, None) == 0; print('leak')",
    "reads the environment": "import os; print(os.environ['HARDENLAB_SECRET'])",
    "takes all memory": "from hardenlab.cohort.limits import restrain\nrestrain(3 << 30, 1, 99, 99)\n"
    "print(len(bytes(4 << 30)))",
}


@pytest.mark.parametrize("name", INSIDE)
def test_hostile_code_in_the_sandbox_reaches_nothing(tmp_path, monkeypatch, name):
    monkeypatch.setenv("HARDENLAB_SECRET", "the secret")
    done = inside(INSIDE[name], tmp_path)
    assert done.returncode != 0 and done.stdout == "" and "Error" in done.stderr


def test_the_instructors_folder_is_covered_where_it_lies_in_the_course(tmp_path):
    done = inside(INSIDE["reads the secret"], tmp_path, readable=[tmp_path.parent])
    assert done.returncode != 0 and "FileNotFoundError" in done.stderr


def test_processes_left_behind_end_with_the_sandbox(tmp_path):
    code = "import os, time\nfor _ in range(50):\n    if os.fork() == 0: time.sleep(98765)\nprint('started')"
    assert inside(code, tmp_path).stdout == "started\n"
    listed = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True).stdout
    assert "98765" not in listed


def test_without_bubblewrap_nothing_is_judged_and_the_way_on_is_named(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(EnvironmentProblem, match="--unconfined"):
        confined(["true"], [])


def answer(section, **changes):
    tasks = [
        {"task": task.id, "title": "", "points": 99, "earned": task.points, "status": "passed", "reason": "",
         "findings": [], "broken": []} | changes
        for task in section.tasks
    ]  # fmt: skip
    return json.dumps({"assessment": {"section": section.id, "tasks": tasks, "invariants": [], "withheld": 0}}).encode()


def test_marks_are_the_rubrics_whatever_the_worker_says(section):
    assert believed(section, answer(section, earned=1_000)).earned == 7
    assert believed(section, answer(section, status="failed", earned=1_000)).earned == 0


FAILED = {"verdict": "FAILED", "resource": "x", "message": "", "evidence": [], "witness": None}


@pytest.mark.parametrize(
    "changes",
    [
        {"findings": [FAILED]}, {"status": "partial", "earned": 1_000}, {"status": "partial", "earned": -1},
        {"status": "partial", "earned": float("nan")}, {"status": "won"}, {"task": "other"}, {"reason": "x" * 10_000},
        {"findings": [FAILED] * 3_000}, {"status": "failed", "extra": 1}, {"findings": 7},
    ],
)  # fmt: skip
def test_an_answer_that_a_worker_does_not_send_is_not_believed(section, changes):
    with pytest.raises(Unbelievable):
        believed(section, answer(section, **changes))


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b"7", b"[" * 100_000, b'{"problem": 7}', b"\xff"])
def test_bytes_that_are_no_answer_are_not_believed(section, raw):
    with pytest.raises(Unbelievable):
        believed(section, raw)


def test_a_message_that_is_too_long_or_never_ends_is_not_waited_for():
    for content, seconds in ((LENGTH.pack(1 << 30), 5), (LENGTH.pack(5) + b"abc", 0.05), (b"\0", 0.05)):
        ours, theirs = os.pipe()
        os.write(theirs, content)
        with pytest.raises(Lost):
            receive(ours, 1_000, seconds)
        os.close(theirs)
        os.close(ours)


def test_a_folder_with_a_link_is_not_followed(tmp_path):
    (tmp_path / "gradebook.db").write_text("marks")
    folder = tmp_path / "submitted" / "eve" / "lab"
    folder.mkdir(parents=True)
    (folder / "data").symlink_to(tmp_path / "gradebook.db")
    with pytest.raises(JournalProblem, match="'data', which is no regular file"):
        hand_in(folder)


def test_a_submission_that_changed_is_graded_again_and_no_other(tmp_path):
    folder = tmp_path / "submitted" / "ada" / "lab"
    folder.mkdir(parents=True)
    (folder / "x.journal").write_text("one")
    assert not is_graded(tmp_path, "lab", "ada")
    record(tmp_path, "lab", "ada", hand_in(folder))
    assert is_graded(tmp_path, "lab", "ada")
    (folder / "x.journal").write_text("two")
    assert not is_graded(tmp_path, "lab", "ada")


def test_a_journal_of_the_most_bytes_is_read_and_one_more_is_not(tmp_path):
    path = tmp_path / "x.journal"
    for size, told in ((JOURNAL_BYTES, "line 1"), (JOURNAL_BYTES + 1, "at most")):
        with path.open("wb") as file:
            file.truncate(size)
        with pytest.raises(JournalProblem, match=told):
            ConfinedJudge(load_course(TINY)).judge(load_course(TINY).section("l1-tiny"), path)
