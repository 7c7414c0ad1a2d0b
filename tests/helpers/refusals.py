"""What a call was refused with."""

import pytest
from botocore.exceptions import ClientError


def refusal(call, *arguments, **members):
    """AWS's error code of a call that must be refused."""
    with pytest.raises(ClientError) as error:
        call(*arguments, **members)
    return error.value.response["Error"]["Code"]
