"""Build a Network from what EC2's and ELBv2's describe calls answer."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from hardenlab.semantics.network.addresses import FAMILIES, Family, parse_address, parse_cidr
from hardenlab.semantics.network.endpoints import read_endpoints
from hardenlab.semantics.network.network_acl import NetworkAcl, read_acl
from hardenlab.semantics.network.resources import (
    Instance,
    Interface,
    Listener,
    LoadBalancer,
    Route,
    RouteTable,
    Subnet,
    Vpc,
)
from hardenlab.semantics.network.security_group import SecurityGroup, read_rules
from hardenlab.semantics.network.spans import NOTHING, Spans

Document = Mapping[str, Any]
Documents = Mapping[str, Sequence[Document]]
ROUTE_TARGETS = (
    "GatewayId", "NatGatewayId", "EgressOnlyInternetGatewayId", "VpcPeeringConnectionId", "TransitGatewayId",
    "NetworkInterfaceId", "InstanceId", "CarrierGatewayId", "LocalGatewayId", "CoreNetworkArn", "VpcEndpointId",
)  # fmt: skip
T = TypeVar("T")


class Reader:
    """Reads one set of documents; kinds that are missing are empty."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self.vpcs = [self._vpc(item) for item in self._all("Vpcs")]
        self._prefix_lists = {item["PrefixListId"]: _entries(item) for item in self._all("PrefixLists")}
        self._placed = self._interfaces_documents()
        self.groups = self._groups()
        self.acls = [read_acl(item, _name(item), tags_of(item)) for item in self._all("NetworkAcls")]
        self.subnets = self._subnets()
        self.instances = [self._instance(item) for item in self._instance_documents()]
        self.endpoints = read_endpoints(self._all("VpcEndpoints"), self.subnets, self.groups)
        self.load_balancers = [self._load_balancer(item) for item in self._all("LoadBalancers")]

    def _all(self, kind: str) -> Sequence[Document]:
        return self._documents.get(kind, ())

    def _instance_documents(self) -> list[Document]:
        nested = [item for reservation in self._all("Reservations") for item in reservation.get("Instances", ())]
        return [*nested, *self._all("Instances")]

    def _vpc(self, item: Document) -> Vpc:
        blocks = [item.get("CidrBlock"), *(a.get("CidrBlock") for a in item.get("CidrBlockAssociationSet", ()))]
        blocks += [a.get("Ipv6CidrBlock") for a in item.get("Ipv6CidrBlockAssociationSet", ())]
        return Vpc(item["VpcId"], _name(item), tags_of(item), bool(item.get("IsDefault")), _spans(blocks))

    def _interfaces_documents(self) -> list[Document]:
        """Interfaces as DescribeNetworkInterfaces tells them, else as the instances do."""
        listed = list(self._all("NetworkInterfaces"))
        known = {item["NetworkInterfaceId"] for item in listed}
        for instance in self._instance_documents():
            for item in instance.get("NetworkInterfaces", ()):
                if item.get("NetworkInterfaceId") not in known:
                    listed.append({**item, "Attachment": {"InstanceId": instance["InstanceId"]}})
        return listed

    def _groups(self) -> dict[str, SecurityGroup]:
        attached: dict[str, list[str]] = defaultdict(list)
        for item in self._placed:
            for group in item.get("Groups", ()):
                attached[group["GroupId"]].append(item["NetworkInterfaceId"])
        for item in self._all("LoadBalancers"):
            for group_id in item.get("SecurityGroups", ()):
                attached[group_id].append(item["LoadBalancerArn"])
        for item in self._all("VpcEndpoints"):
            for group in item.get("Groups", ()):
                attached[group["GroupId"]].append(item["VpcEndpointId"])
        rules = {
            item["GroupId"]: (
                read_rules(item["GroupId"], item.get("IpPermissions", ()), self._prefix_lists, "from"),
                read_rules(item["GroupId"], item.get("IpPermissionsEgress", ()), self._prefix_lists, "to"),
            )
            for item in self._all("SecurityGroups")
        }
        referenced: dict[str, set[str]] = defaultdict(set)
        for owner, both in rules.items():
            for rule in (*both[0], *both[1]):
                if rule.reference and rule.reference != owner:
                    referenced[rule.reference].add(owner)
        return {
            item["GroupId"]: SecurityGroup(
                item["GroupId"],
                _name(item) or item.get("GroupName", ""),
                tags_of(item),
                item.get("VpcId", ""),
                item.get("GroupName") == "default",
                *rules[item["GroupId"]],
                attached_to=tuple(sorted(set(attached[item["GroupId"]]))),
                referenced_by=tuple(sorted(referenced[item["GroupId"]])),
            )
            for item in self._all("SecurityGroups")
        }

    def _subnets(self) -> dict[str, Subnet]:
        tables, main = self._tables()
        acls = {subnet: acl for acl in self.acls for subnet in acl.subnets}
        defaults = {acl.vpc: acl for acl in self.acls if acl.is_default}
        subnets = {}
        for item in self._all("Subnets"):
            id, vpc = item["SubnetId"], item.get("VpcId", "")
            blocks = [item.get("CidrBlock")]
            blocks += [a.get("Ipv6CidrBlock") for a in item.get("Ipv6CidrBlockAssociationSet", ())]
            subnets[id] = Subnet(
                id,
                _name(item),
                tags_of(item),
                vpc,
                item.get("AvailabilityZone", ""),
                _spans(blocks),
                bool(item.get("MapPublicIpOnLaunch")),
                tables.get(id) or main.get(vpc) or RouteTable("no route table", ()),
                acls.get(id) or defaults.get(vpc) or _closed(vpc),
            )
        return subnets

    def _tables(self) -> tuple[dict[str, RouteTable], dict[str, RouteTable]]:
        by_subnet, main = {}, {}
        for item in self._all("RouteTables"):
            routes = [route for r in item.get("Routes", ()) if (route := self._route(r)) is not None]
            table = RouteTable(item["RouteTableId"], tuple(routes))
            for association in item.get("Associations", ()):
                if association.get("Main"):
                    main[item.get("VpcId", "")] = table
                elif association.get("SubnetId"):
                    by_subnet[association["SubnetId"]] = table
        return by_subnet, main

    def _route(self, item: Document) -> Route | None:
        target = next((item[key] for key in ROUTE_TARGETS if item.get(key)), "")
        alive = item.get("State", "active") == "active" and bool(target)
        text = item.get("DestinationCidrBlock") or item.get("DestinationIpv6CidrBlock")
        if text:
            family, spans = parse_cidr(text)
            return Route(family, spans, text, target, alive)
        name = item.get("DestinationPrefixListId", "")
        for family, spans in self._prefix_lists.get(name, {}).items():
            return Route(family, spans, name, target, alive)
        return None

    def _instance(self, item: Document) -> Instance:
        faces = [
            self._interface(face, item["InstanceId"])
            for face in self._placed
            if face.get("Attachment", {}).get("InstanceId") == item["InstanceId"]
            and face.get("SubnetId") in self.subnets
        ]
        state = item.get("State", {}).get("Name", "running")
        return Instance(item["InstanceId"], _name(item), tags_of(item), state, tuple(faces))

    def _interface(self, item: Document, owner: str) -> Interface:
        private = [a.get("PrivateIpAddress") for a in item.get("PrivateIpAddresses", ())] or [
            item.get("PrivateIpAddress")
        ]
        six = [a.get("Ipv6Address") for a in item.get("Ipv6Addresses", ())]
        associations = [item.get("Association"), *(a.get("Association") for a in item.get("PrivateIpAddresses", ()))]
        public = next((a["PublicIp"] for a in associations if a and a.get("PublicIp")), None)
        return Interface(
            item["NetworkInterfaceId"],
            owner,
            self.subnets[item["SubnetId"]],
            tuple(self.groups[g["GroupId"]] for g in item.get("Groups", ()) if g["GroupId"] in self.groups),
            _spans([*private, *six]),
            {
                "ipv4": parse_address(public)[1] if public else None,
                "ipv6": next((parse_address(address)[1] for address in six if address), None),
            },
        )

    def _load_balancer(self, item: Document) -> LoadBalancer:
        arn, facing = item["LoadBalancerArn"], item.get("Scheme", "internet-facing") == "internet-facing"
        groups = tuple(self.groups[g] for g in item.get("SecurityGroups", ()) if g in self.groups)
        zones = [zone["SubnetId"] for zone in item.get("AvailabilityZones", ()) if zone.get("SubnetId") in self.subnets]
        nodes = [_node(arn, self.subnets[subnet], groups, facing) for subnet in zones]
        listeners = tuple(_listener(x) for x in self._all("Listeners") if x.get("LoadBalancerArn") == arn)
        named = {name for listener in listeners for name in listener.target_groups}
        targets = {
            group["TargetGroupArn"]: tuple(
                (health["Target"]["Id"], int(health["Target"].get("Port") or group.get("Port", 0)))
                for health in self._all("TargetHealth")
                if health.get("TargetGroupArn") == group["TargetGroupArn"]
            )
            for group in self._all("TargetGroups")
            if group["TargetGroupArn"] in named or arn in group.get("LoadBalancerArns", ())
        }
        return LoadBalancer(
            arn, item.get("LoadBalancerName", ""), tags_of(item), facing, groups, listeners, targets, tuple(nodes)
        )


def _node(arn: str, subnet: Subnet, groups: tuple[SecurityGroup, ...], facing: bool) -> Interface:
    public: dict[Family, int | None] = {"ipv4": 0 if facing else None, "ipv6": None}
    return Interface(f"{arn}/{subnet.id}", arn, subnet, groups, subnet.blocks, public, is_node=True)


def _listener(item: Document) -> Listener:
    actions = item.get("DefaultActions", ())
    redirect: Document = next((a.get("RedirectConfig", {}) for a in actions if a.get("Type") == "redirect"), {})
    forwards = [a["TargetGroupArn"] for a in actions if a.get("TargetGroupArn")]
    for action in actions:
        forwards += [g["TargetGroupArn"] for g in action.get("ForwardConfig", {}).get("TargetGroups", ())]
    to = f"{redirect.get('Protocol', '')}:{redirect.get('Port', '')}" if redirect else ""
    return Listener(int(item.get("Port", 0)), item.get("Protocol", ""), to, tuple(dict.fromkeys(forwards)))


def _entries(item: Document) -> dict[Family, Spans]:
    return _spans(entry.get("Cidr") if isinstance(entry, Mapping) else entry for entry in item.get("Entries", ()))


def _spans(blocks: Iterable[str | None]) -> dict[Family, Spans]:
    pairs: dict[Family, list[tuple[int, int]]] = {family: [] for family in FAMILIES}
    for block in blocks:
        if block:
            family, spans = parse_cidr(block)
            pairs[family] += spans
    return {family: Spans(found) if found else NOTHING for family, found in pairs.items()}


def _closed(vpc: str) -> NetworkAcl:
    return NetworkAcl("no network ACL", "", {}, vpc, False, (), ())


def tags_of(item: Document) -> dict[str, str]:
    return {tag["Key"]: tag.get("Value", "") for tag in item.get("Tags", item.get("TagSet", ()))}


def _name(item: Document) -> str:
    return tags_of(item).get("Name", "")
