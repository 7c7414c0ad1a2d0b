"""What the commands of `hardenlab explain` share: options, files, the live account, and how a verdict is shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar

import typer

from hardenlab.cli.output import plain, show_json, show_text
from hardenlab.model.problem import Problem, UsageProblem, nearest
from hardenlab.semantics.reading import Malformed
from hardenlab.semantics.unjudged import Unjudged

if TYPE_CHECKING:
    from hardenlab.semantics.explanation import Explanation

MAX_FILE = 20_000_000

Section = Annotated[
    str | None, typer.Argument(help="Ask the live account of this section. Default: the documents named by options.")
]
InSection = Annotated[
    str | None, typer.Option("--section", help="Ask the live account of this section. Default: the documents named.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for another program.")]
AsMermaid = Annotated[bool, typer.Option("--mermaid", help="Print a picture for a Markdown cell.")]


class Named(Protocol):
    """Anything of the account that has a name."""

    @property
    def name(self) -> str: ...


Found = TypeVar("Found", bound=Named)


class NotJudged(Problem):
    """The evaluator cannot judge the question."""


@contextmanager
def judging() -> Iterator[None]:
    """Tell what AWS would refuse, and what cannot be judged, as problems."""
    try:
        yield
    except Malformed as error:
        below = f"\n{error.picture}" if hasattr(error, "picture") else ""
        raise UsageProblem(f"AWS would refuse this: {error}.{below}") from None
    except Unjudged as doubt:
        raise NotJudged(f"this cannot be judged: {doubt.reason}.") from None


def show(told: Explanation, as_json: bool, as_mermaid: bool) -> None:
    if as_json:
        show_json(told.as_json())
    elif as_mermaid:
        if told.picture is None:
            raise UsageProblem("there is no picture of this answer; leave --mermaid away.")
        show_text(told.picture.markdown)
    else:
        show_text(plain(f"{told.sentence}."))


@contextmanager
def live_account(context: typer.Context, section: str) -> Iterator[tuple[Callable[..., Any], str]]:
    """boto3 clients of the section's live account, or of a member account of its organization, as administrator.

    And the account's id.
    """
    import boto3
    from botocore.config import Config
    from botocore.exceptions import ClientError

    from hardenlab.cli.learner import Attempt

    with Attempt(context.obj, section) as endpoint:
        config = Config(inject_host_prefix=False, retries={"max_attempts": 0}, s3={"addressing_style": "path"})
        sessions = {endpoint.account: boto3.Session(endpoint.access_key, endpoint.secret, region_name=endpoint.region)}

        def client(service: str, account: str | None = None) -> Any:
            account = account or endpoint.account
            if account not in sessions:
                role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
                keys = client("sts").assume_role(RoleArn=role, RoleSessionName="explain")["Credentials"]
                sessions[account] = boto3.Session(
                    keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region_name=endpoint.region
                )
            return sessions[account].client(service, endpoint_url=endpoint.url, config=config)

        try:
            yield client, endpoint.account
        except ClientError as error:
            told = error.response["Error"].get("Message", "nothing more")
            raise NotJudged(f"the account does not tell what decides this: {told.rstrip('.')}.") from None


def read_documents(paths: list[Path] | None) -> list[Any]:
    return [read_json(path) for path in paths or ()]


def read_document(path: Path | None) -> Any:
    return None if path is None else read_json(path)


def read_json(path: Path) -> Any:
    try:
        return json.loads(read_text(path))
    except (json.JSONDecodeError, RecursionError) as error:
        raise UsageProblem(f"{path} is not JSON: {error}.") from None


def read_text(path: Path) -> str:
    try:
        return read_bytes(path).decode()
    except UnicodeDecodeError as error:
        raise UsageProblem(f"{path} cannot be read: {error}.") from None


def read_bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE:
            raise UsageProblem(f"{path} has more than {MAX_FILE} bytes; name a smaller file.")
        return path.read_bytes()
    except OSError as error:
        raise UsageProblem(f"{path} cannot be read: {error}.") from None


def one_named(what: str, name: str, found: Sequence[Found]) -> Found:
    """The one of this name; a problem tells the names that there are."""
    for one in found:
        if one.name == name:
            return one
    known = {one.name for one in found}
    there = f"there are {', '.join(sorted(known)[:10])}" if known else "there is none"
    raise UsageProblem(f"no {what} is named '{name[:80]}': {there}.{nearest(name, known)}")
