"""Whether what an ARN names is there: for services that protect or watch other services' resources."""

import re
from typing import Any

from hardenlab.semantics.iam import CannotJudge, Policies, Policy, Principal, Request, decide
from moto import backends

ARN = re.compile(r"arn:aws:([a-z0-9-]+):([a-z0-9-]*):(\d{12})?:(.+)")


def find_resource(arn: str) -> Any:
    """moto's object for a resource that edge services protect, or None; any account of this environment."""
    match = ARN.fullmatch(arn)
    if not match:
        return None
    service, region, account, name = match.groups()
    kind, _, rest = name.partition("/")
    if (service, kind) == ("route53", "hostedzone"):
        zones = (backend["aws"].zones.get(rest) for backend in _backends("route53").values())
        return next((zone for zone in zones if zone is not None), None)
    if not account:
        return None
    find = _FINDERS.get((service, kind))
    return find(account, region, arn, rest) if find else None


def _backends(service: str) -> Any:
    return backends.get_backend(service)


def _load_balancer(account: str, region: str, arn: str, rest: str) -> Any:
    if rest.startswith(("app/", "net/", "gwy/")):
        return _backends("elbv2")[account][region].load_balancers.get(arn)
    return _backends("elb")[account][region].load_balancers.get(rest)


def _address(account: str, region: str, arn: str, rest: str) -> Any:
    addresses = _backends("ec2")[account][region].addresses
    return next((address for address in addresses if address.allocation_id == rest), None)


def _distribution(account: str, region: str, arn: str, rest: str) -> Any:
    return _backends("cloudfront")[account]["aws"].distributions.get(rest)


_FINDERS = {
    ("elasticloadbalancing", "loadbalancer"): _load_balancer,
    ("ec2", "eip-allocation"): _address,
    ("cloudfront", "distribution"): _distribution,
}


def find_role(account: str, arn: str) -> Any:
    """moto's object for an IAM role of the account, or None."""
    roles = _backends("iam")[account]["aws"].roles.values()
    return next((role for role in roles if role.arn == arn), None)


def service_may_assume(role: Any, service: str, account: str) -> bool:
    """Whether the role's trust policy lets the service principal assume it."""
    request = Request(
        Principal.aws_service(service), "sts:AssumeRole", role.arn, account, {"aws:SourceAccount": account}
    )
    try:
        return decide(request, Policies(resource=role.assume_role_policy_document)).allowed
    except CannotJudge:
        return False


PRINCIPAL = re.compile(r"arn:aws:iam::(\d{12}):(user|role)/(?:[^*?$]*/)?([^/*?$]+)")


def unknown_principal(document: str) -> str | None:
    """The first user or role that a policy names and that its emulated account lacks; other accounts' are not known."""
    for statement in Policy.read(document).statements:
        element = statement.source.get("Principal", statement.source.get("NotPrincipal"))
        named = element.get("AWS", []) if isinstance(element, dict) else []
        for arn in named if isinstance(named, list) else [named]:
            match = PRINCIPAL.fullmatch(str(arn))
            if match and match[1] in _backends("iam") and not _is_there(match[1], match[2], str(arn)):
                return str(arn)
    return None


def _is_there(account: str, kind: str, arn: str) -> bool:
    backend = _backends("iam")[account]["aws"]
    kept = backend.users if kind == "user" else backend.roles
    return any(item.arn == arn for item in kept.values())


def find_bucket(account: str, name: str) -> Any:
    """moto's object for a bucket of the account, or None."""
    return _backends("s3")[account]["aws"].buckets.get(name)
