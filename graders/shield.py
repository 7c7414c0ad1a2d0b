"""Controls of AWS Shield Advanced: what is protected, and who may help."""

from hardenlab import LOW, MEDIUM, RESOURCE, CannotJudge, control, failed, passed, unknown

TEAM = "drt.shield.amazonaws.com"


@control(
    severity=MEDIUM,
    layer=RESOURCE,
    references=("course 3.53", "AWS Shield: Adding AWS Shield Advanced protection to AWS resources"),
)
def shield_named_resources_protected(account):
    """Shield Advanced protects the site's balancer and its NAT address, and nothing that nobody named.

    ## Why it matters
    The subscription alone protects nothing: each resource is added. Protection also costs, by the data that goes out of
    what is protected, so the developers' balancer is money for nothing.

    ## Remediation
    create_protection for each named resource that lacks one; delete_protection for what was never named.
    """
    shield, named = account.client("shield"), account.facts["protected"]
    pages = shield.get_paginator("list_protections").paginate()
    protected = {item["ResourceArn"]: item["Id"] for page in pages for item in page["Protections"]}
    for arn in named:
        evidence = [("shield:ListProtections", "ResourceArn", arn if arn in protected else "not listed")]
        if arn in protected:
            yield passed(arn, "it is named and protected", evidence=evidence)
        else:
            yield failed(arn, "it is named, and not protected", evidence=evidence)
    others = {balancer.id for balancer in account.network.load_balancers} | set(protected)
    for arn in sorted(others - set(named)):
        evidence = [("shield:ListProtections", "ResourceArn", arn if arn in protected else "not listed")]
        if arn in protected:
            yield failed(arn, "it is protected, and nobody named it", evidence=evidence)
        else:
            yield passed(arn, "nobody named it, and nobody pays for it", evidence=evidence)


@control(
    severity=LOW,
    layer=RESOURCE,
    references=("course 3.54", "AWS Shield: Managed DDoS event response with Shield Response Team (SRT) support"),
)
def shield_response_team_may_help(account):
    """The Shield Response Team has a role, somebody to call, and calls of its own accord.

    ## Why it matters
    During an attack is the wrong time to write a policy. With a role the team can write web ACL rules while you are
    still looking for your password; with a telephone number it calls you before your readers do.

    ## Remediation
    In this order: associate the role that trusts drt.shield.amazonaws.com and has AWSShieldDRTAccessPolicy; enter
    emergency contacts, one with a telephone number; enable proactive engagement.
    """
    shield = account.client("shield")
    role = shield.describe_drt_access().get("RoleArn")
    contacts = shield.describe_emergency_contact_settings().get("EmergencyContactList", [])
    status = shield.describe_subscription()["Subscription"].get("ProactiveEngagementStatus")
    evidence = [("shield:DescribeSubscription", "ProactiveEngagementStatus", status)]
    try:
        refused = _refused(account, role) if role else ""
    except CannotJudge as doubt:
        yield unknown("response-team/role", f"cannot judge its role: {doubt}")
        return
    if refused:
        yield failed("response-team/role", f"its role is no use: {refused}", evidence=evidence)
    elif role:
        yield passed("response-team/role", f"it may act as {role.rsplit('/', 1)[-1]}")
    else:
        yield failed("response-team/role", "it has no role to act by", evidence=evidence)
    if not any(contact.get("PhoneNumber") for contact in contacts):
        yield failed("response-team/contact", "no emergency contact has a telephone number", evidence=evidence)
    elif status != "ENABLED":
        yield failed("response-team/contact", "proactive engagement is not enabled", evidence=evidence)
    else:
        yield passed("response-team/contact", "it calls, and somebody answers", evidence=evidence)


def _refused(account, role):
    """What keeps the team from writing web ACL rules as the role; empty when nothing does."""
    trusted = account.iam.service_may_assume(TEAM, role)
    write = account.iam.may(role, "wafv2:UpdateWebACL", account.facts["web_acl_arn"]) if trusted.allowed else trusted
    return "" if write.allowed else write.because
