"""Going back from copies of the account: quicker than a plain replay, and the same account to the bit."""

import contextlib
import os
import signal
import time
from pathlib import Path

import pytest

from hardenlab.front.snapshots import EVERY, Snapshots
from helpers.direct import Account
from helpers.same import differences, state

SERVICES = ["ec2", "iam", "s3"]


@pytest.fixture
def account(world, tmp_path):
    """An account whose ledger keeps copies."""
    account = Account(world, tmp_path / "1-groups.journal")
    account.ledger._snapshots = Snapshots()
    yield account
    account.close()


def write(account, numbers):
    for number in numbers:
        account.client("ec2").create_vpc(CidrBlock=f"10.{number}.0.0/16")
        account.client("iam").create_user(UserName=f"user-{number}")


def replays(account):
    """The state and the last answer as a plain replay of the journal gives them."""
    again = account.reopened()
    found = state(again, SERVICES), again.ledger._answer()
    again.close()
    return found


def taken(account):
    return [kept.count for kept in account.ledger._snapshots._kept.values()]


@pytest.mark.parametrize("count", [1, 7, 12, 25])
def test_undo_from_a_copy_gives_what_a_plain_replay_gives(account, count):
    write(account, range(EVERY // 2 + 3))
    write(account, range(50, 50 + EVERY // 2))
    assert taken(account) == [EVERY, 2 * EVERY]
    account.ledger.go_back("undo", {"count": count})
    write(account, [200])
    found = state(account, SERVICES), account.ledger._answer()
    assert not differences(found[0], (plain := replays(account))[0])
    assert found[1] == plain[1]


def test_rewinding_to_a_checkpoint_replays_nothing(account, monkeypatch):
    write(account, range(3))
    account.ledger.checkpoint("here")
    write(account, range(10, 13))
    given = []
    monkeypatch.setattr("hardenlab.front.ledger.replay", lambda backend, calls, differing: given.extend(calls))
    account.ledger.go_back("rewind", {"name": "here"})
    assert given == []
    found = state(account, SERVICES), account.ledger._answer()
    monkeypatch.undo()
    assert not differences(found[0], (plain := replays(account))[0])
    assert found[1] == plain[1]


def test_a_quiet_moment_is_used_for_a_copy_once_there_is_something_to_copy(account):
    account.ledger.rest()
    write(account, range(2))
    account.ledger.rest()
    assert taken(account) == []
    write(account, range(2, 6))
    account.ledger.rest()
    account.ledger.rest()
    assert taken(account) == [12]


def test_a_copy_of_calls_that_were_undone_is_given_up(account):
    write(account, range(3))
    account.ledger.checkpoint("here")
    account.ledger.go_back("undo", {"count": 2})
    assert taken(account) == []


def test_copies_are_bounded_and_end_with_the_attempt(account):
    for number in range(6):
        write(account, [number])
        account.ledger.checkpoint(f"checkpoint {number}")
    assert taken(account) == [12], "the latest checkpoint's alone"
    kept = [kept.backend for kept in account.ledger._snapshots._kept.values()]
    for backend in kept:
        backend.clone().close()
    pids = [backend.pid for backend in kept]
    account.ledger.close()
    assert all(ended(pid) for pid in pids)


def test_where_a_copy_has_ended_the_journal_is_replayed(account):
    write(account, range(4))
    account.ledger.checkpoint("here")
    write(account, [9])
    copy = next(iter(account.ledger._snapshots._kept.values())).backend
    copy.clone().close()
    os.kill(copy.pid, signal.SIGKILL)
    account.ledger.go_back("rewind", {"name": "here"})
    assert len(account.client("iam").list_users()["Users"]) >= 4
    found = state(account, SERVICES)
    assert not differences(found, replays(account)[0])


def test_where_the_account_has_ended_it_is_made_again_from_its_copy(account):
    write(account, range(6))
    account.ledger.rest()
    write(account, [9])
    os.kill(account.ledger._backend.pid, signal.SIGKILL)
    with contextlib.suppress(account.client("iam").exceptions.ClientError):  # the call that finds it out
        account.client("iam").list_users()
    found = state(account, SERVICES)
    assert not differences(found, replays(account)[0])


def ended(pid):
    """Whether a process ends soon: it may still be a zombie of the one that forked it."""
    for _ in range(100):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False
