"""AWS Secrets Manager beside moto: resource policies that are well formed, and not public where that is blocked.

Sources: AWS Secrets Manager API Reference, "PutResourcePolicy" and "ValidateResourcePolicy"; User Guide, "How Secrets
Manager checks resource-based policies".
"""

from typing import Any

from hardenlab.semantics.iam import CannotJudge, validate
from hardenlab.semantics.public import resource_policy_is_public

from ..extend import Call, Refusal, Service

MAX_SIZE = 20_480  # characters

service = Service("secretsmanager", invalid="InvalidParameterException")


@service.operation
def put_resource_policy(call: Call[Any]) -> Any:
    """Replace the secret's policy; a public one only where the request does not block that."""
    text = call.input["ResourcePolicy"]
    problems = _problems(text)
    if problems:
        raise Refusal("MalformedPolicyDocumentException", f"This resource policy is malformed: {problems[0]}"[:500])
    if call.get("BlockPublicPolicy") and _is_public(text):
        message = "You can't attach a resource policy that allows broad access to a secret while that is blocked."
        raise Refusal("PublicPolicyException", message)
    return call.moto()


@service.operation
def validate_resource_policy(call: Call[Any]) -> dict[str, Any]:
    """What is wrong with a policy, before it is attached."""
    if call.get("SecretId") and not call.backend._is_valid_identifier(call.input["SecretId"]):
        raise Refusal("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    text = call.input["ResourcePolicy"]
    errors = [{"CheckName": "Syntax", "ErrorMessage": problem[:1000]} for problem in _problems(text)]
    if not errors and _is_public(text):
        errors = [{"CheckName": "PublicPolicy", "ErrorMessage": "The policy allows broad access to the secret."}]
    return {"PolicyValidationPassed": not errors, "ValidationErrors": errors}


def _problems(text: str) -> list[str]:
    if len(text) > MAX_SIZE:
        return [f"a resource policy has at most {MAX_SIZE} characters"]
    return [str(problem) for problem in validate(text, "resource")]


def _is_public(text: str) -> bool:
    try:
        return bool(resource_policy_is_public(text, "secretsmanager").public)
    except CannotJudge:
        return False  # AWS does not document whether it is
