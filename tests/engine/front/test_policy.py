"""What an account takes, live and on replay alike: nothing that reaches outside, nothing beyond its bounds."""

import socket
import threading
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from hardenlab.front.operations import Operation
from hardenlab.front.policy import MAX_BODY, MAX_HEADERS, MAX_PATH, MAX_QUERY, kept_headers, refusal
from hardenlab.model.http import Moment, Request
from hardenlab.model.problem import JournalProblem

FORM = {"content-type": "application/x-www-form-urlencoded"}
SUBSCRIBE = Operation("sns", "Subscribe", "query")


def request(body=b"", path="/", query="", headers=FORM, service="sns"):
    return Request("POST", path, query, headers, body, "123456789012", "us-east-1", service, "AKIA")


@pytest.mark.parametrize(
    ("body", "query"),
    [
        (b"Action=Subscribe&Protocol=http&Endpoint=http%3A%2F%2F198.51.100.1", ""),
        (b"Action=Subscribe&Protocol=https", ""),
        (b"Action=Subscribe&Protocol=%68ttp&Endpoint=x", ""),
        (b"Action=Subscribe&Pro%74ocol=HTTPS", ""),
        (b"Protocol=email&Action=Subscribe&Protocol=http", ""),
        (b"", "Action=Subscribe&Protocol=http"),
    ],
)
def test_subscriptions_over_http_are_refused_however_they_are_written(body, query):
    assert "would reach outside" in refusal(request(body, query=query), SUBSCRIBE)


@pytest.mark.parametrize("protocol", [b"email", b"sqs", b"sms"])
def test_other_subscriptions_are_taken(protocol):
    assert refusal(request(b"Action=Subscribe&Protocol=" + protocol), SUBSCRIBE) is None


@pytest.mark.parametrize(
    ("service", "name"),
    [("lambda", "Invoke"), ("lambda", "InvokeAsync"), ("ecr", "PutImage")],
)
def test_what_would_run_code_or_reach_outside_is_refused(service, name):
    assert "would run code or reach outside" in refusal(request(), Operation(service, name, "json"))


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (request(b"x" * (MAX_BODY + 1)), "The body has"),
        (request(path="/" + "a" * MAX_PATH), "address is too long"),
        (request(query="a" * (MAX_QUERY + 1)), "address is too long"),
        (request(headers={f"x-amz-{n}": "v" for n in range(MAX_HEADERS + 1)}), "too many headers"),
        (request(headers={"x-amz-a": "v" * 20_000}), "too many headers"),
        (request(headers={"x-moto-account-id": "111111111111"}), "does not take"),
    ],
)
def test_what_is_too_much_is_refused(sent, sentence):
    assert sentence in refusal(sent, Operation("s3", "PutObject", "rest-xml"))


def test_a_service_of_another_course_is_told(account):
    with pytest.raises(ClientError, match="'braket' is not part of this lab's account") as error:
        account.client("braket").search_devices(filters=[])
    assert error.value.response["Error"]["Code"] == "NotAvailableInLab"


def test_a_journal_written_by_hand_gets_no_further(account):
    body = b"Action=Subscribe&Version=2010-03-31&Protocol=http&TopicArn=t&Endpoint=http%3A%2F%2F127.0.0.1"
    account.journal.write("call", 1.8e9, {"op": "sns:Subscribe", "request": request(body).to_json()})
    again = account.reopened()
    with pytest.raises(JournalProblem, match="line 1 of the journal is not allowed: Subscriptions over HTTP"):
        again.ledger.catch_up()
    again.close()


@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9-]{0,30}", fullmatch=True), st.text(max_size=5), max_size=8))
def test_no_header_that_steers_the_emulator_is_kept(headers):
    kept = kept_headers(headers | {"x-moto-account-id": "1", "x-forwarded-for": "a", "authorization": "b"})
    assert not [name for name in kept if name.startswith(("x-moto", "x-forwarded", "authorization", "cookie"))]


def test_behind_the_policy_the_emulators_process_reaches_no_network(account):
    """Past the front, as if the policy had missed it: moto would post the message to the subscriber."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        arrived = threading.Event()
        listener.settimeout(1.5)

        def accept():
            try:
                listener.accept()
                arrived.set()
            except OSError:
                pass

        waiting = threading.Thread(target=accept)
        waiting.start()
        topic = account.client("sns").create_topic(Name="orders")["TopicArn"]
        backend, place = account.ledger._current(), f"http%3A%2F%2F127.0.0.1%3A{listener.getsockname()[1]}%2F"
        for body in (
            f"Action=Subscribe&Version=2010-03-31&Protocol=http&TopicArn={topic}&Endpoint={place}",
            f"Action=Publish&Version=2010-03-31&TopicArn={topic}&Message=m",
        ):
            told = backend.call(replace(request(body.encode()), account=account.world.account_id), Moment("1", 1.8e9))
            assert told.status == 200 or "reaches no network" in told.crash
        waiting.join()
    assert not arrived.is_set()
