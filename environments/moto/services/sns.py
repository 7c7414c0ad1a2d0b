"""Amazon SNS beside moto: protocols that exist, and people who must confirm.

Sources: Amazon SNS API Reference, "Subscribe", "ConfirmSubscription" and "Unsubscribe"; Amazon SNS Developer Guide,
"Email notifications". No mail leaves the lab, so nobody learns the token that a mail would carry: a subscription by
e-mail waits, as in an account whose mail nobody reads.
"""

from typing import Any

from ..extend import Call, Refusal, Service

PROTOCOLS = ("http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose")
BY_MAIL = ("email", "email-json")

service = Service("sns", invalid="InvalidParameter")


@service.operation
def subscribe(call: Call[Any]) -> Any:
    """A subscription by a protocol of SNS; one by e-mail waits for its owner."""
    protocol, endpoint = call.input["Protocol"], call.get("Endpoint", "")
    if protocol not in PROTOCOLS:
        message = f"Invalid parameter: Does not support this protocol string: {protocol[:64]}"
        raise Refusal("InvalidParameter", message)
    if protocol in BY_MAIL and (endpoint.count("@") != 1 or endpoint.startswith("@") or endpoint.endswith("@")):
        raise Refusal("InvalidParameter", "Invalid parameter: Email address")
    answer = call.moto()
    made = call.backend.subscriptions[answer.result["SubscriptionArn"]]
    if protocol not in BY_MAIL:
        return answer
    made.attributes |= {"PendingConfirmation": True, "ConfirmationWasAuthenticated": False}
    return {"SubscriptionArn": made.arn if call.get("ReturnSubscriptionArn") else "pending confirmation"}


@service.operation
def confirm_subscription(call: Call[Any]) -> Any:
    """Confirm with the token of the mail, which nobody has."""
    call.backend.get_topic(call.input["TopicArn"])
    raise Refusal("InvalidParameter", "Invalid parameter: Token")


@service.operation
def list_subscriptions(call: Call[Any]) -> dict[str, Any]:
    """Every subscription of the account and Region."""
    return {"Subscriptions": [_shown(one) for one in call.backend.subscriptions.values()]}


@service.operation
def list_subscriptions_by_topic(call: Call[Any]) -> dict[str, Any]:
    """Those of one topic."""
    return {"Subscriptions": [_shown(one) for one in _of_topic(call)]}


@service.operation
def get_topic_attributes(call: Call[Any]) -> Any:
    """As moto does, with the subscriptions counted."""
    answer = call.moto()
    waiting = sum(_waits(one) for one in _of_topic(call))
    answer.result["Attributes"] |= {
        "SubscriptionsPending": waiting, "SubscriptionsConfirmed": len(_of_topic(call)) - waiting,
    }  # fmt: skip
    return answer


@service.operation
def unsubscribe(call: Call[Any]) -> Any:
    """End a subscription by its ARN; one that is not there any more is no error."""
    if not call.input["SubscriptionArn"].startswith("arn:aws:sns:"):
        message = "Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements"
        raise Refusal("InvalidParameter", message)
    return call.moto()


def _of_topic(call: Call[Any]) -> list[Any]:
    topic = call.backend.get_topic(call.input["TopicArn"])
    return [one for one in call.backend.subscriptions.values() if one.topic_arn == topic.arn]


def _waits(subscription: Any) -> bool:
    return bool(subscription.attributes["PendingConfirmation"])


def _shown(one: Any) -> dict[str, Any]:
    arn = "PendingConfirmation" if _waits(one) else one.arn
    return {"SubscriptionArn": arn, "Owner": one.owner, "Protocol": one.protocol, "Endpoint": one.endpoint,
            "TopicArn": one.topic_arn}  # fmt: skip
