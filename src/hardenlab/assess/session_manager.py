"""Whether Session Manager reaches an instance: what its role may do, and its agent's way to the two endpoints.

Source: AWS Systems Manager User Guide, "Complete Session Manager prerequisites" and "Reference: ec2messages,
ssmmessages, and other API operations": the agent opens connections to `ssm` and `ssmmessages` on 443; nothing
connects to the instance.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hardenlab.assess.read_iam import OwnPrincipals
from hardenlab.semantics.iam import CannotJudge
from hardenlab.semantics.network import INTERNET, Endpoint, Instance, Network, Packet, Unjudged

SERVICES = ("ssm", "ssmmessages")
ACTIONS = (
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)


@dataclass(frozen=True)
class Managed:
    """Whether a session can be started on an instance, and the sentence that says why or why not."""

    holds: bool
    because: str
    steps: tuple[str, ...] = ()


class SessionManager:
    """Asked instance by instance; instance profiles are read once."""

    def __init__(self, ec2: Any, network: Network, iam: OwnPrincipals) -> None:
        self._ec2 = ec2
        self._network = network
        self._iam = iam
        self._reached: dict[str, Managed] = {}

    @cached_property
    def _profiles(self) -> Mapping[str, str]:
        pages = self._ec2.get_paginator("describe_iam_instance_profile_associations").paginate()
        found = [item for page in pages for item in page["IamInstanceProfileAssociations"]]
        live = [item for item in found if item["State"] in ("associated", "associating")]
        return {item["InstanceId"]: item["IamInstanceProfile"]["Arn"] for item in live}

    def reaches(self, instance: Instance) -> Managed:
        """Whether the agent on a running instance can register and hold a session.

        Unjudged is raised where a policy or a path cannot be judged.
        """
        if instance.id not in self._reached:
            self._reached[instance.id] = self._judged(instance)
        return self._reached[instance.id]

    def _judged(self, instance: Instance) -> Managed:
        if not instance.running:
            return Managed(False, f"it is {instance.state}")
        try:
            refused = self._refused(instance)
            ways = [] if refused else [self._way(instance, service) for service in SERVICES]
        except CannotJudge as doubt:
            raise Unjudged(f"the policies of its role: {doubt}") from doubt
        if refused:
            return Managed(False, refused)
        wrong = next((way for way in ways if not way.holds), None)
        if wrong:
            return wrong
        return Managed(True, "Session Manager reaches it", tuple(step for way in ways for step in way.steps))

    def _refused(self, instance: Instance) -> str:
        role = self._role(instance)
        if role is None:
            return "it has no instance profile with a role, so its agent may not register"
        trusted = self._iam.service_may_assume("ec2.amazonaws.com", role)
        if not trusted.allowed:
            return f"EC2 may not assume its role: {trusted.because}"
        decisions = (self._iam.may(role, action) for action in ACTIONS)
        return next((f"its role may not: {item.because}" for item in decisions if not item.allowed), "")

    def _role(self, instance: Instance) -> str | None:
        profile = self._profiles.get(instance.id)
        return self._iam.role_of_profile(profile) if profile else None

    def _way(self, instance: Instance, service: str) -> Managed:
        """By the VPC's endpoint when the service's name resolves to one, else by the internet."""
        vpcs = {face.subnet.vpc for face in instance.interfaces}
        standing = (e for e in self._network.endpoints if e.vpc in vpcs and e.available and e.private_dns)
        named = [e for e in standing if e.short_service == service]
        return self._path(instance, service, named) if named else self._outside(instance, service)

    def _path(self, instance: Instance, service: str, endpoints: Iterable[Endpoint]) -> Managed:
        stopped = ""
        for endpoint in endpoints:
            answer = self._network.answer(source=instance, to=endpoint, port=443)
            if isinstance(answer, Packet):
                refused = self._refused_by(endpoint, instance)
                if not refused:
                    return Managed(True, f"{service} by {endpoint.id}", (f"{service}: {answer}",))
                stopped = f"the endpoint {endpoint.id} to {service} refuses its calls: {refused}"
                continue
            stopped = f"its agent does not reach the endpoint {endpoint.id} to {service}: {answer}"
        return Managed(False, stopped)

    def _refused_by(self, endpoint: Endpoint, instance: Instance) -> str:
        """What the endpoint's policy does not let the agent do; empty when there is nothing."""
        role = self._role(instance)
        mine = [action for action in ACTIONS if action.partition(":")[0] == endpoint.short_service]
        decisions = (self._iam.may(role, action, endpoint=endpoint.policy) for action in mine) if role else ()
        return next((item.because for item in decisions if not item.allowed), "")

    def _outside(self, instance: Instance, service: str) -> Managed:
        answer = self._network.answer(source=instance, to=INTERNET, port=443)
        if isinstance(answer, Packet):
            return Managed(True, f"{service} by the internet", (f"{service}: {answer}",))
        return Managed(
            False, f"no endpoint with a private name leads to {service}, and the internet is out of reach: {answer}"
        )
