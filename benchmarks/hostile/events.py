"""Hostile patterns, events and schedules."""

import json
from datetime import UTC, datetime

from benchmarks.hostile.cases import MOST, NOT_JSON, Cases
from hardenlab.semantics.event_patterns import EventPattern
from hardenlab.semantics.log_patterns import FilterPattern
from hardenlab.semantics.schedules import read_schedule

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def log_patterns() -> Cases:
    line, event = "a" * 100_000, json.dumps({"a": "a" * 100_000})
    yield "parentheses within each other", lambda: FilterPattern.read("{" + "(" * 1000 + "$.a=1")
    for what, pattern in (
        ("a regular expression that backtracks", "%" + "a*" * 100 + "b%"),
        ("a regular expression of a million states", "%" + "a{1000}" * 100 + "%"),
        ("500 fields of asterisks", "[...," + "a=*a*b*," * 100 + "]"),
        ("200 terms", " ".join(["?aaaa"] * 200)),
        ("a condition of asterisks", '{ $.a = "' + "*a" * 400 + '*b" }'),
    ):
        yield what, lambda pattern=pattern: FilterPattern.read(pattern).decide(line).matched
        yield f"{what}, JSON", lambda pattern=pattern: FilterPattern.read(pattern).decide(event).matched
    for what, text in NOT_JSON:
        yield f"an event that is {what}", lambda text=text: FilterPattern.read("{ $.a = 1 }").decide(text).matched


def event_patterns() -> Cases:
    for what, text in NOT_JSON:
        yield f"a pattern that is {what}", lambda text=text: EventPattern.read(text)
        yield f"an event that is {what}", lambda text=text: EventPattern.read({"a": [1]}).decide(text)
    ways = {f"f{number}": {"$or": [{"a": [1]}, {"b": [1]}]} for number in range(20)}
    yield "a million ways through $or", lambda: EventPattern.read(ways)
    yield f"{MOST:,} values", lambda: EventPattern.read({"a": list(range(MOST))})
    stars = EventPattern.read({"a": [{"wildcard": "*a" * 1000 + "*b"}]})
    yield "1,000 asterisks", lambda: stars.decide({"a": "a" * 100_000}).matched
    absent = EventPattern.read({"a": {f"x{number}": [{"exists": False}] for number in range(150)}})
    yield "150 absent fields in 100,000 objects", lambda: absent.decide({"a": [{}] * 100_000}).matched
    either = EventPattern.read({"$or": [{"a": {"b": [number]}} for number in range(150)]})
    yield "150 alternatives over 50,000 objects", lambda: either.decide({"a": [{"b": -1}] * 50_000}).matched


def schedules() -> Cases:
    for text in (
        "cron(0 0 30 2 ? *)",
        "cron(0 0 29 2 ? 2199)",
        "cron(" + "0," * 120 + "0 0 ? * MON *)",
        "rate(9" * 5000,
    ):
        yield text[:40], lambda text=text: read_schedule(text).next_after(NOW, start=NOW)
    zoned = "cron(30 2 ? * SUN#5 *)"
    yield f"100 firings of {zoned}", lambda: len(read_schedule(zoned, "scheduler", "Europe/Berlin").firings(NOW, 100))
