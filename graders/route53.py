"""Controls of Amazon Route 53: what the public zones say, and how it can be believed."""

from hardenlab import HIGH, MEDIUM, RESOURCE, CannotJudge, control, failed, passed, unknown


@control(
    severity=HIGH,
    layer=RESOURCE,
    references=("course 3.12", "AWS Route 53: Configuring DNSSEC signing in Amazon Route 53"),
)
def route53_public_zone_signed(account):
    """Every public hosted zone signs its answers with an active key-signing key.

    ## Why it matters
    An unsigned answer can be made up by anybody on the way: a false address in a resolver's cache leads everybody
    behind it to the false page. A signature does not hide anything; it lets the asker see that nothing was changed.

    ## Remediation
    Create a key-signing key on an asymmetric KMS key (ECC_NIST_P256, us-east-1, with a policy that lets
    dnssec-route53.amazonaws.com sign), make it ACTIVE, then enable signing for the zone. One KMS key may serve several
    zones. Private zones cannot be signed.
    """
    for zone in account.dns.zones:
        if zone.private:
            continue
        states = ", ".join(f"{key['Name']} {key['Status']}" for key in zone.keys) or "no key-signing key"
        evidence = [("route53:GetDNSSEC", "ServeSignature", f"{zone.signature}, {states}")]
        if zone.signs:
            yield passed(zone.id, f"{zone.name}: signed by {states}", evidence=evidence)
        else:
            yield failed(zone.id, f"{zone.name}: answers are not signed ({states})", evidence=evidence)


@control(
    severity=HIGH,
    layer=RESOURCE,
    references=(
        "course 3.11",
        "course 3.12",
        "AWS Route 53: Enabling DNSSEC signing and establishing a chain of trust",
    ),
)
def route53_delegated_zone_trusted(account):
    """The parent of every delegated zone of ours vouches for its key with a DS record.

    Judged for zones whose parent zone is in this account; the DS record of the others stands with their registrar.

    ## Why it matters
    A validating resolver follows a chain from the root. Without a DS record at the parent the chain ends above the
    zone, and its signatures are taken for decoration. A DS record that fits no key is worse: then nothing resolves.

    ## Remediation
    Take DSRecord of the zone's active key-signing key from GetDNSSEC, and create it as a DS record of the zone's name
    in the parent zone. The zone must sign first.
    """
    for zone in account.dns.zones:
        parent = None if zone.private else account.dns.parent(zone)
        if parent is None:
            continue
        trust = account.dns.trust(zone)
        evidence = [("route53:ListResourceRecordSets", f"{zone.name} DS", parent.values(zone.name, "DS") or "none")]
        if trust == "good":
            yield passed(zone.id, f"{zone.name}: {parent.name} vouches for its key", evidence=evidence)
        elif trust == "none":
            yield failed(zone.id, f"{zone.name}: {parent.name} has no DS record for it", evidence=evidence)
        else:
            yield failed(zone.id, f"{zone.name}: the DS record in {parent.name} fits no active key", evidence=evidence)


@control(
    severity=MEDIUM,
    layer=RESOURCE,
    references=("SecurityHub Route53.2", "course 3.15", "AWS Route 53: Public DNS query logging"),
)
def route53_public_zone_queries_logged(account):
    """Queries of every public hosted zone are logged to a log group that exists.

    ## Why it matters
    The log of a public zone shows who looks for what: a wave of queries for names that never existed is somebody
    looking for a way in, or somebody else's malware asking for your name.

    ## Remediation
    Create a log group in us-east-1 under /aws/route53/, let route53.amazonaws.com write to it with a resource policy of
    CloudWatch Logs, and create the zone's query logging configuration. A configuration whose log group is gone logs
    nothing: make the group again.
    """
    for zone in account.dns.zones:
        if zone.private:
            continue
        evidence = [
            ("route53:ListQueryLoggingConfigs", "CloudWatchLogsLogGroupArn", ", ".join(zone.log_groups) or "none")
        ]
        live = [arn for arn in zone.log_groups if account.log_place_exists(arn)]
        try:
            source = f"arn:aws:route53:::hostedzone/{zone.id}"
            writing = [account.service_may_log("route53.amazonaws.com", arn, source) for arn in live]
        except CannotJudge as doubt:
            yield unknown(zone.id, f"{zone.name}: cannot judge who may write to its log: {doubt}")
            continue
        refused = [decision.because for decision in writing if not decision.allowed]
        if live and len(refused) == len(live):
            yield failed(zone.id, f"{zone.name}: Route 53 may not write its log: {refused[0]}", evidence=evidence)
        elif live:
            yield passed(zone.id, f"{zone.name}: queries are logged", evidence=evidence)
        elif zone.log_groups:
            yield failed(zone.id, f"{zone.name}: the log group of its queries is gone", evidence=evidence)
        else:
            yield failed(zone.id, f"{zone.name}: queries are not logged", evidence=evidence)
