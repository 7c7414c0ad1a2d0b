"""Key material of the learner's own: parameters, import, deletion."""

import hashlib
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ...extend import Refusal
from ...extend.call import hexadecimal
from .state import PENDING_DELETION, PENDING_IMPORT, KmsCall, key_of, refuse_state, service

VALID = timedelta(hours=24)
MATERIAL = 32  # bytes of a symmetric key
PADDINGS = {"RSAES_OAEP_SHA_256": hashes.SHA256, "RSAES_OAEP_SHA_1": hashes.SHA1}
SIZES = {"RSA_2048": 2048, "RSA_3072": 3072, "RSA_4096": 4096}


@service.operation
def get_parameters_for_import(call: KmsCall) -> dict[str, Any]:
    """A public key to wrap the material with, and a token, both for 24 hours."""
    key = _external(call)
    refuse_state(key, PENDING_DELETION)
    algorithm, spec = call.input["WrappingAlgorithm"], call.input["WrappingKeySpec"]
    if algorithm not in PADDINGS or spec not in SIZES or key.key_spec != "SYMMETRIC_DEFAULT":
        raise Refusal(
            "UnsupportedOperationException",
            f"This account imports symmetric keys wrapped by {' or '.join(PADDINGS)} under {', '.join(SIZES)}.",
        )
    private = rsa.generate_private_key(65537, SIZES[spec])
    token = bytes.fromhex(hexadecimal(128))
    call.state.imports[key.id] = {
        "token": token, "algorithm": algorithm, "until": call.now + VALID,
        "private": private.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    }  # fmt: skip
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return {"KeyId": key.arn, "ImportToken": token, "PublicKey": public, "ParametersValidTo": call.now + VALID}


@service.operation
def import_key_material(call: KmsCall) -> dict[str, Any]:
    """Unwrap the material and enable the key; always the same material for one key."""
    key = _external(call)
    refuse_state(key, PENDING_DELETION)
    prepared = call.state.imports.get(key.id)
    if prepared is None or call.input["ImportToken"] != prepared["token"]:
        raise Refusal("InvalidImportTokenException", "The import token is not the one of this key.")
    if prepared["until"] < call.now:
        raise Refusal("ExpiredImportTokenException", "The import token has expired.")
    model, until = call.get("ExpirationModel", "KEY_MATERIAL_EXPIRES"), call.get("ValidTo")
    if (model == "KEY_MATERIAL_EXPIRES") != (until is not None):
        raise Refusal("ValidationException", "Give ValidTo with KEY_MATERIAL_EXPIRES, and only then.")
    if until is not None and until <= call.now:
        raise Refusal("ValidationException", "ValidTo must be in the future.")
    material = _unwrapped(prepared, call.input["EncryptedKeyMaterial"])
    digest = hashlib.sha256(material).hexdigest()
    known = vars(key).get("imported_digest")
    if known not in (None, digest):
        raise Refusal("IncorrectKeyMaterialException", "The key material is not the one that was imported before.")
    key.key_material, key.imported_digest = material, digest
    if key.key_state == PENDING_IMPORT:
        key.key_state, key.enabled = "Enabled", True
    call.state.material[key.id] = {"ExpirationModel": model} | ({"ValidTo": until} if until is not None else {})
    return {"KeyId": key.arn}


@service.operation
def delete_imported_key_material(call: KmsCall) -> dict[str, Any]:
    """Forget the material; the key waits for it again."""
    key = _external(call)
    refuse_state(key, PENDING_DELETION)
    call.state.material.pop(key.id, None)
    key.key_state, key.enabled = PENDING_IMPORT, False
    return {"KeyId": key.arn}


def _external(call: KmsCall) -> Any:
    key = key_of(call, call.input["KeyId"])
    if key.origin != "EXTERNAL":
        raise Refusal("UnsupportedOperationException", f"{key.arn} origin is {key.origin} which is not valid for this.")
    return key


def _unwrapped(prepared: dict[str, Any], wrapped: bytes) -> bytes:
    hash_of = PADDINGS[prepared["algorithm"]]
    private = serialization.load_der_private_key(prepared["private"], None)
    try:
        material: bytes = private.decrypt(wrapped, padding.OAEP(padding.MGF1(hash_of()), hash_of(), None))  # type: ignore[union-attr]
    except ValueError:
        raise Refusal(
            "InvalidCiphertextException", "The key material is not wrapped under the given public key."
        ) from None
    if len(material) != MATERIAL:
        raise Refusal("IncorrectKeyMaterialException", f"The key material must have {MATERIAL} bytes.")
    return material
