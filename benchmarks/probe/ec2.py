"""Steps of Amazon EC2, VPC and load balancers."""

import base64
import json
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from .probe import Probe, policy


def steps(probe: Probe) -> None:
    e = probe.client("ec2")
    step = probe.capability("VPC/subnets/IGW/NAT/routes")
    v = step.works("create_vpc", e.create_vpc, CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"][
        "VpcId"
    ]
    step.works("modify dns", e.modify_vpc_attribute, VpcId=v, EnableDnsHostnames={"Value": True})
    step.tells(
        "dns read",
        lambda: e.describe_vpc_attribute(VpcId=v, Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"],
    )
    sn = step.works("create_subnet", e.create_subnet, VpcId=v, CidrBlock="10.0.1.0/24", AvailabilityZone="us-east-1a")[
        "Subnet"
    ]["SubnetId"]
    sn2 = e.create_subnet(VpcId=v, CidrBlock="10.0.2.0/24", AvailabilityZone="us-east-1b")["Subnet"]["SubnetId"]
    step.works("MapPublicIp", e.modify_subnet_attribute, SubnetId=sn, MapPublicIpOnLaunch={"Value": True})
    step.tells("read", lambda: e.describe_subnets(SubnetIds=[sn])["Subnets"][0]["MapPublicIpOnLaunch"])
    step.refuses("subnet outside vpc", e.create_subnet, VpcId=v, CidrBlock="192.168.0.0/24")
    step.refuses("overlap", e.create_subnet, VpcId=v, CidrBlock="10.0.1.0/25")
    ig = step.works("igw", e.create_internet_gateway)["InternetGateway"]["InternetGatewayId"]
    step.works("attach", e.attach_internet_gateway, InternetGatewayId=ig, VpcId=v)
    al = e.allocate_address(Domain="vpc")["AllocationId"]
    nat = step.works("nat", e.create_nat_gateway, SubnetId=sn, AllocationId=al)["NatGateway"]["NatGatewayId"]
    rt = step.works("rtb", e.create_route_table, VpcId=v)["RouteTable"]["RouteTableId"]
    step.works("route igw", e.create_route, RouteTableId=rt, DestinationCidrBlock="0.0.0.0/0", GatewayId=ig)
    step.works("assoc", e.associate_route_table, RouteTableId=rt, SubnetId=sn)
    step.works("route6", e.create_route, RouteTableId=rt, DestinationIpv6CidrBlock="::/0", GatewayId=ig)
    step.tells(
        "routes",
        lambda: sorted(
            str(r.get("DestinationCidrBlock") or r.get("DestinationIpv6CidrBlock"))
            for r in e.describe_route_tables(RouteTableIds=[rt])["RouteTables"][0]["Routes"]
        ),
        lambda x: "::/0" in x and "0.0.0.0/0" in x,
    )
    step.works(
        "replace_route nat", e.replace_route, RouteTableId=rt, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat
    )
    step.tells(
        "now nat",
        lambda: next(
            r
            for r in e.describe_route_tables(RouteTableIds=[rt])["RouteTables"][0]["Routes"]
            if r.get("DestinationCidrBlock") == "0.0.0.0/0"
        ).get("NatGatewayId"),
        nat,
    )
    step.refuses(
        "bad gateway id", e.create_route, RouteTableId=rt, DestinationCidrBlock="1.0.0.0/8", GatewayId="igw-00000000"
    )
    step.works(
        "peering",
        lambda: e.create_vpc_peering_connection(VpcId=v,
            PeerVpcId=e.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]),
    )  # fmt: skip
    step.works("tgw", e.create_transit_gateway)
    step.works("egress-only igw", e.create_egress_only_internet_gateway, VpcId=v)
    step.works("dhcp options", e.create_dhcp_options, DhcpConfigurations=[{"Key": "domain-name", "Values": ["x"]}])
    step = probe.capability("security groups")
    g = step.works("create", e.create_security_group, GroupName="web", Description="d", VpcId=v)["GroupId"]
    g2 = e.create_security_group(GroupName="db", Description="d", VpcId=v)["GroupId"]
    pl = step.works(
        "prefix list",
        e.create_managed_prefix_list,
        PrefixListName="pl",
        MaxEntries=5,
        AddressFamily="IPv4",
        Entries=[{"Cidr": "203.0.113.0/24", "Description": "x"}],
    )["PrefixList"]["PrefixListId"]
    perm = [
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0",
            "Description": "ssh"}], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": pl}]},
    ]  # fmt: skip
    step.works("authorize", e.authorize_security_group_ingress, GroupId=g, IpPermissions=perm)
    step.works(
        "authorize SG ref", e.authorize_security_group_ingress, GroupId=g2,
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 3306, "ToPort": 3306, "UserIdGroupPairs": [{"GroupId": g}]}],
    )  # fmt: skip

    def rd():
        p = {
            x.get("FromPort"): x for x in e.describe_security_groups(GroupIds=[g])["SecurityGroups"][0]["IpPermissions"]
        }
        return [
            p[22]["IpRanges"][0]["Description"], p[22]["Ipv6Ranges"][0]["CidrIpv6"],
            p[443]["PrefixListIds"][0]["PrefixListId"],
        ]  # fmt: skip

    step.tells("read v4/v6/pl", rd, ["ssh", "::/0", pl])
    step.tells(
        "SG ref",
        lambda: e.describe_security_groups(GroupIds=[g2])["SecurityGroups"][0]["IpPermissions"][0]["UserIdGroupPairs"][
            0
        ]["GroupId"],
        g,
    )
    rl = step.works(
        "describe_security_group_rules",
        lambda: e.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [g]}])["SecurityGroupRules"],
    )
    rid = [r for r in rl if r.get("CidrIpv4") == "0.0.0.0/0" and (not r["IsEgress"])]
    step.tells("one rule per source (v4, v6, list; out v4, and v6 in a VPC that has it)", lambda: len(rl), 5)
    step.works(
        "modify_security_group_rules", e.modify_security_group_rules, GroupId=g,
        SecurityGroupRules=[{"SecurityGroupRuleId": rid[0]["SecurityGroupRuleId"],
            "SecurityGroupRule": {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIpv4": "10.0.0.0/8",
            "Description": "n"}}],
    )  # fmt: skip
    step.tells(
        "modified visible",
        lambda: [r.get("CidrIpv4") for r in e.describe_security_group_rules(Filters=[{"Name": "group-id",
            "Values": [g]}])["SecurityGroupRules"] if r["SecurityGroupRuleId"] == rid[0]["SecurityGroupRuleId"]],
        ["10.0.0.0/8"],
    )  # fmt: skip
    step.works(
        "revoke by id", e.revoke_security_group_ingress, GroupId=g, SecurityGroupRuleIds=[rid[0]["SecurityGroupRuleId"]]
    )
    step.tells(
        "v4 gone",
        lambda: [
            x
            for x in e.describe_security_groups(GroupIds=[g])["SecurityGroups"][0]["IpPermissions"]
            if x.get("FromPort") == 22 and x["IpRanges"]
        ],
        [],
    )
    step.works(
        "revoke v6 by perm", e.revoke_security_group_ingress, GroupId=g,
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}],
    )  # fmt: skip
    step.tells(
        "v6 gone",
        lambda: [
            x
            for x in e.describe_security_groups(GroupIds=[g])["SecurityGroups"][0]["IpPermissions"]
            if x.get("FromPort") == 22
        ],
        [],
    )
    step.works(
        "revoke egress all", e.revoke_security_group_egress, GroupId=g,
        IpPermissions=[
            {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
        ],
    )  # fmt: skip
    step.tells(
        "egress empty", lambda: e.describe_security_groups(GroupIds=[g])["SecurityGroups"][0]["IpPermissionsEgress"], []
    )
    step.refuses(
        "duplicate rule",
        lambda: [e.authorize_security_group_ingress(GroupId=g, IpProtocol="tcp", FromPort=80, ToPort=80,
            CidrIp="0.0.0.0/0") for _ in (1, 2)],
    )  # fmt: skip
    step.refuses(
        "bad cidr", e.authorize_security_group_ingress, GroupId=g, IpProtocol="tcp", FromPort=80, ToPort=80,
        CidrIp="300.0.0.0/0",
    )  # fmt: skip
    step.refuses(
        "port range", e.authorize_security_group_ingress, GroupId=g, IpProtocol="tcp", FromPort=90000, ToPort=1,
        CidrIp="1.0.0.0/8",
    )  # fmt: skip
    ga = e.create_security_group(GroupName="refd", Description="d", VpcId=v)["GroupId"]
    e.authorize_security_group_ingress(
        GroupId=g2,
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 99, "ToPort": 99, "UserIdGroupPairs": [{"GroupId": ga}]}],
    )
    step.refuses("delete referenced SG", e.delete_security_group, GroupId=ga)
    d = next(
        x for x in e.describe_security_groups(Filters=[{"Name": "vpc-id",
            "Values": [v]}])["SecurityGroups"] if x["GroupName"] == "default"
    )  # fmt: skip
    step.tells(
        "default SG self-ref ingress", lambda: [p["UserIdGroupPairs"][0]["GroupId"] for p in d["IpPermissions"]],
        [d["GroupId"]],
    )  # fmt: skip
    step.tells("default SG egress", lambda: d["IpPermissionsEgress"][0]["IpRanges"][0]["CidrIp"], "0.0.0.0/0")
    step.works(
        "strip default SG egress", e.revoke_security_group_egress, GroupId=d["GroupId"],
        IpPermissions=d["IpPermissionsEgress"],
    )  # fmt: skip
    step.works(
        "update_security_group_rule_descriptions_ingress", e.update_security_group_rule_descriptions_ingress,
        GroupId=g,
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0",
            "Description": "q"}]}],
    )  # fmt: skip
    step.works(
        "modify_managed_prefix_list", e.modify_managed_prefix_list, PrefixListId=pl, CurrentVersion=1,
        AddEntries=[{"Cidr": "198.51.100.0/24"}],
    )  # fmt: skip
    step.tells("pl entries", lambda: len(e.get_managed_prefix_list_entries(PrefixListId=pl)["Entries"]), 2)
    step = probe.capability("NACLs")
    next(
        n for n in e.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [v]}])["NetworkAcls"] if n["IsDefault"]
    )
    n = step.works("create", e.create_network_acl, VpcId=v)["NetworkAcl"]
    step.tells(
        "new NACL has deny * entries",
        lambda: sorted(
            x["RuleNumber"]
            for x in e.describe_network_acls(NetworkAclIds=[n["NetworkAclId"]])["NetworkAcls"][0]["Entries"]
        ),
        lambda numbers: numbers[:2] == [32767, 32767] and set(numbers) <= {32767, 32768},
    )
    kw = {
        "NetworkAclId": n["NetworkAclId"], "RuleNumber": 100, "Protocol": "6", "RuleAction": "allow", "Egress": False,
        "CidrBlock": "0.0.0.0/0", "PortRange": {"From": 22, "To": 22},
    }  # fmt: skip
    step.works("entry", e.create_network_acl_entry, **kw)
    step.refuses("dup entry", e.create_network_acl_entry, **kw)
    step.works("replace", e.replace_network_acl_entry, **{**kw, "RuleAction": "deny"})
    step.tells(
        "read",
        lambda: [
            (x["RuleAction"], x["PortRange"])
            for x in e.describe_network_acls(NetworkAclIds=[n["NetworkAclId"]])["NetworkAcls"][0]["Entries"]
            if x["RuleNumber"] == 100
        ],
        [("deny", {"From": 22, "To": 22})],
    )
    step.works(
        "v6 entry", e.create_network_acl_entry, NetworkAclId=n["NetworkAclId"], RuleNumber=110, Protocol="-1",
        RuleAction="allow", Egress=True, Ipv6CidrBlock="::/0",
    )  # fmt: skip
    step.tells(
        "v6 read",
        lambda: [
            x.get("Ipv6CidrBlock")
            for x in e.describe_network_acls(NetworkAclIds=[n["NetworkAclId"]])["NetworkAcls"][0]["Entries"]
            if x["RuleNumber"] == 110
        ],
        ["::/0"],
    )
    step.works("delete entry", e.delete_network_acl_entry, NetworkAclId=n["NetworkAclId"], RuleNumber=110, Egress=True)
    aid = [
        a["NetworkAclAssociationId"] for a in e.describe_network_acls(Filters=[{"Name": "association.subnet-id",
            "Values": [sn]}])["NetworkAcls"][0]["Associations"] if a["SubnetId"] == sn
    ]  # fmt: skip
    step.works(
        "replace association", e.replace_network_acl_association, AssociationId=aid[0], NetworkAclId=n["NetworkAclId"]
    )
    step.refuses("rule number 99999", e.create_network_acl_entry, **{**kw, "RuleNumber": 99999})
    step = probe.capability("flow logs")
    probe.client("logs").create_log_group(logGroupName="/vpc/fl")
    probe.client("s3").create_bucket(Bucket="flowb")
    step.works(
        "REJECT to CWL", e.create_flow_logs, ResourceIds=[v], ResourceType="VPC", TrafficType="REJECT",
        LogDestinationType="cloud-watch-logs", LogGroupName="/vpc/fl",
        DeliverLogsPermissionArn=f"arn:aws:iam::{probe.account}:role/r1",
    )  # fmt: skip
    step.works(
        "ALL to S3", e.create_flow_logs, ResourceIds=[sn], ResourceType="Subnet", TrafficType="ALL",
        LogDestinationType="s3", LogDestination="arn:aws:s3:::flowb", MaxAggregationInterval=60,
        LogFormat="${version} ${srcaddr}",
    )  # fmt: skip
    step.tells(
        "describe",
        lambda: sorted((x["TrafficType"], x["LogDestinationType"], x["FlowLogStatus"], x.get("MaxAggregationInterval"),
            x.get("LogFormat", "")[:21]) for x in e.describe_flow_logs()["FlowLogs"]),
        lambda x: len(x) == 2 and x[0][3] == 60,
    )  # fmt: skip
    step.refuses(
        "bad TrafficType", e.create_flow_logs, ResourceIds=[v], ResourceType="VPC", TrafficType="SOME",
        LogGroupName="x", DeliverLogsPermissionArn=f"arn:aws:iam::{probe.account}:role/r1",
    )  # fmt: skip
    step.refuses(
        "no such vpc", e.create_flow_logs, ResourceIds=["vpc-0000"], ResourceType="VPC", TrafficType="ALL",
        LogGroupName="x", DeliverLogsPermissionArn=f"arn:aws:iam::{probe.account}:role/r1",
    )  # fmt: skip
    step.works(
        "delete",
        lambda: e.delete_flow_logs(FlowLogIds=[x["FlowLogId"] for x in e.describe_flow_logs()["FlowLogs"]][:1]),
    )
    step = probe.capability("VPC endpoints")
    ep = step.works(
        "gateway s3", e.create_vpc_endpoint, VpcId=v, ServiceName="com.amazonaws.us-east-1.s3",
        VpcEndpointType="Gateway", RouteTableIds=[rt], PolicyDocument=policy(),
    )  # fmt: skip
    ep2 = step.works(
        "interface ssm", e.create_vpc_endpoint, VpcId=v, ServiceName="com.amazonaws.us-east-1.ssm",
        VpcEndpointType="Interface", SubnetIds=[sn], SecurityGroupIds=[g], PrivateDnsEnabled=True,
    )  # fmt: skip
    step.tells(
        "read",
        lambda: [
            (x["VpcEndpointType"], x.get("PrivateDnsEnabled"), [z["GroupId"] for z in x.get("Groups", [])])
            for x in e.describe_vpc_endpoints(VpcEndpointIds=[ep2["VpcEndpoint"]["VpcEndpointId"]])["VpcEndpoints"]
        ],
        [("Interface", True, [g])],
    )
    step.works(
        "modify policy", e.modify_vpc_endpoint, VpcEndpointId=ep["VpcEndpoint"]["VpcEndpointId"],
        PolicyDocument=policy("Deny"),
    )  # fmt: skip
    step.tells(
        "policy",
        lambda: json.loads(
            e.describe_vpc_endpoints(VpcEndpointIds=[ep["VpcEndpoint"]["VpcEndpointId"]])["VpcEndpoints"][0][
                "PolicyDocument"
            ]
        )["Statement"][0]["Effect"],
        "Deny",
    )
    step.tells(
        "describe_vpc_endpoint_services has ssm, kms, guardduty",
        lambda: [any(s.endswith("." + k) for s in e.describe_vpc_endpoint_services()["ServiceNames"]) for k in ("ssm",
            "kms", "s3")],
        [True] * 3,
    )  # fmt: skip
    step = probe.capability("EBS encryption default, volumes, snapshots")
    step.tells("default false", lambda: e.get_ebs_encryption_by_default()["EbsEncryptionByDefault"], False)
    step.works("enable", e.enable_ebs_encryption_by_default)
    step.tells("now true", lambda: e.get_ebs_encryption_by_default()["EbsEncryptionByDefault"], True)
    vol = step.works("volume after default on", e.create_volume, AvailabilityZone="us-east-1a", Size=8)
    step.tells(
        "inherits Encrypted", lambda: e.describe_volumes(VolumeIds=[vol["VolumeId"]])["Volumes"][0]["Encrypted"], True
    )
    step.works("disable", e.disable_ebs_encryption_by_default)
    step.works("get_ebs_default_kms_key_id", e.get_ebs_default_kms_key_id)
    step.works("modify_ebs_default_kms_key_id", e.modify_ebs_default_kms_key_id, KmsKeyId="alias/aws/ebs")
    vol = e.create_volume(AvailabilityZone="us-east-1a", Size=8, Encrypted=False)
    sp = step.works("snapshot", e.create_snapshot, VolumeId=vol["VolumeId"], Description="d")
    step.tells(
        "unencrypted", lambda: e.describe_snapshots(SnapshotIds=[sp["SnapshotId"]])["Snapshots"][0]["Encrypted"], False
    )
    kk = probe.client("kms").create_key()["KeyMetadata"]["Arn"]
    cp = step.works(
        "copy_snapshot Encrypted", e.copy_snapshot, SourceRegion="us-east-1", SourceSnapshotId=sp["SnapshotId"],
        Encrypted=True, KmsKeyId=kk,
    )  # fmt: skip
    step.tells(
        "copy encrypted", lambda: e.describe_snapshots(SnapshotIds=[cp["SnapshotId"]])["Snapshots"][0]["Encrypted"],
        True,
    )  # fmt: skip
    step.tells(
        "copy KmsKeyId", lambda: e.describe_snapshots(SnapshotIds=[cp["SnapshotId"]])["Snapshots"][0].get("KmsKeyId"),
        kk,
    )  # fmt: skip
    ev = step.works(
        "encrypted volume with key", e.create_volume, AvailabilityZone="us-east-1a", Size=8, Encrypted=True, KmsKeyId=kk
    )
    step.tells("kms key", lambda: e.describe_volumes(VolumeIds=[ev["VolumeId"]])["Volumes"][0].get("KmsKeyId"), kk)
    step = probe.capability("snapshot / AMI sharing and block public access")
    step.works(
        "make public", e.modify_snapshot_attribute, SnapshotId=sp["SnapshotId"], Attribute="createVolumePermission",
        OperationType="add", GroupNames=["all"],
    )  # fmt: skip
    step.tells(
        "read",
        lambda: e.describe_snapshot_attribute(SnapshotId=sp["SnapshotId"],
            Attribute="createVolumePermission")["CreateVolumePermissions"],
        [{"Group": "all"}],
    )  # fmt: skip
    step.works(
        "unmake", e.modify_snapshot_attribute, SnapshotId=sp["SnapshotId"], Attribute="createVolumePermission",
        OperationType="remove", GroupNames=["all"],
    )  # fmt: skip
    step.tells(
        "read2",
        lambda: e.describe_snapshot_attribute(SnapshotId=sp["SnapshotId"],
            Attribute="createVolumePermission")["CreateVolumePermissions"],
        [],
    )  # fmt: skip
    step.works("enable_snapshot_block_public_access", e.enable_snapshot_block_public_access, State="block-all-sharing")
    step.works("get_snapshot_block_public_access_state", e.get_snapshot_block_public_access_state)
    step.works(
        "enable_image_block_public_access", e.enable_image_block_public_access,
        ImageBlockPublicAccessState="block-new-sharing",
    )  # fmt: skip
    step.works(
        "modify_vpc_block_public_access_options", e.modify_vpc_block_public_access_options,
        InternetGatewayBlockMode="block-bidirectional",
    )  # fmt: skip
    im = "ami-04681a1dbd79675a5"
    probe.client("iam").create_instance_profile(InstanceProfileName="ip1")
    step = probe.capability("instances / IMDSv2 / user data / profile / AMI")
    i = step.works(
        "run_instances", e.run_instances, ImageId=im, MinCount=1, MaxCount=1, InstanceType="t3.micro", SubnetId=sn,
        SecurityGroupIds=[g], UserData="#!/bin/bash\nexport DB_PASSWORD=hunter2",
        MetadataOptions={"HttpTokens": "optional", "HttpPutResponseHopLimit": 2, "HttpEndpoint": "enabled"},
        IamInstanceProfile={"Name": "ip1"},
        BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 8, "Encrypted": True}}],
    )  # fmt: skip
    iid = i["Instances"][0]["InstanceId"]

    def D():
        return e.describe_instances(InstanceIds=[iid])["Reservations"][0]["Instances"][0]

    step.tells(
        "MetadataOptions at launch",
        lambda: {k: D()["MetadataOptions"].get(k) for k in ("HttpTokens", "HttpPutResponseHopLimit")},
        {"HttpTokens": "optional", "HttpPutResponseHopLimit": 2},
    )
    step.works(
        "modify_instance_metadata_options", e.modify_instance_metadata_options, InstanceId=iid, HttpTokens="required",
        HttpPutResponseHopLimit=1,
    )  # fmt: skip
    step.tells(
        "required", lambda: {k: D()["MetadataOptions"].get(k) for k in ("HttpTokens", "HttpPutResponseHopLimit")},
        {"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
    )  # fmt: skip
    step.works("modify_instance_metadata_defaults", e.modify_instance_metadata_defaults, HttpTokens="required")
    step.works("get_instance_metadata_defaults", e.get_instance_metadata_defaults)
    step.tells(
        "userData",
        lambda: base64.b64decode(e.describe_instance_attribute(InstanceId=iid,
            Attribute="userData")["UserData"]["Value"]).decode()[:11],
        "#!/bin/bash",
    )  # fmt: skip
    step.works(
        "stop + modify userData",
        lambda: [e.stop_instances(InstanceIds=[iid]), e.modify_instance_attribute(InstanceId=iid,
            UserData={"Value": b"#!/bin/bash\necho clean\n"})],
    )  # fmt: skip
    step.tells(
        "userData changed",
        lambda: base64.b64decode(e.describe_instance_attribute(InstanceId=iid,
            Attribute="userData")["UserData"]["Value"]),
        lambda v: v.startswith(b"#!/bin/bash\necho"),
    )  # fmt: skip
    step.tells(
        "public IP (subnet maps)",
        lambda: bool(e.start_instances(InstanceIds=[iid])) and bool(D().get("PublicIpAddress")),
    )
    step.tells(
        "root volume encrypted",
        lambda: e.describe_volumes(VolumeIds=[D()["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]])["Volumes"][0][
            "Encrypted"
        ],
    )
    step.tells("IamInstanceProfile", lambda: bool(D().get("IamInstanceProfile")))
    step.works("modify SGs", e.modify_instance_attribute, InstanceId=iid, Groups=[g2])
    step.tells("SGs", lambda: [x["GroupId"] for x in D()["SecurityGroups"]], [g2])
    step.works(
        "disableApiTermination", e.modify_instance_attribute, InstanceId=iid, DisableApiTermination={"Value": True}
    )
    step.refuses("terminate protected", e.terminate_instances, InstanceIds=[iid])
    step.works("monitor_instances", e.monitor_instances, InstanceIds=[iid])
    a = step.works("create_image", e.create_image, InstanceId=iid, Name="ami1")
    step.refuses(
        "share an AMI with all while that is blocked", e.modify_image_attribute, ImageId=a["ImageId"],
        Attribute="launchPermission", OperationType="add", UserGroups=["all"],
    )  # fmt: skip
    step.works("let AMIs be shared", e.disable_image_block_public_access)
    step.works(
        "launch perm all", e.modify_image_attribute, ImageId=a["ImageId"], Attribute="launchPermission",
        OperationType="add", UserGroups=["all"],
    )  # fmt: skip
    step.tells("Public true", lambda: e.describe_images(ImageIds=[a["ImageId"]])["Images"][0]["Public"])
    step.tells(
        "describe_image_attribute",
        lambda: e.describe_image_attribute(ImageId=a["ImageId"], Attribute="launchPermission")["LaunchPermissions"],
        [{"Group": "all"}],
    )
    step.works("key pair", e.create_key_pair, KeyName="k1", KeyType="ed25519")
    step.tells("key list", lambda: e.describe_key_pairs()["KeyPairs"][0]["KeyType"], "ed25519")
    step.refuses("bad AMI id (default settings)", e.run_instances, ImageId="ami-00000bad", MinCount=1, MaxCount=1)
    step.refuses("bad instance type", e.run_instances, ImageId=im, MinCount=1, MaxCount=1, InstanceType="zz.huge")
    step.works(
        "launch template", e.create_launch_template, LaunchTemplateName="lt",
        LaunchTemplateData={"MetadataOptions": {"HttpTokens": "required"}},
    )  # fmt: skip
    step.tells(
        "LT read",
        lambda: e.describe_launch_template_versions(LaunchTemplateName="lt")["LaunchTemplateVersions"][0][
            "LaunchTemplateData"
        ]["MetadataOptions"]["HttpTokens"],
        "required",
    )
    step.works("associate_iam_instance_profile", e.describe_iam_instance_profile_associations)
    step.works("get_console_output", e.get_console_output, InstanceId=iid)
    step = probe.capability("serial console / EC2 Instance Connect")
    step.works("get_serial_console_access_status", e.get_serial_console_access_status)
    step.works("disable_serial_console_access", e.disable_serial_console_access)
    step.works("create_instance_connect_endpoint", e.create_instance_connect_endpoint, SubnetId=sn)
    step.works(
        "ec2-instance-connect send_ssh_public_key",
        lambda: probe.client("ec2-instance-connect").send_ssh_public_key(InstanceId=iid, InstanceOSUser="ec2-user",
            SSHPublicKey="ssh-rsa AAAA", AvailabilityZone="us-east-1a"),
    )  # fmt: skip
    step = probe.capability("traffic mirroring")
    eni = D()["NetworkInterfaces"][0]["NetworkInterfaceId"]
    other = e.create_network_interface(SubnetId=sn)["NetworkInterface"]["NetworkInterfaceId"]
    t = step.works("target", e.create_traffic_mirror_target, NetworkInterfaceId=other)
    f = step.works("filter", e.create_traffic_mirror_filter)
    target = {"TrafficMirrorTargetId": t["TrafficMirrorTarget"]["TrafficMirrorTargetId"]}
    rules = {"TrafficMirrorFilterId": f["TrafficMirrorFilter"]["TrafficMirrorFilterId"]}
    rule = {
        "TrafficDirection": "ingress", "RuleNumber": 1, "RuleAction": "accept", "DestinationCidrBlock": "0.0.0.0/0",
        "SourceCidrBlock": "0.0.0.0/0",
    }  # fmt: skip
    step.works("filter rule", e.create_traffic_mirror_filter_rule, **rules, **rule)
    step.tells(
        "filter rule read",
        lambda: len(e.describe_traffic_mirror_filters()["TrafficMirrorFilters"][0]["IngressFilterRules"]), 1,
    )  # fmt: skip
    session = {"NetworkInterfaceId": eni, **rules, "SessionNumber": 1}
    step.refuses("unknown target", e.create_traffic_mirror_session, **session, TrafficMirrorTargetId="tmt-1")
    step.works("session", e.create_traffic_mirror_session, **session, **target)
    step.works(
        "describe targets/filters", lambda: [e.describe_traffic_mirror_targets(), e.describe_traffic_mirror_filters()]
    )
    step.works("describe sessions", e.describe_traffic_mirror_sessions)
    step = probe.capability("network insights (reachability, access analyzer)")
    p = step.works(
        "create_network_insights_path", e.create_network_insights_path, Source=ig, Destination=iid, Protocol="tcp",
        DestinationPort=22, ClientToken="x",
    )  # fmt: skip
    path = {"NetworkInsightsPathId": p["NetworkInsightsPath"]["NetworkInsightsPathId"]}
    step.works("start_network_insights_analysis", e.start_network_insights_analysis, **path, ClientToken="x")
    step.tells(
        "analysis", lambda: e.describe_network_insights_analyses()["NetworkInsightsAnalyses"][0]["Status"], "succeeded"
    )
    ends = [{"ResourceStatement": {"ResourceTypes": [f"AWS::EC2::{kind}"]}} for kind in ("InternetGateway", "Instance")]
    step.works(
        "access scope", e.create_network_insights_access_scope, ClientToken="x",
        MatchPaths=[{"Source": ends[0], "Destination": ends[1]}],
    )  # fmt: skip
    step = probe.capability("elbv2")
    elb = probe.client("elbv2")
    lb = step.works(
        "ALB", elb.create_load_balancer, Name="alb", Subnets=[sn, sn2], SecurityGroups=[g], Scheme="internet-facing"
    )["LoadBalancers"][0]["LoadBalancerArn"]
    step.works("NLB", elb.create_load_balancer, Name="nlb", Subnets=[sn, sn2], Type="network")
    tg = step.works("TG", elb.create_target_group, Name="tg", Protocol="HTTP", Port=80, VpcId=v)["TargetGroups"][0][
        "TargetGroupArn"
    ]
    step.works(
        "HTTP redirect listener", elb.create_listener, LoadBalancerArn=lb, Protocol="HTTP", Port=80,
        DefaultActions=[{"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443",
            "StatusCode": "HTTP_301"}}],
    )  # fmt: skip
    cert = probe.client("acm").request_certificate(DomainName="ex.com")["CertificateArn"]
    hs = step.works(
        "HTTPS listener", elb.create_listener, LoadBalancerArn=lb, Protocol="HTTPS", Port=443,
        SslPolicy="ELBSecurityPolicy-2016-08", Certificates=[{"CertificateArn": cert}],
        DefaultActions=[{"Type": "forward", "TargetGroupArn": tg}],
    )  # fmt: skip
    step.refuses(
        "HTTPS without cert", elb.create_listener, LoadBalancerArn=lb, Protocol="HTTPS", Port=444,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": tg}],
    )  # fmt: skip
    la = hs["Listeners"][0]["ListenerArn"]
    if hs:
        step.works(
            "modify SslPolicy", elb.modify_listener, ListenerArn=la, SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06"
        )
        step.tells(
            "read", lambda: elb.describe_listeners(ListenerArns=[la])["Listeners"][0]["SslPolicy"],
            "ELBSecurityPolicy-TLS13-1-2-2021-06",
        )  # fmt: skip
        step.refuses("bogus SslPolicy", elb.modify_listener, ListenerArn=la, SslPolicy="Nope")
    at = {
        "access_logs.s3.enabled": "true", "access_logs.s3.bucket": "logtgt",
        "routing.http.drop_invalid_header_fields.enabled": "true", "deletion_protection.enabled": "true",
        "routing.http.desync_mitigation_mode": "strictest",
    }  # fmt: skip
    step.works(
        "attributes",
        lambda: elb.modify_load_balancer_attributes(LoadBalancerArn=lb, Attributes=[{"Key": k, "Value": x} for k,
            x in at.items()]),
    )  # fmt: skip
    step.tells(
        "attrs read",
        lambda: {a["Key"]: a["Value"] for a in elb.describe_load_balancer_attributes(LoadBalancerArn=lb)["Attributes"]},
        lambda r: all((r.get(k) == x for k, x in at.items())),
    )
    step.works("describe_ssl_policies", elb.describe_ssl_policies)
    step.works("register targets", elb.register_targets, TargetGroupArn=tg, Targets=[{"Id": iid}])
    step.works("target health", elb.describe_target_health, TargetGroupArn=tg)
    bundle = {"CaCertificatesBundleS3Bucket": "authorities", "CaCertificatesBundleS3Key": "ca.pem"}
    step.refuses("trust store of no bundle", elb.create_trust_store, Name="t", **bundle)
    probe.client("s3").create_bucket(Bucket="authorities")
    probe.client("s3").put_object(Bucket="authorities", Key="ca.pem", Body=_authority())
    store = step.works("create_trust_store (mTLS)", elb.create_trust_store, Name="t", **bundle)["TrustStores"][0]
    verify = {"Mode": "verify", "TrustStoreArn": store["TrustStoreArn"]}
    step.works("verify clients", elb.modify_listener, ListenerArn=la, MutualAuthentication=verify)
    step.tells(
        "verify read", lambda: elb.describe_listeners(ListenerArns=[la])["Listeners"][0]["MutualAuthentication"],
        lambda told: told.items() >= verify.items(),
    )  # fmt: skip
    step.refuses("delete a store in use", elb.delete_trust_store, TrustStoreArn=store["TrustStoreArn"])


def _authority() -> bytes:
    """The certificate of a certificate authority, PEM."""
    key, day = ec.generate_private_key(ec.SECP256R1()), datetime(2026, 1, 1)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Example CA")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(day).not_valid_after(day + timedelta(days=3650))
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
