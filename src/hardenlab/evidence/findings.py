"""GuardDuty findings about stories, as the API's GetFindings tells them.

Types and severities: GuardDuty User Guide, "GuardDuty IAM finding types", "GuardDuty EC2 finding types" and
"GuardDuty S3 finding types"; the shape is botocore's `Finding`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

from hardenlab.evidence.answers import Traces
from hardenlab.evidence.cast import Cast
from hardenlab.evidence.grammar import lowered
from hardenlab.evidence.habits import hash_of
from hardenlab.evidence.labels import Event
from hardenlab.semantics.network import Instance, Network

Finding = dict[str, Any]
LOW, MEDIUM, HIGH = 2.0, 5.0, 8.0
SEVERITIES: Mapping[str, float] = {
    "Behavior:EC2/TrafficVolumeUnusual": MEDIUM,
    "CryptoCurrency:EC2/BitcoinTool.B!DNS": HIGH,
    "DefenseEvasion:IAMUser/AnomalousBehavior": MEDIUM,
    "Discovery:IAMUser/AnomalousBehavior": LOW,
    "Exfiltration:S3/AnomalousBehavior": HIGH,
    "InitialAccess:IAMUser/AnomalousBehavior": MEDIUM,
    "PenTest:IAMUser/KaliLinux": MEDIUM,
    "Persistence:IAMUser/AnomalousBehavior": MEDIUM,
    "Policy:IAMUser/RootCredentialUsage": LOW,
    "Recon:EC2/PortProbeUnprotectedPort": LOW,
    "Stealth:IAMUser/CloudTrailLoggingDisabled": LOW,
    "Trojan:EC2/DNSDataExfiltration": HIGH,
    "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS": HIGH,
}
UNUSUAL_BYTES = 200 * 10**6
TUNNEL_QUERIES = 200


@dataclass(frozen=True, slots=True)
class Watcher:
    """GuardDuty with one detector. It sees what happened and not who meant harm: decoys have findings too."""

    cast: Cast
    network: Network

    def findings(self, story: str, traces: Traces) -> list[Finding]:
        """The findings on one story's traces, oldest first."""
        random = self.cast.vary.stream(f"findings/{story}")
        found = [self._finding(random, type, *rest) for type, *rest in self._seen(traces)]
        return sorted(found, key=lambda finding: str(finding["CreatedAt"]))

    def _seen(self, traces: Traces) -> Iterator[tuple[Any, ...]]:
        """Type, resource, action, what it happened to, first and last moment, and how often."""
        for type, fits in BY_EVENT.items():
            events = [event for event in traces.events if fits(event)]
            if len(events) >= LEAST.get(type, 1):
                last = events[-1]
                yield type, self._key(last, type), _api(last), events[0]["eventTime"], last["eventTime"], len(events)
        yield from self._traffic(traces)
        yield from self._names(traces)

    def _traffic(self, traces: Traces) -> Iterator[tuple[Any, ...]]:
        by_interface: dict[str, list[Mapping[str, str]]] = {}
        for line in traces.flows:
            by_interface.setdefault(line["interface-id"], []).append(line)
        for id, lines in by_interface.items():
            sent = [line for line in lines if traces.is_inside(line["srcaddr"]) and int(line["dstport"]) < 1024]
            if sum(int(line["bytes"]) for line in sent) > UNUSUAL_BYTES:
                last = max(sent, key=lambda line: int(line["bytes"]))
                yield "Behavior:EC2/TrafficVolumeUnusual", self._instance(id), _connection(last), *_span(sent)
            asked = [line for line in lines if not traces.is_inside(line["srcaddr"])]
            answered = [line for line in asked if line["action"] == "ACCEPT"]
            if len({line["dstport"] for line in asked}) > 20 and answered:
                yield "Recon:EC2/PortProbeUnprotectedPort", self._instance(id), _probe(answered), *_span(answered)

    def _names(self, traces: Traces) -> Iterator[tuple[Any, ...]]:
        by_instance: dict[str, list[Mapping[str, Any]]] = {}
        for record in traces.queries:
            by_instance.setdefault(record["srcids"]["instance"], []).append(record)
        for id, records in by_instance.items():
            last = records[-1]
            span = (records[0]["query_timestamp"], last["query_timestamp"], len(records))
            instance = self._described(self.network.instances.get(id))
            if len(records) >= TUNNEL_QUERIES:
                yield "Trojan:EC2/DNSDataExfiltration", instance, _query(last), *span
            elif any(word in last["query_name"] for word in ("xmr", "miner", "stratum")):
                yield "CryptoCurrency:EC2/BitcoinTool.B!DNS", instance, _query(last), *span

    def _finding(
        self,
        random: Random,
        type: str,
        resource: Mapping[str, Any],
        action: Mapping[str, Any],
        first: str,
        last: str,
        count: int,
    ) -> Finding:
        cast, detector = self.cast, hash_of(self.cast, "detector") * 2
        id = f"{random.getrandbits(128):032x}"
        title, description = TOLD[type]
        return {
            "SchemaVersion": "2.0",
            "AccountId": cast.account,
            "Region": cast.region,
            "Partition": "aws",
            "Id": id,
            "Arn": f"arn:aws:guardduty:{cast.region}:{cast.account}:detector/{detector}/finding/{id}",
            "Type": type,
            "Resource": dict(resource),
            "Service": {
                "ServiceName": "guardduty",
                "DetectorId": detector,
                "Action": dict(action),
                "ResourceRole": "ACTOR" if type in OUTWARD else "TARGET",
                "EventFirstSeen": first,
                "EventLastSeen": last,
                "Archived": False,
                "Count": count,
            },
            "Severity": SEVERITIES[type],
            "CreatedAt": last.replace("Z", ".000Z"),
            "UpdatedAt": last.replace("Z", ".000Z"),
            "Title": title,
            "Description": description,
        }

    def _key(self, event: Event, type: str) -> dict[str, Any]:
        identity = event["userIdentity"]
        issuer = identity.get("sessionContext", {}).get("sessionIssuer", {})
        details = {
            "AccessKeyId": identity.get("accessKeyId", ""),
            "PrincipalId": identity.get("principalId", ""),
            "UserType": identity["type"],
            "UserName": identity.get("userName") or issuer.get("userName", ""),
        }
        resource: dict[str, Any] = {"ResourceType": "AccessKey", "AccessKeyDetails": details}
        if type.startswith("Exfiltration:S3"):
            bucket = event["requestParameters"]["bucketName"]
            resource |= {"ResourceType": "S3Bucket"}
            resource["S3BucketDetails"] = [{"Name": bucket, "Arn": f"arn:aws:s3:::{bucket}", "Type": "Destination"}]
        return resource

    def _instance(self, interface: str) -> dict[str, Any]:
        owners = (i for i in self.network.instances if any(face.id == interface for face in i.interfaces))
        return self._described(next(owners, None))

    def _described(self, instance: Instance | None) -> dict[str, Any]:
        if instance is None:
            return {"ResourceType": "Instance"}
        faces = [
            {
                "NetworkInterfaceId": face.id,
                "SubnetId": face.subnet.id,
                "VpcId": face.subnet.vpc,
                "SecurityGroups": [{"GroupId": group.id, "GroupName": group.name} for group in face.groups],
            }
            for face in instance.interfaces
        ]
        tags = [{"Key": key, "Value": value} for key, value in instance.tags.items()]
        details = {"InstanceId": instance.id, "InstanceState": instance.state, "NetworkInterfaces": faces, "Tags": tags}
        return {"ResourceType": "Instance", "InstanceDetails": details}


def as_event(finding: Finding) -> dict[str, Any]:
    """The finding as EventBridge's and the console's JSON have it: names begin with a small letter."""
    lower: dict[str, Any] = _lower(finding)
    return lower


def _lower(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {lowered(key): _lower(item) for key, item in value.items()}
    return [_lower(item) for item in value] if isinstance(value, list) else value


def _api(event: Event) -> dict[str, Any]:
    action = {
        "Api": event["eventName"],
        "CallerType": "Remote IP",
        "ServiceName": event["eventSource"],
        "RemoteIpDetails": {"IpAddressV4": event["sourceIPAddress"]},
        "UserAgent": event["userAgent"],
    }
    if "errorCode" in event:
        action["ErrorCode"] = event["errorCode"]
    return {"ActionType": "AWS_API_CALL", "AwsApiCallAction": action}


def _connection(line: Mapping[str, str]) -> dict[str, Any]:
    action = {
        "Blocked": line["action"] == "REJECT",
        "ConnectionDirection": "OUTBOUND",
        "Protocol": {"6": "TCP", "17": "UDP", "1": "ICMP"}[line["protocol"]],
        "LocalPortDetails": {"Port": int(line["srcport"]), "PortName": "Unknown"},
        "LocalIpDetails": {"IpAddressV4": line["srcaddr"]},
        "RemotePortDetails": {
            "Port": int(line["dstport"]),
            "PortName": "HTTPS" if line["dstport"] == "443" else "Unknown",
        },
        "RemoteIpDetails": {"IpAddressV4": line["dstaddr"]},
    }
    return {"ActionType": "NETWORK_CONNECTION", "NetworkConnectionAction": action}


def _probe(lines: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    ports = {line["dstport"]: line for line in lines}
    details = [
        {
            "LocalPortDetails": {"Port": int(port), "PortName": "HTTPS" if port == "443" else "Unknown"},
            "LocalIpDetails": {"IpAddressV4": line["dstaddr"]},
            "RemoteIpDetails": {"IpAddressV4": line["srcaddr"]},
        }
        for port, line in sorted(ports.items())
    ]
    return {"ActionType": "PORT_PROBE", "PortProbeAction": {"Blocked": False, "PortProbeDetails": details}}


def _query(record: Mapping[str, Any]) -> dict[str, Any]:
    name = record["query_name"].removesuffix(".")
    blocked = record.get("firewall_rule_action") == "BLOCK"
    return {"ActionType": "DNS_REQUEST", "DnsRequestAction": {"Domain": name, "Protocol": "UDP", "Blocked": blocked}}


def _span(lines: Sequence[Mapping[str, str]]) -> tuple[str, str, int]:
    first, last = min(int(line["start"]) for line in lines), max(int(line["end"]) for line in lines)
    texts = [datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for moment in (first, last)]
    return texts[0], texts[1], len(lines)


def _from_outside(event: Event) -> bool:
    delivered = event["userIdentity"].get("sessionContext", {}).get("ec2RoleDelivery")
    return delivered is not None and event["eventName"] == "GetCallerIdentity"


BY_EVENT: Mapping[str, Callable[[Event], bool]] = {
    "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS": _from_outside,
    "Policy:IAMUser/RootCredentialUsage": lambda event: (
        event["userIdentity"]["type"] == "Root" and "accessKeyId" in event["userIdentity"]
    ),
    "PenTest:IAMUser/KaliLinux": lambda event: "kali" in event["userAgent"],
    "InitialAccess:IAMUser/AnomalousBehavior": lambda e: e["responseElements"] == {"ConsoleLogin": "Success"},
    "Discovery:IAMUser/AnomalousBehavior": lambda event: event["eventName"].startswith(("List", "Describe")),
    "Persistence:IAMUser/AnomalousBehavior": lambda event: event["eventName"] == "CreateAccessKey",
    "Exfiltration:S3/AnomalousBehavior": lambda event: event["eventName"] == "GetObject",
    "Stealth:IAMUser/CloudTrailLoggingDisabled": lambda event: event["eventName"] == "StopLogging",
    "DefenseEvasion:IAMUser/AnomalousBehavior": lambda event: (
        event["eventName"] in ("DeleteFlowLogs", "DeleteDetector")
    ),
}
LEAST: Mapping[str, int] = {"Discovery:IAMUser/AnomalousBehavior": 6, "Exfiltration:S3/AnomalousBehavior": 10}
OUTWARD = frozenset(
    {"Behavior:EC2/TrafficVolumeUnusual", "CryptoCurrency:EC2/BitcoinTool.B!DNS", "Trojan:EC2/DNSDataExfiltration"}
)
TOLD: Mapping[str, tuple[str, str]] = {
    "Behavior:EC2/TrafficVolumeUnusual": (
        "An EC2 instance sends an unusual amount of traffic to one address.",
        "The instance sends more data to a remote host than it did before.",
    ),
    "CryptoCurrency:EC2/BitcoinTool.B!DNS": (
        "An EC2 instance asks for a name that belongs to cryptocurrency mining.",
        "The instance queries a domain name that is known for cryptocurrency activity.",
    ),
    "DefenseEvasion:IAMUser/AnomalousBehavior": (
        "A principal called APIs that hide traces, in a way it never did.",
        "Calls that are used to evade defences were made under anomalous circumstances.",
    ),
    "Discovery:IAMUser/AnomalousBehavior": (
        "A principal called discovery APIs in a way it never did.",
        "Calls that are used to look around in an account were made under anomalous circumstances.",
    ),
    "Exfiltration:S3/AnomalousBehavior": (
        "A principal read objects of a bucket in a way it never did.",
        "Calls that are used to collect data from a bucket were made under anomalous circumstances.",
    ),
    "InitialAccess:IAMUser/AnomalousBehavior": (
        "A principal signed in to the console in a way it never did.",
        "A sign-in to the console was made under anomalous circumstances.",
    ),
    "PenTest:IAMUser/KaliLinux": (
        "An API was called from a Kali Linux machine.",
        "A machine with Kali Linux makes calls with credentials of the account.",
    ),
    "Persistence:IAMUser/AnomalousBehavior": (
        "A principal called APIs that give lasting access, in a way it never did.",
        "Calls that are used to keep access to an account were made under anomalous circumstances.",
    ),
    "Policy:IAMUser/RootCredentialUsage": (
        "The root user of the account was used.",
        "Calls were made with the credentials of the account's root user.",
    ),
    "Recon:EC2/PortProbeUnprotectedPort": (
        "Unprotected ports of an EC2 instance are being probed.",
        "A remote host probes a port of the instance that no security group or network ACL blocks.",
    ),
    "Stealth:IAMUser/CloudTrailLoggingDisabled": (
        "A CloudTrail trail was stopped.",
        "Logging was turned off for a trail of the account.",
    ),
    "Trojan:EC2/DNSDataExfiltration": (
        "An EC2 instance sends data out in DNS queries.",
        "The instance asks for names that seem to carry data.",
    ),
    "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS": (
        "Credentials of an EC2 instance's role were used outside AWS.",
        "Credentials that were made for an instance by its role are used from a remote address outside AWS.",
    ),
}
