"""Who the learner is: an administrator's role session, where the server would name the root user."""

from hardenlab.environment import LEARNER_ROLE, LEARNER_ROLE_ID, LEARNER_SESSION
from hardenlab.front.errors import REQUEST_ID
from hardenlab.model.http import Response


def caller_identity(account: str) -> Response:
    """GetCallerIdentity's answer to the administrator's key, as on moto (AWS STS API Reference)."""
    body = (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
        f"<Arn>arn:aws:sts::{account}:assumed-role/{LEARNER_ROLE}/{LEARNER_SESSION}</Arn>"
        f"<UserId>{LEARNER_ROLE_ID}:{LEARNER_SESSION}</UserId><Account>{account}</Account></GetCallerIdentityResult>"
        f"<ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
    )
    return Response(200, [("Content-Type", "text/xml")], body.encode())
