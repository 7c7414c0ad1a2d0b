"""Answers as botocore parses them, made from moto's results without writing XML and reading it again.

A job that judges an account reads dozens of long lists. Of the protocols whose answers are XML in envelopes (`ec2` and
`query`), what moto would write and botocore would read is decided by the operation's model: every shape becomes a
reader here, which knows where a kind of object holds its fields. What is unusual is left to the long way.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from botocore.awsrequest import HeadersDict
from botocore.model import OperationModel
from botocore.utils import parse_timestamp

from hardenlab.model.http import Response
from moto.core import responses, serialize
from moto.core.model import Shape

from .serializing import MISSING, found, names_of, paths_ending

WRITERS = (serialize.EC2Serializer, serialize.QuerySerializer)
# XML has no other characters, and turns a carriage return into a line feed
WRITTEN_AS_IT_IS = re.compile(r"[\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
NAMES_ONLY = {"name"}
SIMPLE_LIST = {"name", "flattened"}

Read = Callable[[Any], Any]
Transformers = Mapping[str, Callable[[Any], Any]]
Field = tuple[str, Callable[[Any, Any], Any], tuple[Any, ...], str]
"""Its name, how to look for it, under which names, and the key of its transformer."""


class Unusual(Exception):
    """An answer that only the long way makes."""


@dataclass(frozen=True)
class Http:
    """As much of a response as botocore looks at, once the answer is parsed."""

    status_code: int
    content: bytes = b""


MOST_LAYOUTS = 256
"""Objects of one kind have a few sets of attributes; what a learner names may be among a dictionary's keys."""
NOTHING = object()
"""What a reader answers where moto writes no element."""


def is_plain(model: OperationModel, request: Mapping[str, Any]) -> bool:
    """Whether botocore makes nothing of the request or its answer but what its model says."""
    algorithm = request["context"].get("checksum", {}).get("request_algorithm")
    s3_reads = model.service_model.service_name != "s3" or request["method"] == "GET"  # others may fail with a 200
    return (
        algorithm is None
        and s3_reads
        and request["method"] != "HEAD"
        and not (model.has_streaming_input or model.has_streaming_output or model.has_event_stream_output)
        and not model.request_compression
        and isinstance(request["body"], str | bytes | dict)
    )


def parse(parser: Any, model: OperationModel, response: Response) -> dict[str, Any]:
    """What botocore reads in an answer that was written."""
    written = {
        "status_code": response.status, "headers": HeadersDict(response.headers), "body": response.body,
        "context": {"operation_name": model.name},
    }  # fmt: skip
    parsed: dict[str, Any] = parser.parse(written, model.output_shape)
    parsed.setdefault("ResponseMetadata", {})["RetryAttempts"] = 0
    return parsed


class ParsedAnswers:
    """While a call `wants` a parsed answer, the result of its action is read into `answer` and not written."""

    def __init__(self) -> None:
        self.wanted = False
        self.unread = False
        """Whether the answer that is wanted is for nobody, and need not be read either."""
        self.practises = False
        """Whether results are read beside being written: what that makes, every fork has."""
        self.answer: dict[str, Any] | None = None
        self._readers: dict[tuple[Any, ...], Read] = {}

    def install(self) -> None:
        """Patch once, before the first request."""
        write = responses.ActionResult.execute_result

        def execute_result(result: Any, context: Any) -> Any:
            if self.wanted:
                self.wanted = False
                with suppress(Exception):  # what is wrong with the result, the long way says
                    _refuse_unusual(result.result, context)
                    self.answer = {} if self.unread else self._read(result.result, context)
                    return 200, {}, ""
            elif self.practises:
                with suppress(Exception):
                    _refuse_unusual(result.result, context)
                    self._read(result.result, context)
            return write(result, context)

        responses.ActionResult.execute_result = execute_result
        enrich = responses.BaseResponse._enrich_response

        def enrich_response(headers: dict[str, str], body: Any) -> tuple[dict[str, str], Any]:
            return (headers, body) if self.answer is not None else enrich(headers, body)

        responses.BaseResponse._enrich_response = staticmethod(enrich_response)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """While a call that is part of this one is answered: its result is not the one that is wanted."""
        wanted, self.wanted = self.wanted, False
        try:
            yield
        finally:
            self.wanted = wanted

    def take(self) -> dict[str, Any] | None:
        """The answer of the call before, once."""
        self.wanted = self.unread = False
        answer, self.answer = self.answer, None
        return answer

    def _read(self, result: Any, context: Any) -> dict[str, Any]:
        operation = context.operation_model
        parsed: dict[str, Any] = {}
        if operation.output_shape is not None:
            transformers = getattr(context.response, "RESPONSE_KEY_PATH_TO_TRANSFORMER", None) or {}
            place = operation.service_model.service_name, operation.name, id(transformers), len(transformers)
            reader = self._readers.get(place)
            if reader is None:
                reader = self._readers[place] = _Making(operation, transformers, context.serializer_class).whole()
            parsed = {} if result is None else reader(result)
        parsed["ResponseMetadata"] = {
            "RequestId": "request-id", "HTTPStatusCode": 200, "HTTPHeaders": {}, "RetryAttempts": 0,
        }  # fmt: skip
        return parsed


def _refuse_unusual(result: Any, context: Any) -> None:
    """Let go only what is answered with 200, in an envelope of XML."""
    code = context.operation_model.http.get("responseCode", 200)
    if isinstance(result, Exception) or context.serializer_class not in WRITERS or code != 200:
        raise Unusual


class _Making:
    """Makes the readers of one operation's output."""

    def __init__(self, operation: Any, transformers: Transformers, writer: type[Any]) -> None:
        self._operation = operation
        self.transformers = transformers
        self._picker = serialize.XFormedAttributePicker()
        self._time_format: str = writer.DEFAULT_TIMESTAMP_FORMAT
        self._times = serialize.TimestampSerializer(self._time_format)

    def whole(self) -> Read:
        shape = self._operation.output_shape
        return self.reader(shape, f"{self._operation.name}.{shape.name}", ())

    def reader(self, shape: Shape, path: str, above: tuple[str, ...]) -> Read:
        """Of a shape at a path of the answer; `above`: the names of the structures that it is in."""
        if not self._is_plain(shape) or shape.name in above:
            return _refuse
        match shape.type_name:
            case "structure":
                return _Structure(self, shape, path, (*above, shape.name))
            case "list":
                return self._list(shape, path, above)
            case "map":
                return self._map(shape, path, above)
            case "string" | "character":
                return _text
            case "integer" | "long":
                return int
            case "float" | "double":
                return float
            case "boolean":
                return _truth
            case "timestamp":
                return self._time(shape)
        return _refuse

    def transformer(self, path: str, field: str) -> str:
        """The key in `transformers` of what applies to a field; none: empty."""
        whole = f"{path}.{field}"
        return next((key for key in paths_ending(field, self.transformers) if whole.endswith(key)), "")

    def names(self, obj: Any, field: str, shape: Shape, parent: Shape) -> tuple[str, ...]:
        shape.parent = parent  # moto's serializer sets it, for the aliases
        return names_of(obj, field, shape, self._operation, self._picker)

    @staticmethod
    def _is_plain(shape: Shape) -> bool:
        known = SIMPLE_LIST if shape.type_name in ("list", "map") else NAMES_ONLY
        if shape.type_name == "timestamp":
            known = {"name", "timestampFormat"}
        if shape.type_name == "structure":
            known = {"name", "resultWrapper"}
            if getattr(shape, "is_tagged_union", False) or getattr(shape, "is_document_type", False):
                return False
        return not shape.serialization.keys() - known and not shape.metadata.get("exception")

    def _list(self, shape: Any, path: str, above: tuple[str, ...]) -> Read:
        member = shape.member
        if member.type_name in ("list", "map"):
            return _refuse
        read, flattened = self.reader(member, f"{path}.{member.name}", above), shape.serialization.get("flattened")

        def items(value: Any) -> Any:
            if not isinstance(value, list | tuple | dict | set) and hasattr(value, "__next__"):
                raise Unusual
            found = [item for item in map(read, value) if item is not NOTHING and item != {}]
            return found if found or not flattened else NOTHING

        return items

    def _map(self, shape: Any, path: str, above: tuple[str, ...]) -> Read:
        if shape.value.type_name in ("list", "map") or shape.key.type_name != "string":
            return _refuse
        key, read = self.reader(shape.key, f"{path}.key", above), self.reader(shape.value, f"{path}.value", above)
        flattened = shape.serialization.get("flattened")

        def pairs(value: Any) -> Any:
            found = {key(name): read(one) for name, one in value.items() if one is not None}
            return found if found or not flattened else NOTHING

        return pairs

    def _time(self, shape: Shape) -> Read:
        form = shape.serialization.get("timestampFormat", self._time_format)

        @lru_cache(maxsize=256, typed=True)  # a seed makes most of an account at one time
        def moment(value: Any) -> datetime:
            return parse_time(str(self._times._convert_timestamp_to_str(value, form)))

        return moment


class _Structure:
    """Reads the fields of an object of any kind."""

    def __init__(self, making: _Making, shape: Any, path: str, above: tuple[str, ...]) -> None:
        self._making = making
        self._shape = shape
        self._path = path
        self._above = above
        self._fields: dict[type, list[Field]] = {}
        self._held: dict[tuple[Any, ...], list[Field]] = {}
        self._readers: dict[str, Read] = {}
        wire = [_wire_name(name, member) for name, member in shape.members.items()]
        self._unusual = len(set(wire)) != len(wire)

    def __call__(self, value: Any) -> Any:
        if value is None:
            return NOTHING
        parsed: dict[str, Any] = {}
        transformers, readers = self._making.transformers, self._readers
        for name, look, names, transformer in self._fields_of(value):
            held = look(value, names)
            if transformer:
                held = transformers[transformer](held)
            if held is not None:
                reader = readers.get(name)
                if reader is None:
                    reader = readers[name] = self._reader(name)
                read = reader(held)
                if read is not NOTHING:
                    parsed[name] = read
        return parsed

    def _fields_of(self, value: Any) -> list[Field]:
        """The fields that an object of this kind, with these attributes or keys, may hold: a few of its shape's."""
        kind = type(value)
        own = value if kind is dict else getattr(value, "__dict__", ())
        place = (kind, *own)
        found = self._held.get(place)
        if found is None:
            fields = self._fields.get(kind)
            if fields is None:
                fields = self._fields[kind] = self._known(value)
            found = [narrow for field in fields if (narrow := _narrowed(field, own)) is not None]
            if len(self._held) < MOST_LAYOUTS:
                self._held[place] = found
        return found

    def _known(self, value: Any) -> list[Field]:
        if self._unusual:
            raise Unusual
        making, shape = self._making, self._shape
        fields = []
        for name, member in shape.members.items():
            names = making.names(value, name, member, shape)
            fields.append((name, *_looking(value, names), making.transformer(self._path, name)))
        return fields

    def _reader(self, name: str) -> Read:
        return self._making.reader(self._shape.members[name], f"{self._path}.{name}", self._above)


def _narrowed(field: Field, own: Any) -> Field | None:
    """How to look for it in objects with just these attributes or keys; None: there is nothing to look at."""
    name, look, names, transformer = field
    if look is _in_dict:
        names = tuple(one for one in names if one in own)[:1]
    if look is _in_object:
        names = tuple((one, of_class) for one, of_class in names if of_class or one in own)
        if names and not names[0][1]:
            look, names = _in_own, names[0][:1]
    return (name, look, names, transformer) if names or transformer else None


def _looking(value: Any, names: tuple[str, ...]) -> tuple[Callable[[Any, Any], Any], tuple[Any, ...]]:
    """The quickest way to do what `found` does with objects of the value's kind, and what it looks for."""
    kind = type(value)
    if any("." in name for name in names):
        return found, names
    if kind is dict:
        return _in_dict, names
    plain = hasattr(value, "__dict__") and not hasattr(kind, "__getitem__") and not hasattr(kind, "__getattr__")
    asked_as_usual: Any = kind.__getattribute__
    if plain and asked_as_usual is object.__getattribute__:
        return _in_object, tuple((name, hasattr(kind, name)) for name in names)
    return found, names


def _in_dict(value: dict[str, Any], names: tuple[str, ...]) -> Any:
    for name in names:
        if name in value:
            return value[name]
    return None


def _in_own(value: Any, names: tuple[str]) -> Any:
    return value.__dict__[names[0]]


def _in_object(value: Any, names: tuple[tuple[str, bool], ...]) -> Any:
    """`names`: with each whether its class has it. To ask an object for what it lacks costs most of all."""
    own = value.__dict__
    for name, of_class in names:
        if of_class:
            held = getattr(value, name, MISSING)
            if held is not MISSING:
                return held
        elif name in own:
            return own[name]
    return None


def _wire_name(name: str, shape: Any) -> str:
    if shape.type_name == "list" and shape.serialization.get("flattened"):
        return str(shape.member.serialization.get("name") or shape.serialization.get("name", name))
    return str(shape.serialization.get("name", name))


def parse_time(value: Any) -> datetime:
    """botocore tries every form of a time, a tenth of its work on a long answer; moto writes one."""
    if isinstance(value, str) and value.endswith("Z"):
        with suppress(ValueError):
            return datetime.fromisoformat(value)
    parsed: datetime = parse_timestamp(value)
    return parsed


def _text(value: Any) -> str:
    text = value if type(value) is str else str(value)
    if text.isascii() and text.isprintable():
        return text
    if not WRITTEN_AS_IT_IS.fullmatch(text):
        raise Unusual
    return text


def _truth(value: Any) -> bool:
    return value is True or str(value).lower() == "true"


def _refuse(value: Any) -> Any:
    raise Unusual
