"""Cut a whole list into pages, by what botocore's paginators (or the shapes' usual members) say of an operation."""

import base64
import binascii
import functools
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from .models import operation_model, paginators

DEFAULT_SIZE = 100
LIMITS = ("MaxResults", "Limit", "maxResults", "MaxItems")
TOKENS = ("NextToken", "NextMarker", "nextToken", "Marker")


class InvalidToken(Exception):
    """The token is not one that an earlier page of the same listing gave."""


@dataclass(frozen=True)
class Paging:
    """Which members of input and output hold the token, the size and the list, or the lists that share a page."""

    input_token: str
    output_token: str
    limit: str | None
    results: tuple[str, ...]
    more: str | None = None


@functools.cache
def paging_of(service: str, operation: str) -> Paging | None:
    """How the operation is paged; None when it is not."""
    known = paginators(service).get(operation)
    if known:
        named = known["result_key"]
        results = tuple(named) if isinstance(named, list) else (named,)
        tokens = known["input_token"], known["output_token"]
        if any("." in result for result in results) or not all(isinstance(token, str) for token in tokens):
            return None
        return Paging(*tokens, known.get("limit_key"), results, known.get("more_results"))
    return _usual_paging(operation_model(service, operation))


def _usual_paging(model: Any) -> Paging | None:
    given = model.input_shape.members if model.input_shape else {}
    answered = model.output_shape.members if model.output_shape else {}
    token = next((name for name in TOKENS if name in given and name in answered), None)
    lists = [name for name, shape in answered.items() if shape.type_name == "list"]
    if token is None or len(lists) != 1:
        return None
    return Paging(token, token, next((name for name in LIMITS if name in given), None), (lists[0],))


def cut_page(paging: Paging, given: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """The page of the whole answer that the input asks for; InvalidToken for a token of another listing."""
    lists = {name: list(answer.get(name) or ()) for name in paging.results}
    first = _offset(paging, given)
    last = first + int(given.get(paging.limit or "") or DEFAULT_SIZE)
    page, passed = dict(answer), 0
    for name, rows in lists.items():
        page[name] = rows[max(first - passed, 0) : max(last - passed, 0)]
        passed += len(rows)
    rest = last < passed
    if rest:
        page[paging.output_token] = _token(paging, given, last)
    if paging.more:
        page[paging.more] = rest
    return page


def _offset(paging: Paging, given: dict[str, Any]) -> int:
    token = given.get(paging.input_token)
    if not token:
        return 0
    try:
        offset = int(base64.urlsafe_b64decode(str(token)).decode().partition(":")[0])
    except (binascii.Error, ValueError) as error:
        raise InvalidToken from error
    if offset < 0 or token != _token(paging, given, offset):
        raise InvalidToken
    return offset


def _token(paging: Paging, given: dict[str, Any], offset: int) -> str:
    """An offset, bound to the question that it continues."""
    question = {name: value for name, value in given.items() if name not in (paging.input_token, paging.limit)}
    digest = hashlib.sha256(json.dumps(question, sort_keys=True, default=str).encode()).hexdigest()[:16]
    return base64.urlsafe_b64encode(f"{offset}:{digest}".encode()).decode()
