"""Hostile policies: those of the tests, which prove what is said of them, with each of their questions."""

import json

from benchmarks.hostile.cases import Cases
from hardenlab.semantics.iam.actions import service, services
from hardenlab.semantics.iam.findings import findings
from hardenlab.semantics.iam.lint import lint

PUBLIC = ("bucket", "topic", "bucket witness", "topic witness", "foreign accounts", "deputies")


def iam() -> Cases:
    names = services()
    service("s3"), service("sns")  # the tables are read once
    yield from _asked(public=False)
    whole = {"Effect": "Allow", "Action": [f"{name}:Get*" for name in names], "Resource": "*"}
    wide = {"Version": "2012-10-17", "Statement": whole}
    parts = [{**whole, "Action": whole["Action"][at::5], "Resource": "arn:aws:s3:::b/*"} for at in range(5)]
    for what, document in (("all services", wide), ("all services in five statements", wide | {"Statement": parts})):
        yield f"lint, {what}", lambda document=document: len(lint(document))
        yield f"findings, {what}", lambda document=document: len(findings(json.dumps(document), "identity"))


def public() -> Cases:
    yield from _asked(public=True)


def _asked(*, public: bool) -> Cases:
    from engine.semantics.iam.test_bounds import HOSTILE, QUESTIONS, TEXTS

    for question, ask in QUESTIONS.items():
        if (question in PUBLIC) == public:
            for name, document in [*HOSTILE.items(), *TEXTS.items()]:
                yield f"{question}, {name}", lambda ask=ask, document=document: type(ask(document)).__name__
