"""Are two accounts the same? Every parameterless read of twenty services, compared whole."""

import re

from botocore.exceptions import BotoCoreError, ClientError

SERVICES = (
    "ec2", "s3", "iam", "kms", "logs", "cloudwatch", "cloudtrail", "config", "sns", "sqs", "ssm", "secretsmanager",
    "route53", "elbv2", "wafv2", "events", "guardduty", "securityhub", "organizations", "network-firewall",
)  # fmt: skip
READS = re.compile(r"(describe|list|get)_")
# catalogues of AWS's own, the same in every account and slow to read
CATALOGUES = re.compile(
    r"describe_(instance_type|spot|reserved|vpc_endpoint_services|images|regions|availability|host|managed)|"
    r"get_(spot|credential)|list_(managed|available)|describe_(aws|available|fast)|list_policies$"
)


# answers that are no state: one draws anew each time, the other describes the asker as of now
NO_STATE = {("secretsmanager", "get_random_password"), ("iam", "get_user")}


# AWS's own 1,500 policies, the same in every account, would be nearly all of the answer
OWN = {("iam", "get_account_authorization_details"): {"Filter": ["User", "Role", "Group", "LocalManagedPolicy"]}}

MISSING = set()  # what this process has found not to be offered: asking again costs more than all the rest


def reads(client):
    """The client's reads that need no argument."""
    model = client.meta.service_model
    for name in sorted(client.meta.method_to_api_mapping):
        operation = model.operation_model(client.meta.method_to_api_mapping[name])
        required = operation.input_shape.required_members if operation.input_shape else []
        if READS.match(name) and not required and not CATALOGUES.match(name):
            yield name


def state(account, services=SERVICES):
    """Every answer, by service and operation, without what belongs to the answering alone."""
    answers = {}
    for service in services:
        client = account.client(service, parameter_validation=False)
        for name in reads(client):
            if (service, name) not in NO_STATE | MISSING:
                answers[f"{service}.{name}"] = answer(client, service, name)
    return answers


def answer(client, service, name):
    try:
        told = getattr(client, name)(**OWN.get((service, name), {}))
    except (ClientError, BotoCoreError) as error:
        code = getattr(error, "response", {}).get("Error", {}).get("Code")
        if code == "NotImplemented":
            MISSING.add((service, name))
        return {"error": type(error).__name__, "code": code}
    told.pop("ResponseMetadata", None)
    return plain(told)


def plain(thing):
    """Comparable: lists as sorted texts (moto keeps some as sets), streams as their bytes."""
    if isinstance(thing, dict):
        return {key: plain(value) for key, value in thing.items()}
    if isinstance(thing, list):
        return sorted((plain(item) for item in thing), key=repr)
    return repr(thing)


def differences(one, other):
    return {name: (one[name], other[name]) for name in one.keys() & other.keys() if one[name] != other[name]}
