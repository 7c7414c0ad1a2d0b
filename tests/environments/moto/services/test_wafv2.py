"""AWS WAF through the front, with boto3: what it keeps, and the rules that it refuses."""

import json

import pytest
from botocore.exceptions import ClientError

REGION = {"Scope": "REGIONAL"}
NONE = [{"Priority": 0, "Type": "NONE"}]
URI = {"UriPath": {}}


@pytest.fixture
def wafv2(account):
    return account.client("wafv2")


def metrics(name="web"):
    return {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": name}


def rule(statement, name="rule", priority=0, **members):
    members = members or {"Action": {"Block": {}}}
    made = {"Name": name, "Priority": priority, "Statement": statement, "VisibilityConfig": metrics(name)}
    return made | members


def refusal(call, **members):
    with pytest.raises(ClientError) as error:
        call(**members)
    return error.value.response["Error"]["Code"]


def create_acl(wafv2, *rules, name="web", **members):
    members = REGION | {"DefaultAction": {"Allow": {}}, "VisibilityConfig": metrics()} | members
    return wafv2.create_web_acl(Name=name, Rules=list(rules), **members)["Summary"]


def get_acl(wafv2, summary):
    return wafv2.get_web_acl(Name=summary["Name"], Id=summary["Id"], Scope="REGIONAL")


def capacity(wafv2, *statements, **members):
    rules = [rule(statement, f"rule-{number}", number, **members) for number, statement in enumerate(statements)]
    return wafv2.check_capacity(Scope="REGIONAL", Rules=rules)["Capacity"]


def byte_match(text=b"/admin", constraint="STARTS_WITH", field=URI, transformations=NONE):
    return {
        "ByteMatchStatement": {
            "SearchString": text, "PositionalConstraint": constraint, "FieldToMatch": field,
            "TextTransformations": transformations,
        }
    }  # fmt: skip


def balancer(account, name="web"):
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{n}.0/24", AvailabilityZone=f"us-east-1{zone}")
        for n, zone in enumerate("ab")
    ]
    identifiers = [subnet["Subnet"]["SubnetId"] for subnet in subnets]
    made = account.client("elbv2").create_load_balancer(Name=name, Subnets=identifiers, Type="application")
    return made["LoadBalancers"][0]["LoadBalancerArn"]


def test_a_web_acl_comes_back_as_it_was_given_after_a_restart_too(account, wafv2):
    ip_set = wafv2.create_ip_set(Name="bad", Scope="REGIONAL", IPAddressVersion="IPV4", Addresses=["192.0.2.0/24"])
    geo = {"NotStatement": {"Statement": {"GeoMatchStatement": {"CountryCodes": ["DE", "FR"]}}}}
    rules = [
        rule({"IPSetReferenceStatement": {"ARN": ip_set["Summary"]["ARN"]}}, "bad", 0),
        rule(geo, "abroad", 1, Action={"Count": {}}),
        rule(byte_match(), "admin", 2),
    ]
    summary = create_acl(wafv2, *rules, Description="the shop")
    account = account.reopened()
    answer = get_acl(account.client("wafv2"), summary)
    assert answer["WebACL"]["Rules"] == rules
    assert answer["WebACL"]["Description"] == "the shop"
    assert answer["WebACL"]["Capacity"] == 4
    assert answer["WebACL"]["LabelNamespace"] == f"awswaf:{account.world.account_id}:webacl:web:"
    assert answer["LockToken"] == summary["LockToken"]
    assert account.client("wafv2").list_web_acls(**REGION)["WebACLs"] == [summary]
    account.close()


def test_an_update_replaces_everything_and_needs_the_newest_lock_token(wafv2):
    summary = create_acl(wafv2, rule(byte_match()), Description="old text")
    named = {"Name": "web", "Id": summary["Id"], "Scope": "REGIONAL", "VisibilityConfig": metrics()}
    first = wafv2.update_web_acl(**named, DefaultAction={"Block": {}}, LockToken=summary["LockToken"])
    acl = get_acl(wafv2, summary)["WebACL"]
    assert (acl["Rules"], acl["Capacity"], acl["DefaultAction"]) == ([], 0, {"Block": {}})
    assert "Description" not in acl
    stale = {"DefaultAction": {"Allow": {}}, "LockToken": summary["LockToken"]}
    assert refusal(wafv2.update_web_acl, **named, **stale) == "WAFOptimisticLockException"
    delete = {"Name": "web", "Id": summary["Id"], "Scope": "REGIONAL", "LockToken": first["NextLockToken"]}
    wafv2.delete_web_acl(**delete)
    assert refusal(wafv2.delete_web_acl, **delete) == "WAFNonexistentItemException"


def test_a_name_is_given_once_in_a_scope(wafv2):
    create_acl(wafv2)
    with pytest.raises(wafv2.exceptions.WAFDuplicateItemException):
        create_acl(wafv2)
    create_acl(wafv2, Scope="CLOUDFRONT")
    assert len(wafv2.list_web_acls(Scope="CLOUDFRONT")["WebACLs"]) == 1


def test_what_is_for_cloudfront_lives_in_one_region(account):
    elsewhere = account.client("wafv2", region="eu-west-1")
    assert refusal(elsewhere.list_web_acls, Scope="CLOUDFRONT") == "WAFInvalidParameterException"


@pytest.mark.parametrize(
    ("statement", "units"),
    [
        (byte_match(), 2),
        (byte_match(constraint="CONTAINS"), 10),
        (byte_match(transformations=[{"Priority": 0, "Type": "URL_DECODE"}, {"Priority": 1, "Type": "LOWERCASE"}]), 22),
        (byte_match(field={"AllQueryArguments": {}}), 12),
        (byte_match(field={"JsonBody": {"MatchPattern": {"All": {}}, "MatchScope": "ALL"}}), 4),
        ({"GeoMatchStatement": {"CountryCodes": ["DE"]}}, 1),
        ({"SqliMatchStatement": {"FieldToMatch": {"QueryString": {}}, "TextTransformations": NONE}}, 20),
        ({"SqliMatchStatement": {"FieldToMatch": {"QueryString": {}}, "TextTransformations": NONE,
                                 "SensitivityLevel": "HIGH"}}, 30),
        ({"XssMatchStatement": {"FieldToMatch": {"Body": {}}, "TextTransformations": NONE}}, 40),
        ({"RegexMatchStatement": {"RegexString": "^/v[0-9]+/", "FieldToMatch": URI, "TextTransformations": NONE}}, 3),
        ({"SizeConstraintStatement": {"FieldToMatch": {"Body": {}}, "ComparisonOperator": "GT", "Size": 8192,
                                      "TextTransformations": NONE}}, 1),
        ({"RateBasedStatement": {"Limit": 1000, "AggregateKeyType": "IP", "ScopeDownStatement": byte_match()}}, 4),
        ({"AndStatement": {"Statements": [byte_match(), {"GeoMatchStatement": {"CountryCodes": ["DE"]}}]}}, 3),
    ],
)  # fmt: skip
def test_rules_need_the_capacity_that_their_statements_document(wafv2, statement, units):
    assert capacity(wafv2, statement) == units


def test_managed_rule_groups_bring_their_capacity(wafv2):
    group = {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet"}}
    override = {"OverrideAction": {"None": {}}}
    assert capacity(wafv2, group, **override) == 700
    group["ManagedRuleGroupStatement"]["ScopeDownStatement"] = byte_match()
    assert capacity(wafv2, group, **override) == 702


def geo(*codes):
    return {"GeoMatchStatement": {"CountryCodes": list(codes)}}


def managed(name="AWSManagedRulesCommonRuleSet", vendor="AWS", **members):
    return {"ManagedRuleGroupStatement": {"VendorName": vendor, "Name": name} | members}


NO_OVERRIDE = {"OverrideAction": {"None": {}}}
MISSING = "arn:aws:wafv2:us-east-1:123456789012:regional/{}/x/11111111-2222-3333-4444-555555555555"


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ([rule(geo("DE"), "a", 0), rule(geo("FR"), "b", 0)], "WAFInvalidParameterException"),
        ([rule(geo("DE"), "a", 0), rule(geo("FR"), "a", 1)], "WAFDuplicateItemException"),
        ([rule(geo("XQ"))], "ValidationException"),
        ([rule(geo("DE") | byte_match())], "WAFInvalidParameterException"),
        ([rule(geo("DE"), Action={})], "WAFInvalidParameterException"),
        ([rule(geo("DE"), **NO_OVERRIDE)], "WAFInvalidParameterException"),
        ([rule(managed(), Action={"Block": {}})], "WAFInvalidParameterException"),
        ([rule(managed("AWSManagedRulesNoSuchSet"), **NO_OVERRIDE)], "WAFNonexistentItemException"),
        ([rule(managed(vendor="Fortinet"), **NO_OVERRIDE)], "WAFNonexistentItemException"),
        ([rule(managed(Version="Version_0.1"), **NO_OVERRIDE)], "WAFExpiredManagedRuleGroupVersionException"),
        ([rule(managed("AWSManagedRulesATPRuleSet"), **NO_OVERRIDE)], "WAFInvalidParameterException"),
        ([rule({"NotStatement": {"Statement": managed()}})], "WAFInvalidParameterException"),
        ([rule({"AndStatement": {"Statements": [geo("DE")]}})], "WAFInvalidParameterException"),
        ([rule({"IPSetReferenceStatement": {"ARN": MISSING.format("ipset")}})], "WAFNonexistentItemException"),
        ([rule({"RuleGroupReferenceStatement": {"ARN": MISSING.format("rulegroup")}}, **NO_OVERRIDE)],
         "WAFNonexistentItemException"),
        ([rule(byte_match(b"x" * 201))], "WAFInvalidParameterException"),
        ([rule(byte_match(field={"UriPath": {}, "Method": {}}))], "WAFInvalidParameterException"),
        ([rule(byte_match(transformations=[]))], "ValidationException"),
        ([rule(byte_match(transformations=[{"Priority": 0, "Type": "LOWERCASE"}, {"Priority": 0, "Type": "TRIM"}]))],
         "WAFInvalidParameterException"),
        ([rule(byte_match(transformations=[{"Priority": n, "Type": "TRIM"} for n in range(11)]))],
         "WAFLimitsExceededException"),
        ([rule({"RegexMatchStatement": {"RegexString": "(a", "FieldToMatch": URI, "TextTransformations": NONE}})],
         "WAFInvalidParameterException"),
        ([rule({"RegexMatchStatement": {"RegexString": r"(a)\1", "FieldToMatch": URI, "TextTransformations": NONE}})],
         "WAFInvalidParameterException"),
        ([rule({"RegexMatchStatement": {"RegexString": "a" * 513, "FieldToMatch": URI, "TextTransformations": NONE}})],
         "ValidationException"),
        ([rule({"RateBasedStatement": {"Limit": 9, "AggregateKeyType": "IP"}})], "ValidationException"),
        ([rule({"RateBasedStatement": {"Limit": 10, "AggregateKeyType": "IP"}}, Action={"Allow": {}})],
         "WAFInvalidParameterException"),
        ([rule({"RateBasedStatement": {"Limit": 10, "AggregateKeyType": "FORWARDED_IP"}})],
         "WAFInvalidParameterException"),
        ([rule({"RateBasedStatement": {"Limit": 10, "AggregateKeyType": "IP", "EvaluationWindowSec": 90}})],
         "WAFInvalidParameterException"),
        ([rule({"LabelMatchStatement": {"Scope": "NAMESPACE", "Key": "a:b"}})], "WAFInvalidParameterException"),
        ([rule(geo("DE"), Action={"Block": {"CustomResponse": {"ResponseCode": 403, "CustomResponseBodyKey": "no"}}})],
         "WAFInvalidParameterException"),
        ([rule(geo("DE"), Action={"Count": {}}, RuleLabels=[{"Name": "awswaf:x"}])], "WAFInvalidParameterException"),
        ([rule(managed(), f"m{n}", n, **NO_OVERRIDE) for n in range(8)], "WAFLimitsExceededException"),
    ],
)  # fmt: skip
def test_rules_that_aws_waf_refuses_are_refused(account, rules, code):
    wafv2 = account.client("wafv2", parameter_validation=False)
    with pytest.raises(ClientError) as error:
        create_acl(wafv2, *rules)
    assert error.value.response["Error"]["Code"] == code
    assert wafv2.list_web_acls(**REGION)["WebACLs"] == []


def test_a_refused_parameter_is_named(wafv2):
    with pytest.raises(wafv2.exceptions.WAFInvalidParameterException) as error:
        create_acl(wafv2, DefaultAction={})
    assert (error.value.response["Field"], error.value.response["Parameter"]) == ("DEFAULT_ACTION", "DefaultAction")


def test_statements_nested_without_end_are_refused(wafv2):
    statement = geo("DE")
    for _ in range(60):
        statement = {"NotStatement": {"Statement": statement}}
    with pytest.raises(ClientError) as error:
        create_acl(wafv2, rule(statement))
    assert error.value.response["Error"]["Code"] == "WAFInvalidParameterException"


def test_a_metric_needs_a_name_that_aws_waf_does_not_keep_for_itself(wafv2):
    with pytest.raises(wafv2.exceptions.WAFInvalidParameterException):
        create_acl(wafv2, VisibilityConfig=metrics("Default_Action"))


def test_one_web_acl_protects_a_balancer_and_stays_while_it_does(account, wafv2):
    arn = balancer(account)
    first, second = create_acl(wafv2), create_acl(wafv2, name="other")
    assert "WebACL" not in wafv2.get_web_acl_for_resource(ResourceArn=arn)
    wafv2.associate_web_acl(WebACLArn=first["ARN"], ResourceArn=arn)
    wafv2.associate_web_acl(WebACLArn=second["ARN"], ResourceArn=arn)
    assert wafv2.get_web_acl_for_resource(ResourceArn=arn)["WebACL"]["Name"] == "other"
    assert wafv2.list_resources_for_web_acl(WebACLArn=first["ARN"])["ResourceArns"] == []
    assert wafv2.list_resources_for_web_acl(WebACLArn=second["ARN"])["ResourceArns"] == [arn]
    delete = {"Name": "other", "Id": second["Id"], "Scope": "REGIONAL", "LockToken": second["LockToken"]}
    assert refusal(wafv2.delete_web_acl, **delete) == "WAFAssociatedItemException"
    wafv2.disassociate_web_acl(ResourceArn=arn)
    wafv2.delete_web_acl(**delete)


def test_a_web_acl_is_free_again_when_its_balancer_is_gone(account, wafv2):
    arn, acl = balancer(account), create_acl(wafv2)
    wafv2.associate_web_acl(WebACLArn=acl["ARN"], ResourceArn=arn)
    account.client("elbv2").delete_load_balancer(LoadBalancerArn=arn)
    wafv2.delete_web_acl(Name="web", Id=acl["Id"], Scope="REGIONAL", LockToken=acl["LockToken"])


def test_only_resources_that_exist_and_that_it_can_protect_are_associated(account, wafv2):
    acl, arn = create_acl(wafv2)["ARN"], balancer(account)
    network = arn.replace("/app/", "/net/")
    assert refusal(wafv2.associate_web_acl, WebACLArn=acl, ResourceArn=network) == "WAFInvalidParameterException"
    missing = arn[:-4] + "0000"
    assert refusal(wafv2.associate_web_acl, WebACLArn=acl, ResourceArn=missing) == "WAFNonexistentItemException"
    missing = MISSING.format("webacl")
    assert refusal(wafv2.associate_web_acl, WebACLArn=missing, ResourceArn=arn) == "WAFNonexistentItemException"


def test_sets_stay_while_a_rule_refers_to_them(wafv2):
    made = wafv2.create_ip_set(Name="bad", Scope="REGIONAL", IPAddressVersion="IPV6", Addresses=["2001:db8::/32"])
    ip_set = made["Summary"]
    acl = create_acl(wafv2, rule({"IPSetReferenceStatement": {"ARN": ip_set["ARN"]}}))
    named = {"Name": "bad", "Scope": "REGIONAL", "Id": ip_set["Id"]}
    update = wafv2.update_ip_set(**named, Addresses=[], LockToken=ip_set["LockToken"])
    delete = named | {"LockToken": update["NextLockToken"]}
    assert refusal(wafv2.delete_ip_set, **delete) == "WAFAssociatedItemException"
    wafv2.delete_web_acl(Name="web", Scope="REGIONAL", Id=acl["Id"], LockToken=acl["LockToken"])
    assert wafv2.get_ip_set(**named)["IPSet"]["Addresses"] == []
    wafv2.delete_ip_set(**delete)


@pytest.mark.parametrize("address", ["192.0.2.1", "0.0.0.0/0", "192.0.2.0/33", "2001:db8::/32", "host"])
def test_an_ip_set_takes_only_ranges_of_its_version(wafv2, address):
    members = {"Name": "bad", "Scope": "REGIONAL", "IPAddressVersion": "IPV4", "Addresses": [address]}
    assert refusal(wafv2.create_ip_set, **members) == "WAFInvalidParameterException"


def test_regex_pattern_sets_hold_ten_expressions_that_can_be_read(wafv2):
    create = wafv2.create_regex_pattern_set

    def patterns(*expressions):
        return [{"RegexString": expression} for expression in expressions]

    made = create(Name="bots", RegularExpressionList=patterns("bot", "(?i)crawl"), **REGION)["Summary"]
    read = wafv2.get_regex_pattern_set(Name="bots", Id=made["Id"], **REGION)["RegexPatternSet"]
    assert read["RegularExpressionList"] == patterns("bot", "(?i)crawl")
    assert ":regional/regexpatternset/bots/" in read["ARN"]
    eleven = patterns(*"abcdefghijk")
    assert refusal(create, Name="more", RegularExpressionList=eleven, **REGION) == "WAFLimitsExceededException"
    broken = patterns("[a-")
    assert refusal(create, Name="bad", RegularExpressionList=broken, **REGION) == "WAFInvalidParameterException"
    statement = {"RegexPatternSetReferenceStatement": {"ARN": made["ARN"], "FieldToMatch": URI,
                                                       "TextTransformations": NONE}}  # fmt: skip
    assert capacity(wafv2, statement) == 25


def test_a_rule_group_keeps_its_capacity_and_names_its_labels(wafv2):
    labelled = rule(geo("DE"), "de", 0, Action={"Count": {}}, RuleLabels=[{"Name": "from:germany"}])
    matches = rule({"LabelMatchStatement": {"Scope": "LABEL", "Key": "from:germany"}}, "block", 1)
    members = {"Name": "shared", "Capacity": 2, "VisibilityConfig": metrics()} | REGION
    group = wafv2.create_rule_group(Rules=[labelled, matches], **members)["Summary"]
    detail = wafv2.get_rule_group(ARN=group["ARN"])["RuleGroup"]
    assert detail["AvailableLabels"] == [{"Name": detail["LabelNamespace"] + "from:germany"}]
    named = {"Name": "shared", "Id": group["Id"], "LockToken": group["LockToken"], "VisibilityConfig": metrics()}
    more = [labelled, matches, rule(geo("FR"), "fr", 2)]
    assert refusal(wafv2.update_rule_group, Rules=more, **named, **REGION) == "WAFLimitsExceededException"
    reference = {"RuleGroupReferenceStatement": {"ARN": group["ARN"]}}
    create_acl(wafv2, rule(reference, **NO_OVERRIDE))
    assert capacity(wafv2, reference, **NO_OVERRIDE) == 2
    delete = {"Name": "shared", "Id": group["Id"], "LockToken": group["LockToken"]} | REGION
    assert refusal(wafv2.delete_rule_group, **delete) == "WAFAssociatedItemException"
    nested = members | {"Name": "nested", "Rules": [rule(reference, **NO_OVERRIDE)]}
    assert refusal(wafv2.create_rule_group, **nested) == "WAFInvalidParameterException"


def test_a_rule_group_is_shared_by_a_policy_of_the_form_that_aws_waf_takes(account, wafv2):
    group = wafv2.create_rule_group(Name="shared", Capacity=2, VisibilityConfig=metrics(), **REGION)["Summary"]
    statement = {
        "Effect": "Allow", "Principal": {"AWS": "111122223333"},
        "Action": ["wafv2:CreateWebACL", "wafv2:UpdateWebACL", "wafv2:PutFirewallManagerRuleGroups"],
    }  # fmt: skip

    def policy(**changes):
        return json.dumps({"Version": "2012-10-17", "Statement": [statement | changes]})

    for changes in ({"Action": "wafv2:*"}, {"Resource": "*"}, {"Effect": "Deny"}):
        code = refusal(wafv2.put_permission_policy, ResourceArn=group["ARN"], Policy=policy(**changes))
        assert code == "WAFInvalidPermissionPolicyException"
    wafv2.put_permission_policy(ResourceArn=group["ARN"], Policy=policy())
    assert json.loads(wafv2.get_permission_policy(ResourceArn=group["ARN"])["Policy"])["Statement"] == [statement]
    wafv2.delete_permission_policy(ResourceArn=group["ARN"])
    assert refusal(wafv2.get_permission_policy, ResourceArn=group["ARN"]) == "WAFNonexistentItemException"


def test_the_managed_rule_groups_are_listed_and_described(wafv2):
    groups = wafv2.list_available_managed_rule_groups(**REGION)["ManagedRuleGroups"]
    assert {"AWSManagedRulesCommonRuleSet", "AWSManagedRulesSQLiRuleSet"} <= {group["Name"] for group in groups}
    named = {"VendorName": "AWS", "Name": "AWSManagedRulesSQLiRuleSet"} | REGION
    described = wafv2.describe_managed_rule_group(**named)
    assert described["Capacity"] == 200
    assert {"Name": "SQLi_BODY", "Action": {"Block": {}}} in described["Rules"]
    assert {"Name": "awswaf:managed:aws:sql-database:SQLi_Body"} in described["AvailableLabels"]
    versions = wafv2.list_available_managed_rule_group_versions(**named)
    assert versions["CurrentDefaultVersion"] in [row["Name"] for row in versions["Versions"]]
    code = refusal(wafv2.describe_managed_rule_group, **named, VersionName="Version_0.1")
    assert code == "WAFExpiredManagedRuleGroupVersionException"


def test_logs_go_to_one_destination_that_exists_and_is_named_for_it(account, wafv2):
    acl = create_acl(wafv2)["ARN"]
    prefix = f"arn:aws:logs:us-east-1:{account.world.account_id}:log-group:"

    def put(*destinations, **members):
        config = {"ResourceArn": acl, "LogDestinationConfigs": list(destinations)} | members
        return wafv2.put_logging_configuration(LoggingConfiguration=config)

    logs = account.client("logs")
    for name in ("aws-waf-logs-web", "web-logs"):
        logs.create_log_group(logGroupName=name)
    with pytest.raises(wafv2.exceptions.WAFInvalidParameterException, match="aws-waf-logs-"):
        put(prefix + "web-logs")
    with pytest.raises(wafv2.exceptions.WAFLogDestinationPermissionIssueException):
        put("arn:aws:s3:::aws-waf-logs-missing")
    with pytest.raises(wafv2.exceptions.WAFInvalidParameterException):
        put(prefix + "aws-waf-logs-web", RedactedFields=[{"Body": {}}])
    redacted = [{"SingleHeader": {"Name": "authorization"}}]
    put(prefix + "aws-waf-logs-web", RedactedFields=redacted)
    config = wafv2.get_logging_configuration(ResourceArn=acl)["LoggingConfiguration"]
    assert (config["LogDestinationConfigs"], config["RedactedFields"]) == ([prefix + "aws-waf-logs-web"], redacted)
    assert len(wafv2.list_logging_configurations(**REGION)["LoggingConfigurations"]) == 1
    wafv2.delete_logging_configuration(ResourceArn=acl)
    assert refusal(wafv2.get_logging_configuration, ResourceArn=acl) == "WAFNonexistentItemException"


def test_web_acls_and_sets_carry_tags(wafv2):
    arn = create_acl(wafv2, Tags=[{"Key": "team", "Value": "edge"}])["ARN"]
    wafv2.tag_resource(ResourceARN=arn, Tags=[{"Key": "stage", "Value": "live"}])
    wafv2.untag_resource(ResourceARN=arn, TagKeys=["team"])
    tags = wafv2.list_tags_for_resource(ResourceARN=arn)["TagInfoForResource"]["TagList"]
    assert tags == [{"Key": "stage", "Value": "live"}]
    assert refusal(wafv2.list_tags_for_resource, ResourceARN=arn + "0") == "WAFNonexistentItemException"


def test_api_keys_are_for_domains(wafv2):
    key = wafv2.create_api_key(Scope="REGIONAL", TokenDomains=["shop.example"])["APIKey"]
    assert wafv2.get_decrypted_api_key(APIKey=key, **REGION)["TokenDomains"] == ["shop.example"]
    assert [row["APIKey"] for row in wafv2.list_api_keys(**REGION)["APIKeySummaries"]] == [key]
    wafv2.delete_api_key(APIKey=key, **REGION)
    assert refusal(wafv2.get_decrypted_api_key, APIKey=key, **REGION) == "WAFNonexistentItemException"
