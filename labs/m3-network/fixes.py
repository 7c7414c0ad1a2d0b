"""Other ways that are as good, and ways that look as good and are not."""

import boto3

from hardenlab import solution, wrong_fix

EVERYBODY = "0.0.0.0/0"


def ec2():
    return boto3.client("ec2")


def revoke_where(group, keep, *, egress=False):
    """Revoke the rules of one direction that are not to be kept."""
    rules = ec2().describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    ids = [rule["SecurityGroupRuleId"] for rule in rules if rule["IsEgress"] is egress and not keep(rule)]
    if ids:
        way = "egress" if egress else "ingress"
        getattr(ec2(), f"revoke_security_group_{way}")(GroupId=group, SecurityGroupRuleIds=ids)


@solution("ec2_instance_ssh_not_reachable_from_internet")
def a_new_group_for_the_bastion(lab):
    """Write a new group for the bastion, put it in place of the old one, and mend the old one's rules."""
    made = ec2().create_security_group(
        GroupName="bastion-from-office", Description="SSH from the office", VpcId=lab.facts["shop_vpc"]
    )["GroupId"]
    ec2().authorize_security_group_ingress(
        GroupId=made, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp=lab.facts["office"]
    )
    revoke_where(lab.facts["bastion_group"], lambda rule: rule.get("CidrIpv4") == lab.facts["office"])
    ec2().modify_instance_attribute(InstanceId=lab.facts["bastion_instance"], Groups=[made, lab.facts["bastion_group"]])


@solution("ec2_instance_rdp_not_reachable_from_internet")
def halves_of_the_office(lab):
    """Write the office's range as its two halves instead of one block: the same addresses."""
    from ipaddress import ip_network

    revoke_where(lab.facts["reports_group"], lambda rule: False)
    for half in ip_network(lab.facts["office"]).subnets():
        ec2().authorize_security_group_ingress(
            GroupId=lab.facts["reports_group"], IpProtocol="tcp", FromPort=3389, ToPort=3389, CidrIp=str(half)
        )


@solution("ec2_network_acl_deny_takes_effect")
def move_the_allow_behind(lab):
    """Leave the deny where it is and give the allow a higher number."""
    acl = ec2().describe_network_acls(NetworkAclIds=[lab.facts["edge_acl"]])["NetworkAcls"][0]
    ec2().create_network_acl_entry(
        NetworkAclId=acl["NetworkAclId"], RuleNumber=2000, Protocol="-1", RuleAction="allow", Egress=False,
        CidrBlock=EVERYBODY,
    )  # fmt: skip
    ec2().delete_network_acl_entry(NetworkAclId=acl["NetworkAclId"], RuleNumber=200, Egress=False)


@solution("ec2_subnet_data_tier_closed_by_acl")
def an_acl_written_anew(lab):
    """Write a new ACL for the database's one flow, in and back."""
    acl = ec2().create_network_acl(VpcId=lab.facts["shop_vpc"])["NetworkAcl"]["NetworkAclId"]
    for egress, ports in ((False, (5432, 5432)), (True, (1024, 65535))):
        ec2().create_network_acl_entry(
            NetworkAclId=acl, RuleNumber=10, Protocol="tcp", RuleAction="allow", Egress=egress,
            CidrBlock=lab.facts["app_block"], PortRange={"From": ports[0], "To": ports[1]},
        )  # fmt: skip
    associate(lab, acl)


def associate(lab, acl):
    """Put the data subnet on this ACL."""
    listed = ec2().describe_network_acls(
        Filters=[{"Name": "association.subnet-id", "Values": [lab.facts["data_subnet"]]}]
    )["NetworkAcls"][0]["Associations"]
    mine = next(item for item in listed if item["SubnetId"] == lab.facts["data_subnet"])
    ec2().replace_network_acl_association(AssociationId=mine["NetworkAclAssociationId"], NetworkAclId=acl)


@wrong_fix(
    fails="ec2_instance_ssh_not_reachable_from_internet",
    because="Two halves make a whole: 0.0.0.0/1 and 128.0.0.0/1 together are the internet again.",
)
def write_the_internet_in_halves(lab):
    """Replace the wide rule by its two halves."""
    revoke_where(lab.facts["bastion_group"], lambda rule: rule.get("CidrIpv4") == lab.facts["office"])
    for half in ("0.0.0.0/1", "128.0.0.0/1"):
        ec2().authorize_security_group_ingress(
            GroupId=lab.facts["bastion_group"], IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp=half
        )


@wrong_fix(
    fails="ec2_instance_ssh_not_reachable_from_internet",
    because="A deny for port 22 in the subnet's ACL stops everybody, the office too: nobody can mend anything now.",
)
def deny_ssh_for_all_at_the_subnet(lab):
    """Deny port 22 to everybody in the edge's ACL."""
    ec2().create_network_acl_entry(
        NetworkAclId=lab.facts["edge_acl"], RuleNumber=50, Protocol="tcp", RuleAction="deny", Egress=False,
        CidrBlock=EVERYBODY, PortRange={"From": 22, "To": 22},
    )  # fmt: skip


@wrong_fix(
    fails="ec2_instance_rdp_not_reachable_from_internet",
    because="Without any rule the analysts are out as well: the office's own rule must stay.",
)
def close_rdp_for_everybody(lab):
    """Revoke every inbound rule of the reporting host."""
    revoke_where(lab.facts["reports_group"], lambda rule: False)


@wrong_fix(
    fails="elbv2_targets_reached_through_load_balancer_only",
    because="The balancer reaches the web instance by the same group: without its rule the shop is down.",
)
def close_the_web_group(lab):
    """Revoke every inbound rule of the web group."""
    revoke_where(lab.facts["web_group"], lambda rule: False)


@wrong_fix(
    fails="ec2_security_group_internet_reaches_web_ports_only",
    because="Leaving 22 out of the range still leaves tens of thousands of ports open to everybody.",
)
def all_ports_but_ssh(lab):
    """Replace the wide range by one that leaves SSH out."""
    revoke_where(lab.facts["app_group"], lambda rule: not rule.get("CidrIpv4"))
    ec2().authorize_security_group_ingress(
        GroupId=lab.facts["app_group"], IpProtocol="tcp", FromPort=1025, ToPort=65535, CidrIp=EVERYBODY
    )


@wrong_fix(
    fails="ec2_security_group_attached",
    because="One of the three is gone; the others are still attached to nothing.",
)
def delete_one_orphan(lab):
    """Delete the first of the unused groups."""
    ec2().delete_security_group(GroupId=lab.facts["orphan_groups"][0])


@wrong_fix(
    fails="ec2_default_security_group_closed",
    because="Inbound is closed, and whatever carries the group may still send anything to anybody.",
)
def close_the_default_group_inbound_only(lab):
    """Revoke the default group's inbound rules and forget the outbound ones."""
    revoke_where(lab.facts["default_group"], lambda rule: False)


@wrong_fix(
    fails="ec2_instance_outbound_limited",
    because="The app pays over 443: with every outbound rule gone the payment provider is out of reach.",
)
def close_all_outbound(lab):
    """Revoke every outbound rule of app and database."""
    for group in (lab.facts["app_group"], lab.facts["data_group"]):
        revoke_where(group, lambda rule: False, egress=True)


@wrong_fix(
    fails="ec2_network_acl_deny_takes_effect",
    because="Without the entry nothing contradicts the allow any more, and the scanner walks in.",
)
def remove_the_late_deny(lab):
    """Delete the deny that has no effect."""
    acl = ec2().describe_network_acls(NetworkAclIds=[lab.facts["edge_acl"]])["NetworkAcls"][0]
    for entry in acl["Entries"]:
        if entry["CidrBlock"] == lab.facts["hostile_range"] and not entry["Egress"]:
            ec2().delete_network_acl_entry(
                NetworkAclId=acl["NetworkAclId"], RuleNumber=entry["RuleNumber"], Egress=False
            )


@wrong_fix(
    fails="ec2_network_acl_deny_takes_effect",
    because="Only half of the range is denied in front; the other half still gets in.",
)
def deny_half_of_the_range(lab):
    """Deny the first half of the hostile range in front of the allow."""
    from ipaddress import ip_network

    half = next(ip_network(lab.facts["hostile_range"]).subnets())
    remove_the_late_deny.function(lab)
    ec2().create_network_acl_entry(
        NetworkAclId=lab.facts["edge_acl"], RuleNumber=100, Protocol="-1", RuleAction="deny", Egress=False,
        CidrBlock=str(half),
    )  # fmt: skip


@wrong_fix(
    fails="ec2_subnet_data_tier_closed_by_acl",
    because="ACLs are stateless: without outbound ephemeral ports the database's replies never leave its subnet.",
)
def an_acl_without_a_way_back(lab):
    """Write an ACL with the inbound entry only."""
    acl = ec2().create_network_acl(VpcId=lab.facts["shop_vpc"])["NetworkAcl"]["NetworkAclId"]
    ec2().create_network_acl_entry(
        NetworkAclId=acl, RuleNumber=10, Protocol="tcp", RuleAction="allow", Egress=False,
        CidrBlock=lab.facts["app_block"], PortRange={"From": 5432, "To": 5432},
    )  # fmt: skip
    associate(lab, acl)
