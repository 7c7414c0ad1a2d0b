"""Print the figures of the pattern evaluators: `python -m benchmarks.patterns`. Read the ratios to the targets."""

import json
import random
import time
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

from hardenlab.semantics.event_patterns import EventPattern
from hardenlab.semantics.lifecycle import Lifecycle, Stored
from hardenlab.semantics.log_patterns import FilterPattern
from hardenlab.semantics.web_acl import WebAcl, WebRequest, decide

EVENTS = 10_000
ROOT = '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }'
DENIED = '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }'
REJECTED = (
    '[version, account, eni, source, destination, srcport, destport="22", protocol="6", ..., action="REJECT", status]'
)
TERMS = "?ERROR ?AccessDenied ?Root"
REGEX = r"{ $.sourceIPAddress = %^10\.[0-9]+\.% }"
ADMIN = {
    "source": ["aws.iam", "aws.sts"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {
        "userIdentity": {"type": ["Root", "IAMUser"]},
        "eventName": [{"prefix": "Create"}, {"wildcard": "*AccessKey*"}],
        "sourceIPAddress": [{"anything-but": {"prefix": "10."}}],
    },
}


def main() -> None:
    """Measure and print."""
    events = [json.dumps(event(number)) for number in range(EVENTS)]
    lines = [flow(number) for number in range(EVENTS)]
    rows = [
        (f"filter pattern, JSON, {EVENTS:,} events of {len(events[0])} characters", all_of(ROOT, events), 1.0),
        (f"filter pattern, JSON with or, {EVENTS:,} events", all_of(DENIED, events), 1.0),
        (f"filter pattern, JSON with a regular expression, {EVENTS:,} events", all_of(REGEX, events), 1.0),
        (f"filter pattern, terms, {EVENTS:,} events", all_of(TERMS, events), 1.0),
        (f"filter pattern, space-delimited, {EVENTS:,} flow log lines", all_of(REJECTED, lines), 1.0),
    ]
    table = Table("what", "measured", "target", title="pattern evaluators")
    for what, seconds, target in rows:
        table.add_row(what, f"{seconds:.2f} s", f"<= {target:.0f} s")
    pattern = EventPattern.read(ADMIN)
    asked = [
        {"source": "aws.iam", "detail-type": "AWS API Call via CloudTrail", "detail": event(n)} for n in range(1000)
    ]
    table.add_row("event pattern, one event", micro(pattern.decide, asked), "")
    acl = WebAcl.read(documents())
    requests = [
        WebRequest("203.0.113.9", f"/shop?id={n}&q=%3Cb%3E", headers=HEADERS, country="DE") for n in range(1000)
    ]
    table.add_row("web ACL of 8 rules, one request", micro(lambda request: decide(request, acl), requests), "")
    rules = Lifecycle.read({"Rules": [tiers(number) for number in range(10)]}, "Enabled")
    stored = [Stored(f"logs{n % 10}/{n}") for n in range(1000)]
    table.add_row("lifecycle of 10 rules, one object", micro(lambda one: rules.fate(one, 400), stored), "")
    Console(width=110).print(table)


def all_of(pattern: str, events: list[str]) -> float:
    """Seconds to read a pattern and ask it about all events."""
    started = time.perf_counter()
    read = FilterPattern.read(pattern)
    for one in events:
        read.decide(one)
    return time.perf_counter() - started


def micro(ask: Callable[[Any], object], asked: list[Any]) -> str:
    """Microseconds a question."""
    started = time.perf_counter()
    for one in asked:
        ask(one)
    return f"{(time.perf_counter() - started) / len(asked) * 1e6:.0f} µs"


def event(number: int) -> dict[str, Any]:
    """A CloudTrail record, one in ten by root and one in seven denied."""
    draw = random.Random(number)
    record: dict[str, Any] = {
        "eventVersion": "1.08",
        "userIdentity": {"type": "Root" if number % 10 == 0 else "IAMUser", "accountId": "111122223333"},
        "eventTime": f"2026-11-25T{number % 24:02}:00:00Z",
        "eventSource": "iam.amazonaws.com",
        "eventName": draw.choice(["CreateAccessKey", "ListUsers", "GetUser", "ConsoleLogin"]),
        "awsRegion": "us-east-1",
        "sourceIPAddress": f"{draw.choice([10, 198, 203])}.0.113.{number % 250}",
        "userAgent": "aws-cli/2.15.30 Python/3.11.8 Linux/6.1 exe/x86_64.debian.12 prompt/off command/iam.list-users",
        "requestParameters": {"userName": f"user-{number % 50}", "maxItems": 100, "tags": [{"key": "a", "value": "b"}]},
        "responseElements": None,
        "requestID": f"{draw.getrandbits(64):016x}",
        "eventID": f"{draw.getrandbits(64):016x}",
        "readOnly": True,
        "eventType": "AwsApiCall" if number % 3 else "AwsServiceEvent",
        "managementEvent": True,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
        "tlsDetails": {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256"},
    }
    return record | ({"errorCode": "AccessDenied"} if number % 7 == 0 else {})


def flow(number: int) -> str:
    """A flow log line of version 2."""
    port, action = (22 if number % 5 else 443), ("REJECT" if number % 3 else "ACCEPT")
    return (
        f"2 111122223333 eni-0123456789abcdef0 203.0.113.{number % 250} 172.31.16.139 49761 {port} 6 20 4249 "
        f"1418530010 1418530070 {action} OK"
    )


HEADERS = (("Host", "shop.example"), ("User-Agent", "Mozilla/5.0"), ("X-Forwarded-For", "198.51.100.7"))


def documents() -> dict[str, Any]:
    """A web ACL with the usual rules."""
    arn = "arn:aws:wafv2:us-east-1:111122223333:regional/ipset/bad/1"
    decoded = [{"Priority": 0, "Type": "URL_DECODE"}, {"Priority": 1, "Type": "LOWERCASE"}]
    bytes_ = {"PositionalConstraint": "CONTAINS", "TextTransformations": decoded, "FieldToMatch": {"QueryString": {}}}
    header = {"SingleHeader": {"Name": "user-agent"}}
    size = {"ComparisonOperator": "GT", "Size": 8192, "TextTransformations": decoded}
    statements: list[dict[str, Any]] = [
        {"IPSetReferenceStatement": {"ARN": arn}},
        {"GeoMatchStatement": {"CountryCodes": ["KP", "IR"]}},
        {"ByteMatchStatement": {"SearchString": b"<script", **bytes_}},
        {
            "RegexMatchStatement": {
                "RegexString": "(?i)(curl|nikto)",
                "FieldToMatch": header,
                "TextTransformations": decoded,
            }
        },
        {"SizeConstraintStatement": {"FieldToMatch": {"Body": {"OversizeHandling": "MATCH"}}, **size}},
        {"LabelMatchStatement": {"Scope": "LABEL", "Key": "awswaf:clientip:geo:country:RU"}},
        {"RateBasedStatement": {"Limit": 2000, "AggregateKeyType": "IP"}},
        {"NotStatement": {"Statement": {"ByteMatchStatement": {"SearchString": b"=", **bytes_}}}},
    ]
    visible = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}
    rules = [
        {"Name": f"r{n}", "Priority": n, "Statement": one, "Action": {"Block": {}}, "VisibilityConfig": visible}
        for n, one in enumerate(statements)
    ]
    acl = {"Name": "shop", "DefaultAction": {"Allow": {}}, "Rules": rules, "VisibilityConfig": visible}
    bad = {"Name": "bad", "ARN": arn, "IPAddressVersion": "IPV4", "Addresses": [f"10.{n}.0.0/16" for n in range(100)]}
    return {"WebACL": acl, "IPSets": [bad]}


def tiers(number: int) -> dict[str, Any]:
    """A rule that moves objects down and expires them."""
    moves = [{"StorageClass": "STANDARD_IA", "Days": 30}, {"StorageClass": "GLACIER", "Days": 90}]
    where = {"Filter": {"Prefix": f"logs{number}/"}, "Status": "Enabled", "ID": f"{number}"}
    return {**where, "Transitions": moves, "Expiration": {"Days": 365}}


if __name__ == "__main__":
    main()
