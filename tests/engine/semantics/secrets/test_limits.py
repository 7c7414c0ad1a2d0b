"""What a search bounds, each bound tried on both sides; a search that leaves something out says so."""

import base64
import gzip
import time
from urllib.parse import quote

import pytest

from hardenlab.semantics.secrets import Malformed, find_secrets, find_secrets_in
from hardenlab.semantics.secrets.layers import Budget, layers

SECRET = "Tr0mbone-kiwi/49+Xq"
PLANTED = {"it": SECRET}


def b64(data):
    return base64.b64encode(data if isinstance(data, bytes) else data.encode()).decode()


def quoted(text, times):
    for _ in range(times):
        text = quote(text, safe="")
    return text


def decoded(text):
    budget = Budget()
    return [layer.text for layer in layers(text, budget)][1:], budget.is_spent


def test_three_layers_are_read():
    (found,) = find_secrets(quoted(SECRET, 3), PLANTED).planted
    assert found.hidden == ("URL encoding",) * 3
    assert not find_secrets(quoted(SECRET, 4), PLANTED)


def test_what_is_decoded_is_bounded_by_its_length():
    assert decoded("%41" + "!" * (131_072 - 1)) == (["A" + "!" * (131_072 - 1)], False)
    assert decoded("%41" + "!" * 131_072) == ([], True)


def test_what_is_decoded_is_bounded_by_its_number():
    assert decoded("%41 " * 500) == (["A"] * 500, False)
    assert decoded("%41 " * (500 + 1)) == (["A"] * 500, True)


def test_a_secret_behind_too_many_layers_is_not_called_clean():
    behind = "%41 " * 500 + quoted(SECRET, 2)
    found = find_secrets(behind, PLANTED, patterns=False)
    assert not found and found.unread
    fields = {f"V{number}": "%41 " * 25 for number in range(21)}
    assert find_secrets_in(fields, PLANTED, patterns=False).unread, "the fields of a document have one budget"
    assert not find_secrets_in(fields | {"V0": ""}, PLANTED, patterns=False).unread


def test_what_is_decoded_must_be_text_for_the_most_part():
    for text, is_read in (("x" * 19 + "\1", True), ("x" * 18 + "\1\1", False), ("x\0" + "x" * 58, True)):
        assert decoded(b64(text))[0] == ([text] if is_read else [])


def test_a_packed_text_may_repeat_what_stands_far_before():
    """RFC 1951: a distance may be 32,768 bytes."""
    text = "".join(chr(33 + number * number % 89 + number % 5) for number in range(20_000)) * 2
    assert decoded(b64(gzip.compress(text.encode())))[0][0] == text


def test_a_bomb_is_unpacked_to_its_bound_and_no_further():
    assert decoded(b64(gzip.compress(b"x" * 131_072))) == (["x" * 131_072], False)
    (read,), _ = decoded(b64(gzip.compress(b"x" * (131_072 + 1))))
    assert len(read) == 131_072


@pytest.mark.parametrize(("parts", "length", "found"), [(4, 8, True), (5, 8, False), (2, 7, False), (2, 8, True)])
def test_a_value_is_found_in_four_pieces_of_eight(parts, length, found):
    value = "".join(chr(33 + number) for number in range(parts * length))
    text = "\n".join(value[at : at + length] for at in range(0, len(value), length))
    assert bool(find_secrets(text, {"it": value}, patterns=False)) is found


@pytest.mark.parametrize(("first", "found"), [(8, True), (9, False), (7, False), (11, False)])
def test_no_piece_is_shorter_than_eight(first, found):
    value = "abcdefghIJKLMNOP"
    text = f"A={value[:first]}\nB={value[first:]}"
    assert bool(find_secrets(text, {"it": value}, patterns=False)) is found


def test_a_piece_may_have_more_in_common_with_the_value_than_it_needs():
    value = "abcdefghIJKLMNOP"
    (found,) = find_secrets(f"B={value[8:]}\nA={value[:9]}", {"it": value}, patterns=False).found
    assert (found.hidden, found.line, found.column) == (("pieces",), 2, 3)


def test_a_planted_value_has_six_characters():
    assert find_secrets("a=hunter", {"it": "hunter"}).planted
    for wrong in ("hunte", 123456):
        with pytest.raises(ValueError, match="'it' needs at least 6 characters"):
            find_secrets("", {"it": wrong})


def passwords(count):
    return "\n".join(f"password{number}=kX{number:03}dkq20dmW" for number in range(count))


def test_a_hundred_findings_are_told():
    assert len(find_secrets(passwords(100)).found) == 100
    assert len(find_secrets(passwords(101)).found) == 100
    inside = passwords(160).split("\n")
    assert len(find_secrets("\n".join(inside[:60]) + "\n" + b64("\n".join(inside[100:])), patterns=True).found) == 100
    assert len(find_secrets(passwords(100) + "\n" + b64("\n".join(inside[100:]))).found) == 100
    found = find_secrets(passwords(101) + "\n" + b64(gzip.compress(SECRET.encode())), PLANTED)
    assert len(found.suspected) == 100 and len(found.planted) == 1, "planted values count for themselves"
    fields = dict(line.split("=") for line in passwords(101).splitlines())
    assert len(find_secrets_in(fields).found) == 100


def test_patterns_read_10240_characters_of_a_text_and_say_when_there_are_more():
    late = "x\n" * 5_120 + "DB_PASSWORD=kX93ndkq20dmW\n"
    found = find_secrets(late)
    assert not found and found.unread and "too long" in found.because and found.explain().data["unread"]
    assert not find_secrets("x\n" * 5_120).unread
    assert find_secrets("x\n" * 5_120 + "x").unread
    some = find_secrets("DB_PASSWORD=kX93ndkq20dmW\n" + late)
    assert some and some.unread and some.because.startswith("It holds")
    assert find_secrets(late[-10_240:]).suspected
    assert find_secrets(late + SECRET, PLANTED).planted
    assert not find_secrets(late, PLANTED, patterns=False).unread


def test_patterns_read_as_much_of_all_the_fields_of_a_document_together():
    assert not find_secrets_in(["x" * 5_120] * 2).unread
    assert find_secrets_in(["x" * 5_120] * 2 + ["x"]).unread
    assert find_secrets_in(["x" * 10_241, "", "x"]).unread
    assert find_secrets_in({"A": "x" * 10_231, "DB_PASSWORD": "kX93ndkq20dmW"}).unread


def nested(depth, wrap):
    document = SECRET
    for _ in range(depth):
        document = wrap(document)
    return document


@pytest.mark.parametrize("wrap", [lambda inner: [inner], lambda inner: {"a": inner}, lambda inner: (inner,)])
def test_a_document_is_nested_sixty_deep_at_most(wrap):
    assert find_secrets_in(nested(60, wrap), PLANTED).planted
    for depth in (61, 5_000):
        with pytest.raises(Malformed, match="nested too deeply"):
            find_secrets_in(nested(depth, wrap), PLANTED)


def test_a_document_has_5000_fields_and_65536_characters_at_most():
    assert find_secrets_in([""] * 4_998 + [SECRET], PLANTED, patterns=False)  # the list itself is one of them
    for many in ([""] * 5_000, [[]] * 5_000, [7] * 1_000_000):
        with pytest.raises(Malformed, match="more than 5000 fields"):
            find_secrets_in(many)
    assert not find_secrets_in({"a": "x" * 32_768, "b": " " * 32_766}, patterns=False)
    with pytest.raises(Malformed, match="more than 65536 characters"):
        find_secrets_in({"a": "x" * 32_768, "b": " " * 32_767}, patterns=False)


def test_a_text_has_65536_characters_at_most_and_is_a_text():
    assert not find_secrets("x" * 65_536, patterns=False)
    with pytest.raises(Malformed, match="more than 65536 characters"):
        find_secrets("x" * 65_537)
    with pytest.raises(Malformed, match="must be a text"):
        find_secrets(7)


HOSTILE = {
    "one long word": "a" * 131_072,
    "quotes": '"' * 131_072,
    "quote and spaces": ('"' + " " * 60) * 4_000,
    "assignments": "password=" * 29_000,
    "keywords": "password" * 17_000,
    "keywords with underscores": "secret_" * 19_000,
    "keywords and spaces": ("password" + " " * 90) * 2_600,
    "keywords, spaces and quotes": ("password" + " " * 90 + '"') * 2_600,
    "backslashes": "\\" * 131_072,
    "percents": "%41" * 87_000,
    "base64 within": b64(b64(b64("A" * 100_000)))[:131_072],
    "base64 lines": ("QUJD" * 19 + "\n") * 3_400,
    "almost base64 lines": ("QUJD" * 19 + "!\n") * 3_300,
    "a bomb": b64(gzip.compress(b"password=x\n" * 10**6)),
    "many bombs": (b64(gzip.compress(b"password=x\n" * 10**5)) + " ") * 40,
    "many lines": "\n" * 131_072,
    "hexadecimal": "61" * 131_072,
    "aws and spaces": ("aws" + "key " * 20) * 3_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_texts_take_no_longer(text):
    find_secrets("warm = 'up'")
    started = time.process_time()
    find_secrets(text[:65_536], PLANTED)
    assert time.process_time() - started < 2  # 0.1 where nothing else runs; without the bounds, 5
