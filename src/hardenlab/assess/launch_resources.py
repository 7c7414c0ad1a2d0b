"""What launching an instance acts on, and what else the caller must be allowed.

Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon EC2" (RunInstances); EC2
User Guide, "Example policies to control access to the Amazon EC2 API: Launch instances". What does not exist yet is
named `instance/*`, `volume/*`, `network-interface/*`. What a launch template names is asked for as if the request had
named it (EC2 User Guide, "Control access to launch templates with IAM permissions"); so are the subnet and the groups
of a network interface that is there already.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from hardenlab.semantics.iam import CannotJudge

Clients = Callable[[str], Any]
Parameters = Mapping[str, Any]
# what would be acted on too, and is not looked up here
NOT_READ = (
    "CapacityReservationSpecification", "LicenseSpecifications", "ElasticGpuSpecification", "ElasticGpuSpecifications",
    "ElasticInferenceAccelerators", "SecondaryInterfaces",
)  # fmt: skip


def resources_of_launch(parameters: Parameters, account: str, region: str, clients: Clients) -> list[str]:
    """The ARNs that RunInstances acts on. CannotJudge: the request leaves to AWS which they are."""
    parameters, templates = _with_template(parameters, clients("ec2"))
    for name in NOT_READ:
        if parameters.get(name):
            raise CannotJudge(f"what its {name} adds is not known here")
    image = parameters.get("ImageId", "*")
    if image.startswith("resolve:"):
        raise CannotJudge(f"which image {image[:120]!r} leads to is not known here")
    own, public = f"arn:aws:ec2:{region}:{account}:", f"arn:aws:ec2:{region}::"
    network = _network(parameters, clients("ec2"))
    found = [f"{own}launch-template/{template}" for template in templates]
    found += [f"{own}instance/*", f"{own}volume/*"]
    found += [f"{own}network-interface/{face}" for face in network.interfaces]
    found += [f"{public}image/{image}"]
    found += [f"{own}subnet/{subnet}" for subnet in network.subnets]
    found += [f"{own}security-group/{group}" for group in network.groups]
    snapshots = (mapping.get("Ebs", {}).get("SnapshotId") for mapping in parameters.get("BlockDeviceMappings", []))
    found += [f"{public}snapshot/{snapshot}" for snapshot in snapshots if snapshot]
    if parameters.get("KeyName"):
        found.append(f"{own}key-pair/{parameters['KeyName']}")
    if parameters.get("Placement", {}).get("GroupName"):
        found.append(f"{own}placement-group/{parameters['Placement']['GroupName']}")
    return found


def needed_for_launch(
    parameters: Parameters, account: str, region: str, clients: Clients
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Action, resource and condition keys of what RunInstances asks for besides: passing a role, tagging."""
    parameters, _ = _with_template(parameters, clients("ec2"))
    profile = parameters.get("IamInstanceProfile") or {}
    name = profile.get("Name") or profile.get("Arn", "").rpartition("/")[2]
    if name:
        try:
            roles = clients("iam").get_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Roles"]
        except ClientError:  # the launch will be told that there is none
            roles = []
        for role in roles:
            yield "iam:PassRole", role["Arn"], {"iam:PassedToService": "ec2.amazonaws.com"}
    for tagged in parameters.get("TagSpecifications", []):
        tags = {tag.get("Key", ""): tag.get("Value", "") for tag in tagged.get("Tags", [])}
        keys: dict[str, Any] = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
        keys |= {"aws:TagKeys": list(tags), "ec2:CreateAction": "RunInstances"}
        yield "ec2:CreateTags", f"arn:aws:ec2:{region}:{account}:{tagged.get('ResourceType', '*')}/*", keys


def _with_template(parameters: Parameters, ec2: Any) -> tuple[Parameters, list[str]]:
    """The request with what its launch template adds, and the template's id. What the request says itself counts."""
    named = parameters.get("LaunchTemplate")
    if not named:
        return parameters, []
    which = {key: named[key] for key in ("LaunchTemplateId", "LaunchTemplateName") if named.get(key)}
    try:
        found = ec2.describe_launch_template_versions(**which, Versions=[named.get("Version") or "$Default"])
        version = found["LaunchTemplateVersions"][0]
    except (ClientError, IndexError) as error:
        raise CannotJudge(f"its launch template could not be looked up: {error}") from None
    data: dict[str, Any] = version["LaunchTemplateData"]
    merged = {**data, **{name: value for name, value in parameters.items() if value not in (None, [], {})}}
    if "SecurityGroupIds" in parameters or "SecurityGroups" in parameters:
        merged |= {name: parameters.get(name, []) for name in ("SecurityGroupIds", "SecurityGroups")}
    for name, key in (("BlockDeviceMappings", "DeviceName"), ("TagSpecifications", "ResourceType")):
        merged[name] = _laid_over(data.get(name, []), parameters.get(name, []), key)
    return merged, [version["LaunchTemplateId"]]


def _laid_over(under: list[dict[str, Any]], over: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """Both lists; of two items with one key the latter, with what only the former says."""
    found = {item.get(key): item for item in under}
    for item in over:
        found[item.get(key)] = {**found.get(item.get(key), {}), **item}
    return list(found.values())


@dataclass(frozen=True)
class _Place:
    """Ids of network interfaces (`*`: a new one), subnets and security groups."""

    interfaces: list[str]
    subnets: list[str]
    groups: list[str]


def _network(parameters: Parameters, ec2: Any) -> _Place:
    """What the request names, or what AWS takes when it names nothing."""
    interfaces = parameters.get("NetworkInterfaces") or [{}]
    standing = [interface["NetworkInterfaceId"] for interface in interfaces if interface.get("NetworkInterfaceId")]
    new = [interface for interface in interfaces if not interface.get("NetworkInterfaceId")]
    try:
        described = (
            ec2.describe_network_interfaces(NetworkInterfaceIds=standing)["NetworkInterfaces"] if standing else []
        )
        subnets, groups = _new_interfaces(new, parameters, ec2) if new else ([], [])
    except ClientError as error:
        raise CannotJudge(f"its network could not be looked up: {error}") from None
    subnets += [interface["SubnetId"] for interface in described]
    groups += [group["GroupId"] for interface in described for group in interface["Groups"]]
    return _Place(["*"] * bool(new) + standing, sorted(set(subnets)), sorted(set(groups)))


def _new_interfaces(new: list[dict[str, Any]], parameters: Parameters, ec2: Any) -> tuple[list[str], list[str]]:
    """The subnets and security groups of network interfaces that the launch makes."""
    subnets = [interface.get("SubnetId") or parameters.get("SubnetId") for interface in new]
    groups = [group for interface in new for group in interface.get("Groups", [])]
    groups += parameters.get("SecurityGroupIds", [])
    described = _subnets(ec2, [subnet for subnet in subnets if subnet], len(subnets))
    if parameters.get("SecurityGroups"):
        groups += _groups(ec2, described[0]["VpcId"], parameters["SecurityGroups"])
    if not groups:
        groups = _groups(ec2, described[0]["VpcId"], ["default"])
    return [subnet["SubnetId"] for subnet in described], groups


def _subnets(ec2: Any, named: list[str], wanted: int) -> list[dict[str, Any]]:
    if len(named) == wanted:
        return list(ec2.describe_subnets(SubnetIds=named)["Subnets"])
    default = ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"]
    if len(default) != 1:
        raise CannotJudge("it names no subnet, and which one AWS would choose is not known here")
    return list(default)


def _groups(ec2: Any, vpc: str, names: list[str]) -> list[str]:
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": names}]
    return [group["GroupId"] for group in ec2.describe_security_groups(Filters=filters)["SecurityGroups"]]
