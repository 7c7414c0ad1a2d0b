"""Controls of Route 53 Resolver: what a VPC believes, which names it gets, and what is kept of its questions."""

from hardenlab import HIGH, MEDIUM, PATH, RESOURCE, control, failed, passed, unknown

OURS = ("booking_vpc", "office_vpc")
KINDS = ("A", "AAAA", "TXT", "CNAME", "MX")


@control(
    severity=MEDIUM,
    layer=RESOURCE,
    references=("course 3.13", "AWS Route 53: Using DNSSEC validation in Amazon Route 53"),
)
def route53resolver_vpc_validates(account):
    """The resolver of each of our VPCs validates DNSSEC.

    ## Why it matters
    Signatures protect those who check them. Without validation the resolver takes a forged answer as well as a signed
    one, and hands it to every machine in the VPC.

    ## Remediation
    update_resolver_dnssec_config(ResourceId=<the VPC>, Validation="ENABLE").
    """
    for vpc in _vpcs(account):
        evidence = [("route53resolver:ListResolverDnssecConfigs", "ValidationStatus", account.dns.validates(vpc.id))]
        if account.dns.validates(vpc.id):
            yield passed(vpc.id, f"{vpc.name}: signatures are checked", evidence=evidence)
        else:
            yield failed(vpc.id, f"{vpc.name}: answers are taken without checking their signatures", evidence=evidence)


@control(
    severity=MEDIUM,
    layer=RESOURCE,
    references=("course 3.15", "AWS Route 53: Resolver query logging"),
)
def route53resolver_vpc_queries_logged(account):
    """What the machines of each of our VPCs ask for is logged.

    ## Why it matters
    Almost every program asks for a name before it speaks to anybody, malware too. The query log is the cheapest way to
    see it, and the only one to see it afterwards.

    ## Remediation
    Associate a query logging configuration with the VPC. One configuration may serve several.
    """
    for vpc in _vpcs(account):
        configs = account.dns.query_logs(vpc.id)
        evidence = [("route53resolver:ListResolverQueryLogConfigAssociations", "ResourceId", vpc.id)]
        if configs:
            yield passed(vpc.id, f"{vpc.name}: queries go to {configs[0]['DestinationArn']}", evidence=evidence)
        else:
            yield failed(vpc.id, f"{vpc.name}: no query logging configuration is associated with it", evidence=evidence)


@control(
    severity=HIGH,
    layer=PATH,
    references=("course 3.16", "AWS Route 53: Rule settings in DNS Firewall"),
)
def route53resolver_firewall_blocks_names(account):
    """DNS Firewall blocks the tunnel's and the false pages' names in every VPC, the domains themselves and all below.

    Judged by asking: what would become of a query for each name, by each type of record that carries data well?

    ## Why it matters
    Rules are asked in the order of their priority, and the first that matches decides: an ALLOW for everything in front
    makes all others silent. `*.name` covers what is below a name and not the name, the name alone not what is below.

    ## Remediation
    Delete the rule that allows everything, or give it the highest number; no rule is needed for what may resolve. List
    both the domain and `*.` with the domain.
    """
    tunnel, false = account.facts["tunnel_domain"], account.facts["false_domains"]
    names = [name for domain in (tunnel, *false) for name in (domain, f"x7f3.{domain}", f"a.b.{domain}")]
    for vpc in _vpcs(account):
        asked = [(name if kind == "A" else f"{name} ({kind})", name, kind) for name in names for kind in KINDS]
        verdicts = [(words, account.dns.ask(vpc.id, name, kind)) for words, name, kind in asked]
        passing = [(name, verdict) for name, verdict in verdicts if verdict.resolves]
        doubtful = [(name, verdict) for name, verdict in verdicts if verdict.action == "UNKNOWN"]
        if passing:
            name, verdict = passing[0]
            evidence = [("route53resolver:ListFirewallRules", "Action, Priority", verdict.because)]
            yield failed(vpc.id, f"{vpc.name}: {name} resolves: {verdict.because}", evidence=evidence, witness=name)
        elif doubtful:
            name, verdict = doubtful[0]
            yield unknown(vpc.id, f"{vpc.name}: cannot judge {name}: {verdict.because}")
        else:
            yield passed(vpc.id, f"{vpc.name}: {len(names)} names are blocked, {tunnel} among them")


@control(
    severity=MEDIUM,
    layer=PATH,
    references=("course 3.17", "AWS Route 53: Rule actions in DNS Firewall"),
)
def route53resolver_firewall_answers_chosen(account):
    """Who asks for a false page is led to the page that warns of it.

    ## Why it matters
    An empty answer looks like a broken network: people try again, or from home. An answer that leads to a page of your
    own tells them what happened, and tells you that they clicked. A program that tunnels needs no explanation.

    ## Remediation
    Update the rule for the false pages: BlockResponse OVERRIDE, BlockOverrideDnsType CNAME, BlockOverrideDomain the
    warning page, BlockOverrideTtl some seconds.
    """
    page = f"blocked.{account.facts['main_name']}"
    names = [name for domain in account.facts["false_domains"] for name in (domain, f"www.{domain}")]
    for vpc in _vpcs(account):
        verdicts = [(name, account.dns.ask(vpc.id, name)) for name in names]
        blocked = [(name, verdict) for name, verdict in verdicts if not verdict.resolves]
        other = [(name, verdict) for name, verdict in blocked if (verdict.override or "").rstrip(".") != page]
        if other:
            name, verdict = other[0]
            evidence = [("route53resolver:ListFirewallRules", "BlockResponse", verdict.response)]
            yield failed(vpc.id, f"{vpc.name}: {name} is answered with {verdict.response}", evidence=evidence)
        else:
            yield passed(vpc.id, f"{vpc.name}: whoever asks for a false page is led to {page}")


def _vpcs(account):
    found = (account.network.vpcs.get(account.facts[fact]) for fact in OURS)
    return [vpc for vpc in found if vpc is not None]
