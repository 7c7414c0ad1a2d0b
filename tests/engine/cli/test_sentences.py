"""Every mistake at the command line: one sentence on standard error, the right exit code, no traceback."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from hardenlab.journal.file import Journal
from hardenlab.model.http import Request
from helpers.direct import TINY


def hardenlab(*arguments, cwd, **variables):
    return subprocess.run(
        [str(Path(sys.executable).with_name("hardenlab")), *map(str, arguments)],
        cwd=cwd, capture_output=True, text=True, env=os.environ | {"HOME": str(cwd)} | variables,
    )  # fmt: skip


def told(done, code, *words):
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert len(done.stderr.strip().splitlines()) == 1 or "Usage" in done.stderr
    for word in words:
        assert word in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("check", "l1-tinny"), 2, ("no lab or section 'l1-tinny'", "Did you mean 'l1-tiny'")),
        (("check", "l1-tiny", "--task", "ec2_group_ssh"), 2, ("no task 'ec2_group_ssh'", "ec2_group_ssh_closed")),
        (("hint", "l1-tiny", "nonsense"), 2, ("no task 'nonsense'",)),
        (("undo", "l1-tiny"), 2, ("nothing to undo",)),
        (("validate", "l1-tiny", "--only", "ec2_group_ssh"), 2, ("is named 'ec2_group_ssh'", "ec2_group_ssh_closed")),
        (("validate", "l1-tiny", "--variants", "0"), 2, ("'--variants'", "See: hardenlab --help")),
        (("new", "labb", "x"), 2, ("nothing of the kind 'labb'", "Did you mean 'lab'")),
        (("new", "control", "Bad Name"), 2, ("is no id for a control",)),
        (("grade", "l1-tiny"), 2, ("is no course folder",)),
    ],
)
def test_a_mistake_gets_its_sentence(tmp_path, arguments, code, words):
    told(hardenlab("--course", TINY, "--workspace", tmp_path / "w", *arguments, cwd=tmp_path), code, *words)


def test_an_unknown_command_is_told(tmp_path):
    done = hardenlab("frobnicate", cwd=tmp_path)
    assert done.returncode == 2 and "frobnicate" in done.stderr and "Traceback" not in done.stderr


def test_a_folder_that_is_no_course_is_told(tmp_path):
    told(hardenlab("--course", tmp_path, "list", cwd=tmp_path), 2, "is not a course", "labs, graders, scenarios")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('control = "ec2_group_ssh_closed"', 'control = "ec2_group_ssh_close"', ("unknown control", "Did you mean")),
        ("points = 4", "points = -4", ("lab.toml:10", "above 0")),
        ('fixes = ["ssh_open"]', 'fixs = ["ssh_open"]', ("lab.toml:10", "unknown key `fixs`", "Did you mean 'fixes'")),
        ('notebook = "1-groups"', 'notebook = "1-group"', ("lab.toml:4", "no notebook", "Did you mean '1-groups'")),
        ('title = "Tiny"', "title = Tiny", ("not valid TOML",)),
    ],
)
def test_a_broken_lab_is_told_with_file_and_line(tmp_path, old, new, words):
    shutil.copytree(TINY, tmp_path / "course")
    path = tmp_path / "course" / "labs" / "l1-tiny" / "lab.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    told(hardenlab("--course", tmp_path / "course", "validate", "--no-kernel", cwd=tmp_path), 1, "lab.toml", *words)


def test_a_scenario_that_does_not_parse_is_told_with_its_line(tmp_path):
    shutil.copytree(TINY, tmp_path / "course")
    path = tmp_path / "course" / "scenarios" / "two_groups.py"
    path.write_text(path.read_text() + "\ndef broken(:\n")
    told(hardenlab("--course", tmp_path / "course", "validate", cwd=tmp_path), 1, "two_groups.py:", "SyntaxError")


def test_a_scenario_that_cannot_be_seeded_is_the_authors_to_mend(tmp_path):
    shutil.copytree(TINY, tmp_path / "course")
    path = tmp_path / "course" / "scenarios" / "two_groups.py"
    text = path.read_text()
    path.write_text(text.replace('ec2.create_vpc(CidrBlock=str(vary.network("tiny")))["Vpc"]["VpcId"]', "1 / 0"))
    base = ("--course", tmp_path / "course", "--workspace", tmp_path / "w")
    words = ("the scenario 'two_groups' cannot be seeded (ZeroDivisionError: division by zero) at two_groups.py:10",)
    told(hardenlab(*base, "validate", "--no-kernel", cwd=tmp_path), 1, *words)
    told(hardenlab(*base, "check", "l1-tiny", cwd=tmp_path), 1, *words)


def test_an_environment_that_dies_under_the_law_is_no_fault_of_the_content(tmp_path):
    command = [Path(sys.executable).with_name("hardenlab"), "--course", TINY, "validate", "--no-kernel"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    below = []
    while not below and process.poll() is None:
        below = psutil.Process(process.pid).children()
        time.sleep(0.02)
    for child in below:
        child.kill()
    out, err = process.communicate(timeout=60)
    told(subprocess.CompletedProcess(command, process.returncode, out, err), 3, "the emulated account")


def test_a_busy_port_is_told(tmp_path):
    import socket

    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        done = hardenlab("--course", TINY, "--workspace", tmp_path / "w", "open", "--port", port, cwd=tmp_path)
    told(done, 2, str(port))


def test_check_prints_what_lab_check_knows_and_stops_what_it_started(tmp_path):
    base = ("--course", TINY, "--workspace", tmp_path / "w")
    done = hardenlab(*base, "check", "l1-tiny", "--json", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["assessment"]["points"] == 7
    assert "nothing was running" in hardenlab(*base, "stop", cwd=tmp_path).stdout
    shown = hardenlab(*base, "check", "l1-tiny", cwd=tmp_path)
    assert "FAILED" in shown.stdout and "port 22 is open" in shown.stdout


SPOILED = {
    "a cut-off last line": (lambda whole: whole[:-9], None),
    "a corrupted line": (lambda whole: whole.replace(b"CreateVpc", b"DeleteVpc", 1), "line 2 is corrupted"),
    "another scenario": (lambda _: journal_of(scenario="another"), "with the scenario 'another'"),
    "no journal at all": (lambda _: b"hello\n", "line 1 is corrupted"),
    "another moto, and it replays otherwise": (
        lambda _: journal_of(fingerprint={"moto": "4.0.0"}, calls=[("DeleteVpc&VpcId=vpc-1", 200)]),
        "answered 200 when it was written and 400 now",
    ),
}


def journal_of(calls=(), **header):
    """The bytes of a journal of the tiny section, written by hand."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "j.journal"
        known = {"section": "l1-tiny/1-groups", "scenario": "two_groups", "variant": "v", "digest": "d"}
        journal = Journal.create(path, known | {"fingerprint": {}} | header)
        for body, status in calls:
            form = {"content-type": "application/x-www-form-urlencoded"}
            text = f"Action={body}&Version=2016-11-15".encode()
            request = Request("POST", "/", "", form, text, "123456789012", "us-east-1", "ec2", "AKIA").to_json()
            journal.write("call", 1.0, {"op": "ec2:DeleteVpc", "request": request, "seed": "1"})
            journal.write("outcome", 1.0, {"status": status}, number=1)
        journal.close()
        return path.read_bytes()


def test_a_spoiled_journal_is_told_and_nothing_is_lost(tmp_path):
    base = ("--course", TINY, "--workspace", tmp_path / "w")
    shell = {"SHELL": "/bin/sh"}
    run = subprocess.run(
        [Path(sys.executable).with_name("hardenlab"), *map(str, base), "shell", "l1-tiny"], cwd=tmp_path, text=True,
        env=os.environ | shell | {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}, capture_output=True,
        input="aws ec2 create-vpc --cidr-block 10.9.0.0/16 --query Vpc.CidrBlock\nexit 7\n",
    )  # fmt: skip
    assert run.returncode == 7 and "10.9.0.0/16" in run.stdout, run.stderr
    path = tmp_path / "w" / "l1-tiny" / "1-groups.journal"
    whole = path.read_bytes()
    for name, (spoil, sentence) in SPOILED.items():
        path.write_bytes(spoil(whole))
        spoiled = path.read_bytes()
        assert spoiled != whole, name
        done = hardenlab(*base, "journal", "l1-tiny", cwd=tmp_path)
        if sentence is None:
            assert done.returncode == 0 and "ec2:CreateVpc" in done.stdout, (name, done.stderr)
        else:
            told(done, 1, sentence)
            assert path.read_bytes() == spoiled, name


def test_a_new_unit_fails_the_law_where_it_is_unfinished(tmp_path):
    shutil.copytree(TINY, tmp_path / "course")
    for kind, name in (("control", "todo_control"), ("scenario", "l2_new"), ("lab", "l2-new")):
        assert hardenlab("--course", tmp_path / "course", "new", kind, name, cwd=tmp_path).returncode == 0
    proof = ("validate", "l2-new", "--variants", "1", "--no-kernel")
    done = hardenlab("--course", tmp_path / "course", *proof, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    for gap in ("todo_control: expected finished prose", "expected every finding decided", "expected references"):
        assert gap in done.stdout


def test_validate_writes_junit_and_json(tmp_path):
    files = ("--junit", tmp_path / "law.xml", "--json", tmp_path / "law.json")
    arguments = ("validate", "l1-tiny", "--variants", "1", "--no-kernel", "--only", "ec2_group_ssh_closed", *files)
    done = hardenlab("--course", TINY, *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "<testsuite" in (tmp_path / "law.xml").read_text()
    assert all(not proof["failures"] for proof in json.loads((tmp_path / "law.json").read_text()))
