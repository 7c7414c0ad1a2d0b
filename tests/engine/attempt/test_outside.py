"""Hard outside: sockets, sizes, crowds, privacy."""

import http.client
import json
import os
import resource
import socket
import stat
import threading
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from hardenlab.attempt.client import stop_all
from hardenlab.front.policy import MAX_BODY

from .conftest import Learner

pytestmark = pytest.mark.xdist_group("attempt")


def listening_addresses(port):
    """The local addresses on which a port is open, from the kernel's own table."""
    found = []
    for table, families in (("/proc/net/tcp", 8), ("/proc/net/tcp6", 32)):
        for line in Path(table).read_text().splitlines()[1:]:
            address, number = line.split()[1].split(":")
            if int(number, 16) == port and line.split()[3] == "0A":
                found.append(address if families == 32 else socket.inet_ntoa(bytes.fromhex(address)[::-1]))
    return found


def test_it_listens_on_loopback_alone(shared_learner):
    assert listening_addresses(shared_learner.endpoint.port) == ["127.0.0.1"]


def test_keys_and_token_are_for_the_owner_alone(shared_learner):
    assert stat.S_IMODE(shared_learner.workspace.state.stat().st_mode) == 0o700
    for name in ("endpoint.json", "keys.json"):
        assert stat.S_IMODE((shared_learner.state / name).stat().st_mode) == 0o600


def test_an_object_of_fifty_megabytes_is_stored_and_one_byte_more_is_refused(shared_learner):
    s3, bucket = shared_learner.client("s3"), shared_learner.endpoint.ask("overview")["facts"]["bucket"]
    body = os.urandom(MAX_BODY)
    s3.put_object(Bucket=bucket, Key="big", Body=body)
    assert s3.get_object(Bucket=bucket, Key="big")["Body"].read() == body
    shared_learner.endpoint.ask("undo")  # it would be replayed at every reset
    connection = http.client.HTTPConnection("127.0.0.1", shared_learner.endpoint.port, timeout=30)
    connection.putrequest("PUT", f"/{bucket}/huge")
    connection.putheader("Content-Length", str(MAX_BODY + 1))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.parametrize(
    "raw",
    [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET http://169.254.169.254/latest HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n",
        b"CONNECT amazonaws.com:443 HTTP/1.1\r\nHost: amazonaws.com\r\n\r\n",
        b"GET /" + b"a" * 300_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * 50_000 + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
        b"GET /%ff%fe%00 HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n",
    ],
)
def test_malformed_requests_are_refused_and_the_server_lives(shared_learner, raw):
    raw = raw.replace(b"PORT", str(shared_learner.endpoint.port).encode())
    with socket.create_connection(("127.0.0.1", shared_learner.endpoint.port), timeout=10) as connection:
        try:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(65536)
        except OSError:  # it hung up in the middle of our nonsense
            answer = b""
    assert not answer or answer.split()[1][:1] == b"4", answer[:200]
    assert shared_learner.client("sts").get_caller_identity()["Account"]


def test_two_thousand_idle_connections_do_not_keep_a_learner_out(shared_learner):
    crowd, (soft, hard) = [], resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 4000), hard))
    try:
        for _ in range(2200):
            crowd.append(socket.create_connection(("127.0.0.1", shared_learner.endpoint.port), timeout=10))
            crowd[-1].sendall(b"GET / HT")
        assert shared_learner.client("sts").get_caller_identity()["Account"]
    finally:
        for connection in crowd:
            connection.close()


def test_parallel_writers_all_succeed_and_the_journal_has_each_once(learner):
    vpc, failures = learner.endpoint.ask("overview")["facts"]["vpc"], []

    def write(worker):
        ec2 = learner.client("ec2", retries={"max_attempts": 0})
        for number in range(15):
            try:
                ec2.create_security_group(GroupName=f"w{worker}-{number}", Description="d", VpcId=vpc)
            except Exception as error:
                failures.append(error)

    workers = [threading.Thread(target=write, args=(worker,)) for worker in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not failures
    rows = learner.endpoint.ask("journal")["calls"]
    first = rows[0]["number"]
    assert [row["number"] for row in rows] == list(range(first, first + 120))


@pytest.fixture(scope="module")
def other_learner(tmp_path_factory):
    other = Learner(tmp_path_factory.mktemp("other") / "workspace")
    yield other
    stop_all(other.workspace)


def keys_of(learner, name):
    """A user's key and a role session's, both of which may do everything in the learner's account."""
    iam = learner.client("iam")
    may = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    trust = {"Effect": "Allow", "Principal": {"AWS": learner.endpoint.account}, "Action": "sts:AssumeRole"}
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=json.dumps(may))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    role = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(may))
    session = learner.client("sts").assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    return [
        (learner.endpoint.access_key, learner.endpoint.secret, None),
        (key["AccessKeyId"], key["SecretAccessKey"], None),
        (session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"]),
    ]


def with_key(learner, key, service):
    names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
    return boto3.client(
        service, "us-east-1", endpoint_url=learner.endpoint.url, **dict(zip(names, key, strict=True)),
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 0}),
    )  # fmt: skip


def raw(learner, method, path, host=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", learner.endpoint.port, timeout=30)
    host = host or f"127.0.0.1:{learner.endpoint.port}"
    connection.request(method, path, headers={"Host": host, **headers})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def test_two_learners_at_once_do_not_see_each_other(shared_learner, other_learner):
    pair = (shared_learner, other_learner)
    assert shared_learner.endpoint.account != other_learner.endpoint.account
    keys = [keys_of(learner, f"of-{number}") for number, learner in enumerate(pair)]
    for number, learner in enumerate(pair):
        learner.client("s3").create_bucket(Bucket="the-same-name")
        learner.client("s3").put_object(Bucket="the-same-name", Key=f"secret-{number}", Body=b"x")
        learner.client("ec2").create_vpc(CidrBlock=f"10.{90 + number}.0.0/16")
    for number, learner in enumerate(pair):
        mine, theirs = keys[number], keys[1 - number]
        for key in mine:
            assert with_key(learner, key, "sts").get_caller_identity()["Account"] == learner.endpoint.account
            listed = with_key(learner, key, "s3").list_objects_v2(Bucket="the-same-name")["Contents"]
            assert [found["Key"] for found in listed] == [f"secret-{number}"]
            blocks = [vpc["CidrBlock"] for vpc in with_key(learner, key, "ec2").describe_vpcs()["Vpcs"]]
            assert f"10.{90 + number}.0.0/16" in blocks and f"10.{91 - number}.0.0/16" not in blocks
        for key in theirs:
            for service, call, code in (
                ("s3", "list_buckets", "InvalidAccessKeyId"),
                ("ec2", "describe_vpcs", "AuthFailure"),
                ("iam", "list_users", "InvalidClientTokenId"),
                ("sts", "get_caller_identity", "InvalidClientTokenId"),
            ):
                with pytest.raises(ClientError, match=code):
                    getattr(with_key(learner, key, service), call)()


def test_a_learners_names_and_secrets_open_nothing_at_another(shared_learner, other_learner):
    stranger = (shared_learner.endpoint.access_key, other_learner.endpoint.secret, None)
    for learner in (shared_learner, other_learner):
        with pytest.raises(ClientError, match=r"SignatureDoesNotMatch|InvalidAccessKeyId"):
            with_key(learner, stranger, "s3").list_buckets()
    for learner, other in ((shared_learner, other_learner), (other_learner, shared_learner)):
        bucket = f"only-at-{other.endpoint.account}"
        other.client("s3").create_bucket(Bucket=bucket)
        assert raw(learner, "GET", f"/{bucket}")[0] == 404  # anonymous: not even that it exists elsewhere
        assert raw(other, "GET", f"/{bucket}")[0] == 403
        host = f"127.0.0.1:{other.endpoint.port}"
        assert raw(learner, "GET", f"/{bucket}", host=host)[0] == 421
        for verb in ("ping", "overview", "journal", "reset", "stop"):
            headers = {"Authorization": f"Bearer {other.endpoint.token}"}
            assert raw(learner, "POST", f"/_hardenlab/{verb}", **headers)[0] == 403
        for path in ("/moto-api/data.json", "/moto-api/reset", "/moto-api/seed?a=1", "/latest/meta-data"):
            for method in ("GET", "POST"):
                assert raw(learner, method, path)[0] == 404
        assert forging(learner, other.endpoint.account).get_caller_identity()["Account"] == learner.endpoint.account


def forging(learner, account):
    """A client that signs a header by which the emulator would choose the account."""
    sts = learner.client("sts")
    sts.meta.events.register(
        "before-sign", lambda request, **_: request.headers.add_header("x-moto-account-id", account)
    )
    return sts
