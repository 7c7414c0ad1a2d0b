"""Where accounts run, at the command line: what is chosen, refused and shown."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hardenlab.attempt.workspace import Workspace
from helpers.direct import CHECKOUT, TINY
from helpers.servers import moto_server


def hardenlab(workspace, *arguments, course=CHECKOUT):
    command = [
        str(Path(sys.executable).with_name("hardenlab")),
        "--course",
        course,
        "--workspace",
        workspace,
        *arguments,
    ]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True)


def test_list_says_what_runs_on_localstack_and_what_the_others_miss(tmp_path):
    done = hardenlab(tmp_path, "list", "--environment", "localstack", "--json")
    missing = {row["section"]: row["missing"] for row in json.loads(done.stdout)}
    assert missing["m0-orientation/1-first-fix"] == []
    assert "elbv2" in missing["m3-network/1-perimeter"]
    assert "wafv2" in missing["m3-network/4-edge"]
    assert "route53:CreateKeySigningKey" in missing["m3-network/3-dns"]


@pytest.mark.parametrize(
    ("section", "environment", "words"),
    [
        ("m3-network/1-perimeter", ["localstack"], ("needs elbv2", "--environment moto")),
        ("m0-orientation", ["endpoint@http://127.0.0.1:5"], ("--allow-endpoint",)),
        ("m0-orientation", ["endpoint@https://s3.amazonaws.com", "--allow-endpoint"], ("belongs to AWS",)),
        ("m0-orientation", ["localstak"], ("no environment 'localstak'", "Did you mean 'localstack'")),
    ],
)
def test_what_cannot_start_is_told_in_one_sentence(tmp_path, section, environment, words):
    done = hardenlab(tmp_path / "w", "start", section, "--environment", *environment)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert all(word in done.stderr for word in words)
    assert not list((tmp_path / "w").rglob("*.journal"))


def test_moto_needs_no_installation(tmp_path):
    done = hardenlab(tmp_path, "environment", "install", "moto")
    assert done.returncode == 2 and "needs no installation" in done.stderr


def test_a_section_starts_at_an_endpoint_and_stays_there(tmp_path):
    with moto_server() as url:
        where = ("--environment", f"endpoint@{url}", "--allow-endpoint")
        try:
            done = hardenlab(tmp_path / "w", "start", "l1-tiny", *where, course=TINY)
            assert done.returncode == 0, done.stderr
            assert f"runs on endpoint@{url}" in done.stdout
            assert Workspace(tmp_path / "w").environment("l1-tiny/1-groups") == f"endpoint@{url}"
            other = hardenlab(tmp_path / "w", "start", "l1-tiny", "--environment", "moto", course=TINY)
            assert other.returncode == 2 and "Stop it first" in other.stderr
            checked = hardenlab(tmp_path / "w", "check", "l1-tiny", "--json", course=TINY)
            assert json.loads(checked.stdout)["assessment"]["earned"] == 0
            assert json.loads(checked.stdout)["differing"] == []
        finally:
            hardenlab(tmp_path / "w", "stop", course=TINY)
