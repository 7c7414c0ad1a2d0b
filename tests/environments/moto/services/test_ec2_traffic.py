"""Traffic mirroring and Block Public Access for VPCs, through the front, with boto3."""

import pytest

DNS = {
    "TrafficDirection": "egress",
    "RuleNumber": 10,
    "RuleAction": "accept",
    "Protocol": 17,
    "DestinationPortRange": {"FromPort": 53, "ToPort": 53},
    "SourceCidrBlock": "10.0.0.0/16",
    "DestinationCidrBlock": "0.0.0.0/0",
    "Description": "dns",
}


@pytest.fixture
def ec2(account):
    return account.client("ec2")


@pytest.fixture
def interfaces(ec2):
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    return [ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"] for _ in range(2)]


def test_the_life_of_a_filter_and_its_rules(ec2, refused, same_after_restart):
    id = ec2.create_traffic_mirror_filter(Description="suspect")["TrafficMirrorFilter"]["TrafficMirrorFilterId"]
    create, where = ec2.create_traffic_mirror_filter_rule, {"TrafficMirrorFilterId": id}
    made = create(**where, **DNS)["TrafficMirrorFilterRule"]
    assert made.items() >= DNS.items()
    web = {"RuleAction": "accept", "SourceCidrBlock": "0.0.0.0/0", "DestinationCidrBlock": "10.0.0.0/8"}
    create(**where, **web, TrafficDirection="ingress", RuleNumber=10)
    shown = ec2.describe_traffic_mirror_filters(TrafficMirrorFilterIds=[id])["TrafficMirrorFilters"][0]
    assert [rule["RuleNumber"] for rule in shown["EgressFilterRules"]] == [10] and len(shown["IngressFilterRules"]) == 1
    for wrong, code in (
        ({}, "TrafficMirrorFilterRuleAlreadyExists"),
        ({"RuleNumber": 0}, "InvalidParameterValue"),
        ({"RuleNumber": 11, "Protocol": 1}, "InvalidParameterCombination"),
        ({"RuleNumber": 11, "SourceCidrBlock": "10.0.0.0/99"}, "InvalidParameterValue"),
        ({"RuleNumber": 11, "SourceCidrBlock": "::/0"}, "InvalidParameterCombination"),
        ({"RuleNumber": 11, "DestinationPortRange": {"FromPort": 2, "ToPort": 1}}, "InvalidParameterValue"),
    ):
        assert refused(create, **where, **DNS | wrong) == code
    rule = {"TrafficMirrorFilterRuleId": made["TrafficMirrorFilterRuleId"]}
    changed = ec2.modify_traffic_mirror_filter_rule(**rule, RuleAction="reject", RemoveFields=["description"])
    assert changed["TrafficMirrorFilterRule"]["RuleAction"] == "reject"
    assert "Description" not in changed["TrafficMirrorFilterRule"]
    filters = [{"Name": "rule-action", "Values": ["reject"]}]
    assert len(ec2.describe_traffic_mirror_filter_rules(Filters=filters)["TrafficMirrorFilterRules"]) == 1
    services = ec2.modify_traffic_mirror_filter_network_services(**where, AddNetworkServices=["amazon-dns"])
    assert services["TrafficMirrorFilter"]["NetworkServices"] == ["amazon-dns"]
    ec2.delete_traffic_mirror_filter_rule(**rule)
    assert refused(ec2.delete_traffic_mirror_filter_rule, **rule) == "InvalidTrafficMirrorFilterRuleId.NotFound"
    same_after_restart(("ec2", "describe_traffic_mirror_filters"), ("ec2", "describe_traffic_mirror_filter_rules"))


def test_a_session_has_ends_and_a_filter_that_are_there(ec2, interfaces, refused):
    source, other = interfaces
    rules = ec2.create_traffic_mirror_filter()["TrafficMirrorFilter"]["TrafficMirrorFilterId"]

    def target(interface):
        return ec2.create_traffic_mirror_target(NetworkInterfaceId=interface)["TrafficMirrorTarget"][
            "TrafficMirrorTargetId"
        ]

    assert refused(target, "eni-00000000") == "InvalidNetworkInterfaceID.NotFound"
    there, itself = target(other), target(source)
    members = {
        "NetworkInterfaceId": source,
        "TrafficMirrorTargetId": there,
        "TrafficMirrorFilterId": rules,
        "SessionNumber": 1,
    }
    create = ec2.create_traffic_mirror_session
    for wrong, code in (
        ({"TrafficMirrorTargetId": "tmt-0"}, "InvalidTrafficMirrorTargetId.NotFound"),
        ({"TrafficMirrorFilterId": "tmf-0"}, "InvalidTrafficMirrorFilterId.NotFound"),
        ({"NetworkInterfaceId": "eni-00000000"}, "InvalidNetworkInterfaceID.NotFound"),
        ({"TrafficMirrorTargetId": itself}, "InvalidParameterValue"),
        ({"SessionNumber": 0}, "InvalidParameterValue"),
    ):
        assert refused(create, **members | wrong) == code
    session = {
        "TrafficMirrorSessionId": create(**members, Description="d")["TrafficMirrorSession"]["TrafficMirrorSessionId"]
    }
    assert refused(create, **members) == "InvalidParameterValue"
    assert refused(ec2.delete_traffic_mirror_filter, TrafficMirrorFilterId=rules) == "TrafficMirrorFilterInUse"
    assert refused(ec2.delete_traffic_mirror_target, TrafficMirrorTargetId=there) == "TrafficMirrorTargetInUse"
    ec2.modify_traffic_mirror_session(**session, SessionNumber=2, RemoveFields=["description"])
    kept = ec2.describe_traffic_mirror_sessions()["TrafficMirrorSessions"][0]
    assert kept["SessionNumber"] == 2 and "Description" not in kept
    ec2.delete_traffic_mirror_session(**session)
    assert refused(ec2.delete_traffic_mirror_session, **session) == "InvalidTrafficMirrorSessionId.NotFound"
    ec2.delete_traffic_mirror_filter(TrafficMirrorFilterId=rules)
    ec2.delete_traffic_mirror_target(TrafficMirrorTargetId=there)


def test_vpcs_block_public_access_but_for_exclusions(ec2, refused, same_after_restart):
    options = ec2.describe_vpc_block_public_access_options()["VpcBlockPublicAccessOptions"]
    assert (options["InternetGatewayBlockMode"], options["State"]) == ("off", "default-state")
    ec2.modify_vpc_block_public_access_options(InternetGatewayBlockMode="block-bidirectional")
    options = ec2.describe_vpc_block_public_access_options()["VpcBlockPublicAccessOptions"]
    assert (options["InternetGatewayBlockMode"], options["State"]) == ("block-bidirectional", "update-complete")
    create, vpc = ec2.create_vpc_block_public_access_exclusion, ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    egress = {"InternetGatewayExclusionMode": "allow-egress"}
    made = create(VpcId=vpc, **egress)["VpcBlockPublicAccessExclusion"]
    assert made["State"] == "create-in-progress" and made["ResourceArn"].endswith(f":vpc/{vpc}")
    assert refused(create, VpcId=vpc, **egress) == "InvalidParameterValue"
    assert refused(create, **egress) == "InvalidParameterCombination"
    assert refused(create, VpcId="vpc-00000000", **egress) == "InvalidVpcID.NotFound"
    one = {"ExclusionId": made["ExclusionId"]}
    ec2.modify_vpc_block_public_access_exclusion(**one, InternetGatewayExclusionMode="allow-bidirectional")
    kept = ec2.describe_vpc_block_public_access_exclusions()["VpcBlockPublicAccessExclusions"]
    assert [(row["InternetGatewayExclusionMode"], row["State"]) for row in kept] == [
        ("allow-bidirectional", "update-complete")
    ]
    none = ec2.describe_vpc_block_public_access_exclusions(Filters=[{"Name": "resource-arn", "Values": ["x"]}])
    assert none["VpcBlockPublicAccessExclusions"] == []
    create(SubnetId=ec2.describe_subnets()["Subnets"][0]["SubnetId"], **egress)
    assert ec2.delete_vpc_block_public_access_exclusion(**one)["VpcBlockPublicAccessExclusion"]["State"] == (
        "delete-in-progress"
    )
    gone = "InvalidVpcBlockPublicAccessExclusionId.NotFound"
    assert refused(ec2.delete_vpc_block_public_access_exclusion, **one) == gone
    same_after_restart(
        ("ec2", "describe_vpc_block_public_access_options"), ("ec2", "describe_vpc_block_public_access_exclusions")
    )


def test_a_prefix_list_keeps_its_name_when_its_entries_change(ec2):
    made = ec2.create_managed_prefix_list(PrefixListName="offices", AddressFamily="IPv4", MaxEntries=5)["PrefixList"]
    named = {"PrefixListId": made["PrefixListId"]}
    ec2.modify_managed_prefix_list(**named, CurrentVersion=1, AddEntries=[{"Cidr": "192.0.2.0/24"}])
    kept = ec2.describe_managed_prefix_lists(PrefixListIds=[made["PrefixListId"]])["PrefixLists"][0]
    assert kept["PrefixListName"] == "offices"
    assert {one["PrefixListName"] for one in ec2.describe_prefix_lists()["PrefixLists"]} >= {
        "com.amazonaws.us-east-1.s3"
    }
