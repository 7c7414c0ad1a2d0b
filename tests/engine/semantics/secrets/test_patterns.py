"""What looks like a secret: which text, under which name, where it stands; what only refers to one does not.

The patterns are the library's; the texts are of the shapes that the issuers document (IAM User Guide, "Understand IAM
unique identifiers" for AKIA; GitHub Docs, "Token formats"; RFC 7519; RFC 7468; RFC 3986 for passwords in an address).
"""

import base64

import pytest

from hardenlab.semantics.secrets import find_secrets, find_secrets_in
from hardenlab.semantics.secrets.detectors import suspects

KEY = "AKIAQ3EGRJ7XEXLMPO4T"
LONG_KEY = "wJalrXUtnFEMI7K7MDENGbPxRfiCYzzq9aT3xQ2m"
BASE64 = "Zm9vYmFyLXF1dXgtMTIzNDU2Nzg5MEFiQ2RlRmdI"
PEM = "BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7b"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjg"
HEX = "8f14e45fceea167a5a36"


def b64(text):
    return base64.b64encode(text.encode()).decode()


def told(text):
    return [(kind, secret) for kind, secret, _ in suspects(text)]


PATTERNS = [
    ("AWS Access Key", f"aws_access_key_id = {KEY}", KEY),
    ("AWS Access Key", f"aws_secret_access_key = {LONG_KEY}", LONG_KEY),
    ("AWS Access Key", f"echo {KEY}", KEY),
    ("Private Key", f"-----{PEM}", PEM),
    ("Private Key", "PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none", "PuTTY-User-Key-File-2: ssh-rsa\nEncryption:"),
    ("GitHub Token", "token: ghp_" + "a1B2c3D4e5" * 3 + "f6G7h8", "ghp_" + "a1B2c3D4e5" * 3 + "f6G7h8"),
    ("JSON Web Token", f"Bearer {JWT}", JWT),
    ("Basic Auth Credentials", "DATABASE_URL=postgres://shop:gh7kf83jd2@db.internal/shop", "gh7kf83jd2"),
    ("Basic Auth Credentials", "DATABASE_URL=postgres://shop:gh7kf8@db.internal/shop", "gh7kf8"),
    ("Secret Keyword", "DB_PASSWORD=kX93ndkq20dmW", "kX93ndkq20dmW"),
    ("Secret Keyword", "DB_PASSWORD = kX93ndkq20dmW;", "kX93ndkq20dmW"),
    ("Secret Keyword", "password: 'kX93nd'", "kX93nd"),
    ("Secret Keyword", 'data.put("password", "kX93nd")', "kX93nd"),
    ("Secret Keyword", 'password => "kX93ndkq20dmW"', "kX93ndkq20dmW"),
    ("Slack Token", "SLACK=xoxb-23423423423-2342342342-" + "k" * 24, "xoxb-23423423423-2342342342-" + "k" * 24),
    ("Base64 High Entropy String", f"value = '{BASE64}'", BASE64),
    ("Hex High Entropy String", f'value = "{HEX}"', HEX),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "secret"), PATTERNS, ids=[f"{kind}: {text}" for kind, text, _ in PATTERNS])
def test_the_secret_is_told_under_its_name(kind, text, secret):
    assert (kind, secret) in told(text)
    assert told(f"#!/bin/bash\n\n{text}\n")[0][0] in (kind, told(text)[0][0])
    (place,) = {at for name, found, at in suspects(f"a line\n{text}") if (name, found) == (kind, secret)}
    assert place == f"a line\n{text}".index(secret)


@pytest.mark.parametrize(("kind", "text", "secret"), PATTERNS, ids=[f"{kind}: {text}" for kind, text, _ in PATTERNS])
def test_the_secret_is_never_echoed(kind, text, secret):
    found = find_secrets("#!/bin/bash\n" + text + "\n")
    assert found.suspected and not found.planted and found.found[0].line == 2
    assert secret not in str(found) and "looks like a secret" in found.because


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
        "password = kX93n",
        "DATABASE_URL=postgres://shop:gh7kf@db.internal/shop",
        "aws_access_key_id = AKIAIOSFODNN7EXAMPLE",
        "token = xxxxxxxxxxxx",
        "#!/bin/bash\nyum install -y nginx\nsystemctl enable --now nginx\n",
        "instance-id: 6f1c9a6e-3c1b-4c0a-9a55-0d3d1c7a52f1",
        "https://shop.example.com/products?id=4711",
        f"value = '{BASE64[:19]}'",
        f"value = '{HEX[:19]}'",
        f"value = '{'ab' * 20}'",
        "value = '11111111111111112222222222222222'",
    ],
)
def test_references_placeholders_and_plain_words_are_no_secrets(text):
    assert not find_secrets(text), find_secrets(text).because


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        # the same value, or a part of it, is told once, under the first of its names
        (f"aws_access_key_id = '{KEY}'", ["AWS Access Key"]),
        ("DB_PASSWORD=postgres://shop:gh7kf83jd2@db.internal/shop", ["Basic Auth Credentials"]),
        (f"password = '{BASE64}'\ntoken = '{BASE64[:24]}'", ["Base64 High Entropy String"]),
        (f"token = 'kX93ndkq20dmW'\npassword = 'kX93ndkq20dmW'\nkey = '{KEY}'", ["Secret Keyword", "AWS Access Key"]),
    ],
)
def test_a_value_is_told_once(text, kinds):
    assert [one.kind for one in find_secrets(text).found] == kinds


def test_a_planted_value_is_not_suspected_as_well():
    found = find_secrets(f"aws_access_key_id = '{KEY}'", {"the key": KEY})
    assert [one.kind for one in found.found] == ["the key"]
    assert [one.kind for one in find_secrets(f"password = '{KEY}-and-more'", {"the key": KEY}).found] == ["the key"]


def test_what_is_encoded_is_read_by_the_patterns_too():
    for kind, text, _ in PATTERNS:
        suspected = {one.kind for one in find_secrets(b64(f"#!/bin/bash\n{text}\n")).suspected}
        assert (kind in suspected) is ("Entropy" not in kind), "much entropy means little in what is decoded"


def test_decoded_bytes_that_are_no_text_are_not_read():
    plain, noise = b"DB_PASSWORD=kX93ndkq20dmW\n", b"\xfe\xff" * 20
    assert find_secrets(base64.b64encode(plain * 2).decode()).suspected
    assert find_secrets(base64.b64encode(plain * 2 + b"\xff").decode()).suspected
    assert not find_secrets(base64.b64encode(plain + noise).decode())


@pytest.mark.parametrize("before", [0, 1, 700, 790, 800, 801, 990, 999, 1_600, 2_345])
def test_a_secret_is_found_anywhere_in_a_long_line(before):
    line = "-" * before + f" {KEY} " + "-" * 3_000
    (found,) = find_secrets(f"first\n{line}").suspected
    assert (found.kind, found.line, found.column) == ("AWS Access Key", 2, before + 2)


def test_a_secret_as_long_as_the_windows_have_in_common_is_found_whole():
    token = "eyJ" + "x" * 196 + ".y"
    line = " " * 800 + token + " " * 1_000
    assert ("JSON Web Token", token) in told(line)


def test_a_password_with_many_blanks_has_a_place():
    (found,) = find_secrets('\npassword = "kX93nd      kq20dmW"').suspected
    assert (found.line, found.column) == (2, 13)


def test_a_pair_of_a_document_reads_as_an_assignment():
    found = find_secrets_in({"DB_PASSWORD": "kX93ndkq20dmW", "TABLE": "kX93ndkq20dmW-orders"})
    assert [(one.kind, one.path, one.column) for one in found.found] == [("Secret Keyword", "DB_PASSWORD", 1)]
    assert not find_secrets_in({"DB_PASSWORD": "kX93ndkq20dmW"}, patterns=False)
    many = find_secrets_in({"user data": f"#!/bin/bash\n  echo {KEY}\n"})
    assert [(one.path, one.line, one.column) for one in many.found] == [("user data", 2, 8)]
    said = find_secrets_in({"password": f'say "{KEY}"'})
    assert [(one.kind, one.column) for one in said.found] == [("AWS Access Key", 6)]
    listed = find_secrets_in({"password": ["kX93ndkq20dmW"]})
    assert [(one.path, one.column) for one in listed.found] == [("password[0]", 1)]


def test_a_key_of_a_document_is_told_once():
    found = find_secrets_in({"Tags": {KEY: "x"}}, {"it": KEY})
    assert [(one.kind, one.path) for one in found.found] == [("it", f"Tags.{KEY}")]
