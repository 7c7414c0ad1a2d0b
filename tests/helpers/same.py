"""Are two accounts the same? Every parameterless read of twenty services, compared whole."""

import functools
import io
import re
from contextlib import contextmanager, suppress
from dataclasses import replace

import botocore.config
from botocore.awsrequest import AWSResponse
from botocore.exceptions import BotoCoreError, ClientError

from hardenlab.front.app import read_headers
from hardenlab.front.operations import Unrecognised, identify
from hardenlab.front.policy import kept_headers
from hardenlab.front.seen import Caller
from hardenlab.front.signature import read_claim
from hardenlab.law.direct import environ_of
from hardenlab.model.http import Moment, Request
from helpers.direct import ADMINISTRATOR, PORT, session
from helpers.writes import WRITES

SERVICES = (
    "ec2", "s3", "iam", "kms", "logs", "cloudwatch", "cloudtrail", "config", "sns", "sqs", "ssm", "secretsmanager",
    "route53", "elbv2", "wafv2", "events", "guardduty", "securityhub", "organizations", "network-firewall",
)  # fmt: skip
READS = re.compile(r"(describe|list|get)_")
# catalogues of AWS's own, the same in every account and slow to read
CATALOGUES = re.compile(
    r"describe_(instance_type|spot|reserved|vpc_endpoint_services|images|regions|availability|host|managed)|"
    r"get_(spot|credential)|list_(managed|available)|describe_(aws|available|fast)|list_policies$"
)


# answers that are no state: one draws anew each time, the other describes the asker as of now
NO_STATE = {("secretsmanager", "get_random_password"), ("iam", "get_user")}


# AWS's own 1,500 policies, the same in every account, would be nearly all of the answer
OWN = {("iam", "get_account_authorization_details"): {"Filter": ["User", "Role", "Group", "LocalManagedPolicy"]}}

MISSING = set()  # what this process has found not to be offered


@functools.cache
def reader(service):
    """A client whose requests are kept instead of sent, or answered from what is given."""
    config = botocore.config.Config(retries={"max_attempts": 0}, parameter_validation=False)
    keys = {"aws_access_key_id": ADMINISTRATOR[0], "aws_secret_access_key": ADMINISTRATOR[1]}
    client = session().client(service, "us-east-1", endpoint_url=f"http://127.0.0.1:{PORT}", config=config, **keys)
    client.meta.events.register("before-send.*.*", lambda request, **_: between.answer(request))
    return client


class _Between:
    """Stands between the readers and what answers them."""

    answers = None  # a function from an operation and its request to a response

    def answer(self, request):
        if self.answers is None:
            raise _Asked(request)
        told = self.answers(*meant(request))
        raw = io.BytesIO(told.body)
        raw.stream = lambda *_, **__: iter([raw.read()])
        return AWSResponse(request.url, told.status, dict(told.headers), raw)

    @contextmanager
    def answered(self, answers):
        self.answers = answers
        try:
            yield
        finally:
            self.answers = None


class _Asked(Exception):
    """A request that was to be sent."""


between = _Between()


@functools.cache
def questions(service):
    """The service's reads that need no argument: name, and the request that asks, made once for all accounts."""
    found, client = [], reader(service)
    for name in sorted(client.meta.method_to_api_mapping):
        operation = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[name])
        required = operation.input_shape.required_members if operation.input_shape else []
        if READS.match(name) and not required and not CATALOGUES.match(name) and (service, name) not in NO_STATE:
            with suppress(Unrecognised):  # the front refuses it as no operation of AWS
                found.append((name, *asked(client, service, name)))
    return found


def asked(client, service, name):
    try:
        getattr(client, name)(**OWN.get((service, name), {}))
    except _Asked as sent:
        return meant(sent.args[0])
    raise AssertionError(f"{service}.{name} asked nothing")


def meant(request):
    """The operation and the request that a front would make of what boto3 sends."""
    environ = environ_of(request)
    headers, body = read_headers(environ), environ["wsgi.input"].read()
    path, _, query = environ["REQUEST_URI"].partition("?")
    claim = read_claim(query, headers)
    operation = identify(claim.service, environ["REQUEST_METHOD"], path, query, headers, body)
    place = "000000000000", claim.region, claim.service, claim.access_key
    return operation, Request(environ["REQUEST_METHOD"], path, query, kept_headers(headers), body, *place)


def state(account, services=SERVICES):
    """Every answer, by service and operation. They are asked of the ledger: boto3 and signatures change no answer."""
    answers, caller = {}, Caller()
    for service in services:
        for name, operation, request in questions(service):
            if (service, name) in MISSING:
                continue
            told = account.ledger.read(replace(request, account=account.world.account_id), operation, caller)
            if told.unimplemented:
                MISSING.add((service, name))
            else:
                answers[service, name] = told
    return answers


@contextmanager
def warm_services(root):
    """A clone of an empty backend that has done once what histories do: what is forked from it finds it loaded."""
    backend = root.clone()
    moment = Moment("warm", 1_790_000_000.0)
    with between.answered(lambda _, request: backend.call(request, moment)):
        for number, which in enumerate(WRITES):
            with suppress(ClientError):
                which(reader, number)
    for service in SERVICES:
        for _, _, request in questions(service):
            backend.call(request, moment)
    backend.forget()
    try:
        yield backend
    finally:
        backend.close()


def parsed(service, name, told):
    """An answer as boto3 gives it, without what belongs to the answering alone."""
    try:
        with between.answered(lambda *_: told):
            answer = getattr(reader(service), name)(**OWN.get((service, name), {}))
    except (ClientError, BotoCoreError) as error:
        return {"error": type(error).__name__, "code": getattr(error, "response", {}).get("Error", {}).get("Code")}
    answer.pop("ResponseMetadata", None)
    return plain(answer)


def plain(thing):
    """Comparable: lists as sorted texts (moto keeps some as sets), streams as their bytes."""
    if isinstance(thing, dict):
        return {key: plain(value) for key, value in thing.items()}
    if isinstance(thing, list):
        return sorted((plain(item) for item in thing), key=repr)
    return repr(thing)


def differences(one, other):
    """By service and operation, the two answers where they differ in more than the order of lists."""
    differing = {}
    for place in one.keys() & other.keys():
        if (one[place].status, one[place].body) != (other[place].status, other[place].body):
            told = parsed(*place, one[place]), parsed(*place, other[place])
            if told[0] != told[1]:
                differing[".".join(place)] = told
    return differing
