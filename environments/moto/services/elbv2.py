"""Elastic Load Balancing beside moto: certificates that listeners need, and mutual TLS with trust stores.

Sources: Elastic Load Balancing API Reference (2015-12-01), "CreateListener" and the operations on trust stores;
Application Load Balancers, "Create an HTTPS listener for your Application Load Balancer" and "Mutual authentication
with TLS in Application Load Balancer".
"""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from cryptography import x509

from moto.elbv2.models import ELBv2Backend
from moto.elbv2.responses import SSL_POLICIES
from moto.s3.exceptions import S3ClientError
from moto.s3.models import s3_backends

from ..extend import Call, Refusal, Service
from ..extend.call import hexadecimal

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?")
MIN_SUBNETS = 2
ENCRYPTED = ("HTTPS", "TLS")
MODES = ("off", "passthrough", "verify")
MAX_STORES, MAX_CERTIFICATES, MAX_REVOKED = 20, 25, 500_000
HOST = "https://truststore.invalid"
Row = dict[str, Any]

service = Service("elbv2", invalid="ValidationError", response="ELBV2Response")


# ---- load balancers ----


@service.operation
def create_load_balancer(call: Call[Row]) -> Any:
    """A load balancer of a good name; an Application Load Balancer stands in two zones."""
    name, kind = call.input["Name"], call.get("Type", "application")
    if not NAME.fullmatch(name) or name.startswith("internal-"):
        message = f"The load balancer name '{name[:64]}' must have 1 to 32 letters, digits and inner hyphens"
        raise Refusal("ValidationError", message)
    places = call.get("Subnets") or [row.get("SubnetId") for row in call.get("SubnetMappings", [])]
    if kind == "application" and len(set(places)) < MIN_SUBNETS:
        message = "At least two subnets in two different Availability Zones must be specified"
        raise Refusal("ValidationError", message)
    return call.moto()


# ---- listeners ----


@service.operation
def create_listener(call: Call[Row]) -> Any:
    """A listener; one that speaks TLS has a certificate that is there."""
    _check_tls(call, call.get("Protocol"), None)
    asked = _mutual(call, call.get("Protocol"))
    made = call.moto()
    if asked:
        made.result["Listeners"][0].mutual_authentication = asked
    return made


@service.operation
def modify_listener(call: Call[Row]) -> Any:
    """Other settings of a listener, under the same conditions."""
    listener = call.backend.describe_listeners(None, [call.input["ListenerArn"]])[0]
    protocol = call.get("Protocol") or listener.protocol
    _check_tls(call, protocol, listener)
    asked = _mutual(call, protocol)
    changed = call.moto()
    if asked:
        listener.mutual_authentication = asked
    return changed


def _check_tls(call: Call[Row], protocol: str | None, listener: Any) -> None:
    arns = [row.get("CertificateArn", "") for row in call.get("Certificates", [])]
    if protocol not in ENCRYPTED:
        if arns:
            message = f"Certificates cannot be specified for {protocol or 'such'} listeners"
            raise Refusal("ValidationError", message)
        return
    if not arns and not (listener and listener.certificates):
        raise Refusal("ValidationError", f"A certificate must be specified for {protocol} listeners")
    if len(arns) > 1:
        raise Refusal("TooManyCertificates", "You must specify exactly one certificate")
    for arn in arns:
        if not call.backend._certificate_exists(certificate_arn=arn):
            raise Refusal("CertificateNotFound", f"Certificate '{arn[:256]}' not found")
    if call.get("SslPolicy") and call.input["SslPolicy"] not in SSL_POLICIES:
        raise Refusal("SSLPolicyNotFound", f"SSL policy '{call.input['SslPolicy'][:64]}' not found")


def _mutual(call: Call[Row], protocol: str | None) -> Row | None:
    asked: Row | None = call.get("MutualAuthentication")
    if asked is None:
        return None
    mode = asked.get("Mode")
    if protocol != "HTTPS":
        raise Refusal("ValidationError", "Mutual authentication can be set for HTTPS listeners only")
    if mode not in MODES:
        raise Refusal("ValidationError", "Mutual authentication mode must be one of off, passthrough, verify")
    if (mode == "verify") != bool(asked.get("TrustStoreArn")):
        raise Refusal("ValidationError", "A trust store is specified in verify mode, and only in verify mode")
    if mode == "verify":
        _store(call, asked["TrustStoreArn"])
        return {"IgnoreClientCertificateExpiry": False, "TrustStoreAssociationStatus": "active"} | asked
    return asked


# ---- trust stores ----


@service.operation
def create_trust_store(call: Call[Row]) -> Row:
    """A store of the certificate authorities in a PEM file of S3."""
    name = call.input["Name"]
    if any(row["Name"] == name for row in call.state.values()):
        raise Refusal("DuplicateTrustStoreName", f"A trust store with the name '{name}' already exists")
    if len(call.state) >= MAX_STORES:
        raise Refusal("TooManyTrustStores", "The quota of trust stores has been reached")
    authorities = _authorities(call)
    arn = call.arn("elasticloadbalancing", f"truststore/{name}/{hexadecimal(16)}")
    row = {"Name": name, "TrustStoreArn": arn, "Status": "ACTIVE", "NumberOfCaCertificates": authorities}
    bundle = _address(call, "CaCertificatesBundleS3", call.input)
    call.state[arn] = {
        **row, "TotalRevokedEntries": 0, "bundle": bundle, "revocations": {}, "contents": {}, "last": 0,
    }  # fmt: skip
    if call.get("Tags"):
        call.backend.tagging_service.tag_resource(arn, call.input["Tags"])
    return {"TrustStores": [_shown(call.state[arn])]}


@service.operation
def describe_trust_stores(call: Call[Row]) -> Row:
    """All, or those of these ARNs or names."""
    arns, names = call.get("TrustStoreArns", []), call.get("Names", [])
    rows = [_store(call, arn) for arn in arns] if arns else list(call.state.values())
    missing = set(names) - {row["Name"] for row in rows}
    if missing:
        raise Refusal("TrustStoreNotFound", f"Trust store '{sorted(missing)[0][:64]}' not found")
    return {"TrustStores": [_shown(row) for row in rows if not names or row["Name"] in names]}


@service.operation
def modify_trust_store(call: Call[Row]) -> Row:
    """Other certificate authorities for the store."""
    row = _store(call, call.input["TrustStoreArn"])
    row["NumberOfCaCertificates"] = _authorities(call)
    row["bundle"] = _address(call, "CaCertificatesBundleS3", call.input)
    return {"TrustStores": [_shown(row)]}


@service.operation
def delete_trust_store(call: Call[Row]) -> None:
    """Forget a store that no listener uses."""
    arn = call.input["TrustStoreArn"]
    _store(call, arn)
    if _listeners_with(call, arn):
        raise Refusal("TrustStoreInUse", f"Trust store '{arn}' is in use")
    del call.state[arn]


@service.operation
def describe_trust_store_associations(call: Call[Row]) -> Row:
    """The listeners that verify with the store."""
    arn = call.input["TrustStoreArn"]
    _store(call, arn)
    return {"TrustStoreAssociations": [{"ResourceArn": listener} for listener in _listeners_with(call, arn)]}


@service.operation
def add_trust_store_revocations(call: Call[Row]) -> Row:
    """Certificates that the store no longer takes: lists of S3."""
    row = _store(call, call.input["TrustStoreArn"])
    contents = call.get("RevocationContents", [])
    lists = [_revocation(call, content) for content in contents]
    if row["TotalRevokedEntries"] + sum(lists) > MAX_REVOKED:
        raise Refusal("TooManyTrustStoreRevocationEntries", "The quota of revocation entries has been reached")
    added = []
    for content, entries in zip(contents, lists, strict=True):
        row["last"] += 1
        row["contents"][row["last"]] = _address(call, "S3", content)
        kept = {"RevocationId": row["last"], "RevocationType": "CRL", "NumberOfRevokedEntries": entries}
        row["revocations"][row["last"]] = {"TrustStoreArn": row["TrustStoreArn"], **kept}
        added.append(row["revocations"][row["last"]])
    row["TotalRevokedEntries"] += sum(lists)
    return {"TrustStoreRevocations": added}


@service.operation
def describe_trust_store_revocations(call: Call[Row]) -> Row:
    """The store's lists, or those of these ids."""
    row = _store(call, call.input["TrustStoreArn"])
    return {"TrustStoreRevocations": _lists(row, call.get("RevocationIds") or row["revocations"])}


@service.operation
def get_trust_store_ca_certificates_bundle(call: Call[Row]) -> Row:
    """Where the store's certificates can be fetched."""
    return {"Location": _store(call, call.input["TrustStoreArn"])["bundle"]}


@service.operation
def get_trust_store_revocation_content(call: Call[Row]) -> Row:
    """Where one of the store's lists can be fetched."""
    row, id = _store(call, call.input["TrustStoreArn"]), call.input["RevocationId"]
    _lists(row, [id])
    return {"Location": row["contents"][id]}


@service.operation
def remove_trust_store_revocations(call: Call[Row]) -> None:
    """Take the certificates of these lists again."""
    row = _store(call, call.input["TrustStoreArn"])
    for kept in _lists(row, call.input["RevocationIds"]):
        del row["revocations"][kept["RevocationId"]], row["contents"][kept["RevocationId"]]
        row["TotalRevokedEntries"] -= kept["NumberOfRevokedEntries"]


def _store(call: Call[Row], arn: str) -> Row:
    if arn not in call.state:
        raise Refusal("TrustStoreNotFound", f"Trust store '{arn[:256]}' not found")
    row: Row = call.state[arn]
    return row


def _shown(row: Row) -> Row:
    return {name: value for name, value in row.items() if name[0].isupper()}


def _lists(row: Row, ids: Iterable[int]) -> list[Row]:
    missing = [id for id in ids if id not in row["revocations"]]
    if missing:
        raise Refusal("RevocationIdNotFound", f"Revocation id '{missing[0]}' not found")
    return [row["revocations"][id] for id in ids]


def _listeners_with(call: Call[Row], arn: str) -> list[str]:
    listeners = [one for balancer in call.backend.load_balancers.values() for one in balancer.listeners.values()]
    return [one.arn for one in listeners if vars(one).get("mutual_authentication", {}).get("TrustStoreArn") == arn]


def _authorities(call: Call[Row]) -> int:
    """How many certificates the bundle has."""
    place = [call.get(f"CaCertificatesBundleS3{part}") for part in ("Bucket", "Key", "ObjectVersion")]
    bundle = _object(call, *place)
    if bundle is None:
        raise Refusal("CaCertificatesBundleNotFound", "The specified ca certificate bundle does not exist")
    try:
        count = len(x509.load_pem_x509_certificates(bundle))
    except ValueError:
        count = 0
    if not 1 <= count <= MAX_CERTIFICATES:
        message = f"The ca certificate bundle must hold 1 to {MAX_CERTIFICATES} certificates in PEM format"
        raise Refusal("InvalidCaCertificatesBundle", message)
    return count


def _revocation(call: Call[Row], content: Row) -> int:
    """How many certificates the list revokes."""
    data = _object(call, content.get("S3Bucket"), content.get("S3Key"), content.get("S3ObjectVersion"))
    if data is None:
        raise Refusal("RevocationContentNotFound", "The specified revocation content does not exist")
    try:
        return len(list(x509.load_pem_x509_crl(data)))
    except ValueError:
        raise Refusal("InvalidRevocationContent", "The revocation content must be a CRL in PEM format") from None


def _object(call: Call[Row], bucket: str | None, key: str | None, version: str | None) -> bytes | None:
    try:
        found = s3_backends[call.account]["aws"].get_object(bucket, key, version)
    except S3ClientError:
        return None
    return bytes(found.value) if found else None


def _address(call: Call[Row], prefix: str, place: Row) -> str:
    """Where AWS would presign its copy of the object: a name that resolves nowhere, for nothing leaves the lab."""
    version = place.get(f"{prefix}ObjectVersion")
    query = f"?versionId={version}" if version else ""
    return f"{HOST}/{place[f'{prefix}Bucket']}/{quote(place[f'{prefix}Key'])}{query}"


@service.patch
def tag_trust_stores() -> None:
    """moto looks for what is tagged among its own."""
    find = ELBv2Backend._get_resource_by_arn

    def get_resource_by_arn(backend: Any, arn: str) -> Any:
        if arn in service.state_of(backend.account_id, backend.region_name):
            return arn
        return find(backend, arn)

    ELBv2Backend._get_resource_by_arn = get_resource_by_arn
