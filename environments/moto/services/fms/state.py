"""What an administrator keeps in a region, and the organization that it administers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from moto import backends

from ...extend import Call, Refusal, Service

HOME = "us-east-1"  # where administrators are made
SERVICE = "fms.amazonaws.com"
Rows = dict[str, dict[str, Any]]


@dataclass
class Manager:
    """Everything by its id, in the members of AWS's answers; `admins` in the management account's home region only."""

    admins: Rows = field(default_factory=dict)  # by account id, the default administrator first
    policies: Rows = field(default_factory=dict)
    apps_lists: Rows = field(default_factory=dict)
    protocols_lists: Rows = field(default_factory=dict)
    resource_sets: Rows = field(default_factory=dict)
    resources: dict[str, list[str]] = field(default_factory=dict)  # URIs by resource set
    channel: dict[str, Any] | None = None
    firewalls: dict[str, str] = field(default_factory=dict)  # third-party firewalls: their status


ManagerCall = Call[Manager]
service = Service("fms", state=Manager, invalid="InvalidInputException")


@dataclass(frozen=True)
class Organization:
    """An organization, read from AWS Organizations."""

    management: str
    all_features: bool
    parents: dict[str, str]  # of accounts and organizational units

    @property
    def accounts(self) -> list[str]:
        return [name for name in self.parents if name.isdigit()]

    def under(self, account: str) -> Iterator[str]:
        """The organizational units above an account, and the root."""
        name = self.parents.get(account)
        while name:
            yield name
            name = self.parents.get(name)


def organization_of(account: str) -> Organization | None:
    """The organization that the account belongs to."""
    found = backends.get_backend("organizations")
    management = found.master_accounts.get(account, (account, "aws"))[0]
    backend = found[management]["aws"]
    if backend.org is None:
        return None
    parents = {member.id: member.parent_id for member in backend.accounts}
    parents |= {unit.id: unit.parent_id for unit in backend.ou if unit.parent_id}
    return Organization(management, backend.org.feature_set == "ALL", parents)


def admins_of(account: str) -> Rows:
    """The administrators of the organization of an account."""
    organization = organization_of(account)
    admins: Rows = service.state_of(organization.management, HOME).admins if organization else {}
    return admins


def administered(call: ManagerCall) -> Organization:
    """The organization that the caller administers; refused to everyone else."""
    organization = organization_of(call.account)
    if organization is None or call.account not in admins_of(call.account):
        raise Refusal(
            "AccessDeniedException",
            f"No default admin could be found for account {call.account} in Region {call.region}",
        )
    return organization


def managed(call: ManagerCall) -> Organization:
    """The organization whose management account the caller is."""
    organization = organization_of(call.account)
    if organization is None or organization.management != call.account:
        raise Refusal("InvalidOperationException", "Only the management account of an organization can do this.")
    if call.region != HOME:
        raise Refusal("InvalidOperationException", f"Administrators are managed in the Region {HOME}.")
    return organization


def existing(rows: Rows, id: str, what: str) -> dict[str, Any]:
    if id not in rows:
        raise Refusal("ResourceNotFoundException", f"The {what} {id} was not found.")
    return rows[id]


def invalid(message: str) -> Refusal:
    return Refusal("InvalidInputException", message)


def _exists(call: ManagerCall, arn: str) -> bool:
    kind, _, id = arn.rpartition(":")[2].partition("/")
    state = call.state
    rows = {
        "policy": state.policies, "applications-list": state.apps_lists, "protocols-list": state.protocols_lists,
        "resource-set": state.resource_sets,
    }  # fmt: skip
    return id in rows.get(kind, {})


service.tag_operations(_exists)
