"""Who the learner is: an administrator's role session, where moto would name a user of its own."""

from typing import Any

from hardenlab.environment import LEARNER_ROLE, LEARNER_ROLE_ID, LEARNER_SESSION
from moto.sts.models import STSBackend


def name_the_learner() -> None:
    """Answer GetCallerIdentity for the administrator's key, which belongs to no IAM user of the account."""
    original = STSBackend.get_caller_identity

    def get_caller_identity(backend: STSBackend, access_key_id: str, region: str) -> Any:
        user_id, arn, account = original(backend, access_key_id, region)
        if not arn.endswith(":user/moto"):
            return user_id, arn, account
        arn = f"arn:{backend.partition}:sts::{account}:assumed-role/{LEARNER_ROLE}/{LEARNER_SESSION}"
        return f"{LEARNER_ROLE_ID}:{LEARNER_SESSION}", arn, account

    STSBackend.get_caller_identity = get_caller_identity
