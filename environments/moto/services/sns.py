"""Amazon SNS beside moto: protocols that exist.

Source: Amazon SNS API Reference, "Subscribe".
"""

from typing import Any

from ..extend import Call, Refusal, Service

PROTOCOLS = ("http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose")

service = Service("sns", invalid="InvalidParameter")


@service.operation
def subscribe(call: Call[Any]) -> Any:
    """A subscription by a protocol of SNS."""
    if call.input["Protocol"] not in PROTOCOLS:
        message = f"Invalid parameter: Does not support this protocol string: {call.input['Protocol'][:64]}"
        raise Refusal("InvalidParameter", message)
    return call.moto()
