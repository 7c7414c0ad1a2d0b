"""Two names for one thing: the id that the front knows, and the one that the server gave this time.

A server draws its ids as it likes. Each id that a write's answer brings for the first time is given a name that follows
from the variant, the write's number and the id's place in the answer, of the same length and kind; requests and answers
are rewritten between the two. So a journal that is applied to another account finds its resources again.

Names of buckets are one space for all accounts: on the server each carries a mark of its account. The account's id is
random there, and the variant's towards the front.
"""

import hashlib
import re
import secrets
from collections.abc import Iterator

MAX_BUCKET = 63
HEX, CAPITALS, LETTERS = "0123456789abcdef", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "abcdefghijklmnopqrstuvwxyz0123456789"
SECRET_TAIL = 6  # no other id ends in so few
TOKEN = re.compile(rb"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
ACCOUNT = re.compile(rb"(?<![0-9])[0-9]{12}(?![0-9])")
# what servers draw: EC2's and its like's ids, UUIDs, IAM's ids and keys, hosted zones, the end of a secret's ARN
DRAWN = re.compile(
    rb"(?<![A-Za-z0-9-])[a-z]+(?:-[a-z]+)*-[0-9a-f]{8,40}(?![A-Za-z0-9-])"
    rb"|(?<![A-Za-z0-9-])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![A-Za-z0-9-])"
    rb"|(?<![A-Za-z0-9])(?:A[A-Z0-9]{3}|L[KS]IA)[A-Z0-9]{16,17}(?![A-Za-z0-9])"
    rb"|(?<=<UserId>)[a-z0-9]{20}(?=<)"
    rb"|(?<=hostedzone/)[A-Z0-9]{8,32}"
    rb"|(?<=:secret:)[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}(?![A-Za-z0-9-])"
)
# AWS's beginnings of IAM's ids (IAM User Guide, "IAM identifiers")
KINDS = ("AIDA", "AROA", "AKIA", "ASIA", "AGPA", "ANPA", "ANVA", "AIPA", "APKA", "ASCA")
REQUEST_ID = re.compile(rb"<(RequestId|requestId|HostId)>[^<]*<|\"(?:RequestId|requestId)\":\s*\"[^\"]*\"")
BUCKET = rb"[a-z0-9][a-z0-9.-]{2,62}"
BUCKET_ARN = re.compile(rb"(arn:aws[a-z-]*:s3:::)(" + BUCKET + rb")(?![A-Za-z0-9.*?$-])")
BUCKET_FIELD = re.compile(rb"(<\w*Bucket(?:Name)?>|\"\w*[bB]ucket(?:Name)?\"\s*:\s*\")(" + BUCKET + rb")(?=<|\")")


class Names:
    """The names of one account. `variant` decides what its ids are called."""

    def __init__(self, variant: str, account: str) -> None:
        self._variant = variant
        self.account = account
        self.real_account = _account()
        self._mark = "-" + "".join(secrets.choice(LETTERS) for _ in range(8))
        self._real: dict[bytes, bytes] = {}
        self._called: dict[bytes, bytes] = {}
        self._long: dict[str, str] = {}
        self.pair(account.encode(), self.real_account.encode())

    def pair(self, called: bytes, real: bytes) -> None:
        """Remember that what the front calls `called` is `real` on the server."""
        self._real[called] = real
        self._called[real] = called

    def learn(self, answer: bytes, asked: bytes, seed: str) -> None:
        """Name what a write's answer brings for the first time; what the request itself said is nobody's draw."""
        numbers = 0
        for found in DRAWN.finditer(REQUEST_ID.sub(b"", answer)):
            real = TOKEN.findall(found[0])[-1]  # a secret's name may have several parts
            if real in self._called or real in self._real or real in asked:
                continue
            numbers += 1
            self.pair(self._draw(real, f"{seed}:{numbers}"), real)

    def drawn_secret(self, real: bytes, seed: str) -> bytes:
        """A secret in place of one that the server drew, so that it is the same whenever the journal is replayed."""
        letters = self._letters(f"{seed}:secret", LETTERS + LETTERS.upper())
        return "".join(next(letters) for _ in range(len(real))).encode()

    def real(self, text: bytes) -> bytes:
        """Text of a request as the server must read it."""
        text = BUCKET_ARN.sub(lambda found: found[1] + self._real_bucket(found[2]), text)
        text = BUCKET_FIELD.sub(lambda found: found[1] + self._real_bucket(found[2]), text)
        return self._exchanged(text, self._real)

    def called(self, text: bytes) -> bytes:
        """Text of an answer as the front must read it."""
        for long, short in self._long.items():
            text = text.replace(long.encode(), short.encode())
        return self._exchanged(text.replace(self._mark.encode(), b""), self._called)

    def real_bucket(self, name: str) -> str:
        """A bucket's name on the server. Names that S3 would refuse are left, so that it does."""
        if len(name) < 3 or len(name) > MAX_BUCKET or name.endswith(self._mark):
            return name
        if len(name) + len(self._mark) <= MAX_BUCKET:
            return name + self._mark
        digest = hashlib.sha256(name.encode()).hexdigest()[:10]
        real = f"{name[: MAX_BUCKET - 11 - len(self._mark)]}-{digest}{self._mark}"
        self._long[real] = name
        return real

    def real_account_of(self, called: str) -> str:
        """The account on the server; another one than the attempt's own is drawn when it is first asked for."""
        if called.encode() not in self._real:
            self.pair(called.encode(), _account().encode())
        return self.real_id(called)

    def real_id(self, called: str) -> str:
        return self._real.get(called.encode(), called.encode()).decode()

    def _real_bucket(self, name: bytes) -> bytes:
        return self.real_bucket(name.decode()).encode()

    def _exchanged(self, text: bytes, names: dict[bytes, bytes]) -> bytes:
        def other(found: "re.Match[bytes]") -> bytes:
            return names.get(found[0], found[0])

        text = ACCOUNT.sub(other, text)
        return TOKEN.sub(other, text) if len(names) > 1 else text

    def _draw(self, real: bytes, seed: str) -> bytes:
        head, tail = _split(real.decode())
        letters = self._letters(seed, _alphabet(tail))
        while True:
            called = (head + "".join("-" if letter == "-" else next(letters) for letter in tail)).encode()
            if called not in self._real and called not in self._called:
                return called

    def _letters(self, seed: str, alphabet: str) -> Iterator[str]:
        number = 0
        while True:
            for byte in hashlib.sha256(f"{self._variant}|{seed}|{number}".encode()).digest():
                yield alphabet[byte % len(alphabet)]
            number += 1


def _alphabet(tail: str) -> str:
    """Of an id's kind, not of the letters that were drawn this time: those of a secret's ARN may all be capitals."""
    if len(tail) == SECRET_TAIL:
        return LETTERS
    return HEX if set(tail) <= set(HEX + "-") else CAPITALS if tail.upper() == tail else LETTERS


def _account() -> str:
    return "".join(secrets.choice("123456789") for _ in range(12))


def _split(real: str) -> tuple[str, str]:
    """What stays of an id, and what is drawn."""
    if re.fullmatch(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z0-9]{20}", real):
        return "", real
    if "-" in real:
        head, _, tail = real.rpartition("-")
        return f"{head}-", tail
    if real.startswith(("LKIA", "LSIA")):  # LocalStack's own beginning of a key's id
        return f"A{real[1:4]}", real[4:]
    return (real[:4], real[4:]) if real.startswith(KINDS) else (real[:1], real[1:])
