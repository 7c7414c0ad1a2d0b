"""Controls of Elastic Load Balancing."""

from hardenlab import HIGH, INTERNET, PATH, Unjudged, control, failed, passed, unknown


@control(
    severity=HIGH,
    layer=PATH,
    references=("SecurityHub EC2.18", "course 3.35", "AWS Elastic Load Balancing: Target security groups"),
)
def elbv2_targets_reached_through_load_balancer_only(account):
    """Instances behind a load balancer are reached through it only.

    Judged from end to end for every target and its port.

    ## Why it matters
    The balancer is where TLS ends, where a web ACL filters and where requests are logged. Whoever reaches the instance
    beside it is seen by none of them.

    ## Remediation
    In the targets' group name the balancer's security group as the source of the traffic port, and revoke the rules
    that admit addresses. The instances need no public address.
    """
    network = account.network
    for balancer in network.load_balancers:
        for target, port in (pair for group in balancer.targets.values() for pair in group):
            instance = network.instances.get(target)
            if instance is not None:
                yield _beside(network, instance, port)


def _beside(network, instance, port):
    try:
        packet = network.witness(source=INTERNET, to=instance, port=port)
    except Unjudged as doubt:
        return unknown(instance.id, f"{instance.name}: cannot judge port {port}: {doubt}")
    if packet:
        return failed(
            instance.id,
            f"{instance.name}: {packet.source} reaches port {port} beside the balancer ({packet.through})",
            evidence=[("ec2:DescribeSecurityGroups", "IpPermissions", packet.through)],
            witness=packet,
        )
    return passed(instance.id, f"{instance.name}: port {port} is reached through the balancer only")
