"""Central management of the root users of an organization's member accounts: whether it is on.

Source: IAM User Guide, "Centralize root access for member accounts"; IAM API Reference,
"EnableOrganizationsRootCredentialsManagement". Sessions of sts:AssumeRoot are not offered.
"""

from typing import Any

from moto.organizations.models import FakeServiceAccess, organizations_backends

from ...extend import Call, Refusal
from ._service import service

CREDENTIALS, SESSIONS = "RootCredentialsManagement", "RootSessions"
IAM = "iam.amazonaws.com"


@service.patch
def let_organizations_trust_iam() -> None:
    """moto's list of services that an organization may trust lacks IAM."""
    if IAM not in FakeServiceAccess.TRUSTED_SERVICES:
        FakeServiceAccess.TRUSTED_SERVICES.append(IAM)


@service.operation
def enable_organizations_root_credentials_management(call: Call[Any]) -> dict[str, Any]:
    """Let the management account see and delete member accounts' root credentials."""
    return _change(call, CREDENTIALS, True)


@service.operation
def disable_organizations_root_credentials_management(call: Call[Any]) -> dict[str, Any]:
    """No more."""
    return _change(call, CREDENTIALS, False)


@service.operation
def enable_organizations_root_sessions(call: Call[Any]) -> dict[str, Any]:
    """Let the management account take short root sessions in member accounts."""
    return _change(call, SESSIONS, True)


@service.operation
def disable_organizations_root_sessions(call: Call[Any]) -> dict[str, Any]:
    """No more."""
    return _change(call, SESSIONS, False)


@service.operation
def list_organizations_features(call: Call[Any]) -> dict[str, Any]:
    """Which of the two are on."""
    return _shown(call, _organization(call))


def _change(call: Call[Any], feature: str, on: bool) -> dict[str, Any]:
    organization = _organization(call)
    features: list[str] = call.state.setdefault("root features", [])
    if on and feature not in features:
        features.append(feature)
    if not on and feature in features:
        features.remove(feature)
    return _shown(call, organization)


def _shown(call: Call[Any], organization: Any) -> dict[str, Any]:
    return {"OrganizationId": organization.id, "EnabledFeatures": list(call.state.get("root features", []))}


def _organization(call: Call[Any]) -> Any:
    """The caller's organization, if it manages it and trusts IAM there."""
    if call.account in organizations_backends.master_accounts:
        message = "The request was rejected because the account making the request is not the management account."
        raise Refusal("AccountNotManagementOrDelegatedAdministratorException", message)
    organizations = organizations_backends[call.account]["aws"]
    if organizations.org is None:
        raise Refusal("OrganizationNotFoundException", "The account does not belong to an organization.")
    if organizations.org.feature_set != "ALL":
        message = "Your organization does not have all features enabled."
        raise Refusal("OrganizationNotInAllFeaturesModeException", message)
    if not any(item["ServicePrincipal"] == IAM for item in organizations.services):
        message = f"Trusted access is not enabled for {IAM} in your organization."
        raise Refusal("ServiceAccessNotEnabledException", message)
    return organizations.org
