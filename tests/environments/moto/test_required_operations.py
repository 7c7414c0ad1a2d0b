"""The operations that the course needs exist in AWS, those of modules 0 to 3 are answered, and the page says so."""

from hardenlab.environments.moto.coverage import missing, page, required
from hardenlab.environments.moto.extend.models import service_model

from helpers.direct import CHECKOUT

DONE = ("0-1", "2", "3")


def test_every_required_operation_is_one_of_aws_s():
    for services in required().values():
        for service, operations in services.items():
            unknown = set(operations) - set(service_model(service).operation_names)
            assert not unknown, f"{service} has no {unknown}"
            assert operations == sorted(set(operations)), f"{service} is not in order"


def test_the_operations_that_modules_0_to_3_need_are_there():
    assert missing(DONE) == []


def test_the_page_on_the_emulated_account_is_current():
    assert (CHECKOUT / "docs" / "emulator.md").read_text() == page(), "run 'make docs'"
