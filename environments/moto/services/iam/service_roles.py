"""Service-linked roles by the names that AWS gives them.

Source: the services' own guides, "Using service-linked roles for ..."; IAM API Reference, "CreateServiceLinkedRole".
"""

from typing import Any

from moto.iam.models import IAMBackend

from ...extend import Call, Refusal
from ._service import service

NAMES = {
    "access-analyzer.amazonaws.com": "AccessAnalyzer",
    "autoscaling.amazonaws.com": "AutoScaling",
    "backup.amazonaws.com": "Backup",
    "cloudtrail.amazonaws.com": "CloudTrail",
    "config.amazonaws.com": "Config",
    "detective.amazonaws.com": "Detective",
    "dnssec.route53.amazonaws.com": "DNSSEC",
    "ec2-instance-connect.amazonaws.com": "EC2InstanceConnect",
    "ecs.amazonaws.com": "ECS",
    "eks.amazonaws.com": "AmazonEKS",
    "elasticloadbalancing.amazonaws.com": "ElasticLoadBalancing",
    "fms.amazonaws.com": "FMS",
    "guardduty.amazonaws.com": "AmazonGuardDuty",
    "inspector2.amazonaws.com": "AmazonInspector2",
    "macie.amazonaws.com": "AmazonMacie",
    "network-firewall.amazonaws.com": "NetworkFirewall",
    "organizations.amazonaws.com": "Organizations",
    "rds.amazonaws.com": "RDS",
    "securityhub.amazonaws.com": "SecurityHub",
    "shield.amazonaws.com": "AWSShield",
    "spot.amazonaws.com": "EC2Spot",
    "ssm.amazonaws.com": "AmazonSSM",
    "sso.amazonaws.com": "SSO",
    "support.amazonaws.com": "Support",
    "trustedadvisor.amazonaws.com": "TrustedAdvisor",
    "wafv2.amazonaws.com": "WAFV2Logging",
}
WITH_SUFFIX = frozenset(("autoscaling.amazonaws.com",))


@service.patch
def name_service_linked_roles() -> None:
    """moto derives their names from the services', which is right for some."""
    original = IAMBackend.create_service_linked_role

    def create_service_linked_role(backend: Any, service_name: str, description: str, suffix: str) -> Any:
        role = original(backend, service_name, description, suffix)
        if service_name in NAMES:
            role.name = f"AWSServiceRoleFor{NAMES[service_name]}" + (f"_{suffix}" if suffix else "")
        return role

    IAMBackend.create_service_linked_role = create_service_linked_role


@service.operation
def create_service_linked_role(call: Call[Any]) -> Any:
    """The role of a service, once an account (or once a suffix)."""
    name, suffix = call.input["AWSServiceName"], call.get("CustomSuffix")
    if suffix and name in NAMES and name not in WITH_SUFFIX:
        raise Refusal("InvalidInput", f"Custom suffix is not allowed for {name}")
    wanted = f"AWSServiceRoleFor{NAMES.get(name, '')}" + (f"_{suffix}" if suffix else "")
    if name in NAMES and any(role.name == wanted for role in call.backend.roles.values()):
        message = f"Service role name {wanted} has been taken in this account, please try a different suffix."
        raise Refusal("InvalidInput", message)
    return call.moto()
