"""What web ACLs saw: nothing, as no request reaches an emulated account."""

from datetime import timedelta
from typing import Any

from .store import WafCall, by_arn, service, wrong

LONGEST = timedelta(hours=3)


@service.operation
def get_sampled_requests(call: WafCall) -> dict[str, Any]:
    """A sample of the last three hours' requests: empty."""
    by_arn(call.state, "webacl", call.input["WebAclArn"])
    window = call.input["TimeWindow"]
    start, end = window["StartTime"], window["EndTime"]
    if start >= end:
        raise wrong("The time window ends before it begins.", "STATEMENT", "TimeWindow")
    return {
        "SampledRequests": [],
        "PopulationSize": 0,
        "TimeWindow": {"StartTime": max(start, call.now - LONGEST), "EndTime": end},
    }


@service.operation
def get_rate_based_statement_managed_keys(call: WafCall) -> dict[str, Any]:
    """The addresses that a rate-based rule limits now: none."""
    acl = _acl(call)
    rule = next((rule for rule in acl.settings["Rules"] if rule["Name"] == call.input["RuleName"]), None)
    if rule is None or "RateBasedStatement" not in rule["Statement"]:
        raise wrong("The web ACL has no rate-based rule of the name.", "RATE_BASED_STATEMENT", call.input["RuleName"])
    return {f"ManagedKeysIPV{version}": {"IPAddressVersion": f"IPV{version}", "Addresses": []} for version in (4, 6)}


def _acl(call: WafCall) -> Any:
    """The web ACL that the call names by name and id."""
    arn = next((item.arn for item in call.state.items.values() if item.id == call.input["WebACLId"]), "")
    return by_arn(call.state, "webacl", arn)
