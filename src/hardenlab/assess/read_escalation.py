"""Read what runs as a role: whoever controls it may become what the role is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hardenlab.semantics.iam.escalation import Workload

Clients = Callable[[str], Any]


def read_workloads(clients: Clients) -> list[Workload]:
    """Lambda functions, and instances with an instance profile, of the region."""
    functions = clients("lambda").get_paginator("list_functions").paginate()
    found = [Workload("lambda", item["FunctionArn"], item["Role"]) for page in functions for item in page["Functions"]]
    profiles = {
        profile["Arn"]: role["Arn"]
        for page in clients("iam").get_paginator("list_instance_profiles").paginate()
        for profile in page["InstanceProfiles"]
        for role in profile["Roles"]
    }
    for page in clients("ec2").get_paginator("describe_instances").paginate():
        for reservation in page["Reservations"]:
            for instance in reservation["Instances"]:
                role = profiles.get(instance.get("IamInstanceProfile", {}).get("Arn", ""))
                if role and instance["State"]["Name"] == "running":
                    owner, region = role.split(":")[4], instance["Placement"]["AvailabilityZone"][:-1]
                    arn = f"arn:aws:ec2:{region}:{owner}:instance/{instance['InstanceId']}"
                    found.append(Workload("ec2", arn, role))
    return found
