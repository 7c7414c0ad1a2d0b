"""What breaks inside the emulator is told in AWS's shape, and the account goes on."""

import pytest
from botocore.exceptions import ClientError


def assert_internal_failure(call, action, **arguments):
    with pytest.raises(ClientError) as error:
        call(**arguments)
    assert error.value.response["Error"]["Code"] == "InternalFailure"
    assert action in error.value.response["Error"]["Message"]


def test_a_crash_inside_the_emulator_is_an_internal_failure_and_the_account_goes_on(account):
    before = account.client("ec2").describe_vpcs()["Vpcs"]
    ssm = account.client("ssm")
    assert_internal_failure(ssm.get_patch_baseline_for_patch_group, "ssm:GetPatchBaseline", PatchGroup="x")
    assert account.client("ec2").describe_vpcs()["Vpcs"] == before


def test_a_write_that_was_not_offered_replays_as_it_went(account):
    with pytest.raises(ClientError, match="does not offer"):
        account.client("ec2").create_verified_access_instance()
    account.client("ec2").create_vpc(CidrBlock="10.1.0.0/16")
    before = account.client("ec2").describe_vpcs()["Vpcs"]
    again = account.reopened()
    assert again.client("ec2").describe_vpcs()["Vpcs"] == before
    again.close()


@pytest.mark.parametrize("target", ["/%ff%fe%00", "/" + "a" * 300, "/UPPER/case", "/..%2f..%2fetc", "/a/b?acl&policy"])
def test_an_odd_unsigned_address_is_a_plain_refusal(account, target):
    assert account.request("GET", target).status in (400, 403, 404)
