"""A case in an account of its own: the lab's network, addresses, buckets and account are those of the logs."""

from hardenlab import Variation, evidence
from hardenlab.evidence.cast import Cast
from hardenlab.evidence.estate import network_of


def test_machines_addresses_and_buckets_are_the_account_s_own():
    other = Cast.drawn(Variation("the lab's own"))
    network = network_of(other)
    case = evidence.Case(
        Variation("x"),
        attacks=tuple(evidence.ATTACKS),
        decoys=tuple(evidence.DECOYS),
        days=3,
        pace=0.2,
        account="444455556666",
        office="198.51.100.16/28",
        buckets={"customers": "the-shops-customers"},
        network=network,
    )
    instances = {instance.id for instance in network.instances}
    interfaces = {face.id for instance in network.instances for face in instance.interfaces}
    assert {line.split(" ")[2] for line in case.flow_lines()} == interfaces
    assert {record["srcids"]["instance"] for record in case.dns_records()} <= instances
    assert case.answer("metadata_ssrf", "buckets").value == ("the-shops-customers",)
    events = list(case.events())
    assert {event["recipientAccountId"] for event in events} == {"444455556666"}
    assert [found for event in events if (found := evidence.problems(event))] == []
    assert {finding["AccountId"] for finding in case.findings()} == {"444455556666"}
