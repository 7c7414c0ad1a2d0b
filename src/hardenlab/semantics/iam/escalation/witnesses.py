"""Resources that a caller may name freely: the ARN of a function or a stack that does not exist yet.

A policy that allows lambda:CreateFunction on `function:dev-*` only still lets its holder create one, so the ARNs
that are tried are taken from the caller's own statements.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from hardenlab.semantics.iam.actions import VARIABLE, service
from hardenlab.semantics.iam.actions import action as action_named
from hardenlab.semantics.iam.document import Policy

REGION = "us-east-1"
MAX_WITNESSES = 40
# what AWS owns and everybody may name
GIVEN = {
    "ec2:image": "arn:aws:ec2:us-east-1::image/ami-0123456789abcdef0",
    "ssm:document": "arn:aws:ssm:us-east-1::document/AWS-RunShellScript",
}
# the types of resource that a request cannot do without, where an action has several
NEEDED = {
    "ec2:RunInstances": ("image", "instance", "network-interface", "security-group", "subnet", "volume"),
    "ssm:SendCommand": ("instance", "document"),
    "ecs:RunTask": ("task-definition",),
    "ssm:StartSession": ("instance",),
    "ssm:StartAutomationExecution": ("automation-definition",),
    "cloudformation:CreateStack": ("stack",),
}


def resources_asked(action: str, identity: Sequence[Policy], account: str) -> list[list[str]]:
    """For each resource of the request, the ARNs worth trying; one list with `*` where the action takes none."""
    found = action_named(action)
    kinds = found.resources if found else ()
    if not kinds:
        return [["*"]]
    wanted = NEEDED.get(action, tuple(kind.name for kind in kinds[:1]))
    asked = []
    for kind in kinds:
        if kind.name in wanted:
            given = GIVEN.get(f"{action.partition(':')[0]}:{kind.name}")
            tries = (
                [given]
                if given
                else [_plain(kind.arn, account), *_from_statements(action, kind.name, identity, account)]
            )
            asked.append(tries[:MAX_WITNESSES])
    return asked or [["*"]]


@lru_cache(maxsize=1024)
def _plain(written: str, account: str) -> str:
    known = written.replace("${Partition}", "aws").replace("${Region}", REGION).replace("${Account}", account)
    return VARIABLE.sub("any", known)


def _from_statements(action: str, kind: str, identity: Sequence[Policy], account: str) -> Iterator[str]:
    owner = service(action.partition(":")[0])
    lower = action.lower()
    for policy in identity:
        for statement in policy.statements:
            if statement.allows and not statement.excludes_resources and statement.covers_action(lower):
                for pattern in statement.resources or ():
                    arn = _filled(pattern.text, account)
                    if arn and owner and kind in {fitting.name for fitting in owner.kinds_of(arn)}:
                        yield arn


def _filled(pattern: str, account: str) -> str | None:
    """An ARN that the pattern matches; None for `*` and for what a policy variable completes."""
    parts = pattern.split(":", 5)
    if len(parts) < 6 or "${" in pattern:
        return None
    for place, usual in ((1, "aws"), (3, REGION), (4, account)):
        if "*" in parts[place] or "?" in parts[place]:
            parts[place] = usual
    return ":".join([*parts[:5], parts[5].replace("*", "any").replace("?", "a")])
