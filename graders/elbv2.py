"""Controls of Elastic Load Balancing."""

from hardenlab import HIGH, INTERNET, MEDIUM, PATH, RESOURCE, CannotJudge, Unjudged, control, failed, passed, unknown


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


@control(
    severity=MEDIUM,
    layer=RESOURCE,
    references=(
        "SecurityHub ELB.5",
        "course 3.5",
        "AWS Elastic Load Balancing: Enable access logs for your Application Load Balancer",
    ),
)
def elbv2_load_balancer_logs_delivered(account):
    """Every load balancer logs its requests to a bucket that takes them.

    ## Why it matters
    The access log is the only record of who asked for what at the edge, with the address, the path and the answer. A
    log that is on and is refused by its bucket is noticed on the day that it is needed.

    ## Remediation
    Switch access_logs.s3.enabled on, and let the bucket's policy allow
    logdelivery.elasticloadbalancing.amazonaws.com to put objects under <prefix>/AWSLogs/<account>/. In older regions a
    policy that names the region's Elastic Load Balancing account still works.
    """
    for balancer in account.network.load_balancers:
        found = account.client("elbv2").describe_load_balancer_attributes(LoadBalancerArn=balancer.id)["Attributes"]
        values = {item["Key"]: item["Value"] for item in found}
        yield _delivered(account, balancer, values)


# Elastic Load Balancing's own account in us-east-1, which policies named before there was a service principal
ELB_ACCOUNT = "127311923021"


def _delivered(account, balancer, values):
    on, name = values.get("access_logs.s3.enabled"), values.get("access_logs.s3.bucket", "")
    evidence = [("elbv2:DescribeLoadBalancerAttributes", "access_logs.s3.enabled", on)]
    if on != "true":
        return failed(balancer.id, f"{balancer.name}: the access log is off", evidence=evidence)
    bucket = account.bucket(name)
    if bucket is None:
        return failed(balancer.id, f"{balancer.name}: the log's bucket {name} is not there", evidence=evidence)
    prefix = values.get("access_logs.s3.prefix", "")
    key = f"{prefix}/".lstrip("/") + f"AWSLogs/{account.id}/elasticloadbalancing/log.gz"
    context = {"aws:SourceAccount": account.id, "aws:SourceArn": balancer.id}
    try:
        decisions = [
            bucket.takes_from("logdelivery.elasticloadbalancing.amazonaws.com", key, context),
            bucket.takes_from(ELB_ACCOUNT, key, context),
        ]
    except CannotJudge as doubt:
        return unknown(balancer.id, f"{balancer.name}: cannot judge the policy of {name}: {doubt}")
    evidence.append(("s3:GetBucketPolicy", "Statement", decisions[0].because))
    if any(decision.allowed for decision in decisions):
        return passed(balancer.id, f"{balancer.name}: {name} takes its log", evidence=evidence)
    return failed(balancer.id, f"{balancer.name}: {name} refuses its log: {decisions[0].because}", evidence=evidence)
