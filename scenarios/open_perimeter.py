"""The storefront that let everybody in.

You are the new cloud security engineer of a small online shop. On Friday night somebody scanned the shop's addresses,
tried passwords on whatever answered, and was still coming back on Sunday. Nothing is known to be lost. The ticket on
your desk says: "Close the perimeter of the shop's VPC. Sales go on: do not take the shop down."

The shop is small enough to hold in your head. Customers everywhere reach an Application Load Balancer on 443 (Maya,
sales, is called when they do not). The balancer forwards to a web instance, the web instance asks the app instance, the
app asks the database (Jonas, platform). The app also calls a payment provider on the internet over 443. Administrators
log in to a bastion over SSH and analysts to a Windows reporting host over RDP, all of them from the office's address
range and from nowhere else (Priya, operations).

Several people have "helped" since Friday. Some of what looks wrong is right, and some of what looks right is not.
"""

from hardenlab import Packet, Unjudged, every, failed, invariant, misconfiguration, passed, scenario, unknown

from ._shop import CUSTOMERS, GROUP_CHANGES, allow, build, count_changes, halves, source, tcp


@scenario
def seed(account, vary):
    """A VPC with a load balancer, a web, an app and a database tier, a bastion and a reporting host."""
    build(account, vary)


@misconfiguration(
    fails={"ec2_instance_ssh_not_reachable_from_internet", "ec2_security_group_internet_reaches_web_ports_only"}
)
def ssh_open_to_world(account, vary):
    """The bastion's group admits the whole internet to SSH, in a shape that a search for 0.0.0.0/0 misses."""
    ec2 = account.client("ec2")
    shape = vary.choice("ssh shape", ["halves", "prefix list", "range"])
    if shape == "halves":
        rule = tcp(22) | {"IpRanges": [{"CidrIp": half} for half in halves("0.0.0.0/0")]}
    elif shape == "prefix list":
        made = ec2.create_managed_prefix_list(
            PrefixListName=vary.choice("ssh list", ["support-vendors", "trusted-networks", "remote-hands"]),
            MaxEntries=4,
            AddressFamily="IPv4",
            Entries=[{"Cidr": half, "Description": "vendor"} for half in halves("0.0.0.0/0")],
        )
        rule = tcp(22) | {"PrefixListIds": [{"PrefixListId": made["PrefixList"]["PrefixListId"]}]}
    else:
        rule = tcp(20, 25) | source("0.0.0.0/0")
    ec2.authorize_security_group_ingress(GroupId=account.facts["bastion_group"], IpPermissions=[rule])


@misconfiguration(
    fails={"ec2_instance_rdp_not_reachable_from_internet", "ec2_security_group_internet_reaches_web_ports_only"}
)
def rdp_open_to_world(account, vary):
    """The reporting host's group admits the internet to RDP."""
    shape = vary.choice("rdp shape", ["everywhere", "all but private"])
    blocks = ["0.0.0.0/0"] if shape == "everywhere" else [*halves("128.0.0.0/1"), "0.0.0.0/1"]
    rule = tcp(3389) | {"IpRanges": [{"CidrIp": block} for block in blocks]}
    account.client("ec2").authorize_security_group_ingress(GroupId=account.facts["reports_group"], IpPermissions=[rule])


@misconfiguration(fails={"ec2_security_group_internet_reaches_web_ports_only"})
def wide_port_range(account, vary):
    """The app's group admits the internet to a wide range of ports. No route leads there, today."""
    rule = vary.choice("wide shape", [tcp(0, 65535), tcp(1024, 65535), {"IpProtocol": "-1"}])
    account.client("ec2").authorize_security_group_ingress(
        GroupId=account.facts["app_group"], IpPermissions=[rule | source("0.0.0.0/0")]
    )


@misconfiguration(
    fails={
        "elbv2_targets_reached_through_load_balancer_only",
        "ec2_security_group_internet_reaches_web_ports_only",
    }
)
def web_beside_balancer(account, vary):
    """The web group takes the shop's traffic from anywhere, not from the balancer alone."""
    account.client("ec2").authorize_security_group_ingress(
        GroupId=account.facts["web_group"], IpPermissions=[tcp(8080) | source("0.0.0.0/0")]
    )


@misconfiguration(fails={"ec2_security_group_attached"})
def orphan_groups(account, vary):
    """Groups of projects that ended: attached to nothing, named by nothing."""
    ec2, made = account.client("ec2"), []
    names = vary.sample("orphans", ["summer-sale", "old-bastion", "poc-search", "migration-2024", "load-test"], 3)
    for name in names:
        group = ec2.create_security_group(
            GroupName=name, Description=f"{name}, left behind", VpcId=account.facts["shop_vpc"]
        )
        ec2.authorize_security_group_ingress(
            GroupId=group["GroupId"], IpPermissions=[tcp(22) | source(account.facts["office"])]
        )
        made.append(group["GroupId"])
    account.fact("orphan_groups", made)


@misconfiguration(fails={"ec2_default_security_group_closed"})
def default_group_open(account, vary):
    """The VPC's default group lets its members talk to each other and to anybody."""
    ec2, group = account.client("ec2"), account.facts["default_group"]
    ec2.authorize_security_group_ingress(
        GroupId=group, IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}]
    )
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[{"IpProtocol": "-1"} | source("0.0.0.0/0")])


@misconfiguration(fails={"ec2_instance_outbound_limited"})
def unrestricted_outbound(account, vary):
    """App and database may send anything to anybody."""
    for group in vary.shuffled("outbound", [account.facts["app_group"], account.facts["data_group"]]):
        account.client("ec2").authorize_security_group_egress(
            GroupId=group, IpPermissions=[{"IpProtocol": "-1"} | source("0.0.0.0/0")]
        )


@misconfiguration(fails={"ec2_network_acl_deny_takes_effect"})
def deny_after_allow(account, vary):
    """The entry that should keep the scanner out stands behind the entry that lets everybody in."""
    ec2, acl = account.client("ec2"), account.facts["edge_acl"]
    ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=100, Egress=False)
    number = vary.choice("late number", [210, 250, 300, 900])
    allow(ec2, acl, number, account.facts["hostile_range"], action="deny")


@misconfiguration(fails={"ec2_subnet_data_tier_closed_by_acl"})
def data_on_default_acl(account, vary):
    """The database's subnet is on the VPC's default network ACL, which allows everything both ways."""
    ec2 = account.client("ec2")
    acls = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [account.facts["shop_vpc"]]}])["NetworkAcls"]
    default = next(acl["NetworkAclId"] for acl in acls if acl["IsDefault"])
    for acl in acls:
        for association in acl["Associations"]:
            if association["SubnetId"] == account.facts["data_subnet"]:
                ec2.replace_network_acl_association(
                    AssociationId=association["NetworkAclAssociationId"], NetworkAclId=default
                )


@misconfiguration(fails={"cloudwatch_security_group_changes_alarm"})
def changes_half_counted(account, vary):
    """Friday's changes of groups raised no alarm: only some are counted, and nobody is called."""
    kept = vary.choice("counted", ["Authorize", "Create", "Revoke"])
    count_changes(account, [name for name in GROUP_CHANGES if name.startswith(kept)])
    account.client("cloudwatch").disable_alarm_actions(AlarmNames=["group-changes"])


@invariant
def customers_reach_the_shop(account):
    """Customers everywhere reach the shop on 443, and the balancer reaches the web instance (Maya, sales)."""
    network = account.network
    balancers = [balancer for balancer in network.load_balancers if balancer.id == account.facts["balancer"]]
    if not balancers:
        yield failed(account.facts["balancer"], "the load balancer is gone")
        return
    for block in CUSTOMERS:
        yield works(network, balancers[0].id, source=every(block), to=balancers[0], port=443)
    if not any(listener.port == 443 for listener in balancers[0].listeners):
        yield failed(balancers[0].id, "nothing listens on 443")
    targets = [target for group in balancers[0].targets.values() for target, _ in group]
    if account.facts["web_instance"] not in targets:
        yield failed(balancers[0].id, "the web instance is no target of the balancer any more")
    yield from between(account, balancers[0], "web_instance", 8080)


@invariant
def administrators_reach_the_bastion(account):
    """The office reaches the bastion over SSH, and the bastion the web instance (Priya, operations)."""
    yield from from_office(account, "bastion_instance", 22)
    bastion = account.network.instances.get(account.facts["bastion_instance"])
    if bastion is not None:
        yield from between(account, bastion, "web_instance", 22)


@invariant
def analysts_reach_the_reports(account):
    """The office reaches the reporting host over RDP (Priya, operations)."""
    yield from from_office(account, "reports_instance", 3389)


@invariant
def shop_reaches_its_database(account):
    """The web instance reaches the app on 9000, and the app its database on 5432 (Jonas, platform)."""
    for start, end, port in (("web_instance", "app_instance", 9000), ("app_instance", "data_instance", 5432)):
        instance = account.network.instances.get(account.facts[start])
        if instance is None:
            yield failed(account.facts[start], "the instance is gone")
        else:
            yield from between(account, instance, end, port)


@invariant
def app_reaches_the_payment_provider(account):
    """The app reaches the payment provider over 443 (Jonas, platform)."""
    app = account.network.instances.get(account.facts["app_instance"])
    if app is None:
        yield failed(account.facts["app_instance"], "the instance is gone")
    else:
        yield works(account.network, app.id, source=app, to=account.facts["payment_provider"], port=443)


def from_office(account, fact, port):
    instance = account.network.instances.get(account.facts[fact])
    if instance is None:
        yield failed(account.facts[fact], "the instance is gone")
    else:
        yield works(account.network, instance.id, source=every(account.facts["office"]), to=instance, port=port)


def between(account, start, fact, port):
    end = account.network.instances.get(account.facts[fact])
    if end is None:
        yield failed(account.facts[fact], "the instance is gone")
    else:
        yield works(account.network, end.id, source=start, to=end, port=port)


def works(network, resource, **flow):
    """Whether a flow works, with the packet that gets through or what stops it."""
    try:
        answer = network.works(**flow)
    except Unjudged as doubt:
        return unknown(resource, str(doubt))
    if isinstance(answer, Packet):
        return passed(resource, f"works on port {flow['port']}", witness=answer)
    return failed(resource, f"does not work on port {flow['port']}: {answer}", witness=answer)
