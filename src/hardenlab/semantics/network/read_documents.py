"""Build a Network from what EC2's and ELBv2's describe calls answer."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from hardenlab.semantics.network.addresses import FAMILIES, Family, parse_address, parse_cidr, to_cidrs
from hardenlab.semantics.network.network_acl import NetworkAcl, read_acl
from hardenlab.semantics.network.read_firewall import read_firewalls
from hardenlab.semantics.network.resources import (
    Endpoint,
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
        self._attached: dict[object, list[Document]] = defaultdict(list)
        for face in self._placed:
            self._attached[face.get("Attachment", {}).get("InstanceId")].append(face)
        self.groups = self._groups()
        self.edges: dict[str, RouteTable] = {}
        self.acls = [read_acl(item, _name(item), tags_of(item)) for item in self._all("NetworkAcls")]
        self.subnets = self._subnets()
        self.instances = [self._instance(item) for item in self._instance_documents()]
        self.endpoints = [self._endpoint(item) for item in self._all("VpcEndpoints")]
        self.firewalls = read_firewalls(
            self._all("Firewalls"),
            self._all("FirewallPolicies"),
            self._all("FirewallRuleGroups"),
            {vpc.id: dict(vpc.blocks) for vpc in self.vpcs},
        )
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
            routes = [route for r in item.get("Routes", ()) for route in self._routes(r)]
            table = RouteTable(item["RouteTableId"], (*routes, *self._local_routes(item.get("VpcId", ""))))
            for association in item.get("Associations", ()):
                if association.get("GatewayId"):
                    self.edges[association["GatewayId"]] = table
                elif association.get("Main"):
                    main[item.get("VpcId", "")] = table
                elif association.get("SubnetId"):
                    by_subnet[association["SubnetId"]] = table
        return by_subnet, main

    def _local_routes(self, vpc: str) -> Iterator[Route]:
        """Every table has the routes inside its VPC, listed or not (VPC User Guide, "Route tables")."""
        for found in self.vpcs:
            for family, blocks in found.blocks.items() if found.id == vpc else ():
                for low, high in blocks:
                    spans = Spans([(low, high)])
                    yield Route(family, spans, to_cidrs(family, spans)[0], "local", True)

    def _routes(self, item: Document) -> Iterator[Route]:
        target = next((item[key] for key in ROUTE_TARGETS if item.get(key)), "")
        alive = item.get("State", "active") == "active" and bool(target)
        text = item.get("DestinationCidrBlock") or item.get("DestinationIpv6CidrBlock")
        if text:
            family, spans = parse_cidr(text)
            yield Route(family, spans, text, target, alive)
            return
        name = item.get("DestinationPrefixListId", "")
        for family, spans in self._prefix_lists.get(name, {}).items():
            yield Route(family, spans, name, target, alive)

    def _instance(self, item: Document) -> Instance:
        faces = [
            self._interface(face, item["InstanceId"])
            for face in self._attached.get(item["InstanceId"], ())
            if face.get("SubnetId") in self.subnets
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

    def _endpoint(self, item: Document) -> Endpoint:
        """A VPC endpoint: an interface endpoint has interfaces with groups, a gateway endpoint a list of addresses."""
        id, service = item["VpcEndpointId"], item.get("ServiceName", "")
        kind = item.get("VpcEndpointType", "Gateway")
        groups = tuple(self.groups[g["GroupId"]] for g in item.get("Groups", ()) if g["GroupId"] in self.groups)
        placed = {face["NetworkInterfaceId"]: face for face in self._placed}
        known = [placed[name] for name in item.get("NetworkInterfaceIds", ()) if name in placed]
        faces = [self._interface(face, id) for face in known if face.get("SubnetId") in self.subnets]
        if not faces or any(_misplaced(face) for face in faces):
            subnets = [self.subnets[name] for name in item.get("SubnetIds", ()) if name in self.subnets]
            none: dict[Family, int | None] = {"ipv4": None, "ipv6": None}
            faces = [Interface(f"{id}/{s.id}", id, s, groups, s.blocks, none, is_node=True) for s in subnets]
        listed = [one for one in self._all("PrefixLists") if one.get("PrefixListName") == service]
        addresses = _entries(listed[0]) if listed else None
        state = str(item.get("State", "available")).lower()
        return Endpoint(
            id, _name(item), tags_of(item), service, kind, item.get("VpcId", ""), state,
            tuple(faces) if kind == "Interface" else (), addresses, bool(item.get("PrivateDnsEnabled")),
            json.loads(item["PolicyDocument"]) if item.get("PolicyDocument") else None,
        )  # fmt: skip

    def _load_balancer(self, item: Document) -> LoadBalancer:
        arn, facing = item["LoadBalancerArn"], item.get("Scheme", "internet-facing") == "internet-facing"
        groups = tuple(self.groups[g] for g in item.get("SecurityGroups", ()) if g in self.groups)
        zones = [zone["SubnetId"] for zone in item.get("AvailabilityZones", ()) if zone.get("SubnetId") in self.subnets]
        kind = item.get("Type", "application")
        dual = str(item.get("IpAddressType", "ipv4")).startswith("dualstack")
        nodes = [_node(arn, self.subnets[subnet], groups, facing, kind, dual) for subnet in zones]
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
            arn, item.get("LoadBalancerName", ""), tags_of(item), facing, groups, listeners, targets, tuple(nodes), kind
        )


def _misplaced(face: Interface) -> bool:
    """Whether its address lies outside its subnet, as emulators make them up: then the endpoint's own word counts."""
    blocks = face.subnet.blocks
    return any(spans - blocks.get(family, NOTHING) for family, spans in face.private.items())


def _node(
    arn: str, subnet: Subnet, groups: tuple[SecurityGroup, ...], facing: bool, kind: str, dual: bool
) -> Interface:
    """A Network Load Balancer may have no security groups at all, and then lets everything in."""
    public: dict[Family, int | None] = {"ipv4": 0 if facing else None, "ipv6": 0 if facing and dual else None}
    unfiltered = kind in ("network", "gateway") and not groups
    return Interface(
        f"{arn}/{subnet.id}", arn, subnet, groups, subnet.blocks, public, is_node=True, unfiltered=unfiltered
    )


def _listener(item: Document) -> Listener:
    actions = item.get("DefaultActions", ())
    redirect: Document = next((a.get("RedirectConfig", {}) for a in actions if a.get("Type") == "redirect"), {})
    forwards = [a["TargetGroupArn"] for a in actions if a.get("TargetGroupArn")]
    for action in actions:
        forwards += [g["TargetGroupArn"] for g in action.get("ForwardConfig", {}).get("TargetGroups", ())]
    to = f"{redirect.get('Protocol', '')}:{redirect.get('Port', '')}" if redirect else ""
    return Listener(int(item.get("Port", 0)), item.get("Protocol", ""), to, tuple(dict.fromkeys(forwards)))


def _entries(item: Document) -> dict[Family, Spans]:
    """The blocks of DescribeManagedPrefixLists with its entries, or of DescribePrefixLists (AWS's own)."""
    listed = [*item.get("Entries", ()), *item.get("Cidrs", ())]
    return _spans(entry.get("Cidr") if isinstance(entry, Mapping) else entry for entry in listed)


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
