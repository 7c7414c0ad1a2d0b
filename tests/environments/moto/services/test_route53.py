"""DNSSEC signing as the Route 53 developer guide describes it, through the front, with boto3."""

import base64
import json

import pytest
from botocore.exceptions import ClientError

SIGNER = {"Service": "dnssec-route53.amazonaws.com"}


def policy(account, *statements):
    root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [root, *statements]})


LET_ROUTE53_SIGN = (
    {
        "Effect": "Allow",
        "Principal": SIGNER,
        "Action": ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"],
        "Resource": "*",
    },
    {
        "Effect": "Allow",
        "Principal": SIGNER,
        "Action": "kms:CreateGrant",
        "Resource": "*",
        "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}},
    },
)


@pytest.fixture
def route53(account):
    return account.client("route53")


@pytest.fixture
def kms_key(account):
    def make(statements=LET_ROUTE53_SIGN, spec="ECC_NIST_P256", usage="SIGN_VERIFY", region="us-east-1"):
        client = account.client("kms", region=region)
        document = policy(account.world.account_id, *statements)
        return client.create_key(KeySpec=spec, KeyUsage=usage, Policy=document)["KeyMetadata"]["Arn"]

    return make


@pytest.fixture
def zone(route53):
    def make(name="example.com"):
        return route53.create_hosted_zone(Name=name, CallerReference=name)["HostedZone"]["Id"].split("/")[-1]

    return make


def add_key(route53, zone, arn, name="first", status="ACTIVE"):
    return route53.create_key_signing_key(
        CallerReference=name, HostedZoneId=zone, KeyManagementServiceArn=arn, Name=name, Status=status
    )["KeySigningKey"]


def test_a_zone_signs_with_a_key_that_route_53_may_use(account, route53, zone, kms_key):
    zone_id, arn = zone(), kms_key()
    key = add_key(route53, zone_id, arn)
    assert route53.get_dnssec(HostedZoneId=zone_id)["Status"]["ServeSignature"] == "NOT_SIGNING"
    route53.enable_hosted_zone_dnssec(HostedZoneId=zone_id)
    answer = route53.get_dnssec(HostedZoneId=zone_id)
    assert answer["Status"]["ServeSignature"] == "SIGNING"
    assert answer["KeySigningKeys"][0]["KmsArn"] == arn
    der = account.client("kms").get_public_key(KeyId=arn)["PublicKey"]
    assert base64.b64decode(key["PublicKey"]) == der[-64:]
    assert key["DSRecord"] == f"{key['KeyTag']} 13 2 {key['DigestValue']}"


def test_a_key_with_a_bad_name_or_status_is_refused(route53, zone, kms_key, refused):
    zone_id, arn = zone(), kms_key()
    assert refused(add_key, route53, zone_id, arn, name="with-hyphen") == "InvalidKeySigningKeyName"
    assert refused(add_key, route53, zone_id, arn, status="PAUSED") == "InvalidKeySigningKeyStatus"


def test_one_kms_key_serves_several_zones(route53, zone, kms_key):
    arn = kms_key()
    keys = [add_key(route53, zone(name), arn) for name in ("one.example", "two.example")]
    assert keys[0]["PublicKey"] == keys[1]["PublicKey"]
    assert keys[0]["DigestValue"] != keys[1]["DigestValue"]


def test_the_digest_and_tag_are_those_of_rfc_6605():
    from hardenlab.environments.moto.services.route53.dnssec import _records

    # RFC 6605, section 6.1: the key of example.net. and its DS record
    public = "GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA=="
    records = _records("example.net.", base64.b64decode(public))
    assert records["KeyTag"] == 55648
    assert records["DigestValue"] == "B4C8C1FE2E7477127B27115656AD6256F424625BF5C1E2770CE6D6E37DF61D17"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"spec": "RSA_2048"}, "ECC_NIST_P256"),
        ({"region": "eu-west-1"}, "us-east-1"),
        ({"statements": ()}, "kms:DescribeKey"),
        ({"statements": LET_ROUTE53_SIGN[:1]}, "kms:CreateGrant"),
    ],
    ids=["another kind of key", "another region", "a policy without Route 53", "a policy without the grant"],
)
def test_a_key_that_route_53_cannot_sign_with_is_refused(route53, zone, kms_key, settings, reason, refused):
    with pytest.raises(ClientError, match=reason) as error:
        add_key(route53, zone(), kms_key(**settings))
    assert error.value.response["Error"]["Code"] == "InvalidKMSArn"


def test_a_disabled_key_is_refused(account, route53, zone, kms_key, refused):
    arn = kms_key()
    account.client("kms").disable_key(KeyId=arn.rsplit("/", 1)[-1])
    assert refused(add_key, route53, zone(), arn) == "InvalidKMSArn"


def test_the_life_of_a_key_signing_key(route53, zone, kms_key, refused):
    zone_id, arn = zone(), kms_key()
    add_key(route53, zone_id, arn)
    assert refused(add_key, route53, zone_id, arn) == "KeySigningKeyAlreadyExists"
    names = {"HostedZoneId": zone_id, "Name": "first"}
    assert refused(route53.delete_key_signing_key, **names) == "InvalidKeySigningKeyStatus"
    route53.enable_hosted_zone_dnssec(HostedZoneId=zone_id)
    assert refused(route53.deactivate_key_signing_key, **names) == "KeySigningKeyInUse"
    assert refused(route53.delete_hosted_zone, Id=zone_id) == "HostedZoneNotEmpty"
    route53.disable_hosted_zone_dnssec(HostedZoneId=zone_id)
    route53.deactivate_key_signing_key(**names)
    assert refused(route53.enable_hosted_zone_dnssec, HostedZoneId=zone_id) == "KeySigningKeyWithActiveStatusNotFound"
    route53.delete_key_signing_key(**names)
    assert refused(route53.activate_key_signing_key, **names) == "NoSuchKeySigningKey"
    route53.delete_hosted_zone(Id=zone_id)


def test_signing_goes_on_while_the_parent_vouches_for_the_key(route53, zone, kms_key, refused):
    parent, child = zone("example.com"), zone("shop.example.com")
    key = add_key(route53, child, kms_key())
    route53.enable_hosted_zone_dnssec(HostedZoneId=child)
    record = {
        "Name": "shop.example.com",
        "Type": "DS",
        "TTL": 300,
        "ResourceRecords": [{"Value": key["DSRecord"]}],
    }

    def change(action):
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        route53.change_resource_record_sets(HostedZoneId=parent, ChangeBatch=batch)

    change("CREATE")
    assert refused(route53.disable_hosted_zone_dnssec, HostedZoneId=child) == "KeySigningKeyInParentDSRecord"
    change("DELETE")
    route53.disable_hosted_zone_dnssec(HostedZoneId=child)


def test_zones_that_are_private_or_not_there_are_refused(account, route53, kms_key, refused):
    vpc = account.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    private = route53.create_hosted_zone(
        Name="corp.internal",
        CallerReference="x",
        VPC={"VPCRegion": "us-east-1", "VPCId": vpc},
        HostedZoneConfig={"PrivateZone": True},
    )["HostedZone"]["Id"].split("/")[-1]
    arn = kms_key()
    assert refused(add_key, route53, private, arn) == "InvalidArgument"
    assert refused(add_key, route53, "Z0000000000000000000", arn) == "NoSuchHostedZone"


def test_a_key_that_route_53_can_use_no_more_needs_attention(account, route53, zone, kms_key):
    zone_id, arn = zone(), kms_key()
    add_key(route53, zone_id, arn)
    route53.enable_hosted_zone_dnssec(HostedZoneId=zone_id)
    kms, key = account.client("kms"), arn.rsplit("/", 1)[-1]
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy(account.world.account_id))
    answer = route53.get_dnssec(HostedZoneId=zone_id)
    assert answer["Status"]["ServeSignature"] == answer["KeySigningKeys"][0]["Status"] == "ACTION_NEEDED"
    assert "kms:Sign" in answer["Status"]["StatusMessage"]


def test_a_zone_has_one_key_signing_key_for_a_kms_key_and_two_in_all(route53, zone, kms_key, refused):
    zone_id, arn = zone(), kms_key()
    add_key(route53, zone_id, arn)
    assert refused(add_key, route53, zone_id, arn, name="second") == "KeySigningKeyAlreadyExists"
    add_key(route53, zone_id, kms_key(), name="second")
    assert refused(add_key, route53, zone_id, kms_key(), name="third") == "TooManyKeySigningKeys"


def test_signing_is_there_again_after_a_restart(route53, zone, kms_key, same_after_restart):
    zone_id = zone()
    add_key(route53, zone_id, kms_key())
    route53.enable_hosted_zone_dnssec(HostedZoneId=zone_id)
    same_after_restart(("route53", "get_dnssec", {"HostedZoneId": zone_id}))


# ---- zones ----


def test_a_zone_with_a_vpc_is_private(account, route53, refused):
    vpc = {"VPCRegion": "us-east-1", "VPCId": account.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]}
    made = route53.create_hosted_zone(Name="corp.internal", CallerReference="1", VPC=vpc)
    assert made["HostedZone"]["Config"]["PrivateZone"] and "DelegationSet" not in made
    kept = route53.get_hosted_zone(Id=made["HostedZone"]["Id"])
    assert kept["HostedZone"]["Config"]["PrivateZone"] and kept["VPCs"] == [vpc]
    create = route53.create_hosted_zone
    again = {"Name": "corp.internal", "VPC": vpc}
    assert refused(create, **again, CallerReference="2") == "ConflictingDomainExists"
    assert refused(create, Name="other.internal", VPC=vpc, CallerReference="1") == "HostedZoneAlreadyExists"
    elsewhere = {"Name": "a.internal", "VPC": vpc | {"VPCId": "vpc-0"}}
    assert refused(create, **elsewhere, CallerReference="3") == "InvalidVPCId"
    lonely = {"Name": "b.internal", "HostedZoneConfig": {"PrivateZone": True, "Comment": ""}}
    assert refused(create, **lonely, CallerReference="4") == "InvalidInput"
    assert refused(create, Name="a..example", CallerReference="5") == "InvalidDomainName"
    members = {"HostedZoneId": made["HostedZone"]["Id"], "VPC": {"VPCRegion": "us-east-1", "VPCId": "vpc-0"}}
    assert refused(route53.associate_vpc_with_hosted_zone, **members) == "InvalidVPCId"
    assert refused(route53.disassociate_vpc_from_hosted_zone, **members) == "VPCAssociationNotFound"


def test_a_public_zone_keeps_its_comment_and_name_servers(route53):
    made = route53.create_hosted_zone(
        Name="a.example", CallerReference="1", HostedZoneConfig={"Comment": "shop", "PrivateZone": False}
    )
    assert made["HostedZone"]["Config"] == {"Comment": "shop", "PrivateZone": False}
    assert len(made["DelegationSet"]["NameServers"]) == 4
    kept = route53.get_hosted_zone(Id=made["HostedZone"]["Id"])
    assert kept["HostedZone"] == made["HostedZone"]


# ---- query logging ----

WRITE = {
    "Effect": "Allow",
    "Principal": {"Service": "route53.amazonaws.com"},
    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": "arn:aws:logs:us-east-1:*:log-group:/aws/route53/*",
}


def test_queries_are_logged_to_a_group_that_lets_route_53_write(account, route53, zone, refused):
    logs, zone_id, other = account.client("logs"), zone(), zone("other.example")
    group = f"arn:aws:logs:us-east-1:{account.world.account_id}:log-group:/aws/route53/example.com"
    members = {"HostedZoneId": zone_id, "CloudWatchLogsLogGroupArn": group}
    create = route53.create_query_logging_config
    assert refused(create, **members) == "NoSuchCloudWatchLogsLogGroup"
    logs.create_log_group(logGroupName="/aws/route53/example.com")
    assert refused(create, **members) == "InsufficientCloudWatchLogsResourcePolicy"
    document = json.dumps({"Version": "2012-10-17", "Statement": [WRITE]})
    logs.put_resource_policy(policyName="route53", policyDocument=document)
    abroad = members | {"CloudWatchLogsLogGroupArn": group.replace("us-east-1", "eu-west-1")}
    assert refused(create, **abroad) == "InvalidInput"
    made = create(**members)["QueryLoggingConfig"]
    assert made["CloudWatchLogsLogGroupArn"] == group
    assert refused(create, **members) == "QueryLoggingConfigAlreadyExists"
    create(HostedZoneId=other, CloudWatchLogsLogGroupArn=f"{group}:*")
    assert route53.list_query_logging_configs(HostedZoneId=zone_id)["QueryLoggingConfigs"] == [made]
    assert len(route53.list_query_logging_configs()["QueryLoggingConfigs"]) == 2
    route53.delete_query_logging_config(Id=made["Id"])
    assert refused(route53.get_query_logging_config, Id=made["Id"]) == "NoSuchQueryLoggingConfig"


@pytest.mark.parametrize(
    ("name", "kind", "value", "said"),
    [
        ("example.com", "CNAME", "other.example.com", "apex"),
        ("a.example.com", "CNAME", "other.example.com", "conflicts"),
        ("t.example.com", "TXT", "unquoted", "quotation marks"),
        ("b.example.com", "A", "2001:db8::1", "IPv4"),
    ],
)
def test_a_record_that_dns_cannot_hold_is_refused(account, name, kind, value, said):
    client = account.client("route53")
    zone = client.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]

    def change(action, name, kind, value):
        record = {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}]}
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)

    change("CREATE", "a.example.com", "A", "192.0.2.1")
    with pytest.raises(ClientError, match=f"InvalidChangeBatch.*{said}"):
        change("UPSERT", name, kind, value)
    with pytest.raises(ClientError, match=r"InvalidChangeBatch.*do not match"):
        change("DELETE", "a.example.com", "A", "192.0.2.2")
    change("CREATE", "t.example.com", "TXT", '"v=spf1 -all" "and more"')
    change("DELETE", "a.example.com", "A", "192.0.2.1")
