"""The file: one writer, append-only, and a sentence for everything that can be wrong with it."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hardenlab.journal import file as journal_file
from hardenlab.journal.file import Journal, read_journal
from hardenlab.journal.line import Line, encode
from hardenlab.model.problem import JournalProblem

HEADER = {"section": "lab/1-a", "scenario": "s", "variant": "v"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "1-a.journal"


def written(path, calls=3):
    journal = Journal.create(path, HEADER)
    for number in range(1, calls + 1):
        journal.write("call", 1.0, {"op": "ec2:CreateVpc", "request": {}})
        journal.write("outcome", 1.0, {"status": 200}, number=number)
    journal.close()
    return path.read_bytes()


def test_what_was_written_is_read_back(path):
    written(path)
    contents = read_journal(path)
    assert contents.header["section"] == "lab/1-a" and contents.header["format"] == 1
    assert [line.number for line in contents.lines] == [1, 1, 2, 2, 3, 3]


def test_opening_goes_on_with_the_next_number(path):
    written(path)
    journal = Journal.open(path)
    assert journal.write("hint", 1.0, {"task": "t"}).number == 4
    journal.close()
    assert len(read_journal(path).lines) == 7


def test_a_journal_is_never_overwritten_while_it_exists_elsewhere_open(path):
    journal = Journal.create(path, HEADER)
    code = f"from pathlib import Path\nfrom hardenlab.journal.file import Journal\nJournal.open(Path({str(path)!r}))"
    second = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    journal.close()
    assert second.returncode != 0 and "is in use by another hardenlab" in second.stderr


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_cut_off_last_line_is_put_beside_the_journal_and_the_rest_is_kept(path, cut):
    whole = written(path)
    path.write_bytes(whole[:-cut])
    journal = Journal.open(path)
    assert len(journal.history.calls) == 3
    assert journal.history.calls[-1][1] is None  # its outcome was cut off: the call is replayed, unacknowledged
    journal.close()
    assert path.with_name("1-a.journal.cut-off").exists()
    assert path.read_bytes() == whole[: whole.rstrip(b"\n").rfind(b"\n") + 1]


def test_a_corrupted_line_in_the_middle_is_told_with_its_number_and_nothing_is_changed(path):
    whole = written(path)
    lines = whole.splitlines(keepends=True)
    lines[3] = lines[3].replace(b"CreateVpc", b"DeleteVpc")
    path.write_bytes(b"".join(lines))
    with pytest.raises(JournalProblem, match="line 4 is corrupted") as told:
        Journal.open(path)
    assert "Nothing was changed" in str(told.value)
    assert path.read_bytes() == b"".join(lines)


def test_a_removed_line_is_noticed(path):
    lines = written(path).splitlines(keepends=True)
    del lines[2]
    path.write_bytes(b"".join(lines))
    with pytest.raises(JournalProblem, match="line 3 is corrupted"):
        read_journal(path)


def test_a_journal_of_another_format_is_told_so(path):
    text, _ = encode(Line("header", 0, 1.0, {"format": 99, **HEADER}), "")
    path.write_bytes(text)
    with pytest.raises(JournalProblem, match="format 99"):
        read_journal(path)


@pytest.mark.parametrize("content", [b"", b"hello\n", b"\x00" * 100, b'{"n":1}\n'])
def test_a_file_that_is_no_journal_is_told_so(path, content):
    path.write_bytes(content)
    with pytest.raises(JournalProblem):
        read_journal(path)


def test_a_missing_journal_is_told_so(path):
    with pytest.raises(JournalProblem, match="there is no journal"):
        read_journal(path)


def test_a_full_disk_is_told_and_leaves_no_half_line(path, monkeypatch):
    journal = Journal.create(path, HEADER)
    before = path.read_bytes()
    real = os.write

    def half_then_full(descriptor, text):
        real(descriptor, text[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("hardenlab.journal.file.os.write", half_then_full)
    with pytest.raises(JournalProblem, match="No space left on device"):
        journal.write("call", 1.0, {"op": "x", "request": {}})
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert journal.write("call", 1.0, {"op": "y", "request": {}}).number == 1
    journal.close()
    assert len(read_journal(path).lines) == 1


def test_a_line_is_json_that_a_person_can_read(path):
    written(path, 1)
    line = json.loads(path.read_text().splitlines()[1])
    assert line["kind"] == "call" and line["op"] == "ec2:CreateVpc" and line["n"] == 1


def test_a_new_journals_folder_is_on_disk_too_after_a_power_cut(path, monkeypatch):
    synced = []
    real = os.fsync

    def fsync(descriptor):
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    Journal.create(path, HEADER).close()
    assert str(path.parent) in synced, "the name of the file would be lost"
    assert any(name.startswith(str(path.parent) + "/.") for name in synced), "its header would be lost"


def test_every_outcome_waits_for_the_disk_and_an_intent_does_not(path, monkeypatch):
    waits = []
    journal = Journal.create(path, HEADER)
    monkeypatch.setattr(os, "fdatasync", waits.append)
    journal.write("call", 1.0, {"op": "ec2:CreateVpc", "request": {}}, wait=False)
    assert not waits
    journal.write("outcome", 1.0, {"status": 200}, number=1)
    assert len(waits) == 1
    journal.close()


@pytest.mark.parametrize(
    "limit, sentence", [("MAX_LINES", "has more than 4 lines"), ("MAX_BYTES", "a journal has at most 4")]
)
def test_a_journal_beyond_its_limits_is_told_and_left_as_it_is(path, monkeypatch, limit, sentence):
    whole = written(path)
    monkeypatch.setattr(f"hardenlab.journal.file.{limit}", 4)
    with pytest.raises(JournalProblem, match=sentence):
        read_journal(path)
    assert path.read_bytes() == whole


def test_a_full_journal_takes_no_call_and_is_still_opened_and_gone_back_in(path, monkeypatch):
    monkeypatch.setattr(journal_file, "MAX_LINES", 10)
    monkeypatch.setattr(journal_file, "SPARE_LINES", 4)
    journal = Journal.create(path, HEADER)
    with pytest.raises(JournalProblem, match="is full: it holds at most 10 lines"):
        for number in range(1, 10):
            journal.write("call", 1.0, {"op": "ec2:CreateVpc", "request": {}})
            journal.write("outcome", 1.0, {"status": 200}, number=number)
    journal.write("undo", 1.0, {"count": 1})
    journal.close()
    again = Journal.open(path)
    assert len(again.history.calls) == 2
    with pytest.raises(JournalProblem, match="is full"):
        again.write("call", 1.0, {"op": "ec2:CreateVpc", "request": {}})
    again.close()


def test_a_line_that_would_be_too_much_for_the_file_is_not_begun(path, monkeypatch):
    monkeypatch.setattr(journal_file, "SPARE_BYTES", 100)
    journal = Journal.create(path, HEADER)
    before = path.read_bytes()
    monkeypatch.setattr(journal_file, "MAX_BYTES", len(before) + 1_000)
    with pytest.raises(JournalProblem, match=r"is full.*Nothing was changed"):
        journal.write("call", 1.0, {"op": "s3:PutObject", "request": {"b": "x" * 1_000}})
    assert path.read_bytes() == before
    journal.write("call", 1.0, {"op": "s3:PutObject", "request": {"b": "x"}})
    journal.close()
