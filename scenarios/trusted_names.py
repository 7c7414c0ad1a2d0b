"""The ferry line whose name led somewhere else.

You run the DNS of a ferry line. In May travellers of one provider were led to a page that looked like the booking page
and was not: somebody had put a false answer into the provider's cache. Two weeks later the monitoring of the country's
computer emergency team called: a machine in your booking network asks for names like `4f6e652d...x7.<something>`, ten a
second, and the names carry data out. Nobody at your place had seen either, because nobody writes down what is asked.
The ticket says: "Sign what we publish, check what we are told, stop names that nobody needs, and keep a record."

The line publishes three zones: its own, the one of its freight branch, and the booking zone below its own. Travellers
look up the booking page (Nadia, sales). The booking servers look up the payment provider and two partners (Otto,
platform). The office looks up the intranet, which lives in a private zone, and the mail server (Ines, office). The DNS
team wants one KMS key for all zones: it has one, it is paid for, and it is enough.

Zones that are signed are not yet trusted, keys that exist do not yet sign, and a rule that blocks may never be asked.
Private zones cannot be signed at all, and that is no fault.
"""

from hardenlab import ask, failed, invariant, misconfiguration, passed, question, scenario, unknown

from ._box_office import document

SIGNER = {"Service": "dnssec-route53.amazonaws.com"}
WARNING = "blocked"


@scenario
def seed(account, vary):
    """Three public zones that sign with one key, a private one, two VPCs that validate, log and filter."""
    line = vary.choice("line", ["island-ferries", "north-ferries", "sound-ferries", "river-ferries"])
    account.fact("main_name", f"{line}.example")
    account.fact("booking_name", f"booking.{line}.example")
    account.fact("freight_name", f"{vary.choice('freight', ['cargo', 'freight', 'trucks'])}-{line}.example")
    account.fact("intranet_name", f"intranet.{line}.internal")
    build_vpcs(account, vary)
    build_zones(account, vary)
    build_signatures(account)
    build_query_logs(account)
    build_firewall(account, vary)


def build_vpcs(account, vary):
    ec2 = account.client("ec2")
    for label in ("booking", "office"):
        vpc = ec2.create_vpc(CidrBlock=str(vary.network(label)))["Vpc"]["VpcId"]
        ec2.create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": label}])
        account.fact(f"{label}_vpc", vpc)


def build_zones(account, vary):
    """The zones with the records that people look up, and the delegation of the booking zone."""
    route53, facts = account.client("route53"), account.facts
    address = f"203.0.113.{vary.number('address', 10, 200)}"
    for label in vary.shuffled("zone order", ["main", "booking", "freight"]):
        made = route53.create_hosted_zone(Name=facts[f"{label}_name"], CallerReference=label)
        account.fact(f"{label}_zone", made["HostedZone"]["Id"].rsplit("/", 1)[-1])
        account.fact(f"{label}_servers", made["DelegationSet"]["NameServers"])
    vpc = {"VPCRegion": "us-east-1", "VPCId": facts["office_vpc"]}
    private = {"PrivateZone": True, "Comment": "for the office"}
    made = route53.create_hosted_zone(
        Name=facts["intranet_name"], CallerReference="intranet", VPC=vpc, HostedZoneConfig=private
    )
    account.fact("intranet_zone", made["HostedZone"]["Id"].rsplit("/", 1)[-1])
    change(account, "main", "A", f"www.{facts['main_name']}", address)
    change(account, "main", "MX", facts["main_name"], f"10 mail.{facts['main_name']}.")
    change(account, "main", "NS", facts["booking_name"], *(f"{name}." for name in facts["booking_servers"]))
    change(account, "booking", "A", facts["booking_name"], address)
    change(account, "freight", "A", f"www.{facts['freight_name']}", address)
    change(account, "intranet", "A", f"wiki.{facts['intranet_name']}", "10.0.0.10")


def change(account, zone, kind, name, *values, action="UPSERT"):
    """One record set of a zone."""
    records = [{"Value": value} for value in values]
    record = {"Name": name, "Type": kind, "TTL": 300, "ResourceRecords": records}
    account.client("route53").change_resource_record_sets(
        HostedZoneId=account.facts[f"{zone}_zone"],
        ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]},
    )


def build_signatures(account):
    """One KMS key for all three zones; the parent vouches for the booking zone."""
    root = {"AWS": f"arn:aws:iam::{account.id}:root"}
    sign = ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"]
    grant = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    policy = document(
        {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": SIGNER, "Action": sign, "Resource": "*"},
        {"Effect": "Allow", "Principal": SIGNER, "Action": "kms:CreateGrant", "Resource": "*", "Condition": grant},
    )
    key = account.client("kms").create_key(
        KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY", Policy=policy, Description="signs our zones"
    )["KeyMetadata"]["Arn"]
    account.fact("signing_key", key)
    for label in ("main", "freight", "booking"):
        made = add_key(account, label)
        account.client("route53").enable_hosted_zone_dnssec(HostedZoneId=account.facts[f"{label}_zone"])
    change(account, "main", "DS", account.facts["booking_name"], made["DSRecord"])


def add_key(account, label, status="ACTIVE"):
    """A key-signing key of a zone, on the one KMS key."""
    return account.client("route53").create_key_signing_key(
        CallerReference=f"{label}-key", HostedZoneId=account.facts[f"{label}_zone"],
        KeyManagementServiceArn=account.facts["signing_key"], Name=f"{label}_key", Status=status,
    )["KeySigningKey"]  # fmt: skip


def build_query_logs(account):
    """Queries of the public zones and of both VPCs are logged."""
    logs, resolver = account.client("logs"), account.client("route53resolver")
    for label in ("main", "freight", "booking"):
        logs.create_log_group(logGroupName=f"/aws/route53/{label}")
    write = {
        "Effect": "Allow",
        "Principal": {"Service": "route53.amazonaws.com"},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": f"arn:aws:logs:us-east-1:{account.id}:log-group:/aws/route53/*",
    }
    logs.put_resource_policy(policyName="route53", policyDocument=document(write))
    for label in ("main", "freight", "booking"):
        account.client("route53").create_query_logging_config(
            HostedZoneId=account.facts[f"{label}_zone"],
            CloudWatchLogsLogGroupArn=f"arn:aws:logs:us-east-1:{account.id}:log-group:/aws/route53/{label}",
        )
    logs.create_log_group(logGroupName="/resolver/queries")
    made = resolver.create_resolver_query_log_config(
        Name="queries", CreatorRequestId="queries",
        DestinationArn=f"arn:aws:logs:us-east-1:{account.id}:log-group:/resolver/queries",
    )["ResolverQueryLogConfig"]["Id"]  # fmt: skip
    account.fact("query_log", made)
    for label in ("booking", "office"):
        vpc = account.facts[f"{label}_vpc"]
        resolver.associate_resolver_query_log_config(ResolverQueryLogConfigId=made, ResourceId=vpc)
        resolver.update_resolver_dnssec_config(ResourceId=vpc, Validation="ENABLE")


def build_firewall(account, vary):
    """One rule group for both VPCs: tunnels get no such name, false pages a warning, the rest its answer."""
    resolver, facts = account.client("route53resolver"), account.facts
    account.fact("tunnel_domain", vary.choice("tunnel", ["cdn-sync.example", "upd-check.example", "pix-cache.example"]))
    false = vary.sample("false pages", ["ferry-tickets.example", "ferries-sale.example", "book-ferry.example"], 2)
    account.fact("false_domains", false)
    account.fact("payment_name", f"api.{vary.choice('pay', ['paylane', 'cardhub', 'tillpoint'])}.example")
    partners = vary.sample("partners", ["weather.example", "harbour-guide.example", "timetable.example"], 2)
    account.fact("partner_names", [f"api.{name}" for name in partners])
    lists = {
        "tunnels": [facts["tunnel_domain"], f"*.{facts['tunnel_domain']}"],
        "false-pages": [name for domain in false for name in (domain, f"*.{domain}")],
    }
    for label, domains in lists.items():
        account.fact(f"{label.replace('-', '_')}_list", domain_list(resolver, label, domains))
    group = resolver.create_firewall_rule_group(Name="egress", CreatorRequestId="egress")["FirewallRuleGroup"]["Id"]
    account.fact("rule_group", group)
    rule(account, "tunnels", 100, Action="BLOCK", BlockResponse="NXDOMAIN")
    rule(account, "false-pages", 5, **to_warning(account))
    for priority, label in enumerate(("booking", "office"), start=101):
        resolver.associate_firewall_rule_group(
            FirewallRuleGroupId=group, VpcId=facts[f"{label}_vpc"], Priority=priority, Name=label,
            CreatorRequestId=label,
        )  # fmt: skip


def domain_list(resolver, label, domains):
    made = resolver.create_firewall_domain_list(Name=label, CreatorRequestId=label)["FirewallDomainList"]["Id"]
    resolver.update_firewall_domains(FirewallDomainListId=made, Operation="ADD", Domains=domains)
    return made


def rule(account, label, priority, **settings):
    """A rule of the group, on one of the lists."""
    account.client("route53resolver").create_firewall_rule(
        CreatorRequestId=label, FirewallRuleGroupId=account.facts["rule_group"], Name=label, Priority=priority,
        FirewallDomainListId=account.facts[f"{label.replace('-', '_')}_list"], **settings,
    )  # fmt: skip


def to_warning(account):
    """Block, and answer with the name of the page that says so."""
    return {
        "Action": "BLOCK", "BlockResponse": "OVERRIDE", "BlockOverrideDnsType": "CNAME", "BlockOverrideTtl": 60,
        "BlockOverrideDomain": f"{WARNING}.{account.facts['main_name']}",
    }  # fmt: skip


@misconfiguration(fails={"route53_public_zone_signed"})
def zones_not_signing(account, vary):
    """Two zones do not sign: one has no key at all, the other a key and no signatures."""
    route53, facts = account.client("route53"), account.facts
    half = vary.choice("half", ["main", "freight"])
    bare = "freight" if half == "main" else "main"
    for label in (half, bare):
        route53.disable_hosted_zone_dnssec(HostedZoneId=facts[f"{label}_zone"])
    if vary.choice("half shape", ["inactive", "active"]) == "inactive":
        route53.deactivate_key_signing_key(HostedZoneId=facts[f"{half}_zone"], Name=f"{half}_key")
    route53.deactivate_key_signing_key(HostedZoneId=facts[f"{bare}_zone"], Name=f"{bare}_key")
    route53.delete_key_signing_key(HostedZoneId=facts[f"{bare}_zone"], Name=f"{bare}_key")


@misconfiguration(fails={"route53_delegated_zone_trusted"})
def no_chain_of_trust(account, vary):
    """The booking zone signs, and its parent does not say so: nobody checks the signatures."""
    (value,) = account.dns.zone(account.facts["main_name"]).values(account.facts["booking_name"], "DS")
    change(account, "main", "DS", account.facts["booking_name"], value, action="DELETE")


@misconfiguration(fails={"route53resolver_vpc_validates"})
def resolver_believes_everything(account, vary):
    """A VPC's resolver takes answers without checking their signatures."""
    vpc = account.facts[vary.choice("believing", ["booking_vpc", "office_vpc"])]
    account.client("route53resolver").update_resolver_dnssec_config(ResourceId=vpc, Validation="DISABLE")


@misconfiguration(fails={"route53_public_zone_queries_logged"})
def zone_queries_not_logged(account, vary):
    """Queries of two public zones are not logged: one has no configuration, the log group of the other is gone."""
    route53, facts = account.client("route53"), account.facts
    bare, gone = vary.sample("unlogged", ["main", "freight", "booking"], 2)
    configs = route53.list_query_logging_configs(HostedZoneId=facts[f"{bare}_zone"])["QueryLoggingConfigs"]
    route53.delete_query_logging_config(Id=configs[0]["Id"])
    account.client("logs").delete_log_group(logGroupName=f"/aws/route53/{gone}")


@misconfiguration(fails={"route53resolver_vpc_queries_logged"})
def vpc_queries_not_logged(account, vary):
    """Queries of the booking VPC are not logged: the configuration is there, for the other VPC."""
    account.client("route53resolver").disassociate_resolver_query_log_config(
        ResolverQueryLogConfigId=account.facts["query_log"], ResourceId=account.facts["booking_vpc"]
    )


@misconfiguration(fails={"route53resolver_firewall_blocks_names"})
def rules_never_asked(account, vary):
    """The tunnel's names pass: an ALLOW for everything comes first, and the list holds the domain in half."""
    resolver, facts = account.client("route53resolver"), account.facts
    everything = domain_list(resolver, "everything", ["*"])
    resolver.create_firewall_rule(
        CreatorRequestId="let-it-work", FirewallRuleGroupId=facts["rule_group"], Name="let-it-work",
        FirewallDomainListId=everything, Priority=vary.choice("early", [10, 20, 50]), Action="ALLOW",
    )  # fmt: skip
    missing = vary.choice("missing", [facts["tunnel_domain"], f"*.{facts['tunnel_domain']}"])
    resolver.update_firewall_domains(FirewallDomainListId=facts["tunnels_list"], Operation="REMOVE", Domains=[missing])


@misconfiguration(fails={"route53resolver_firewall_answers_chosen"})
def false_pages_answered_with_nothing(account, vary):
    """Who clicks on a false page gets an empty answer, tries again, and calls the office."""
    response = vary.choice("response", ["NODATA", "NXDOMAIN"])
    account.client("route53resolver").update_firewall_rule(
        FirewallRuleGroupId=account.facts["rule_group"], FirewallDomainListId=account.facts["false_pages_list"],
        Action="BLOCK", BlockResponse=response,
    )  # fmt: skip


@invariant
def travellers_find_the_ferries(account):
    """Travellers look up the booking page and both sites, also those whose resolver validates (Nadia, sales)."""
    dns, facts = account.dns, account.facts
    looked_up = (("main", f"www.{facts['main_name']}"), ("booking", facts["booking_name"]))
    for label, name in (*looked_up, ("freight", f"www.{facts['freight_name']}")):
        zone = dns.zone(facts[f"{label}_name"])
        if zone is None or not zone.values(name, "A"):
            yield failed(facts[f"{label}_zone"], f"{name} has no address any more")
        elif dns.trust(zone) == "broken":
            yield failed(zone.id, f"{name}: the parent's DS record fits no key: validating resolvers refuse it")
        else:
            yield passed(zone.id, f"{name} has its address")
    parent = dns.zone(facts["main_name"])
    if parent is not None and not parent.values(facts["booking_name"], "NS"):
        yield failed(parent.id, f"{facts['booking_name']} is no longer delegated")


@invariant
def booking_finds_its_partners(account):
    """The booking servers look up the payment provider, both partners and AWS (Otto, platform)."""
    names = [account.facts["payment_name"], *account.facts["partner_names"], "ssm.us-east-1.amazonaws.com"]
    yield from resolved(account, "booking_vpc", names)


@invariant
def office_finds_mail_and_intranet(account):
    """The office looks up the intranet in its private zone, and the mail server (Ines, office)."""
    facts = account.facts
    yield from resolved(account, "office_vpc", [f"wiki.{facts['intranet_name']}", f"mail.{facts['main_name']}"])
    private = [zone for zone in account.dns.zones if zone.id == facts["intranet_zone"]]
    if not private or not private[0].values(f"wiki.{facts['intranet_name']}", "A"):
        yield failed(facts["intranet_zone"], "the intranet's zone or its record is gone")
    main = account.dns.zone(facts["main_name"])
    if main is None or not main.values(facts["main_name"], "MX"):
        yield failed(facts["main_zone"], "nobody knows where mail goes")


def resolved(account, vpc, names):
    """Whether the VPC's DNS Firewall lets each name resolve."""
    for name in names:
        verdict = account.dns.ask(account.facts[vpc], name)
        if verdict.action == "UNKNOWN":
            yield unknown(account.facts[vpc], f"{name}: {verdict.because}")
        elif verdict.resolves:
            yield passed(account.facts[vpc], f"{name} resolves")
        else:
            yield failed(account.facts[vpc], f"{name} does not resolve: {verdict.because}")


@question
def one_key_or_several(account, vary):
    """One key, or one for each zone?"""
    count = vary.number("zones", 4, 9)
    return ask(
        f"A group has {count} public zones: one is an online bank's, the others belong to its shops. A KMS key costs "
        "money each month, and Route 53 signs any number of zones with one. If a key must be replaced in a hurry, each "
        "zone that uses it needs a new key-signing key and a new DS record at its parent, and the bank's parent takes "
        "days. How many keys do you use, so that the shops' trouble is never the bank's and nothing is paid twice?",
        answer=2,
        because={
            1: "then whatever happens to the shops' key happens to the bank",
            count: f"one key for each zone works, and pays for {count - 2} keys too many",
        },
    )


PATHS = {
    "resolver": "A query for x7.evil.example to the VPC's resolver",
    "address": "HTTPS to 203.0.113.66, an address that stands in the program",
    "doh": "DNS over HTTPS to a resolver on the internet",
    "other": "A query for x7.evil.example by UDP to a resolver on the internet, at its address",
    "redirected": "A query to the VPC's resolver for a harmless name that is a CNAME of x7.evil.example",
    "cached": "SSH to a machine whose address was looked up last week",
}


@question
def what_it_sees(account, vary):
    """Which ways out does DNS Firewall close?"""
    letters = dict(zip(vary.shuffled("paths", list(PATHS)), "abcdef", strict=True))
    because = {
        "address": "no name is looked up, so there is nothing to filter: that takes a firewall",
        "doh": "to the network that is HTTPS to somebody; DNS Firewall sees queries to the VPC's own resolver only",
        "other": "the query goes past the VPC's resolver: close port 53 to everywhere else",
        "cached": "the look-up is over, and the connection is no DNS",
    }
    return ask(
        "DNS Firewall blocks evil.example and *.evil.example for a VPC, and rules inspect redirections. Which of these "
        "does it stop?",
        choices={letter: PATHS[path] for path, letter in sorted(letters.items(), key=lambda item: item[1])},
        answer=[letters["resolver"], letters["redirected"]],
        because={letters[path]: why for path, why in because.items()},
    )
