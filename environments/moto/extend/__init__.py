"""How operations of our own are put on moto: `Service`, `Call`, `Refusal`, and what services share."""

from .call import Call
from .refusal import Refusal
from .service import Service

__all__ = ["Call", "Refusal", "Service"]
