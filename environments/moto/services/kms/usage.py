"""Cryptographic operations: the key must be enabled and made for them."""

import re
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import serialization

from moto.kms.utils import generate_private_key

from ...extend import Refusal
from .state import DISABLED, PENDING_DELETION, PENDING_IMPORT, KmsCall, key_of, refuse_state, service

UNUSABLE = (DISABLED, PENDING_DELETION, PENDING_IMPORT)
# the key usage that an operation needs, and whether the key must be symmetric
NEEDS = {
    "encrypt": ("ENCRYPT_DECRYPT", False),
    "generate_data_key": ("ENCRYPT_DECRYPT", True),
    "generate_data_key_without_plaintext": ("ENCRYPT_DECRYPT", True),
    "sign": ("SIGN_VERIFY", False),
    "verify": ("SIGN_VERIFY", False),
    "generate_mac": ("GENERATE_VERIFY_MAC", False),
    "verify_mac": ("GENERATE_VERIFY_MAC", False),
}
KEY_ID = re.compile(r"mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CIPHERTEXT_KEY = 36  # moto writes the key's id before what it encrypted


def usable(call: KmsCall, given: str, usage: str, symmetric: bool = False) -> Any:
    """The key, if its state and usage let it do this."""
    key = key_of(call, given, alias=True)
    refuse_state(key, *UNUSABLE)
    if key.key_usage != usage or (symmetric and key.key_spec != "SYMMETRIC_DEFAULT"):
        raise Refusal(
            "InvalidKeyUsageException", f"{key.arn} key usage is {key.key_usage} which is not valid for this."
        )
    return key


def _needing(name: str, usage: str, symmetric: bool) -> Callable[[KmsCall], Any]:
    def operation(call: KmsCall) -> Any:
        given = call.input["KeyId"]
        if given.startswith("alias/aws/"):
            return call.moto()
        return call.moto(KeyId=usable(call, given, usage, symmetric).id)

    operation.__name__ = name
    operation.__doc__ = "As moto does, with an enabled key that is made for it."
    return service.operation(operation)


for _name, (_usage, _symmetric) in NEEDS.items():
    _needing(_name, _usage, _symmetric)


@service.operation
def get_public_key(call: KmsCall) -> Any:
    """The public half of an asymmetric key."""
    key = key_of(call, call.input["KeyId"], alias=True)
    refuse_state(key, *UNUSABLE)
    if key.private_key is None or key.key_spec == "SYMMETRIC_DEFAULT":
        raise Refusal("UnsupportedOperationException", f"{key.arn} is not asymmetric.")
    return call.moto(KeyId=key.id)


@service.operation
def decrypt(call: KmsCall) -> Any:
    """Decrypt with the key that encrypted, if it is enabled."""
    key = _of_ciphertext(call, call.input["CiphertextBlob"])
    if "KeyId" in call.input:
        given = usable(call, call.input["KeyId"], "ENCRYPT_DECRYPT")
        if key is not None and given is not key:
            message = "The key ID in the request does not identify a CMK that can perform this operation."
            raise Refusal("IncorrectKeyException", message)
        return call.moto(KeyId=given.id)
    if key is not None:
        refuse_state(key, *UNUSABLE)
    return call.moto()


@service.operation
def re_encrypt(call: KmsCall) -> Any:
    """Decrypt with one key and encrypt with another, both enabled."""
    source = _of_ciphertext(call, call.input["CiphertextBlob"])
    if source is not None:
        refuse_state(source, *UNUSABLE)
    destination = usable(call, call.input["DestinationKeyId"], "ENCRYPT_DECRYPT")
    return call.moto(DestinationKeyId=destination.id)


def _of_ciphertext(call: KmsCall, blob: bytes) -> Any:
    named = blob[:CIPHERTEXT_KEY].decode("ascii", "replace")
    if not KEY_ID.fullmatch(named):
        raise Refusal("InvalidCiphertextException", "")  # AWS says no more
    key = call.backend.keys.get(named)
    return key and key_of(call, key.id)


@service.operation
def generate_data_key_pair(call: KmsCall) -> dict[str, Any]:
    """An asymmetric pair whose private half is encrypted under the key, and given in plaintext too."""
    key = usable(call, call.input["KeyId"], "ENCRYPT_DECRYPT", symmetric=True)
    spec = call.input["KeyPairSpec"]
    try:
        pair = generate_private_key(spec)
    except Exception:  # moto has fewer specs than AWS
        pair = None
    if pair is None or not hasattr(pair, "private_key"):
        raise Refusal("UnsupportedOperationException", f"Key pairs of spec {spec} are not made in this account.")
    private = pair.private_key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    wrapped, _ = call.backend.encrypt(
        key_id=key.id, plaintext=private, encryption_context=call.get("EncryptionContext", {})
    )
    return {
        "PrivateKeyCiphertextBlob": wrapped, "PrivateKeyPlaintext": private, "PublicKey": pair.public_key(),
        "KeyId": key.arn, "KeyPairSpec": spec,
    }  # fmt: skip


@service.operation
def generate_data_key_pair_without_plaintext(call: KmsCall) -> dict[str, Any]:
    """The same without the private half in plaintext."""
    answer = generate_data_key_pair(call)
    return {name: value for name, value in answer.items() if name != "PrivateKeyPlaintext"}
