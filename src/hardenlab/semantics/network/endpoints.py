"""VPC endpoints: an interface endpoint has an interface in each of its subnets, and groups like any other.

Source: AWS PrivateLink Guide, "Access an AWS service using an interface VPC endpoint".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hardenlab.semantics.network.resources import Instance, Interface, Subnet
from hardenlab.semantics.network.security_group import SecurityGroup

GONE = ("deleted", "deleting", "rejected", "expired", "failed")


@dataclass(frozen=True)
class Endpoint(Instance):
    """An endpoint to a service ("ssm"); a gateway endpoint has no interfaces, routes lead to it.

    `private_dns`: the service's own name resolves to the endpoint, so that clients use it without being told.
    """

    service: str = ""
    vpc: str = ""
    kind: str = "Interface"
    private_dns: bool = False

    @property
    def available(self) -> bool:
        return self.state.lower() == "available"


def read_endpoints(
    documents: Sequence[Mapping[str, Any]], subnets: Mapping[str, Subnet], groups: Mapping[str, SecurityGroup]
) -> list[Endpoint]:
    """The endpoints of DescribeVpcEndpoints."""
    found = []
    for item in documents:
        if item.get("State", "").lower() in GONE:
            continue
        carried = tuple(groups[g["GroupId"]] for g in item.get("Groups", ()) if g["GroupId"] in groups)
        faces = tuple(
            Interface(
                f"{item['VpcEndpointId']}/{id}", item["VpcEndpointId"], subnets[id], carried, subnets[id].blocks, {},
                is_node=True,
            )
            for id in item.get("SubnetIds", ())
            if id in subnets
        )  # fmt: skip
        tags = {tag["Key"]: tag.get("Value", "") for tag in item.get("Tags", ())}
        found.append(
            Endpoint(
                item["VpcEndpointId"],
                tags.get("Name", ""),
                tags,
                item.get("State", "available"),
                faces,
                item.get("ServiceName", "").rsplit(".", 1)[-1],
                item.get("VpcId", ""),
                item.get("VpcEndpointType", "Interface"),
                bool(item.get("PrivateDnsEnabled")),
            )
        )
    return found
