"""TLS inspection configurations: which connections a firewall decrypts, with which certificates.

Source: AWS Network Firewall API Reference, CreateTLSInspectionConfiguration, ServerCertificateConfiguration.
"""

from moto.acm.models import acm_backends

from ...extend import Refusal
from ...extend.call import unique
from .state import (
    Members,
    NetworkFirewallCall,
    Resource,
    check_room,
    check_token,
    checked_encryption,
    invalid,
    named,
    new_token,
    service,
    tagged,
)  # fmt: skip
from .suricata import is_range

MAX_CONFIGURATIONS = 20
TCP = 6


@service.operation
def create_tls_inspection_configuration(call: NetworkFirewallCall) -> Members:
    """A new configuration."""
    kept, name = call.state.tls, call.input["TLSInspectionConfigurationName"]
    _check(call)
    arn = call.arn("network-firewall", f"tls-configuration/{name}")
    check_room(call, len(kept), MAX_CONFIGURATIONS, arn, kept)
    one = kept[arn] = Resource(name, arn, {}, {"TLSInspectionConfigurationId": unique()}, "")
    call.tags.put(arn, call.get("Tags"))
    return _put(call, one)


@service.operation
def update_tls_inspection_configuration(call: NetworkFirewallCall) -> Members:
    """Another configuration in place of this one."""
    one: Resource = named(call, call.state.tls, "TLSInspectionConfiguration")
    check_token(call.input["UpdateToken"], one.token)
    _check(call)
    return _put(call, one)


@service.operation
def describe_tls_inspection_configuration(call: NetworkFirewallCall) -> Members:
    """The configuration and what is said of it."""
    one: Resource = named(call, call.state.tls, "TLSInspectionConfiguration")
    return _answer(call, one) | {"TLSInspectionConfiguration": one.body}


@service.operation
def list_tls_inspection_configurations(call: NetworkFirewallCall) -> Members:
    """The account's configurations, in short."""
    kept = call.state.tls.values()
    return {"TLSInspectionConfigurations": [{"Name": one.name, "Arn": one.arn} for one in kept]}


@service.operation
def delete_tls_inspection_configuration(call: NetworkFirewallCall) -> Members:
    """Forget a configuration that no firewall policy uses."""
    one: Resource = named(call, call.state.tls, "TLSInspectionConfiguration")
    if _users(call, one.arn):
        raise Refusal("InvalidOperationException", f"The configuration {one.name} is in use by a firewall policy.")
    answer = _answer(call, one)["TLSInspectionConfigurationResponse"]
    del call.state.tls[one.arn]
    call.tags.forget(one.arn)
    return {"TLSInspectionConfigurationResponse": answer | {"TLSInspectionConfigurationStatus": "DELETING"}}


def _put(call: NetworkFirewallCall, one: Resource) -> Members:
    one.body, one.token = call.input["TLSInspectionConfiguration"], new_token()
    one.about |= {"EncryptionConfiguration": checked_encryption(call), "LastModifiedTime": call.now}
    if "Description" in call.input:
        one.about["Description"] = call.input["Description"]
    return _answer(call, one)


def _answer(call: NetworkFirewallCall, one: Resource) -> Members:
    response = {
        "TLSInspectionConfigurationArn": one.arn,
        "TLSInspectionConfigurationName": one.name,
        "TLSInspectionConfigurationStatus": "ACTIVE",
        "NumberOfAssociations": _users(call, one.arn),
        **one.about,
    }
    return {"UpdateToken": one.token, "TLSInspectionConfigurationResponse": tagged(call, one.arn, response)}


def _users(call: NetworkFirewallCall, arn: str) -> int:
    policies = call.state.policies.values()
    return sum(policy.body.get("TLSInspectionConfigurationArn") == arn for policy in policies)


def _check(call: NetworkFirewallCall) -> None:
    given = call.input["TLSInspectionConfiguration"].get("ServerCertificateConfigurations") or []
    if not given:
        raise invalid("A TLS inspection configuration needs a ServerCertificateConfiguration.")
    for one in given:
        arns = [certificate.get("ResourceArn") for certificate in one.get("ServerCertificates") or []]
        arns += [one["CertificateAuthorityArn"]] if "CertificateAuthorityArn" in one else []
        if not arns:
            raise invalid("Give server certificates, a certificate authority, or both.")
        for arn in arns:
            if arn not in acm_backends[call.account][call.region]._certificates:
                raise invalid(f"certificate not found in AWS Certificate Manager, parameter: [{arn}]")
        if "CheckCertificateRevocationStatus" in one and "CertificateAuthorityArn" not in one:
            raise invalid("CheckCertificateRevocationStatus needs a CertificateAuthorityArn.")
        if not one.get("Scopes"):
            raise invalid("A ServerCertificateConfiguration needs Scopes.")
        for scope in one["Scopes"]:
            _check_scope(scope)


def _check_scope(scope: Members) -> None:
    if scope.get("DomainMatch") or scope.get("DeploymentMode") == "EXPLICIT_PROXY_ONLY":
        raise NotImplementedError("proxies")
    for name in ("Sources", "Destinations"):
        for one in scope.get(name) or []:
            if not is_range(one["AddressDefinition"]):
                raise invalid(f"{name}: an address or range is invalid, parameter: [{one['AddressDefinition']}]")
    for name in ("SourcePorts", "DestinationPorts"):
        for one in scope.get(name) or []:
            if one["FromPort"] > one["ToPort"]:
                raise invalid(f"{name}: FromPort must be less than or equal to ToPort.")
    if any(protocol != TCP for protocol in scope.get("Protocols") or []):
        raise invalid("Network Firewall decrypts TCP only: Protocols takes 6.")
