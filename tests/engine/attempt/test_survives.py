"""An attempt outlives its processes: what was acknowledged is there again, with the same ids."""

import os
import signal
import threading
import time
from pathlib import Path

import psutil
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from hardenlab.attempt.client import Refused, ensure_running, running, stop_all
from hardenlab.journal.file import Journal, read_journal

from .conftest import SECTION, Learner

pytestmark = pytest.mark.xdist_group("attempt")


def groups(learner):
    return {
        group["GroupId"]: group["GroupName"]
        for group in learner.client("ec2").describe_security_groups()["SecurityGroups"]
    }


def test_a_killed_attempt_comes_back_with_the_same_ids_and_goes_on(learner):
    vpc = learner.endpoint.ask("overview")["facts"]["vpc"]
    made = learner.client("ec2").create_security_group(GroupName="mine", Description="d", VpcId=vpc)["GroupId"]
    before, port = groups(learner), learner.endpoint.port
    os.kill(learner.endpoint.pid, signal.SIGKILL)
    learner.start()
    assert groups(learner) == before and made in before
    assert learner.endpoint.port == port  # clients that are still open go on
    again = learner.client("ec2").create_security_group(GroupName="more", Description="d", VpcId=vpc)["GroupId"]
    assert again != made


def test_nothing_acknowledged_is_lost_when_the_server_is_killed_while_calls_run(learner):
    vpc, acknowledged, stop = learner.endpoint.ask("overview")["facts"]["vpc"], [], threading.Event()

    def keep_calling():
        ec2 = learner.client("ec2", retries={"max_attempts": 0})
        for number in range(10_000):
            if stop.is_set():
                return
            try:
                acknowledged.append(
                    ec2.create_security_group(GroupName=f"g{number}", Description="d", VpcId=vpc)["GroupId"]
                )
            except (BotoCoreError, ClientError):
                return

    caller = threading.Thread(target=keep_calling)
    caller.start()
    while len(acknowledged) < 20:
        time.sleep(0.01)
    os.kill(learner.endpoint.pid, signal.SIGKILL)
    stop.set()
    caller.join()
    learner.start()
    assert len(acknowledged) >= 20
    assert set(acknowledged) <= set(groups(learner))


def test_a_dead_emulator_is_rebuilt_and_the_call_is_told_to_be_repeated(learner):
    vpc = learner.endpoint.ask("overview")["facts"]["vpc"]
    learner.client("ec2").create_security_group(GroupName="mine", Description="d", VpcId=vpc)
    before = groups(learner)
    for child in emulators_of(learner.endpoint.pid)[1:]:  # the first is the seeded one that fresh accounts come from
        os.kill(child, signal.SIGKILL)
    with pytest.raises(ClientError, match="repeat the call"):
        learner.client("ec2", retries={"max_attempts": 0}).describe_vpcs()
    assert groups(learner) == before


def test_retries_of_boto3_do_not_notice_a_dead_emulator(learner):
    before = groups(learner)
    for child in emulators_of(learner.endpoint.pid)[1:]:
        os.kill(child, signal.SIGKILL)
    assert groups(learner) == before


def emulators_of(pid):
    """The living backend processes below a server, oldest first; dead ones may be collected at any moment."""
    below = psutil.Process(pid).children(recursive=True)
    return sorted(child.pid for child in below if alive(child.pid))


def test_stopping_leaves_no_process_behind(learner):
    pid = learner.endpoint.pid
    children = emulators_of(pid)
    assert children
    learner.endpoint.ask("stop")
    deadline = time.monotonic() + 10
    while any(alive(one) for one in [pid, *children]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [one for one in [pid, *children] if alive(one)]
    assert running(learner.workspace, SECTION) is None


def test_killing_the_server_ends_its_emulators(learner):
    children = emulators_of(learner.endpoint.pid)
    os.kill(learner.endpoint.pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while any(alive(one) for one in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [one for one in children if alive(one)]


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A learner whose server is stopped, the bytes of the journal, and the groups that were there."""
    learner = Learner(tmp_path_factory.mktemp("written") / "workspace")
    vpc = learner.endpoint.ask("overview")["facts"]["vpc"]
    learner.client("ec2").create_vpc(CidrBlock="10.1.0.0/16")
    learner.client("ec2").create_security_group(GroupName="mine", Description="d", VpcId=vpc)
    before = groups(learner)
    stop(learner)
    yield learner, learner.journal.read_bytes(), before
    stop_all(learner.workspace)


def stop(learner):
    learner.endpoint.ask("stop")
    wait_until_stopped(learner)


def rewritten(learner, whole, header, status=None):
    """The same journal under another header, and with another outcome of every call."""
    learner.journal.write_bytes(whole)
    contents = read_journal(learner.journal)
    learner.journal.unlink()
    known = {key: value for key, value in contents.header.items() if key != "format"}
    journal = Journal.create(learner.journal, known | header)
    for line in contents.lines:
        data = dict(line.data) | ({"status": status} if line.kind == "outcome" and status else {})
        journal.write(line.kind, line.time, data, number=line.number)
    journal.close()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda text: text.replace(b'"two_groups"', b'"two_grOups"', 1), "line 1 is corrupted"),
        (lambda text: text.replace(b"CreateVpc", b"DeleteVpc", 1), "line 2 is corrupted"),
        (lambda text: b"", "does not begin with a journal's header"),
    ],
)
def test_a_spoiled_journal_is_told_and_left_as_it_is(written, spoil, sentence):
    learner, whole, _ = written
    spoiled = spoil(whole)
    learner.journal.write_bytes(spoiled)
    with pytest.raises(Refused, match=sentence) as told:
        ensure_running(learner.workspace, SECTION)
    assert told.value.exit_code == 1 and "Traceback" not in str(told.value)
    assert learner.journal.read_bytes() == spoiled


def test_the_journal_of_another_section_is_told(written):
    learner, whole, _ = written
    rewritten(learner, whole, {"section": "m9/other", "scenario": "another"})
    with pytest.raises(Refused, match="belongs to the section 'm9/other'"):
        ensure_running(learner.workspace, SECTION)


def test_a_journal_that_no_longer_replays_waits_for_a_person(written):
    learner, whole, _ = written
    rewritten(learner, whole, {"fingerprint": {"moto": "4.0.0"}}, status=400)
    with pytest.raises(Refused, match="answered 400 when it was written and 200 now"):
        ensure_running(learner.workspace, SECTION)


def test_a_journal_of_another_moto_that_replays_all_the_same_is_accepted(written):
    learner, whole, before = written
    rewritten(learner, whole, {"fingerprint": {"moto": "4.0.0"}, "digest": "other"})
    learner.start()
    assert groups(learner) == before
    stop(learner)


def wait_until_stopped(learner):
    deadline = time.monotonic() + 15
    while alive(learner.endpoint.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
