"""Make moto faster without changing an answer (but the ids of AWS's own policies): remember what it looks up again.

Measured on reads: two scans (a directory listing of all services, the members of a response class) are a fifth of the
time of a request; the serializer works out anew, for every field of every answer, the names under which an object may
hold it (a fifth of a long answer), and checks every element's name; a KMS key makes an RSA pair (15-60 ms) that a
symmetric key never uses; every account would parse AWS's managed policies (5 MB) again.
"""

import base64
import functools
import hashlib
import itertools
import json
import re
import string
import sys
from typing import Any

import xmltodict

from moto import backends
from moto.core import responses, utils
from moto.core.authorization import ActionAuthenticatorMixin
from moto.ec2.models.tags import TagBackend
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix
from moto.iam import models as iam
from moto.iam.models import AWSManagedPolicy, IAMBackend, PolicyVersion
from moto.kms import models as kms
from moto.moto_api._internal.moto_random import MotoRandom

from .forms import set_up_forms_at_once
from .parsing import read_forms_faster
from .serializing import write_answers_faster

PLAIN_ID = re.compile(r"[A-Za-z0-9-]+")


def tune() -> None:
    """Patch once, before the first request."""
    utils.create_loader = functools.cache(utils.create_loader)  # moto's own lists botocore's folders for every service
    modules = list(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: modules
    _remember_the_methods_of_classes()
    responses.camelcase_to_underscores = functools.lru_cache(maxsize=4096)(utils.camelcase_to_underscores)
    xmltodict._validate_name = functools.lru_cache(maxsize=4096)(xmltodict._validate_name)
    ActionAuthenticatorMixin._authenticate_and_authorize_action = lambda *_: None  # the front authorises; moto counts
    set_up_forms_at_once()
    read_forms_faster()
    write_answers_faster()
    _find_tags_by_resource()
    _draw_strings_faster()
    _make_kms_key_pairs_late()
    _make_managed_policies_once()
    _list_own_policies_alone()


def _remember_the_methods_of_classes() -> None:
    """A class that answers a service has hundreds; each request looks for one of them."""
    look = utils.method_names_from_class

    @functools.cache
    def names(kind: type) -> frozenset[str]:
        return frozenset(look(kind))

    utils.method_names_from_class = responses.method_names_from_class = names


def _find_tags_by_resource() -> None:
    """Every resource of EC2 asks for its own tags: look them up, where moto tries a pattern on every tag there is."""
    search = TagBackend.describe_tags

    def describe_tags(backend: TagBackend, filters: dict[str, list[str]] | None = None) -> list[dict[str, str]]:
        wanted = filters["resource-id"] if filters and filters.keys() == {"resource-id"} else []
        if len(wanted) != 1 or not PLAIN_ID.fullmatch(wanted[0]):
            found: list[dict[str, str]] = search(backend, filters)
            return found
        kind = EC2_PREFIX_TO_RESOURCE.get(get_prefix(wanted[0]), "")
        return [
            {"resource_id": wanted[0], "key": key, "value": value, "resource_type": kind}
            for key, value in backend.tags.get(wanted[0], {}).items()
        ]

    TagBackend.describe_tags = describe_tags


def _draw_strings_faster() -> None:
    """Every answer draws a request id of 52 characters: the same draws, without a method call for each."""

    def get_random_string(
        generator: MotoRandom, length: int = 20, include_digits: bool = True, lower_case: bool = False
    ) -> str:
        pool = string.ascii_letters + string.digits if include_digits else string.ascii_letters
        size, draw, bits = len(pool), generator.getrandbits, len(pool).bit_length()
        characters: list[str] = []
        while len(characters) < length:
            at = draw(bits)  # as random.choice draws: again when the number is too large
            if at < size:
                characters.append(pool[at])
        text = "".join(characters)
        return text.lower() if lower_case else text

    MotoRandom.get_random_string = get_random_string


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


def _make_managed_policies_once() -> None:
    """Every account has AWS's 1,500 managed policies: each is made once, and copied into an account.

    They have the same ids in every account, as in AWS; moto draws them.
    """

    @functools.cache
    def known() -> list[AWSManagedPolicy]:
        text, iam.aws_managed_policies_data = iam.aws_managed_policies_data, ""
        del sys.modules["moto.iam.aws_managed_policies"]  # IAM Identity Center imports the text again, if it is used
        policies = [AWSManagedPolicy.from_data(name, "aws", "aws", data) for name, data in json.loads(text).items()]
        for policy in policies:
            policy.id = _same_everywhere(policy.name)
        return policies

    def make(backend: IAMBackend) -> list[AWSManagedPolicy]:
        if not iam.load_iam_aws_managed_policies():
            return []
        return [_copied(policy, backend) for policy in known()]

    IAMBackend._init_aws_policies = make


def _same_everywhere(name: str) -> str:
    """An id as AWS gives its own policies: ANPA and 17 characters."""
    return "ANPA" + base64.b32encode(hashlib.sha256(name.encode()).digest())[:17].decode()


def _copied(policy: AWSManagedPolicy, backend: IAMBackend) -> AWSManagedPolicy:
    """An account's own: what is attached is counted in it, and versions may be added."""
    copied, version = object.__new__(AWSManagedPolicy), object.__new__(PolicyVersion)
    own = {"account_id": backend.account_id, "partition": backend.partition, "tags": {}, "versions": [version]}
    copied.__dict__ |= policy.__dict__ | own
    version.__dict__ |= policy.versions[0].__dict__ | {"policy_arn": copied.arn}
    return copied


def _list_own_policies_alone() -> None:
    """moto finds an account's own policies by putting all of AWS's into sets."""

    def get_account_authorization_details(backend: IAMBackend, policy_filter: list[str]) -> dict[str, Any]:
        wanted = policy_filter or ("Role", "Group", "User", "AWSManagedPolicy", "LocalManagedPolicy")
        later = reversed(backend.managed_policies.values())  # AWS's own were there first
        own = set(itertools.takewhile(lambda policy: not isinstance(policy, AWSManagedPolicy), later))
        return {
            "instance_profiles": backend.instance_profiles.values(),
            "roles": backend.roles.values() if "Role" in wanted else [],
            "groups": backend.groups.values() if "Group" in wanted else [],
            "users": backend.users.values() if "User" in wanted else [],
            "managed_policies": [
                *(backend.aws_managed_policies if "AWSManagedPolicy" in wanted else ()),
                *(own if "LocalManagedPolicy" in wanted else ()),
            ],
        }

    IAMBackend.get_account_authorization_details = get_account_authorization_details
