"""Hard outside: sockets, sizes, crowds, privacy."""

import http.client
import os
import socket
import stat
import threading
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from hardenlab.attempt.client import stop_all

from .conftest import Learner


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


def test_an_object_of_twenty_megabytes_is_stored_and_a_body_over_fifty_is_refused(shared_learner):
    s3, bucket = shared_learner.client("s3"), shared_learner.endpoint.ask("overview")["facts"]["bucket"]
    body = os.urandom(20 * 1024 * 1024)
    s3.put_object(Bucket=bucket, Key="big", Body=body)
    assert s3.get_object(Bucket=bucket, Key="big")["Body"].read() == body
    connection = http.client.HTTPConnection("127.0.0.1", shared_learner.endpoint.port, timeout=30)
    connection.putrequest("PUT", f"/{bucket}/huge")
    connection.putheader("Content-Length", str(51 * 1024 * 1024))
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


def test_fifteen_hundred_idle_connections_do_not_keep_a_learner_out(shared_learner):
    crowd = []
    try:
        for _ in range(1500):
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
    assert len(rows) == 120 and [row["number"] for row in rows] == list(range(1, 121))


def test_two_learners_at_once_do_not_see_each_other(shared_learner, tmp_path):
    other = Learner(tmp_path / "other")
    try:
        mine, theirs = shared_learner.endpoint, other.endpoint
        assert mine.account != theirs.account
        shared_learner.client("s3").create_bucket(Bucket="the-same-name")
        other.client("s3").create_bucket(Bucket="the-same-name")
        for endpoint in (mine, theirs):
            stranger = theirs if endpoint is mine else mine
            shared_learner.endpoint = type(mine)(
                **{**vars(endpoint), "access_key": stranger.access_key, "secret": stranger.secret}
            )
            with pytest.raises(ClientError, match="does not exist in our records"):
                shared_learner.client("s3").list_buckets()
    finally:
        shared_learner.endpoint = mine
        stop_all(other.workspace)
