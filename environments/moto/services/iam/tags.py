"""Tags of users: their keys are not told apart by case, and AWS keeps a prefix for itself.

Source: IAM User Guide, "Tags for AWS Identity and Access Management resources" (rules for tagging).
"""

from typing import Any

from moto.iam.models import IAMBackend

from ...extend import Refusal
from ._service import service

MAX_TAGS = 50


@service.patch
def check_tags_of_users() -> None:
    """moto checks those of roles and policies only."""
    create, tag = IAMBackend.create_user, IAMBackend.tag_user

    def create_user(backend: Any, *arguments: Any, tags: list[dict[str, str]] | None = None, **settings: Any) -> Any:
        _check(backend, tags or [])
        return create(backend, *arguments, tags=tags, **settings)

    def tag_user(backend: Any, name: str, tags: list[dict[str, str]]) -> None:
        _check(backend, tags)
        kept = backend.tagger.get_tag_dict_for_resource(backend.get_user(name).arn)
        if len(kept.keys() | {row["Key"] for row in tags}) > MAX_TAGS:
            raise Refusal("LimitExceeded", f"Cannot exceed quota for TagsPerUser: {MAX_TAGS}")
        tag(backend, name, tags)

    IAMBackend.create_user, IAMBackend.tag_user = create_user, tag_user


def _check(backend: Any, tags: list[dict[str, str]]) -> None:
    backend._tag_verification(tags)
    if any(row["Key"].lower().startswith("aws:") for row in tags):
        raise Refusal("InvalidInput", "Tag keys that begin with aws: are reserved for AWS.")
