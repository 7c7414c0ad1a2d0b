"""A form that is set up at once is what moto makes of it the long way."""

import gzip
import io
from typing import Any
from urllib.parse import urlencode

import pytest
from hardenlab.environments.moto.emulator import _wsgi
from hardenlab.environments.moto.forms import FORM, Form, ShortRequest, form_of, set_up_forms_at_once
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.core.parse import XFormedDict
from moto.core.request import Request
from moto.core.responses import BaseResponse
from moto.ec2.responses import EC2Response
from moto.elbv2.responses import ELBV2Response
from moto.emr.responses import ElasticMapReduceResponse
from moto.iam.models import iam_backends
from moto.iam.responses import IamResponse
from moto.rds.responses import RDSResponse

KINDS = (EC2Response, ELBV2Response, ElasticMapReduceResponse, IamResponse, RDSResponse)
ACTIONS = {
    EC2Response: "DescribeInstances", ELBV2Response: "DescribeLoadBalancers", IamResponse: "ListUsers",
    ElasticMapReduceResponse: "ListClusters", RDSResponse: "DescribeDBInstances",
}  # fmt: skip
ACCOUNT = "123456789012"
REAL = "AKIAIOSFODNN7EXAMPLE"
text = st.text(st.characters(codec="utf-8"), max_size=12)
names = st.sampled_from(["Filter.1.Name", "Filter.1.Value.1", "MaxResults", "UserName", "Version", "a b", ""]) | text
fields = st.lists(st.tuples(names, text), max_size=6)
HOSTS = "127.0.0.1:5000", "emulator", "ec2.eu-west-1.amazonaws.com", "elasticmapreduce.us-west-2.amazonaws.com"
agents = st.none() | st.sampled_from(["Boto3/1.40 region/eu-west-1", "curl", ""])
keys = st.sampled_from([REAL, "anonymous", "learner"])


@pytest.fixture(scope="module", autouse=True)
def both():
    """The long way and the short one, as moto has neither but here."""
    long = BaseResponse.setup_class
    set_up_forms_at_once()
    yield long
    BaseResponse.setup_class = long


def environ(form: Any, host: str, key: str, agent: str | None, content_type: str = FORM) -> dict[str, Any]:
    scope = f"AWS4-HMAC-SHA256 Credential={key}/20200101/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=0"
    headers = {"host": host, "authorization": scope, "content-type": content_type, "x-moto-account-id": ACCOUNT}
    return _wsgi("POST", "/", "", headers | ({} if agent is None else {"user-agent": agent}), form)


def seen(setup: Any, kind: type, request: Any) -> dict[str, Any]:
    """All that a response knows after it was set up, or what it said when it could not be."""
    response = kind()
    try:
        setup(response, request, request.raw_url, dict(request.headers))
    except Exception as error:  # moto's own, in parsing: it must be the same one
        return {"error": f"{type(error).__name__}: {error}"}
    known = dict(vars(response))
    assert known.pop("normalized_request") is request
    known["headers"] = dict(known["headers"])
    known["headers"].pop("Content-Length", None)  # a form that nobody reads is not measured
    known["form_data"] = list(known["form_data"].items(multi=True))
    if isinstance(known.get("params"), XFormedDict):
        known["params"] = known["params"].original_dict()
    known["asked"] = request.values.get("Version"), request.data, list(request.files), request.path, request.method
    return known


@settings(max_examples=400, deadline=None)
@given(
    kind=st.sampled_from(KINDS), given=fields, host=st.sampled_from(HOSTS), key=keys, agent=agents,
    kept=st.booleans(), content_type=st.sampled_from([FORM, f"{FORM}; charset=utf-8", "application/json", "text/xml"]),
)  # fmt: skip
def test_a_response_knows_the_same_whichever_way_it_was_set_up(both, kind, given, host, key, agent, kept, content_type):
    form = [("Action", ACTIONS[kind]), *given]
    body = urlencode(form)
    long = seen(both, kind, AsServed(environ(body, host, key, agent, content_type)))
    short = environ(Form(form) if kept else body, host, key, agent, content_type)
    assert seen(kind.setup_class, kind, ShortRequest(short)) == long


def test_a_plain_form_takes_the_short_way(both):
    request = ShortRequest(environ(Form([("Action", "ListUsers")]), "emulator", REAL, None))
    IamResponse().setup_class(request)
    assert type(request.values) is dict


class AsServed(Request):
    """A request as moto's own server makes it."""

    from_wsgi_server = True


@pytest.mark.parametrize("special", [("key", "object"), ("AWSAccessKeyId", REAL)])
@pytest.mark.parametrize("first", [True, False])
def test_a_field_that_means_more_to_moto_goes_the_long_way(both, special, first):
    form = [special, ("Action", "ListUsers")] if first else [("Action", "ListUsers"), special]
    for _ in range(2):  # a second time, when the place is known
        asked = environ(urlencode(form), "emulator", "anonymous", None)
        long = seen(both, IamResponse, AsServed(environ(urlencode(form), "emulator", "anonymous", None)))
        assert seen(IamResponse.setup_class, IamResponse, ShortRequest(asked)) == long


@pytest.mark.parametrize("body", [b"Action=ListUsers&UserName=%ff", b"\xff\xfe", b"", b"{}"])
def test_a_body_that_is_no_form_is_read_as_moto_reads_it(both, body):
    def asked() -> dict[str, Any]:
        return environ("", "emulator", REAL, None) | {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}

    assert seen(IamResponse.setup_class, IamResponse, ShortRequest(asked())) == seen(
        both, IamResponse, AsServed(asked())
    )


def test_a_gzipped_form_is_unpacked(both):
    body = gzip.compress(b"Action=ListUsers&PathPrefix=/a/")
    asked = environ(body, "emulator", REAL, None) | {"HTTP_CONTENT_ENCODING": "gzip"}
    response = IamResponse()
    response.setup_class(ShortRequest(asked))
    assert response.querystring["PathPrefix"] == ["/a/"]


def test_the_use_of_a_users_key_is_noted(both):
    iam_backends[ACCOUNT]["aws"].create_user("us-east-1", "Jane", tags=[])
    key = iam_backends[ACCOUNT]["aws"].create_access_key("Jane", "AKIA")
    try:
        IamResponse().setup_class(ShortRequest(environ("Action=ListUsers", "emulator", key.access_key_id, None)))
        assert key.last_used is not None
    finally:
        iam_backends[ACCOUNT]["aws"].delete_access_key(key.access_key_id, "Jane")
        iam_backends[ACCOUNT]["aws"].delete_user("Jane")


def test_a_form_is_written_only_for_who_reads_it():
    form = form_of({"Action": "ListUsers", "MaxItems": 5, "PathPrefix": "/ä b/"})
    assert isinstance(form, Form)
    assert form.fields == [("Action", "ListUsers"), ("MaxItems", "5"), ("PathPrefix", "/ä b/")]
    assert form.read(6) + form.read() == b"Action=ListUsers&MaxItems=5&PathPrefix=%2F%C3%A4+b%2F"


def test_what_is_no_text_or_number_is_written_as_botocore_writes_it():
    assert form_of({"Action": "Tag", "Keys": ["a", "b"]}) == "Action=Tag&Keys=a&Keys=b"


def test_a_text_without_bytes_is_refused_as_it_would_be_when_written():
    with pytest.raises(UnicodeEncodeError):
        form_of({"UserName": "\ud800"})
