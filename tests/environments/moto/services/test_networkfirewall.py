"""Network Firewall as its API reference describes it, through the front, with boto3."""

import json
from datetime import datetime

import pytest

NAME = iter(range(10_000))
PASS = {"StatelessDefaultActions": ["aws:forward_to_sfe"], "StatelessFragmentDefaultActions": ["aws:drop"]}
STRICT = PASS | {"StatefulEngineOptions": {"RuleOrder": "STRICT_ORDER"}}
DENY = {
    "RulesSource": {
        "RulesSourceList": {
            "Targets": [".example.net", "bad.example.com"],
            "TargetTypes": ["TLS_SNI", "HTTP_HOST"],
            "GeneratedRulesType": "DENYLIST",
        }
    }
}
TUPLE = {
    "Action": "DROP",
    "Header": {
        "Protocol": "TCP",
        "Source": "$HOME_NET",
        "SourcePort": "ANY",
        "Direction": "FORWARD",
        "Destination": "[198.51.100.0/24,!198.51.100.7]",
        "DestinationPort": "22",
    },
    "RuleOptions": [{"Keyword": "sid:1"}],
}
SSH = 'drop tcp $HOME_NET any -> any 22 (msg:"no ssh; really"; flow:to_server; metadata:team net; sid:100; rev:1;)'


@pytest.fixture
def nfw(account):
    return account.client("network-firewall")


@pytest.fixture
def rule_group(nfw):
    def make(rules=DENY, kind="STATEFUL", capacity=100, name=None, **members):
        source = {"Rules": rules} if isinstance(rules, str) else {"RuleGroup": rules}
        name = name or f"group-{next(NAME)}"
        made = nfw.create_rule_group(RuleGroupName=name, Type=kind, Capacity=capacity, **source, **members)
        return made["RuleGroupResponse"] | {"UpdateToken": made["UpdateToken"]}

    return make


@pytest.fixture
def policy(nfw):
    def make(body=PASS, **members):
        made = nfw.create_firewall_policy(FirewallPolicyName=f"policy-{next(NAME)}", FirewallPolicy=body, **members)
        return made["FirewallPolicyResponse"] | {"UpdateToken": made["UpdateToken"]}

    return make


@pytest.fixture
def subnets(account):
    """A VPC and a subnet in each of three zones."""
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return vpc, [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for n, zone in enumerate("abc")
    ]


@pytest.fixture
def firewall(nfw, policy, subnets):
    def make(name="edge", places=(0,), **members):
        vpc, all_subnets = subnets
        flags = dict.fromkeys(("DeleteProtection", "SubnetChangeProtection", "FirewallPolicyChangeProtection"), False)
        nfw.create_firewall(
            FirewallName=name,
            VpcId=vpc,
            SubnetMappings=[{"SubnetId": all_subnets[place]} for place in places],
            **{"FirewallPolicyArn": policy()["FirewallPolicyArn"]} | flags | members,
        )
        return {"FirewallName": name}

    return make


def stateless(*rules, actions=()):
    return {
        "RulesSource": {
            "StatelessRulesAndCustomActions": {
                "StatelessRules": [
                    {"Priority": priority, "RuleDefinition": {"MatchAttributes": match, "Actions": list(does)}}
                    for priority, match, does in rules
                ],
                "CustomActions": list(actions),
            }
        }
    }


def references(*groups, first=None):
    """Stateful references; with `first` each has a priority."""
    return {
        "StatefulRuleGroupReferences": [
            {"ResourceArn": group["RuleGroupArn"]} | ({"Priority": first + n} if first else {})
            for n, group in enumerate(groups)
        ]
    }


# ---- rule groups ----


def test_the_life_of_a_rule_group(nfw, rule_group, refused):
    made = rule_group(name="denied", Description="names", Tags=[{"Key": "team", "Value": "net"}])
    assert made["RuleGroupArn"].endswith(":stateful-rulegroup/denied")
    assert (made["ConsumedCapacity"], made["Capacity"], made["RuleGroupStatus"]) == (6, 100, "ACTIVE")
    assert made["Tags"] == [{"Key": "team", "Value": "net"}] and isinstance(made["LastModifiedTime"], datetime)
    named = {"RuleGroupName": "denied", "Type": "STATEFUL"}
    described = nfw.describe_rule_group(**named)
    assert described["RuleGroup"] == DENY and described["UpdateToken"] == made["UpdateToken"]
    assert refused(nfw.describe_rule_group, RuleGroupName="denied") == "InvalidRequestException"
    assert refused(nfw.describe_rule_group, RuleGroupName="denied", Type="STATELESS") == "ResourceNotFoundException"
    assert refused(rule_group, name="denied") == "InvalidRequestException"
    updated = nfw.update_rule_group(**named, Rules=SSH, UpdateToken=made["UpdateToken"])
    assert refused(nfw.update_rule_group, **named, Rules=SSH, UpdateToken=made["UpdateToken"]) == (
        "InvalidTokenException"
    )
    described = nfw.describe_rule_group(RuleGroupArn=made["RuleGroupArn"])
    assert described["RuleGroup"]["RulesSource"] == {"RulesString": SSH}
    assert described["UpdateToken"] == updated["UpdateToken"]
    metadata = nfw.describe_rule_group_metadata(RuleGroupArn=made["RuleGroupArn"])
    assert (metadata["Capacity"], metadata["Description"]) == (100, "names")
    assert metadata["StatefulRuleOptions"] == {"RuleOrder": "DEFAULT_ACTION_ORDER"}
    assert nfw.list_rule_groups()["RuleGroups"] == [{"Name": "denied", "Arn": made["RuleGroupArn"]}]
    assert nfw.list_rule_groups(Type="STATELESS")["RuleGroups"] == []
    assert nfw.delete_rule_group(**named)["RuleGroupResponse"]["RuleGroupStatus"] == "DELETING"
    assert refused(nfw.describe_rule_group, **named) == "ResourceNotFoundException"


def test_a_dry_run_says_what_would_be(nfw, rule_group):
    assert rule_group(DryRun=True)["ConsumedCapacity"] == 6
    assert nfw.list_rule_groups()["RuleGroups"] == []


@pytest.mark.parametrize(
    ("rules", "kind", "units"),
    [
        (stateless((1, {}, ["aws:drop"])), "STATELESS", 1),
        (
            stateless(
                (
                    1,
                    {
                        "Protocols": [6, 17],
                        "Sources": [{"AddressDefinition": f"10.0.{n}.0/24"} for n in range(3)],
                        "DestinationPorts": [{"FromPort": 443, "ToPort": 443}],
                    },
                    ["aws:pass"],
                )
            ),
            "STATELESS",
            6,
        ),
        ({"RulesSource": {"StatefulRules": [TUPLE]}}, "STATEFUL", 1),
        (f"# a comment\n{SSH}\n\npass tls any any <> any [443,8000:] (sid:2;)\n", "STATEFUL", 2),
    ],
    ids=["stateless", "a product of matches", "5-tuple", "Suricata"],
)
def test_capacity_is_counted_as_documented(rule_group, refused, rules, kind, units):
    assert rule_group(rules, kind, units)["ConsumedCapacity"] == units
    if units > 1:
        assert refused(rule_group, rules, kind, units - 1) == "InvalidRequestException"


WRONG_STATEFUL = [
    "drop tcp any any -> any 22 (sid:1)",
    "drop tcp any any -> any 22 sid:1;",
    "drop tcp any any -> any 22 (msg:no sid;)",
    "drop tcp any any any 22 (sid:1;)",
    "log tcp any any -> any 22 (sid:1;)",
    "drop carrier-pigeon any any -> any 22 (sid:1;)",
    "drop tcp any any -> any 70000 (sid:1;)",
    "drop tcp any any -> any 90:80 (sid:1;)",
    "drop tcp 10.0.0.0/33 any -> any 22 (sid:1;)",
    "drop tcp $SERVERS any -> any 22 (sid:1;)",
    "drop tcp any any => any 22 (sid:1;)",
    "drop tcp any any -> any 22 (sid:1;)\ndrop tcp any any -> any 23 (sid:1;)",
    "drop tcp any any -> any 22 (sid:0;)",
    "drop tcp any any -> any 22 (sid:one;)",
    'drop http any any -> any any (pcre:"/evil/"; sid:1;)',
    "drop http any any -> any any (iprep:src,Bad,>,10; sid:1;)",
    "drop http any any -> any any (dataset:isset,x; sid:1;)",
    "drop tcp any any -> any 22 (threshold:type limit, track by_src, count 1, seconds 1; sid:1;)",
    "# nothing but a comment",
    "",
    'drop tcp any any -> any 22 (msg:"open; sid:1;)',
    {"RulesSource": {}},
    {"RulesSource": DENY["RulesSource"] | {"RulesString": SSH}},
    {"RulesSource": {"StatefulRules": [TUPLE, TUPLE]}},
    {"RulesSource": {"StatefulRules": [TUPLE | {"RuleOptions": []}]}},
    {"RulesSource": {"StatefulRules": [TUPLE | {"Header": TUPLE["Header"] | {"Destination": "not an address"}}]}},
    {"RulesSource": {"RulesSourceList": DENY["RulesSource"]["RulesSourceList"] | {"Targets": ["*.example.com"]}}},
    {"RulesSource": {"RulesSourceList": DENY["RulesSource"]["RulesSourceList"] | {"Targets": []}}},
    {"RulesSource": {"RulesSourceList": DENY["RulesSource"]["RulesSourceList"] | {"TargetTypes": []}}},
    DENY | {"RuleVariables": {"IPSets": {"WEB": {"Definition": ["10.0.0.300"]}}}},
    stateless((1, {}, ["aws:drop"])),
]


def test_rules_that_aws_does_not_take_are_refused(rule_group, refused):
    for rules in WRONG_STATEFUL:
        assert refused(rule_group, rules) == "InvalidRequestException"


WRONG_STATELESS = [
    stateless((1, {}, [])),
    stateless((1, {}, ["aws:drop", "aws:pass"])),
    stateless((1, {}, ["aws:drop", "unheard"])),
    stateless((1, {}, ["aws:drop"]), (1, {}, ["aws:pass"])),
    stateless((1, {"Sources": [{"AddressDefinition": "10.0.0.0/40"}]}, ["aws:drop"])),
    stateless((1, {"SourcePorts": [{"FromPort": 2, "ToPort": 1}]}, ["aws:drop"])),
    stateless((1, {"TCPFlags": [{"Flags": ["SYN"], "Masks": ["ACK"]}]}, ["aws:drop"])),
    DENY,
]


def test_stateless_rules_that_aws_does_not_take_are_refused(rule_group, refused):
    for rules in WRONG_STATELESS:
        assert refused(rule_group, rules, "STATELESS") == "InvalidRequestException"


def test_stateless_rules_keep_every_setting(nfw, rule_group):
    count = {
        "ActionName": "count",
        "ActionDefinition": {"PublishMetricAction": {"Dimensions": [{"Value": "dropped"}]}},
    }
    match = {
        "Sources": [{"AddressDefinition": "0.0.0.0/0"}, {"AddressDefinition": "::/0"}],
        "DestinationPorts": [{"FromPort": 22, "ToPort": 22}],
        "Protocols": [6],
        "TCPFlags": [{"Flags": ["SYN"], "Masks": ["SYN", "ACK"]}],
    }
    rules = stateless((10, match, ["aws:drop", "count"]), actions=[count])
    made = rule_group(rules, "STATELESS")
    assert made["RuleGroupArn"].split(":")[5].startswith("stateless-rulegroup/")
    assert nfw.describe_rule_group(RuleGroupArn=made["RuleGroupArn"])["RuleGroup"] == rules


def test_variables_are_those_of_the_rule_group(nfw, rule_group):
    rules = "drop tcp [$WEB,!10.0.0.9] any -> @PARTNERS $ADMIN (sid:1;)"
    body = {
        "RulesSource": {"RulesString": rules},
        "RuleVariables": {
            "IPSets": {"WEB": {"Definition": ["10.0.0.0/24"]}},
            "PortSets": {"ADMIN": {"Definition": ["22", "8000:8010"]}},
        },
        "ReferenceSets": {
            "IPSetReferences": {"PARTNERS": {"ReferenceArn": "arn:aws:ec2:us-east-1:123456789012:prefix-list/pl-1"}}
        },
        "StatefulRuleOptions": {"RuleOrder": "STRICT_ORDER"},
    }
    made = rule_group(body)
    assert nfw.describe_rule_group(RuleGroupArn=made["RuleGroupArn"])["RuleGroup"] == body


def test_what_is_fixed_at_creation_stays(nfw, rule_group, refused):
    strict = {"RulesSource": {"RulesString": SSH}, "StatefulRuleOptions": {"RuleOrder": "STRICT_ORDER"}}
    made = rule_group(strict, capacity=1)
    update = {"RuleGroupArn": made["RuleGroupArn"], "UpdateToken": made["UpdateToken"]}
    assert refused(nfw.update_rule_group, **update, Rules=SSH) == "InvalidRequestException"
    two = strict | {"RulesSource": {"RulesString": f"{SSH}\n{SSH.replace('sid:100', 'sid:101')}"}}
    assert refused(nfw.update_rule_group, **update, RuleGroup=two) == "InvalidRequestException"
    priority = strict | {"RulesSource": {"RulesString": SSH.replace("rev:1;", "priority:1;")}}
    assert refused(nfw.update_rule_group, **update, RuleGroup=priority) == "InvalidRequestException"


def test_a_summary_tells_what_was_asked_for(nfw, rule_group):
    made = rule_group(SSH, SummaryConfiguration={"RuleOptions": ["SID", "MSG", "METADATA"]})
    summary = nfw.describe_rule_group_summary(RuleGroupArn=made["RuleGroupArn"])["Summary"]["RuleSummaries"]
    assert summary == [{"SID": "100", "Msg": "no ssh; really", "Metadata": "team net"}]


def test_an_account_has_fifty_rule_groups_of_a_type(rule_group, refused):
    for _ in range(50):
        rule_group(SSH)
    assert refused(rule_group, SSH) == "LimitExceededException"
    rule_group(stateless((1, {}, ["aws:drop"])), "STATELESS")


# ---- policies ----


def test_the_life_of_a_policy(nfw, policy, rule_group, refused):
    group = rule_group()
    body = PASS | references(group)
    made = policy(body, Description="egress", Tags=[{"Key": "team", "Value": "net"}])
    assert (made["ConsumedStatefulRuleCapacity"], made["ConsumedStatelessRuleCapacity"]) == (100, 0)
    named = {"FirewallPolicyArn": made["FirewallPolicyArn"]}
    assert nfw.describe_firewall_policy(**named)["FirewallPolicy"] == body
    groups = nfw.describe_rule_group(RuleGroupArn=group["RuleGroupArn"])
    assert groups["RuleGroupResponse"]["NumberOfAssociations"] == 1
    assert refused(nfw.delete_rule_group, RuleGroupArn=group["RuleGroupArn"]) == "InvalidOperationException"
    update = {**named, "FirewallPolicy": PASS}
    nfw.update_firewall_policy(**update, UpdateToken=made["UpdateToken"])
    assert refused(nfw.update_firewall_policy, **update, UpdateToken=made["UpdateToken"]) == "InvalidTokenException"
    nfw.delete_rule_group(RuleGroupArn=group["RuleGroupArn"])
    listed = nfw.list_firewall_policies()["FirewallPolicies"]
    assert listed == [{"Name": made["FirewallPolicyName"], "Arn": made["FirewallPolicyArn"]}]
    nfw.delete_firewall_policy(**named)
    assert refused(nfw.describe_firewall_policy, **named) == "ResourceNotFoundException"


WRONG_POLICIES = [
    PASS | {"StatelessDefaultActions": []},
    PASS | {"StatelessDefaultActions": ["aws:pass", "aws:drop"]},
    PASS | {"StatelessFragmentDefaultActions": ["aws:reject"]},
    PASS | {"StatelessDefaultActions": ["aws:pass", "unheard"]},
    PASS | {"StatefulDefaultActions": ["aws:drop_strict"]},
    STRICT | {"StatefulDefaultActions": ["aws:drop"]},
    STRICT | {"StatefulDefaultActions": ["aws:drop_strict", "aws:drop_established"]},
    PASS | {"TLSInspectionConfigurationArn": "arn:aws:network-firewall:us-east-1:1:tls-configuration/none"},
    PASS | {"StatefulRuleGroupReferences": [{"ResourceArn": "arn:aws:network-firewall:us-east-1:1:none"}]},
    PASS | {"PolicyVariables": {"RuleVariables": {"HOME_NET": {"Definition": ["10.0.0.0.0"]}}}},
    PASS | {"StatefulEngineOptions": {"FlowTimeouts": {"TcpIdleTimeoutSeconds": 1}}},
]


def test_policies_that_aws_does_not_take_are_refused(policy, refused):
    for body in WRONG_POLICIES:
        assert refused(policy, body) == "InvalidRequestException"


def test_groups_of_a_strict_policy_have_priorities_and_others_have_none(policy, rule_group, refused):
    plain = [rule_group(), rule_group()]
    strict = [rule_group(DENY | {"StatefulRuleOptions": {"RuleOrder": "STRICT_ORDER"}}) for _ in range(2)]
    alert = {"Override": {"Action": "DROP_TO_ALERT"}}
    policy(PASS | references(*plain))
    policy(STRICT | references(*strict, first=1) | {"StatefulDefaultActions": ["aws:drop_established"]})
    for body in (
        PASS | references(*plain, first=1),
        PASS | references(*strict),
        STRICT | references(*strict),
        STRICT | references(*plain, first=1),
        PASS | references(plain[0], plain[0]),
        PASS | {"StatelessRuleGroupReferences": [{"ResourceArn": plain[0]["RuleGroupArn"], "Priority": 1}]},
        PASS | {"StatefulRuleGroupReferences": [{"ResourceArn": plain[0]["RuleGroupArn"], **alert}]},
    ):
        assert refused(policy, body) == "InvalidRequestException"


def test_a_policy_has_thirty_thousand_units(policy, rule_group, refused):
    big = [rule_group(SSH, capacity=20_000) for _ in range(2)]
    assert refused(policy, PASS | references(*big)) == "LimitExceededException"


def test_aws_s_own_domain_lists_can_be_used(nfw, policy):
    lists = nfw.list_rule_groups(Scope="MANAGED", ManagedType="AWS_MANAGED_DOMAIN_LISTS")["RuleGroups"]
    arns = {one["Name"]: one["Arn"] for one in lists}
    arn = arns["MalwareDomainsActionOrder"]
    assert arn == "arn:aws:network-firewall:us-east-1:aws-managed:stateful-rulegroup/MalwareDomainsActionOrder"
    made = policy(
        PASS | {"StatefulRuleGroupReferences": [{"ResourceArn": arn, "Override": {"Action": "DROP_TO_ALERT"}}]}
    )
    assert made["ConsumedStatefulRuleCapacity"] == 200
    assert nfw.describe_rule_group_metadata(RuleGroupArn=arn)["RuleGroupName"] == "MalwareDomainsActionOrder"


# ---- firewalls ----


def test_a_firewall_has_an_endpoint_in_each_subnet_that_routes_can_name(account, nfw, firewall, subnets):
    ec2, (vpc, all_subnets) = account.client("ec2"), subnets
    named = firewall(places=(0, 1), Tags=[{"Key": "team", "Value": "net"}])
    described = nfw.describe_firewall(**named)
    status = described["FirewallStatus"]
    assert (status["Status"], status["ConfigurationSyncStateSummary"]) == ("READY", "IN_SYNC")
    assert set(status["SyncStates"]) == {"us-east-1a", "us-east-1b"}
    attachment = status["SyncStates"]["us-east-1a"]["Attachment"]
    assert (attachment["SubnetId"], attachment["Status"]) == (all_subnets[0], "READY")
    endpoint = ec2.describe_vpc_endpoints(VpcEndpointIds=[attachment["EndpointId"]])["VpcEndpoints"][0]
    assert (endpoint["VpcEndpointType"], endpoint["VpcId"]) == ("GatewayLoadBalancer", vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", VpcEndpointId=attachment["EndpointId"])
    routes = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    assert attachment["EndpointId"] in {route.get("GatewayId") or route.get("VpcEndpointId") for route in routes}
    assert described["Firewall"]["Tags"] == [{"Key": "team", "Value": "net"}]


def test_a_new_firewall_is_protected_as_documented(nfw, policy, subnets):
    vpc, all_subnets = subnets
    made = nfw.create_firewall(
        FirewallName="edge", FirewallPolicyArn=policy()["FirewallPolicyArn"], VpcId=vpc,
        SubnetMappings=[{"SubnetId": all_subnets[0]}],
    )  # fmt: skip
    assert made["FirewallStatus"]["Status"] == "PROVISIONING"
    flags = ("DeleteProtection", "SubnetChangeProtection", "FirewallPolicyChangeProtection")
    assert [made["Firewall"][flag] for flag in flags] == [True, True, True]


def test_what_is_protected_does_not_change(nfw, firewall, policy, subnets, refused):
    named, other = firewall(), policy()["FirewallPolicyArn"]
    more = {**named, "SubnetMappings": [{"SubnetId": subnets[1][1]}]}
    nfw.update_subnet_change_protection(**named, SubnetChangeProtection=True)
    assert refused(nfw.associate_subnets, **more) == "InvalidOperationException"
    nfw.update_subnet_change_protection(**named, SubnetChangeProtection=False)
    nfw.associate_subnets(**more)
    nfw.update_firewall_policy_change_protection(**named, FirewallPolicyChangeProtection=True)
    assert refused(nfw.associate_firewall_policy, **named, FirewallPolicyArn=other) == "InvalidOperationException"
    nfw.update_firewall_policy_change_protection(**named, FirewallPolicyChangeProtection=False)
    nfw.associate_firewall_policy(**named, FirewallPolicyArn=other)
    assert refused(nfw.delete_firewall_policy, FirewallPolicyArn=other) == "InvalidOperationException"
    nfw.update_firewall_delete_protection(**named, DeleteProtection=True)
    assert refused(nfw.delete_firewall, **named) == "InvalidOperationException"
    nfw.update_firewall_delete_protection(**named, DeleteProtection=False)
    assert nfw.delete_firewall(**named)["FirewallStatus"]["Status"] == "DELETING"
    assert refused(nfw.describe_firewall, **named) == "ResourceNotFoundException"
    nfw.delete_firewall_policy(FirewallPolicyArn=other)


def test_subnets_come_and_go_with_their_endpoints(account, nfw, firewall, subnets, refused):
    named, (_, ids) = firewall(places=(0,)), subnets
    ec2 = account.client("ec2")
    nfw.associate_subnets(**named, SubnetMappings=[{"SubnetId": ids[1]}])
    assert len(ec2.describe_vpc_endpoints()["VpcEndpoints"]) == 2
    assert refused(nfw.disassociate_subnets, **named, SubnetIds=ids) == "InvalidRequestException"
    assert refused(nfw.disassociate_subnets, **named, SubnetIds=ids[:2]) == "InvalidRequestException"
    answer = nfw.disassociate_subnets(**named, SubnetIds=ids[:1])
    assert answer["SubnetMappings"] == [{"SubnetId": ids[1]}]
    left = [one for one in ec2.describe_vpc_endpoints()["VpcEndpoints"] if one["State"] == "available"]
    assert [one["SubnetIds"] for one in left] == [[ids[1]]]


def test_settings_change_with_the_last_token_or_none(nfw, firewall, refused):
    named = firewall()
    token = nfw.describe_firewall(**named)["UpdateToken"]
    changed = nfw.update_firewall_description(**named, Description="edge", UpdateToken=token)
    assert changed["Description"] == "edge" and changed["UpdateToken"] != token
    stale = {**named, "Description": "other", "UpdateToken": token}
    assert refused(nfw.update_firewall_description, **stale) == "InvalidTokenException"
    key = {"Type": "CUSTOMER_KMS", "KeyId": "alias/net"}
    nfw.update_firewall_encryption_configuration(**named, EncryptionConfiguration=key)
    nfw.update_firewall_analysis_settings(**named, EnabledAnalysisTypes=["TLS_SNI"])
    kept = nfw.describe_firewall(**named)["Firewall"]
    assert kept["EncryptionConfiguration"] == key and kept["EnabledAnalysisTypes"] == ["TLS_SNI"]
    assert refused(
        nfw.update_firewall_encryption_configuration, **named, EncryptionConfiguration={"Type": "CUSTOMER_KMS"}
    ) == "InvalidRequestException"  # fmt: skip


def test_firewalls_that_aws_does_not_take_are_refused(account, nfw, firewall, subnets, refused):
    ec2, (vpc, ids) = account.client("ec2"), subnets
    twin = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.9.0/24", AvailabilityZone="us-east-1a")["Subnet"]["SubnetId"]
    foreign = ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"][0]["SubnetId"]
    for members in (
        {"FirewallPolicyArn": "arn:aws:network-firewall:us-east-1:1:firewall-policy/none"},
        {"SubnetMappings": []},
        {"SubnetMappings": [{"SubnetId": ids[0]}, {"SubnetId": twin}]},
        {"SubnetMappings": [{"SubnetId": foreign}]},
        {"VpcId": "vpc-00000000"},
    ):
        create = {"FirewallName": "edge", "VpcId": vpc, "SubnetMappings": [{"SubnetId": ids[0]}]}
        create |= {"FirewallPolicyArn": nfw.list_firewall_policies()["FirewallPolicies"] or "arn:aws:x"} | members
        if isinstance(create["FirewallPolicyArn"], list):
            create["FirewallPolicyArn"] = create["FirewallPolicyArn"][0]["Arn"]
        assert refused(nfw.create_firewall, **create) == "InvalidRequestException"
    firewall("one")
    assert refused(firewall, "one") == "InvalidRequestException"
    for name in ("two", "three", "four", "five"):
        firewall(name)
    assert refused(firewall, "six") == "LimitExceededException"
    assert [one["FirewallName"] for one in nfw.list_firewalls(VpcIds=[vpc])["Firewalls"]][:2] == ["one", "two"]
    assert nfw.list_firewalls(VpcIds=["vpc-00000000"])["Firewalls"] == []


def test_an_endpoint_association_gives_another_vpc_an_endpoint(account, nfw, firewall, refused):
    ec2, named = account.client("ec2"), firewall()
    arn = nfw.describe_firewall(**named)["Firewall"]["FirewallArn"]
    subnet = ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"][0]
    made = nfw.create_vpc_endpoint_association(
        FirewallArn=arn, VpcId=subnet["VpcId"], SubnetMapping={"SubnetId": subnet["SubnetId"]}
    )["VpcEndpointAssociation"]
    one = {"VpcEndpointAssociationArn": made["VpcEndpointAssociationArn"]}
    status = nfw.describe_vpc_endpoint_association(**one)["VpcEndpointAssociationStatus"]
    attachment = status["AssociationSyncState"][subnet["AvailabilityZone"]]["Attachment"]
    assert ec2.describe_vpc_endpoints(VpcEndpointIds=[attachment["EndpointId"]])["VpcEndpoints"]
    assert nfw.list_vpc_endpoint_associations(FirewallArn=arn)["VpcEndpointAssociations"] == [one]
    assert nfw.describe_firewall(**named)["Firewall"]["NumberOfAssociations"] == 1
    assert refused(nfw.delete_firewall, **named) == "InvalidOperationException"
    nfw.delete_vpc_endpoint_association(**one)
    assert refused(nfw.describe_vpc_endpoint_association, **one) == "ResourceNotFoundException"
    nfw.delete_firewall(**named)


# ---- logging, sharing, TLS inspection ----


def test_logging_changes_one_destination_a_call(account, nfw, firewall, refused):
    named = firewall()
    account.client("s3").create_bucket(Bucket="alerts")
    account.client("logs").create_log_group(logGroupName="/nfw/flow")
    alert = {
        "LogType": "ALERT",
        "LogDestinationType": "S3",
        "LogDestination": {"bucketName": "alerts", "prefix": "nfw"},
    }
    flow = {
        "LogType": "FLOW",
        "LogDestinationType": "CloudWatchLogs",
        "LogDestination": {"logGroup": "/nfw/flow"},
    }

    def put(*configs):
        return {**named, "LoggingConfiguration": {"LogDestinationConfigs": list(configs)}}

    update = nfw.update_logging_configuration
    assert nfw.describe_logging_configuration(**named)["LoggingConfiguration"]["LogDestinationConfigs"] == []
    assert refused(update, **put(alert, flow)) == "InvalidRequestException"
    update(**put(alert))
    update(**put(alert, flow))
    kept = nfw.describe_logging_configuration(**named)["LoggingConfiguration"]["LogDestinationConfigs"]
    assert kept == [alert, flow]
    moved = alert | {"LogDestination": {"bucketName": "nowhere"}}
    assert refused(update, **put(moved, flow)) == "LogDestinationPermissionException"
    wrong = alert | {"LogDestination": {"logGroup": "/nfw/flow"}}
    assert refused(update, **put(wrong, flow)) == "InvalidRequestException"
    assert refused(update, **put()) == "InvalidRequestException"
    update(**put(flow))
    update(**put())


def test_a_rule_group_is_shared_by_a_policy(nfw, rule_group, refused):
    arn = {"ResourceArn": rule_group()["RuleGroupArn"]}
    share = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "210987654321"},
                "Action": ["network-firewall:ListRuleGroups"],
                "Resource": arn["ResourceArn"],
            }
        ],
    }
    assert refused(nfw.describe_resource_policy, **arn) == "ResourceNotFoundException"
    assert refused(nfw.put_resource_policy, **arn, Policy="{}") == "InvalidResourcePolicyException"
    nfw.put_resource_policy(**arn, Policy=json.dumps(share))
    assert json.loads(nfw.describe_resource_policy(**arn)["Policy"]) == share
    nfw.delete_resource_policy(**arn)
    assert refused(nfw.delete_resource_policy, **arn) == "ResourceNotFoundException"


def test_the_life_of_a_tls_inspection_configuration(account, nfw, policy, refused):
    certificate = account.client("acm").request_certificate(DomainName="shop.example.com")["CertificateArn"]
    scope = {
        "Sources": [{"AddressDefinition": "0.0.0.0/0"}],
        "Destinations": [{"AddressDefinition": "10.0.0.0/16"}],
        "SourcePorts": [{"FromPort": 0, "ToPort": 65535}],
        "DestinationPorts": [{"FromPort": 443, "ToPort": 443}],
        "Protocols": [6],
    }
    body = {
        "ServerCertificateConfigurations": [{"ServerCertificates": [{"ResourceArn": certificate}], "Scopes": [scope]}]
    }
    create = nfw.create_tls_inspection_configuration
    made = create(TLSInspectionConfigurationName="inbound", TLSInspectionConfiguration=body)
    arn = made["TLSInspectionConfigurationResponse"]["TLSInspectionConfigurationArn"]
    named = {"TLSInspectionConfigurationArn": arn}
    assert nfw.describe_tls_inspection_configuration(**named)["TLSInspectionConfiguration"] == body
    for wrong in (
        {},
        {"ServerCertificateConfigurations": [{"Scopes": [scope]}]},
        {"ServerCertificateConfigurations": [{"ServerCertificates": [{"ResourceArn": arn}], "Scopes": [scope]}]},
        {
            "ServerCertificateConfigurations": [
                {"ServerCertificates": [{"ResourceArn": certificate}], "Scopes": [scope | {"Protocols": [17]}]}
            ]
        },
    ):
        members = {"TLSInspectionConfigurationName": "other", "TLSInspectionConfiguration": wrong}
        assert refused(create, **members) == "InvalidRequestException"
    used = policy(PASS | named)
    assert refused(nfw.delete_tls_inspection_configuration, **named) == "InvalidOperationException"
    nfw.delete_firewall_policy(FirewallPolicyArn=used["FirewallPolicyArn"])
    update = {**named, "TLSInspectionConfiguration": body, "Description": "shop"}
    nfw.update_tls_inspection_configuration(**update, UpdateToken=made["UpdateToken"])
    assert refused(nfw.update_tls_inspection_configuration, **update, UpdateToken=made["UpdateToken"]) == (
        "InvalidTokenException"
    )
    assert nfw.list_tls_inspection_configurations()["TLSInspectionConfigurations"] == [{"Name": "inbound", "Arn": arn}]
    nfw.delete_tls_inspection_configuration(**named)


def test_tags_are_those_of_every_kind(nfw, firewall, rule_group, refused):
    firewall()
    arns = [
        nfw.list_firewalls()["Firewalls"][0]["FirewallArn"],
        nfw.list_firewall_policies()["FirewallPolicies"][0]["Arn"],
        rule_group()["RuleGroupArn"],
    ]
    for arn in arns:
        nfw.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
        nfw.untag_resource(ResourceArn=arn, TagKeys=["a"])
        assert nfw.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    missing = "arn:aws:network-firewall:us-east-1:1:firewall/none"
    assert refused(nfw.list_tags_for_resource, ResourceArn=missing) == "ResourceNotFoundException"


def test_firewalls_are_there_again_after_a_restart(nfw, firewall, rule_group, same_after_restart):
    named, group = firewall(places=(0, 1, 2)), rule_group(SSH)
    same_after_restart(
        ("network-firewall", "describe_firewall", named),
        ("network-firewall", "describe_rule_group", {"RuleGroupArn": group["RuleGroupArn"]}),
        ("ec2", "describe_vpc_endpoints"),
    )
