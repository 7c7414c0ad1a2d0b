"""The SNS topic that Firewall Manager tells."""

from typing import Any

from moto.sns.models import sns_backends

from ...extend import Refusal
from .._resources import find_role, service_may_assume
from .state import SERVICE, ManagerCall, administered, service

OWN_ROLE = "AWSServiceRoleForFMS"


@service.operation
def put_notification_channel(call: ManagerCall) -> None:
    """A topic, and a role by which Firewall Manager publishes to it."""
    administered(call)
    topic, arn = call.input["SnsTopicArn"], call.input["SnsRoleName"]
    if topic not in sns_backends[call.account][call.region].topics:
        raise Refusal("ResourceNotFoundException", f"The topic {topic} was not found.")
    if not arn.endswith(f"/{OWN_ROLE}"):
        role = find_role(call.account, arn)
        if role is None:
            raise Refusal("ResourceNotFoundException", f"The role {arn} was not found.")
        if not service_may_assume(role, SERVICE, call.account):
            raise Refusal("InvalidOperationException", f"The role {arn} does not trust {SERVICE}.")
    call.state.channel = {"SnsTopicArn": topic, "SnsRoleName": arn}


@service.operation
def get_notification_channel(call: ManagerCall) -> dict[str, Any]:
    """The topic and role; empty where there are none."""
    administered(call)
    return call.state.channel or {}


@service.operation
def delete_notification_channel(call: ManagerCall) -> None:
    """Tell nobody."""
    administered(call)
    if call.state.channel is None:
        raise Refusal("ResourceNotFoundException", "There is no notification channel.")
    call.state.channel = None
