"""One step after the other against an emulated account, each with what came of it."""

import io
import json
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

OK, REFUSED, MISSING, LOST, ACCEPTED, UNEXPECTED = (
    "ok", "refused", "missing", "lost", "bad input accepted", "valid input refused",
)  # fmt: skip
NOT_THERE = {"NotImplemented", "NotAvailableInLab", "InternalFailure", "InternalError", "500", "501", "404", "405"}
# how clients are set up: nothing is checked or repeated on this side
SETTINGS: dict[str, Any] = {
    "retries": {"max_attempts": 0},
    "parameter_validation": False,
    "inject_host_prefix": False,
    "s3": {"addressing_style": "path"},
}
MakeClient = Callable[[str, str, tuple[str, str] | None, str | None], Any]


class Nothing:
    """What a call that was refused has answered: whatever is looked up in it is nothing, and no step can use it."""

    def __getitem__(self, _: Any) -> "Nothing":
        return self

    def get(self, _: str, __: Any = None) -> "Nothing":
        return self

    def __bool__(self) -> bool:
        return False


def policy(effect: str = "Allow", action: Any = "*", resource: Any = "*", **members: Any) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": resource, **members}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
)


@dataclass
class Step:
    """What was tried, on which service, and what came of it."""

    service: str
    capability: str
    label: str
    came: str
    detail: str = ""


@dataclass
class Probe:
    """Clients for an account, made by `make(service, region, key, token)`, and the steps so far."""

    make: MakeClient
    account: str = ""
    steps: list[Step] = field(default_factory=list)
    service: str = ""

    def __post_init__(self) -> None:
        self.account = self.client("sts").get_caller_identity()["Account"]

    def client(
        self,
        service: str,
        region: str = "us-east-1",
        ak: str | None = None,
        sk: str | None = None,
        tok: str | None = None,
    ) -> Any:
        """A client of the learner, or of another key."""
        client = self.make(service, region, (ak, sk) if ak and sk else None, tok)
        client.meta.events.register("before-call.*.*", self._note)
        client.meta.events.register("before-sign.s3-control.*", self._without_account)
        return client

    def capability(self, name: str) -> "Capability":
        return Capability(self, name)

    def function(self, name: str) -> str:
        """The ARN of a new Lambda function."""
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("l.py", "def h(event, context): return 1")
        with suppress(ClientError):
            self.client("iam").create_role(RoleName="lam", AssumeRolePolicyDocument=TRUST)
        made = self.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.12",
            Role=f"arn:aws:iam::{self.account}:role/lam",
            Handler="l.h",
            Code={"ZipFile": code.getvalue()},
            Environment={"Variables": {"SECRET": "x"}},
        )
        return str(made["FunctionArn"])

    def _without_account(self, request: Any, **_: Any) -> None:
        """The account's number stands before the host's name, which here is an address."""
        request.url = request.url.replace(f"//{self.account}.", "//", 1)

    def _note(self, model: Any, **_: Any) -> None:
        self.service = model.service_model.service_name


@dataclass
class Capability:
    """Steps that belong together."""

    probe: Probe
    name: str

    def works(self, label: str, call: Callable[..., Any], **members: Any) -> Any:
        """A valid call is answered."""
        try:
            answer = call(**members)
        except Exception as error:
            self._add(label, *_failed(error))
            return Nothing()
        self._add(label, OK)
        return answer

    def tells(self, label: str, read: Callable[[], Any], wanted: Any = True) -> Any:
        """What was given comes back: the value, or one that the function approves of."""
        try:
            told = read()
        except (ClientError, BotoCoreError) as error:
            self._add(label, *_failed(error))
            return Nothing()
        except Exception as error:
            self._add(label, LOST, f"{type(error).__name__}: {error}")
            return Nothing()
        right = bool(wanted(told)) if callable(wanted) else told == wanted
        self._add(label, OK if right else LOST, "" if right else f"got {told!r}")
        return told

    def refuses(self, label: str, call: Callable[..., Any], **members: Any) -> None:
        """A call that AWS refuses is refused."""
        try:
            call(**members)
        except Exception as error:
            came, detail = _failed(error)
            self._add(label, REFUSED if came == UNEXPECTED else came, detail)
        else:
            self._add(label, ACCEPTED)

    def _add(self, label: str, came: str, detail: str = "") -> None:
        self.probe.steps.append(Step(self.probe.service, self.name, label, came, detail[:200]))


def _failed(error: Exception) -> tuple[str, str]:
    if isinstance(error, ClientError):
        code, status = error.response["Error"].get("Code", "?"), error.response["ResponseMetadata"]["HTTPStatusCode"]
        detail = f"{code}: {error.response['Error'].get('Message', '')}"
        return (MISSING if code in NOT_THERE or status >= 500 else UNEXPECTED), detail
    if isinstance(error, TypeError) and Nothing.__name__ in str(error):
        return MISSING, "it needs what a step before could not make"
    return UNEXPECTED, f"{type(error).__name__}: {error}"
