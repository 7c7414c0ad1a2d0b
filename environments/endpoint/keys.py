"""The keys that the server issued: learnt from the answers that bring them, since it shows a secret only once."""

import re
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, replace

from botocore.credentials import Credentials

from hardenlab.environment import IssuedKey
from hardenlab.front.operations import Operation
from hardenlab.model.http import Request, Response

from .names import Names

ISSUING = frozenset(
    (
        "iam:CreateAccessKey", "sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity",
        "sts:GetSessionToken", "sts:GetFederationToken",
    )
)  # fmt: skip
GetUser = Callable[[str], bytes]


@dataclass(frozen=True)
class _Key:
    told: IssuedKey
    real: Credentials


class Keys:
    """By the key's id as the front knows it."""

    def __init__(self) -> None:
        self._keys: dict[str, _Key] = {}

    def told(self, access_key: str) -> IssuedKey | None:
        found = self._keys.get(access_key)
        return found.told if found else None

    def real(self, access_key: str) -> Credentials | None:
        """What signs a request of this key to the server."""
        found = self._keys.get(access_key)
        return found.real if found else None

    def issue(
        self, response: Response, request: Request, operation: Operation, names: Names, seed: str, user: GetUser
    ) -> Response:
        """Keep the key that an answer brings; the answer with the secrets that the front is to know.

        `user` asks the server for an IAM user by name and gives its answer.
        """
        real_id, secret = _field(response.body, "AccessKeyId"), _field(response.body, "SecretAccessKey")
        token = _field(response.body, "SessionToken")
        body = response.body
        told_secret = names.drawn_secret(secret, seed)
        told_token = names.drawn_secret(token, f"{seed}:token") if token else b""
        for real, told in ((secret, told_secret), (token, told_token)):
            if real:
                body = body.replace(real, told)
        shown = names.called(body)
        name = _field(shown, "UserName").decode()
        about = names.called(user(name)) if operation.name == "CreateAccessKey" else shown
        key = IssuedKey(
            told_secret.decode(), told_token.decode() or None, request.account,
            (_field(about, "Arn") or f"arn:aws:iam::{request.account}:root".encode()).decode(), True,
            _parameter(request, "Policy") or None,
            (_field(about, "AssumedRoleId") or _field(about, "UserId")).decode() or None,
        )  # fmt: skip
        real_key = Credentials(real_id.decode(), secret.decode(), token.decode() or None)
        self._keys[_field(shown, "AccessKeyId").decode()] = _Key(key, real_key)
        return Response(response.status, response.headers, body)

    def change(self, request: Request, operation: Operation) -> None:
        """Follow a call that switched a key or deleted it."""
        access_key = _parameter(request, "AccessKeyId")
        if operation.action == "iam:DeleteAccessKey":
            self._keys.pop(access_key, None)
        elif operation.action == "iam:UpdateAccessKey" and access_key in self._keys:
            known = self._keys[access_key]
            active = _parameter(request, "Status") == "Active"
            self._keys[access_key] = replace(known, told=replace(known.told, active=active))


def _field(body: bytes, name: str) -> bytes:
    found = re.search(rb"<" + name.encode() + rb">([^<]*)<", body)
    return found[1].strip() if found else b""


def _parameter(request: Request, name: str) -> str:
    form = urllib.parse.parse_qs(request.body.decode("utf-8", "replace") or request.query, max_num_fields=2000)
    return form.get(name, [""])[0]
