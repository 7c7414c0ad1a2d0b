"""Read what an organization lets a member account do: its SCPs and RCPs, level by level.

Source: AWS Organizations User Guide, "SCP evaluation" and "Resource control policies (RCPs)".
"""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from hardenlab.assess.account import ClientFactory

KINDS = {"scps": "SERVICE_CONTROL_POLICY", "rcps": "RESOURCE_CONTROL_POLICY"}
MAX_DEPTH = 10  # AWS allows a root, five levels of units and the account


def read_guardrails(clients: ClientFactory, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What stands over the account `member`, asked in the management account.

    Answers `organization` (its id, None when the account is in none of this management account's), and `scps` and
    `rcps`: the documents of each level from the root down to the account; none where the kind is not enabled.
    """
    organizations = clients("organizations", region_name=arguments["region"])
    try:
        organization = organizations.describe_organization()["Organization"]
        levels = _levels(organizations, arguments["member"])
    except ClientError:
        return {"organization": None, "scps": [], "rcps": []}
    root = next(item for item in organizations.list_roots()["Roots"] if item["Id"] == levels[0])
    enabled = {kind["Type"] for kind in root["PolicyTypes"] if kind["Status"] == "ENABLED"}
    found = {name: [_documents(organizations, level, kind) for level in levels] if kind in enabled else []
             for name, kind in KINDS.items()}  # fmt: skip
    return {"organization": organization["Id"], **found}


def read_trust(clients: ClientFactory, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The trust policy of `role` (an ARN), asked in its account: `trust`, None when there is no such role."""
    try:
        role = clients("iam", region_name=arguments["region"]).get_role(RoleName=arguments["role"].rpartition("/")[2])
    except ClientError:
        return {"trust": None}
    same = role["Role"]["Arn"] == arguments["role"]
    return {"trust": role["Role"]["AssumeRolePolicyDocument"] if same else None}


def _levels(organizations: Any, member: str) -> list[str]:
    """The ids from the root down to the account."""
    levels = [member]
    while not levels[0].startswith("r-") and len(levels) < MAX_DEPTH:
        levels.insert(0, organizations.list_parents(ChildId=levels[0])["Parents"][0]["Id"])
    return levels


def _documents(organizations: Any, target: str, kind: str) -> list[Any]:
    listed = organizations.list_policies_for_target(TargetId=target, Filter=kind)["Policies"]
    texts = [organizations.describe_policy(PolicyId=item["Id"])["Policy"]["Content"] for item in listed]
    return [json.loads(text) for text in texts]
