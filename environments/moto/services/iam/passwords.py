"""Console passwords: what the account's password policy refuses, and the reset that moto forgets.

Sources: IAM User Guide, "Set an account password policy for IAM users" (default and custom policy); IAM API Reference,
"CreateLoginProfile" and "ChangePassword".
"""

from typing import Any

from ...extend import Call, Refusal
from ._service import service, user_of

SYMBOLS = frozenset("!@#$%^&*()_+-=[]{}|'")
KINDS = {
    "require_uppercase_characters": ("uppercase letter", str.isupper),
    "require_lowercase_characters": ("lowercase letter", str.islower),
    "require_numbers": ("number", str.isdigit),
    "require_symbols": ("symbol", SYMBOLS.__contains__),
}
DEFAULT_LENGTH, DEFAULT_KINDS = 8, 3


@service.operation
def create_login_profile(call: Call[Any]) -> dict[str, Any]:
    """Let a user sign in to the console."""
    user = user_of(call)
    if user.password:
        raise Refusal("EntityAlreadyExists", f"Login Profile for user {user.name} already exists.")
    if not call.get("Password"):
        raise Refusal("ValidationError", "Password must be given.")
    _check(call, user, call.input["Password"])
    user.password_reset_required = call.get("PasswordResetRequired", False)
    _set(call, user)
    return {"LoginProfile": _shown(user)}


@service.operation
def update_login_profile(call: Call[Any]) -> None:
    """Another password for a user."""
    user = _with_password(call)
    if call.get("Password"):
        _check(call, user, call.input["Password"])
        _set(call, user)
    if "PasswordResetRequired" in call.input:
        user.password_reset_required = call.input["PasswordResetRequired"]


@service.operation
def get_login_profile(call: Call[Any]) -> dict[str, Any]:
    """When the user's password was made."""
    return {"LoginProfile": _shown(_with_password(call))}


@service.operation
def change_password(call: Call[Any]) -> None:
    """The caller's own password, if the account lets users change theirs."""
    user = user_of(call)
    policy = call.backend.account_password_policy
    if user.password != call.input["OldPassword"]:
        raise Refusal("InvalidUserType" if not user.password else "AccessDenied", "The old password was incorrect.")
    if policy is not None and not policy.allow_users_to_change_password and not user.password_reset_required:
        raise Refusal("AccessDenied", "The account's password policy does not let users change their passwords.")
    _check(call, user, call.input["NewPassword"])
    user.password_reset_required = False
    user.password, user.password_changed = call.input["NewPassword"], call.now


def _with_password(call: Call[Any]) -> Any:
    user = user_of(call)
    if not user.password:
        raise Refusal("NoSuchEntity", f"Login Profile for User {user.name} cannot be found.")
    return user


def _set(call: Call[Any], user: Any) -> None:
    user.password, user.password_changed = call.input["Password"], call.now
    if vars(user).get("password_created") is None:
        user.password_created = call.now


def _shown(user: Any) -> dict[str, Any]:
    return {
        "UserName": user.name,
        "CreateDate": vars(user).get("password_created") or user.create_date,
        "PasswordResetRequired": user.password_reset_required,
    }


def _check(call: Call[Any], user: Any, password: str) -> None:
    policy = call.backend.account_password_policy
    if policy is None:
        kinds = sum(any(map(test, password)) for _, test in KINDS.values())
        if len(password) < DEFAULT_LENGTH or kinds < DEFAULT_KINDS or password.lower() == user.name.lower():
            message = (
                "Password must be at least 8 characters long, mix three of upper and lower case letters, numbers and "
                "symbols, and not be the user's name."
            )
            raise Refusal("PasswordPolicyViolation", message)
        return
    if len(password) < policy.minimum_password_length:
        message = f"Password should have a minimum length of {policy.minimum_password_length}"
        raise Refusal("PasswordPolicyViolation", message)
    for setting, (what, test) in KINDS.items():
        if getattr(policy, setting) and not any(map(test, password)):
            raise Refusal("PasswordPolicyViolation", f"Password should have at least one {what}")
    if policy.password_reuse_prevention and password == user.password:
        raise Refusal("PasswordPolicyViolation", "Password was used before.")
