"""The history of calls: bounded, on disk when it has a path, and never in the way of a call."""

import os

import pytest

from hardenlab.front import seen
from hardenlab.front.operations import Operation
from hardenlab.front.seen import Caller, EventHistory
from hardenlab.model.http import Request, Response

LIST = Operation("iam", "ListUsers", "query")


def request(body=b"Action=ListUsers"):
    return Request("POST", "/", "", {}, body, "1" * 12, "us-east-1", "iam", "AKIA")


def keep(history, count, **members):
    for number in range(count):
        history.keep(float(number), members.get("operation", LIST), Caller("arn"), request(), Response(200), None)


def test_calls_survive_the_process(tmp_path):
    history = EventHistory(tmp_path / "events.jsonl")
    history.keep(1.5, LIST, Caller("arn", "id", "127.0.0.1", "agent"), request(), Response(200, [], b"<x/>"), 7)
    history.close()
    assert list(EventHistory(tmp_path / "events.jsonl")) == list(history)
    assert (tmp_path / "events.jsonl").stat().st_mode & 0o777 == 0o600


def test_the_oldest_calls_go_first(tmp_path, monkeypatch):
    monkeypatch.setattr(seen, "MAX_CALLS", 10)
    history = EventHistory(tmp_path / "events.jsonl")
    keep(history, 45)
    assert [call.time for call in history] == list(map(float, range(35, 45)))
    assert (tmp_path / "events.jsonl").read_bytes().count(b"\n") <= 20
    history.close()


@pytest.mark.parametrize("broken", [b'{"id": "x"', b"[]\n", b"\xff\n", b"{}\n", b"[" * 100_000 + b"\n"])
def test_a_broken_line_costs_that_line(tmp_path, broken):
    path = tmp_path / "events.jsonl"
    history = EventHistory(path)
    keep(history, 2)
    history.close()
    path.write_bytes(path.read_bytes() + broken)
    assert len(list(EventHistory(path))) == 2


def test_long_bodies_are_left_out():
    history = EventHistory()
    history.keep(1.0, LIST, Caller(), request(b"x" * 9000), Response(200, [], b"y" * 9000), None)
    (call,) = history
    assert (call.request.body, call.answer) == (b"", b"")


def test_a_full_disk_does_not_stop_a_call(tmp_path, monkeypatch):
    history = EventHistory(tmp_path / "events.jsonl")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    keep(history, 1)
    assert len(list(history)) == 1
