"""Which URLs may stand for an account: an emulator's, and never AWS's."""

import socket

import pytest
from hardenlab.environments.endpoint import guard
from hardenlab.environments.endpoint.guard import checked_url

from hardenlab.environment import find_environment
from hardenlab.model.problem import EnvironmentProblem, UsageProblem
from helpers.servers import moto_server


@pytest.mark.parametrize(
    "url",
    [
        "https://s3.amazonaws.com", "https://ec2.us-east-1.amazonaws.com/", "https://AMAZONAWS.COM", "http://amazonaws.com.",
        "https://sts.cn-north-1.amazonaws.com.cn", "https://ec2.us-east-1.api.aws", "https://x.aws.dev",
        "https://s3.us-east-1.on.aws:8443", "https://sts.eusc-de-east-1.amazonaws.eu", "http://169.254.169.254",
        "http://[fe80::1]:80", "http://[fd00:ec2::254]",
    ],
)  # fmt: skip
def test_aws_and_its_metadata_address_are_refused(url):
    with pytest.raises(UsageProblem, match="belongs to AWS"):
        checked_url(url)


@pytest.mark.parametrize(
    "url",
    ["", "127.0.0.1:5000", "ftp://127.0.0.1", "http://", "http://u:p@127.0.0.1", "http://127.0.0.1/x", "http://h:x"],
)
def test_what_is_no_address_of_a_server_is_refused(url):
    with pytest.raises(UsageProblem, match="Name one like"):
        checked_url(url)


def test_a_name_that_stands_for_one_of_aws_is_refused(monkeypatch):
    def resolve(host, port, **_):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "s3-1-w.amazonaws.com", ("52.216.0.1", port))]

    monkeypatch.setattr(guard.socket, "getaddrinfo", resolve)
    with pytest.raises(UsageProblem, match="belongs to AWS"):
        checked_url("https://my-emulator.example")


def test_names_that_only_look_alike_are_allowed(monkeypatch):
    monkeypatch.setattr(guard.socket, "getaddrinfo", lambda *_, **__: [])
    assert checked_url("http://notamazonaws.com.example:5000/") == "http://notamazonaws.com.example:5000"
    assert checked_url("http://127.0.0.1:5000") == "http://127.0.0.1:5000"
    assert checked_url("http://[::1]:5000") == "http://[::1]:5000"


def test_a_server_that_gives_no_account_of_its_own_is_refused():
    with moto_server() as url:
        backend = find_environment(f"endpoint@{url}").start()
        backend.close()
    with pytest.raises(EnvironmentProblem, match="does not answer"):
        find_environment(f"endpoint@{url}").start()


def test_endpoint_needs_a_url_and_moto_takes_none():
    with pytest.raises(UsageProblem, match="say which endpoint"):
        find_environment("endpoint")
    with pytest.raises(UsageProblem, match="takes no URL"):
        find_environment("moto@http://127.0.0.1:5000")
