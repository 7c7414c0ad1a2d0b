"""Which calls a network is read with, and what is made of their answers and refusals.

The answers are of the shapes that the EC2, ELBv2 and Network Firewall API References give.
"""

import pytest

from hardenlab.semantics.network import INTERNET, Packet, Unjudged
from hardenlab.semantics.network.read_calls import EC2_CALLS, read_network

from .test_capture import documents, table
from .test_endpoints_and_balancers import S3, TO_S3
from .test_firewall import ARN, FIREWALL, five, group, policy


class Refused(Exception):
    """As botocore's ClientError: it carries the answer."""

    def __init__(self):
        super().__init__("User is not authorized")
        self.response = {"Error": {"Code": "AccessDeniedException", "Message": "User is not authorized"}}


class Answers:
    """A client of one service that answers from a table; what is not in the table is refused."""

    def __init__(self, **answers):
        self.answers, self.asked = answers, []

    def can_paginate(self, call):
        return False

    def __getattr__(self, call):
        def ask(**arguments):
            self.asked.append((call, *arguments.values()))
            found = self.answers.get(call, Refused())
            if isinstance(found, Exception):
                raise found
            return found(**arguments) if callable(found) else found

        return ask


def ec2(found, **more):
    return Answers(
        **{
            call: {kind: [{"Instances": found["Instances"]}] if kind == "Reservations" else found.get(kind, [])}
            for kind, call in EC2_CALLS.items()
        },
        **{"describe_managed_prefix_lists": {"PrefixLists": []}, **more},
    )


def read(found, balancers=None, firewall=None, **more):
    clients = {
        "ec2": ec2(found, **more),
        "elbv2": balancers or Answers(describe_load_balancers={"LoadBalancers": []}),
        "network-firewall": firewall or Answers(),
    }
    return read_network(clients.__getitem__), clients


def web(network):
    return network.instances.get("i-web")


class Paged(Answers):
    """Says of every list that it goes on, and gives the rest page by page."""

    def can_paginate(self, call):
        return True

    def __getattr__(self, call):
        first = super().__getattr__(call)
        return lambda **arguments: {key: [] for key in first(**arguments)} | {self.token: "more"}

    def get_paginator(self, call):
        whole = Answers.__getattr__(self, call)

        class Pages:
            def paginate(self, **arguments):
                ((kind, items),) = whole(**arguments).items()
                return ({kind: [item]} for item in items)

        return Pages()


@pytest.mark.parametrize("token", ["NextToken", "NextMarker"])
def test_a_list_that_does_not_fit_into_one_page_is_read_whole(token):
    found = documents()
    clients = {name: Paged(**client.answers) for name, client in read(found)[1].items()}
    for client in clients.values():
        client.token = token
    whole, _ = read(found)
    network = read_network(clients.__getitem__)
    assert [one.id for one in network.instances] == [one.id for one in whole.instances] != []
    assert [one.id for one in network.subnets] == [one.id for one in whole.subnets] != []


def test_each_kind_is_asked_for_once():
    network, clients = read(documents())
    assert sorted(call for call, *_ in clients["ec2"].asked) == sorted(
        [*EC2_CALLS.values(), "describe_managed_prefix_lists"]
    )
    assert [one.id for one in network.instances] == ["i-data", "i-web"]
    assert clients["network-firewall"].asked == [], "no route leads to an endpoint"


def test_entries_are_asked_of_the_accounts_own_prefix_lists():
    lists = [{"PrefixListId": "pl-1", "OwnerId": "111122223333"}, {"PrefixListId": "pl-aws", "OwnerId": "AWS"}]
    found = documents()
    found["SecurityGroups"][0]["IpPermissions"][0] |= {"IpRanges": [], "PrefixListIds": [{"PrefixListId": "pl-1"}]}
    network, clients = read(
        found,
        describe_managed_prefix_lists={"PrefixLists": lists},
        get_managed_prefix_list_entries={"Entries": [{"Cidr": "203.0.113.0/28"}]},
    )
    assert [one for one in clients["ec2"].asked if one[0].startswith("get_")] == [
        ("get_managed_prefix_list_entries", "pl-1")
    ]
    assert network.internet_sources(web(network), 443) == ("203.0.113.0/28",)


def test_load_balancers_that_may_not_be_read_leave_questions_about_them_open():
    network, _ = read(documents(), balancers=Answers())
    with pytest.raises(Unjudged, match="load balancers could not be read: User is not authorized"):
        network.published(web(network))
    assert isinstance(network.answer(source="198.51.100.7", to=web(network), port=443), Packet)


def test_a_mistake_of_ours_is_no_refusal():
    with pytest.raises(KeyError):
        read(documents(), balancers=Answers(describe_load_balancers=KeyError("LoadBalancers")))


BALANCER = {
    "LoadBalancerArn": "arn:lb",
    "LoadBalancerName": "shop",
    "SecurityGroups": ["sg-web"],
    "AvailabilityZones": [{"SubnetId": "subnet-1"}],
}


def test_listeners_and_targets_are_read_balancer_by_balancer():
    forward = [{"Type": "forward", "TargetGroupArn": "arn:tg"}]
    answers = Answers(
        describe_load_balancers={"LoadBalancers": [BALANCER]},
        describe_target_groups={"TargetGroups": [{"TargetGroupArn": "arn:tg", "Port": 5432}]},
        describe_listeners=lambda LoadBalancerArn: {
            "Listeners": [{"LoadBalancerArn": LoadBalancerArn, "Port": 443, "DefaultActions": forward}]
        },
        describe_target_health=lambda TargetGroupArn: {"TargetHealthDescriptions": [{"Target": {"Id": "i-data"}}]},
    )
    network, _ = read(documents(), balancers=answers)
    assert ("describe_listeners", "arn:lb") in answers.asked and ("describe_target_health", "arn:tg") in answers.asked
    (way,) = network.published(network.instances.get("i-data"))
    assert (way.listener_port, way.target_port) == (443, 5432)


def through(target_key):
    route = {"DestinationCidrBlock": "0.0.0.0/0", target_key: FIREWALL}
    out = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}
    back = table("igw-1", {"DestinationCidrBlock": "10.0.1.0/24", "VpcEndpointId": FIREWALL})
    back["Associations"] = [{"GatewayId": "igw-1"}]
    return documents(RouteTables=[table("subnet-1", route), table("subnet-2", out), back])


def firewall(*groups, references=("f",)):
    described = {
        "Firewall": {"FirewallName": "inspect", "VpcId": "vpc-1", "FirewallPolicyArn": f"{ARN}policy"},
        "FirewallStatus": {"SyncStates": {"a": {"Attachment": {"EndpointId": FIREWALL, "SubnetId": "subnet-2"}}}},
    }
    by_arn = {one["RuleGroupResponse"]["RuleGroupArn"]: one for one in groups}
    return Answers(
        list_firewalls={"Firewalls": [{"FirewallArn": "arn:firewall"}]},
        describe_firewall=lambda FirewallArn: described,
        describe_firewall_policy=lambda FirewallPolicyArn: {
            "FirewallPolicyResponse": {"FirewallPolicyArn": FirewallPolicyArn},
            "FirewallPolicy": policy(*references, stateless=["s"]),
        },
        describe_rule_group=lambda RuleGroupArn: by_arn[RuleGroupArn],
    )


@pytest.mark.parametrize("key", ["VpcEndpointId", "GatewayId"])
def test_firewalls_are_read_when_a_route_leads_to_an_endpoint(key):
    answers = firewall(group("f", StatefulRules=[five("DROP")]), group("s", StatelessRulesAndCustomActions={}))
    network, clients = read(through(key), firewall=answers, describe_prefix_lists={"PrefixLists": []})
    assert sorted(answers.asked) == [
        ("describe_firewall", "arn:firewall"),
        ("describe_firewall_policy", f"{ARN}policy"),
        ("describe_rule_group", f"{ARN}f"),
        ("describe_rule_group", f"{ARN}s"),
        ("list_firewalls",),
    ]
    assert ("describe_prefix_lists",) in clients["ec2"].asked
    assert "firewall inspect drops tcp 443" in str(network.answer(source=web(network), to=INTERNET, port=443))


def test_rule_groups_that_aws_keeps_are_not_read():
    managed = "aws-managed:stateful-rulegroup/BotNet"
    answers = firewall(group("s", StatelessRulesAndCustomActions={}), references=(managed,))
    network, _ = read(through("VpcEndpointId"), firewall=answers)
    assert [one for one in answers.asked if one[0] == "describe_rule_group"] == [("describe_rule_group", f"{ARN}s")]
    with pytest.raises(Unjudged, match="BotNet is not described"):
        network.answer(source=web(network), to="198.51.100.7", port=443)


def test_firewalls_that_may_not_be_read_leave_their_endpoints_undescribed():
    network, _ = read(through("VpcEndpointId"), firewall=Answers())
    with pytest.raises(Unjudged, match=f"through {FIREWALL}, which is not described"):
        network.answer(source=web(network), to="198.51.100.7", port=443)


def test_addresses_of_a_service_are_read_with_its_endpoint():
    found = documents(RouteTables=[table("subnet-1", TO_S3), table("subnet-2")], VpcEndpoints=[S3])
    name = S3["ServiceName"]
    lists = {"PrefixLists": [{"PrefixListId": "pl-s3", "PrefixListName": name, "Cidrs": ["52.218.0.0/17"]}]}
    network, _ = read(found, describe_prefix_lists=lists)
    assert isinstance(network.answer(source=web(network), to=network.endpoints[0], port=443), Packet)
    unknown, _ = read(found)
    with pytest.raises(Unjudged, match="prefix list"):
        unknown.answer(source=web(unknown), to=unknown.endpoints[0], port=443)
