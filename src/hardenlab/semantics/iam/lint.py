"""What a policy says in vain: AWS takes the document, and yet a statement or a condition never does what it seems to.

`validate` tells what AWS refuses; these are remarks on what it accepts. Rules: IAM User Guide, "Access Analyzer policy
check reference", whose names the codes are, and the tables of the Service Authorization Reference. A key or an action
that is newer than the table is told as unknown: remarks are for learners and grade nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal

from hardenlab.semantics.iam.actions import (
    Action,
    action,
    condition_type,
    expand_names,
    is_service,
    service,
    services,
)
from hardenlab.semantics.iam.conditions import OperatorName, read_operator
from hardenlab.semantics.iam.document import MAX_STATEMENTS, read_texts
from hardenlab.semantics.iam.global_keys import GLOBAL_KEYS, plain_key
from hardenlab.semantics.iam.model import CannotJudge
from hardenlab.semantics.iam.operators import address, instant, network, number
from hardenlab.semantics.iam.overlap import may_cover
from hardenlab.semantics.iam.text import load, scalar

Severity = Literal["error", "warning", "security"]
MAX_REMARKS = 200
MAX_ACTIONS = 3000
MAX_TEXTS = 100  # of the actions of a statement
MAX_SUGGESTIONS = 10  # for what is mistyped: each is compared with all names
MAX_SERVICES = 16  # whose tables are read for a document: some have hundreds of actions
# which operators compare a key of which type
FITTING: Mapping[str, tuple[str, ...]] = {
    "String": ("String", "Null"),
    "ARN": ("Arn", "String", "Null"),
    "Bool": ("Bool", "String", "Null"),
    "Numeric": ("Numeric", "String", "Null"),
    "Date": ("Date", "String", "Null"),
    "IPAddress": ("IpAddress", "NotIpAddress", "String", "Null"),
    "Binary": ("Binary", "Null"),
}


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that does not do what it seems to: a code after Access Analyzer's checks, where it stands, and why."""

    severity: Severity
    code: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass
class _Effort:
    """What a document may still cost: beyond it only names are looked at, and none is suggested."""

    read: set[str] = field(default_factory=set)
    suggestions: int = MAX_SUGGESTIONS

    def reads(self, prefixes: Iterable[str]) -> bool:
        """Whether there is room for the tables of these services too."""
        more = {prefix for prefix in prefixes if is_service(prefix)} - self.read
        if len(self.read) + len(more) > MAX_SERVICES:
            return False
        self.read |= more
        return True

    def near(self, word: str, known: Iterable[str]) -> str:
        from difflib import get_close_matches

        self.suggestions -= 1
        close = get_close_matches(word[:120], list(known), n=1, cutoff=0.75) if self.suggestions >= 0 else []
        return f"; is {close[0]} meant?" if close else ""


def lint(document: Mapping[str, Any] | str) -> list[Remark]:
    """Remarks on a document that `validate` accepts, at most 200; raises CannotJudge when it cannot be read at all.

    Of a document that names more than 16 services, the later ones are looked at by the names of their actions only.
    """
    value = load(document) if isinstance(document, str) else document
    if not isinstance(value, Mapping):
        raise CannotJudge("a policy must be a JSON object")
    return list(islice(_remarks(value), MAX_REMARKS))


def _remarks(value: Mapping[str, Any]) -> Iterator[Remark]:
    raw = value.get("Statement", [])
    statements = raw if isinstance(raw, list) else [raw]
    if len(statements) > MAX_STATEMENTS:
        raise CannotJudge(f"the policy has more than {MAX_STATEMENTS} statements")
    old = value.get("Version", "2008-10-17") != "2012-10-17"
    effort = _Effort()
    for index, statement in enumerate(statements):
        where = f"Statement[{index}]"
        if not isinstance(statement, Mapping):
            raise CannotJudge(f"{where} is not an object")
        if old and "${" in str(statement.get("Resource", "")) + str(statement.get("Condition", "")):
            yield Remark("warning", "OUTDATED_POLICY_VERSION", where, 'policy variables need Version "2012-10-17"')
        yield from _statement(statement, where, effort)


def _statement(statement: Mapping[str, Any], where: str, effort: _Effort) -> Iterator[Remark]:
    texts = read_texts(statement["Action"], "Action") if "Action" in statement else []
    found: dict[str, tuple[str, ...]] = {}
    spelled = [text for text in texts[:MAX_TEXTS] if not set("*?") & set(text.partition(":")[0])]
    for text in spelled:
        found[text] = expand_names(text)
        yield from _action(text, found[text], f"{where}.Action", effort)
    named = [one for actions in found.values() for one in actions][:MAX_ACTIONS]
    prefixes = sorted({name.partition(":")[0] for name in named})
    # what the others are is not known, so nothing is said of them together
    if len(spelled) < len(texts) or not effort.reads(prefixes):
        named, prefixes = [], []
    if "Resource" in statement and named:
        yield from _resources(statement, found, where)
    block = statement.get("Condition", {})
    for name, keys in block.items() if isinstance(block, Mapping) else ():
        for key, values in keys.items() if isinstance(keys, Mapping) else ():
            if not effort.reads([plain_key(str(key)).partition(":")[0]]):
                continue
            listed = values if isinstance(values, list) else [values]
            here = f"{where}.Condition.{str(name)[:60]}.{str(key)[:80]}"
            yield from _condition(str(name), str(key), listed, named, prefixes, here)


def _action(text: str, found: tuple[str, ...], where: str, effort: _Effort) -> Iterator[Remark]:
    if found:
        return
    prefix = text.partition(":")[0].lower()
    if not is_service(prefix):
        near = effort.near(prefix, services())
        yield Remark("error", "INVALID_SERVICE_IN_ACTION", where, f"no service has the prefix {prefix[:60]!r}{near}")
        return
    near = effort.near(text, expand_names(f"{prefix}:*"))
    what = "no action matches" if set("*?") & set(text) else "there is no action"
    yield Remark("error", "INVALID_ACTION", where, f"{what} {text[:120]!r}{near}")


def _resources(statement: Mapping[str, Any], found: Mapping[str, tuple[str, ...]], where: str) -> Iterator[Remark]:
    """Each action must act on some resource of the statement, and each resource be acted on by some action."""
    texts = read_texts(statement["Resource"], "Resource")
    if "*" in texts:
        return
    used: set[str] = set()
    for written, names in found.items():
        actions = list(_actions(names[:MAX_ACTIONS]))
        fitting = {text for text in texts if any(_acts_on(one, text) for one in actions)}
        used |= fitting
        if actions and not fitting:
            needs = _needs(actions[0])
            what = f"{written[:80]!r} acts on none of the statement's resources: {needs}"
            yield Remark("error", "UNSUPPORTED_RESOURCE", f"{where}.Action", what)
    for text in texts:
        if text not in used and any(found.values()):
            what = f"no action of the statement acts on {text[:120]!r}"
            yield Remark("warning", "UNSUPPORTED_RESOURCE", f"{where}.Resource", what)


def _actions(names: Iterable[str]) -> Iterator[Action]:
    return (one for one in map(action, names) if one is not None)


def _acts_on(one: Action, pattern: str) -> bool:
    owner = service(one.service)
    formats = tuple(kind.arn for kind in owner.resources.values()) if owner else ()
    return any(may_cover(pattern, kind.arn, formats) for kind in one.resources)


def _needs(one: Action) -> str:
    if not one.resources:
        return f'it takes no resource, so the statement must say "*" ({one.full_name})'
    return f"it needs one such as {one.resources[-1].arn}"


def _condition(
    name: str, key: str, values: list[Any], named: list[str], prefixes: list[str], where: str
) -> Iterator[Remark]:
    operator = read_operator(name)
    kind = condition_type(key, prefixes)
    if kind is None:
        code = "INVALID_GLOBAL_CONDITION_KEY" if key.lower().startswith("aws:") else "INVALID_SERVICE_CONDITION_KEY"
        yield Remark("error", code, where, "AWS documents no such condition key, so it is in no request")
        return
    yield from _key_of_actions(key, named, where)
    several = kind.startswith("ArrayOf")
    plain = kind.removeprefix("ArrayOf")
    if operator.over is None and several and operator.base != "Null":
        yield Remark("error", "MISSING_QUALIFIER", where, "the key has several values: use ForAnyValue or ForAllValues")
    if operator.over == "ForAllValues" and not several:
        what = "ForAllValues is also true where the single-valued key is absent; leave it out"
        yield Remark("security", "FOR_ALL_VALUES_WITH_SINGLE_VALUED_KEY", where, what)
    if not operator.base.startswith(FITTING.get(plain, (operator.base,))):
        what = f"{operator.base} does not compare a key of type {plain}"
        yield Remark("error", "TYPE_MISMATCH", where, what)
        return
    for value in values:
        yield from _value(operator, scalar(value), where)


def _key_of_actions(key: str, named: list[str], where: str) -> Iterator[Remark]:
    """A service's key must belong to one of the actions; global keys belong to all."""
    if plain_key(key) in GLOBAL_KEYS or not named:
        return
    if not any(one.has_key(key) for one in _actions(named)):
        shown = ", ".join(named[:3]) + (" and others" if len(named) > 3 else "")
        what = f"requests of {shown} do not carry this key"
        yield Remark("error", "UNSUPPORTED_CONDITION_KEY", where, what)


def _value(operator: OperatorName, text: str, where: str) -> Iterator[Remark]:
    if "${" in text:
        return
    try:
        if operator.base.startswith("Numeric"):
            number(text)
        elif operator.base.startswith("Date"):
            instant(text)
        elif operator.base in ("IpAddress", "NotIpAddress"):
            network(text)
            if "/" not in text:
                address(text)
        elif operator.base in ("Bool", "Null") and text.lower() not in ("true", "false"):
            raise CannotJudge(f"{text[:60]!r} is neither true nor false")
        elif operator.base.startswith("Arn") and text != "*" and text.count(":") < 5:
            raise CannotJudge(f"{text[:60]!r} is not an ARN of six components")
    except CannotJudge as reason:
        yield Remark("error", "DATA_TYPE_MISMATCH", where, reason.reason)
