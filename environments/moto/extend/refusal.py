"""How a call is refused."""

from typing import Any

from moto.core.exceptions import ServiceException


class Refusal(ServiceException):  # type: ignore[misc]
    """The call is refused with AWS's error code and a message; further members of the error shape by keyword."""

    def __init__(self, code: str, message: str, **members: Any) -> None:
        super().__init__(code, message)
        for name, value in members.items():
            setattr(self, name, value)
