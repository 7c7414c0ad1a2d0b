"""The role that AWS Organizations makes in a member account is its administrator; moto makes it without a policy.

Source: AWS Organizations User Guide, "Accessing member accounts in an organization".
"""

from typing import Any

from moto.iam import iam_backends
from moto.organizations.models import FakeAccount

ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"
DEFAULT_ROLE = "OrganizationAccountAccessRole"


def give_the_organizations_role_its_policy() -> None:
    """Patch once, before the first request."""
    make = FakeAccount.__init__

    def make_with_administrator(account: FakeAccount, organization: Any, **settings: Any) -> None:
        make(account, organization, **settings)
        role = settings.get("RoleName") or DEFAULT_ROLE
        iam_backends[account.id]["aws"].attach_role_policy(ADMINISTRATOR_ACCESS, role)

    FakeAccount.__init__ = make_with_administrator
