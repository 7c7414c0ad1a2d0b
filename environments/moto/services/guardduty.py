"""Amazon GuardDuty beside moto: one detector an account and Region.

Source: Amazon GuardDuty API Reference, "CreateDetector".
"""

from typing import Any

from ..extend import Call, Refusal, Service

service = Service("guardduty", invalid="BadRequestException")


@service.operation
def create_detector(call: Call[Any]) -> Any:
    """The detector of the Region."""
    if call.backend.detectors:
        message = "The request is rejected because a detector already exists for the current account."
        raise Refusal("BadRequestException", message)
    return call.moto()
