"""Resolver query logs, with what DNS Firewall does as its configuration decides.

Form: Route 53 Developer Guide, "Values that appear in VPC Resolver query logs" and "Route 53 VPC Resolver query log
example".
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hardenlab.evidence.events import when
from hardenlab.evidence.labels import Label, Labelled
from hardenlab.semantics.dns_firewall import Firewall, Query, Verdict, decide
from hardenlab.semantics.reading import Document, Field
from hardenlab.semantics.unjudged import Unjudged

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """A query of an instance, and what the domain's own servers answer it: no answers mean that it does not exist."""

    moment: int
    instance: str
    address: str
    name: str
    type: str = "A"
    answers: tuple[str, ...] = ()
    port: int = 53_000
    label: Label | None = None


class QueryLog:
    """The query log of one VPC. `firewall` is the document that `dns_firewall.Firewall.read` takes."""

    def __init__(self, account: str, vpc: str, *, region: str = "us-east-1", firewall: Document | None = None) -> None:
        self._frame = {"version": "1.100000", "account_id": account, "region": region, "vpc_id": vpc}
        self._firewall = Firewall.read(firewall, vpc=vpc) if firewall is not None else None
        self._groups = _ids(firewall) if firewall is not None else {}
        self._decide = lru_cache(maxsize=4096)(self._verdict)

    def records(self, questions: Iterable[Question]) -> Iterator[Labelled[Record]]:
        """A record a query. Unjudged is raised when AWS leaves open what the firewall does with it."""
        for question in questions:
            yield Labelled(self._record(question), question.label)

    def _record(self, question: Question) -> Record:
        verdict = self._decide(question.name, question.type)
        answers = [{"Rdata": text, "Type": question.type, "Class": "IN"} for text in question.answers]
        record: Record = self._frame | {
            "query_timestamp": when(question.moment),
            "query_name": question.name + ".",
            "query_type": question.type,
            "query_class": "IN",
            "rcode": "NOERROR" if answers else "NXDOMAIN",
            "answers": answers,
            "srcaddr": question.address,
            "srcport": str(question.port),
            "transport": "UDP",
            "srcids": {"instance": question.instance},
        }
        if verdict is None or verdict.rule is None or verdict.action == "ALLOW":
            return record
        if verdict.action == "BLOCK":
            record |= _blocked(verdict)
        record["firewall_rule_action"] = verdict.action
        record["firewall_rule_group_id"] = self._groups[verdict.rule.group]
        if verdict.rule.domains is not None:
            record["firewall_domain_list_id"] = verdict.rule.domains.id
        return record

    def _verdict(self, name: str, type: str) -> Verdict | None:
        if self._firewall is None:
            return None
        verdict = decide(Query(name, type), self._firewall)
        if verdict.action == "UNKNOWN":
            raise Unjudged(verdict.because)
        return verdict


def _blocked(verdict: Verdict) -> Record:
    """NODATA says that there is a name and no answer; OVERRIDE answers with a CNAME of the rule's."""
    if verdict.response == "OVERRIDE":
        return {"rcode": "NOERROR", "answers": [{"Rdata": f"{verdict.override}.", "Type": "CNAME", "Class": "IN"}]}
    return {"rcode": "NXDOMAIN" if verdict.response == "NXDOMAIN" else "NOERROR", "answers": []}


def _ids(firewall: Document) -> dict[str, str]:
    """Rule groups' ids by their names, which is how a rule knows its group."""
    groups = Field.of(firewall, "the firewall").each("FirewallRuleGroups")
    return {group["Name"].text(): group["Id"].text() for group in groups}
