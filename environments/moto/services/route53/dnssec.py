"""DNSSEC signing of public hosted zones: key-signing keys on keys of AWS KMS.

Sources: Amazon Route 53 Developer Guide, "Configuring DNSSEC signing in Amazon Route 53" and "Working with customer
managed keys for DNSSEC"; Amazon Route 53 API Reference; RFC 4034 (DNSKEY, DS, key tag), RFC 6605 (ECDSA P-256).
"""

import base64
import hashlib
import re
import struct
from typing import Any

from hardenlab.semantics.iam import CannotJudge, Policies, Principal, Request, decide
from moto.kms.models import kms_backends

from ...extend import Refusal
from .state import Route53Call, change, existing_zone, service

KEY_ARN = re.compile(r"arn:aws:kms:us-east-1:(\d{12}):key/([\w-]+)")
NAME = re.compile(r"[A-Za-z0-9_]{3,128}")
MAX_KEYS = 2  # key-signing keys of one zone
SIGNER = "dnssec-route53.amazonaws.com"
SIGNER_ACTIONS = ("kms:DescribeKey", "kms:GetPublicKey", "kms:Sign", "kms:CreateGrant")
FLAGS, PROTOCOL, ALGORITHM, DIGEST = 257, 3, 13, 2  # a zone's secure entry point, ECDSAP256SHA256, SHA-256


@service.operation
def create_key_signing_key(call: Route53Call) -> dict[str, Any]:
    """A new key-signing key, on an asymmetric KMS key that Route 53 may use."""
    zone = _zone(call, call.input["HostedZoneId"])
    name, status = call.input["Name"], call.input["Status"]
    if not NAME.fullmatch(name):
        raise Refusal("InvalidKeySigningKeyName", f"{name} is not a name of 3 to 128 letters, digits and underscores.")
    if status not in ("ACTIVE", "INACTIVE"):
        raise Refusal("InvalidKeySigningKeyStatus", "Status must be ACTIVE or INACTIVE.")
    keys = _keys(call, zone)
    if name in keys:
        raise Refusal("KeySigningKeyAlreadyExists", f"The hosted zone has a key-signing key {name} already.")
    if any(key["KmsArn"] == call.input["KeyManagementServiceArn"] for key in keys.values()):
        raise Refusal("KeySigningKeyAlreadyExists", "Another key-signing key of the hosted zone is on this KMS key.")
    if len(keys) >= MAX_KEYS:
        raise Refusal("TooManyKeySigningKeys", f"A hosted zone has at most {MAX_KEYS} key-signing keys.")
    public = _public_key(_kms_key(call, zone, call.input["KeyManagementServiceArn"]))
    key = _records(zone.name, public) | {
        "Name": name,
        "KmsArn": call.input["KeyManagementServiceArn"],
        "Status": status,
        "CreatedDate": call.now,
        "LastModifiedDate": call.now,
    }
    keys[name] = key
    location = f"https://route53.amazonaws.com/2013-04-01/keysigningkey/{zone.resource_id}/{name}"
    return {"ChangeInfo": change(call), "KeySigningKey": key, "Location": location}


@service.operation
def activate_key_signing_key(call: Route53Call) -> dict[str, Any]:
    """Sign with this key from now on."""
    zone, key = _existing(call)
    _kms_key(call, zone, key["KmsArn"])
    key |= {"Status": "ACTIVE", "LastModifiedDate": call.now}
    return {"ChangeInfo": change(call)}


@service.operation
def deactivate_key_signing_key(call: Route53Call) -> dict[str, Any]:
    """Sign with this key no more; the last active key of a signing zone stays."""
    zone, key = _existing(call)
    others = [other for other in _keys(call, zone).values() if other is not key and other["Status"] == "ACTIVE"]
    if _signs(call, zone) and not others:
        raise Refusal("KeySigningKeyInUse", f"{key['Name']} is the only active key-signing key of a zone that signs.")
    if _in_parent(call, zone, key):
        raise Refusal("KeySigningKeyInParentDSRecord", f"The parent zone has a DS record for {key['Name']}.")
    key |= {"Status": "INACTIVE", "LastModifiedDate": call.now}
    return {"ChangeInfo": change(call)}


@service.operation
def delete_key_signing_key(call: Route53Call) -> dict[str, Any]:
    """Forget a key-signing key that is not active."""
    zone, key = _existing(call)
    if key["Status"] == "ACTIVE":
        raise Refusal("InvalidKeySigningKeyStatus", f"{key['Name']} is ACTIVE: deactivate it first.")
    del _keys(call, zone)[key["Name"]]
    return {"ChangeInfo": change(call)}


@service.operation
def enable_hosted_zone_dnssec(call: Route53Call) -> dict[str, Any]:
    """Sign the zone with its active key-signing keys."""
    zone = _zone(call, call.input["HostedZoneId"])
    active = [key for key in _keys(call, zone).values() if key["Status"] == "ACTIVE"]
    if not active:
        raise Refusal("KeySigningKeyWithActiveStatusNotFound", "The hosted zone has no active key-signing key.")
    for key in active:
        _kms_key(call, zone, key["KmsArn"])
    call.state.setdefault("signing", set()).add(zone.resource_id)
    return {"ChangeInfo": change(call)}


@service.operation
def disable_hosted_zone_dnssec(call: Route53Call) -> dict[str, Any]:
    """Sign the zone no more; not while its parent says that it is signed."""
    zone = _zone(call, call.input["HostedZoneId"])
    if not _signs(call, zone):
        raise Refusal("DNSSECNotFound", "The hosted zone does not have DNSSEC signing enabled.")
    for key in _keys(call, zone).values():
        if _in_parent(call, zone, key):
            raise Refusal("KeySigningKeyInParentDSRecord", f"The parent zone has a DS record for {key['Name']}.")
    call.state["signing"].discard(zone.resource_id)
    return {"ChangeInfo": change(call)}


@service.operation
def get_dnssec(call: Route53Call) -> dict[str, Any]:
    """Whether the zone signs, with its keys and what the parent's DS record must say."""
    zone = _zone(call, call.input["HostedZoneId"])
    keys = [_shown(call, zone, key) for key in _keys(call, zone).values()]
    if not _signs(call, zone):
        status = {"ServeSignature": "NOT_SIGNING"}
    elif troubled := next((key for key in keys if key["Status"] == "ACTION_NEEDED"), None):
        status = {"ServeSignature": "ACTION_NEEDED", "StatusMessage": troubled["StatusMessage"]}
    else:
        status = {"ServeSignature": "SIGNING"}
    return {"Status": status, "KeySigningKeys": keys}


def _shown(call: Route53Call, zone: Any, key: dict[str, Any]) -> dict[str, Any]:
    """The key; one that signs needs attention once Route 53 can use its KMS key no more."""
    if key["Status"] == "ACTIVE":
        try:
            _kms_key(call, zone, key["KmsArn"])
        except Refusal as refusal:
            return key | {"Status": "ACTION_NEEDED", "StatusMessage": refusal.message}
    return key


def has_signing(call: Route53Call, zone: Any) -> bool:
    """Whether the zone signs or has key-signing keys."""
    return _signs(call, zone) or bool(_keys(call, zone))


def _zone(call: Route53Call, given: str) -> Any:
    zone = existing_zone(call, given)
    if zone.private_zone:
        raise Refusal("InvalidArgument", "DNSSEC signing is for public hosted zones.")
    return zone


def _keys(call: Route53Call, zone: Any) -> dict[str, dict[str, Any]]:
    keys: dict[str, dict[str, Any]] = call.state.setdefault("keys", {}).setdefault(zone.resource_id, {})
    return keys


def _signs(call: Route53Call, zone: Any) -> bool:
    return zone.resource_id in call.state.get("signing", ())


def _existing(call: Route53Call) -> tuple[Any, dict[str, Any]]:
    zone = _zone(call, call.input["HostedZoneId"])
    key = _keys(call, zone).get(call.input["Name"])
    if key is None:
        raise Refusal("NoSuchKeySigningKey", f"The hosted zone has no key-signing key {call.input['Name'][:128]}.")
    return zone, key


def _in_parent(call: Route53Call, zone: Any, key: dict[str, Any]) -> bool:
    """Whether a hosted zone of this account delegates to the zone and vouches for the key."""
    records = (
        record
        for parent in call.backend.zones.values()
        if parent is not zone and zone.name.endswith(f".{parent.name}")
        for record in parent.rrsets
        if record.type == "DS" and record.name == zone.name
    )
    return any(key["DigestValue"] in str(value).upper() for record in records for value in record.records)


# ---- the key in AWS KMS ----


def _kms_key(call: Route53Call, zone: Any, arn: str) -> Any:
    """The key behind the ARN, if Route 53 can sign with it."""
    match = KEY_ARN.fullmatch(arn)
    key = match and kms_backends[match[1]]["us-east-1"].keys.get(match[2])
    if not key:
        raise Refusal("InvalidKMSArn", f"{arn} is not the ARN of a customer managed key in us-east-1.")
    if (key.key_spec, key.key_usage) != ("ECC_NIST_P256", "SIGN_VERIFY"):
        raise Refusal("InvalidKMSArn", "The key must be asymmetric, with key spec ECC_NIST_P256 and usage SIGN_VERIFY.")
    if key.key_state != "Enabled":
        raise Refusal("InvalidKMSArn", f"The key's state is {key.key_state}, not Enabled.")
    refused = [action for action in SIGNER_ACTIONS if not _may(call, zone, key, action)]
    if refused:
        raise Refusal("InvalidKMSArn", f"The key's policy does not let {SIGNER} do {', '.join(refused)}.")
    return key


def _may(call: Route53Call, zone: Any, key: Any, action: str) -> bool:
    context = {
        "aws:SourceAccount": call.account,
        "aws:SourceArn": f"arn:aws:route53:::hostedzone/{zone.resource_id}",
        "kms:GrantIsForAWSResource": "true",
    }
    request = Request(Principal.aws_service(SIGNER), action, key.arn, key.account_id, context)
    try:
        return decide(request, Policies(resource=key.policy)).allowed
    except CannotJudge:
        return False


def _public_key(key: Any) -> bytes:
    """The two coordinates, 32 bytes each: the end of the key's DER form (RFC 6605, section 4)."""
    der: bytes = key.private_key.public_key()
    return der[-64:]


def _records(zone_name: str, public: bytes) -> dict[str, Any]:
    """What the zone's DNSKEY and the parent's DS record say of the key."""
    rdata = struct.pack("!HBB", FLAGS, PROTOCOL, ALGORITHM) + public
    owner = b"".join(bytes([len(label)]) + label.encode() for label in zone_name.lower().rstrip(".").split(".")) + b"\0"
    digest = hashlib.sha256(owner + rdata).hexdigest().upper()
    tag = _key_tag(rdata)
    encoded = base64.b64encode(public).decode()
    return {
        "Flag": FLAGS,
        "SigningAlgorithmMnemonic": "ECDSAP256SHA256",
        "SigningAlgorithmType": ALGORITHM,
        "DigestAlgorithmMnemonic": "SHA-256",
        "DigestAlgorithmType": DIGEST,
        "KeyTag": tag,
        "DigestValue": digest,
        "PublicKey": encoded,
        "DSRecord": f"{tag} {ALGORITHM} {DIGEST} {digest}",
        "DNSKEYRecord": f"{FLAGS} {PROTOCOL} {ALGORITHM} {encoded}",
    }


def _key_tag(rdata: bytes) -> int:
    """RFC 4034, appendix B."""
    total = sum(byte << 8 if number % 2 == 0 else byte for number, byte in enumerate(rdata))
    return (total + (total >> 16)) & 0xFFFF
