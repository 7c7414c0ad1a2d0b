"""IAM Access Analyzer through the front, with boto3: findings from the account's own policies, checks of policies."""

import json

import pytest

from helpers.refusals import refusal

STRANGER = "999988887777"


@pytest.fixture
def analyzer(account):
    return account.client("accessanalyzer")


@pytest.fixture
def external(analyzer):
    return analyzer.create_analyzer(analyzerName="external", type="ACCOUNT")["arn"]


def statement(action, resource="*", effect="Allow", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(account, **principal):
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}],
        }
    )


def share_queue(account, name, *statements):
    sqs = account.client("sqs")
    arn = f"arn:aws:sqs:us-east-1:{account.world.account_id}:{name}"
    rules = [dict(one, Resource=arn) for one in statements]
    sqs.create_queue(QueueName=name, Attributes={"Policy": policy(*rules)})
    return arn


def found(analyzer, arn, **filters):
    wanted = {name: {"eq": [value]} for name, value in filters.items()}
    return analyzer.list_findings(analyzerArn=arn, filter=wanted)["findings"]


# ---- analyzers ----


def test_the_life_of_an_analyzer(account, analyzer):
    arn = analyzer.create_analyzer(analyzerName="mine", type="ACCOUNT", tags={"team": "red"})["arn"]
    assert arn == f"arn:aws:access-analyzer:us-east-1:{account.world.account_id}:analyzer/mine"
    shown = analyzer.get_analyzer(analyzerName="mine")["analyzer"]
    assert (shown["type"], shown["status"], shown["tags"]) == ("ACCOUNT", "ACTIVE", {"team": "red"})
    assert refusal(analyzer.create_analyzer, analyzerName="mine", type="ACCOUNT") == "ConflictException"
    assert refusal(analyzer.create_analyzer, analyzerName="more", type="ACCOUNT") == "ServiceQuotaExceededException"
    assert refusal(analyzer.create_analyzer, analyzerName="org", type="ORGANIZATION") == "ValidationException"
    analyzer.tag_resource(resourceArn=arn, tags={"stage": "prod"})
    analyzer.untag_resource(resourceArn=arn, tagKeys=["team"])
    assert analyzer.list_tags_for_resource(resourceArn=arn)["tags"] == {"stage": "prod"}
    assert [one["name"] for one in analyzer.list_analyzers(type="ACCOUNT")["analyzers"]] == ["mine"]
    assert analyzer.list_analyzers(type="ORGANIZATION")["analyzers"] == []
    analyzer.delete_analyzer(analyzerName="mine")
    assert refusal(analyzer.get_analyzer, analyzerName="mine") == "ResourceNotFoundException"


# ---- external access ----


def test_a_role_for_another_account_is_found_and_one_for_a_service_is_not(account, analyzer, external):
    iam = account.client("iam")
    iam.create_role(RoleName="own", AssumeRolePolicyDocument=trust(account, Service="ec2.amazonaws.com"))
    home = f"arn:aws:iam::{account.world.account_id}:root"
    iam.create_role(RoleName="home", AssumeRolePolicyDocument=trust(account, AWS=home))
    role = iam.create_role(RoleName="vendor", AssumeRolePolicyDocument=trust(account, AWS=STRANGER))["Role"]["Arn"]
    (finding,) = found(analyzer, external)
    assert (finding["resource"], finding["resourceType"]) == (role, "AWS::IAM::Role")
    assert finding["principal"] == {"AWS": STRANGER}
    assert finding["action"] == ["sts:AssumeRole"]
    assert (finding["isPublic"], finding["status"]) == (False, "ACTIVE")
    assert analyzer.get_finding(analyzerArn=external, id=finding["id"])["finding"]["resource"] == role
    detail = analyzer.get_finding_v2(analyzerArn=external, id=finding["id"])
    assert detail["findingType"] == "ExternalAccess"
    assert detail["findingDetails"][0]["externalAccessDetails"]["principal"] == {"AWS": STRANGER}


def test_a_public_bucket_is_found_once_nothing_holds_it_back(account, analyzer, external):
    s3, name = account.client("s3"), account.world.facts["bucket"]
    blocks = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy"), False)
    restricted = {"RestrictPublicBuckets": True} | blocks
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=restricted)
    s3.put_bucket_policy(Bucket=name, Policy=policy(statement("s3:GetObject", f"arn:aws:s3:::{name}/*", Principal="*")))
    assert found(analyzer, external) == []
    s3.delete_public_access_block(Bucket=name)
    (finding,) = found(analyzer, external, isPublic="true")
    assert (finding["resource"], finding["principal"]) == (f"arn:aws:s3:::{name}", {"AWS": "*"})
    assert finding["sources"] == [{"type": "POLICY"}]
    resource = analyzer.get_analyzed_resource(analyzerArn=external, resourceArn=finding["resource"])["resource"]
    assert (resource["isPublic"], resource["actions"], resource["sharedVia"]) == (True, ["s3:GetObject"], ["POLICY"])


def test_a_public_acl_and_a_shared_snapshot_are_found(account, analyzer, external):
    s3, name = account.client("s3"), account.world.facts["bucket"]
    s3.delete_public_access_block(Bucket=name)
    s3.put_bucket_ownership_controls(
        Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    )
    s3.put_bucket_acl(Bucket=name, ACL="public-read")
    ec2 = account.client("ec2")
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    ec2.modify_snapshot_attribute(
        SnapshotId=snapshot, Attribute="createVolumePermission", OperationType="add", UserIds=[STRANGER]
    )
    findings = {item["resourceType"]: item for item in found(analyzer, external)}
    assert findings["AWS::S3::Bucket"]["sources"] == [{"type": "BUCKET_ACL"}]
    assert findings["AWS::EC2::Snapshot"]["principal"] == {"AWS": STRANGER}
    assert set(findings) == {"AWS::S3::Bucket", "AWS::EC2::Snapshot"}
    statistics = analyzer.get_findings_statistics(analyzerArn=external)["findingsStatistics"][0]
    assert statistics["externalAccessFindingsStatistics"]["totalActiveFindings"] == 2


def test_conditions_name_who_is_meant(account, analyzer, external):
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage"}
    share_queue(account, "open", everybody)
    share_queue(account, "held", everybody | {"Condition": {"StringEquals": {"aws:PrincipalAccount": STRANGER}}})
    home = {"StringEquals": {"aws:PrincipalAccount": account.world.account_id}}
    share_queue(account, "home", everybody | {"Condition": home})
    findings = {item["resource"].rpartition(":")[2]: item for item in found(analyzer, external)}
    assert {name: (item["principal"], item["isPublic"]) for name, item in findings.items()} == {
        "open": ({"AWS": "*"}, True),
        "held": ({"AWS": STRANGER}, False),
    }
    assert findings["held"]["condition"] == {"aws:PrincipalAccount": STRANGER}
    named = [
        item["resourceArn"] for item in analyzer.list_analyzed_resources(analyzerArn=external)["analyzedResources"]
    ]
    assert sum(arn.startswith("arn:aws:sqs:") for arn in named) == 3


def test_an_organization_trusts_its_accounts(account, analyzer):
    organizations = account.client("organizations")
    organization = organizations.create_organization(FeatureSet="ALL")["Organization"]["Id"]
    made = organizations.create_account(AccountName="dev", Email="dev@example.com")["CreateAccountStatus"]
    iam = account.client("iam")
    iam.create_role(RoleName="dev", AssumeRolePolicyDocument=trust(account, AWS=made["AccountId"]))
    arn = analyzer.create_analyzer(analyzerName="org", type="ORGANIZATION")["arn"]
    own = analyzer.create_analyzer(analyzerName="own", type="ACCOUNT")["arn"]
    whole = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage"}
    share_queue(account, "org", whole | {"Condition": {"StringEquals": {"aws:PrincipalOrgID": organization}}})
    assert found(analyzer, arn) == []
    assert {item["resourceType"] for item in found(analyzer, own)} == {"AWS::IAM::Role", "AWS::SQS::Queue"}


# ---- status and archive rules ----


def test_findings_are_archived_and_resolved(account, analyzer, external):
    iam = account.client("iam")
    iam.create_role(RoleName="vendor", AssumeRolePolicyDocument=trust(account, AWS=STRANGER))
    (finding,) = found(analyzer, external)
    analyzer.update_findings(analyzerArn=external, ids=[finding["id"]], status="ARCHIVED")
    assert found(analyzer, external, status="ACTIVE") == []
    assert [item["id"] for item in found(analyzer, external, status="ARCHIVED")] == [finding["id"]]
    analyzer.update_findings(analyzerArn=external, resourceArn=finding["resource"], status="ACTIVE")
    assert len(found(analyzer, external, status="ACTIVE")) == 1
    iam.update_assume_role_policy(RoleName="vendor", PolicyDocument=trust(account, Service="ec2.amazonaws.com"))
    assert [item["status"] for item in found(analyzer, external)] == ["RESOLVED"]
    unknown = refusal(analyzer.update_findings, analyzerArn=external, ids=["nothing"], status="ACTIVE")
    assert unknown == "ResourceNotFoundException"


def test_an_archive_rule_archives_what_is_new_and_what_it_is_applied_to(account, analyzer, external):
    iam = account.client("iam")
    iam.create_role(RoleName="before", AssumeRolePolicyDocument=trust(account, AWS=STRANGER))
    rule = {"resourceType": {"eq": ["AWS::IAM::Role"]}, "principal.AWS": {"eq": [STRANGER]}}
    analyzer.create_archive_rule(analyzerName="external", ruleName="vendor", filter=rule)
    assert analyzer.list_archive_rules(analyzerName="external")["archiveRules"][0]["filter"] == rule
    iam.create_role(RoleName="after", AssumeRolePolicyDocument=trust(account, AWS=STRANGER))

    def archived():
        return sorted(item["resource"].rpartition("/")[2] for item in found(analyzer, external, status="ARCHIVED"))

    assert archived() == ["after"]
    analyzer.apply_archive_rule(analyzerArn=external, ruleName="vendor")
    assert archived() == ["after", "before"]
    analyzer.update_archive_rule(analyzerName="external", ruleName="vendor", filter={"isPublic": {"eq": ["true"]}})
    analyzer.delete_archive_rule(analyzerName="external", ruleName="vendor")
    assert archived() == ["after", "before"]
    missing = refusal(analyzer.get_archive_rule, analyzerName="external", ruleName="vendor")
    assert missing == "ResourceNotFoundException"


def test_findings_are_there_again_after_a_restart(account, analyzer, external):
    iam = account.client("iam")
    iam.create_role(RoleName="vendor", AssumeRolePolicyDocument=trust(account, AWS=STRANGER))
    analyzer.start_resource_scan(
        analyzerArn=external, resourceArn=f"arn:aws:iam::{account.world.account_id}:role/vendor"
    )
    before = found(analyzer, external)
    again = account.reopened()
    try:
        again.ledger.catch_up()
        after = found(again.client("accessanalyzer"), external)
    finally:
        again.close()
    assert [(item["id"], item["createdAt"]) for item in after] == [(item["id"], item["createdAt"]) for item in before]


# ---- unused access ----


def test_what_is_young_is_not_unused_and_what_is_old_is(account, analyzer):
    iam = account.client("iam")
    iam.create_user(UserName="jane")
    iam.create_access_key(UserName="jane")
    iam.create_login_profile(UserName="jane", Password="Long-enough-1")
    iam.attach_user_policy(UserName="jane", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    iam.create_role(RoleName="old", AssumeRolePolicyDocument=trust(account, Service="ec2.amazonaws.com"))
    age = {"unusedAccess": {"unusedAccessAge": 30}}
    made = {"analyzerName": "unused", "type": "ACCOUNT_UNUSED_ACCESS"}
    too_long = {"unusedAccess": {"unusedAccessAge": 3650}}
    assert refusal(analyzer.create_analyzer, **made, configuration=too_long) == "ValidationException"
    arn = analyzer.create_analyzer(**made, configuration=age)["arn"]
    assert analyzer.list_findings_v2(analyzerArn=arn)["findings"] == []
    account.ledger._clock.now += 40 * 24 * 3600
    analyzer.start_resource_scan(analyzerArn=arn, resourceArn=f"arn:aws:iam::{account.world.account_id}:role/old")
    findings = {item["findingType"]: item for item in analyzer.list_findings_v2(analyzerArn=arn)["findings"]}
    assert set(findings) == {"UnusedIAMRole", "UnusedIAMUserAccessKey", "UnusedIAMUserPassword", "UnusedPermission"}
    detail = analyzer.get_finding_v2(analyzerArn=arn, id=findings["UnusedPermission"]["id"])["findingDetails"]
    assert [item["unusedPermissionDetails"]["serviceNamespace"] for item in detail] == ["s3", "s3-object-lambda"]
    assert refusal(analyzer.list_findings, analyzerArn=arn) == "ValidationException"


# ---- validation ----


def codes(analyzer, text, kind="IDENTITY_POLICY", **more):
    answer = analyzer.validate_policy(policyDocument=text, policyType=kind, **more)["findings"]
    return {(item["findingType"], item["issueCode"]) for item in answer}


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("{", "IDENTITY_POLICY", ("ERROR", "JSON_SYNTAX_ERROR")),
        ("{}", "IDENTITY_POLICY", ("ERROR", "MISSING_STATEMENT")),
        ('{"Statement": []}', "IDENTITY_POLICY", ("WARNING", "MISSING_VERSION")),
        (policy(statement("s3:GetObjekt")), "IDENTITY_POLICY", ("ERROR", "INVALID_ACTION")),
        (policy(statement("s4:GetObject")), "IDENTITY_POLICY", ("ERROR", "INVALID_SERVICE_IN_ACTION")),
        (policy(statement("s3:*", "my-bucket")), "IDENTITY_POLICY", ("ERROR", "INVALID_ARN_PREFIX")),
        (policy(statement("s3:*", "arn:avs:s3:::b")), "IDENTITY_POLICY", ("ERROR", "INVALID_PARTITION")),
        (policy(statement("s3:*", effect="Permit")), "IDENTITY_POLICY", ("ERROR", "INVALID_EFFECT")),
        (policy(statement("s3:*", Principal="*")), "IDENTITY_POLICY", ("ERROR", "UNSUPPORTED_PRINCIPAL")),
        (policy(statement("sqs:*")), "RESOURCE_POLICY", ("ERROR", "MISSING_PRINCIPAL")),
        (policy({"Effect": "Allow", "Action": "s3:*"}), "IDENTITY_POLICY", ("ERROR", "MISSING_RESOURCE")),
        (policy(statement("iam:PassRole")), "IDENTITY_POLICY", ("SECURITY_WARNING", "PASS_ROLE_WITH_STAR_IN_RESOURCE")),
        (policy(statement("*")), "IDENTITY_POLICY", ("SECURITY_WARNING", "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE")),
        (policy(statement(["s3:*", "s3:GetObject"])), "IDENTITY_POLICY", ("SUGGESTION", "REDUNDANT_ACTION")),
        (
            policy(statement("s3:*", Condition={"StringIs": {"aws:username": "x"}})),
            "IDENTITY_POLICY",
            ("ERROR", "INVALID_CONDITION_OPERATOR"),
        ),
        (
            policy({"Effect": "Allow", "NotPrincipal": {"AWS": STRANGER}, "Action": "sqs:*", "Resource": "*"}),
            "RESOURCE_POLICY",
            ("SECURITY_WARNING", "ALLOW_WITH_NOT_PRINCIPAL"),
        ),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else "",
)
def test_a_policy_is_validated_under_the_documented_codes(analyzer, text, kind, expected):
    assert expected in codes(analyzer, text, kind)


def test_a_good_policy_has_no_findings_and_a_finding_has_a_place(analyzer):
    assert codes(analyzer, policy(statement("s3:GetObject", "arn:aws:s3:::b/*"))) == set()
    text = json.dumps(json.loads(policy(statement("s3:GetObject"), statement("s3:GetObjekt"))), indent=1)
    (finding,) = analyzer.validate_policy(policyDocument=text, policyType="IDENTITY_POLICY")["findings"]
    (location,) = finding["locations"]
    assert location["path"] == [{"value": "Statement"}, {"index": 1}, {"value": "Action"}]
    span = location["span"]
    assert json.loads(text[span["start"]["offset"] : span["end"]["offset"]])["Action"] == "s3:GetObjekt"


# ---- custom checks ----


READER = policy(statement("s3:GetObject", "arn:aws:s3:::b/*"))


@pytest.mark.parametrize(
    ("new", "existing", "result"),
    [
        (READER, READER, "PASS"),
        (policy(statement("s3:GetObject", "arn:aws:s3:::b/reports/*")), READER, "PASS"),
        (policy(statement("s3:Get*", "arn:aws:s3:::b/*")), READER, "FAIL"),
        (policy(statement("s3:GetObject", "arn:aws:s3:::*")), READER, "FAIL"),
        (policy(statement("ec2:RunInstances")), READER, "FAIL"),
        (READER, policy(statement("s3:*"), statement("s3:GetObject", "*", "Deny")), "FAIL"),
        (policy(statement("s3:GetObject", "*", "Deny")), READER, "PASS"),
    ],
    ids=["equal", "narrower", "more actions", "more resources", "another service", "a deny fewer", "only a deny"],
)
def test_new_access_is_shown_or_excluded(analyzer, new, existing, result):
    answer = analyzer.check_no_new_access(
        newPolicyDocument=new, existingPolicyDocument=existing, policyType="IDENTITY_POLICY"
    )
    assert answer["result"] == result
    assert bool(answer.get("reasons")) == (result == "FAIL")


def test_a_comparison_that_shows_neither_is_not_guessed(analyzer):
    existing = policy(statement("s3:GetObject", "arn:aws:s3:::a/*"), statement("s3:PutObject", "arn:aws:s3:::a/*"))
    new = policy(statement(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::a/*"))
    code = refusal(
        analyzer.check_no_new_access,
        newPolicyDocument=new,
        existingPolicyDocument=existing,
        policyType="IDENTITY_POLICY",
    )
    assert code == "UnprocessableEntityException"


@pytest.mark.parametrize(
    ("text", "access", "result"),
    [
        (READER, {"actions": ["s3:GetObject"]}, "FAIL"),
        (READER, {"actions": ["s3:PutObject"]}, "PASS"),
        (READER, {"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::other/*"]}, "PASS"),
        (READER, {"resources": ["arn:aws:s3:::b/*"]}, "FAIL"),
        (policy(statement("*"), statement("iam:*", "*", "Deny")), {"actions": ["iam:CreateUser"]}, "PASS"),
        (policy(statement("*")), {"actions": ["iam:CreateUser", "iam:CreateAccessKey"]}, "FAIL"),
    ],
    ids=str,
)
def test_access_that_must_not_be_granted_is_found(analyzer, text, access, result):
    answer = analyzer.check_access_not_granted(policyDocument=text, access=[access], policyType="IDENTITY_POLICY")
    assert answer["result"] == result


def test_public_access_is_found_in_a_policy(analyzer):
    open_to_all = policy(statement("s3:GetObject", "arn:aws:s3:::b/*", Principal="*"))
    answer = analyzer.check_no_public_access(policyDocument=open_to_all, resourceType="AWS::S3::Bucket")
    assert (answer["result"], answer["reasons"][0]["statementIndex"]) == ("FAIL", 0)
    named = policy(statement("sqs:*", Principal={"AWS": STRANGER}))
    assert analyzer.check_no_public_access(policyDocument=named, resourceType="AWS::SQS::Queue")["result"] == "PASS"
    invalid = refusal(analyzer.check_no_public_access, policyDocument="{", resourceType="AWS::SQS::Queue")
    assert invalid == "InvalidParameterException"
