"""The news site that was down for an evening.

You look after the edge of a regional news site. On election night it was down: first a flood that nobody could stop,
because nobody knew whom to call; then somebody tried passwords and odd addresses on the editors' page, and posted
scripts into the comments. A week later the hosting bill showed gigabytes sent from an app server to an address that
nobody knows. There was a web ACL, and there was a firewall. Both had been bought, both were on. The ticket says: "Make
what we have work, and find out which of it does what."

Readers everywhere open the site over 443 and post comments, a few thousand characters long (Selma, editor in chief).
Editors open `/admin` from the office, and only from there (Aron, newsroom). The app servers fetch the weather and the
election results from two providers on the internet, and nothing else (Mila, platform). Readers of two countries must
not be served, by the terms of a licence; the lawyers named them.

A rule that only counts, a firewall that no route leads through, an emergency contact without a telephone: all of that
is there, and green.
"""

from hardenlab import (
    INTERNET,
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

from ._box_office import document, nat_gateway, new_group, subnet, table_of
from ._newsroom import (
    GOOD_READER,
    build_web_acl,
    change_rule,
    first_rules,
    log_web_acl,
    update_rules,
)
from ._shop import CUSTOMERS, group, name, source, tcp

TEAM_POLICY = "arn:aws:iam::aws:policy/service-role/AWSShieldDRTAccessPolicy"
CONTACT = {"EmailAddress": "duty@newsroom.example", "PhoneNumber": "+4930123456", "ContactNotes": "day and night"}


@scenario
def seed(account, vary):
    """A site behind a balancer with a web ACL, app servers behind a firewall, and Shield Advanced."""
    account.fact("office", str(vary.office("office")))
    account.fact("hostile_range", vary.choice("hostile", ["45.155.204.0/24", "91.92.240.0/22", "185.220.100.0/23"]))
    account.fact("blocked_countries", vary.sample("countries", ["AU", "BR", "CA", "JP", "NZ", "ZA"], 2))
    results = vary.choice("results", ["results.example", "ballots.example", "count.example"])
    account.fact("allowed_domains", sorted([f"api.{results}", "feed.weather.example"]))
    build_network(account, vary)
    build_site(account, vary)
    build_firewall(account, vary)
    build_web_acl(account, vary)
    build_shield(account, vary)


def build_network(account, vary):
    """Edge, app, firewall and NAT subnets. The app goes out through the firewall, and answers come back through it."""
    ec2, network = account.client("ec2"), vary.network("news")
    vpc = account.fact("news_vpc", ec2.create_vpc(CidrBlock=str(network))["Vpc"]["VpcId"])
    name(ec2, vpc, "news")
    gateway = account.fact("internet_gateway", ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"])
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    blocks = iter(vary.sample("blocks", list(network.subnets(new_prefix=24))[:80], 5))
    places = {"edge-a": "a", "edge-b": "b", "app": "a", "firewall": "a", "nat": "a"}
    made = {label: subnet(ec2, vpc, str(next(blocks)), f"us-east-1{zone}", label) for label, zone in places.items()}
    for label in ("edge-a", "edge-b", "nat"):
        table = table_of(ec2, made[label]["SubnetId"])
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    account.fact("edge_subnets", [made["edge-a"]["SubnetId"], made["edge-b"]["SubnetId"]])
    for label in ("app", "firewall", "nat"):
        account.fact(f"{label}_subnet", made[label]["SubnetId"])
        account.fact(f"{label}_block", made[label]["CidrBlock"])
    account.fact("nat_gateway", nat_gateway(ec2, made["nat"]["SubnetId"]))


def build_site(account, vary):
    """The balancer, an app server that also serves the pages, and a balancer of the developers."""
    ec2, elbv2, facts = account.client("ec2"), account.client("elbv2"), account.facts
    door, app = new_group(ec2, facts["news_vpc"], "door"), new_group(ec2, facts["news_vpc"], "app")
    ec2.authorize_security_group_ingress(GroupId=door, IpPermissions=[tcp(443) | source("0.0.0.0/0")])
    ec2.authorize_security_group_ingress(GroupId=app, IpPermissions=[tcp(8080) | group(door)])
    face = {"DeviceIndex": 0, "SubnetId": facts["app_subnet"], "Groups": [app], "AssociatePublicIpAddress": False}
    server = ec2.run_instances(
        ImageId="ami-04681a1dbd79675a5", InstanceType="t3.small", MinCount=1, MaxCount=1, NetworkInterfaces=[face],
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "app-1"}]}],
    )["Instances"][0]["InstanceId"]  # fmt: skip
    account.fact("app_instance", server)
    certificate = account.client("acm").request_certificate(DomainName="news.example")["CertificateArn"]
    targets = elbv2.create_target_group(Name="app", Protocol="HTTP", Port=8080, VpcId=facts["news_vpc"])
    arn = targets["TargetGroups"][0]["TargetGroupArn"]
    elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": server}])
    for label in vary.shuffled("balancers", ["site", "dev"]):
        made = elbv2.create_load_balancer(Name=label, Subnets=facts["edge_subnets"], SecurityGroups=[door])
        account.fact(f"{label}_balancer", made["LoadBalancers"][0]["LoadBalancerArn"])
    elbv2.create_listener(
        LoadBalancerArn=facts["site_balancer"], Protocol="HTTPS", Port=443,
        Certificates=[{"CertificateArn": certificate}], DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}],
    )  # fmt: skip


def build_firewall(account, vary):
    """A firewall that lets the app ask two names and drops the rest; routes lead through it, both ways."""
    ec2, firewall, facts = account.client("ec2"), account.client("network-firewall"), account.facts
    account.fact("domain_group", make_group(firewall, "providers", facts["allowed_domains"], "ALLOWLIST"))
    policy = firewall.create_firewall_policy(
        FirewallPolicyName="egress", FirewallPolicy=policy_of([facts["domain_group"]])
    )["FirewallPolicyResponse"]["FirewallPolicyArn"]
    account.fact("firewall_policy", policy)
    made = firewall.create_firewall(
        FirewallName="egress", FirewallPolicyArn=policy, VpcId=facts["news_vpc"],
        SubnetMappings=[{"SubnetId": facts["firewall_subnet"]}], DeleteProtection=True,
    )["Firewall"]["FirewallArn"]  # fmt: skip
    account.fact("firewall", made)
    states = firewall.describe_firewall(FirewallArn=made)["FirewallStatus"]["SyncStates"]
    endpoint = account.fact("firewall_endpoint", next(iter(states.values()))["Attachment"]["EndpointId"])
    ec2.create_route(
        RouteTableId=table_of(ec2, facts["app_subnet"]), DestinationCidrBlock="0.0.0.0/0", VpcEndpointId=endpoint
    )
    ec2.create_route(
        RouteTableId=table_of(ec2, facts["firewall_subnet"]), DestinationCidrBlock="0.0.0.0/0",
        NatGatewayId=facts["nat_gateway"],
    )  # fmt: skip
    ec2.create_route(
        RouteTableId=table_of(ec2, facts["nat_subnet"]), DestinationCidrBlock=facts["app_block"], VpcEndpointId=endpoint
    )
    logs = account.client("logs")
    for kind in ("alert", "flow"):
        logs.create_log_group(logGroupName=f"/firewall/{kind}")
    log_firewall(account, "ALERT", "FLOW")


def make_group(firewall, label, targets, kind):
    rules = {
        "RulesSource": {
            "RulesSourceList": {
                "Targets": targets, "TargetTypes": ["TLS_SNI", "HTTP_HOST"], "GeneratedRulesType": kind,
            }
        }
    }  # fmt: skip
    made = firewall.create_rule_group(RuleGroupName=label, Type="STATEFUL", Capacity=100, RuleGroup=rules)
    return made["RuleGroupResponse"]["RuleGroupArn"]


def policy_of(groups, *, fragments="aws:forward_to_sfe"):
    return {
        "StatelessDefaultActions": ["aws:forward_to_sfe"], "StatelessFragmentDefaultActions": [fragments],
        "StatefulRuleGroupReferences": [{"ResourceArn": arn} for arn in groups],
    }  # fmt: skip


def put_policy(account, **changes):
    """Write the firewall's policy anew."""
    firewall = account.client("network-firewall")
    found = firewall.describe_firewall_policy(FirewallPolicyArn=account.facts["firewall_policy"])
    firewall.update_firewall_policy(
        FirewallPolicyArn=account.facts["firewall_policy"], UpdateToken=found["UpdateToken"],
        FirewallPolicy=found["FirewallPolicy"] | changes,
    )  # fmt: skip


def log_firewall(account, *kinds):
    """Log these kinds; destinations are added and taken one by one, as the API wants it."""
    firewall, facts, done = account.client("network-firewall"), account.facts, []
    for kind in kinds:
        destination = {"logGroup": f"/firewall/{kind.lower()}"}
        done.append({"LogType": kind, "LogDestinationType": "CloudWatchLogs", "LogDestination": destination})
        firewall.update_logging_configuration(
            FirewallArn=facts["firewall"], LoggingConfiguration={"LogDestinationConfigs": list(done)}
        )


def build_shield(account, vary):
    """Shield Advanced for the site and its NAT address, and a response team that may help."""
    ec2, shield, facts = account.client("ec2"), account.client("shield"), account.facts
    shield.create_subscription()
    nat = ec2.describe_nat_gateways(NatGatewayIds=[facts["nat_gateway"]])["NatGateways"][0]
    allocation = nat["NatGatewayAddresses"][0]["AllocationId"]
    account.fact("nat_address", f"arn:aws:ec2:us-east-1:{account.id}:eip-allocation/{allocation}")
    account.fact("protected", [facts["site_balancer"], facts["nat_address"]])
    for number, arn in enumerate(facts["protected"], start=1):
        shield.create_protection(Name=f"protected-{number}", ResourceArn=arn)
    trust = {"Effect": "Allow", "Principal": {"Service": "drt.shield.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam = account.client("iam")
    made = iam.create_role(RoleName="shield-response", AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    iam.attach_role_policy(RoleName="shield-response", PolicyArn=TEAM_POLICY)
    account.fact("response_role", made)
    shield.associate_drt_role(RoleArn=made)
    shield.associate_proactive_engagement_details(EmergencyContactList=[CONTACT])


@misconfiguration(fails={"networkfirewall_egress_inspected"})
def route_past_firewall(account, vary):
    """The app's default route leads to the NAT gateway: the firewall is asked by nobody."""
    ec2, facts = account.client("ec2"), account.facts
    table = table_of(ec2, facts["app_subnet"])
    ec2.delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=facts["nat_gateway"])
    back = table_of(ec2, facts["nat_subnet"])
    ec2.delete_route(RouteTableId=back, DestinationCidrBlock=facts["app_block"])


@misconfiguration(fails={"networkfirewall_egress_inspected"})
def every_domain_allowed(account, vary):
    """The firewall denies a few bad names and lets all others through."""
    bad = vary.sample("known bad", ["evil.example", "exfil.example", "drop.example", "c2.example"], 2)
    denied = make_group(account.client("network-firewall"), "known-bad", bad, "DENYLIST")
    account.fact("denying_group", denied)
    put_policy(account, StatefulRuleGroupReferences=[{"ResourceArn": denied}])


@misconfiguration(fails={"networkfirewall_default_actions_inspect"})
def fragments_pass(account, vary):
    """Fragmented packets pass the firewall unseen."""
    put_policy(account, StatelessFragmentDefaultActions=["aws:pass"])


@misconfiguration(fails={"networkfirewall_logs_and_stays"})
def firewall_silent(account, vary):
    """The firewall logs one kind of event only, and anybody may delete it by mistake."""
    firewall, facts = account.client("network-firewall"), account.facts
    kept = vary.choice("kept log", ["ALERT", "FLOW"])
    found = firewall.describe_logging_configuration(FirewallArn=facts["firewall"])["LoggingConfiguration"]
    left = [item for item in found["LogDestinationConfigs"] if item["LogType"] == kept]
    firewall.update_logging_configuration(
        FirewallArn=facts["firewall"], LoggingConfiguration={"LogDestinationConfigs": left}
    )
    firewall.update_firewall_delete_protection(FirewallArn=facts["firewall"], DeleteProtection=False)


@misconfiguration(fails={"wafv2_requests_filtered_by_origin"})
def origins_half_filtered(account, vary):
    """The rule against the hostile range only counts, and one of the two countries is missing."""
    missing = vary.choice("missing country", account.facts["blocked_countries"])
    kept = [code for code in account.facts["blocked_countries"] if code != missing]
    change_rule(account, "hostile-range", Action={"Count": {}})
    change_rule(account, "licence", Statement={"GeoMatchStatement": {"CountryCodes": kept}})


@misconfiguration(fails={"wafv2_requests_filtered_by_content"})
def content_half_filtered(account, vary):
    """The rule for the editors' page looks at letters as they come, and no rule looks at long bodies."""
    rules = {rule["Name"]: rule for rule in first_rules(account)}
    plain = [{"Priority": 0, "Type": "NONE"}]
    editors = rules["editors-only"]["Statement"]["AndStatement"]["Statements"]
    editors[0]["ByteMatchStatement"]["TextTransformations"] = plain
    change_rule(account, "editors-only", Statement={"AndStatement": {"Statements": editors}})
    size = rules["long-bodies"]["Statement"]["SizeConstraintStatement"]
    if vary.choice("size shape", ["never", "huge"]) == "never":
        size["FieldToMatch"] = {"Body": {"OversizeHandling": "NO_MATCH"}}
    else:
        size |= {"Size": 1_048_576, "FieldToMatch": {"Body": {"OversizeHandling": "CONTINUE"}}}
    change_rule(account, "long-bodies", Statement={"SizeConstraintStatement": size})


@misconfiguration(fails={"wafv2_injections_blocked"})
def injections_counted(account, vary):
    """The rules against SQL and scripts count what they find, and let it in."""
    for label in vary.shuffled("counted", ["sql", "scripts"]):
        change_rule(account, label, Action={"Count": {}})


@misconfiguration(fails={"wafv2_web_acl_acts_and_logs"})
def probe_lets_all_in(account, vary):
    """Whoever says that he is the uptime probe is let in before any other rule is asked, and nothing is logged."""
    probe = vary.choice("probe", ["uptime-probe", "health-robot", "site-watch"])
    account.fact("probe", probe)
    match = {
        "SearchString": probe.encode(), "FieldToMatch": {"SingleHeader": {"Name": "user-agent"}},
        "TextTransformations": [{"Priority": 0, "Type": "LOWERCASE"}], "PositionalConstraint": "CONTAINS",
    }  # fmt: skip
    rules = first_rules(account)
    early = {
        "Name": "probe", "Priority": 0, "Statement": {"ByteMatchStatement": match}, "Action": {"Allow": {}},
        "VisibilityConfig": rules[0]["VisibilityConfig"] | {"MetricName": "probe"},
    }  # fmt: skip
    update_rules(account, [early, *rules])
    log_web_acl(account, on=False)


@misconfiguration(fails={"shield_named_resources_protected"})
def wrong_things_protected(account, vary):
    """The developers' balancer is protected, for money, and one of the named resources is not."""
    shield, facts = account.client("shield"), account.facts
    left_out = vary.choice("left out", facts["protected"])
    found = shield.describe_protection(ResourceArn=left_out)["Protection"]["Id"]
    shield.delete_protection(ProtectionId=found)
    shield.create_protection(Name="dev", ResourceArn=facts["dev_balancer"])


@misconfiguration(fails={"shield_response_team_may_help"})
def nobody_to_call(account, vary):
    """The response team has no role, and nobody's telephone."""
    shield = account.client("shield")
    shield.disable_proactive_engagement()
    shield.update_emergency_contact_settings(EmergencyContactList=[{"EmailAddress": "info@newsroom.example"}])
    shield.disassociate_drt_role()


@invariant
def readers_open_the_site(account):
    """Readers everywhere open the site over 443, read, and post comments (Selma, editor in chief)."""
    network, facts = account.network, account.facts
    balancer = next((item for item in network.load_balancers if item.id == facts["site_balancer"]), None)
    if balancer is None or not any(listener.port == 443 for listener in balancer.listeners):
        yield failed(facts["site_balancer"], "nothing listens on 443 any more")
        return
    for block in CUSTOMERS:
        yield works(network, balancer.id, source=every(block), to=balancer, port=443)
    server = network.instances.get(facts["app_instance"])
    if server is None:
        yield failed(facts["app_instance"], "the instance is gone")
    else:
        yield works(network, server.id, source=balancer, to=server, port=8080)
    comment = {"method": "POST", "body": b"text=" + b"What an evening. " * 120}
    for target, more in (("/", {}), ("/articles/2026/05/ferries", {}), ("/comments", comment)):
        yield served(account, GOOD_READER, target, country="DE", **more)


@invariant
def editors_open_their_page(account):
    """Editors open /admin from the office (Aron, newsroom)."""
    address = account.facts["office"].split("/")[0]
    yield served(account, address, "/admin/articles", country="DE")


@invariant
def app_fetches_its_feeds(account):
    """The app server fetches weather and results over 443 (Mila, platform)."""
    server = account.network.instances.get(account.facts["app_instance"])
    for domain in account.facts["allowed_domains"]:
        if server is None:
            yield failed(account.facts["app_instance"], "the instance is gone")
        else:
            yield works(account.network, server.id, source=server, to=INTERNET, port=443, domain=domain)


def served(account, ip, target, **request):
    """Whether the web ACL lets a harmless request in; AWS's detectors find nothing in it."""
    answer = account.web(account.facts["site_balancer"]).ask(ip, target, **request)
    if answer.action in ("ALLOW", "DETECTOR"):
        return passed(account.facts["site_balancer"], f"{target} is served to {ip}")
    verdict = unknown if answer.action == "UNKNOWN" else failed
    return verdict(account.facts["site_balancer"], f"{target} for {ip}: {answer.sentence}")


def works(network, resource, **flow):
    """Whether a flow works, with the packet that gets through or what stops it."""
    try:
        answer = network.works(**flow)
    except Unjudged as doubt:
        return unknown(resource, str(doubt))
    about = flow.get("domain", f"port {flow['port']}")
    if isinstance(answer, Packet):
        return passed(resource, f"works: {about}", witness=answer)
    return failed(resource, f"does not work: {about}: {answer}", witness=answer)


FILTERS = {
    "a": "Security group",
    "b": "Network ACL",
    "c": "AWS Network Firewall",
    "d": "AWS WAF",
}
INCIDENTS = (
    ("An app server may ask two names on the internet by TLS, and no others.", "c",
     "names inside TLS are seen by a firewall on the route, and by nothing else here"),
    ("A range of addresses must be refused in front of a whole subnet, whatever the groups of its machines say.", "b",
     "that is a deny at the subnet's edge; groups have no deny"),
    ("The database takes connections from machines that carry the app's group, wherever they stand.", "a",
     "only a group can name another group"),
    ("Requests whose query holds SQL must be refused before they reach the balancer's targets.", "d",
     "that is a look into the request, at the endpoint that takes it"),
    ("Everything between two VPCs must be inspected for known attacks, in both directions.", "c",
     "traffic between VPCs is led through a firewall by routes; WAF sees requests to its endpoints only"),
    ("Readers of one country must get a page that explains why they are not served.", "d",
     "country and an answer of one's own are rules of a web ACL"),
)  # fmt: skip


@question
def which_filter(account, vary):
    """Four filters, four incidents: which stops what?"""
    chosen = vary.sample("incidents", INCIDENTS, 4)
    choices, answer, because = {}, [], {}
    for number, (text, right, why) in enumerate(chosen, start=1):
        wrong = vary.choice(f"wrong {number}", [letter for letter in FILTERS if letter != right])
        shown = vary.shuffled(f"shown {number}", [right, wrong])
        for place, letter in zip(("x", "y"), shown, strict=True):
            key = f"{number}{place}"
            choices[key] = f"{text} {FILTERS[letter]}."
            if letter == right:
                answer.append(key)
            else:
                because[key] = why
    return ask(
        "Which filter does it? Of each pair one fits; take four. By default a security group lets nothing in, an "
        "ACL that came with the VPC lets everything through, and Network Firewall and WAF do what you choose.",
        choices=choices,
        answer=answer,
        because=because,
    )


ATTACKS = {
    "syn": ("half a million SYN packets a second, connections that are never finished", "4"),
    "udp": ("answers of other people's DNS servers to questions that you never asked", "3"),
    "http": ("twenty thousand complete requests a second for the search page, each with a valid TLS session", "7"),
}


@question
def layer_seven(account, vary):
    """Which of the floods needs a web ACL?"""
    order = vary.shuffled("attacks", list(ATTACKS))
    letters = dict(zip(order, "abc", strict=True))
    because = {
        "syn": "that is layer 4: Shield Standard, and the balancer, which completes handshakes itself, absorb it",
        "udp": "that is a reflection, layers 3 and 4: it is dropped at AWS's edge and never reaches the balancer",
    }
    return ask(
        "Three floods come at the site. Shield Standard takes two of them off without being asked. Which one must be "
        "stopped by a rate-based rule in a web ACL, because every packet of it is well formed?",
        choices={letters[key]: ATTACKS[key][0] for key in order},
        answer=letters["http"],
        because={letters[key]: why for key, why in because.items()},
    )
