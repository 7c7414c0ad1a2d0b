"""Other ways, and mistakes."""

import boto3

from hardenlab import solution, wrong_fix


@solution("ec2_group_ssh_closed")
def by_rule_id(lab):
    """Revoke each rule by its id."""
    ec2 = boto3.client("ec2")
    for group in lab.facts["groups"]:
        rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])[
            "SecurityGroupRules"
        ]
        ids = [rule["SecurityGroupRuleId"] for rule in rules if not rule["IsEgress"]]
        if ids:
            ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=ids)


@wrong_fix(fails="ec2_group_ssh_closed", because="One of the two groups still admits SSH.")
def only_one_group(lab):
    """Close one of the two."""
    boto3.client("ec2").revoke_security_group_ingress(
        GroupId=lab.facts["groups"][0], IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0"
    )
