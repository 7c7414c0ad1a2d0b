"""AWS STS beside moto: sessions of roles that exist, as long as the role allows.

Whether the caller may assume the role is judged by the front; the learner's own key may do everything that its account
can allow.

Source: AWS STS API Reference, "AssumeRole".
"""

from typing import Any

from moto.iam.models import iam_backends

from ..extend import Call, Refusal, Service

service = Service("sts", invalid="ValidationError", is_global=True)
service.check_inputs(
    "assume_role_with_saml", "assume_role_with_web_identity", "get_federation_token", "get_session_token"
)


@service.operation
def assume_role(call: Call[Any]) -> Any:
    """Credentials of a session."""
    arn = call.input["RoleArn"]
    account = arn.split(":")[4] if arn.count(":") >= 5 else ""
    roles = iam_backends[account]["aws"].roles.values() if account.isdigit() and len(account) == 12 else ()
    role = next((role for role in roles if role.arn == arn), None)
    if role is None:
        message = f"The caller is not authorized to perform: sts:AssumeRole on resource: {arn[:256]}"
        raise Refusal("AccessDenied", message)
    if call.get("DurationSeconds", 0) > int(role.max_session_duration or 3600):
        message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        raise Refusal("ValidationError", message)
    return call.moto()
