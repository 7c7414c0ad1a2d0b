"""VPC endpoints: whether the service's own name resolves to one, which moto keeps at creation and loses later.

Source: Amazon EC2 API Reference, "ModifyVpcEndpoint": PrivateDnsEnabled is for interface endpoints.
"""

from typing import Any

from ...extend import Call, Refusal
from ._service import service


@service.operation
def modify_vpc_endpoint(call: Call[Any]) -> Any:
    """Change an endpoint: the private name here, everything else by moto."""
    endpoint = call.backend.vpc_end_points.get(call.input["VpcEndpointId"])
    private = call.get("PrivateDnsEnabled")
    if endpoint is not None and private is not None:
        if endpoint.vpc_endpoint_type != "Interface":
            raise Refusal("InvalidParameter", "PrivateDnsEnabled is only supported for interface endpoints.")
        endpoint.private_dns_enabled = private
    return call.moto()
