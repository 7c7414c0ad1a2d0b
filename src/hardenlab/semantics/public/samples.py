"""Requests worth trying: keys and contexts that a policy speaks of and that anybody can choose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hardenlab.semantics.iam import Document, Policy
from hardenlab.semantics.iam.conditions import Test
from hardenlab.semantics.iam.operators import network
from hardenlab.semantics.public.confine import demands

BYSTANDER = "198.51.100.7"
CHOSEN_BY_CALLER = (
    "aws:referer",
    "aws:useragent",
    "s3:prefix",
    "s3:delimiter",
    "s3:max-keys",
    "s3:x-amz-",
    "s3:versionid",
)
ANY_KEY = "probe"
MAX_CONTEXTS = 20


def sample_keys(policy: Document | None, bucket_arn: str) -> list[str]:
    """Object keys that match the policy's resources, with a letter for each wildcard."""
    keys = [ANY_KEY]
    for statement in Policy.read(policy).statements if policy is not None else ():
        for pattern in statement.resources or ():
            if statement.allows and pattern.text.startswith(f"{bucket_arn}/"):
                keys.append(fill(pattern.text[len(bucket_arn) + 1 :]))
    return keys


def sample_contexts(policy: Document | None) -> list[Mapping[str, Any]]:
    """HTTPS and HTTP from a bystander's address, then what single statements ask of a caller."""
    plain = {"aws:SecureTransport": "true", "aws:SourceIp": BYSTANDER}
    contexts: list[Mapping[str, Any]] = [plain, {**plain, "aws:SecureTransport": "false"}]
    for statement in Policy.read(policy).statements if policy is not None else ():
        wanted = dict(_wanted(demands(statement))) if statement.allows else {}
        if wanted and len(contexts) < MAX_CONTEXTS:
            contexts.extend({**context, **wanted} for context in contexts[:2])
    return contexts


def _wanted(tests: Iterator[Test]) -> Iterator[tuple[str, str]]:
    for test in tests:
        if test.key.startswith(CHOSEN_BY_CALLER):
            yield test.key, fill(test.texts[0])
        elif test.key == "aws:sourceip" and (address := _address_anywhere(test.texts)):
            yield "aws:SourceIp", address


def _address_anywhere(texts: tuple[str, ...]) -> str | None:
    """An address of a range so broad that a stranger can call from it."""
    for text in texts:
        block = network(text)
        if block.prefixlen < 8:
            return str(block.network_address + (block.num_addresses >> 1) + 1)
    return None


def fill(pattern: str) -> str:
    """A text that the pattern matches."""
    return pattern.replace("*", "a").replace("?", "a")
