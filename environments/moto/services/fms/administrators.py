"""Who administers Firewall Manager in an organization."""

from typing import Any

from ...extend import Refusal
from .state import SERVICE, ManagerCall, administered, admins_of, existing, invalid, managed, organization_of, service

MAX_ADMINS = 10
EVERYTHING = {
    "AccountScope": {"AllAccountsEnabled": True},
    "OrganizationalUnitScope": {"AllOrganizationalUnitsEnabled": True},
    "RegionScope": {"AllRegionsEnabled": True},
    "PolicyTypeScope": {"AllPolicyTypesEnabled": True},
}


@service.operation
def associate_admin_account(call: ManagerCall) -> None:
    """Make an account of the organization the default administrator."""
    organization = managed(call)
    account = call.input["AdminAccount"]
    if not organization.all_features:
        raise Refusal("InvalidOperationException", "The organization must have all features enabled.")
    if account not in organization.accounts:
        raise invalid(f"The account {account} is not in the organization.")
    default = next((row for row in call.state.admins.values() if row["DefaultAdmin"]), None)
    if default is not None:
        raise Refusal(
            "InvalidOperationException", f"The account {default['AdminAccount']} is the default administrator already."
        )
    _put(call, account, True, EVERYTHING)


@service.operation
def put_admin_account(call: ManagerCall) -> None:
    """Make an account an administrator of a scope, or change its scope."""
    organization = managed(call)
    account = call.input["AdminAccount"]
    if account not in organization.accounts:
        raise invalid(f"The account {account} is not in the organization.")
    if not call.state.admins:
        raise Refusal("InvalidOperationException", "Associate a default administrator account first.")
    known = call.state.admins.get(account)
    if known is None and len(call.state.admins) >= MAX_ADMINS:
        raise Refusal("LimitExceededException", f"An organization has at most {MAX_ADMINS} administrators.")
    if known and known["DefaultAdmin"]:
        raise Refusal("InvalidOperationException", "The default administrator has full scope.")
    _put(call, account, False, call.get("AdminScope", EVERYTHING))


def _put(call: ManagerCall, account: str, default: bool, scope: dict[str, Any]) -> None:
    call.state.admins[account] = {
        "AdminAccount": account, "DefaultAdmin": default, "Status": "ONBOARDING_COMPLETE", "AdminScope": scope,
    }  # fmt: skip
    from moto.organizations.models import organizations_backends

    organizations = organizations_backends[call.account]["aws"]
    if not any(row["ServicePrincipal"] == SERVICE for row in organizations.services):
        organizations.enable_aws_service_access(ServicePrincipal=SERVICE)


@service.operation
def disassociate_admin_account(call: ManagerCall) -> None:
    """The calling administrator ceases to be one; the default one last."""
    administered(call)
    admins = admins_of(call.account)
    if admins[call.account]["DefaultAdmin"] and len(admins) > 1:
        raise Refusal("InvalidOperationException", "The other administrators must be disassociated first.")
    del admins[call.account]


@service.operation
def get_admin_account(call: ManagerCall) -> dict[str, Any]:
    """The default administrator."""
    for row in admins_of(call.account).values():
        if row["DefaultAdmin"]:
            return {"AdminAccount": row["AdminAccount"], "RoleStatus": "READY"}
    raise Refusal("ResourceNotFoundException", f"No default admin could be found for account {call.account}.")


@service.operation
def get_admin_scope(call: ManagerCall) -> dict[str, Any]:
    """What an administrator may manage."""
    row = existing(admins_of(call.account), call.input["AdminAccount"], "administrator")
    return {"AdminScope": row["AdminScope"], "Status": row["Status"]}


@service.operation
def list_admin_accounts_for_organization(call: ManagerCall) -> dict[str, Any]:
    """Every administrator, for the management account."""
    managed(call)
    rows = [{name: value for name, value in row.items() if name != "AdminScope"} for row in call.state.admins.values()]
    return {"AdminAccounts": rows}


@service.operation
def list_admins_managing_account(call: ManagerCall) -> dict[str, Any]:
    """The administrators whose scope has the calling account."""
    organization = organization_of(call.account)
    rows = admins_of(call.account)
    if organization is None or not rows:
        raise Refusal("ResourceNotFoundException", f"No default admin could be found for account {call.account}.")
    above = list(organization.under(call.account))
    return {"AdminAccounts": [account for account, row in rows.items() if _has(row["AdminScope"], call.account, above)]}


def _has(scope: dict[str, Any], account: str, above: list[str]) -> bool:
    accounts, units = scope.get("AccountScope", {}), scope.get("OrganizationalUnitScope", {})
    listed = account in accounts.get("Accounts", [])
    in_units = any(unit in units.get("OrganizationalUnits", []) for unit in above)
    by_account = listed != bool(accounts.get("ExcludeSpecifiedAccounts")) if accounts.get("Accounts") else False
    by_unit = (
        in_units != bool(units.get("ExcludeSpecifiedOrganizationalUnits"))
        if units.get("OrganizationalUnits")
        else False
    )
    everything = accounts.get("AllAccountsEnabled") or units.get("AllOrganizationalUnitsEnabled")
    return bool(everything) or by_account or by_unit


@service.operation
def list_member_accounts(call: ManagerCall) -> dict[str, Any]:
    """The accounts of the organization, for an administrator or the management account."""
    organization = organization_of(call.account)
    if organization is None or call.account not in (organization.management, *admins_of(call.account)):
        organization = administered(call)
    return {"MemberAccounts": organization.accounts}
