"""Controls of Amazon EC2 and its virtual network: security groups, network ACLs, who reaches an instance."""

from hardenlab import (
    CRITICAL,
    HIGH,
    INTERNET,
    LOW,
    MEDIUM,
    PATH,
    RESOURCE,
    Unjudged,
    control,
    failed,
    passed,
    unknown,
)

WEB_PORTS = (80, 443)


@control(
    severity=CRITICAL,
    layer=PATH,
    references=("SecurityHub EC2.13", "CIS v5.0 5.3", "course 3.4", "course 3.20", "AWS VPC: Security group rules"),
)
def ec2_instance_ssh_not_reachable_from_internet(account):
    """No instance accepts SSH from the internet.

    Judged from end to end: routes, network ACLs, security groups and addresses together. Addresses of the office may.

    ## Why it matters
    An SSH port that answers everybody is tried by everybody, all day. One weak password or one leaked key is enough,
    and from there the attacker stands inside the VPC.

    ## Remediation
    Revoke the rules that admit addresses outside the office to port 22, whatever their shape: two halves, a prefix list
    or a range of ports open it as well as 0.0.0.0/0 does. Better still, use Session Manager and open no port at all.
    """
    yield from _instances_closed(account, 22)


@control(
    severity=CRITICAL,
    layer=PATH,
    references=("SecurityHub EC2.14", "CIS v5.0 5.3", "course 3.4", "AWS VPC: Security group rules"),
)
def ec2_instance_rdp_not_reachable_from_internet(account):
    """No instance accepts RDP from the internet.

    Judged from end to end: routes, network ACLs, security groups and addresses together. Addresses of the office may.

    ## Why it matters
    Remote Desktop is a usual way in for ransomware: passwords are sprayed at it, and it has had flaws that needed none.

    ## Remediation
    Revoke the rules that admit addresses outside the office to port 3389. Fleet Manager gives a desktop without a port.
    """
    yield from _instances_closed(account, 3389)


@control(
    severity=HIGH,
    layer=RESOURCE,
    references=("SecurityHub EC2.18", "SecurityHub EC2.19", "course 3.34", "AWS VPC: Security group rules"),
)
def ec2_security_group_internet_reaches_web_ports_only(account):
    """No security group admits the internet to other ports than 80 and 443.

    Judged group by group, as the union of its rules, attached or not: a route or an address may change tomorrow.

    ## Why it matters
    A group is a promise about every machine that will ever carry it. A wide range of ports exposes services that nobody
    meant to publish, on the day that somebody gives the machine a public address.

    ## Remediation
    Replace the wide rules by one rule for each port and source that a flow needs. Between tiers name the other tier's
    group as the source, not addresses.
    """
    office = account.facts["office"]
    for group in account.network.security_groups:
        ports = group.ports_open_to(INTERNET, except_for=[office]).beyond(tcp=WEB_PORTS)
        if not ports:
            yield passed(group.id, f"{group.name}: the internet gets no further than 80 and 443")
            continue
        admitted = _first_rule(group, ports, office)
        yield failed(
            group.id,
            f"{group.name}: the internet is admitted to {ports}",
            evidence=[("ec2:DescribeSecurityGroups", "IpPermissions", admitted.through)],
            witness=admitted,
        )


@control(
    severity=LOW,
    layer=RESOURCE,
    references=("SecurityHub EC2.22", "course 3.31", "AWS VPC: Work with security groups"),
)
def ec2_security_group_attached(account):
    """Every security group is attached to something, or named by a group that is.

    ## Why it matters
    Groups that nobody uses are the ones that nobody reviews. The next person who is in a hurry attaches one, with all
    that it admits.

    ## Remediation
    Delete groups that are attached to no network interface and to no load balancer. A group that another group's rule
    names is in use: AWS refuses to delete it while it is named.
    """
    used = _in_use(account.network.security_groups)
    for group in account.network.security_groups:
        if group.is_default:
            continue
        evidence = [("ec2:DescribeNetworkInterfaces", "Groups", ", ".join(group.attached_to) or "none")]
        if group.attached_to:
            yield passed(group.id, f"{group.name}: attached", evidence=evidence)
        elif group.id in used:
            named = ", ".join(group.referenced_by)
            yield passed(group.id, f"{group.name}: attached to nothing, but named by {named}", evidence=evidence)
        else:
            named = ", ".join(group.referenced_by) or "nothing"
            yield failed(group.id, f"{group.name}: attached to nothing and named by {named}", evidence=evidence)


@control(
    severity=HIGH,
    layer=RESOURCE,
    references=("SecurityHub EC2.2", "CIS v5.0 5.5", "course 3.32", "AWS VPC: Default security groups for your VPCs"),
)
def ec2_default_security_group_closed(account):
    """The default security group of every VPC has no rules.

    ## Why it matters
    Whatever is launched without a group gets this one. If it has rules, forgetting to choose means being connected.

    ## Remediation
    Revoke all its inbound and outbound rules. It cannot be deleted, and nothing should carry it.
    """
    for group in account.network.security_groups:
        if not group.is_default:
            continue
        rules = [*group.ingress, *group.egress]
        if rules:
            yield failed(
                group.id,
                f"the default group of {group.vpc} has {len(rules)} rules",
                evidence=[("ec2:DescribeSecurityGroups", "IpPermissions, IpPermissionsEgress", rules[0])],
            )
        else:
            yield passed(group.id, f"the default group of {group.vpc} has no rules")


@control(
    severity=MEDIUM,
    layer=RESOURCE,
    references=("course 3.37", "AWS VPC: Security group rules"),
)
def ec2_instance_outbound_limited(account):
    """App and database send to the internet only what they need to: the app HTTPS, the database nothing.

    Judged as the union of the outbound rules of all groups that the instance carries.

    ## Why it matters
    Inbound rules decide who gets in; outbound rules decide what leaves with him. A database that may send anything
    anywhere is a database that can be copied out in one night.

    ## Remediation
    Remove the outbound rule that allows all traffic, and allow what the flows need: the app to the database's group and
    HTTPS to the internet, the database nothing (replies need no rule: groups are stateful).
    """
    for fact, allowed in (("app_instance", (443,)), ("data_instance", ())):
        instance = account.network.instances.get(account.facts[fact])
        if instance is not None:
            yield _outbound(instance, allowed)


@control(
    severity=MEDIUM,
    layer=RESOURCE,
    references=("course 3.28", "course 3.20", "AWS VPC: Control subnet traffic with network access control lists"),
)
def ec2_network_acl_deny_takes_effect(account):
    """Every deny entry of the edge's network ACL takes effect, and the hostile range is kept out.

    ## Why it matters
    Entries are asked in the order of their numbers and the first that fits decides. A deny behind an allow that covers
    it is a note to oneself: it stops nothing, and everybody believes that it does.

    ## Remediation
    Give the deny a lower number than the allow: delete the late entry, and create it again in front.
    """
    for subnet in (account.network.subnets.get(id) for id in account.facts["edge_subnets"]):
        if subnet is not None:
            yield _deny_takes_effect(subnet.id, subnet.acl, account.facts["hostile_range"])


@control(
    severity=MEDIUM,
    layer=RESOURCE,
    references=("course 3.27", "course 3.30", "AWS VPC: Default network ACL for a VPC"),
)
def ec2_subnet_data_tier_closed_by_acl(account):
    """The database's subnet is closed to the internet by its network ACL, inbound and outbound.

    ## Why it matters
    A subnet that was never given an ACL is on the VPC's default one, which allows everything both ways. Then one wrong
    security group rule or route is all that stands between the database and the internet.

    ## Remediation
    Associate the subnet with an ACL of its own: inbound the database port from the app's subnet, outbound the ephemeral
    ports 1024-65535 back to it. ACLs are stateless: without the outbound entry the replies are dropped.
    """
    subnet = account.network.subnets.get(account.facts["data_subnet"])
    if subnet is None:
        return
    for direction in ("ingress", "egress"):
        entry = subnet.acl.admitting(direction, INTERNET)
        if entry is not None:
            kind = "the default network ACL" if subnet.acl.is_default else "the network ACL"
            yield failed(
                subnet.id,
                f"{kind} {subnet.acl.id} is open to the internet: {entry}",
                evidence=[("ec2:DescribeNetworkAcls", "Entries", entry)],
                witness=entry,
            )
            return
    yield passed(subnet.id, f"{subnet.acl.id} lets nothing through to or from the internet")


def _in_use(groups):
    """The groups that something carries, and those that a rule of a group in use names."""
    used = {group.id for group in groups if group.attached_to}
    while True:
        named = {group.id for group in groups if used.intersection(group.referenced_by)}
        if named <= used:
            return used
        used |= named


def _instances_closed(account, port):
    """No instance is reached on the port from outside the office, by any path."""
    network, office = account.network, account.facts["office"]
    for instance in network.instances:
        try:
            reached = network.internet_sources(instance, port, except_for=[office])
            packet = network.witness(source=reached[0], to=instance, port=port) if reached else None
        except Unjudged as doubt:
            yield unknown(instance.id, f"{instance.name}: cannot judge port {port}: {doubt}")
            continue
        if packet:
            yield failed(
                instance.id,
                f"{instance.name}: {packet.source} reaches port {port} ({packet.through})",
                evidence=[("ec2:DescribeSecurityGroups", "IpPermissions", packet.through)],
                witness=packet,
            )
        else:
            yield passed(instance.id, f"{instance.name}: port {port} is closed to the internet")


def _first_rule(group, ports, office):
    protocol, ranges = next(iter(ports.items()))
    low = ranges[0][0]
    asked = "tcp" if protocol == "other" else protocol
    return group.admits(INTERNET, low, asked, except_for=[office])


def _outbound(instance, allowed):
    for group in instance.groups:
        ports = group.ports_open_to(INTERNET, direction="egress").beyond(tcp=allowed)
        if ports:
            return failed(
                instance.id,
                f"{instance.name}: {group.name} lets it send to the internet on {ports}",
                evidence=[("ec2:DescribeSecurityGroups", "IpPermissionsEgress", f"{group.id} {ports}")],
            )
    return passed(instance.id, f"{instance.name}: sends no more to the internet than it needs to")


def _deny_takes_effect(resource, acl, hostile):
    late = [found for found in acl.ineffective_entries() if not found.entry.allows and found.contradicted]
    if late:
        evidence = [("ec2:DescribeNetworkAcls", "Entries", late[0].entry)]
        return failed(resource, f"{late[0]}", evidence=evidence)
    entry = acl.admitting("ingress", hostile)
    if entry is not None:
        evidence = [("ec2:DescribeNetworkAcls", "Entries", entry)]
        return failed(resource, f"some of the hostile range {hostile} is let in: {entry}", evidence=evidence)
    return passed(resource, f"every deny of {acl.id} takes effect, and {hostile} is kept out")
