"""Points 4 and 5: known wrong fixes fail with their reason; deleting what should be mended earns nothing."""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from hardenlab.law.ground import Ground, Live
from hardenlab.law.result import Proof
from hardenlab.model.assessment import Status
from hardenlab.model.rubric import Section, Task


def prove_wrong_fixes(ground: Ground, section: Section, variant: str, only: str | None, proof: Proof) -> None:
    """Point 4: each wrong fix leaves the task that it names unpassed, and says why."""
    tasks = {task.id for task in section.tasks}
    wrong = ground.course.fixes(ground.course.lab(section.lab))[1]
    with ground.world(section, variant) as world:
        for mistake in wrong:
            if mistake.fails not in tasks or only not in (None, mistake.fails, mistake.id):
                continue
            with ground.live(section, world) as live:
                error = live.call(mistake.function)
                proof.claim(error is None, mistake.id, "the wrong fix runs", repr(error))
                result = live.assess(mistake.fails).task(mistake.fails)
                proof.claim(
                    result.status is not Status.PASSED, mistake.id, f"{mistake.fails} not passed", result.reason
                )
                proof.claim(result.status is not Status.PENDING, mistake.id, f"{mistake.fails} decided", result.reason)
                proof.claim(bool(mistake.because.strip()), mistake.id, "a reason for the learner", "none")


def prove_deleting_earns_nothing(
    ground: Ground, section: Section, variant: str, only: str | None, proof: Proof
) -> None:
    """Point 5: for each task, delete or stop each resource that fails; the task earns nothing for it."""
    with ground.world(section, variant) as world:
        for task in section.tasks:
            if task.control is None or only not in (None, task.id):
                continue
            kept = _removable(task, world.facts)
            for resource in world.baseline.get(task.id, []):
                if resource not in kept:
                    _destroy_and_look(ground, section, world, task, resource, proof)


def _destroy_and_look(ground: Ground, section: Section, world: Any, task: Task, resource: str, proof: Proof) -> None:
    for name, destroy in _ways(resource):
        with ground.live(section, world) as live:
            try:
                destroy(live, resource)
            except ClientError:
                continue  # AWS refuses: that way is closed
            result = live.assess(task.id).task(task.id)
            others = len(world.baseline[task.id]) - 1
            share = task.points * others / (others + 1)
            proof.claim(
                result.earned <= share if others else result.earned == 0,
                task.id,
                f"nothing earned for {name} of {resource}",
                f"{result.earned:g} points: {result.reason}",
            )


def _removable(task: Task, facts: Mapping[str, Any]) -> set[str]:
    values = (facts.get(name, []) for name in task.removable)
    return {str(item) for value in values for item in (value if isinstance(value, list) else [value])}


Destroy = Callable[[Live, str], object]


def _ways(resource: str) -> list[tuple[str, Destroy]]:
    """How a learner would get rid of a resource, by the form of its id."""
    for prefix, ways in WAYS.items():
        if resource.startswith(prefix):
            return ways
    return BUCKET if "/" not in resource and ":" not in resource and not resource.isdigit() else []


def _delete_bucket(live: Live, name: str) -> None:
    s3 = live.client("s3")
    for item in s3.list_objects_v2(Bucket=name).get("Contents", []):
        s3.delete_object(Bucket=name, Key=item["Key"])
    s3.delete_bucket(Bucket=name)


def _delete_role(live: Live, arn: str) -> None:
    iam, name = live.client("iam"), arn.rsplit("/", 1)[-1]
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
    iam.delete_role(RoleName=name)


def _delete_firewall(live: Live, arn: str) -> None:
    firewall = live.client("network-firewall")
    firewall.update_firewall_delete_protection(FirewallArn=arn, DeleteProtection=False)
    firewall.delete_firewall(FirewallArn=arn)


WAYS: dict[str, list[tuple[str, Destroy]]] = {
    "i-": [
        ("termination", lambda live, id: live.client("ec2").terminate_instances(InstanceIds=[id])),
        ("stopping", lambda live, id: live.client("ec2").stop_instances(InstanceIds=[id])),
    ],
    "sg-": [("deletion", lambda live, id: live.client("ec2").delete_security_group(GroupId=id))],
    "acl-": [("deletion", lambda live, id: live.client("ec2").delete_network_acl(NetworkAclId=id))],
    "subnet-": [("deletion", lambda live, id: live.client("ec2").delete_subnet(SubnetId=id))],
    "vpc-": [("deletion", lambda live, id: live.client("ec2").delete_vpc(VpcId=id))],
    "rtb-": [("deletion", lambda live, id: live.client("ec2").delete_route_table(RouteTableId=id))],
    "vol-": [("deletion", lambda live, id: live.client("ec2").delete_volume(VolumeId=id))],
    "nat-": [("deletion", lambda live, id: live.client("ec2").delete_nat_gateway(NatGatewayId=id))],
    "arn:aws:iam:": [("deletion", _delete_role)],
    "arn:aws:network-firewall:": [("deletion", _delete_firewall)],
    "arn:aws:elasticloadbalancing:": [
        ("deletion", lambda live, id: live.client("elbv2").delete_load_balancer(LoadBalancerArn=id))
    ],
}
BUCKET: list[tuple[str, Destroy]] = [("deletion", _delete_bucket)]
