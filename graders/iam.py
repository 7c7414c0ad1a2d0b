"""Controls of IAM: who may do what, by the evaluator's decision and never by the wording of a policy."""

from hardenlab import HIGH, RESOURCE, CannotJudge, control, failed, passed, unknown

# one of each kind of change to the network, with the kind of resource that it is about
CHANGES = {
    "ec2:AuthorizeSecurityGroupIngress": "security-group",
    "ec2:RevokeSecurityGroupEgress": "security-group",
    "ec2:ModifySecurityGroupRules": "security-group",
    "ec2:CreateNetworkAclEntry": "network-acl",
    "ec2:ReplaceNetworkAclAssociation": "network-acl",
    "ec2:CreateRoute": "route-table",
    "ec2:ReplaceRoute": "route-table",
    "ec2:ReplaceRouteTableAssociation": "route-table",
    "ec2:AttachInternetGateway": "internet-gateway",
    "ec2:AcceptVpcPeeringConnection": "vpc-peering-connection",
    "ec2:ModifySubnetAttribute": "subnet",
    "ec2:ModifyVpcAttribute": "vpc",
    "ec2:DeleteFlowLogs": "vpc-flow-log",
}
# the rest of them, asked about one resource each: nobody grants these alone on some
MORE_CHANGES = {
    "ec2:AuthorizeSecurityGroupEgress": "security-group",
    "ec2:RevokeSecurityGroupIngress": "security-group",
    "ec2:ReplaceNetworkAclEntry": "network-acl",
    "ec2:DeleteNetworkAclEntry": "network-acl",
    "ec2:DeleteRoute": "route-table",
    "ec2:AssociateRouteTable": "route-table",
    "ec2:DisassociateRouteTable": "route-table",
    "ec2:CreateVpcPeeringConnection": "vpc",
    "ec2:CreateNatGateway": "subnet",
    "ec2:CreateTransitGatewayVpcAttachment": "vpc",
    "ec2:ModifyNetworkInterfaceAttribute": "network-interface",
}
PROMOTIONS = {
    "role": ("iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"),
    "user": ("iam:PutUserPolicy", "iam:AttachUserPolicy"),
    "policy": ("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"),
}


@control(
    severity=HIGH,
    layer=RESOURCE,
    references=(
        "SecurityHub IAM.21",
        "course 3.25",
        "course 3.36",
        "AWS VPC: Identity and access management for Amazon VPC",
    ),
)
def iam_network_changes_limited(account):
    """Only the network team may change groups, ACLs, routes, gateways and flow logs, or make itself able to.

    Each user and role is asked, action by action, on resources of this account; policies and boundaries count together.

    ## Why it matters
    Every wall in the network is a rule, and every rule is an API call. If those who ship software may make these calls,
    a stolen build key opens the wall, and so does a colleague at two in the morning who "just needs it to work".

    ## Remediation
    Give everybody but the network team only the reads and the daily work that they need: ec2:Describe*, starting and
    restarting machines. Take out ec2:*, NotAction statements, and Deny statements whose conditions never fit. A
    permissions boundary that leaves the changes out does it as well.
    """
    team = account.facts["network_role"]
    changes = list(_changes(account))
    for arn in (*account.iam.users, *account.iam.roles):
        if arn == team:
            continue
        label = arn.rsplit("/", 1)[-1]
        try:
            request, decision = _granted(account, arn, team, changes)
        except CannotJudge as doubt:
            yield unknown(arn, f"{label}: cannot judge: {doubt}")
            continue
        if decision:
            by = ", ".join(account.iam.policies_behind(arn, decision))
            evidence = [("iam:GetRolePolicy", "Statement", ", ".join(str(item) for item in decision.statements))]
            told = f"{label} calls {request}" + (f", by its policy {by}" if by else "")
            yield failed(arn, f"{label}: {decision.because}", evidence=evidence, witness=told)
        else:
            yield passed(arn, f"{label}: may not change the network")


def _granted(account, arn, team, changes):
    """A request by which the principal changes the network, or becomes one who may, and the decision; else None."""
    context = {"aws:RequestedRegion": account.region}
    for action, resources in (*changes, *_promotions(account, arn, team)):
        granted = account.iam.may_on_any(arn, action, resources, context)
        if granted:
            resource, decision = granted
            return f"{action} on {resource.rpartition('/')[2]}", decision
    assumed = account.iam.may_assume(arn, team)
    return f"sts:AssumeRole on {team}", assumed if assumed.allowed else None


def _promotions(account, arn, team):
    """What would make somebody one of the team: to write to its role, to himself, to a new user, or to his policies."""
    roles = {arn, team} & set(account.iam.roles)
    users = {arn} & set(account.iam.users) | {f"arn:aws:iam::{account.id}:user/new"}
    own = {name for name in account.iam.policies_of(arn) if name.startswith(f"arn:aws:iam::{account.id}:policy/")}
    for kind, resources in (("role", roles), ("user", users), ("policy", own)):
        yield from ((action, sorted(resources)) for action in PROMOTIONS[kind])


def _changes(account):
    """Every action that changes the network, with the resources that are asked about."""
    network = account.network
    known = {
        "security-group": [group.id for group in network.security_groups],
        "network-acl": [acl.id for acl in network.network_acls],
        "route-table": sorted({subnet.routes.id for subnet in network.subnets}),
        "subnet": [subnet.id for subnet in network.subnets],
        "vpc": [vpc.id for vpc in network.vpcs],
    }
    for actions, most in ((CHANGES, None), (MORE_CHANGES, 1)):
        for action, kind in actions.items():
            ids = (known.get(kind) or [f"{kind}-1"])[:most]
            yield action, [f"arn:aws:ec2:{account.region}:{account.id}:{kind}/{id}" for id in ids]
