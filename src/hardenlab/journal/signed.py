"""Signatures of journals: who keeps a journal out of the learner's hands says so, and of whom it is.

Ed25519 (RFC 8032), detached: the journal's bytes stay what they are. What is signed is the learner, the section, the
moment and the SHA-256 of the bytes.
"""

import base64
import hashlib
import json
import time
from dataclasses import asdict, dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from hardenlab.model.problem import JournalProblem, UsageProblem

CONTEXT = b"hardenlab journal 1\n"
MOST_BYTES = 4_096


@dataclass(frozen=True)
class Signed:
    """What a signature says: whose journal of which section it is, when it was signed (seconds since 1970, UTC), and
    the SHA-256 of its bytes in hexadecimal digits."""

    learner: str
    section: str
    time: float
    sha256: str

    def message(self) -> bytes:
        """The bytes that are signed."""
        return CONTEXT + json.dumps(asdict(self), sort_keys=True, separators=(",", ":")).encode()


def draw_key() -> bytes:
    """A new private key: 32 bytes."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())


def public_key(private: bytes) -> str:
    """What verifies the signatures of a private key, as text of 44 characters (base64)."""
    key = Ed25519PrivateKey.from_private_bytes(private).public_key()
    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def sign(private: bytes, journal: bytes, learner: str, section: str, now: float | None = None) -> bytes:
    """The signature of a journal's bytes, as a file of JSON."""
    moment = round(time.time() if now is None else now, 3)
    signed = Signed(learner, section, moment, hashlib.sha256(journal).hexdigest())
    made = Ed25519PrivateKey.from_private_bytes(private).sign(signed.message())
    return json.dumps(asdict(signed) | {"signature": base64.b64encode(made).decode()}).encode() + b"\n"


def verify(public: str, journal: bytes, signature: bytes, learner: str, section: str) -> Signed:
    """What the signature says. JournalProblem: it is not of this key, these bytes, this learner and this section."""
    signed, made = _read(signature)
    try:
        _loaded(public).verify(made, signed.message())
    except InvalidSignature as error:
        raise JournalProblem(
            "the journal's signature was not made by the classroom of this course. Ask how the journal was made."
        ) from error
    if hashlib.sha256(journal).hexdigest() != signed.sha256:
        raise JournalProblem(
            "the journal is not the one that the classroom signed: it was changed or exchanged afterwards."
        )
    if signed.learner != learner:
        raise JournalProblem(
            f"the journal was signed for '{signed.learner}', not for '{learner}'. Ask whose work it is."
        )
    if signed.section != section:
        raise JournalProblem(f"the journal was signed for the section '{signed.section}', not for '{section}'.")
    return signed


def checked_public_key(public: str) -> str:
    """The text, if it is a public key. UsageProblem: it is not."""
    _loaded(public)
    return public


def _loaded(public: str) -> Ed25519PublicKey:
    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(public, validate=True))
    except (ValueError, TypeError) as error:
        raise UsageProblem(
            f"'{public[:60]}' is no classroom's public key. See: hardenlab classroom key FOLDER."
        ) from error


def _read(signature: bytes) -> tuple[Signed, bytes]:
    try:
        if len(signature) > MOST_BYTES:
            raise ValueError("it is too long")
        data = json.loads(signature)
        made = base64.b64decode(data.pop("signature"), validate=True)
        signed = Signed(**data)
        texts = (signed.learner, signed.section, signed.sha256)
        if not all(isinstance(text, str) for text in texts) or not isinstance(signed.time, int | float):
            raise ValueError("a field has the wrong type")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise JournalProblem("the journal's signature cannot be read: it was damaged or made by hand.") from error
    return signed, made
