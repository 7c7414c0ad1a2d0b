"""The account's DNS: hosted zones with their signatures, and what each VPC's resolver does. `account.dns`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hardenlab.semantics.dns_firewall import Firewall, Query, Verdict, decide

SIGNING = "SIGNING"


@dataclass(frozen=True)
class Zone:
    """A hosted zone. Names end without a dot; `keys` are GetDNSSEC's key-signing keys."""

    id: str
    name: str
    private: bool
    records: Sequence[Mapping[str, Any]]
    signature: str
    """GetDNSSEC's ServeSignature: "SIGNING", "NOT_SIGNING", "ACTION_NEEDED", …; empty for a private zone."""
    keys: Sequence[Mapping[str, Any]]
    log_groups: tuple[str, ...]
    """The log groups that its queries are logged to."""

    @property
    def signs(self) -> bool:
        """Whether it answers with signatures of an active key."""
        return self.signature == SIGNING and any(key["Status"] == "ACTIVE" for key in self.keys)

    def values(self, name: str, kind: str) -> tuple[str, ...]:
        """The values of one record set."""
        return tuple(
            item["Value"]
            for record in self.records
            if record["Name"].rstrip(".").lower() == name.lower() and record["Type"] == kind
            for item in record.get("ResourceRecords", ())
        )


class Dns:
    """Everything that Route 53 and the resolver are set to do, each list read at its first use."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        self._route53 = client("route53")
        self._resolver = client("route53resolver")
        self._firewalls: dict[str, Firewall] = {}

    @cached_property
    def zones(self) -> tuple[Zone, ...]:
        """Every hosted zone, by name."""
        listed = [item for page in self._pages(self._route53, "list_hosted_zones") for item in page["HostedZones"]]
        logs = self._route53.list_query_logging_configs()["QueryLoggingConfigs"]
        return tuple(sorted((self._zone(item, logs) for item in listed), key=lambda zone: (zone.name, zone.id)))

    def zone(self, name: str) -> Zone | None:
        """The public zone of this name."""
        return next((zone for zone in self.zones if zone.name == name and not zone.private), None)

    def parent(self, zone: Zone) -> Zone | None:
        """The public zone of this account that delegates to the zone, the nearest one."""
        above = [one for one in self.zones if not one.private and zone.name.endswith(f".{one.name}")]
        return max(above, key=lambda one: len(one.name), default=None)

    def trust(self, zone: Zone) -> str:
        """How the parent vouches for the zone: "none", "good" (a DS record of an active key) or "broken".

        A DS record that fits no active key of a zone that signs makes its names unresolvable for whoever validates
        (RFC 4035, section 5).
        """
        parent = self.parent(zone)
        vouched = parent.values(zone.name, "DS") if parent else ()
        if not vouched:
            return "none"
        active = {_spaced(key["DSRecord"]) for key in zone.keys if key["Status"] == "ACTIVE"} if zone.signs else set()
        return "good" if any(_spaced(value) in active for value in vouched) else "broken"

    @cached_property
    def _validating(self) -> set[str]:
        pages = self._pages(self._resolver, "list_resolver_dnssec_configs")
        configs = [item for page in pages for item in page["ResolverDnssecConfigs"]]
        return {item["ResourceId"] for item in configs if item["ValidationStatus"] in ("ENABLED", "ENABLING")}

    def validates(self, vpc: str) -> bool:
        """Whether the VPC's resolver checks signatures."""
        return vpc in self._validating

    def query_logs(self, vpc: str) -> tuple[Mapping[str, Any], ...]:
        """The query logging configurations that are associated with the VPC and work."""
        live = [item for item in self._logged if item["ResourceId"] == vpc and item["Status"] in ("ACTIVE", "CREATING")]
        ids = {item["ResolverQueryLogConfigId"] for item in live}
        return tuple(item for item in self._log_configs if item["Id"] in ids)

    @cached_property
    def _logged(self) -> list[Mapping[str, Any]]:
        pages = self._pages(self._resolver, "list_resolver_query_log_config_associations")
        return [item for page in pages for item in page["ResolverQueryLogConfigAssociations"]]

    @cached_property
    def _log_configs(self) -> list[Mapping[str, Any]]:
        pages = self._pages(self._resolver, "list_resolver_query_log_configs")
        return [item for page in pages for item in page["ResolverQueryLogConfigs"]]

    def ask(self, vpc: str, name: str, kind: str = "A") -> Verdict:
        """What the VPC's DNS Firewall makes of a query; Malformed when its rules cannot be read."""
        return decide(Query(name, kind), self.firewall(vpc))

    def firewall(self, vpc: str) -> Firewall:
        """The VPC's DNS Firewall; Malformed when its rules cannot be read."""
        if vpc not in self._firewalls:
            self._firewalls[vpc] = Firewall.read(self._firewall_documents, vpc=vpc)
        return self._firewalls[vpc]

    @cached_property
    def _firewall_documents(self) -> dict[str, Any]:
        resolver = self._resolver
        groups = [g for p in self._pages(resolver, "list_firewall_rule_groups") for g in p["FirewallRuleGroups"]]
        groups = [{"Id": g["Id"], "Name": g["Name"], "FirewallRules": self._rules(g["Id"])} for g in groups]
        used = {rule.get("FirewallDomainListId") for group in groups for rule in group["FirewallRules"]}
        lists = [i for p in self._pages(resolver, "list_firewall_domain_lists") for i in p["FirewallDomainLists"]]
        pages = self._pages(resolver, "list_firewall_rule_group_associations")
        return {
            "FirewallRuleGroups": groups,
            "FirewallDomainLists": [self._domain_list(item) for item in lists if item["Id"] in used],
            "FirewallRuleGroupAssociations": [
                {key: item[key] for key in ("Id", "Name", "Priority", "VpcId", "FirewallRuleGroupId")}
                for page in pages
                for item in page["FirewallRuleGroupAssociations"]
            ],
        }

    def _rules(self, group: str) -> list[dict[str, Any]]:
        pages = self._pages(self._resolver, "list_firewall_rules", FirewallRuleGroupId=group)
        return [dict(rule) for page in pages for rule in page["FirewallRules"]]

    def _domain_list(self, item: Mapping[str, Any]) -> dict[str, Any]:
        if item.get("ManagedOwnerName"):
            return {"Id": item["Id"], "Name": item["Name"], "ManagedOwnerName": item["ManagedOwnerName"]}
        pages = self._pages(self._resolver, "list_firewall_domains", FirewallDomainListId=item["Id"])
        return {"Id": item["Id"], "Name": item["Name"], "Domains": [d for page in pages for d in page["Domains"]]}

    def _zone(self, item: Mapping[str, Any], logs: Sequence[Mapping[str, Any]]) -> Zone:
        id = item["Id"].rsplit("/", 1)[-1]
        private = bool(item.get("Config", {}).get("PrivateZone"))
        pages = self._pages(self._route53, "list_resource_record_sets", HostedZoneId=id)
        records = [record for page in pages for record in page["ResourceRecordSets"]]
        dnssec = {} if private else self._route53.get_dnssec(HostedZoneId=id)
        groups = tuple(log["CloudWatchLogsLogGroupArn"] for log in logs if log["HostedZoneId"] == id)
        signature = dnssec.get("Status", {}).get("ServeSignature", "")
        return Zone(
            id, item["Name"].rstrip(".").lower(), private, records, signature, dnssec.get("KeySigningKeys", ()), groups
        )

    @staticmethod
    def _pages(client: Any, call: str, **arguments: Any) -> list[dict[str, Any]]:
        return list(client.get_paginator(call).paginate(**arguments))


def _spaced(record: str) -> str:
    """A DS record's value with one blank between its parts: a digest may be written in several (RFC 4034, 5.3)."""
    parts = record.upper().split()
    return " ".join([*parts[:3], "".join(parts[3:])])
