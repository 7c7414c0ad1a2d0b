"""Amazon EventBridge beside moto: patterns are tried, and rules reach topics.

Sources: Amazon EventBridge API Reference, "TestEventPattern" and "PutEvents"; Amazon EventBridge User Guide, "Event bus
targets".
"""

import copy
import json
from typing import Any

from hardenlab.semantics.event_patterns import EventPattern, Malformed, Unjudged
from moto.events.models import Rule
from moto.sns.models import sns_backends

from ..extend import Call, Refusal, Service

NEEDED = ("id", "account", "source", "time", "region", "resources", "detail-type")

service = Service("events")


@service.operation
def test_event_pattern(call: Call[Any]) -> dict[str, Any]:
    """Whether an event matches a pattern."""
    try:
        pattern = EventPattern.read(json.loads(call.input["EventPattern"]))
    except (Malformed, ValueError, RecursionError) as error:
        raise Refusal("InvalidEventPatternException", f"Event pattern is not valid. Reason: {error}"[:500]) from None
    try:
        event = json.loads(call.input["Event"])
    except (ValueError, RecursionError):
        event = None
    missing = [name for name in NEEDED if not isinstance(event, dict) or name not in event]
    if missing:
        raise Refusal("ValidationException", f"Parameter Event is not valid. {missing[0]} is required.")
    try:
        return {"Result": pattern.matches(event)}
    except Unjudged as error:
        raise Refusal("InternalException", f"The lab's account cannot decide this: {error}"[:500]) from None


@service.patch
def deliver_to_topics() -> None:
    """moto breaks at a rule with a topic among its targets, or a function."""
    original = Rule.send_to_targets

    def send_to_targets(rule: Any, event: dict[str, Any], transform_input: bool = True) -> None:
        arns = {row["Id"]: row["Arn"].split(":") for row in rule.targets}
        ours = [row for row in rule.targets if arns[row["Id"]][2] in ("sns", "lambda")]
        if not ours:
            original(rule, event, transform_input)
            return
        rest = copy.copy(rule)
        rest.targets = [row for row in rule.targets if row not in ours]
        original(rest, copy.deepcopy(event), transform_input)
        if rule.event_pattern.matches_event(event):
            for row in ours:
                _publish(row["Arn"], row.get("Input") or json.dumps(event))

    Rule.send_to_targets = send_to_targets


def _publish(arn: str, message: str) -> None:
    """To a topic of an emulated account; functions do not run in the lab."""
    _, _, name, region, account, _ = arn.split(":", 5)
    if name == "sns" and account in sns_backends and arn in sns_backends[account][region].topics:
        sns_backends[account][region].publish(message=message, arn=arn)
