"""The tiny course with a hidden task, for tests of what stays with the instructor."""

import shutil

from helpers.direct import TINY

TASK = """
# what a range of ports gets past
[[section.task]]
control = "ec2_group_ssh_in_no_range"
hidden = true
title = "Close SSH in ranges, too"
points = 2
fixes = ["ssh_open"]
guarded_by = ["bucket_is_there"]
success = "No range holds it."
"""
CONTROL = '''"""Hidden controls of the tiny course."""

from hardenlab import HIGH, RESOURCE, control, failed, passed


@control(severity=HIGH, layer=RESOURCE, references=("course 3.4",))
def ec2_group_ssh_in_no_range(account):
    """No range of ports that is open holds 22.

    ## Why it matters
    A range opens what nobody names.

    ## Remediation
    Revoke the range.
    """
    for group in account.client("ec2").describe_security_groups()["SecurityGroups"]:
        if group["VpcId"] != account.facts["vpc"]:
            continue
        wide = [rule for rule in group["IpPermissions"] if rule.get("FromPort", 99) <= 22 <= rule["ToPort"]]
        verdict = failed if wide else passed
        yield verdict(group["GroupId"], "a range holds 22" if wide else "no range holds 22")
'''

SECRETS = ("ec2_group_ssh_in_no_range", "Close SSH in ranges", "No range", "what a range of ports", "BEGIN SOLUTION")


def tiny_with_a_hidden_task(root):
    """Copy the tiny course to `root`, with one hidden task between the public ones."""
    shutil.copytree(TINY, root, ignore=shutil.ignore_patterns("__pycache__"))
    add_hidden_task(root)
    return root


def add_hidden_task(root):
    """Put it between the public tasks of the course in this folder."""
    (root / "hidden").mkdir()
    (root / "hidden" / "tiny.py").write_text(CONTROL)
    rubric = root / "labs" / "l1-tiny" / "lab.toml"
    head, mark, tail = rubric.read_text().partition('\n[[section.task]]\ncontrol = "s3_bucket_versioned"')
    rubric.write_text(head + TASK + mark + tail)
