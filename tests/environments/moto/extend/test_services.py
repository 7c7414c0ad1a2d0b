"""How our services are found: by the names of their files, and those that moto does not know by a table."""

from hardenlab.environments.moto.extend.models import service_model
from hardenlab.environments.moto.services import NAMES, UNKNOWN_TO_MOTO, service_of

from moto import backends


def test_a_service_s_file_is_named_as_moto_names_the_service():
    for name in NAMES:
        assert service_of(name).moto_name == name


def test_what_moto_does_not_know_is_announced_under_its_own_names():
    assert {name for name in NAMES if name not in backends.list_of_moto_modules()} == set(UNKNOWN_TO_MOTO)
    for name, (service, signing_name, _) in UNKNOWN_TO_MOTO.items():
        model = service_model(service)
        assert service_of(name).name == service
        assert model.signing_name == signing_name


def test_every_operation_of_ours_is_one_of_aws_s():
    for name in NAMES:
        service = service_of(name)
        assert service.operations or service.patches
