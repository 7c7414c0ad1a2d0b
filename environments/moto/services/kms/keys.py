"""Making keys, switching them on and off, and deleting them after a wait."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from ...extend import Refusal
from .policies import check_policy
from .state import DISABLED, PENDING_DELETION, PENDING_IMPORT, KmsCall, key_of, refuse_state, service

DAYS = (7, 30)
# key usage by key spec; the first is taken where none is given, if it is ENCRYPT_DECRYPT
USAGES = {
    "SYMMETRIC_DEFAULT": ("ENCRYPT_DECRYPT",),
    "RSA": ("ENCRYPT_DECRYPT", "SIGN_VERIFY"),
    "ECC": ("SIGN_VERIFY", "KEY_AGREEMENT"),
    "HMAC": ("GENERATE_VERIFY_MAC",),
    "ML": ("SIGN_VERIFY",),
    "SM2": ("ENCRYPT_DECRYPT", "SIGN_VERIFY", "KEY_AGREEMENT"),
}
EXTERNAL_SPECS = ("SYMMETRIC_DEFAULT", "RSA", "ECC", "HMAC")
# what takes an id or ARN alone, with the states in which the key refuses it
BY_KEY = {
    "update_key_description": (PENDING_DELETION,),
    "tag_resource": (PENDING_DELETION,),
    "untag_resource": (PENDING_DELETION,),
    "list_resource_tags": (),
    "create_grant": (PENDING_DELETION, DISABLED),
    "list_grants": (),
    "revoke_grant": (),
    "list_key_policies": (),
    "disable_key": (PENDING_DELETION, PENDING_IMPORT),
    "enable_key": (PENDING_DELETION, PENDING_IMPORT),
    "replicate_key": (PENDING_DELETION, DISABLED, PENDING_IMPORT),
}


def _by_key(name: str, states: tuple[str, ...]) -> None:
    def operation(call: KmsCall) -> Any:
        key = key_of(call, call.input["KeyId"])
        refuse_state(key, *states)
        check_tags(call)
        grantee = call.get("GranteePrincipal")
        if grantee is not None and not grantee.startswith("arn:aws:"):
            raise Refusal("InvalidArnException", f"GranteePrincipal {grantee[:200]} is not the ARN of a principal.")
        return call.moto(KeyId=key.id)

    operation.__name__ = name
    operation.__doc__ = "As moto does, for a key given by id or ARN that is in a state for it."
    service.operation(operation)


for _name, _states in BY_KEY.items():
    _by_key(_name, _states)


def check_tags(call: KmsCall) -> None:
    """Refuse the tags that a call gives or takes when AWS keeps their keys for itself."""
    keys = [tag["TagKey"] for tag in call.get("Tags", [])] + call.get("TagKeys", [])
    if any(key.lower().startswith("aws:") for key in keys):
        raise Refusal("TagException", "Tag keys that begin with aws: are reserved for AWS.")
    if len(set(keys)) < len(keys):
        raise Refusal("TagException", "The same tag key is given more than once.")


@service.operation
def create_key(call: KmsCall) -> Any:
    """A new key; one for imported material waits for it."""
    spec = call.get("KeySpec", call.get("CustomerMasterKeySpec", "SYMMETRIC_DEFAULT"))
    usage, origin = call.get("KeyUsage", "ENCRYPT_DECRYPT"), call.get("Origin", "AWS_KMS")
    family = spec if spec in USAGES else spec.split("_")[0]
    if usage not in USAGES[family]:
        raise Refusal("ValidationException", f"KeyUsage {usage} is not compatible with KeySpec {spec}")
    if origin in ("AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"):
        raise Refusal("CustomKeyStoreNotFoundException", "The custom key store does not exist.")
    if origin == "EXTERNAL" and family not in EXTERNAL_SPECS:
        raise Refusal("UnsupportedOperationException", f"Key material of KeySpec {spec} cannot be imported.")
    check_tags(call)
    if "Policy" in call.input:
        check_policy(call, call.input["Policy"], call.arn("kms", "key/*"))
    answer = call.moto(KeyUsage=usage, KeySpec=spec)
    if origin == "EXTERNAL":
        import json

        key = call.backend.keys[json.loads(answer)["KeyMetadata"]["KeyId"]]
        key.key_state, key.enabled = PENDING_IMPORT, False
        return json.dumps(key.to_dict())
    return answer


@service.operation
def describe_key(call: KmsCall) -> Any:
    """A key by id, ARN or alias; AWS's own aliases make their key at first use."""
    given = call.input["KeyId"]
    if given.startswith("alias/aws/") or ":alias/aws/" in given:
        return call.moto()
    key = key_of(call, given, alias=True)
    call.moto(KeyId=key.id)  # asks the key's policy, as far as moto does
    metadata = {name: value for name, value in key.to_dict()["KeyMetadata"].items() if value is not None}
    material = call.state.material.get(key.id, {})
    return {"KeyMetadata": metadata | {n: material[n] for n in ("ExpirationModel", "ValidTo") if n in material}}


@service.operation
def schedule_key_deletion(call: KmsCall) -> dict[str, Any]:
    """Delete the key in 7 to 30 days; it is of no use meanwhile."""
    key = key_of(call, call.input["KeyId"])
    refuse_state(key, PENDING_DELETION)
    days = call.get("PendingWindowInDays", DAYS[1])
    if not DAYS[0] <= days <= DAYS[1]:
        raise Refusal(
            "ValidationException", f"PendingWindowInDays must be between {DAYS[0]} and {DAYS[1]} (inclusive)."
        )
    key.enabled, key.key_state, key.deletion_date = False, PENDING_DELETION, call.now + timedelta(days=days)
    return {
        "KeyId": key.arn, "DeletionDate": key.deletion_date, "KeyState": PENDING_DELETION, "PendingWindowInDays": days,
    }  # fmt: skip


@service.operation
def cancel_key_deletion(call: KmsCall) -> dict[str, Any]:
    """Keep the key, disabled."""
    key = key_of(call, call.input["KeyId"])
    if key.key_state != PENDING_DELETION:
        raise Refusal("KMSInvalidStateException", f"{key.arn} is not pending deletion.")
    key.key_state, key.deletion_date = DISABLED, None
    return {"KeyId": key.arn}


@service.operation
def list_keys(call: KmsCall) -> dict[str, Any]:
    """Every key of the account and Region, in pages."""
    return {"Keys": [{"KeyId": key.id, "KeyArn": key.arn} for key in call.backend.keys.values()]}


# ---- aliases ----


def _with_target(name: str) -> Callable[[KmsCall], Any]:
    def operation(call: KmsCall) -> Any:
        if call.input["AliasName"].startswith("alias/aws/"):
            raise Refusal("NotAuthorizedException", "Alias names that begin with alias/aws/ are reserved for AWS.")
        key = key_of(call, call.input["TargetKeyId"])
        refuse_state(key, PENDING_DELETION)
        return call.moto(TargetKeyId=key.id)

    operation.__name__ = name
    operation.__doc__ = "An alias for a key given by id or ARN."
    return service.operation(operation)


create_alias, update_alias = _with_target("create_alias"), _with_target("update_alias")


@service.operation
def list_aliases(call: KmsCall) -> Any:
    """The aliases, or those of one key."""
    if "KeyId" not in call.input:
        return call.moto()
    return call.moto(KeyId=key_of(call, call.input["KeyId"]).id)
