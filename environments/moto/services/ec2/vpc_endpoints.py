"""VPC endpoints: for services that there are, and whether the service's own name resolves to one.

Sources: Amazon EC2 API Reference, "CreateVpcEndpoint" and "ModifyVpcEndpoint" (PrivateDnsEnabled is for interface
endpoints); AWS PrivateLink Guide, "AWS services that integrate with AWS PrivateLink" and "Gateway endpoints".
"""

import functools
from typing import Any

import botocore.session

from ...extend import Call, Refusal
from ._service import service

GATEWAYS = ("s3", "dynamodb")
# names of AWS's endpoint services that are no endpoint prefix of botocore's
BESIDE = (
    "airflow.api", "airflow.env", "airflow.ops", "aps-workspaces", "awsconnector", "bedrock-agent",
    "bedrock-agent-runtime", "bedrock-runtime", "cassandra-fips", "codeartifact.api", "codeartifact.repositories",
    "codecommit-fips", "codeconnections.api", "codestar-connections.api", "console", "datasync-fips",
    "deviceadvisor.iot", "ec2messages", "ecr.api", "ecr.dkr", "ecs-agent", "ecs-telemetry",
    "elastic-inference.runtime", "elasticbeanstalk-health", "elasticfilesystem-fips", "email-smtp", "execute-api",
    "fis", "fsx-fips", "git-codecommit", "git-codecommit-fips", "glue.dashboard", "grafana-workspace",
    "guardduty-data", "guardduty-data-fips", "imagebuilder", "inspector-scan", "iot.credentials", "iot.data",
    "iot.fleethub.api", "iotsitewise.api", "iotsitewise.data", "kinesis-firehose", "kinesis-streams", "kms-fips",
    "networkmonitor", "notebook", "pca-connector-ad", "pcs", "pipes.data", "private-networks", "qldb.session",
    "redshift-data", "refactor-spaces", "rekognition-fips", "robomaker", "s3-global.accesspoint", "s3express",
    "sagemaker.api", "sagemaker.featurestore-runtime", "sagemaker.metrics", "sagemaker.runtime", "signin",
    "snow-device-management", "ssmmessages", "sync-states", "textract-fips", "timestream", "transfer.server",
)  # fmt: skip


@service.operation
def create_vpc_endpoint(call: Call[Any]) -> Any:
    """An endpoint for a service of AWS's in this Region, or for one that somebody shares."""
    name, kind = call.input.get("ServiceName", ""), call.get("VpcEndpointType", "Gateway")
    short = name.removeprefix(f"com.amazonaws.{call.region}.")
    if name in {one.service_name for one in call.backend.configurations.values()}:
        return call.moto()
    if kind in ("Interface", "Gateway"):
        if short == name or (short not in BESIDE and short not in _prefixes()):
            message = f"The Vpc Endpoint Service '{name[:256]}' does not exist"
            raise Refusal("InvalidServiceName", message)
        if kind == "Gateway" and short not in GATEWAYS:
            message = "Endpoint type (Gateway) does not match available service types ([Interface])."
            raise Refusal("InvalidParameter", message)
    return call.moto()


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


@functools.cache
def _prefixes() -> frozenset[str]:
    """What stands before the Region in the names of AWS's endpoints: botocore's own list."""
    partitions = botocore.session.create_loader().load_data("endpoints")["partitions"]
    return frozenset(partitions[0]["services"])
