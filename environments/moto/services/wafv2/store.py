"""What an account and region keep of AWS WAF, and how calls find it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ...extend import Call, Refusal, Service
from ...extend.call import unique

HOME = "us-east-1"  # where everything of scope CLOUDFRONT lives
MAX_ITEMS = 100  # of a kind, in a region and scope
KINDS = {"webacl": "WebACL", "rulegroup": "RuleGroup", "ipset": "IPSet", "regexpatternset": "RegexPatternSet"}


@dataclass
class Item:
    """A web ACL, rule group or set. `settings` is what AWS answers of it, without name, id, ARN and lock token."""

    kind: str
    scope: str
    name: str
    id: str
    arn: str
    lock: str
    settings: dict[str, Any]

    def detail(self) -> dict[str, Any]:
        return {"Name": self.name, "Id": self.id, "ARN": self.arn} | self.settings

    def summary(self) -> dict[str, Any]:
        short = {"Name": self.name, "Id": self.id, "ARN": self.arn, "LockToken": self.lock}
        return short | ({"Description": self.settings["Description"]} if "Description" in self.settings else {})


@dataclass
class Waf:
    """What an account has of AWS WAF in a region."""

    items: dict[str, Item] = field(default_factory=dict)  # by ARN
    associations: dict[str, str] = field(default_factory=dict)  # a resource's ARN: its web ACL's
    logging: dict[str, dict[str, Any]] = field(default_factory=dict)  # by the web ACL's ARN
    policies: dict[str, str] = field(default_factory=dict)  # by the rule group's ARN
    api_keys: dict[str, dict[str, Any]] = field(default_factory=dict)  # by scope and key


WafCall = Call[Waf]
service = Service("wafv2", state=Waf, too_many_tags="WAFTagOperationException")


def wrong(reason: str, field: str, parameter: str) -> Refusal:
    """The refusal of a parameter, in AWS's words."""
    parameter = parameter[:256]
    return Refusal(
        "WAFInvalidParameterException", f"Error reason: {reason}, field: {field}, parameter: {parameter}",
        Field=field, Parameter=parameter, Reason=reason,
    )  # fmt: skip


def nonexistent() -> Refusal:
    return Refusal(
        "WAFNonexistentItemException", "AWS WAF couldn’t perform the operation because your resource doesn’t exist."
    )


def duplicate() -> Refusal:
    return Refusal(
        "WAFDuplicateItemException",
        "AWS WAF couldn’t perform the operation because some resource in your request is a duplicate of an existing "
        "one.",
    )


def in_use() -> Refusal:
    return Refusal(
        "WAFAssociatedItemException",
        "AWS WAF couldn’t perform the operation because your resource is being used by another resource or it’s "
        "associated with another resource.",
    )


def too_many(what: str) -> Refusal:
    return Refusal(
        "WAFLimitsExceededException",
        f"AWS WAF couldn’t perform the operation because you exceeded your resource limit: {what}.",
    )


def scope_of(call: WafCall) -> str:
    """The call's scope; CLOUDFRONT from its home region only."""
    scope: str = call.input["Scope"]
    if scope == "CLOUDFRONT" and call.region != HOME:
        raise wrong("The scope is not valid.", "SCOPE_VALUE", scope)
    return scope


def make(call: WafCall, kind: str, settings: dict[str, Any]) -> Item:
    """A new item of the call's scope and name, with its tags."""
    scope, name = scope_of(call), call.input["Name"]
    known = [item for item in call.state.items.values() if (item.kind, item.scope) == (kind, scope)]
    if any(item.name == name for item in known):
        raise duplicate()
    if len(known) >= MAX_ITEMS:
        raise too_many(KINDS[kind])
    identifier = unique()
    place = "global" if scope == "CLOUDFRONT" else "regional"
    arn = call.arn("wafv2", f"{place}/{kind}/{name}/{identifier}")
    call.tags.put(arn, call.get("Tags"))
    item = Item(kind, scope, name, identifier, arn, unique(), settings)
    call.state.items[arn] = item
    return item


def find(call: WafCall, kind: str) -> Item:
    """The item that the call names by name, id and scope, or by ARN where the operation takes one."""
    if "ARN" in call.input:
        return by_arn(call.state, kind, call.input["ARN"])
    for member in ("Name", "Scope", "Id"):
        if member not in call.input:
            raise wrong("Give the ARN, or the name, the id and the scope.", KIND_FIELDS[kind], member)
    scope = scope_of(call)
    for item in call.state.items.values():
        if (item.kind, item.scope, item.name, item.id) == (kind, scope, call.input["Name"], call.input["Id"]):
            return item
    raise nonexistent()


KIND_FIELDS = {
    "webacl": "WEB_ACL", "rulegroup": "RULE_GROUP", "ipset": "IP_SET", "regexpatternset": "REGEX_PATTERN_SET",
}  # fmt: skip


def by_arn(state: Waf, kind: str, arn: str) -> Item:
    item = state.items.get(arn)
    if item is None or item.kind != kind:
        raise nonexistent()
    return item


def unlocked(call: WafCall, kind: str) -> Item:
    """The item that the call names, if its lock token is the newest."""
    item = find(call, kind)
    if call.input["LockToken"] != item.lock:
        raise Refusal(
            "WAFOptimisticLockException",
            "AWS WAF couldn’t save your changes because someone changed the resource after you started to edit it. "
            "Reapply your changes.",
        )
    return item


def replace(item: Item, settings: dict[str, Any]) -> dict[str, Any]:
    """Put new settings in the place of the old ones: what is not given is gone."""
    item.settings, item.lock = settings, unique()
    return {"NextLockToken": item.lock}


def drop(call: WafCall, item: Item) -> None:
    del call.state.items[item.arn]
    call.tags.forget(item.arn)


def listed(call: WafCall, kind: str) -> list[dict[str, Any]]:
    """Summaries of everything of the kind in the call's scope."""
    scope = scope_of(call)
    items = call.state.items.values()
    return [item.summary() for item in items if (item.kind, item.scope) == (kind, scope)]


def given(call: WafCall, members: Iterable[str]) -> dict[str, Any]:
    """Those members of the input that were given."""
    return {name: call.input[name] for name in members if name in call.input}


def refers(value: Any, arn: str) -> bool:
    """Whether the ARN stands anywhere in rules."""
    if isinstance(value, dict):
        return value.get("ARN") == arn or any(refers(item, arn) for item in value.values())
    return isinstance(value, list) and any(refers(item, arn) for item in value)


def refuse_while_referred(call: WafCall, item: Item) -> None:
    """A set or a rule group that a rule refers to is not deleted."""
    if any(refers(other.settings.get("Rules", []), item.arn) for other in call.state.items.values()):
        raise in_use()


# ---- tags ----


@service.operation
def tag_resource(call: WafCall) -> None:
    """Add tags."""
    call.tags.put(_tagged(call), call.input["Tags"])


@service.operation
def untag_resource(call: WafCall) -> None:
    """Remove tags."""
    call.tags.drop(_tagged(call), call.input["TagKeys"])


@service.operation
def list_tags_for_resource(call: WafCall) -> dict[str, Any]:
    """The tags of a web ACL, rule group or set."""
    arn = _tagged(call)
    return {"TagInfoForResource": {"ResourceARN": arn, "TagList": call.tags.listed(arn)}}


def _tagged(call: WafCall) -> str:
    arn: str = call.input["ResourceARN"]
    if arn not in call.state.items:
        raise nonexistent()
    return arn
