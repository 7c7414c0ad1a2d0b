"""The web ACL that stands before a resource, asked request by request: `account.web(arn)`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from botocore.exceptions import ClientError

from hardenlab.semantics.web_acl import WebAcl, WebRequest, decide

DETECTORS = {"SqliMatchStatement": "sql", "XssMatchStatement": "scripts"}
SCOPE = {"Scope": "REGIONAL"}


def _about_blocked(item: Mapping[str, Any]) -> bool:
    """Whether a log filter decides about every blocked request."""
    said = [condition.get("ActionCondition", {}).get("Action") == "BLOCK" for condition in item["Conditions"]]
    return any(said) if item["Requirement"] == "MEETS_ANY" else all(said)


@dataclass(frozen=True)
class WebAnswer:
    """What becomes of a request, and why.

    DETECTOR: a rule that blocks what AWS's own detectors recognise (SQL, scripts, managed rules) decides, and whether
    they recognise this request is not published; without it the request is allowed.
    """

    action: Literal["ALLOW", "BLOCK", "UNKNOWN", "DETECTOR"]
    sentence: str
    rule: str | None = None
    detectors: frozenset[str] = frozenset()
    """What detectors look for in this request and block: "sql", "scripts", or a managed rule group's name."""


class Web:
    """The web ACL of one resource (none: everything is allowed), with its logging."""

    def __init__(self, wafv2: Any, resource: str) -> None:
        self._wafv2 = wafv2
        self.document: Mapping[str, Any] | None = wafv2.get_web_acl_for_resource(ResourceArn=resource).get("WebACL")

    @property
    def id(self) -> str:
        """The ACL's id; "no web ACL" when there is none."""
        return str(self.document["Id"]) if self.document else "no web ACL"

    def log_destinations(self) -> tuple[str, ...]:
        """Where its requests are logged."""
        return tuple(self._logging.get("LogDestinationConfigs", ()))

    def logs_blocked_requests(self) -> bool:
        """Whether its log filter keeps a request that was blocked, whatever labels it carries.

        AWS WAF API Reference, "LoggingFilter": filters keep or drop by action and label; what none meets goes the
        default way.
        """
        filtering = self._logging.get("LoggingFilter")
        if not filtering:
            return True
        behaviours = {item["Behavior"] for item in filtering["Filters"] if _about_blocked(item)}
        return behaviours == {"KEEP"} or (not behaviours and filtering["DefaultBehavior"] == "KEEP")

    @cached_property
    def _logging(self) -> Mapping[str, Any]:
        if self.document is None:
            return {}
        try:
            found = self._wafv2.get_logging_configuration(ResourceArn=self.document["ARN"])
        except ClientError as error:
            if error.response["Error"]["Code"] == "WAFNonexistentItemException":
                return {}
            raise
        configuration: Mapping[str, Any] = found["LoggingConfiguration"]
        return configuration

    def ask(self, ip: str, target: str = "/", **request: Any) -> WebAnswer:
        """What it makes of a request; `request` takes method, headers, body (bytes) and country.

        Malformed or Unjudged is raised when the ACL cannot be read.
        """
        if self.document is None:
            return WebAnswer("ALLOW", "No web ACL stands before it, so nothing is filtered")
        verdict = decide(WebRequest(ip, target, **request), self.acl)
        if verdict.action in ("ALLOW", "BLOCK"):
            return WebAnswer("ALLOW" if verdict.action == "ALLOW" else "BLOCK", verdict.sentence, verdict.rule)
        doubtful = [step.rule for step in verdict.steps if step.answer.holds is None and step.action != "COUNT"]
        found = [
            frozenset(kind for rule in self.document["Rules"] if f'"{rule["Name"]}"' in told for kind in _detects(rule))
            for told in doubtful
        ]
        known = verdict.action == "UNKNOWN" and found and all(found)
        detectors = frozenset().union(*found)
        return WebAnswer("DETECTOR" if known else "UNKNOWN", verdict.sentence, verdict.rule, detectors)

    @cached_property
    def acl(self) -> WebAcl:
        """The ACL as the evaluator reads it; Malformed or Unjudged when it cannot be read."""
        return WebAcl.read({"WebACL": self.document, **self._referred()})

    def _referred(self) -> dict[str, list[Mapping[str, Any]]]:
        """The sets and groups of the account: an ACL may refer to any."""
        kinds = {"IPSets": "ip_set", "RegexPatternSets": "regex_pattern_set", "RuleGroups": "rule_group"}
        return {kind: self._all(kind, name) for kind, name in kinds.items()}

    def _all(self, kind: str, name: str) -> list[Mapping[str, Any]]:
        listed = getattr(self._wafv2, f"list_{name}s")(**SCOPE)[kind]
        get = getattr(self._wafv2, f"get_{name}")
        key = {"IPSets": "IPSet", "RegexPatternSets": "RegexPatternSet", "RuleGroups": "RuleGroup"}[kind]
        return [get(Name=item["Name"], Id=item["Id"], **SCOPE)[key] for item in listed]


def _detects(part: Any) -> Iterator[str]:
    """Which of AWS's detectors some part of a rule asks."""
    if isinstance(part, Mapping):
        for key, value in part.items():
            if key in DETECTORS:
                yield DETECTORS[key]
            elif key == "ManagedRuleGroupStatement":
                yield str(value["Name"])
            else:
                yield from _detects(value)
    elif isinstance(part, list):
        for item in part:
            yield from _detects(item)
