"""What is shared by a list and not by a policy: snapshots, images, SSM documents.

Rules: Amazon EBS User Guide, "Share an Amazon EBS snapshot" and "Block public access for Amazon EBS snapshots"; Amazon
EC2 User Guide, "Make your AMI publicly available" and "Understand block public access for AMIs"; Amazon RDS User Guide,
"Sharing a DB snapshot"; Systems Manager User Guide, "Using shared SSM documents" (block public sharing).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hardenlab.semantics.explanation import Explanation
from hardenlab.semantics.iam import CannotJudge
from hardenlab.semantics.iam.principals import ACCOUNT

EVERYBODY = "all"
SnapshotBlock = Literal["block-all-sharing", "block-new-sharing", "unblocked"]


@dataclass(frozen=True, slots=True)
class SharedVerdict:
    """Whether everybody has it, which other accounts have, one sentence why, and the call that shows it."""

    public: bool
    because: str
    accounts: tuple[str, ...] = ()
    call: str | None = None
    """The call that any account can make, when it is public."""

    def explain(self) -> Explanation:
        """The verdict with the accounts that it is shared with."""
        data = {"public": self.public, "accounts": list(self.accounts), "call": self.call}
        sentence = f"{self.because}: any AWS account may call {self.call}" if self.call else self.because
        return Explanation(sentence, data)


def snapshot_is_public(
    snapshot: str,
    permissions: Sequence[Mapping[str, Any]],
    *,
    encrypted: bool,
    block: SnapshotBlock | None = None,
) -> SharedVerdict:
    """An EBS snapshot by its CreateVolumePermissions; `block` is the region's block public access state.

    Raises CannotJudge for a block state or a permission that EC2 does not answer.
    """
    everybody, accounts = _permissions(permissions)
    if block not in (None, "block-all-sharing", "block-new-sharing", "unblocked"):
        raise CannotJudge(f"{str(block)[:60]!r} is no state of block public access for snapshots")
    if everybody and encrypted:
        return SharedVerdict(False, "An encrypted snapshot cannot be public", accounts)
    if everybody and block == "block-all-sharing":
        return SharedVerdict(
            False, "The snapshot is shared with all, but the region blocks all public sharing", accounts
        )
    return _told(everybody, accounts, f"ec2:CreateVolume from {snapshot}", "snapshot")


def image_is_public(image: str, permissions: Sequence[Mapping[str, Any]]) -> SharedVerdict:
    """An AMI by its LaunchPermissions. Block public access for AMIs stops new sharing only."""
    everybody, accounts = _permissions(permissions)
    return _told(everybody, accounts, f"ec2:RunInstances from {image}", "image")


def db_snapshot_is_public(snapshot: str, restore: Sequence[str], *, encrypted: bool) -> SharedVerdict:
    """A snapshot of RDS, Aurora, Neptune or DocumentDB by the values of its attribute `restore`."""
    everybody, accounts = _accounts(restore)
    if everybody and encrypted:
        return SharedVerdict(False, "An encrypted DB snapshot cannot be public", accounts)
    return _told(everybody, accounts, f"rds:RestoreDBInstanceFromDBSnapshot from {snapshot}", "DB snapshot")


def ssm_document_is_public(document: str, account_ids: Sequence[str]) -> SharedVerdict:
    """A document by the AccountIds of DescribeDocumentPermission. The account's block stops new sharing only."""
    everybody, accounts = _accounts(account_ids)
    return _told(everybody, accounts, f"ssm:GetDocument on {document}", "document")


def _told(everybody: bool, accounts: tuple[str, ...], call: str, what: str) -> SharedVerdict:
    if everybody:
        return SharedVerdict(True, f"The {what} is shared with all", accounts, call)
    if accounts:
        return SharedVerdict(False, f"The {what} is shared with {', '.join(accounts[:5])}", accounts)
    return SharedVerdict(False, f"The {what} is shared with nobody")


def _permissions(items: Sequence[Mapping[str, Any]]) -> tuple[bool, tuple[str, ...]]:
    """Group "all", accounts, and for images organizations and their units, which are named as they are."""
    everybody, named = False, []
    for item in items:
        if item.get("Group") is not None:
            if item["Group"] != EVERYBODY:
                raise CannotJudge(f"{str(item['Group'])[:60]!r} is no group that a snapshot or image is shared with")
            everybody = True
        else:
            who = item.get("UserId") or item.get("OrganizationArn") or item.get("OrganizationalUnitArn")
            if not isinstance(who, str):
                raise CannotJudge("a permission names neither a group nor an account")
            named.append(who)
    return everybody, tuple(sorted(named))


def _accounts(values: Sequence[str]) -> tuple[bool, tuple[str, ...]]:
    for value in values:
        if str(value).lower() != EVERYBODY and not ACCOUNT.fullmatch(str(value)):
            raise CannotJudge(f"{str(value)[:60]!r} is no account")
    named = sorted(value for value in values if value.lower() != EVERYBODY)
    return len(named) < len(values), tuple(named)
