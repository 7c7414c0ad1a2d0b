"""Write moto's answers with less work and the same bytes: where a field is found is remembered, XML is joined at once.

For every field of every answer moto asks six providers for the names under which an object may hold it, and tries
every transformer of the service on the field's path; xmltodict then emits every element through a SAX handler. Together
that is four fifths of the time of a long answer.
"""

from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import xmltodict

from moto.core import serialize
from moto.core.utils import get_value

KINDS = (serialize.AttributePicker, serialize.XFormedAttributePicker)
MISSING = serialize.MISSING
Transformers = Mapping[str, Callable[[Any], Any]]


def write_answers_faster() -> None:
    """Patch once, before the first request."""
    _remember_where_fields_are()
    _join_xml()


def _remember_where_fields_are() -> None:
    original = serialize.ResponseSerializer.get_value

    def remembering(serializer: Any, obj: Any, key: str, shape: Any) -> Any:
        picker = serializer._value_picker
        kind = type(picker)
        if kind not in KINDS or shape is None or picker.alias_providers is not serialize.DEFAULT_ALIAS_PROVIDERS:
            return original(serializer, obj, key, shape)
        value = found(obj, names_of(obj, key, shape, serializer.operation_model, picker))
        if picker.response_transformers:
            for path in paths_ending(key, picker.response_transformers):
                if f"{'.'.join(serializer.path)}.{key}".endswith(path):
                    return picker.response_transformers[path](value)
        return value

    serialize.ResponseSerializer.get_value = remembering


def names_of(obj: Any, field: str, shape: Any, operation: Any, picker: Any) -> tuple[str, ...]:
    """The names under which the object may hold a field.

    They depend on the picker's, the object's and the shape's kinds and on the field, never on values.
    """
    known = shape.__dict__.get("_names_of_fields")
    if known is None:
        known = shape.__dict__["_names_of_fields"] = {}
    place = (type(picker), type(obj), field)
    names: tuple[str, ...] | None = known.get(place)
    if names is None:
        context = serialize.AttributePickerContext(obj, field, shape, operation, operation.service_model)
        names = known[place] = tuple(dict.fromkeys(picker.get_possible_keys(context)))
    return names


_ENDING: dict[tuple[int, int, str], tuple[Transformers, list[str]]] = {}


def paths_ending(field: str, known: Transformers) -> list[str]:
    """The transformers' paths that may end in this field. Their dictionaries belong to classes; some grow."""
    place = id(known), len(known), field
    if place not in _ENDING:
        paths = [path for path in known if (path.rsplit(".", 1)[-1] == field if "." in path else field.endswith(path))]
        _ENDING[place] = known, paths
    return _ENDING[place][1]


def found(obj: Any, names: tuple[str, ...]) -> Any:
    """What the object holds under the first of these names that it has, else None."""
    if type(obj) is dict:
        for name in names:
            value = obj.get(name, MISSING) if "." not in name else get_value(obj, name, MISSING)
            if value is not MISSING:
                return value
    elif hasattr(obj, "__getitem__"):
        for name in names:
            value = get_value(obj, name, MISSING)
            if value is not MISSING:
                return value
    else:
        for name in names:
            value = getattr(obj, name, MISSING) if "." not in name else get_value(obj, name, MISSING)
            if value is not MISSING:
                return value
    return None


class _Unusual(Exception):
    """Something that answers hardly ever hold: xmltodict writes it."""


def _join_xml() -> None:
    original = xmltodict._emit

    def emit(key: Any, value: Any, handler: Any, *positional: Any, **settings: Any) -> None:
        plain = not positional and not settings.get("pretty") and settings.keys() <= _UNDERSTOOD
        if plain and not (settings.get("full_document", True) and isinstance(value, list | tuple)):
            parts: list[str] = []
            try:
                _write(parts, key, value, handler._short_empty_elements)
            except _Unusual:
                parts = []
            if parts:
                handler._finish_pending_start_element()
                handler._write("".join(parts))
                return
        original(key, value, handler, *positional, **settings)

    xmltodict._emit = emit


_UNDERSTOOD = {"full_document", "encoding", "bytes_errors", "comment_key", "pretty"}
_SINGLE = (str, dict, bytes, bytearray, memoryview)


def _write(parts: list[str], key: Any, value: Any, short: bool) -> None:
    """The elements of this name, as `xmltodict.unparse` writes them."""
    if type(key) is not str or key == "#comment":
        raise _Unusual
    xmltodict._validate_name(key, "element")
    for item in (value,) if isinstance(value, _SINGLE) or not hasattr(value, "__iter__") else value:
        if isinstance(item, dict):
            _write_dict(parts, key, item, short)
            continue
        text = "" if item is None else item if type(item) is str else xmltodict._convert_value_to_string(item)
        if text:
            parts.append(f"<{key}>{escape(text)}</{key}>")
        else:
            parts.append(f"<{key}/>" if short else f"<{key}></{key}>")


def _write_dict(parts: list[str], key: str, item: Mapping[Any, Any], short: bool) -> None:
    attributes, children, text = "", [], ""
    for name, value in item.items():
        if type(name) is not str:
            raise _Unusual
        if name == "#text":
            text = "" if value is None else xmltodict._convert_value_to_string(value)
        elif name.startswith("@"):
            if not isinstance(value, str):
                raise _Unusual
            xmltodict._validate_name(name[1:], "attribute")
            attributes += f" {name[1:]}={quoteattr(value)}"
        elif not (isinstance(value, list) and not value):
            children.append((name, value))
    place = len(parts)
    parts.append(f"<{key}{attributes}>")
    for name, value in children:
        _write(parts, name, value, short)
    if text:
        parts.append(escape(text))
    if len(parts) > place + 1 or not short:
        parts.append(f"</{key}>")
    else:
        parts[place] = f"<{key}{attributes}/>"
