"""What launching an instance acts on, and what else the caller must be allowed.

Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon EC2" (RunInstances); EC2
User Guide, "Example policies to control access to the Amazon EC2 API: Launch instances". What does not exist yet is
named `instance/*`, `volume/*`, `network-interface/*`.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from hardenlab.semantics.iam import CannotJudge

Clients = Callable[[str], Any]
Parameters = Mapping[str, Any]
# what would be acted on too, and is not looked up here
NOT_READ = (
    "LaunchTemplate", "CapacityReservationSpecification", "LicenseSpecifications", "ElasticGpuSpecification",
    "ElasticInferenceAccelerators", "SecondaryInterfaces",
)  # fmt: skip


def resources_of_launch(parameters: Parameters, account: str, region: str, clients: Clients) -> list[str]:
    """The ARNs that RunInstances acts on. CannotJudge: the request leaves to AWS which they are."""
    for name in NOT_READ:
        if parameters.get(name):
            raise CannotJudge(f"what its {name} adds is not known here")
    own, public = f"arn:aws:ec2:{region}:{account}:", f"arn:aws:ec2:{region}::"
    subnets, groups = _network(parameters, clients("ec2"))
    found = [f"{own}instance/*", f"{own}volume/*", f"{own}network-interface/*"]
    found += [f"{public}image/{parameters.get('ImageId', '*')}"]
    found += [f"{own}subnet/{subnet}" for subnet in subnets] + [f"{own}security-group/{group}" for group in groups]
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


def _network(parameters: Parameters, ec2: Any) -> tuple[list[str], list[str]]:
    """The subnets and security groups that the request names, or that AWS takes when it names none."""
    interfaces = parameters.get("NetworkInterfaces", [])
    if any("NetworkInterfaceId" in interface for interface in interfaces):
        raise CannotJudge("it takes a network interface that is there already")
    places = interfaces or [{}]
    subnets = [interface.get("SubnetId") or parameters.get("SubnetId") for interface in places]
    groups = [group for interface in places for group in interface.get("Groups", [])]
    groups += parameters.get("SecurityGroupIds", [])
    try:
        described = _subnets(ec2, [subnet for subnet in subnets if subnet], len(subnets))
        if parameters.get("SecurityGroups"):
            groups += _groups(ec2, described[0]["VpcId"], parameters["SecurityGroups"])
        if not groups:
            groups = _groups(ec2, described[0]["VpcId"], ["default"])
    except ClientError as error:
        raise CannotJudge(f"its network could not be looked up: {error}") from None
    return sorted({subnet["SubnetId"] for subnet in described}), sorted(set(groups))


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
