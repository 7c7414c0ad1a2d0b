"""What breaks inside the emulator is told in AWS's shape, and the account goes on."""

import errno
import os

import pytest
from botocore.exceptions import ClientError

import hardenlab.journal.file as journal_file
from hardenlab.journal.file import read_journal
from hardenlab.model.problem import JournalProblem
from helpers.direct import Account


def assert_internal_failure(call, action, **arguments):
    with pytest.raises(ClientError) as error:
        call(**arguments)
    assert error.value.response["Error"]["Code"] == "InternalFailure"
    assert action in error.value.response["Error"]["Message"]


def test_a_crash_inside_the_emulator_is_an_internal_failure_and_the_account_goes_on(account):
    before = account.client("ec2").describe_vpcs()["Vpcs"]
    ssm = account.client("ssm")
    assert_internal_failure(ssm.get_patch_baseline_for_patch_group, "ssm:GetPatchBaseline", PatchGroup="x")
    assert account.client("ec2").describe_vpcs()["Vpcs"] == before


def test_a_write_that_was_not_offered_replays_as_it_went(account):
    with pytest.raises(ClientError, match="does not offer"):
        account.client("ec2").create_verified_access_instance()
    account.client("ec2").create_vpc(CidrBlock="10.1.0.0/16")
    before = account.client("ec2").describe_vpcs()["Vpcs"]
    again = account.reopened()
    assert again.client("ec2").describe_vpcs()["Vpcs"] == before
    again.close()


def test_a_call_answered_otherwise_on_replay_waits_for_a_person_unless_the_account_is_judged_live(account, world):
    account.client("ec2").create_vpc(CidrBlock="10.1.0.0/16")
    journal = account.journal
    call, _ = journal.history.calls[-1]
    line = journal.write("call", call.time, call.data)
    journal.write("outcome", call.time, {"status": 403}, number=line.number)
    account.client("s3").create_bucket(Bucket="after-it")
    account.close()
    strict = Account(world, account.path)
    with pytest.raises(JournalProblem, match=r"answered 403 when it was written and 200 now"):
        strict.ledger.catch_up()
    strict.close()
    live = Account(world, account.path, exact=False)
    live.ledger.catch_up()
    assert [line.data["op"] for line in live.ledger.differing] == ["ec2:CreateVpc"]
    assert "after-it" in {bucket["Name"] for bucket in live.client("s3").list_buckets()["Buckets"]}
    live.close()


@pytest.mark.parametrize("target", ["/%ff%fe%00", "/" + "a" * 300, "/UPPER/case", "/..%2f..%2fetc", "/a/b?acl&policy"])
def test_an_odd_unsigned_address_is_a_plain_refusal(account, target):
    assert account.request("GET", target).status in (400, 403, 404)


def full_disk(monkeypatch, lines):
    """Let so many lines be written, then half of one, until there is room again."""
    left, real = [lines], os.write

    def write(descriptor, text):
        if left[0] == 0:
            real(descriptor, text[: len(text) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
        left[0] -= 1
        return real(descriptor, text)

    monkeypatch.setattr(journal_file.os, "write", write)


@pytest.mark.parametrize(("lines", "kept"), [(0, 0), (1, 1)], ids=["at the intent", "at the outcome"])
def test_a_full_disk_is_told_and_the_account_is_what_the_journal_says(account, monkeypatch, lines, kept):
    ec2 = account.client("ec2")
    before = len(ec2.describe_vpcs()["Vpcs"])
    with monkeypatch.context() as patch:
        full_disk(patch, lines)
        with pytest.raises(ClientError, match=r"No space left on device.*Make room, then repeat the call") as error:
            ec2.create_vpc(CidrBlock="10.1.0.0/16")
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert len(ec2.describe_vpcs()["Vpcs"]) == before + kept
    ec2.create_vpc(CidrBlock="10.2.0.0/16")
    again = account.reopened()
    assert len(again.client("ec2").describe_vpcs()["Vpcs"]) == before + kept + 1
    again.close()


def test_a_retry_whose_first_outcome_was_lost_is_on_disk_before_it_is_answered(account, monkeypatch):
    ec2, sent = account.client("ec2"), []
    ec2.meta.events.register_first("before-send.*.*", lambda request, **_: sent.append(request))
    with monkeypatch.context() as patch:
        full_disk(patch, 1)
        with pytest.raises(ClientError, match="No space left"):
            ec2.create_vpc(CidrBlock="10.1.0.0/16")
    waits, real = [], os.fdatasync
    monkeypatch.setattr(journal_file.os, "fdatasync", lambda descriptor: (waits.append(1), real(descriptor)))
    assert account.send(sent[-1]).status_code == 200  # boto3's retry: the same invocation
    assert waits == [1]
    assert [line.kind for line in read_journal(account.path).lines] == ["call", "outcome"]
    assert account.send(sent[-1]).status_code == 200
    assert waits == [1]
