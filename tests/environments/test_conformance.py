"""What every environment promises (hardenlab.environment), tried on each of them."""

import pytest

from hardenlab.model.http import Moment, Request
from helpers.direct import Account, Ticker, tiny_world, warm_backend
from helpers.same import differences, state
from helpers.writes import WRITES, write

ENVIRONMENTS = ("moto", "moto without fork")


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def root(request):
    name, _, without = request.param.partition(" without ")
    with warm_backend(name, **({"forks": False} if without else {})) as backend:
        yield backend


@pytest.fixture(scope="module")
def planted(root):
    with tiny_world(root) as world:
        yield world


@pytest.fixture
def fresh(planted, tmp_path):
    account = Account(planted, tmp_path / "a.journal")
    yield account
    account.close()


def create_vpc(cidr, account="123456789012"):
    body = f"Action=CreateVpc&Version=2016-11-15&CidrBlock={cidr}".encode()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    return Request("POST", "/", "", kind, body, account, "us-east-1", "ec2", "AKIAX")


def list_vpcs(account="123456789012"):
    kind = {"content-type": "application/x-www-form-urlencoded"}
    body = b"Action=DescribeVpcs&Version=2016-11-15"
    return Request("POST", "/", "", kind, body, account, "us-east-1", "ec2", "AKIAX")


def test_equal_seeds_give_equal_states(root, planted):
    with tiny_world(root) as again:
        assert again.digest == planted.digest
        assert dict(again.facts) == dict(planted.facts)


def test_another_variant_gives_other_ids_and_names(root, planted):
    with tiny_world(root, "test-2") as other:
        assert other.digest != planted.digest
        assert other.account_id != planted.account_id
        assert other.facts["vpc"] != planted.facts["vpc"]


def test_equal_requests_at_equal_moments_answer_equally(planted):
    one, other = planted.fresh(), planted.fresh()
    answers = [backend.call(create_vpc("10.1.0.0/16"), Moment("7", 1.8e9)).body for backend in (one, other)]
    assert answers[0] == answers[1]
    assert one.call(create_vpc("10.2.0.0/16"), Moment("8", 1.8e9)).body != answers[0]
    one.close()
    other.close()


def test_a_clone_goes_its_own_way(planted):
    one, other = planted.fresh(), planted.fresh()
    one.call(create_vpc("10.77.0.0/16"), Moment("1", 1.8e9))
    copy = one.clone()
    listing = list_vpcs()
    assert b"10.77.0.0/16" in copy.call(listing, Moment("r", 1.8e9)).body
    assert b"10.77.0.0/16" not in other.call(listing, Moment("r", 1.8e9)).body
    one.close()
    assert b"10.77.0.0/16" in copy.call(listing, Moment("r", 1.8e9)).body
    copy.close()
    other.close()


def test_a_clone_made_ahead_is_in_the_state_of_now(planted):
    backend = planted.fresh()
    for number, cidr in enumerate(("10.81.0.0/16", "10.82.0.0/16")):
        backend.stand_by()
        backend.call(create_vpc(cidr, planted.account_id), Moment(str(number), 1.8e9))
    backend.stand_by()
    copies = [backend.clone(), backend.clone()]
    for copy in copies:
        listed = copy.call(list_vpcs(planted.account_id), Moment("read:1", 1.8e9)).body
        assert b"10.81.0.0/16" in listed
        assert b"10.82.0.0/16" in listed
        copy.close()
    backend.stand_by()
    backend.close()


def test_a_job_leaves_the_state_as_it_was(planted, fresh):
    before = state(fresh, ("ec2", "s3"))
    planted.assess(fresh.ledger._current())
    assert not differences(before, state(fresh, ("ec2", "s3")))


def test_an_operation_that_is_not_offered_says_so(fresh):
    from botocore.exceptions import ClientError

    for service, operation, arguments in (
        ("ec2", "create_verified_access_instance", {}),
        ("route53", "create_cidr_collection", {"Name": "n", "CallerReference": "r"}),
        (
            "guardduty",
            "get_usage_statistics",
            {"DetectorId": "d" * 32, "UsageStatisticType": "TOP_RESOURCES", "UsageCriteria": {}},
        ),
        ("macie2", "get_usage_totals", {}),
        ("controlcatalog", "list_common_controls", {}),
        ("kms", "connect_custom_key_store", {"CustomKeyStoreId": "cks-1"}),
        ("iam", "get_organizations_access_report", {"JobId": "j" * 36}),
        ("imagebuilder", "list_workflows", {}),
    ):
        with pytest.raises(ClientError) as error:
            getattr(fresh.client(service), operation)(**arguments)
        told = error.value.response
        assert told["Error"]["Code"] == "NotImplemented", (service, told)
        assert told["ResponseMetadata"]["HTTPStatusCode"] == 501
        assert f"{service}:{operation.replace('_', '')}" in told["Error"]["Message"].lower().replace("_", "")


def test_a_journal_over_twenty_services_replays_to_the_same_account(fresh):
    for number, which in enumerate(WRITES):
        write(fresh, which, number)
    before = state(fresh)
    again = fresh.reopened()
    assert not differences(before, state(again))
    assert len(again.journal.history.calls) > 45
    again.close()


def test_reads_in_between_change_nothing_of_what_is_replayed(planted, tmp_path):
    quiet = Account(planted, tmp_path / "quiet.journal", Ticker())
    for number, which in enumerate(WRITES[:8]):
        write(quiet, which, number)
    chatty = Account(planted, tmp_path / "chatty.journal", Ticker())
    for number, which in enumerate(WRITES[:8]):
        chatty.client("ec2").describe_instances()
        chatty.client("iam").list_roles()
        write(chatty, which, number)
    ids = [sorted(vpc["VpcId"] for vpc in account.client("ec2").describe_vpcs()["Vpcs"]) for account in (quiet, chatty)]
    assert ids[0] == ids[1]
    quiet.close()
    chatty.close()
