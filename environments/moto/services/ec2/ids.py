"""Ids that are none: EC2 tells an id that nothing can have from one that nothing has.

Source: Amazon EC2 API Reference, "Error codes for the Amazon EC2 API" (InvalidInstanceID.Malformed and its like).
"""

import re
from typing import Any

from moto.ec2 import exceptions
from moto.ec2.models import network_acls

from ._service import service

HEX = r"[0-9a-f]{8}(?:[0-9a-f]{9})?"
# moto's error for an id that nothing has: the prefix of ids, and AWS's code for one that is malformed
MALFORMED = {
    "InvalidInstanceIdError": ("i", "InvalidInstanceID.Malformed"),
    "InvalidAMIIdError": ("ami", "InvalidAMIID.Malformed"),
    "InvalidNetworkInterfaceIdError": ("eni", "InvalidNetworkInterfaceId.Malformed"),
    "InvalidRouteTableIdError": ("rtb", "InvalidRouteTableId.Malformed"),
    "InvalidSecurityGroupNotFoundError": ("sg", "InvalidGroupId.Malformed"),
    "InvalidVolumeIdError": ("vol", "InvalidParameterValue"),
}


@service.patch
def tell_malformed_ids() -> None:
    """moto has one code for both."""
    for name, (prefix, code) in MALFORMED.items():
        _tell(getattr(exceptions, name), prefix, code)


@service.patch
def name_network_acls() -> None:
    """moto says of an ACL that no route table has its id, and of a snapshot nothing."""
    network_acls.InvalidRouteTableIdError = exceptions.InvalidNetworkAclIdError

    def begin(self: Any) -> None:
        super(exceptions.InvalidSnapshotIdError, self).__init__(
            "InvalidSnapshot.NotFound", "The snapshot does not exist."
        )

    exceptions.InvalidSnapshotIdError.__init__ = begin


def _tell(error: Any, prefix: str, code: str) -> None:
    original, pattern = error.__init__, re.compile(rf"{prefix}-{HEX}")

    def begin(self: Any, given: Any) -> None:
        original(self, given)
        ids = [given] if isinstance(given, str) else given if isinstance(given, list | set | tuple) else []
        bad = next((id for id in ids if not pattern.fullmatch(str(id)) and _is_meant_as_id(str(id), prefix)), None)
        if bad is not None:
            self.code, self.message = code, f'Invalid id: "{str(bad)[:64]}" (expecting "{prefix}-...")'

    error.__init__ = begin


def _is_meant_as_id(given: str, prefix: str) -> bool:
    """A security group may have been asked for by name."""
    return prefix != "sg" or given.startswith("sg-")
