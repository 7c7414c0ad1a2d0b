"""The request policy: which requests an account takes, live and on replay alike.

A journal is written by whoever holds it, so replay trusts no line of it: the same checks stand in front of both.
"""

import re
import urllib.parse
from collections.abc import Mapping

from hardenlab.front.operations import Operation
from hardenlab.model.http import Request

MAX_BODY = 50 * 1024 * 1024
MAX_HEADERS = 100
MAX_HEADER_BYTES = 16 * 1024
MAX_PATH = 8 * 1024
MAX_QUERY = 64 * 1024

# the services of the course; everything else is refused with a sentence
SERVICES = frozenset(
    """
    accessanalyzer account acm artifact auditmanager autoscaling backup cloudfront cloudtrail cloudwatch config
    controlcatalog controltower detective dynamodb ec2 ec2-instance-connect ecr efs elb elbv2 events fms guardduty iam
    identitystore imagebuilder inspector2 kms logs macie2 network-firewall organizations ram rds resource-groups
    resourcegroupstaggingapi route53 route53resolver s3 s3control scheduler secretsmanager securityhub securitylake
    servicecatalog shield sns sqs ssm sso-admin sts wafv2 lambda
    """.split()  # noqa: SIM905  a table of names reads better than a list of quotes
)
# operations that would run something, or reach out of the emulator
REFUSED = frozenset({"lambda:Invoke", "lambda:InvokeAsync", "lambda:InvokeWithResponseStream", "ecr:PutImage"})
# headers that reach the emulator: what AWS reads, and nothing that steers the emulator itself
HEADERS = re.compile(
    r"content-type|content-md5|content-encoding|content-disposition|content-language|cache-control|expires|range"
    r"|if-(?:none-)?match|if-(?:un)?modified-since|accept|host|smithy-protocol"
    r"|x-amz-(?!security-token$|date$|user-agent$)[a-z0-9-]+"
)


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that are part of the request's meaning; the rest is dropped before journal and emulator."""
    return {name: value for name, value in headers.items() if HEADERS.fullmatch(name)}


def refusal(request: Request, operation: Operation) -> str | None:
    """Why this request is not taken, in a sentence; None when it is."""
    if operation.service not in SERVICES:
        return f"The service '{operation.service}' is not part of this lab's account."
    if operation.action in REFUSED:
        return f"{operation.action} would run code or reach outside; the lab's account does not do that."
    if len(request.body) > MAX_BODY:
        return f"The body has {len(request.body)} bytes; the lab's account takes {MAX_BODY}."
    if len(request.path) > MAX_PATH or len(request.query) > MAX_QUERY:
        return "The request's address is too long."
    if len(request.headers) > MAX_HEADERS or sum(map(len, request.headers.values())) > MAX_HEADER_BYTES:
        return "The request has too many headers."
    if request.headers != kept_headers(request.headers):
        return "The request carries headers that the lab's account does not take."
    if operation.action == "sns:Subscribe" and _reaches_http(request):
        return "Subscriptions over HTTP would reach outside; use SQS or e-mail in the lab's account."
    return None


def _reaches_http(request: Request) -> bool:
    fields = urllib.parse.parse_qs(request.body.decode("utf-8", "replace") or request.query, max_num_fields=2000)
    return any(value.lower().startswith("http") for value in fields.get("Protocol", ()))
