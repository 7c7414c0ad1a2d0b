"""What tests of our services share."""

import pytest
from botocore.exceptions import ClientError

from helpers.aws_command import AwsCommand, settings


@pytest.fixture
def refused():
    """The error code with which a call is refused."""

    def code(call, *arguments, **members):
        with pytest.raises(ClientError) as error:
            call(*arguments, **members)
        return error.value.response["Error"]["Code"]

    return code


@pytest.fixture
def same_after_restart(account):
    """Assert that these reads answer the same from the journal alone; the last use of the account."""

    def check(*reads):
        before = [_answer(account, *read) for read in reads]
        again = account.reopened()
        try:
            again.ledger.catch_up()
            assert [_answer(again, *read) for read in reads] == before
        finally:
            again.close()

    return check


def _answer(account, service, operation, members=None):
    return {**getattr(account.client(service), operation)(**(members or {})), "ResponseMetadata": None}


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings(tmp_path_factory.mktemp("aws")).items():
            patch.setenv(name, value)
        yield AwsCommand()


@pytest.fixture
def aws(command, account):
    command.account = account
    return command
