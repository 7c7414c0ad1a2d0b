"""The web request that a web ACL is asked about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Literal, get_args

from hardenlab.semantics.reading import Malformed, kind_of, listed, shown

Resource = Literal[
    "APPLICATION_LOAD_BALANCER", "APPSYNC", "CLOUDFRONT", "API_GATEWAY", "COGNITO_USER_POOL", "APP_RUNNER_SERVICE",
    "VERIFIED_ACCESS_INSTANCE",
]  # fmt: skip
Address = IPv4Address | IPv6Address
MAX_BODY = 1 << 20
MAX_TEXT = 1 << 16
MAX_HEADERS = 1000


@dataclass(frozen=True, slots=True)
class WebRequest:
    """A request as AWS WAF receives it; what is None is not known, and rules that need it cannot be judged.

    `target` is path and query string as sent; `headers` are pairs in the order of the request, or a mapping; `body` is
    in bytes; `time` is in seconds and counts for rate-based rules alone.
    """

    ip: str
    target: str = "/"
    method: str = "GET"
    headers: Mapping[str, str] | tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    time: float = 0.0
    country: str | None = None
    """The alpha-2 code of the country of `ip`."""
    region: str | None = None
    countries: Mapping[str, str] = field(default_factory=dict)
    """The countries of addresses that headers name."""
    asn: int | None = None
    solved: frozenset[Literal["CAPTCHA", "CHALLENGE"]] = frozenset()
    """What the request's valid, unexpired token proves."""
    resource: Resource = "APPLICATION_LOAD_BALANCER"
    ja3: str | None = None
    ja4: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is no request, with the part that is wrong."""
        for name in ("ip", "target", "method"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value or len(value) > MAX_TEXT:
                raise Malformed(f"the request's {name}", f"must be a text of 1 to {MAX_TEXT} characters")
        if not isinstance(self.body, bytes) or len(self.body) > MAX_BODY:
            raise Malformed("the request's body", f"must be at most {MAX_BODY} bytes, not {kind_of(self.body)}")
        if not self.target.startswith("/"):
            raise Malformed("the request's target", f"must begin with /, and {shown(self.target)} does not")
        if self.resource not in get_args(Resource):
            raise Malformed("the request's resource", f"must be {listed(get_args(Resource), 'or')}")
        if len(self.headers) > MAX_HEADERS:
            raise Malformed("the request's headers", f"must be at most {MAX_HEADERS}")
        for pair in self.header_pairs():
            if not all(isinstance(text, str) and len(text) <= MAX_TEXT for text in pair):
                raise Malformed("the request's headers", f"must be pairs of texts of at most {MAX_TEXT} characters")
        if address_of(self.ip) is None:
            raise Malformed("the request's ip", f"must be an address, and {shown(self.ip)} is none")

    @property
    def address(self) -> Address:
        """The address that the request comes from."""
        return ip_address(self.ip)

    @property
    def path(self) -> str:
        """The target without query string."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The query string without its question mark."""
        return self.target.partition("?")[2]

    def header_pairs(self) -> tuple[tuple[str, str], ...]:
        """Names and values in order."""
        pairs = self.headers.items() if isinstance(self.headers, Mapping) else self.headers
        return tuple((name, value) for name, value in pairs)

    def header(self, name: str) -> str | None:
        """The first header of that name, in any case."""
        small = name.lower()
        return next((value for found, value in self.header_pairs() if found.lower() == small), None)

    def arguments(self) -> Iterator[tuple[str, str]]:
        """The query string's arguments as sent."""
        for part in self.query.split("&"):
            if part:
                name, _, value = part.partition("=")
                yield name, value

    def cookies(self) -> Iterator[tuple[str, str]]:
        """The cookies of all Cookie headers."""
        for name, value in self.header_pairs():
            if name.lower() == "cookie":
                for part in value.split(";"):
                    if part.strip():
                        key, _, content = part.strip().partition("=")
                        yield key, content


def address_of(text: str) -> Address | None:
    """The address that a text spells."""
    try:
        return ip_address(text.strip())
    except ValueError:
        return None
