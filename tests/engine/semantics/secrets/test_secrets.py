"""Secrets in text: what is planted is found however it is written, what looks like one is told as such."""

import base64
import codecs
import gzip
import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardenlab.semantics.secrets import find_secrets, find_secrets_in
from hardenlab.semantics.secrets.layers import Budget, Layer, joined, layers

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


@pytest.mark.parametrize("way", [way for way, (_, hidden) in WAYS.items() if len(hidden) < 2])
def test_a_text_may_begin_with_the_value(way):
    text, hidden = WAYS[way]
    begins = {
        (): SECRET,
        ("joined pieces",): 'Tr0mbone" + "-kiwi/49+Xq',
        ("backwards",): SECRET[::-1],
        ("pieces",): "Tr0mbone-ki\nwi/49+Xq",
        ("base64",): b64(SECRET),
        ("hexadecimal",): SECRET.encode().hex(),
    }
    for written in (begins.get(hidden, text),):
        (found,) = find_secrets(written, PLANTED, patterns=False).planted
        assert hidden not in begins or (found.line, found.column, found.hidden) == (1, 1, hidden)


@pytest.mark.parametrize("length", [6, 7, 8, 12, 13, 14])
@pytest.mark.parametrize("before", range(4))
def test_base64_holds_the_value_wherever_it_stands_and_nothing_like_it(before, length):
    """RFC 4648, section 4: three bytes make four characters, so that a value has three spellings."""
    value = "q/?kiwi>49+Xqz"[:length]
    shift, around = before % 3, b"\xff" * 39

    def held(value):
        return base64.b64encode(around + b"\xff" * before + value.encode() + around).decode()

    for text in (held(value), held(value).replace("+", "-").replace("/", "_")):
        (found,) = find_secrets(text, {"it": value}, patterns=False).planted
        assert found.hidden == ("base64",)
    near = [f"p{value[1:]}", f"{value[:-1]}!"]
    near += [f"a{value[1:]}", f"Q{value[1:]}"] if shift == 0 else []
    near += [f"{value[:-1]}{chr(ord(value[-1]) ^ 1)}"] if (shift + length) % 3 == 0 else []
    for like in near:
        assert not find_secrets(held(like), {"it": value}, patterns=False), like


def test_a_run_of_base64_or_hexadecimal_may_have_a_character_too_many():
    script = b64("user=shop and no secret at all")
    for text in (script, script + "A", script + "AB", script + "="):
        assert "user=shop" in "".join(layer.text for layer in list(layers(text, Budget()))[1:]), text
    odd = SCRIPT.encode().hex() + "6"
    assert [layer.text for layer in list(layers(odd, Budget()))[1:]] == [SCRIPT]


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
    assert explained.data == {
        "found": [
            {
                "kind": "database password",
                "certain": True,
                "line": 2,
                "column": 11,
                "masked": "Tr0m… (19 characters)",
                "hidden": [],
                "path": "",
            }
        ],
        "unread": False,
    }
    assert find_secrets("nothing").because == "Nothing in it is a planted value or looks like a secret"


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        ("hunter", "h… (6 characters)"),
        ("hunter22", "hu… (8 characters)"),
        (SECRET, "Tr0m… (19 characters)"),
        (SECRET * 2, "Tr0m… (38 characters)"),
    ],
)
def test_no_more_than_a_quarter_of_a_value_is_shown(secret, shown):
    (found,) = find_secrets(secret, {"it": secret}, patterns=False).found
    assert found.masked == shown


def test_pieces_that_are_joined_keep_their_places():
    whole = joined(Layer('x = "ab" + "cd" + "ef"'))
    assert whole.text == 'x = "abcdef"'
    assert [whole.origin(at) for at in (0, 5, 7, 9, 11)] == [0, 5, 12, 19, 21]


@pytest.mark.parametrize(
    ("written", "hidden", "column"),
    [
        (b64(SECRET.encode() + b"\xff" * 40), ("base64",), 1),
        (SECRET.encode().hex() + "ff" * 40, ("hexadecimal",), 1),
        ("ff" * 40 + SECRET.encode().hex(), ("hexadecimal",), 81),
        ("f" + SECRET.encode().hex().upper(), ("hexadecimal",), 2),
    ],
)
def test_a_value_is_found_among_bytes_that_are_no_text(written, hidden, column):
    (found,) = find_secrets(written, PLANTED, patterns=False).planted
    assert (found.hidden, found.column) == (hidden, column)


@pytest.mark.parametrize(("sign", "escaped"), [("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r"), ('"', '\\"')])
def test_escapes_of_one_letter_are_read(sign, escaped):
    value = f"kiwi{sign}Tr0mbone"
    (found,) = find_secrets(f"x kiwi{escaped}Tr0mbone y", {"it": value}, patterns=False).planted
    assert (found.hidden, found.column) == (("escapes",), 3)


def test_several_findings_are_told_by_the_certain_one():
    found = find_secrets(f"password = kX93ndkq20dmW\nexport DB={quote(SECRET, safe='')}", PLANTED)
    assert [one.certain for one in found.found] == [False, True]
    told = "It holds the database password Tr0m… (19 characters) in URL encoding at line 2, column 8, and 1 more"
    assert found.because == told
    (packed,) = find_secrets(b64(gzip.compress(SECRET.encode())), PLANTED, patterns=False).found
    assert str(packed) == "database password Tr0m… (19 characters) in gzip in base64 at line 1, column 1"


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
