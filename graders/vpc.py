"""Controls of a virtual private cloud as a whole: tiers, routes, zones, peerings, flow logs."""

from hardenlab import HIGH, MEDIUM, PATH, RESOURCE, CannotJudge, Unjudged, control, failed, passed, unknown

# who may open connections to a tier, and where; administration is another control's
ADMINISTRATION = (22, 3389)
PORTS = {"web": 8080, "app": 9000, "data": 5432}
BEFORE = {"web": (), "app": ("web",), "data": ("app", "data")}
WRITES = ("logs:CreateLogStream", "logs:PutLogEvents")
# what a record must say to be of use, and the fields that say it
SAID = {"from whom": ("srcaddr", "pkt-srcaddr"), "to whom": ("dstaddr", "pkt-dstaddr"), "the action": ("action",)}


@control(
    severity=MEDIUM,
    layer=RESOURCE,
    references=("course 3.1", "AWS VPC: Default VPCs", "AWS VPC: Delete your default subnets and default VPC"),
)
def vpc_default_vpc_unused(account):
    """Nothing runs in the default VPC.

    ## Why it matters
    The default VPC is made for trying things out: every subnet is public, and whatever is launched there has a public
    address. Nobody designed it, so nobody watches it, and what was forgotten is usually forgotten there.

    ## Remediation
    Move what is still needed to a VPC that was designed, terminate what is not. Then the default VPC itself may go: it
    can be made again.
    """
    defaults = [vpc for vpc in account.network.vpcs if vpc.is_default]
    if not defaults:
        yield passed("account", "there is no default VPC in this region")
    for vpc in defaults:
        inside = [
            machine
            for machine in account.network.instances
            if any(face.subnet.vpc == vpc.id for face in machine.interfaces)
        ]
        if inside:
            names = ", ".join(f"{machine.id} ({machine.name})" for machine in inside)
            evidence = [("ec2:DescribeInstances", "VpcId", f"{machine.id} {vpc.id}") for machine in inside]
            yield failed(vpc.id, f"in the default VPC runs {names}", evidence=evidence)
        else:
            yield passed(vpc.id, "nothing runs in the default VPC")


@control(
    severity=HIGH,
    layer=RESOURCE,
    references=(
        "SecurityHub EC2.15",
        "course 3.3",
        "course 3.6",
        "course 3.7",
        "AWS VPC: Subnets for your VPC",
        "AWS VPC: Configure route tables",
    ),
)
def vpc_subnet_private_stays_private(account):
    """No private subnet leads to an internet gateway or gives public addresses, and the database's leads nowhere.

    ## Why it matters
    A subnet is private because of its route table and for no other reason. One route to an internet gateway makes it
    public, whatever its name says, and a public address on a machine in it does the rest. A database that can reach
    the internet, even through a NAT gateway, can be copied out.

    ## Remediation
    Take the routes to the internet gateway out of private route tables, or associate the subnet with a table that has
    none. App subnets go out through a NAT gateway, data subnets not at all. Switch MapPublicIpOnLaunch off.
    """
    for tier in ("web", "app", "data"):
        for subnet in _subnets(account, tier):
            out = _way_out(account.network, subnet, strict=tier == "data")
            if out:
                evidence = [("ec2:DescribeRouteTables", "Routes", f"{subnet.routes.id} {out}")]
                yield failed(subnet.id, f"{subnet.name}: its route {out} leads to the internet", evidence=evidence)
            elif subnet.maps_public_ip:
                evidence = [("ec2:DescribeSubnets", "MapPublicIpOnLaunch", True)]
                yield failed(subnet.id, f"{subnet.name}: gives machines a public address", evidence=evidence)
            else:
                yield passed(subnet.id, f"{subnet.name}: private")


@control(
    severity=MEDIUM,
    layer=RESOURCE,
    references=(
        "SecurityHub ELB.13",
        "course 3.21",
        "AWS VPC: NAT gateway basics",
        "AWS Elastic Load Balancing: Availability Zones and load balancer nodes",
    ),
)
def vpc_workload_survives_a_zone(account):
    """The balancer has targets in two zones, and every app subnet goes out by a NAT gateway of its own zone.

    ## Why it matters
    A balancer in two zones looks safe, and is not when all its targets stand in one of them. A NAT gateway lives in one
    zone as well: subnets of other zones that go out through it fall silent with it, and pay for the traffic between.

    ## Remediation
    Register targets of both zones with the target group. Give each zone a NAT gateway, and point the default route of
    its private subnets at it.
    """
    network = account.network
    for balancer in network.load_balancers:
        targets = [network.instances.get(id) for group in balancer.targets.values() for id, _ in group]
        zones = {face.subnet.zone for machine in targets if machine and machine.running for face in machine.interfaces}
        names = ", ".join(machine.id for machine in targets if machine)
        evidence = [("elbv2:DescribeTargetHealth", "Target.Id", names)]
        if len(zones) >= 2 and len({node.subnet.zone for node in balancer.interfaces}) >= 2:
            yield passed(balancer.id, f"{balancer.name}: targets run in {_words(zones)}", evidence=evidence)
        else:
            yield failed(balancer.id, f"{balancer.name}: targets run only in {_words(zones)}", evidence=evidence)
    for subnet in _subnets(account, "app"):
        gateways = [network.nat_gateways.get(route.target) for route in subnet.routes.routes]
        zones = {gateway.subnet.zone for gateway in gateways if gateway}
        if zones == {subnet.zone}:
            yield passed(subnet.id, f"{subnet.name}: goes out by a NAT gateway in its own zone")
        else:
            evidence = [("ec2:DescribeRouteTables", "Routes", "; ".join(str(route) for route in subnet.routes.routes))]
            yield failed(
                subnet.id,
                f"{subnet.name} in {subnet.zone} goes out by {_words(zones)}",
                evidence=evidence,
            )


@control(
    severity=HIGH,
    layer=PATH,
    references=(
        "course 3.3",
        "course 3.8",
        "AWS VPC: Security group rules",
        "AWS VPC: Infrastructure security in Amazon VPC",
    ),
)
def vpc_tier_reached_from_tier_before_only(account):
    """Each tier is reached by the tier before it, on its one port, and by nobody else inside.

    Judged from end to end, from every machine and from any host that could stand in any subnet. Ports 22 and 3389 are
    judged elsewhere.

    ## Why it matters
    Whoever takes over one machine looks around from it. If every machine inside may talk to every other, the first one
    that falls gives him the database; if each speaks to its neighbours only, he has to break the next wall as well, and
    is seen doing it.

    ## Remediation
    In each tier's group name the group of the tier before it as the source, on the one port that is needed, and revoke
    the rules that name the VPC's block or other wide ranges.
    """
    network = account.network
    first = account.facts["web_instances"]  # where an intruder would stand: his packet tells most
    sources = [*sorted(network.instances, key=lambda machine: machine.id not in first), *network.subnets]
    for tier in ("web", "app", "data"):
        welcome = _welcome(account, tier)
        for id in account.facts[f"{tier}_instances"]:
            machine = network.instances.get(id)
            if machine is not None:
                yield _walled(network, machine, sources, welcome, PORTS[tier])


@control(
    severity=MEDIUM,
    layer=RESOURCE,
    references=("CIS v5.0 5.6", "course 3.8", "AWS VPC: VPC peering connection route tables"),
)
def vpc_peering_routes_limited(account):
    """Routes through the peering lead from the report to the database's subnets and back, and no further.

    ## Why it matters
    A peering joins two networks with two owners. With routes for the whole of each, whatever falls on one side stands
    in the other; security groups are then the only wall, and each of them a wall that somebody else may open.

    ## Remediation
    Replace the routes for the other VPC's block by routes for the subnets that a flow needs, and keep them out of the
    tables of subnets that take no part in it.
    """
    network, facts = account.network, account.facts
    needed = {id: [facts["reports_subnet"]] for id in facts["data_subnets"]}
    needed[facts["reports_subnet"]] = facts["data_subnets"]
    for subnet in network.subnets:
        if subnet.vpc not in (facts["tickets_vpc"], facts["analytics_vpc"]):
            continue
        beyond = _beyond(network, subnet, needed.get(subnet.id, []))
        if beyond:
            evidence = [("ec2:DescribeRouteTables", "Routes", f"{subnet.routes.id} {beyond}")]
            yield failed(subnet.id, f"{subnet.name}: {beyond} leads further than a flow needs", evidence=evidence)
        else:
            yield passed(subnet.id, f"{subnet.name}: no route through the peering that no flow needs")


@control(
    severity=MEDIUM,
    layer=RESOURCE,
    references=(
        "SecurityHub EC2.6",
        "CIS v5.0 3.7",
        "course 3.5",
        "course 3.24",
        "AWS VPC: Logging IP traffic using VPC Flow Logs",
    ),
)
def vpc_flow_logs_complete(account):
    """Flow logs of every VPC record accepted and rejected traffic of all its subnets, and arrive.

    ## Why it matters
    Flow logs are how you find out who spoke to whom. A log of accepted traffic hides the scan before the break-in; a
    log of one subnet hides the others; a log whose role may not write is an empty log with a reassuring name.

    ## Remediation
    Create a flow log for the VPC with TrafficType ALL. Delivery to CloudWatch Logs needs a role that
    vpc-flow-logs.amazonaws.com may assume and that may create log streams and put log events; delivery to S3 needs a
    bucket that exists.
    """
    logs = account.client("ec2").describe_flow_logs()["FlowLogs"]
    for vpc in account.network.vpcs:
        subnets = {subnet.id for subnet in account.network.subnets if subnet.vpc == vpc.id}
        mine = [log for log in logs if log["ResourceId"] == vpc.id or log["ResourceId"] in subnets]
        yield _logged(account, vpc, subnets, mine)


def _subnets(account, tier):
    found = (account.network.subnets.get(id) for id in account.facts[f"{tier}_subnets"])
    return [subnet for subnet in found if subnet is not None]


def _way_out(network, subnet, *, strict):
    """A route of the subnet that leads to the internet: strictly by anything, else by an internet gateway."""
    ways = ("igw-", "nat-", "eigw-") if strict else ("igw-",)
    for family in ("ipv4", "ipv6"):
        for route, spans in subnet.routes.by_target(family):
            if spans and route.alive and route.target.startswith(ways):
                return route
    return None


def _words(zones):
    return " and ".join(sorted(zones)) or "no zone"


def _welcome(account, tier):
    """The sources that may open connections to a tier: instances, and subnets in the place of their machines."""
    facts = account.facts
    allowed = {id for before in BEFORE[tier] for id in (*facts[f"{before}_instances"], *facts[f"{before}_subnets"])}
    if tier == "web":
        allowed |= set(facts["edge_subnets"])  # the balancer's nodes stand there
    if tier == "data":
        allowed |= {facts["reports_instance"], facts["reports_subnet"]}
    return allowed


def _walled(network, machine, sources, welcome, port):
    """Nobody reaches the machine but who is welcome, on the one port."""
    for source in sources:
        if source.id == machine.id:
            continue
        spared = (*ADMINISTRATION, port) if source.id in welcome else ADMINISTRATION
        try:
            ports = network.open_ports(machine, source).beyond(tcp=spared)
            if not ports:
                continue
            protocol, ranges = next(iter(ports.items()))
            packet = network.witness(source=source, to=machine, port=ranges[0][0], protocol=protocol)
        except Unjudged as doubt:
            return unknown(machine.id, f"{machine.name}: cannot judge {source.id}: {doubt}")
        return failed(
            machine.id,
            f"{machine.name}: {source.name or source.id} reaches it on {ports}",
            evidence=[("ec2:DescribeSecurityGroups", "IpPermissions", packet.hops[-1] if packet else ports)],
            witness=packet,
        )
    return passed(machine.id, f"{machine.name}: reached by the tier before it only")


def _beyond(network, subnet, wanted):
    """A route through a peering for addresses outside the subnets that are wanted."""
    for family in ("ipv4", "ipv6"):
        for route, spans in subnet.routes.by_target(family):
            if not route.target.startswith("pcx-") or not route.alive:
                continue
            for id in wanted:
                there = network.subnets.get(id)
                spans = spans - there.blocks[family] if there is not None else spans
            if spans:
                return route
    return None


def _logged(account, vpc, subnets, logs):
    """Whether the logs together record both kinds of traffic everywhere in the VPC, and arrive."""
    evidence = [
        ("ec2:DescribeFlowLogs", "ResourceId, TrafficType", f"{log['ResourceId']} {log['TrafficType']}") for log in logs
    ]
    label = vpc.name or ("the default VPC" if vpc.is_default else vpc.id)
    if not logs:
        return failed(vpc.id, f"{label}: no flow log records its traffic")
    arriving, problems = [], []
    for log in logs:
        try:
            problem = _silence(account, log)
        except CannotJudge as doubt:
            return unknown(vpc.id, f"{label}: cannot judge the delivery of {log['FlowLogId']}: {doubt}")
        problems += [f"{log['FlowLogId']} tells nothing: {problem}"] if problem else []
        arriving += [] if problem else [log]
    for kind, word in (("ACCEPT", "accepted"), ("REJECT", "rejected")):
        recorded = {log["ResourceId"] for log in arriving if log["TrafficType"] in ("ALL", kind)}
        if vpc.id not in recorded and not (subnets and subnets <= recorded):
            why = f" ({problems[0]})" if problems else ""
            return failed(vpc.id, f"{label}: {word} traffic is not recorded everywhere{why}", evidence=evidence)
    return passed(vpc.id, f"{label}: accepted and rejected traffic is recorded", evidence=evidence)


def _silence(account, log):
    """What keeps a flow log from telling; empty when nothing does. CannotJudge: its destination is not known here."""
    written = log.get("LogFormat", "")
    unsaid = [field for field, ways in SAID.items() if written and not any(f"${{{way}}}" in written for way in ways)]
    if unsaid:
        return f"its format leaves out {unsaid[0]}"
    if log.get("LogDestinationType") == "s3":
        bucket = log["LogDestination"].split(":::", 1)[-1].split("/", 1)[0]
        return "" if account.bucket(bucket) else f"there is no bucket {bucket}"
    if log.get("LogDestinationType") != "cloud-watch-logs":
        raise CannotJudge(f"it goes to {log.get('LogDestinationType')}")
    group = f"arn:aws:logs:{account.region}:{account.id}:log-group:{log.get('LogGroupName', '')}:*"
    context = {"aws:SourceArn": f"arn:aws:ec2:{account.region}:{account.id}:vpc-flow-log/{log['FlowLogId']}"}
    role = log.get("DeliverLogsPermissionArn", "")
    trusted = account.iam.service_may_assume("vpc-flow-logs.amazonaws.com", role, context)
    if not trusted.allowed:
        return trusted.because
    decisions = (account.iam.may(role, action, group) for action in WRITES)
    return next((item.because for item in decisions if not item.allowed), "")
