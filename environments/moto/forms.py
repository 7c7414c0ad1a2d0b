"""Requests that are forms, as all of the `ec2` and `query` protocols are, by the short way.

moto takes a request apart for every kind of service at once: as a URL, a form, a file, JSON. For a form that is
posted to "/", which is most of what an account is asked, all that it works out is known from the fields and three
headers; the same attributes are set without the work.
"""

import io
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import ParseResult, parse_qsl, urlencode, urlparse

from moto.core.request import Request
from moto.core.responses import BaseResponse
from moto.iam import models as iam
from moto.utilities.utils import get_partition

FORM = "application/x-www-form-urlencoded"
MEAN_MORE = {"key", "AWSAccessKeyId"}  # an object of S3, a signature of version 2
PLACES = 256
Fields = list[tuple[str, str]]


class Form:
    """The body of a request whose fields are known, as a stream: it is written only when somebody reads it."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        self._written: io.BytesIO | None = None

    def read(self, *size: int) -> bytes:
        """As of any stream."""
        if self._written is None:
            self._written = io.BytesIO(urlencode(self.fields).encode())
        return self._written.read(*size)


def form_of(body: Mapping[str, Any]) -> Form | str:
    """A body as botocore makes it; written, where a field is more than a text or a number."""
    if not all(isinstance(value, str | int | float) for value in body.values()):
        return urlencode(body, doseq=True)
    fields = [(name, str(value)) for name, value in body.items()]
    "".join(value for _, value in fields).encode()  # what has no bytes is refused, as it is when it is written
    return Form(fields)


class ShortRequest(Request):  # type: ignore[misc]  # moto is untyped here
    """A request as moto's own server would hand it over."""

    from_wsgi_server = True
    _roots: ClassVar[dict[tuple[str, str], str]] = {}

    @cached_property
    def raw_url(self) -> str:
        """The URL as it arrived. The part before the path, which is costly to put together, is remembered."""
        place = self.scheme, self.environ.get("HTTP_HOST", "")
        root = self._roots.get(place)
        if root is None:
            root = self.url_root.rstrip("/")
            if len(self._roots) < PLACES:
                self._roots[place] = root
        query = self.query_string
        return f"{root}{self.raw_path}?{query.decode()}" if query else f"{root}{self.raw_path}"

    @cached_property
    def is_plain_form(self) -> bool:
        """Whether a form that was posted to "/" is all there is to it, without a field that means more to moto."""
        environ = self.environ
        whole = "HTTP_HOST" in environ and "HTTP_CONTENT_ENCODING" not in environ
        alone = whole and self.method == "POST" and environ.get("RAW_URI") == "/" and self._is_form()
        return alone and bool(self.form) and not MEAN_MORE & self.form.keys()

    def _is_form(self) -> bool:
        return bool(self.environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() == FORM)

    def _load_form_data(self) -> None:
        """A form that is urlencoded is read at once; werkzeug's parser of everything else takes as long to be made."""
        if not self._is_form() or "form" in self.__dict__ or getattr(self, "_cached_data", None) is not None:
            super()._load_form_data()
            return
        fields = Fields()
        stream: Any = self.__dict__.get("stream", self.environ["wsgi.input"])  # its own, once it is unpacked
        if isinstance(stream, Form):
            stream, fields = io.BytesIO(), stream.fields
        else:
            with suppress(UnicodeDecodeError):  # no form, then
                fields = parse_qsl(stream.read().decode(), keep_blank_values=True, errors="werkzeug.url_quote")
        storage = self.parameter_storage_class
        self.__dict__.update(stream=stream, form=storage(fields), files=storage())


@dataclass(frozen=True)
class _Place:
    """What moto reads in a URL and two headers, whatever the form holds."""

    url: ParseResult
    region: str
    partition: str
    access_key: str


class _Places:
    """What was read before. Hosts and keys are the clients' to choose, so there is an end to it."""

    def __init__(self) -> None:
        self._known: dict[tuple[type, str, str | None, str | None], _Place] = {}

    def of(self, response: Any, request: ShortRequest) -> _Place:
        environ = request.environ
        headers = environ.get("HTTP_USER_AGENT"), environ.get("HTTP_AUTHORIZATION")
        key = type(response), request.raw_url, *headers
        found = self._known.get(key)
        if found is None:
            found = _place(response, request)
            if len(self._known) < PLACES:
                self._known[key] = found
        return found


def _place(response: Any, request: ShortRequest) -> _Place:
    response.parsed_url = urlparse(request.raw_url)  # EMR reads its region there
    region = response.get_region_from_url(request, request.raw_url)
    return _Place(response.parsed_url, region, get_partition(region), response.get_access_key())


def set_up_forms_at_once() -> None:
    """Patch once, before the first request."""
    original, places = BaseResponse.setup_class, _Places()

    def setup_class(
        response: Any, request: Any, full_url: str | None = None, headers: Any = None, use_raw_body: bool | None = None
    ) -> None:
        raw = response.use_raw_body if use_raw_body is None else use_raw_body
        as_it_came = isinstance(request, ShortRequest) and full_url in (None, request.raw_url)
        if raw or not as_it_came or not request.is_plain_form:
            original(response, request, full_url, headers, use_raw_body)
            return
        _set_up(response, request, places)

    BaseResponse.setup_class = setup_class


def _set_up(response: Any, request: ShortRequest, places: _Places) -> None:
    first = request.form.to_dict()
    query = OrderedDict((name, [value]) for name, value in first.items())
    request.__dict__.update(values=first, data=b"")  # asked by name only
    response.__dict__.update(
        is_werkzeug_request=True, normalized_request=request, body="", raw_body=b"", form_data=request.form,
        querystring=query, data=query, uri=request.raw_url, path="/", raw_path="/", method="POST", uri_match={},
        headers=request.headers, response_headers={"server": "amazon.com"},
    )  # fmt: skip
    place = places.of(response, request)
    response.parsed_url, response.region, response.partition = place.url, place.region, place.partition
    if response.automated_parameter_parsing and response._get_action():
        response.parse_parameters(request)
    response.access_key = place.access_key
    response.current_account = response.get_current_account()
    iam.mark_account_as_visited(
        account_id=response.current_account, access_key=response.access_key,
        service=response.service_name, region=response.region,
    )  # fmt: skip
