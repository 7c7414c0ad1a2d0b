"""The box office where every machine could talk to every other.

You look after the network of a ticket seller. On Tuesday somebody got into an image resizer that everybody had
forgotten, in the VPC that came with the account. From there he went nowhere: luck, not design. The same evening your
colleagues tried what would have happened from a web server, and were in the orders' database eleven minutes later.
Nothing had stood between. The auditor who comes on Monday asks the same question in her own words: "Which machines can
reach the card data, who decides that, and how would you know?" The ticket says: "Put walls into the network. The box
office stays open."

The box office has four tiers in two Availability Zones. Buyers everywhere reach a load balancer at the edge on 443
(Amara, ticket sales, is called when they do not). It forwards to two web instances, these ask two app instances on
9000, and these the orders' database on 5432: a primary and its replica, which keep each other up to date (Tomas,
platform). The app takes payments from a provider on the internet over 443. The analysts have a VPC of their own,
peered with this one; their report reads the database at night (Lena, analytics). Operators must get a shell on every
machine (Priya, operations). The network team changes the network; developers look at it and restart machines (Rafael,
network).

Last year the network was well built, and what is left of that is worth keeping. Some of what looks odd was meant so.
Some of what looks fine, a log that is on, an alarm that is green, does nothing.
"""

from hardenlab import (
    Packet,
    Unjudged,
    ask,
    every,
    failed,
    invariant,
    misconfiguration,
    passed,
    question,
    scenario,
    unknown,
)

from ._box_office import (
    CORE_ACTIONS,
    allow,
    build,
    deliveries,
    document,
    flow_log,
    instance,
    log_requests,
    nat_alarm,
    new_group,
    peer,
    table_of,
)
from ._shop import CUSTOMERS, close_default_groups, halves, source, tcp

TUESDAY_NIGHT = 1_767_128_400  # 2025-12-30T21:00:00Z: the Tuesday before the Monday on which accounts are seeded
NETWORK_CHANGES = ("ec2:AuthorizeSecurityGroupIngress", "ec2:CreateRoute", "ec2:ReplaceNetworkAclEntry")
DAILY_WORK = ("ec2:DescribeSecurityGroups", "ec2:RebootInstances")


@scenario
def seed(account, vary):
    """Four tiers in two zones, a peered VPC of the analysts, logs, alarms, and roles that fit their people."""
    build(account, vary)
    close_default_groups(account)


@misconfiguration(fails={"vpc_default_vpc_unused"})
def forgotten_in_default_vpc(account, vary):
    """An image resizer that nobody calls any more still runs in the account's default VPC, with a public address."""
    ec2, vpc = account.client("ec2"), account.facts["default_vpc"]
    places = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    place = vary.choice("stray place", sorted(item["SubnetId"] for item in places))
    group = new_group(ec2, vpc, "resizer")
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[tcp(80) | source("0.0.0.0/0")])
    account.fact("stray_instance", instance(account, ec2, "resizer-old", place, [group], public=True))


@misconfiguration(fails={"vpc_subnet_private_stays_private"})
def private_subnets_routed_out(account, vary):
    """A web and a data subnet have a way out of their own: the edge's route table, or routes that somebody added."""
    ec2, facts = account.client("ec2"), account.facts
    web, data = vary.choice("routed web", facts["web_subnets"]), vary.choice("routed data", facts["data_subnets"])
    if vary.choice("web shape", ["the edge's table", "a route"]) == "a route":
        route(ec2, web, "0.0.0.0/0", GatewayId=facts["internet_gateway"])
    else:
        mine = ec2.describe_route_tables(Filters=[{"Name": "association.subnet-id", "Values": [web]}])["RouteTables"][0]
        association = next(item for item in mine["Associations"] if item.get("SubnetId") == web)
        ec2.replace_route_table_association(
            AssociationId=association["RouteTableAssociationId"], RouteTableId=table_of(ec2, facts["edge_subnets"][0])
        )
    shape = vary.choice("data shape", ["a NAT gateway", "halves"])
    if shape == "halves":
        for half in halves("0.0.0.0/0"):
            route(ec2, data, half, GatewayId=facts["internet_gateway"])
    else:
        route(ec2, data, "0.0.0.0/0", NatGatewayId=facts["nat_gateways"][0])


def route(ec2, place, block, **target):
    ec2.create_route(RouteTableId=table_of(ec2, place), DestinationCidrBlock=block, **target)


@misconfiguration(fails={"vpc_subnet_private_stays_private"})
def public_addresses_by_default(account, vary):
    """Whatever is launched in two of the private subnets gets a public address."""
    ec2, facts = account.client("ec2"), account.facts
    for place in (vary.choice("public app", facts["app_subnets"]), vary.choice("public data", facts["data_subnets"])):
        ec2.modify_subnet_attribute(SubnetId=place, MapPublicIpOnLaunch={"Value": True})


@misconfiguration(fails={"vpc_workload_survives_a_zone"})
def one_zone_carries_all(account, vary):
    """One web instance is no target of the balancer, and both app subnets go out by one NAT gateway."""
    ec2, facts = account.client("ec2"), account.facts
    lost = vary.number("lost zone", 0, 1)
    account.client("elbv2").deregister_targets(
        TargetGroupArn=facts["web_targets"], Targets=[{"Id": facts["web_instances"][lost]}]
    )
    other = vary.number("other zone", 0, 1)
    ec2.replace_route(
        RouteTableId=table_of(ec2, facts["app_subnets"][other]), DestinationCidrBlock="0.0.0.0/0",
        NatGatewayId=facts["nat_gateways"][1 - other],
    )  # fmt: skip


@misconfiguration(fails={"vpc_tier_reached_from_tier_before_only"})
def database_open_inside(account, vary):
    """The database's group admits the whole VPC, and more, where only the app and the reports have business."""
    wide = vary.choice("wide data", [account.facts["vpc_block"], "10.0.0.0/8"])
    rule = vary.choice("data shape", [tcp(5432), tcp(5000, 6000), tcp(4000, 65535)])
    authorize(account, "data_group", rule | source(wide))


@misconfiguration(fails={"vpc_tier_reached_from_tier_before_only"})
def app_open_inside(account, vary):
    """The app's group admits every machine inside, in two halves."""
    blocks = [{"CidrIp": half} for half in halves(account.facts["vpc_block"])]
    authorize(account, "app_group", vary.choice("app shape", [tcp(9000), tcp(8000, 10000)]) | {"IpRanges": blocks})


def authorize(account, fact, rule):
    account.client("ec2").authorize_security_group_ingress(GroupId=account.facts[fact], IpPermissions=[rule])


@misconfiguration(fails={"vpc_peering_routes_limited"})
def peering_routes_wide(account, vary):
    """The peering joins the two VPCs whole: every subnet of one has a route to every address of the other."""
    ec2, facts = account.client("ec2"), account.facts
    for tier in ("web", "app", "data"):
        for place in facts[f"{tier}_subnets"]:
            peer(ec2, table_of(ec2, place), facts["analytics_block"], facts["peering"])
    for place in (facts["reports_subnet"], facts["experiments_subnet"]):
        peer(ec2, table_of(ec2, place), facts["vpc_block"], facts["peering"])


@misconfiguration(fails={"vpc_flow_logs_complete"})
def flow_logs_incomplete(account, vary):
    """The box office's flow log looks well and tells half or nothing; the analysts' VPC has none."""
    ec2, facts = account.client("ec2"), account.facts
    shape = vary.choice("flow log shape", ["accepted only", "edge only", "may not write", "not trusted"])
    logs = ec2.describe_flow_logs()["FlowLogs"]
    unlogged = [item["FlowLogId"] for item in logs if item["ResourceId"] == facts["analytics_vpc"]]
    if shape in ("accepted only", "edge only"):
        ec2.delete_flow_logs(FlowLogIds=[*unlogged, *facts["flow_logs"]])
        if shape == "accepted only":
            flow_log(ec2, facts["tickets_vpc"], facts["flow_log_role"], traffic="ACCEPT")
        else:
            for place in facts["edge_subnets"]:
                flow_log(ec2, place, facts["flow_log_role"], kind="Subnet")
        return
    ec2.delete_flow_logs(FlowLogIds=unlogged)
    iam = account.client("iam")
    if shape == "may not write":
        iam.put_role_policy(
            RoleName="flow-logs", PolicyName="work",
            PolicyDocument=document(allow(["logs:CreateLogStream", "logs:DescribeLogGroups"])),
        )  # fmt: skip
    else:
        trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        iam.update_assume_role_policy(RoleName="flow-logs", PolicyDocument=document(trust))


@misconfiguration(fails={"elbv2_load_balancer_logs_delivered"})
def access_log_goes_nowhere(account, vary):
    """The balancer's access log is off, or on and its bucket no longer takes it."""
    shape = vary.choice("access log shape", ["off", "statement removed", "other prefix"])
    if shape == "off":
        log_requests(account, account.facts["logs_bucket"], on="false")
        return
    kept = deliveries(account)[1:]
    if shape == "other prefix":
        statement = deliveries(account)[0]
        kept.insert(0, statement | {"Resource": statement["Resource"].replace("/balancer/", "/elb/")})
    account.client("s3").put_bucket_policy(Bucket=account.facts["logs_bucket"], Policy=document(*kept))


@misconfiguration(fails={"ssm_instance_administered_out_of_band"})
def administered_by_bastion(account, vary):
    """Operators log in over SSH through a bastion, and the way by Session Manager has rotted."""
    ec2, facts = account.client("ec2"), account.facts
    bastion = account.fact("bastion_group", new_group(ec2, facts["tickets_vpc"], "bastion"))
    authorize(account, "bastion_group", tcp(22) | source(facts["office"]))
    for tier in ("web", "app", "data"):
        authorize(account, f"{tier}_group", tcp(22) | {"UserIdGroupPairs": [{"GroupId": bastion}]})
    place = vary.choice("bastion place", facts["edge_subnets"])
    account.fact("bastion_instance", instance(account, ec2, "bastion", place, [bastion], public=True))
    shape = vary.choice("rotten", ["group", "endpoint", "role"])
    if shape == "group":
        rules = ec2.describe_security_groups(GroupIds=[facts["endpoints_group"]])["SecurityGroups"][0]
        ec2.revoke_security_group_ingress(GroupId=facts["endpoints_group"], IpPermissions=rules["IpPermissions"])
    elif shape == "endpoint":
        ec2.delete_vpc_endpoints(VpcEndpointIds=[vary.choice("missing endpoint", facts["endpoints"])])
    else:
        account.client("iam").put_role_policy(
            RoleName="tickets-instance", PolicyName="work", PolicyDocument=document(allow(CORE_ACTIONS[:1]))
        )


@misconfiguration(fails={"iam_network_changes_limited"})
def network_open_to_developers(account, vary):
    """Developers and the release pipeline may change groups and routes."""
    iam = account.client("iam")
    shape = vary.choice("developers' shape", ["everything", "everything but", "a deny that never fits"])
    statements = [allow("ec2:*")]
    if shape == "everything but":
        statements = [{"Effect": "Allow", "NotAction": ["iam:*", "s3:*", "organizations:*"], "Resource": "*"}]
    elif shape == "a deny that never fits":
        never = {"StringEquals": {"aws:RequestedRegion": "eu-central-2"}}
        changes = ["ec2:*SecurityGroup*", "ec2:*Route*", "ec2:*NetworkAcl*"]
        statements.append({"Effect": "Deny", "Action": changes, "Resource": "*", "Condition": never})
    iam.put_role_policy(RoleName="developers", PolicyName="unblock", PolicyDocument=document(*statements))
    widened = vary.choice("pipeline's shape", ["ec2:*SecurityGroup*", "ec2:Authorize*"])
    iam.put_role_policy(RoleName="release-pipeline", PolicyName="open-ports", PolicyDocument=document(allow(widened)))


@misconfiguration(fails={"cloudwatch_network_alarms_act"})
def alarms_that_tell_nobody(account, vary):
    """Two of three alarms are there and will call nobody."""
    facts = account.facts
    number = vary.number("deaf gateway", 1, 2)
    nat, label = facts["nat_gateways"][number - 1], f"nat-{number}-out-of-ports"
    if vary.choice("deaf shape", ["nobody listens", "a gateway that is gone"]) == "nobody listens":
        topic = account.client("sns").create_topic(Name="on-duty-2023")["TopicArn"]
        nat_alarm(account, label, nat, AlarmActions=[topic])
    else:
        nat_alarm(account, label, "nat-0123456789abcdef0")
    quiet = vary.choice("quiet alarm", [f"nat-{3 - number}-out-of-ports", "tickets-unhealthy"])
    account.client("cloudwatch").disable_alarm_actions(AlarmNames=[quiet])


@invariant
def buyers_reach_the_box_office(account):
    """Buyers everywhere reach the box office on 443, and the balancer its web instances (Amara, ticket sales)."""
    network = account.network
    balancer = next((item for item in network.load_balancers if item.id == account.facts["balancer"]), None)
    if balancer is None or not any(listener.port == 443 for listener in balancer.listeners):
        yield failed(account.facts["balancer"], "nothing listens on 443 any more")
        return
    for block in CUSTOMERS:
        yield works(network, balancer.id, source=every(block), to=balancer, port=443)
    if not any(balancer.targets.values()):
        yield failed(balancer.id, "the balancer has no target left")
    for web in tier(account, "web"):
        yield web if is_finding(web) else works(network, web.id, source=balancer, to=web, port=8080)


@invariant
def box_office_reaches_its_orders(account):
    """Web asks app on 9000, app the orders on 5432, and primary and replica each other (Tomas, platform)."""
    yield from between(account, "web", "app", 9000)
    yield from between(account, "app", "data", 5432)
    yield from between(account, "data", "data", 5432)


@invariant
def payments_are_taken(account):
    """Both app instances reach the payment provider over 443 (Tomas, platform)."""
    for app in tier(account, "app"):
        to = account.facts["payment_provider"]
        yield app if is_finding(app) else works(account.network, app.id, source=app, to=to, port=443)


@invariant
def analysts_read_the_orders(account):
    """The analysts' report reads primary and replica on 5432, through the peering (Lena, analytics)."""
    report = account.network.instances.get(account.facts["reports_instance"])
    if report is None:
        yield failed(account.facts["reports_instance"], "the instance is gone")
        return
    for orders in tier(account, "data"):
        yield orders if is_finding(orders) else works(account.network, orders.id, source=report, to=orders, port=5432)


@invariant
def operators_reach_every_machine(account):
    """Operators get a shell on every machine: by Session Manager, or over SSH from the bastion (Priya, operations)."""
    may = account.iam.may(account.facts["operators_role"], "ssm:StartSession")
    bastion = account.network.instances.get(account.facts.get("bastion_instance", ""))
    for machine in (item for label in ("web", "app", "data") for item in tier(account, label)):
        if is_finding(machine):
            yield machine
            continue
        by_session = account.session_manager.reaches(machine)
        if may.allowed and by_session.holds:
            yield passed(machine.id, f"{machine.name}: {by_session.because}")
        elif bastion is not None and enters(account, bastion) and through(account, bastion, machine):
            yield passed(machine.id, f"{machine.name}: over SSH from the bastion")
        else:
            yield failed(
                machine.id, f"{machine.name}: no shell: {may.because if not may.allowed else by_session.because}"
            )


@invariant
def people_do_their_work(account):
    """The network team changes the network; developers look at it and restart machines (Rafael, network)."""
    for fact, actions in (("network_role", NETWORK_CHANGES), ("developers_role", DAILY_WORK)):
        arn = account.facts[fact]
        if arn not in account.iam.roles:
            yield failed(arn, "the role is gone")
            continue
        for action in actions:
            decision = account.iam.may(arn, action, resource_of(account, action))
            yield (passed if decision.allowed else failed)(arn, decision.because)


def resource_of(account, action):
    """The ARN that an action is about; describing is about everything."""
    arn = f"arn:aws:ec2:us-east-1:{account.id}"
    if "Describe" in action:
        return "*"
    kinds = {"SecurityGroup": f"security-group/{account.facts['app_group']}", "Instances": "instance/i-1"}
    found = next((value for kind, value in kinds.items() if kind in action), "route-table/rtb-1")
    return f"{arn}:{found if 'Acl' not in action else 'network-acl/acl-1'}"


@question
def crossing_flow(account, vary):
    """Who spoke to the database without business there?"""
    machines = account.network.instances
    web = vary.choice("crossing web", account.facts["web_instances"])
    address = {id: machines.get(id).private_address for id in machines_of(account)}
    because = {
        address[app]: "the app asks the database: that is Tomas's flow" for app in account.facts["app_instances"]
    }
    because |= {address[id]: "primary and replica speak to each other" for id in account.facts["data_instances"]}
    because[address[account.facts["reports_instance"]]] = "the report reads the orders at night: that is Lena's flow"
    because[address[account.facts["notebook_instance"]]] = "it was refused: REJECT means that nothing was said"
    write_flows(account, vary, address, web)
    return ask(
        "Read the flow log of Tuesday night: logs.get_log_events on the stream 'tuesday' of lab.facts['log_group']. "
        "One machine spoke to the database, was let in, and has no business there. Which private address has it?",
        answer=address[web],
        because=because,
    )


def machines_of(account):
    facts = account.facts
    tiers = (*facts["web_instances"], *facts["app_instances"], *facts["data_instances"])
    return (*tiers, facts["reports_instance"], facts["notebook_instance"])


def write_flows(account, vary, address, intruder):
    """An hour of flow log records: the flows of the story with their replies, one that was refused, one too many."""
    facts, logs = account.facts, account.client("logs")
    orders = facts["data_instances"]
    flows = [(web, app, 9000, "ACCEPT") for web in facts["web_instances"] for app in facts["app_instances"]]
    flows += [(app, one, 5432, "ACCEPT") for app in facts["app_instances"] for one in orders]
    flows += [(*orders, 5432, "ACCEPT"), (*reversed(orders), 5432, "ACCEPT")]
    flows += [(facts["reports_instance"], one, 5432, "ACCEPT") for one in orders]
    flows += [(facts["notebook_instance"], vary.choice("refused", orders), 5432, "REJECT")]
    flows += [(intruder, vary.choice("crossed", orders), 5432, "ACCEPT")]
    start, records = TUESDAY_NIGHT, []
    for at, (here, there, port, action) in enumerate(vary.shuffled("flows", flows)):
        client, begin = vary.number(f"client {at}", 32768, 60999), start + at * 60
        size = vary.number(f"size {at}", 800, 90_000)
        tail = f"6 {size // 700 + 1} {size} {begin} {begin + 59} {action} OK"
        records.append(f"2 {account.id} eni-{at:017x} {address[here]} {address[there]} {client} {port} {tail}")
        if action == "ACCEPT":
            records.append(f"2 {account.id} eni-{at:017x} {address[there]} {address[here]} {port} {client} {tail}")
    logs.create_log_stream(logGroupName=facts["log_group"], logStreamName="tuesday")
    events = [{"timestamp": (start + at) * 1000, "message": text} for at, text in enumerate(records)]
    logs.put_log_events(logGroupName=facts["log_group"], logStreamName="tuesday", logEvents=events)


@question
def audit_scope(account, vary):
    """How many machines could reach the database as you found it?"""
    network, orders = account.network, account.facts["data_instances"]
    reached = [
        machine
        for machine in network.instances
        if machine.id not in orders
        and any(network.witness(source=machine, to=network.instances.get(one), port=5432) for one in orders)
    ]
    return ask(
        "Before you change anything: how many running instances could open a connection to port 5432 of at least one "
        "of the two database instances, those two themselves not counted? All of them are in the auditor's scope.",
        answer=len(reached),
        because={
            3: "two app instances and the report have business there; how many could go there is more than that",
            len(network.instances): "all of them would be too many: some have no route, and the two are not counted",
        },
    )


PACKETS = {
    "asked": "a buyer opens a connection to 443",
    "answered": "the answer to that buyer, from 443 to his port 50000",
    "ssh": "a stranger opens a connection to 22",
    "mail": "the machine opens a connection to a mail server's 25",
    "high in": "a stranger opens a connection to port 40000",
    "udp": "a stranger's UDP packet to 443",
    "high out": "the machine opens a connection to a stranger's 61000",
}


@question
def which_packets_pass(account, vary):
    """Which packets does the ACL let through, and the group not?"""
    low = vary.choice("low", [1024, 32768])
    text = (
        "A subnet's network ACL allows TCP 443 in from anywhere, TCP "
        f"{low}-65535 in from anywhere, and TCP {low}-65535 out to anywhere; nothing else. The machine in it carries a "
        "group that allows TCP 443 in from anywhere and has no outbound rule. Which packets does the ACL alone let "
        "through although the group would drop them?"
    )
    names = dict(zip(vary.shuffled("packets", list(PACKETS)), "abcdefg", strict=True))
    because = {
        "asked": "both let it in: there is a rule for 443 in each",
        "answered": "the group lets it out, without any rule: it remembers the connection that it let in",
        "ssh": "the ACL has no entry for port 22, and what no entry allows is denied",
        "mail": f"the ACL lets out {low}-65535 only",
        "udp": "the ACL's entries are for TCP",
    }
    return ask(
        text,
        choices={letter: PACKETS[packet] for packet, letter in sorted(names.items(), key=lambda item: item[1])},
        answer=[names["high in"], names["high out"]],
        because={names[packet]: why for packet, why in because.items()},
    )


def is_finding(thing):
    return hasattr(thing, "verdict")


def tier(account, label):
    """The tier's instances; a finding in the place of one that is gone."""
    for id in account.facts[f"{label}_instances"]:
        found = account.network.instances.get(id)
        yield failed(id, "the instance is gone") if found is None else found


def between(account, here, there, port):
    """Every instance of one tier reaches every other of the next."""
    for start in tier(account, here):
        if is_finding(start):
            yield start
            continue
        for end in tier(account, there):
            if not is_finding(end) and end.id != start.id:
                yield works(account.network, end.id, source=start, to=end, port=port)


def enters(account, bastion):
    office = every(account.facts["office"])
    return isinstance(account.network.works(source=office, to=bastion, port=22), Packet)


def through(account, bastion, machine):
    return isinstance(account.network.works(source=bastion, to=machine, port=22), Packet)


def works(network, resource, **flow):
    """Whether a flow works, with the packet that gets through or what stops it."""
    try:
        answer = network.works(**flow)
    except Unjudged as doubt:
        return unknown(resource, str(doubt))
    if isinstance(answer, Packet):
        return passed(resource, f"works on port {flow['port']}", witness=answer)
    return failed(resource, f"does not work on port {flow['port']}: {answer}", witness=answer)
