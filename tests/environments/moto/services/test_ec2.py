"""What EC2 gives and refuses of its own accord, through the front, with boto3."""

import base64
import json

import pytest
from botocore.exceptions import ClientError

from helpers.refusals import refusal

IMAGE = "ami-04681a1dbd79675a5"  # Amazon Linux 2


@pytest.fixture
def ec2(account):
    return account.client("ec2")


@pytest.fixture
def vpc(ec2):
    return ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]


@pytest.fixture
def subnet(ec2, vpc):
    return ec2.create_subnet(VpcId=vpc, CidrBlock="10.7.1.0/24")["Subnet"]["SubnetId"]


def launch(ec2, subnet=None, **settings):
    if subnet:
        settings["SubnetId"] = subnet
    run = ec2.run_instances(ImageId=IMAGE, InstanceType="t3.micro", MinCount=1, MaxCount=1, **settings)
    return run["Instances"][0]


def rows(ec2, acl):
    entries = ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"][0]["Entries"]
    return sorted(
        (entry["Egress"], entry["RuleNumber"], entry["RuleAction"], entry.get("CidrBlock") or entry["Ipv6CidrBlock"])
        for entry in entries
    )


def tcp(first, last, block="192.0.2.0/24"):
    return [{"IpProtocol": "tcp", "FromPort": first, "ToPort": last, "IpRanges": [{"CidrIp": block}]}]


# ---- network ACLs ----


def test_a_new_acl_denies_everything_in_its_last_row(ec2, vpc):
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    assert rows(ec2, acl) == [(False, 32767, "deny", "0.0.0.0/0"), (True, 32767, "deny", "0.0.0.0/0")]


def test_acls_of_a_vpc_with_ipv6_speak_of_ipv6(ec2):
    vpc = ec2.create_vpc(CidrBlock="10.8.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    assert [row for row in rows(ec2, acl) if not row[0]] == [
        (False, 32767, "deny", "0.0.0.0/0"),
        (False, 32768, "deny", "::/0"),
    ]


def test_a_default_acl_that_nobody_changed_allows_ipv6_once_there_is_some(ec2, vpc):
    default = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["NetworkAcls"][0]["NetworkAclId"]
    changed = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    ec2.associate_vpc_cidr_block(VpcId=vpc, AmazonProvidedIpv6CidrBlock=True)
    assert (False, 101, "allow", "::/0") in rows(ec2, default)
    assert (True, 32768, "deny", "::/0") in rows(ec2, default)
    assert (False, 101, "allow", "::/0") not in rows(ec2, changed)
    assert (False, 32768, "deny", "::/0") in rows(ec2, changed)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"RuleNumber": 32767}, "InvalidParameterValue"),
        ({"RuleNumber": 0}, "InvalidParameterValue"),
        ({"PortRange": {"From": 90, "To": 80}}, "InvalidParameterValue"),
        ({"PortRange": {}}, "MissingParameter"),
        ({"CidrBlock": "300.0.0.0/8"}, "InvalidParameterValue"),
        ({"Ipv6CidrBlock": "::/0"}, "InvalidParameterCombination"),
        ({"RuleAction": "maybe"}, "InvalidParameterValue"),
        ({"Protocol": "1"}, "MissingParameter"),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_entries_that_aws_would_not_take_are_refused(ec2, vpc, change, code):
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    entry = {
        "NetworkAclId": acl,
        "RuleNumber": 100,
        "Protocol": "6",
        "RuleAction": "allow",
        "Egress": False,
        "CidrBlock": "10.0.0.0/8",
        "PortRange": {"From": 80, "To": 80},
    }
    assert refusal(ec2.create_network_acl_entry, **(entry | change)) == code
    ec2.create_network_acl_entry(**entry)


def test_the_last_row_and_the_default_acl_stay(ec2, vpc):
    acl = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["NetworkAcls"][0]["NetworkAclId"]
    entry = {"NetworkAclId": acl, "RuleNumber": 32767, "Egress": False}
    assert refusal(ec2.delete_network_acl_entry, **entry) == "InvalidParameterValue"
    missing = refusal(ec2.delete_network_acl_entry, **(entry | {"RuleNumber": 7}))
    assert missing == "InvalidNetworkAclEntry.NotFound"
    assert refusal(ec2.delete_network_acl, NetworkAclId=acl) == "InvalidParameterValue"


# ---- security groups ----


def groups_of(ec2, vpc):
    return ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]


def test_a_default_group_admits_its_own_members(ec2, vpc):
    (default,) = groups_of(ec2, vpc)
    assert [pair["GroupId"] for pair in default["IpPermissions"][0]["UserIdGroupPairs"]] == [default["GroupId"]]
    ec2.revoke_security_group_ingress(GroupId=default["GroupId"], IpPermissions=default["IpPermissions"])
    assert groups_of(ec2, vpc)[0]["IpPermissions"] == []


@pytest.mark.parametrize(("ipv6", "ranges"), [(False, [[]]), (True, [[{"CidrIpv6": "::/0"}]])])
def test_a_new_group_sends_ipv6_only_from_a_vpc_that_has_it(ec2, ipv6, ranges):
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16", AmazonProvidedIpv6CidrBlock=ipv6)["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
    rules = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissionsEgress"]
    assert [rule["IpRanges"] for rule in rules] == [[{"CidrIp": "0.0.0.0/0"}]]
    assert [rule["Ipv6Ranges"] for rule in rules] == ranges


@pytest.mark.parametrize("ports", [(443, 80), (0, 70000), (-1, -1)])
def test_ports_that_do_not_exist_are_refused(ec2, vpc, ports):
    group = groups_of(ec2, vpc)[0]["GroupId"]
    code = refusal(ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=tcp(*ports))
    assert code == "InvalidParameterValue"
    code = refusal(ec2.authorize_security_group_egress, GroupId=group, IpPermissions=tcp(*ports))
    assert code == "InvalidParameterValue"


def test_tcp_needs_ports(ec2, vpc):
    group = groups_of(ec2, vpc)[0]["GroupId"]
    rule = [{"IpProtocol": "tcp", "IpRanges": [{"CidrIp": "192.0.2.0/24"}]}]
    assert refusal(ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=rule) == "InvalidParameterValue"


def test_a_group_that_something_uses_is_not_deleted(ec2, vpc, subnet):
    used, naming = (
        ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"] for name in ("used", "naming")
    )
    rule = [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": used}]}]
    ec2.authorize_security_group_ingress(GroupId=naming, IpPermissions=rule)
    assert refusal(ec2.delete_security_group, GroupId=used) == "DependencyViolation"
    ec2.revoke_security_group_ingress(GroupId=naming, IpPermissions=rule)
    instance = launch(ec2, subnet, SecurityGroupIds=[used])["InstanceId"]
    assert refusal(ec2.delete_security_group, GroupId=used) == "DependencyViolation"
    ec2.terminate_instances(InstanceIds=[instance])
    ec2.delete_security_group(GroupId=used)
    ec2.delete_security_group(GroupId=naming)
    assert refusal(ec2.delete_security_group, GroupId=groups_of(ec2, vpc)[0]["GroupId"]) == "CannotDelete"


# ---- EBS ----


def test_encryption_by_default_reaches_new_volumes_with_the_default_key(account, ec2, subnet):
    plain = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)
    assert not plain["Encrypted"]
    assert ec2.get_ebs_default_kms_key_id()["KmsKeyId"] == "alias/aws/ebs"
    ec2.enable_ebs_encryption_by_default()
    managed = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)
    assert managed["Encrypted"]
    key = account.client("kms").create_key()["KeyMetadata"]
    assert ec2.modify_ebs_default_kms_key_id(KmsKeyId=key["KeyId"])["KmsKeyId"] == key["Arn"]
    assert ec2.get_ebs_default_kms_key_id()["KmsKeyId"] == key["Arn"]
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)
    assert (volume["Encrypted"], volume["KmsKeyId"]) == (True, key["Arn"])
    root = launch(ec2, subnet)["BlockDeviceMappings"]
    ids = [item["Ebs"]["VolumeId"] for item in root]
    assert all(item["Encrypted"] for item in ec2.describe_volumes(VolumeIds=ids)["Volumes"])
    snapshot = ec2.create_snapshot(VolumeId=plain["VolumeId"])["SnapshotId"]
    copy = ec2.copy_snapshot(SourceSnapshotId=snapshot, SourceRegion="us-east-1")["SnapshotId"]
    assert ec2.describe_snapshots(SnapshotIds=[copy])["Snapshots"][0]["Encrypted"]
    assert ec2.reset_ebs_default_kms_key_id()["KmsKeyId"] == "alias/aws/ebs"
    assert ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["KmsKeyId"] == managed["KmsKeyId"]


def test_a_default_key_that_ebs_cannot_use_is_refused(account, ec2):
    kms = account.client("kms")
    disabled, signing = (
        kms.create_key(**settings)["KeyMetadata"]["KeyId"]
        for settings in ({}, {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"})
    )
    kms.disable_key(KeyId=disabled)
    for key in (disabled, signing, "alias/nobody"):
        assert refusal(ec2.modify_ebs_default_kms_key_id, KmsKeyId=key) == "InvalidParameterValue"


def test_block_public_access_keeps_snapshots_private(ec2):
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    share = {"SnapshotId": snapshot, "Attribute": "createVolumePermission"}
    public = {"OperationType": "add", "GroupNames": ["all"]}
    assert ec2.get_snapshot_block_public_access_state()["State"] == "unblocked"
    ec2.modify_snapshot_attribute(**share, **public)
    ec2.modify_snapshot_attribute(**share, OperationType="remove", GroupNames=["all"])
    for state in ("block-new-sharing", "block-all-sharing"):
        assert ec2.enable_snapshot_block_public_access(State=state)["State"] == state
        assert refusal(ec2.modify_snapshot_attribute, **share, **public) == "OperationNotPermitted"
    ec2.modify_snapshot_attribute(**share, CreateVolumePermission={"Add": [{"UserId": "111122223333"}]})
    permissions = ec2.describe_snapshot_attribute(**share)["CreateVolumePermissions"]
    assert permissions == [{"UserId": "111122223333"}]
    ec2.disable_snapshot_block_public_access()
    ec2.modify_snapshot_attribute(**share, CreateVolumePermission={"Add": [{"Group": "all"}]})
    assert refusal(ec2.enable_snapshot_block_public_access, State="unblocked") == "InvalidParameterValue"


def test_an_encrypted_snapshot_is_never_public(ec2):
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1, Encrypted=True)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    public = {"Attribute": "createVolumePermission", "OperationType": "add", "GroupNames": ["all"]}
    assert refusal(ec2.modify_snapshot_attribute, SnapshotId=snapshot, **public) == "OperationNotPermitted"


def test_amis_are_not_made_public_before_the_block_is_lifted(ec2, subnet):
    image = ec2.create_image(InstanceId=launch(ec2, subnet)["InstanceId"], Name="golden")["ImageId"]
    public = {"ImageId": image, "LaunchPermission": {"Add": [{"Group": "all"}]}}
    assert ec2.get_image_block_public_access_state()["ImageBlockPublicAccessState"] == "block-new-sharing"
    assert refusal(ec2.modify_image_attribute, **public) == "OperationNotPermitted"
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": "111122223333"}]})
    ec2.disable_image_block_public_access()
    ec2.modify_image_attribute(**public)
    ec2.enable_image_block_public_access(ImageBlockPublicAccessState="block-new-sharing")
    assert ec2.get_image_block_public_access_state()["ImageBlockPublicAccessState"] == "block-new-sharing"


# ---- instances ----


def test_the_accounts_metadata_defaults_hold_at_launch(ec2, subnet):
    ec2.modify_instance_metadata_defaults(HttpTokens="required", HttpPutResponseHopLimit=2)
    level = ec2.get_instance_metadata_defaults()["AccountLevel"]
    assert (level["HttpTokens"], level["HttpPutResponseHopLimit"]) == ("required", 2)
    options = launch(ec2, subnet)["MetadataOptions"]
    assert (options["HttpTokens"], options["HttpPutResponseHopLimit"]) == ("required", 2)
    asked = launch(ec2, subnet, MetadataOptions={"HttpTokens": "optional"})["MetadataOptions"]
    assert (asked["HttpTokens"], asked["HttpPutResponseHopLimit"]) == ("optional", 2)
    ec2.modify_instance_metadata_defaults(HttpTokens="no-preference", HttpPutResponseHopLimit=-1)
    assert "HttpTokens" not in ec2.get_instance_metadata_defaults()["AccountLevel"]
    assert refusal(ec2.modify_instance_metadata_defaults, HttpPutResponseHopLimit=65) == "InvalidParameterValue"


def test_enforced_tokens_refuse_a_launch_without_them(ec2, subnet):
    ec2.modify_instance_metadata_defaults(HttpTokensEnforced="enabled")
    assert refusal(launch, ec2, subnet) == "UnsupportedOperation"
    launch(ec2, subnet, MetadataOptions={"HttpTokens": "required"})


def test_a_launch_templates_metadata_options_hold(ec2, subnet):
    data = {"MetadataOptions": {"HttpTokens": "required"}, "Monitoring": {"Enabled": True}}
    ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data)
    instance = launch(ec2, subnet, LaunchTemplate={"LaunchTemplateName": "web"})
    assert instance["MetadataOptions"]["HttpTokens"] == "required"
    assert instance["Monitoring"]["State"] == "enabled"


def test_changing_one_metadata_option_leaves_the_others(ec2, subnet):
    id = launch(ec2, subnet, MetadataOptions={"HttpTokens": "required"})["InstanceId"]
    ec2.modify_instance_metadata_options(InstanceId=id, HttpPutResponseHopLimit=3)
    options = described(ec2, id)["MetadataOptions"]
    assert (options["HttpTokens"], options["HttpPutResponseHopLimit"]) == ("required", 3)
    code = refusal(ec2.modify_instance_metadata_options, InstanceId=id, HttpPutResponseHopLimit=65)
    assert code == "InvalidParameterValue"


def described(ec2, id):
    return ec2.describe_instances(InstanceIds=[id])["Reservations"][0]["Instances"][0]


def test_detailed_monitoring_is_switched(ec2, subnet):
    id = launch(ec2, subnet)["InstanceId"]
    answer = ec2.monitor_instances(InstanceIds=[id])["InstanceMonitorings"]
    assert answer == [{"InstanceId": id, "Monitoring": {"State": "pending"}}]
    assert described(ec2, id)["Monitoring"]["State"] == "enabled"
    ec2.unmonitor_instances(InstanceIds=[id])
    assert described(ec2, id)["Monitoring"]["State"] == "disabled"
    assert refusal(ec2.monitor_instances, InstanceIds=["i-00000000000000000"]) == "InvalidInstanceID.NotFound"
    assert refusal(ec2.monitor_instances, InstanceIds=[id], DryRun=True) == "DryRunOperation"


def test_user_data_changes_while_the_instance_is_stopped(ec2, subnet):
    id = launch(ec2, subnet, UserData="#!/bin/sh\nexport PASSWORD=hunter2")["InstanceId"]
    change = {"InstanceId": id, "UserData": {"Value": b"#!/bin/sh\n"}}
    assert refusal(ec2.modify_instance_attribute, **change) == "IncorrectInstanceState"
    ec2.stop_instances(InstanceIds=[id])
    ec2.modify_instance_attribute(**change)
    assert user_data(ec2, id) == b"#!/bin/sh\n"
    ec2.modify_instance_attribute(
        InstanceId=id, Attribute="userData", Value=base64.b64encode(b"#!/bin/bash\n").decode()
    )
    assert user_data(ec2, id) == b"#!/bin/bash\n"
    malformed = refusal(ec2.modify_instance_attribute, InstanceId=id, Attribute="userData", Value="#!/bin/sh")
    assert malformed == "InvalidUserData.Malformed"


def user_data(ec2, id):
    answer = ec2.describe_instance_attribute(InstanceId=id, Attribute="userData")["UserData"]
    return base64.b64decode(answer["Value"])


def test_the_serial_console_is_off_until_somebody_opens_it(ec2):
    assert ec2.get_serial_console_access_status()["SerialConsoleAccessEnabled"] is False
    assert ec2.enable_serial_console_access()["SerialConsoleAccessEnabled"] is True
    assert ec2.get_serial_console_access_status()["SerialConsoleAccessEnabled"] is True
    assert ec2.disable_serial_console_access()["SerialConsoleAccessEnabled"] is False


def test_the_life_of_an_instance_connect_endpoint(ec2, vpc, subnet):
    group = ec2.create_security_group(GroupName="eice", Description="eice", VpcId=vpc)["GroupId"]
    tags = [{"ResourceType": "instance-connect-endpoint", "Tags": [{"Key": "Name", "Value": "door"}]}]
    made = ec2.create_instance_connect_endpoint(SubnetId=subnet, SecurityGroupIds=[group], TagSpecifications=tags)
    id = made["InstanceConnectEndpoint"]["InstanceConnectEndpointId"]
    by_tag = [{"Name": "tag:Name", "Values": ["door"]}, {"Name": "vpc-id", "Values": [vpc]}]
    (found,) = ec2.describe_instance_connect_endpoints(Filters=by_tag)["InstanceConnectEndpoints"]
    assert (found["InstanceConnectEndpointId"], found["State"]) == (id, "create-complete")
    assert found["SecurityGroupIds"] == [group]
    assert refusal(ec2.delete_security_group, GroupId=group) == "DependencyViolation"
    assert refusal(ec2.create_instance_connect_endpoint, SubnetId=subnet) == "InstanceConnectEndpointLimitExceeded"
    ec2.modify_instance_connect_endpoint(InstanceConnectEndpointId=id, PreserveClientIp=True)
    ec2.delete_instance_connect_endpoint(InstanceConnectEndpointId=id)
    ec2.delete_security_group(GroupId=group)
    code = refusal(ec2.describe_instance_connect_endpoints, InstanceConnectEndpointIds=[id])
    assert code == "InvalidInstanceConnectEndpointId.NotFound"


# ---- flow logs ----


def test_flow_logs_that_aws_would_not_make_are_refused(account, ec2, vpc):
    trust = {"Effect": "Allow", "Principal": {"Service": "vpc-flow-logs.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = account.client("iam").create_role(RoleName="flow", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    account.client("logs").create_log_group(logGroupName="flow")
    log = {
        "ResourceIds": [vpc],
        "ResourceType": "VPC",
        "TrafficType": "ALL",
        "LogGroupName": "flow",
        "DeliverLogsPermissionArn": role,
    }
    assert refusal(ec2.create_flow_logs, **(log | {"TrafficType": "SOME"})) == "InvalidParameterValue"
    assert refusal(ec2.create_flow_logs, **(log | {"LogFormat": "${colour}"})) == "InvalidParameter"
    assert refusal(ec2.create_flow_logs, **(log | {"MaxAggregationInterval": 61})) == "InvalidParameter"
    del log["TrafficType"]
    assert refusal(ec2.create_flow_logs, **log) == "MissingParameter"
    made = ec2.create_flow_logs(**log, TrafficType="REJECT", LogFormat="${version} ${srcaddr} ${action}")
    assert len(made["FlowLogIds"]) == 1


def test_settings_are_there_again_after_a_restart(account, ec2, subnet):
    ec2.modify_instance_metadata_defaults(HttpTokens="required")
    ec2.enable_serial_console_access()
    made = ec2.create_instance_connect_endpoint(SubnetId=subnet)["InstanceConnectEndpoint"]
    again = account.reopened()
    try:
        again.ledger.catch_up()
        after = again.client("ec2")
        assert after.get_instance_metadata_defaults()["AccountLevel"]["HttpTokens"] == "required"
        assert after.get_serial_console_access_status()["SerialConsoleAccessEnabled"] is True
        assert after.describe_instance_connect_endpoints()["InstanceConnectEndpoints"] == [made]
    finally:
        again.close()


# ---- attributes that are reset, versions that are deleted ----


def test_sharing_is_reset(ec2, subnet):
    image = ec2.create_image(InstanceId=launch(ec2, subnet)["InstanceId"], Name="golden")["ImageId"]
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": "111122223333"}]})
    ec2.reset_image_attribute(ImageId=image, Attribute="launchPermission")
    assert ec2.describe_image_attribute(ImageId=image, Attribute="launchPermission")["LaunchPermissions"] == []
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    share = {"SnapshotId": ec2.create_snapshot(VolumeId=volume)["SnapshotId"], "Attribute": "createVolumePermission"}
    ec2.modify_snapshot_attribute(**share, OperationType="add", UserIds=["111122223333"])
    ec2.reset_snapshot_attribute(**share)
    assert ec2.describe_snapshot_attribute(**share)["CreateVolumePermissions"] == []


def test_attributes_of_volumes_and_instances(ec2, subnet):
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    asked = {"VolumeId": volume, "Attribute": "autoEnableIO"}
    assert ec2.describe_volume_attribute(**asked)["AutoEnableIO"] == {"Value": False}
    ec2.modify_volume_attribute(VolumeId=volume, AutoEnableIO={"Value": True})
    assert ec2.describe_volume_attribute(**asked)["AutoEnableIO"] == {"Value": True}
    (status,) = ec2.describe_volume_status(VolumeIds=[volume])["VolumeStatuses"]
    assert status["VolumeStatus"]["Status"] == "ok"
    id = launch(ec2, subnet)["InstanceId"]
    ec2.modify_instance_attribute(InstanceId=id, SourceDestCheck={"Value": False})
    ec2.reset_instance_attribute(InstanceId=id, Attribute="sourceDestCheck")
    check = ec2.describe_instance_attribute(InstanceId=id, Attribute="sourceDestCheck")["SourceDestCheck"]
    assert check == {"Value": True}
    assert refusal(ec2.reset_instance_attribute, InstanceId=id, Attribute="kernel") == "IncorrectInstanceState"


def test_versions_of_a_launch_template_are_deleted_and_their_numbers_not_used_again(ec2):
    made = {"LaunchTemplateName": "web"}
    ec2.create_launch_template(**made, LaunchTemplateData={"InstanceType": "t3.micro"})
    for kind in ("t3.small", "t3.medium"):
        ec2.create_launch_template_version(**made, LaunchTemplateData={"InstanceType": kind})
    answer = ec2.delete_launch_template_versions(**made, Versions=["2", "1", "9"])
    assert [row["VersionNumber"] for row in answer["SuccessfullyDeletedLaunchTemplateVersions"]] == [2]
    failed = answer["UnsuccessfullyDeletedLaunchTemplateVersions"]
    assert [row["ResponseError"]["Code"] for row in failed] == ["unexpectedError", "launchTemplateVersionDoesNotExist"]
    ec2.delete_launch_template_versions(**made, Versions=["3"])
    last = ec2.create_launch_template_version(**made, LaunchTemplateData={"InstanceType": "t3.nano"})
    assert last["LaunchTemplateVersion"]["VersionNumber"] == 4
    (version,) = ec2.describe_launch_template_versions(**made, Versions=["$Default"])["LaunchTemplateVersions"]
    assert (version["VersionNumber"], version["LaunchTemplateData"]["InstanceType"]) == (1, "t3.micro")


def test_an_endpoints_private_name_can_be_switched(ec2, vpc, subnet):
    made = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName="com.amazonaws.us-east-1.ssm", VpcEndpointType="Interface", SubnetIds=[subnet]
    )["VpcEndpoint"]["VpcEndpointId"]
    for wanted in (True, False):
        ec2.modify_vpc_endpoint(VpcEndpointId=made, PrivateDnsEnabled=wanted)
        assert ec2.describe_vpc_endpoints(VpcEndpointIds=[made])["VpcEndpoints"][0]["PrivateDnsEnabled"] is wanted
    gateway = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3", VpcEndpointType="Gateway")
    switched = {"VpcEndpointId": gateway["VpcEndpoint"]["VpcEndpointId"], "PrivateDnsEnabled": True}
    assert refusal(ec2.modify_vpc_endpoint, **switched) == "InvalidParameter"


def test_an_endpoint_is_for_a_service_that_there_is(ec2, vpc):
    for name in ("com.amazonaws.us-east-1.s4", "com.amazonaws.eu-west-1.s3", "s3"):
        assert refusal(ec2.create_vpc_endpoint, VpcId=vpc, ServiceName=name) == "InvalidServiceName"
    gateway = {"VpcId": vpc, "ServiceName": "com.amazonaws.us-east-1.kms", "VpcEndpointType": "Gateway"}
    assert refusal(ec2.create_vpc_endpoint, **gateway) == "InvalidParameter"
    for name in ("kms", "ecr.dkr", "ssmmessages", "logs"):
        interface = {"ServiceName": f"com.amazonaws.us-east-1.{name}", "VpcEndpointType": "Interface"}
        assert ec2.create_vpc_endpoint(VpcId=vpc, **interface)["VpcEndpoint"]["State"] == "available"


@pytest.mark.parametrize(
    ("operation", "member", "prefix", "codes"),
    [
        ("describe_instances", "InstanceIds", "i", ("InvalidInstanceID.Malformed", "InvalidInstanceID.NotFound")),
        ("stop_instances", "InstanceIds", "i", ("InvalidInstanceID.Malformed", "InvalidInstanceID.NotFound")),
        ("describe_security_groups", "GroupIds", "sg", ("InvalidGroupId.Malformed", "InvalidGroup.NotFound")),
        ("describe_volumes", "VolumeIds", "vol", ("InvalidParameterValue", "InvalidVolume.NotFound")),
        ("describe_route_tables", "RouteTableIds", "rtb", ("InvalidRouteTableId.Malformed",
                                                           "InvalidRouteTableID.NotFound")),
        ("describe_network_interfaces", "NetworkInterfaceIds", "eni", ("InvalidNetworkInterfaceId.Malformed",
                                                                       "InvalidNetworkInterfaceID.NotFound")),
        ("describe_network_acls", "NetworkAclIds", "acl", ("InvalidNetworkAclID.NotFound",) * 2),
    ],
)  # fmt: skip
def test_a_malformed_id_is_told_from_one_that_nothing_has(ec2, operation, member, prefix, codes):
    for id, code in zip((f"{prefix}-1", f"{prefix}-0123456789abcdef0"), codes, strict=True):
        assert refusal(getattr(ec2, operation), **{member: [id]}) == code


# ---- launches ----


def test_only_what_exists_is_launched(account, ec2, subnet, refused):
    once = {"MinCount": 1, "MaxCount": 1, "SubnetId": subnet}
    named = {
        "InvalidAMIID.NotFound": {"ImageId": "ami-00000000000000bad"},
        "InvalidAMIID.Malformed": {"ImageId": "ami-nothing"},
        "MissingParameter": {"InstanceType": "t3.micro"},
        "InvalidParameterValue": {"ImageId": IMAGE, "InstanceType": "zz.huge"},
    }
    assert [refused(ec2.run_instances, **once, **members) for members in named.values()] == list(named)
    parameter = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    image = account.client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"]
    assert ec2.run_instances(ImageId=f"resolve:ssm:{parameter}", **once)["Instances"][0]["ImageId"] == image
    assert refused(ec2.run_instances, ImageId="resolve:ssm:/none", **once) == "InvalidParameterValue"
    data = {"LaunchTemplateName": "web", "LaunchTemplateData": {"ImageId": image, "InstanceType": "t3.micro"}}
    ec2.create_launch_template(**data)
    made = ec2.run_instances(LaunchTemplate={"LaunchTemplateName": "web"}, **once)["Instances"][0]
    assert (made["ImageId"], made["InstanceType"]) == (image, "t3.micro")


def test_images_of_others_are_found_and_belong_to_nobody_here(ec2):
    newest = ec2.describe_images(Owners=["amazon"], Filters=[{"Name": "name", "Values": ["al2023-ami-2023.*"]}])
    assert newest["Images"] and all(image["Public"] for image in newest["Images"])
    assert ec2.describe_images(Owners=["self"])["Images"] == []
    assert ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"] == []


def test_a_launch_names_a_key_pair_and_a_profile_that_are_there(ec2, subnet, refused):
    base = {"ImageId": IMAGE, "SubnetId": subnet, "MinCount": 1, "MaxCount": 1}
    assert refused(ec2.run_instances, **base, KeyName="none") == "InvalidKeyPair.NotFound"
    assert refused(ec2.run_instances, **base, IamInstanceProfile={"Name": "none"}) == "InvalidParameterValue"
    assert refused(ec2.run_instances, **base | {"MinCount": 2}) == "InvalidParameterValue"
    assert ec2.create_key_pair(KeyName="mine")["KeyName"] == "mine"
    assert ec2.run_instances(**base, KeyName="mine")["Instances"][0]["KeyName"] == "mine"


# ---- every request ----


def test_a_dry_run_does_nothing(ec2, subnet, refused):
    before = len(ec2.describe_vpcs()["Vpcs"])
    assert refused(ec2.create_vpc, CidrBlock="10.60.0.0/16", DryRun=True) == "DryRunOperation"
    assert refused(ec2.create_volume, AvailabilityZone="us-east-1a", Size=1, DryRun=True) == "DryRunOperation"
    assert refused(ec2.delete_subnet, SubnetId=subnet, DryRun=True) == "DryRunOperation"
    assert len(ec2.describe_vpcs()["Vpcs"]) == before
    assert ec2.describe_subnets(SubnetIds=[subnet])["Subnets"]


def test_a_filter_that_is_not_known_is_named(ec2):
    with pytest.raises(ClientError, match=r"does not know this filter: .*nope") as error:
        ec2.describe_vpcs(Filters=[{"Name": "nope", "Values": ["x"]}])
    assert error.value.response["Error"]["Code"] == "InvalidParameterValue"


def test_volumes_subnets_and_tags_that_ec2_refuses(ec2, subnet, refused):
    place = {"AvailabilityZone": "us-east-1a"}
    assert refused(ec2.create_volume, **place, Size=0) == "InvalidParameterValue"
    assert refused(ec2.create_volume, AvailabilityZone="zz-1a", Size=1) == "InvalidZone.NotFound"
    assert refused(ec2.create_volume, **place) == "MissingParameter"
    interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    assert refused(ec2.delete_subnet, SubnetId=subnet) == "DependencyViolation"
    reserved = [{"Key": "aws:owner", "Value": "me"}]
    assert refused(ec2.create_tags, Resources=[subnet], Tags=reserved) == "InvalidParameterValue"
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    ec2.delete_subnet(SubnetId=subnet)


# ---- what must be there ----


def test_a_subnet_has_one_table_and_a_table_one_way_to_a_place(ec2, vpc, subnet):
    first, second = (ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in range(2))
    ec2.associate_route_table(RouteTableId=first, SubnetId=subnet)
    assert refusal(ec2.associate_route_table, RouteTableId=second, SubnetId=subnet) == "Resource.AlreadyAssociated"
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    route = {"RouteTableId": first, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway}
    ec2.create_route(**route)
    for taken in ("0.0.0.0/0", "10.7.0.0/16"):
        assert refusal(ec2.create_route, **route | {"DestinationCidrBlock": taken}) == "RouteAlreadyExists"


def test_a_rule_has_a_protocol_and_a_prefix_list_that_there_are(ec2, vpc):
    group = ec2.create_security_group(GroupName="web", Description="d", VpcId=vpc)["GroupId"]

    def allow(**change):
        rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443} | change
        return ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])

    lists = [{"PrefixListId": "pl-0123456789abcdef0"}]
    assert refusal(allow, PrefixListIds=lists) == "InvalidPrefixListID.NotFound"
    source = [{"CidrIp": "192.0.2.0/24"}]
    for protocol in ("http", "256"):
        assert refusal(allow, IpProtocol=protocol, IpRanges=source) == "InvalidParameterValue"
    assert allow(IpProtocol="50", IpRanges=source)["Return"] is True
    known = ec2.describe_managed_prefix_lists()["PrefixLists"][0]["PrefixListId"]
    assert allow(PrefixListIds=[{"PrefixListId": known}])["Return"] is True


def test_tags_are_for_what_there_is_and_filters_have_names(ec2, subnet):
    launch(ec2, subnet)
    tags = [{"Key": "a", "Value": "b"}]
    for id, code in (("i-0123456789abcdef0", "InvalidInstanceID.NotFound"), ("vpc-0", "InvalidVpcID.NotFound"),
                     ("sg-0123456789abcdef0", "InvalidGroup.NotFound")):  # fmt: skip
        assert refusal(ec2.create_tags, Resources=[id], Tags=tags) == code
    nonsense = [{"Name": "nonsense", "Values": ["x"]}]
    for read in (ec2.describe_instances, ec2.describe_security_groups, ec2.describe_vpcs, ec2.describe_subnets):
        assert refusal(read, Filters=nonsense) == "InvalidParameterValue"
    assert refusal(ec2.create_vpc, CidrBlock="10.0.0.0") == "InvalidParameterValue"
