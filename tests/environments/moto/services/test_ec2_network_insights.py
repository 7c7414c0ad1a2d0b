"""Reachability Analyzer and Network Access Analyzer, through the front: what they say is what the network is."""

import pytest

NEXT = iter(range(10_000))


def token():
    return {"ClientToken": f"token {next(NEXT)}"}


@pytest.fixture
def ec2(account):
    return account.client("ec2")


class Shop:
    """A VPC with a public web server on 443, and a private database that the web server reaches on 5432."""

    def __init__(self, ec2):
        self.ec2 = ec2
        self.vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
        self.gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=self.gateway, VpcId=self.vpc)
        front, back = (
            ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.1.{n}.0/24")["Subnet"]["SubnetId"] for n in (1, 2)
        )
        table = ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=self.gateway)
        ec2.associate_route_table(RouteTableId=table, SubnetId=front)
        self.web_group, self.data_group = (self.group(name) for name in ("web", "data"))
        self.open(self.web_group, 443, {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]})
        self.open(self.data_group, 5432, {"UserIdGroupPairs": [{"GroupId": self.web_group}]})
        self.web = self.instance(front, self.web_group, public=True)
        self.data = self.instance(back, self.data_group, public=False)

    def group(self, name):
        return self.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)["GroupId"]

    def open(self, group, port, sources):
        permission = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **sources}
        self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])

    def instance(self, subnet, group, public):
        interface = {"DeviceIndex": 0, "SubnetId": subnet, "Groups": [group], "AssociatePublicIpAddress": public}
        made = self.ec2.run_instances(
            ImageId="ami-04681a1dbd79675a5",
            MinCount=1,
            MaxCount=1,
            NetworkInterfaces=[interface],
            InstanceType="t3.micro",
        )
        return made["Instances"][0]["InstanceId"]

    def path(self, source, destination, port=None, **members):
        if port:
            members["DestinationPort"] = port
        made = self.ec2.create_network_insights_path(
            Source=source, Destination=destination, Protocol="tcp", **token(), **members
        )
        return made["NetworkInsightsPath"]["NetworkInsightsPathId"]

    def analyse(self, path):
        started = self.ec2.start_network_insights_analysis(NetworkInsightsPathId=path, **token())
        id = started["NetworkInsightsAnalysis"]["NetworkInsightsAnalysisId"]
        assert started["NetworkInsightsAnalysis"]["Status"] == "running"
        found = self.ec2.describe_network_insights_analyses(NetworkInsightsAnalysisIds=[id])
        return found["NetworkInsightsAnalyses"][0]

    def asks(self, *ends, **members):
        return self.analyse(self.path(*ends, **members))


@pytest.fixture
def shop(ec2):
    return Shop(ec2)


def ids(components):
    return [one["Component"]["Id"] for one in components]


def test_a_path_that_is_there_names_what_it_passes(shop):
    told = shop.asks(shop.gateway, shop.web, 443)
    assert told["Status"] == "succeeded" and told["NetworkPathFound"] is True
    passed = ids(told["ForwardPathComponents"])
    assert passed[0] == shop.gateway and passed[-1] == shop.web and shop.web_group in passed
    assert [one["SequenceNumber"] for one in told["ForwardPathComponents"]] == list(range(1, len(passed) + 1))
    assert ids(told["ReturnPathComponents"]) == passed[::-1]
    header = told["ForwardPathComponents"][0]["OutboundHeader"]
    assert header["DestinationPortRanges"] == [{"From": 443, "To": 443}]
    inside = shop.asks(shop.web, shop.data, 5432)
    assert inside["NetworkPathFound"] is True
    assert {shop.web_group, shop.data_group} <= set(ids(inside["ForwardPathComponents"]))


@pytest.mark.parametrize(
    ("ends", "port", "code"),
    [
        (("gateway", "web"), 22, "ENI_SG_RULES_MISMATCH"),
        (("gateway", "data"), 5432, "IGW_PUBLIC_IP_ASSOCIATION_FOR_INGRESS"),
        (("data", "web"), 22, "ENI_SG_RULES_MISMATCH"),
        (("data", "gateway"), 443, "NO_ROUTE_TO_DESTINATION"),
    ],
    ids=["a closed port", "no public address", "another group", "no way out"],
)
def test_a_path_that_is_not_there_says_why(shop, ends, port, code):
    told = shop.asks(*(getattr(shop, end) for end in ends), port)
    assert told["NetworkPathFound"] is False and told["ForwardPathComponents"] == []
    assert [one["ExplanationCode"] for one in told["Explanations"]] == [code]


def test_acls_and_block_public_access_stand_in_the_way(ec2, shop):
    path = shop.path(shop.gateway, shop.web, 443)
    acl = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [shop.vpc]}])["NetworkAcls"][0][
        "NetworkAclId"
    ]
    deny = {"RuleNumber": 50, "Protocol": "-1", "RuleAction": "deny", "Egress": False, "CidrBlock": "0.0.0.0/0"}
    ec2.create_network_acl_entry(NetworkAclId=acl, **deny)
    (explanation,) = shop.analyse(path)["Explanations"]
    assert explanation["ExplanationCode"] == "SUBNET_ACL_RESTRICTION" and explanation["Acl"]["Id"] == acl
    ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=50, Egress=False)
    assert shop.analyse(path)["NetworkPathFound"] is True
    ec2.modify_vpc_block_public_access_options(InternetGatewayBlockMode="block-ingress")
    (explanation,) = shop.analyse(path)["Explanations"]
    assert explanation["ExplanationCode"] == "VPC_BLOCK_PUBLIC_ACCESS_ENABLED"
    ec2.create_vpc_block_public_access_exclusion(VpcId=shop.vpc, InternetGatewayExclusionMode="allow-bidirectional")
    assert shop.analyse(path)["NetworkPathFound"] is True


def test_ends_that_cannot_be_judged_are_said_so(ec2, shop):
    subnet = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [shop.vpc]}])["Subnets"][0]["SubnetId"]
    loose = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    told = shop.asks(shop.gateway, loose, 443)
    assert [one["ExplanationCode"] for one in told["Explanations"]] == ["UNASSOCIATED_COMPONENT"]
    transit = shop.asks(shop.web, "tgw-12345678", 443)
    assert transit["Status"] == "failed" and "tgw-12345678" in transit["StatusMessage"]
    other = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    assert shop.asks(other, shop.web, 443)["NetworkPathFound"] is False


def test_the_life_of_paths_and_analyses(ec2, shop, refused, same_after_restart):
    create = ec2.create_network_insights_path
    again = token()
    first = create(Source=shop.web, Destination=shop.data, Protocol="tcp", **again)["NetworkInsightsPath"]
    assert create(Source=shop.web, Destination=shop.data, Protocol="tcp", **again)["NetworkInsightsPath"] == first
    assert refused(create, Source=shop.web, Protocol="tcp", **token()) == "MissingParameter"
    assert refused(create, Source="i-00000000000000000", Destination=shop.web, Protocol="tcp", **token()) == (
        "InvalidInstanceID.NotFound"
    )
    path = {"NetworkInsightsPathId": first["NetworkInsightsPathId"]}
    analysis = shop.analyse(first["NetworkInsightsPathId"])
    assert refused(ec2.delete_network_insights_path, **path) == "AnalysisExistsForNetworkInsightsPath"
    found = ec2.describe_network_insights_analyses(Filters=[{"Name": "path-found", "Values": ["false"]}])
    assert found["NetworkInsightsAnalyses"] == []
    one = {"NetworkInsightsAnalysisId": analysis["NetworkInsightsAnalysisId"]}
    ec2.delete_network_insights_analysis(**one)
    assert refused(ec2.delete_network_insights_analysis, **one) == "InvalidNetworkInsightsAnalysisId.NotFound"
    ec2.delete_network_insights_path(**path)
    assert refused(ec2.delete_network_insights_path, **path) == "InvalidNetworkInsightsPathId.NotFound"
    shop.asks(shop.web, shop.data, 5432)
    same_after_restart(("ec2", "describe_network_insights_paths"), ("ec2", "describe_network_insights_analyses"))


def test_an_access_scope_finds_who_can_be_reached(ec2, shop, refused):
    def types(*names):
        return {"ResourceStatement": {"ResourceTypes": list(names)}}

    path = {"Source": types("AWS::EC2::InternetGateway"), "Destination": types("AWS::EC2::NetworkInterface")}
    made = ec2.create_network_insights_access_scope(MatchPaths=[path], **token())
    scope = {"NetworkInsightsAccessScopeId": made["NetworkInsightsAccessScope"]["NetworkInsightsAccessScopeId"]}
    content = ec2.get_network_insights_access_scope_content(**scope)["NetworkInsightsAccessScopeContent"]
    assert content["MatchPaths"][0]["Source"] == path["Source"]

    def findings(scope):
        started = ec2.start_network_insights_access_scope_analysis(**scope, **token())
        id = started["NetworkInsightsAccessScopeAnalysis"]["NetworkInsightsAccessScopeAnalysisId"]
        told = ec2.get_network_insights_access_scope_analysis_findings(NetworkInsightsAccessScopeAnalysisId=id)
        return id, [ids(one["FindingComponents"]) for one in told["AnalysisFindings"]]

    id, found = findings(scope)
    mine = [one for one in found if one[0] == shop.gateway]
    assert [one[-1] for one in mine] == [shop.web]
    described = ec2.describe_network_insights_access_scope_analyses(**scope)["NetworkInsightsAccessScopeAnalyses"]
    assert (described[0]["Status"], described[0]["FindingsFound"]) == ("succeeded", "true")
    gone = "AnalysisExistsForNetworkInsightsAccessScope"
    assert refused(ec2.delete_network_insights_access_scope, **scope) == gone
    ec2.delete_network_insights_access_scope_analysis(NetworkInsightsAccessScopeAnalysisId=id)
    ec2.delete_network_insights_access_scope(**scope)
    but_the_web = {"Source": path["Source"], "Destination": {"ResourceStatement": {"Resources": [shop.web]}}}
    made = ec2.create_network_insights_access_scope(
        MatchPaths=[{**path, "Destination": types("AWS::EC2::Instance")}], ExcludePaths=[but_the_web], **token()
    )
    scope = {"NetworkInsightsAccessScopeId": made["NetworkInsightsAccessScope"]["NetworkInsightsAccessScopeId"]}
    assert not [one for one in findings(scope)[1] if one[0] == shop.gateway]
