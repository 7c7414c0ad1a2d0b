"""The past of an emulated account, written into moto's objects while a scenario seeds."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from hardenlab.model.past import Mfa, RootKey, Use
from moto.core.utils import utcnow
from moto.iam import iam_backends
from moto.iam.models import AccessKeyLastUsed, VirtualMfaDevice
from moto.iam.utils import generate_access_key_id_from_account_id

from .services import iam

MAX_ROOT_KEYS = 2
MAX_DAYS = 3650


class MotoPast:
    """One account's past. Every change is made within `changing`, which numbers and digests it as a call."""

    def __init__(self, account: str, changing: Callable[[str], AbstractContextManager[None]]) -> None:
        self._account, self._changing = account, changing

    def root_user(
        self, *, mfa: Mfa = "none", access_keys: Sequence[RootKey] = (), signed_in_days_ago: int | None = None
    ) -> None:
        if len(access_keys) > MAX_ROOT_KEYS:
            raise ValueError(f"the root user has at most {MAX_ROOT_KEYS} access keys")
        with self._changing(f"root {mfa} {access_keys} {signed_in_days_ago}"):
            self._set_root(mfa, access_keys, signed_in_days_ago)

    def _set_root(self, mfa: Mfa, access_keys: Sequence[RootKey], signed_in_days_ago: int | None) -> None:
        root = iam.root_of(self._backend)
        root.mfa = mfa
        root.signed_in = None if signed_in_days_ago is None else _days_ago(signed_in_days_ago)
        root.keys = [
            iam.Key(
                generate_access_key_id_from_account_id(self._account, "AKIA"),
                _days_ago(key.age),
                key.active,
                _last_used(key.last_use, key.age),
            )
            for key in access_keys
        ]
        serial = f"arn:aws:iam::{self._account}:mfa/root-account-mfa-device"
        self._backend.virtual_mfa_devices.pop(serial, None)
        if mfa == "virtual":
            device = VirtualMfaDevice(self._account, "us-east-1", "/root-account-mfa-device")
            device.enable_date = utcnow()
            arn = f"arn:aws:iam::{self._account}:root"
            device.user = SimpleNamespace(user_id=self._account, arn=arn, create_date=root.created)
            self._backend.virtual_mfa_devices[serial] = device
        root.summarise(self._backend)

    def user(self, name: str, *, age: int) -> None:
        with self._changing(f"user {name} {age}"):
            self._user(name).create_date = _days_ago(age)

    def password(self, name: str, *, age: int, last_used_days_ago: int | None = None) -> None:
        user = self._user(name)
        if not user.password:
            raise LookupError(f"the user {name} has no password")
        with self._changing(f"password {name} {age} {last_used_days_ago}"):
            user.password_changed = user.password_created = _days_ago(age)
            used = last_used_days_ago
            user.password_last_used = None if used is None else _days_ago(used, at_most=age)

    def access_key(self, id: str, *, age: int, last_use: Use | None = None) -> None:
        for user in self._backend.users.values():
            for key in user.access_keys:
                if key.access_key_id == id:
                    with self._changing(f"key {id} {age} {last_use}"):
                        key.create_date, key.last_used = _days_ago(age), _last_used(last_use, age)
                    return
        raise LookupError(f"there is no access key {id}")

    def service_used(self, arn: str, use: Use) -> None:
        with self._changing(f"use {arn} {use}"):
            iam.remember_use(self._backend, arn, use.service, _days_ago(use.days_ago), use.region)

    @property
    def _backend(self) -> Any:
        return iam_backends[self._account]["aws"]

    def _user(self, name: str) -> Any:
        if name not in self._backend.users:
            raise LookupError(f"there is no user {name}")
        return self._backend.users[name]


def _last_used(use: Use | None, age: int) -> AccessKeyLastUsed | None:
    return AccessKeyLastUsed(_days_ago(use.days_ago, at_most=age), use.service, use.region) if use else None


def _days_ago(days: int, at_most: int = MAX_DAYS) -> datetime:
    if not 0 <= days <= at_most:
        raise ValueError(f"{days} days ago: must be between 0 and {at_most}")
    moment: datetime = utcnow() - timedelta(days=days)
    return moment
