"""AWS Account Management: contacts, Regions, name and e-mail address; for members by the management account.

A new account has no contact information until it is put. A change of the primary e-mail address stays pending: its
one-time password goes to a mailbox that nobody reads.

Sources: AWS Account Management Reference Guide, "Update contact information", "Update the alternate contacts",
"Specify which AWS Regions your account can use"; AWS Account Management API Reference.
"""

from dataclasses import dataclass, field
from typing import Any

from moto import backends
from moto.core.base_backend import AccountSpecificBackend

from ..extend import Call, Refusal, Service
from .fms.state import organization_of

OPT_IN = frozenset(
    {
        "af-south-1", "ap-east-1", "ap-east-2", "ap-south-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5",
        "ap-southeast-6", "ap-southeast-7", "ca-west-1", "eu-central-2", "eu-south-1", "eu-south-2", "il-central-1",
        "me-central-1", "me-south-1", "mx-central-1",
    }
)  # fmt: skip


@dataclass
class Facts:
    """What an account says of itself."""

    contact: dict[str, Any] | None = None
    alternates: dict[str, dict[str, Any]] = field(default_factory=dict)  # by type
    enabled: set[str] = field(default_factory=set)  # opt-in Regions
    name: str | None = None
    email_update: dict[str, Any] | None = None


AccountCall = Call[Facts]
service = Service("account", state=Facts, is_global=True)


def _facts(call: AccountCall) -> Facts:
    """Those of the caller's account, or of a member of the organization that it manages."""
    account = call.get("AccountId")
    if account is None:
        return call.state
    _member(call, account)
    facts: Facts = service.state_of(account, call.region)
    return facts


def _member(call: AccountCall, account: str) -> Any:
    """moto's object for a member account, for the management account alone."""
    organization = organization_of(call.account)
    if organization is None or organization.management != call.account or account == call.account:
        raise Refusal("AccessDeniedException", f"User is not authorized to perform this for the account {account}.")
    for member in backends.get_backend("organizations")[call.account]["aws"].accounts:
        if member.id == account:
            return member
    raise Refusal("AccessDeniedException", f"The account {account} is not in the organization.")


# ---- contacts ----


@service.operation
def put_contact_information(call: AccountCall) -> None:
    """Replace the primary contact."""
    contact = call.input["ContactInformation"]
    if not (contact["CountryCode"].isalpha() and contact["CountryCode"].isupper()):
        raise Refusal("ValidationException", "CountryCode must be two capital letters, as in ISO 3166.")
    _facts(call).contact = contact


@service.operation
def get_contact_information(call: AccountCall) -> dict[str, Any]:
    """The primary contact."""
    contact = _facts(call).contact
    if contact is None:
        raise Refusal("ResourceNotFoundException", "No contact information found.")
    return {"ContactInformation": contact}


@service.operation
def put_alternate_contact(call: AccountCall) -> None:
    """Set the contact for billing, operations or security."""
    contact = {name: value for name, value in call.input.items() if name != "AccountId"}
    _facts(call).alternates[contact["AlternateContactType"]] = contact


@service.operation
def get_alternate_contact(call: AccountCall) -> dict[str, Any]:
    """One alternate contact."""
    return {"AlternateContact": _alternate(call)}


@service.operation
def delete_alternate_contact(call: AccountCall) -> None:
    """Forget one alternate contact."""
    del _facts(call).alternates[_alternate(call)["AlternateContactType"]]


def _alternate(call: AccountCall) -> dict[str, Any]:
    contact = _facts(call).alternates.get(call.input["AlternateContactType"])
    if contact is None:
        raise Refusal("ResourceNotFoundException", "No contact of the inputted alternate contact type found.")
    return contact


# ---- Regions ----


def _regions() -> list[str]:
    known = AccountSpecificBackend.get_session().get_available_regions("ec2")
    return sorted(OPT_IN | set(known))


def _status(facts: Facts, region: str) -> str:
    if region not in OPT_IN:
        return "ENABLED_BY_DEFAULT"
    return "ENABLED" if region in facts.enabled else "DISABLED"


def _known(call: AccountCall) -> str:
    region: str = call.input["RegionName"]
    if region not in _regions():
        raise Refusal("ValidationException", f"{region} is not the name of a Region.")
    return region


@service.operation
def list_regions(call: AccountCall) -> dict[str, Any]:
    """Every Region and whether the account may use it."""
    facts, wanted = _facts(call), call.get("RegionOptStatusContains")
    rows = [{"RegionName": region, "RegionOptStatus": _status(facts, region)} for region in _regions()]
    return {"Regions": [row for row in rows if not wanted or row["RegionOptStatus"] in wanted]}


@service.operation
def get_region_opt_status(call: AccountCall) -> dict[str, Any]:
    """Whether the account may use one Region."""
    region = _known(call)
    return {"RegionName": region, "RegionOptStatus": _status(_facts(call), region)}


@service.operation
def enable_region(call: AccountCall) -> None:
    """Use an opt-in Region: at once, where AWS takes minutes."""
    _facts(call).enabled.add(_opt_in(call))


@service.operation
def disable_region(call: AccountCall) -> None:
    """Use an opt-in Region no more."""
    _facts(call).enabled.discard(_opt_in(call))


def _opt_in(call: AccountCall) -> str:
    region = _known(call)
    if region not in OPT_IN:
        raise Refusal("ValidationException", f"{region} is enabled by default and cannot be disabled or enabled.")
    return region


# ---- name and e-mail address ----


@service.operation
def put_account_name(call: AccountCall) -> None:
    """Rename the account."""
    _facts(call).name = call.input["AccountName"]


@service.operation
def get_account_information(call: AccountCall) -> dict[str, Any]:
    """The account's id and name."""
    facts, account = _facts(call), call.get("AccountId", call.account)
    organization = organization_of(account)
    known = None
    if organization:
        members = backends.get_backend("organizations")[organization.management]["aws"].accounts
        known = next((member.name for member in members if member.id == account), None)
    name = facts.name or known
    return {"AccountId": account, "AccountState": "ACTIVE"} | ({"AccountName": name} if name else {})


@service.operation
def get_primary_email(call: AccountCall) -> dict[str, Any]:
    """The e-mail address of a member account's root user."""
    return {"PrimaryEmail": _member(call, call.input["AccountId"]).email}


@service.operation
def start_primary_email_update(call: AccountCall) -> dict[str, Any]:
    """Send a one-time password to the new address."""
    member = _member(call, call.input["AccountId"])
    address = call.input["PrimaryEmail"]
    if "@" not in address or address == member.email:
        raise Refusal("ValidationException", "The new primary e-mail address must be another, valid one.")
    _facts(call).email_update = {"Status": "PENDING", "UpdatedAt": call.now}
    return {"Status": "PENDING"}


@service.operation
def accept_primary_email_update(call: AccountCall) -> dict[str, Any]:
    """Refused: the one-time password was sent to a mailbox that nobody reads."""
    _member(call, call.input["AccountId"])
    if _facts(call).email_update is None:
        raise Refusal("ResourceNotFoundException", "No update of the primary e-mail address is pending.")
    raise Refusal("ValidationException", "The one-time password is not the one that was sent.")


@service.operation
def get_primary_email_update_status(call: AccountCall) -> dict[str, Any]:
    """How far the change of the address is."""
    update = _facts(call).email_update
    if update is None:
        raise Refusal("ResourceNotFoundException", "No update of the primary e-mail address was started.")
    return update
