"""Signatures of journals: what they prove, and that nothing else passes for one."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardenlab.journal.signed import draw_key, public_key, sign, verify
from hardenlab.model.problem import JournalProblem, UsageProblem

KEY = draw_key()
PUBLIC = public_key(KEY)
JOURNAL = b'{"n":0,"kind":"header"}\n{"n":1,"kind":"call"}\n'
SECTION = "m0-orientation/1-start"


def signature(**changes):
    """ADA's signature with fields changed afterwards."""
    return json.dumps(json.loads(sign(KEY, JOURNAL, "ada", SECTION, 1_790_000_000)) | changes).encode()


def test_a_signature_says_whose_it_is_and_when_it_was_made():
    signed = verify(PUBLIC, JOURNAL, signature(), "ada", SECTION)
    assert (signed.learner, signed.section, signed.time) == ("ada", SECTION, 1_790_000_000)


@given(st.binary(max_size=200))
def test_no_other_bytes_pass(content):
    if content != JOURNAL:
        with pytest.raises(JournalProblem, match="not the one that the classroom signed"):
            verify(PUBLIC, content, signature(), "ada", SECTION)


def test_a_journal_that_was_signed_for_another_is_not_taken():
    with pytest.raises(JournalProblem, match="signed for 'ada', not for 'bob'"):
        verify(PUBLIC, JOURNAL, signature(), "bob", SECTION)
    with pytest.raises(JournalProblem, match="signed for the section"):
        verify(PUBLIC, JOURNAL, signature(), "ada", "m3-network/1-perimeter")


@pytest.mark.parametrize("changes", [{"learner": "bob"}, {"section": "x/y"}, {"time": 1.0}, {"sha256": "0" * 64}])
def test_every_field_is_signed(changes):
    with pytest.raises(JournalProblem, match="not made by the classroom"):
        verify(PUBLIC, JOURNAL, signature(**changes), changes.get("learner", "ada"), changes.get("section", SECTION))


def test_another_key_does_not_pass():
    forged = sign(draw_key(), JOURNAL, "ada", SECTION)
    with pytest.raises(JournalProblem, match="not made by the classroom"):
        verify(PUBLIC, JOURNAL, forged, "ada", SECTION)


@pytest.mark.parametrize(
    "broken",
    [
        b"", b"[]", b"null", b"{}", b"[" * 4_000, b"\xff", b"9" * 5_000, signature(extra=1), signature(signature="?"),
        signature(signature=1), signature(learner=None), signature(time="now"), signature(time=True)[:-9],
        signature(signature=base64.b64encode(b"short").decode()),
    ],
    ids=map(str, range(13)),  # the key is drawn anew in every process, and workers must collect equal names
)  # fmt: skip
def test_what_is_no_signature_gets_a_sentence(broken):
    with pytest.raises(JournalProblem, match="signature"):
        verify(PUBLIC, JOURNAL, broken, "ada", SECTION)


@pytest.mark.parametrize(
    "text", ["", "ada", "A" * 43, PUBLIC[:-1], "\N{SNOWMAN}"], ids=["nothing", "name", "long", "cut off", "snowman"]
)
def test_what_is_no_public_key_is_told(text):
    with pytest.raises(UsageProblem, match="no classroom's public key"):
        verify(text, JOURNAL, signature(), "ada", SECTION)
