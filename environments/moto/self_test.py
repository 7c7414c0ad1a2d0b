"""Before the first learner: do equal requests still answer equally? The patches of this folder reach into moto."""

from typing import Any

from .emulator import Emulator

ACCOUNT = "000000000001"
CLOCK = 1_767_603_600.0


class Moved(Exception):
    """moto's internals are no longer what this environment builds on."""


def self_test(emulator: Emulator) -> None:
    """Make a small history twice, the second time with reads in between, and compare every answer."""
    first = _history(emulator, reads=False)
    emulator.forget()
    second = _history(emulator, reads=True)
    emulator.forget()
    differing = [name for name in first if first[name] != second[name]]
    if differing:
        raise Moved(
            f"equal requests answer differently ({', '.join(differing)}): this moto is not the one that hardenlab was "
            "made for. Install the pinned version again: make lab."
        )


def _history(emulator: Emulator, reads: bool) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    with emulator.numbered("self-test", ACCOUNT, CLOCK) as clients:
        for number, (service, operation, arguments) in enumerate(CALLS):
            if reads:
                with emulator.numbered("read", ACCOUNT, None):
                    clients("ec2").describe_vpcs()
                    clients("s3").list_buckets()
            with emulator.numbered(f"self-test-{number}", ACCOUNT, CLOCK):
                answer = getattr(clients(service), operation)(**arguments)
            answer.pop("ResponseMetadata")
            answers[f"{service}.{operation}"] = answer
    return answers


CALLS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("ec2", "create_vpc", {"CidrBlock": "10.0.0.0/16"}),
    ("ec2", "create_key_pair", {"KeyName": "self-test"}),
    ("iam", "create_user", {"UserName": "self-test"}),
    ("iam", "create_access_key", {"UserName": "self-test"}),
    ("kms", "create_key", {}),
    ("s3", "create_bucket", {"Bucket": "self-test"}),
    ("s3", "create_multipart_upload", {"Bucket": "self-test", "Key": "k"}),
    ("sts", "get_session_token", {}),
)
