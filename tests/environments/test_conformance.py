"""What every environment promises (hardenlab.environment), tried on each of them."""

import base64
import json
import re
import threading

import pytest
from botocore.exceptions import ClientError

from hardenlab.assess.assess import recorded_answers
from hardenlab.assess.jobs import ASSESS
from hardenlab.assess.world import World
from hardenlab.cohort.judge import JUDGE
from hardenlab.course.load import load_course
from hardenlab.model.http import Moment, Request
from hardenlab.model.problem import EnvironmentProblem
from helpers.classroom import everything
from helpers.direct import TINY, Account, Ticker, tiny_world
from helpers.same import differences, state
from helpers.servers import end_abruptly, started
from helpers.writes import WRITES, bucket, key, logs, role, secret, topic, user, vpc, write

EXACT = ("moto", "moto without fork")
ENVIRONMENTS = (*EXACT, "localstack", "endpoint")
# what all of them offer
COMMON = (vpc, bucket, user, role, logs, topic, secret)


def only(*members):
    """Run a test on these members alone: what it tries, the others do not promise."""
    return pytest.mark.parametrize("root", grouped(members), indirect=True)


def grouped(members):
    """One process for each server: it takes seconds to start."""
    return [pytest.param(member, marks=pytest.mark.xdist_group(f"environment {member}")) for member in members]


@pytest.fixture(scope="module", params=grouped(ENVIRONMENTS))
def root(request):
    server = request.getfixturevalue("localstack") if request.param == "localstack" else None
    with started(request.param, server) as backend:
        yield backend


@pytest.fixture(scope="module")
def planted(root):
    with tiny_world(root) as world:
        yield world


@pytest.fixture
def fresh(planted, tmp_path, request):
    account = Account(planted, tmp_path / "a.journal", exact=request.node.callspec.params["root"] in EXACT)
    yield account
    account.close()


def create_vpc(cidr, account="123456789012"):
    body = f"Action=CreateVpc&Version=2016-11-15&CidrBlock={cidr}".encode()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    return Request("POST", "/", "", kind, body, account, "us-east-1", "ec2", "AKIAX")


def made_vpc(response):
    return re.search(rb"vpc-[0-9a-f]{8,}", response.body)[0]


def list_vpcs(account="123456789012"):
    kind = {"content-type": "application/x-www-form-urlencoded"}
    body = b"Action=DescribeVpcs&Version=2016-11-15"
    return Request("POST", "/", "", kind, body, account, "us-east-1", "ec2", "AKIAX")


def test_equal_seeds_give_equal_states(root, planted):
    with tiny_world(root) as again:
        assert again.digest == planted.digest
        assert dict(again.facts) == dict(planted.facts)


def test_what_was_rehearsed_is_forgotten(root, planted):
    rehearsed, course = root.clone(), load_course(TINY)
    rehearsed.rehearse(lambda backend: World.plant(backend, TINY, course.section("l1-tiny"), "rehearsal"), many=True)
    with tiny_world(rehearsed) as again:
        assert again.digest == planted.digest
        assert (dict(again.facts), again.first) == (dict(planted.facts), planted.first)
        one, other = again.fresh(), planted.fresh()
        for backend in (one, other):
            backend.call(create_vpc("10.9.0.0/16", again.account_id), Moment("1", 1.8e9))
        listed = [backend.call(list_vpcs(again.account_id), Moment("read:1", 1.8e9)).body for backend in (one, other)]
        assert listed[0].count(b"<vpcId>") == listed[1].count(b"<vpcId>") > 0 and b"10.9.0.0/16" in listed[0]
        one.close()
        other.close()
    rehearsed.close()


def test_another_variant_gives_other_ids_and_names(root, planted):
    with tiny_world(root, "test-2") as other:
        assert other.digest != planted.digest
        assert other.account_id != planted.account_id
        assert other.facts["vpc"] != planted.facts["vpc"]


def test_equal_requests_at_equal_moments_answer_equally(planted):
    one, other = planted.fresh(), planted.fresh()
    answers = [made_vpc(backend.call(create_vpc("10.1.0.0/16"), Moment("7", 1.8e9))) for backend in (one, other)]
    assert answers[0] == answers[1]
    assert made_vpc(one.call(create_vpc("10.2.0.0/16"), Moment("8", 1.8e9))) != answers[0]
    one.close()
    other.close()


def test_several_calls_are_answered_in_their_order_as_one_by_one(planted):
    """Large and small ones in turn: more than a socket holds while the other end is busy."""
    put = {"content-type": "binary/octet-stream"}
    asked = [Request("PUT", "/several", "", {}, b"", "123456789012", "us-east-1", "s3", "AKIAX")]
    for number in range(40):
        size = 200_000 if number % 10 == 0 else 10
        path = f"/several/{number}"
        asked.append(Request("PUT", path, "", put, b"x" * size, "123456789012", "us-east-1", "s3", "AKIAX"))
        asked.append(Request("GET", path, "", {}, b"", "123456789012", "us-east-1", "s3", "AKIAX"))
    moments = [Moment(str(number), 1.8e9 + number) for number in range(len(asked))]
    together, apart = planted.fresh(), planted.fresh()
    found = [(answer.status, answer.body) for answer in together.calls(zip(asked, moments, strict=True))]
    each = [apart.call(request, moment) for request, moment in zip(asked, moments, strict=True)]
    assert found == [(answer.status, answer.body) for answer in each]
    assert {len(body) for _, body in found} >= {10, 200_000} and {status for status, _ in found} == {200}
    together.close()
    apart.close()


def test_an_answer_that_nobody_took_is_never_the_answer_to_another_call(planted):
    backend = planted.fresh()
    calls = [(create_vpc(f"10.{number}.0.0/16"), Moment(str(number), 1.8e9)) for number in range(1, 9)]
    several = backend.calls(calls)
    next(several)
    several.close()
    try:
        assert b"DescribeVpcsResponse" in backend.call(list_vpcs(), Moment("r", 1.8e9)).body
    except EnvironmentProblem as told:
        assert "ended" in str(told)
    backend.close()


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
    before = seen(fresh)
    planted.assess(fresh.ledger._current())
    assert seen(fresh) == before


def test_an_operation_that_is_not_offered_is_told(fresh):
    with pytest.raises(ClientError) as error:
        fresh.client("ec2").create_verified_access_instance()
    assert error.value.response["Error"]["Code"] == "NotImplemented"


@only(*EXACT)
def test_an_operation_that_is_not_offered_says_so(fresh):
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


@only(*EXACT)
def test_a_journal_over_twenty_services_replays_to_the_same_account(fresh):
    for number, which in enumerate(WRITES):
        write(fresh, which, number)
    before = state(fresh)
    again = fresh.reopened()
    assert not differences(before, state(again))
    assert len(again.journal.history.calls) > 45
    again.close()


@only(*EXACT)
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


def seen(account):
    """What the account holds, by the ids that it gave, read as graders do."""
    ec2, iam, s3 = account.client("ec2"), account.client("iam"), account.client("s3")
    logs, secrets = account.client("logs"), account.client("secretsmanager")
    groups = ec2.describe_security_groups()["SecurityGroups"]
    reservations = ec2.describe_instances()["Reservations"]
    names = [item["Name"] for item in s3.list_buckets()["Buckets"]]
    return {
        "vpcs": {item["VpcId"]: item["CidrBlock"] for item in ec2.describe_vpcs()["Vpcs"]},
        "subnets": {item["SubnetId"]: item["VpcId"] for item in ec2.describe_subnets()["Subnets"]},
        "tables": sorted(item["RouteTableId"] for item in ec2.describe_route_tables()["RouteTables"]),
        "groups": {item["GroupId"]: (item["VpcId"], item["IpPermissions"]) for item in groups},
        "rules": sorted(
            item["SecurityGroupRuleId"] for item in ec2.describe_security_group_rules()["SecurityGroupRules"]
        ),
        "instances": [item["InstanceId"] for one in reservations for item in one["Instances"]],
        "volumes": sorted(item["VolumeId"] for item in ec2.describe_volumes()["Volumes"]),
        "users": {item["UserId"]: item["Arn"] for item in iam.list_users()["Users"]},
        "keys of users": {
            item["UserName"]: [one["AccessKeyId"] for one in iam.list_access_keys(UserName=item["UserName"])
            ["AccessKeyMetadata"]] for item in iam.list_users()["Users"]
        },
        "roles": {item["RoleId"]: item["AssumeRolePolicyDocument"] for item in iam.list_roles()["Roles"]},
        "policies": {item["PolicyId"]: item["Arn"] for item in iam.list_policies(Scope="Local")["Policies"]},
        "buckets": {
            name: (
                s3.get_bucket_versioning(Bucket=name).get("Status"),
                {item["Key"]: s3.get_object(Bucket=name, Key=item["Key"])["Body"].read()
                 for item in s3.list_objects_v2(Bucket=name).get("Contents", [])},
            )
            for name in names
        },
        "logs": {item["logGroupName"]: item["arn"] for item in logs.describe_log_groups()["logGroups"]},
        "topics": sorted(item["TopicArn"] for item in account.client("sns").list_topics()["Topics"]),
        "secrets": {item["Name"]: item["ARN"] for item in secrets.list_secrets()["SecretList"]},
    }  # fmt: skip


def work(account):
    for number, which in enumerate(COMMON):
        write(account, which, number)


def test_the_learner_is_an_administrators_session_of_the_variants_account(planted, fresh):
    told = fresh.client("sts").get_caller_identity()
    assert told["Account"] == planted.account_id
    assert told["Arn"].startswith(f"arn:aws:sts::{planted.account_id}:assumed-role/AWSReservedSSO_Administrator")


def test_what_was_written_is_read_back_and_replays_under_the_same_ids(fresh):
    empty = seen(fresh)
    work(fresh)
    before = seen(fresh)
    assert [name for name in before if before[name] == empty[name]] == []
    again = fresh.reopened()
    assert seen(again) == before
    assert again.ledger.differing == []
    again.close()


@only("localstack")
def test_what_no_second_account_can_answer_is_judged_live_and_named(fresh):
    write(fresh, key, 1)  # it decrypts what its key has encrypted, which no other account's key can
    keys = [item["KeyId"] for item in fresh.client("kms").list_keys()["Keys"]]
    again = fresh.reopened()
    assert [item["KeyId"] for item in again.client("kms").list_keys()["Keys"]] == keys
    assert [line.data["op"] for line in again.ledger.differing] == ["kms:Decrypt"]
    again.close()


def test_reset_gives_the_seeded_account_back(planted, fresh):
    before, verdict = seen(fresh), planted.assess(fresh.ledger._current()).to_json()
    work(fresh)
    fresh.ledger.go_back("reset", {})
    assert seen(fresh) == before
    assert planted.assess(fresh.ledger._current()).to_json() == verdict


def test_two_attempts_at_once_see_their_own_account_only(planted, tmp_path):
    accounts = [Account(planted, tmp_path / f"{name}.journal") for name in ("one", "other")]
    failures = []

    def use(account, number):
        try:
            for turn in range(4):
                account.client("s3").create_bucket(Bucket=f"mine-{turn}")  # the same names in both
                account.client("ec2").create_vpc(CidrBlock=f"10.{100 + number}.{turn}.0/24")
                account.client("iam").create_user(UserName=f"user-{number}-{turn}")
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=use, args=(account, number)) for number, account in enumerate(accounts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    for number, account in enumerate(accounts):
        held = seen(account)
        assert {arn.rsplit("/", 1)[1] for arn in held["users"].values()} == {f"user-{number}-{n}" for n in range(4)}
        assert sum(cidr.startswith(f"10.{101 - number}.") for cidr in held["vpcs"].values()) == 0
        assert sum(name.startswith("mine-") for name in held["buckets"]) == 4
        account.close()


def test_an_account_is_concluded_where_its_journal_leads(planted, fresh):
    """The job applies the journal's calls to the account that it then judges."""
    everything(fresh)
    answers = recorded_answers(fresh.journal.history.answers)
    live = fresh.ledger.look(ASSESS, planted.question(answers))
    journal = base64.b64encode(fresh.path.read_bytes()).decode()
    account = planted.fresh()
    told = account.conclude(JUDGE, {**planted.question({}), "environment": None, "journal": journal})
    assert json.loads(told["assessment"])["earned"] == live["earned"] == 7
    account.close()  # a second time, which is allowed


@only("moto")  # the others take whole seconds for an account
def test_threads_that_take_fresh_accounts_of_one_world_at_once_all_get_one(planted):
    starting_line, taken, failures = threading.Barrier(4), [], []

    def take():
        starting_line.wait()
        try:
            for _ in range(8):
                taken.append(planted.fresh())
                planted.stand_by()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for backend in taken:
        assert made_vpc(backend.call(create_vpc("10.1.0.0/16", planted.account_id), Moment("1", 1.8e9)))
        backend.close()
    assert not failures
    assert len(taken) == 32


def test_keys_that_the_account_issued_are_verified_and_judged(fresh):
    iam = fresh.client("iam")
    iam.create_user(UserName="reader")
    made = iam.create_access_key(UserName="reader")["AccessKey"]
    theirs = (made["AccessKeyId"], made["SecretAccessKey"])
    with pytest.raises(ClientError, match="AccessDenied"):
        fresh.client("s3", theirs).list_buckets()
    iam.attach_user_policy(UserName="reader", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    assert fresh.client("s3", theirs).list_buckets()["Buckets"]
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        fresh.client("s3", (theirs[0], "x" * 40)).list_buckets()
    assert fresh.client("sts", theirs).get_caller_identity()["Arn"].endswith(":user/reader")


def test_the_servers_own_doors_are_shut(fresh):
    for door in ("/_localstack/health", "/_localstack/init", "/_aws/sqs/messages", "/moto-api/data.json"):
        assert fresh.request("GET", door).status in (403, 404)
        folder, _, name = door[1:].partition("/")
        with pytest.raises(ClientError) as error:
            fresh.client("s3").get_object(Bucket=folder.replace("_", "x"), Key=f"../{folder}/{name}")
        assert error.value.response["Error"]["Code"] in ("NoSuchBucket", "NoSuchKey")
        assert fresh.request("GET", door, host="example.com").status == 421
        assert fresh.request("GET", door, {"origin": "http://example.com"}).status == 403


@only("moto", "localstack")
def test_a_killed_account_is_built_again_with_all_that_was_answered(fresh):
    write(fresh, vpc, 7)
    before = networks(fresh)
    end_abruptly(fresh.ledger._current())
    with pytest.raises(ClientError) as error:
        fresh.client("ec2").describe_vpcs()
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert networks(fresh) == before


def networks(account):
    ec2 = account.client("ec2")
    subnets = {item["SubnetId"]: (item["VpcId"], item["CidrBlock"]) for item in ec2.describe_subnets()["Subnets"]}
    rules = {item["SecurityGroupRuleId"] for item in ec2.describe_security_group_rules()["SecurityGroupRules"]}
    acls = {item["NetworkAclId"]: item["Entries"] for item in ec2.describe_network_acls()["NetworkAcls"]}
    return subnets, rules, acls
