"""Controls of EC2: bypasses that fail, and honest answers that pass, from a healthy perimeter."""

from ipaddress import ip_network

import pytest

from helpers.changes import EVERYBODY, HALVES, admit, association, edge_behind_a_transit_gateway, entry
from helpers.judged import assert_doubted, assert_fails, assert_passes, named
from helpers.messages import unreached

SSH = "ec2_instance_ssh_not_reachable_from_internet"
RDP = "ec2_instance_rdp_not_reachable_from_internet"
PORTS = "ec2_security_group_internet_reaches_web_ports_only"
ATTACHED = "ec2_security_group_attached"
DEFAULT = "ec2_default_security_group_closed"
OUTBOUND = "ec2_instance_outbound_limited"
DENY = "ec2_network_acl_deny_takes_effect"
DATA_TIER = "ec2_subnet_data_tier_closed_by_acl"


def admit_prefix_list(fact, port):
    def change(live, facts):
        ec2 = live.client("ec2")
        made = ec2.create_managed_prefix_list(
            PrefixListName="offices", MaxEntries=2, AddressFamily="IPv4", Entries=[{"Cidr": half} for half in HALVES]
        )["PrefixList"]["PrefixListId"]
        permission = {
            "IpProtocol": "tcp", "FromPort": port, "ToPort": port, "PrefixListIds": [{"PrefixListId": made}]
        }  # fmt: skip
        ec2.authorize_security_group_ingress(GroupId=facts[fact], IpPermissions=[permission])

    return change


def admit_group(fact, port, source, *, egress=False):
    def change(live, facts):
        pair = [{"GroupId": facts[source]}]
        permission = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "UserIdGroupPairs": pair}
        way = "egress" if egress else "ingress"
        call = getattr(live.client("ec2"), f"authorize_security_group_{way}")
        call(GroupId=facts[fact], IpPermissions=[permission])

    return change


def a_second_group_on_the_bastion(live, facts):
    ec2 = live.client("ec2")
    made = new_group(live, facts)
    ec2.authorize_security_group_ingress(GroupId=made, IpProtocol="tcp", FromPort=0, ToPort=65535, CidrIp=EVERYBODY)
    ec2.modify_instance_attribute(InstanceId=facts["bastion_instance"], Groups=[facts["bastion_group"], made])


def open_group_behind_a_closed_acl(live, facts):
    admit("bastion_group", (22, 22), EVERYBODY)(live, facts)
    entry("edge_acl", 1, "office", "allow", ports=(22, 22))(live, facts)
    entry("edge_acl", 2, EVERYBODY, "deny", ports=(22, 22))(live, facts)


def new_group(live, facts):
    made = live.client("ec2").create_security_group(GroupName="new", Description="new", VpcId=facts["shop_vpc"])
    return made["GroupId"]


def new_group_that_names_itself(live, facts):
    made = new_group(live, facts)
    admit_group("new", 22, "new")(live, {"new": made})


def new_groups_that_name_each_other(live, facts):
    made = new_group(live, facts)
    ec2 = live.client("ec2")
    other = ec2.create_security_group(GroupName="other", Description="x", VpcId=facts["shop_vpc"])["GroupId"]
    admit_group("one", 22, "two")(live, {"one": made, "two": other})
    admit_group("one", 22, "two")(live, {"one": other, "two": made})


def new_group_that_another_names(live, facts):
    made = new_group(live, facts)
    admit_group("app_group", 9100, "new")(live, {**facts, "new": made})


def half_of_the_hostile_range_in_front(live, facts):
    half = next(ip_network(facts["hostile_range"]).subnets())
    entry("edge_acl", 1, str(half), "allow")(live, facts)


def the_hostile_range_denied_in_halves(live, facts):
    for number, half in enumerate(ip_network(facts["hostile_range"]).subnets(), start=1):
        entry("edge_acl", number, str(half), "deny")(live, facts)


def data_subnet_on_the_default_acl(live, facts):
    ec2 = live.client("ec2")
    filters = [{"Name": "vpc-id", "Values": [facts["shop_vpc"]]}, {"Name": "default", "Values": ["true"]}]
    default = ec2.describe_network_acls(Filters=filters)["NetworkAcls"][0]["NetworkAclId"]
    mine = association(live, facts["data_subnet"])["NetworkAclAssociationId"]
    ec2.replace_network_acl_association(AssociationId=mine, NetworkAclId=default)


FOOLS = [
    (SSH, "two halves of the internet", admit("bastion_group", (22, 22), *HALVES), "reaches port 22"),
    (SSH, "a range of ports around 22", admit("bastion_group", (20, 25), EVERYBODY), "reaches port 22"),
    (SSH, "every protocol", admit("bastion_group", None, EVERYBODY, protocol="-1"), "reaches port 22"),
    (SSH, "a prefix list that holds the internet", admit_prefix_list("bastion_group", 22), "reaches port 22"),
    (SSH, "a single stranger", admit("bastion_group", (22, 22), "198.51.100.9/32"), "198.51.100.9 reaches port 22"),
    (SSH, "a second group on the same instance", a_second_group_on_the_bastion, "reaches port 22"),
    (RDP, "two halves of the internet", admit("reports_group", (3389, 3389), *HALVES), "reaches port 3389"),
    (RDP, "a range of ports around 3389", admit("reports_group", (3000, 4000), EVERYBODY), "reaches port 3389"),
    (PORTS, "one more port", admit("balancer_group", (444, 444), EVERYBODY), "admitted to tcp 444"),
    (PORTS, "a wide range", admit("balancer_group", (80, 443), EVERYBODY), "admitted to tcp 81-442"),
    (PORTS, "web ports over UDP", admit("balancer_group", (443, 443), EVERYBODY, protocol="udp"), "udp 443"),
    (PORTS, "IPv6 only", admit("app_group", (22, 22), ipv6=("::/0",)), "admitted to tcp 22"),
    (PORTS, "a prefix list", admit_prefix_list("app_group", 9000), "admitted to tcp 9000"),
    (PORTS, "a group that is attached to nothing", admit("partners_group", (22, 22), EVERYBODY), "tcp 22"),
    (ATTACHED, "a new group", new_group, "attached to nothing and named by nothing"),
    (ATTACHED, "a group that only names itself", new_group_that_names_itself, "named by nothing"),
    (
        ATTACHED,
        "groups that name each other",
        new_groups_that_name_each_other,
        "new: attached to nothing and named by sg-",
    ),
    (DEFAULT, "a rule of private addresses", admit("default_group", (443, 443), "10.0.0.0/8"), "has 1 rules"),
    (DEFAULT, "outbound only", admit("default_group", None, EVERYBODY, protocol="-1", egress=True), "has 1 rules"),
    (OUTBOUND, "the database in halves", admit("data_group", (443, 443), *HALVES, egress=True), "on tcp 443"),
    (OUTBOUND, "the app to one more port", admit("app_group", (80, 80), EVERYBODY, egress=True), "on tcp 80"),
    (OUTBOUND, "DNS to anywhere", admit("data_group", (53, 53), EVERYBODY, protocol="udp", egress=True), "udp 53"),
    (DENY, "half of the range let in first", half_of_the_hostile_range_in_front, "some of the hostile range"),
    (DENY, "a deny behind the allow", entry("edge_acl", 30000, "185.199.0.0/16", "deny"), "never decides"),
    (DATA_TIER, "inbound", entry("data_subnet", 1, EVERYBODY, "allow", ports=(5432, 5432)), "is open to the internet"),
    (DATA_TIER, "outbound", entry("data_subnet", 1, HALVES[1], "allow", egress=True), "is open to the internet"),
    (DATA_TIER, "the default ACL", data_subnet_on_the_default_acl, "the default network ACL"),
]

HONEST = [
    (SSH, "the office once more", admit("bastion_group", (0, 65535), "office"), "is closed to the internet"),
    (SSH, "open to the own VPC", admit("bastion_group", (22, 22), "vpc_block"), "is closed to the internet"),
    (SSH, "IPv6 without an IPv6 address", admit("bastion_group", (22, 22), ipv6=("::/0",)), "is closed"),
    (SSH, "an instance that no route reaches", admit("data_group", (22, 22), EVERYBODY), "is closed"),
    (RDP, "the bastion's group", admit_group("reports_group", 3389, "bastion_group"), "is closed to the internet"),
    (PORTS, "80 and 443 in halves", admit("balancer_group", (443, 443), *HALVES), "no further than 80 and 443"),
    (PORTS, "everything from the office", admit("bastion_group", None, "office", protocol="-1"), "no further"),
    (PORTS, "a wide private range", admit("app_group", (0, 65535), "10.0.0.0/8"), "no further"),
    (ATTACHED, "a group that another names", new_group_that_another_names, "attached to nothing, but named by"),
    (DEFAULT, "nothing changed", lambda live, facts: None, "has no rules"),
    (OUTBOUND, "the database to the own VPC", admit("data_group", (443, 443), "vpc_block", egress=True), "no more"),
    (OUTBOUND, "the app to the database's group", admit_group("app_group", 5433, "data_group", egress=True), "no more"),
    (DENY, "the range denied in halves", the_hostile_range_denied_in_halves, "takes effect"),
    (DENY, "the same deny once more", entry("edge_acl", 30000, "hostile_range", "deny"), "takes effect"),
    (DATA_TIER, "one more private flow", entry("data_subnet", 1, "app_block", "allow"), "lets nothing through"),
]


DOUBTS = [
    (SSH, "replies that go through a transit gateway", edge_behind_a_transit_gateway, "cannot judge port 22"),
]


@pytest.mark.parametrize(("control", "change", "words"), named(FOOLS))
def test_a_bypass_fails_and_the_finding_names_it(judge, control, change, words):
    failed = assert_fails(judge(control, change), words)
    assert all(finding.evidence for finding in failed)


@pytest.mark.parametrize(("control", "change", "words"), named(HONEST))
def test_an_honest_answer_passes(judge, control, change, words):
    assert_passes(judge(control, change), words)


def test_an_open_group_behind_a_closed_acl_passes_the_path_and_fails_the_resource(judge):
    path = judge(SSH, open_group_behind_a_closed_acl)
    resource = judge(PORTS, open_group_behind_a_closed_acl)
    assert {finding.verdict.value for finding in path} == {"PASSED"}
    assert any("tcp 22" in f.message for f in resource if f.verdict.value == "FAILED")


@pytest.mark.parametrize(("control", "change", "words"), named(DOUBTS))
def test_what_cannot_be_judged_says_so_and_is_neither_passed_nor_failed(judge, control, change, words):
    assert_doubted(judge(control, change), words)


def test_every_message_is_reached(judge):
    cases = [(control, change) for control, _, change, _ in (*FOOLS, *HONEST, *DOUBTS)]
    assert unreached("ec2", judge, cases) == []
