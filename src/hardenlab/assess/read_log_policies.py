"""Whether a service may write to a log group, by the resource policies of CloudWatch Logs."""

import json
from typing import Any

from hardenlab.semantics.iam import Decision, Policies, Principal, Request, decide, principal_context

WRITES = ("logs:CreateLogStream", "logs:PutLogEvents")


def service_may_log(logs: Any, service: str, group_arn: str, account_id: str, source_arn: str) -> Decision:
    """Whether the service ("route53.amazonaws.com") may make streams and put events; `group_arn` ends without `:*`;
    `source_arn` is what it logs.

    CannotJudge: a policy cannot be read, or AWS's documentation leaves the question open.
    """
    pages = logs.get_paginator("describe_resource_policies").paginate()
    documents = [json.loads(item["policyDocument"]) for page in pages for item in page["resourcePolicies"]]
    statements = [statement for document in documents for statement in _listed(document["Statement"])]
    resource = {"Version": "2012-10-17", "Statement": statements} if statements else None
    caller = Principal.aws_service(service)
    known = principal_context(caller) | {"aws:SourceAccount": account_id, "aws:SourceArn": source_arn}
    decisions = (
        decide(Request(caller, action, f"{group_arn}:*", account_id, known), Policies(resource=resource))
        for action in WRITES
    )
    decided = list(decisions)
    return next((decision for decision in decided if not decision.allowed), decided[-1])


def _listed(statements: Any) -> list[Any]:
    return statements if isinstance(statements, list) else [statements]
