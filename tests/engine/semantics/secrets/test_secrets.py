"""Secrets in text: what is planted is found however it is written, what looks like one is told as such."""

import base64
import codecs
import gzip
import json
import time
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardenlab.semantics.secrets import Malformed, find_secrets, find_secrets_in

SECRET = "Tr0mbone-kiwi/49+Xq"
PLANTED = {"database password": SECRET}


def b64(data):
    return base64.b64encode(data if isinstance(data, bytes) else data.encode()).decode()


def powershell(text):
    return b64(text.encode("utf-16-le"))


SCRIPT = f"#!/bin/bash\nexport DB={SECRET}\n"
WAYS = {
    "as it is": (SCRIPT, ()),
    "quoted and joined": ('key = "Tr0mbone" + "-kiwi/49+Xq"', ("joined pieces",)),
    "joined over lines": ('key = ("Tr0mbone"\n       "-kiwi/49+Xq")', ("joined pieces",)),
    "a list that is joined": ('Fn::Join: ["", ["Tr0mbone", "-kiwi/49+Xq"]]', ("joined pieces",)),
    "a line that goes on": ("DB=Tr0mbone\\\n-kiwi/49+Xq", ("joined pieces",)),
    "backwards": (f"DB={SECRET[::-1]}", ("backwards",)),
    "in two variables": ("A=Tr0mbone-ki\nB=wi/49+Xq\n", ("pieces",)),
    "base64": (f"DB={b64(SECRET)}", ("base64",)),
    "url-safe base64": (f"DB={base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip('=')}", ("base64",)),
    "base64 of the script": (b64(SCRIPT), ("base64",)),
    "base64 behind one byte": (b64(b"\xff" * 40 + SECRET.encode()), ("base64",)),
    "base64 behind two": (b64(b"\xff" * 41 + SECRET.encode() + b"\xfe" * 9), ("base64",)),
    "base64 in lines": (base64.encodebytes((SCRIPT * 8).encode()).decode(), ("base64",)),
    "base64 twice": (b64(b64(SCRIPT)), ("base64", "base64")),
    "gzip": (b64(gzip.compress(SCRIPT.encode(), mtime=0)), ("base64", "gzip")),
    "powershell": (f"powershell -EncodedCommand {powershell('$p = ' + chr(39) + SECRET + chr(39))}", ("base64",)),
    "hexadecimal": (f"DB={SECRET.encode().hex()}", ("hexadecimal",)),
    "capital hexadecimal": (f"DB={SECRET.encode().hex().upper()}", ("hexadecimal",)),
    "hexadecimal escapes": ("DB='" + "".join(f"\\x{byte:02x}" for byte in SECRET.encode()) + "'", ("escapes",)),
    "unicode escapes": ("DB='" + "".join(f"\\u{ord(letter):04x}" for letter in SECRET) + "'", ("escapes",)),
    "octal escapes": ("printf '" + "".join(f"\\{byte:03o}" for byte in SECRET.encode()) + "'", ("escapes",)),
    "JSON": (json.dumps({"source": [f'db = "{SECRET}"\n']}), ()),
    "JSON with a slash escaped": (json.dumps(SECRET).replace("/", "\\/"), ("escapes",)),
    "URL encoding": (f"https://db.example/?p={quote(SECRET, safe='')}", ("URL encoding",)),
    "URL encoding of all": ("p=" + "".join(f"%{byte:02X}" for byte in SECRET.encode()), ("URL encoding",)),
}


@pytest.mark.parametrize(("text", "hidden"), WAYS.values(), ids=WAYS.keys())
def test_a_planted_value_is_found_however_it_is_written(text, hidden):
    (found,) = find_secrets(text, PLANTED, patterns=False).planted
    assert (found.kind, found.certain, found.hidden) == ("database password", True, hidden)
    assert found.masked == "Tr0m… (19 characters)"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing",
        SECRET[:-1],
        SECRET.lower(),
        "Tr0mbone and kiwi/49+Xq",
        "Tr0mbone-kiwi",
        codecs.encode(SECRET, "rot13"),
    ],
)
def test_what_is_not_the_value_is_not_found(text):
    assert not find_secrets(text, PLANTED, patterns=False)


def test_the_place_is_that_in_the_first_text():
    (found,) = find_secrets(f"one\ntwo {SECRET}\n", PLANTED, patterns=False).found
    assert (found.line, found.column) == (2, 5)
    (found,) = find_secrets(f"one\ntwo\n  x={b64(SCRIPT)}\n", PLANTED, patterns=False).found
    assert (found.line, found.column) == (3, 35), "the part of the base64 that is the value"
    (found,) = find_secrets(f"one\n  x={b64(gzip.compress(SCRIPT.encode()))}\n", PLANTED, patterns=False).found
    assert (found.line, found.column) == (2, 5), "the whole run, where only that can be told"
    (found,) = find_secrets('a = "x" + "y"\nb = "Tr0mbone" + "-kiwi/49+Xq"', PLANTED, patterns=False).found
    assert (found.line, found.column) == (2, 6)


def test_a_value_is_told_once_and_several_values_each():
    text = f"{SECRET} {SECRET} {b64(SECRET)} other-secret"
    found = find_secrets(text, {**PLANTED, "other": "other-secret"}, patterns=False)
    assert [one.kind for one in found.found] == ["database password", "other"]


def test_values_that_would_be_found_everywhere_are_refused():
    with pytest.raises(ValueError, match="'pin' needs at least 6 characters"):
        find_secrets("text", {"pin": "12345"})


PATTERNS = {
    "AWS Access Key": ("aws_access_key_id = AKIAQ3EGRJ7XEXLMPO4T", "AKIAQ3EGRJ7XEXLMPO4T"),
    "Private Key": ("-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7b", "BEGIN RSA PRIVATE KEY"),
    "GitHub Token": ("token: ghp_" + "a1B2c3D4e5" * 3 + "f6G7h8", "ghp_a1B2c3"),
    "JSON Web Token": (
        "Authorization: Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0."
        "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
        "eyJhbGci",
    ),
    "Basic Auth Credentials": ("DATABASE_URL=postgres://shop:gh7kf83jd2@db.internal/shop", "gh7kf83jd2"),
    "Secret Keyword": ("DB_PASSWORD=kX93ndkq20dmW", "kX93ndkq20dmW"),
    "Slack Token": ("SLACK=xoxb-" + "23423423423-2342342342-" + "k" * 24, "xoxb-23"),
}


@pytest.mark.parametrize("kind", PATTERNS)
def test_patterns_tell_what_looks_like_a_secret(kind):
    text, secret = PATTERNS[kind]
    found = find_secrets("#!/bin/bash\n" + text + "\n")
    assert kind in {one.kind for one in found.suspected} and not found.planted
    assert all(one.line == 2 for one in found.found)
    assert secret not in str(found) and "looks like a secret" in found.because
    assert kind in {one.kind for one in find_secrets(b64("#!/bin/bash\n" + text + "\n")).suspected}


@pytest.mark.parametrize(
    "text",
    [
        "export DB_PASSWORD=$(aws secretsmanager get-secret-value --secret-id shop/db --query SecretString)",
        "export DB_PASSWORD=${DB_PASSWORD}",
        "password = os.environ['DB_PASSWORD']",
        "password: '{{resolve:secretsmanager:shop/db:SecretString:password}}'",
        "DB_SECRET=arn:aws:secretsmanager:us-east-1:111122223333:secret:shop/db-a1b2c3",
        "password = changeme",
        "password = <your-password>",
        "aws_access_key_id = AKIAIOSFODNN7EXAMPLE",
        "token = xxxxxxxxxxxx",
        "#!/bin/bash\nyum install -y nginx\nsystemctl enable --now nginx\n",
        "instance-id: 6f1c9a6e-3c1b-4c0a-9a55-0d3d1c7a52f1",
        "https://shop.example.com/products?id=4711",
    ],
)
def test_references_and_placeholders_are_no_secrets(text):
    assert not find_secrets(text), find_secrets(text).because


def test_fields_of_a_document_are_told_by_their_path():
    function = {
        "FunctionName": "orders",
        "Environment": {"Variables": {"TABLE": "orders", "DB_PASSWORD": "kX93ndkq20dmW", "PLAIN": SECRET}},
        "Layers": [{"Arn": "arn:aws:lambda:us-east-1:111122223333:layer:x:1"}],
    }
    found = find_secrets_in(function, PLANTED)
    assert [(one.path, one.certain) for one in found.found] == [
        ("Environment.Variables.DB_PASSWORD", False),
        ("Environment.Variables.PLAIN", True),
    ]
    assert str(found.planted[0]) == "database password Tr0m… (19 characters) at Environment.Variables.PLAIN"


def test_a_value_spread_over_fields_is_found():
    (found,) = find_secrets_in({"A": "Tr0mbone-ki", "B": ["wi/49+Xq"]}, PLANTED, patterns=False).planted
    assert (found.path, found.hidden) == ("several fields", ("pieces",))


def test_a_key_may_be_the_secret():
    assert find_secrets_in({"Tags": {SECRET: "x"}}, PLANTED, patterns=False).planted


def test_a_notebook_is_searched():
    notebook = {"cells": [{"cell_type": "code", "source": ["import boto3\n", f"key = '{SECRET}'\n"]}]}
    assert find_secrets(json.dumps(notebook), PLANTED).planted
    (found,) = find_secrets_in(notebook, PLANTED).planted
    assert found.path == "cells[0].source[1]"


def test_the_explanation_is_a_sentence_and_data():
    explained = find_secrets(SCRIPT, PLANTED).explain()
    assert explained.sentence == "It holds the database password Tr0m… (19 characters) at line 2, column 11"
    assert SECRET not in json.dumps(explained.data)
    assert find_secrets("nothing").because == "Nothing in it is a planted value or looks like a secret"


letters = st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="'\"`\\\x7f%")
secrets = st.text(letters, min_size=10, max_size=40).filter(lambda text: len(set(text)) > 6)
ENCODINGS = (
    lambda text: text,
    lambda text: b64(text),
    lambda text: b64(f"x={text}\n"),
    lambda text: text.encode().hex(),
    lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    lambda text: "'" + text[:5] + "' + '" + text[5:] + "'",
    lambda text: b64(gzip.compress(text.encode())),
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(secrets, st.sampled_from(ENCODINGS), st.text(st.sampled_from("abc =\n:;"), max_size=60), st.integers(0, 2))
def test_any_value_is_found_in_any_encoding_and_never_echoed(secret, encode, before, more):
    text = f"{before} {encode(secret)} \n{before}"
    found = find_secrets(text, {"it": secret}, patterns=more == 0)
    assert found.planted
    assert secret not in str(found) and secret not in found.because


HOSTILE = {
    "one long word": "a" * 131_072,
    "quotes": '"' * 131_072,
    "quote and spaces": ('"' + " " * 60) * 4_000,
    "assignments": "password=" * 29_000,
    "keywords and spaces": ("password" + " " * 90) * 2_600,
    "backslashes": "\\" * 131_072,
    "percents": "%41" * 87_000,
    "base64 within": b64(b64(b64("A" * 100_000)))[:131_072],
    "base64 lines": ("QUJD" * 19 + "\n") * 3_400,
    "almost base64 lines": ("QUJD" * 19 + "!\n") * 3_300,
    "a bomb": b64(gzip.compress(b"password=x\n" * 10**6)),
    "many lines": "\n" * 131_072,
    "hexadecimal": "61" * 131_072,
    "aws and spaces": ("aws" + "key " * 20) * 3_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_texts_take_no_longer(text):
    find_secrets("warm = 'up'")
    started = time.process_time()
    find_secrets(text[:131_072], PLANTED)
    assert time.process_time() - started < 0.4  # 0.1 where nothing else runs


def test_what_patterns_do_not_read_is_told_and_planted_values_are_found_all_the_same():
    late = "x\n" * 10_240 + "DB_PASSWORD=kX93ndkq20dmW\n"
    found = find_secrets(late)
    assert not found and found.unread and "too long" in found.because and found.explain().data["unread"]
    assert not find_secrets("x\n" * 10_240).unread
    assert find_secrets(late[-20_480:]).suspected
    assert find_secrets(late + SECRET, PLANTED).planted
    assert not find_secrets(late, PLANTED, patterns=False).unread
    assert find_secrets_in({"A": "x\n" * 10_241}).unread
    assert find_secrets_in({"A": "x" * 20_471, "DB_PASSWORD": "kX93ndkq20dmW"}).unread


def test_large_and_deep_documents_are_refused():
    with pytest.raises(Malformed, match="131072"):
        find_secrets("x" * 131_073)
    with pytest.raises(Malformed, match="131072"):
        find_secrets_in({"a": "x" * 100_000, "b": "y" * 100_000})
    deep = "x"
    for _ in range(1_000):
        deep = [deep]
    with pytest.raises(Malformed, match="nested too deeply"):
        find_secrets_in({"a": deep})
    with pytest.raises(Malformed, match="must be a text"):
        find_secrets(7)
