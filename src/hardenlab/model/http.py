"""One request to an emulated account and its answer, as the front, the journal and environments pass them."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Request:
    """A request that the front has accepted. `path` is percent-encoded as sent; header names are small letters."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    account: str
    region: str
    service: str
    access_key: str

    def to_json(self) -> dict[str, Any]:
        return {
            "m": self.method,
            "p": self.path,
            "q": self.query,
            "h": dict(self.headers),
            "a": self.account,
            "r": self.region,
            "s": self.service,
            "k": self.access_key,
            **_body(self.body),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Request":
        body = base64.b64decode(data["b64"]) if "b64" in data else str(data.get("b", "")).encode()
        return cls(data["m"], data["p"], data["q"], data["h"], body, data["a"], data["r"], data["s"], data["k"])


@dataclass(frozen=True)
class Response:
    """An answer. `unimplemented` marks an operation that the environment does not have; `crash` says how it broke."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    unimplemented: bool = False
    crash: str = ""


@dataclass(frozen=True)
class Moment:
    """When a request happens: the seed of its randomness and the frozen clock (seconds since 1970, UTC)."""

    seed: str
    clock: float


def _body(body: bytes) -> dict[str, str]:
    if not body:
        return {}
    try:
        return {"b": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"b64": base64.b64encode(body).decode()}
