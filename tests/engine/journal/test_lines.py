"""Lines and their chained checksum."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardenlab.journal.line import Broken, Line, decode, encode

texts = st.text(max_size=40)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
data = st.dictionaries(texts.filter(lambda key: key not in ("n", "kind", "t", "sum")), values, max_size=4)


@given(data=data, number=st.integers(0, 10**9), previous=st.text("0123456789abcdef", min_size=0, max_size=16))
def test_a_line_comes_back_as_it_was_written(data, number, previous):
    line = Line("call", number, 12.5, data)
    text, checksum = encode(line, previous)
    assert text.count(b"\n") == 1 and text.endswith(b"\n")
    assert decode(text, previous) == (line, checksum)


@given(data=data, at=st.integers(0, 10**6), value=st.integers(0, 255))
def test_a_changed_byte_is_noticed(data, at, value):
    text, _ = encode(Line("call", 3, 1.0, data), "before")
    at %= len(text) - 1
    changed = text[:at] + bytes([value]) + text[at + 1 :]
    if changed != text:
        with pytest.raises(Broken):
            decode(changed, "before")


def test_a_line_after_another_line_than_the_one_it_followed_is_noticed():
    text, _ = encode(Line("call", 3, 1.0), "before")
    with pytest.raises(Broken, match="checksum"):
        decode(text, "other")


@pytest.mark.parametrize(
    "text", [b"", b"\n", b"{}\n", b'{"n":1}\n', b'["sum"]\n', b'{"a":1,"sum":"0000000000000000"}\n']
)
def test_text_that_is_no_line_is_refused(text):
    with pytest.raises(Broken):
        decode(text, "")


def test_a_line_of_an_unknown_kind_is_refused():
    text, _ = encode(Line("marks", 1, 1.0, {"earned": 100}), "")
    with pytest.raises(Broken, match="kind"):
        decode(text, "")
