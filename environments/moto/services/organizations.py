"""AWS Organizations beside moto: policies that are well formed, attached once, and the newer policy types and services.

Sources: AWS Organizations API Reference, "CreatePolicy", "UpdatePolicy", "AttachPolicy", "EnablePolicyType" and
"RegisterDelegatedAdministrator"; AWS Organizations User Guide, "AWS services that you can use with AWS Organizations".
"""

import json
from typing import Any

from hardenlab.semantics.iam import validate
from hardenlab.semantics.iam.validity import ValidityKind
from moto.organizations.models import FakeDelegatedAdministrator, FakePolicy, FakeRoot

from ..extend import Call, Refusal, Service

KINDS: dict[str, ValidityKind] = {"SERVICE_CONTROL_POLICY": "scp", "RESOURCE_CONTROL_POLICY": "rcp"}
NEWER_TYPES = ("DECLARATIVE_POLICY_EC2", "CHATBOT_POLICY", "SECURITYHUB_POLICY")
DELEGATED = (
    "account", "auditmanager", "backup", "cloudtrail", "compute-optimizer", "config", "detective", "devops-guru",
    "fms", "inspector2", "ipam", "license-manager", "member.org.stacksets.cloudformation", "ram",
    "reachabilityanalyzer.networkinsights", "securityhub", "securitylake", "sso", "storage-lens.s3",
    "tagpolicies.tag", "health", "iam",
)  # fmt: skip

service = Service("organizations", invalid="InvalidInputException")


@service.patch
def know_newer_types_and_services() -> None:
    """moto's lists end some years ago."""
    for kind in (FakeRoot, FakePolicy):
        kind.SUPPORTED_POLICY_TYPES = [*kind.SUPPORTED_POLICY_TYPES, *NEWER_TYPES]
    begin = FakePolicy.__init__

    def begin_policy(policy: Any, organization: Any, **settings: Any) -> None:
        kind = settings.get("Type")
        begin(policy, organization, **settings | {"Type": "TAG_POLICY" if kind in NEWER_TYPES else kind})
        if kind in NEWER_TYPES:
            policy.type = kind
            policy._arn_format = policy._arn_format.replace("tag_policy", kind.lower())

    FakePolicy.__init__ = begin_policy
    names = [f"{name}.amazonaws.com" for name in DELEGATED]
    FakeDelegatedAdministrator.SUPPORTED_SERVICES = [*FakeDelegatedAdministrator.SUPPORTED_SERVICES, *names]


@service.operation
def create_policy(call: Call[Any]) -> Any:
    """A policy whose document its type takes."""
    _check(call.input["Content"], call.input["Type"])
    return call.moto()


@service.operation
def update_policy(call: Call[Any]) -> Any:
    """Another document, name or description."""
    if "Content" in call.input:
        _check(call.input["Content"], call.backend.get_policy_by_id(call.input["PolicyId"]).type)
    return call.moto()


@service.operation
def attach_policy(call: Call[Any]) -> Any:
    """To a root, unit or account that does not have it yet."""
    policy = call.backend.get_policy_by_id(call.input["PolicyId"])
    if any(target.id == call.input["TargetId"] for target in policy.attachments):
        message = "A policy with the specified name and type already exists."
        raise Refusal("DuplicatePolicyAttachmentException", message)
    return call.moto()


def _check(text: str, kind: str) -> None:
    problems = [str(problem) for problem in validate(text, KINDS[kind])] if kind in KINDS else _not_json(text)
    if problems:
        message = f"The provided policy document does not meet the requirements: {problems[0]}"
        raise Refusal("MalformedPolicyDocumentException", message[:500])


def _not_json(text: str) -> list[str]:
    try:
        return [] if isinstance(json.loads(text), dict) else ["it is no JSON object"]
    except (ValueError, RecursionError):
        return ["it is no JSON"]
