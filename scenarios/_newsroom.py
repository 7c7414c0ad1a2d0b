"""The news site's web ACL, healthy, and small changes of it."""

from ipaddress import ip_network

GOOD_READER = "84.19.100.7"
SCOPE = {"Scope": "REGIONAL"}
WRITTEN_OTHERWISE = [
    {"Priority": at, "Type": kind} for at, kind in enumerate(("URL_DECODE", "NORMALIZE_PATH", "LOWERCASE"))
]


def build_web_acl(account, vary):
    """Rules by address, country, path, size and content, in front of the site's balancer, with a log."""
    wafv2, facts = account.client("wafv2"), account.facts
    hostile, office = ip_set(wafv2, "hostile", facts["hostile_range"]), ip_set(wafv2, "office", facts["office"])
    account.fact("hostile_set", hostile)
    admin = {
        "SearchString": b"/admin", "FieldToMatch": {"UriPath": {}}, "TextTransformations": WRITTEN_OTHERWISE,
        "PositionalConstraint": "STARTS_WITH",
    }  # fmt: skip
    from_office = {"IPSetReferenceStatement": {"ARN": office}}
    elsewhere = [{"ByteMatchStatement": admin}, {"NotStatement": {"Statement": from_office}}]
    long = {
        "FieldToMatch": {"Body": {"OversizeHandling": "MATCH"}}, "ComparisonOperator": "GT", "Size": 8192,
        "TextTransformations": [{"Priority": 0, "Type": "NONE"}],
    }  # fmt: skip
    statements = {
        "hostile-range": {"IPSetReferenceStatement": {"ARN": hostile}},
        "licence": {"GeoMatchStatement": {"CountryCodes": facts["blocked_countries"]}},
        "editors-only": {"AndStatement": {"Statements": elsewhere}},
        "long-bodies": {"SizeConstraintStatement": long},
        "sql": {"OrStatement": {"Statements": [looked_for("SqliMatchStatement", part) for part in PARTS]}},
        "scripts": {"OrStatement": {"Statements": [looked_for("XssMatchStatement", part) for part in PARTS]}},
    }
    rules = [
        {
            "Name": label, "Priority": 10 * number, "Statement": statement, "Action": {"Block": {}},
            "VisibilityConfig": metrics(label),
        }
        for number, (label, statement) in enumerate(statements.items(), start=1)
    ]  # fmt: skip
    made = wafv2.create_web_acl(
        Name="site", DefaultAction={"Allow": {}}, Rules=rules, VisibilityConfig=metrics("site"), **SCOPE
    )["Summary"]
    account.fact("web_acl", {"Name": made["Name"], "Id": made["Id"]})
    account.fact("web_acl_arn", made["ARN"])
    wafv2.associate_web_acl(WebACLArn=made["ARN"], ResourceArn=facts["site_balancer"])
    account.client("logs").create_log_group(logGroupName="aws-waf-logs-site")
    log_web_acl(account)


PARTS = ({"QueryString": {}}, {"Body": {"OversizeHandling": "CONTINUE"}})


def looked_for(kind, part):
    return {kind: {"FieldToMatch": part, "TextTransformations": [{"Priority": 0, "Type": "URL_DECODE"}]}}


def ip_set(wafv2, label, block):
    blocks = [str(ip_network(block))]
    made = wafv2.create_ip_set(Name=label, IPAddressVersion="IPV4", Addresses=blocks, **SCOPE)
    return made["Summary"]["ARN"]


def metrics(label):
    return {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": label}


def first_rules(account):
    """The ACL's rules as they are."""
    return found(account)["WebACL"]["Rules"]


def found(account):
    return account.client("wafv2").get_web_acl(**account.facts["web_acl"], **SCOPE)


def change_rule(account, label, **changes):
    """Write the ACL anew with one rule changed."""
    rules = [rule | changes if rule["Name"] == label else rule for rule in first_rules(account)]
    update_rules(account, rules)


def update_rules(account, rules):
    answer = found(account)
    account.client("wafv2").update_web_acl(
        **account.facts["web_acl"], **SCOPE, DefaultAction=answer["WebACL"]["DefaultAction"], Rules=rules,
        VisibilityConfig=answer["WebACL"]["VisibilityConfig"], LockToken=answer["LockToken"],
    )  # fmt: skip


def log_web_acl(account, on=True):
    wafv2, arn = account.client("wafv2"), account.facts["web_acl_arn"]
    if not on:
        wafv2.delete_logging_configuration(ResourceArn=arn)
        return
    group = f"arn:aws:logs:us-east-1:{account.id}:log-group:aws-waf-logs-site"
    wafv2.put_logging_configuration(LoggingConfiguration={"ResourceArn": arn, "LogDestinationConfigs": [group]})
