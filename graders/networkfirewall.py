"""Controls of AWS Network Firewall: whether it is asked, what it lets through, and what it tells."""

from hardenlab import HIGH, INTERNET, MEDIUM, PATH, RESOURCE, Packet, Unjudged, control, failed, passed, unknown

STRANGERS = ("exfil.example", "evil.example", "pastebin.example", "198-51-100-7.example")
UNSEEN = ("aws:pass",)


@control(
    severity=HIGH,
    layer=PATH,
    references=(
        "SecurityHub NetworkFirewall.3",
        "course 3.7",
        "course 3.38",
        "AWS Network Firewall: Stateful domain list rule groups",
    ),
)
def networkfirewall_egress_inspected(account):
    """The app reaches the internet through the firewall only, and there the names that it needs and no others.

    Judged from end to end: a connection over TLS that asks for a name, along the routes and through the rules.

    ## Why it matters
    A firewall filters what routes lead through it. Without such a route it is a machine that costs money. And a list of
    bad names is never long enough: who wants to take something out registers a new one.

    ## Remediation
    Send the app subnet's default route to the firewall's endpoint, and the way back for the app's block from the NAT
    gateway's subnet to the same endpoint. In the policy refer to a domain list of the type ALLOWLIST with the names
    that are needed, for TLS_SNI and HTTP_HOST.
    """
    network = account.network
    server = network.instances.get(account.facts["app_instance"])
    if server is None:
        return
    for domain in STRANGERS:
        try:
            answer = network.answer(source=server, to=INTERNET, port=443, domain=domain)
        except Unjudged as doubt:
            yield unknown(server.id, f"{server.name}: cannot judge {domain}: {doubt}")
            return
        if isinstance(answer, Packet):
            evidence = [("ec2:DescribeRouteTables", "Routes", answer.hops[-1] if answer.hops else "")]
            message = "by a way that no firewall stands on" if "vpce-" not in str(answer.hops) else "past the rules"
            yield failed(server.id, f"{server.name}: reaches {domain} {message}", evidence=evidence, witness=answer)
            return
    yield passed(server.id, f"{server.name}: reaches no name that it does not need")


@control(
    severity=MEDIUM,
    layer=RESOURCE,
    references=(
        "SecurityHub NetworkFirewall.4",
        "SecurityHub NetworkFirewall.5",
        "course 3.41",
        "AWS Network Firewall: Stateless default actions in your firewall policy",
    ),
)
def networkfirewall_default_actions_inspect(account):
    """What no stateless rule matches is inspected or dropped, whole packets and fragments alike.

    ## Why it matters
    Stateless rules come first. A default action of pass lets everything else by before a stateful rule is asked; for
    fragments alone it is a door for whoever cuts his packets in two.

    ## Remediation
    Set StatelessDefaultActions and StatelessFragmentDefaultActions to aws:forward_to_sfe, or to aws:drop.
    """
    firewall = account.client("network-firewall")
    for item in firewall.list_firewall_policies()["FirewallPolicies"]:
        found = firewall.describe_firewall_policy(FirewallPolicyArn=item["Arn"])["FirewallPolicy"]
        settings = {key: found[key] for key in ("StatelessDefaultActions", "StatelessFragmentDefaultActions")}
        evidence = [
            ("network-firewall:DescribeFirewallPolicy", key, ", ".join(value)) for key, value in settings.items()
        ]
        passing = [key for key, value in settings.items() if set(value) & set(UNSEEN)]
        if passing:
            yield failed(item["Arn"], f"{item['Name']}: {passing[0]} lets packets pass unseen", evidence=evidence)
        else:
            yield passed(item["Arn"], f"{item['Name']}: nothing passes unseen", evidence=evidence)


@control(
    severity=MEDIUM,
    layer=RESOURCE,
    references=(
        "SecurityHub NetworkFirewall.2",
        "SecurityHub NetworkFirewall.9",
        "course 3.40",
        "AWS Network Firewall: Logging network traffic from AWS Network Firewall",
    ),
)
def networkfirewall_logs_and_stays(account):
    """Every firewall logs alerts and flows, and is protected from deletion.

    ## Why it matters
    Alerts tell what was stopped, flows what was let through; each without the other is half a story. And a firewall
    that a script can delete is gone on the day that somebody tidies up.

    ## Remediation
    Add the missing log type with update_logging_configuration (one change a call), and switch the delete protection on
    with update_firewall_delete_protection.
    """
    firewall = account.client("network-firewall")
    for item in firewall.list_firewalls()["Firewalls"]:
        arn = item["FirewallArn"]
        found = firewall.describe_logging_configuration(FirewallArn=arn).get("LoggingConfiguration", {})
        kinds = {entry["LogType"] for entry in found.get("LogDestinationConfigs", [])}
        protected = firewall.describe_firewall(FirewallArn=arn)["Firewall"].get("DeleteProtection", False)
        evidence = [("network-firewall:DescribeLoggingConfiguration", "LogType", ", ".join(sorted(kinds)) or "none")]
        missing = sorted({"ALERT", "FLOW"} - kinds)
        gone = [place for entry in found.get("LogDestinationConfigs", []) if (place := _gone(account, entry))]
        if gone:
            yield failed(arn, f"{item['FirewallName']}: logs to {gone[0]}, which is gone", evidence=evidence)
        elif missing:
            yield failed(arn, f"{item['FirewallName']}: does not log {' and '.join(missing)}", evidence=evidence)
        elif not protected:
            yield failed(arn, f"{item['FirewallName']}: may be deleted by mistake", evidence=evidence)
        else:
            yield passed(arn, f"{item['FirewallName']}: logs alerts and flows, and stays", evidence=evidence)


def _gone(account, entry):
    """The place of a log when it does not exist; delivery streams are not looked for."""
    place = entry["LogDestination"]
    if "logGroup" in place:
        arn = f"arn:aws:logs:{account.region}:{account.id}:log-group:{place['logGroup']}"
    else:
        arn = f"arn:aws:s3:::{place['bucketName']}" if "bucketName" in place else ""
    return "" if account.log_place_exists(arn) else next(iter(place.values()))
