"""Make moto faster without changing an answer: remember what it looks up again for every request.

Measured on reads: two scans (a directory listing of all services, the members of a response class) are a fifth of the
time of a request; the serializer works out anew, for every field of every answer, the names under which an object may
hold it (a fifth of a long answer), and checks every element's name; a KMS key makes an RSA pair (15-60 ms) that a
symmetric key never uses; every boto session that moto makes would parse EC2's model (0.5 s) again.
"""

import functools
from typing import Any

import botocore.session
import xmltodict

from moto import backends
from moto.core import responses, serialize, utils
from moto.kms import models as kms


def tune() -> None:
    """Patch once, before the first request."""
    botocore.session.create_loader = functools.cache(botocore.session.create_loader)
    modules = list(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: modules
    remembered = functools.lru_cache(maxsize=None)(utils.method_names_from_class)
    utils.method_names_from_class = responses.method_names_from_class = remembered
    xmltodict._validate_name = functools.lru_cache(maxsize=4096)(xmltodict._validate_name)
    _remember_where_fields_are()
    _make_kms_key_pairs_late()


def _remember_where_fields_are() -> None:
    """The names to try depend on the picker's, the object's and the shape's kinds and on the field, never on values."""

    def remembered(original: Any) -> Any:
        def get_possible_keys(picker: Any, context: Any) -> Any:
            if context.shape is None:
                return original(picker, context)
            keys = vars(context.shape).setdefault("_names_of_fields", {})
            # the class's name stands for its aliases too: they are attributes of the class
            parent = getattr(getattr(context.shape, "parent", None), "name", "")
            place = (original, type(context.obj), context.key, parent, *picker.alias_providers)
            if place not in keys:
                keys[place] = tuple(dict.fromkeys(original(picker, context)))
            return keys[place]

        return get_possible_keys

    for kind in (serialize.AttributePicker, serialize.XFormedAttributePicker):
        kind.get_possible_keys = remembered(kind.get_possible_keys)


def _make_kms_key_pairs_late() -> None:
    generate = kms.generate_private_key

    class LateKeyPair:
        """Stands for a key's pair until something asks for it."""

        def __init__(self, spec: str) -> None:
            self._spec = spec

        def __getattr__(self, name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            if "_pair" not in self.__dict__:
                self.__dict__["_pair"] = generate(self._spec)
            return getattr(self.__dict__["_pair"], name)

    def private_key(spec: str) -> Any:
        return LateKeyPair(spec) if spec == "SYMMETRIC_DEFAULT" else generate(spec)

    kms.generate_private_key = private_key
