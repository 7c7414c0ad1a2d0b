"""Firewalls in a few words."""


def rule(name, priority, action, domains, **more):
    fields = {"Name": name, "Priority": priority, "Action": action, "FirewallDomainListId": f"rslvr-fdl-{domains}"}
    if action == "BLOCK":
        fields["BlockResponse"] = "NODATA"
    return fields | more


def domain_list(name, *domains, **more):
    return {"Id": f"rslvr-fdl-{name}", "Name": name, "Domains": list(domains), **more}


def firewall(rules, lists, *, fail_open=None):
    """One rule group, associated; `lists` maps a name to its domains."""
    return firewall_of_groups({"egress": (101, rules)}, lists, fail_open=fail_open)


def firewall_of_groups(groups, lists, *, fail_open=None):
    """`groups` maps a name to the priority of its association and its rules."""
    document = {
        "FirewallDomainLists": [domain_list(name, *domains) for name, domains in lists.items()],
        "FirewallRuleGroups": [
            {"Id": f"rslvr-frg-{name}", "Name": name, "FirewallRules": rules} for name, (_, rules) in groups.items()
        ],
        "FirewallRuleGroupAssociations": [
            {"FirewallRuleGroupId": f"rslvr-frg-{name}", "Priority": priority, "VpcId": "vpc-1"}
            for name, (priority, _) in groups.items()
        ],
    }
    if fail_open:
        document["FirewallConfig"] = {"FirewallFailOpen": fail_open}
    return document
