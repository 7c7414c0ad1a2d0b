"""The service that CloudTrail's topics put their operations on."""

from ...extend import Service

service = Service(
    "cloudtrail",
    invalid="InvalidParameterException",
    invalid_token="InvalidNextTokenException",  # noqa: S106  an error code
)
