"""Text transformations, each from bytes to the readings that its documentation allows: one, or several where it is
silent.

AWS WAF Developer Guide, "Using text transformations in AWS WAF".
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Sequence

from hardenlab.semantics.unjudged import Unjudged

MOST_READINGS = 8
Readings = tuple[bytes, ...]
SPACES = b" \t\n\r\f\v"
ENTITY = re.compile(rb"&(?:#[xX]([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|(quot|nbsp|lt|gt|amp))(;?)")
NAMED = {b"quot": b'"', b"lt": b"<", b"gt": b">", b"amp": b"&"}
ESCAPES = {
    b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v", b"\\": b"\\",
    b"?": b"?", b"'": b"'", b'"': b'"',
}  # fmt: skip


def transformed(content: bytes, names: Sequence[str]) -> Readings:
    """The content after all transformations in their order; raises `Unjudged` when it is not documented."""
    readings: Readings = (content,)
    for name in names:
        readings = tuple(dict.fromkeys(after for before in readings for after in TRANSFORMATIONS[name](before)))
        if len(readings) > MOST_READINGS:
            raise Unjudged(f"AWS does not document what {name} makes of this content")
    return readings


def _lower(content: bytes) -> Readings:
    return (content.lower(),)


def _compress_white_space(content: bytes) -> Readings:
    """Form feed, tab, newline, return, vertical tab and no-break space become spaces, several become one."""
    spaced = re.sub(rb"[\f\t\n\r\v]", b" ", content)
    readings = {spaced, spaced.replace(b"\xc2\xa0", b" "), spaced.replace(b"\xa0", b" ")}
    return tuple(sorted(re.sub(rb" +", b" ", reading) for reading in readings))


def _url_decode(content: bytes) -> Readings:
    """Percent escapes; a plus sign and a broken escape are left open."""
    decoded = re.sub(rb"%([0-9A-Fa-f]{2})", lambda found: bytes.fromhex(found[1].decode()), content)
    if b"+" not in content:
        return (decoded,)
    spaced = content.replace(b"+", b" ")
    return decoded, re.sub(rb"%([0-9A-Fa-f]{2})", lambda found: bytes.fromhex(found[1].decode()), spaced)


def _url_decode_uni(content: bytes) -> Readings:
    """As URL_DECODE, with %uHHHH; full-width ASCII becomes ASCII, else the lower byte stays."""
    return _url_decode(re.sub(rb"%[uU]([0-9A-Fa-f]{4})", lambda found: _percent(_narrow(int(found[1], 16))), content))


def _percent(byte: int) -> bytes:
    return b"%%%02x" % byte


def _narrow(code: int) -> int:
    return code - 0xFEE0 if 0xFF01 <= code <= 0xFF5E else code & 0xFF


def _html_entity_decode(content: bytes) -> Readings:
    """Hexadecimal and decimal entities, &quot; &nbsp; &lt; and &gt;; others and ones without semicolon are open."""
    strict = ENTITY.sub(lambda found: found[0] if _is_loose(found) else _entity(found, wide=False), content)
    loose = ENTITY.sub(lambda found: _entity(found, wide=False), content)
    wide = ENTITY.sub(lambda found: found[0] if _is_loose(found) else _entity(found, wide=True), content)
    return tuple(dict.fromkeys((strict, loose, wide)))


def _is_loose(found: "re.Match[bytes]") -> bool:
    return not found[4] or found[3] == b"amp"


def _entity(found: "re.Match[bytes]", *, wide: bool) -> bytes:
    if found[3] in NAMED:
        return NAMED[found[3]]
    code = 160 if found[3] else int(found[1], 16) if found[1] else int(found[2])
    if code < 128:
        return bytes([code])
    return chr(code).encode() if wide and code < 0xD800 else bytes([code & 0xFF])


def _cmd_line(content: bytes) -> Readings:
    """The listed signs go, commas and semicolons become spaces, spaces shrink, letters become small."""
    kept = re.sub(rb"[\\\"'^]", b"", content)
    kept = re.sub(rb"[\s]+", b" ", re.sub(rb"[,;]", b" ", kept))
    return (re.sub(rb" +([/(])", rb"\1", kept).lower(),)


def _base64_decode(content: bytes) -> Readings:
    try:
        return (base64.b64decode(content, validate=True),)
    except (binascii.Error, ValueError):
        raise Unjudged("AWS does not document what BASE64_DECODE makes of content that is not Base64") from None


def _base64_decode_ext(content: bytes) -> Readings:
    """Signs that are not Base64 are ignored."""
    kept = re.sub(rb"[^A-Za-z0-9+/]", b"", content)
    if len(kept) % 4 == 1:
        raise Unjudged("AWS does not document what BASE64_DECODE_EXT makes of content that ends within a byte")
    return (base64.b64decode(kept + b"=" * (-len(kept) % 4)),)


def _hex_decode(content: bytes) -> Readings:
    if not re.fullmatch(rb"(?:[0-9A-Fa-f]{2})*", content):
        raise Unjudged("AWS does not document what HEX_DECODE makes of content that is not hexadecimal")
    return (bytes.fromhex(content.decode()),)


def _sql_hex_decode(content: bytes) -> Readings:
    """0x414243 becomes ABC."""
    return (
        re.sub(rb"0[xX]((?:[0-9A-Fa-f]{2})+)(?![0-9A-Fa-f])", lambda found: bytes.fromhex(found[1].decode()), content),
    )


def _md5(content: bytes) -> Readings:
    return (hashlib.md5(content, usedforsecurity=False).digest(),)


def _replace_comments(content: bytes) -> Readings:
    """A comment becomes a space, also one without end; an end without beginning stays."""
    return (re.sub(rb"/\*(?:[^*]|\*(?!/))*(?:\*/|\Z)", b" ", content),)


def _escape_seq_decode(content: bytes) -> Readings:
    """ANSI C escapes; invalid ones stay."""

    def decoded(found: "re.Match[bytes]") -> bytes:
        if found[1]:
            return bytes([int(found[1], 16)])
        if found[2]:
            return bytes([int(found[2], 8) & 0xFF])
        return ESCAPES[found[3]]

    return (re.sub(rb"\\(?:x([0-9A-Fa-f]{2})|(0?[0-7]{3})|([abfnrtv\\?'\"]))", decoded, content),)


def _css_decode(content: bytes) -> Readings:
    """Hexadecimal escapes of up to two digits, and a backslash before another sign; longer ones are open."""
    if re.search(rb"\\[0-9A-Fa-f]{3}", content):
        raise Unjudged("AWS does not document CSS_DECODE of escapes longer than two bytes precisely")
    decoded = re.sub(rb"\\([0-9A-Fa-f]{1,2})\s?", lambda found: bytes([int(found[1], 16)]), content)
    return (re.sub(rb"\\([^0-9A-Fa-f\n])", rb"\1", decoded),)


def _js_decode(content: bytes) -> Readings:
    """JavaScript escapes; full-width ASCII becomes ASCII, else the lower byte stays."""

    def decoded(found: "re.Match[bytes]") -> bytes:
        if found[1]:
            return bytes([_narrow(int(found[1], 16))])
        if found[2]:
            return bytes([int(found[2], 16)])
        if found[3]:
            return bytes([int(found[3], 8) & 0xFF])
        return ESCAPES.get(found[4], found[4])

    return (re.sub(rb"(?s)\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([0-7]{1,3})|(.))", decoded, content),)


def _normalize_path(content: bytes) -> Readings:
    """Several slashes become one, /./ goes, /x/../ goes unless it is at the beginning."""
    absolute, kept = content.startswith(b"/"), list[bytes]()
    parts = [part for part in content.split(b"/") if part not in (b"", b".")]
    for part in parts:
        if part == b".." and kept and kept[-1] != b"..":
            kept.pop()
        elif part != b".." or not absolute:
            kept.append(part)
    slash = b"/" if content.endswith((b"/", b"/.", b"/..")) and kept else b""
    return ((b"/" if absolute else b"") + b"/".join(kept) + slash,)


def _normalize_path_win(content: bytes) -> Readings:
    return _normalize_path(content.replace(b"\\", b"/"))


def _utf8_to_unicode(content: bytes) -> Readings:
    """UTF-8 sequences become %uHHHH."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise Unjudged("AWS does not document what UTF8_TO_UNICODE makes of content that is not UTF-8") from None
    if any(ord(sign) > 0xFFFF for sign in text):
        raise Unjudged("AWS does not document what UTF8_TO_UNICODE makes of signs beyond %uffff")
    written = "".join(sign if sign.isascii() else f"%u{ord(sign):04x}" for sign in text).encode()
    upper = "".join(sign if sign.isascii() else f"%u{ord(sign):04X}" for sign in text).encode()
    return (written,) if written == upper else (written, upper)


def _undocumented(name: str) -> Callable[[bytes], Readings]:
    def refuse(_: bytes) -> Readings:
        raise Unjudged(f"the transformation {name} cannot be computed here")

    return refuse


TRANSFORMATIONS: dict[str, Callable[[bytes], Readings]] = {
    "NONE": lambda content: (content,),
    "LOWERCASE": _lower,
    "UPPERCASE": lambda content: (content.upper(),),
    "COMPRESS_WHITE_SPACE": _compress_white_space,
    "REMOVE_WHITESPACE": lambda content: (content.translate(None, SPACES),),
    "TRIM": lambda content: (content.strip(SPACES),),
    "TRIM_LEFT": lambda content: (content.lstrip(SPACES),),
    "TRIM_RIGHT": lambda content: (content.rstrip(SPACES),),
    "URL_DECODE": _url_decode,
    "URL_DECODE_UNI": _url_decode_uni,
    "HTML_ENTITY_DECODE": _html_entity_decode,
    "CMD_LINE": _cmd_line,
    "BASE64_DECODE": _base64_decode,
    "BASE64_DECODE_EXT": _base64_decode_ext,
    "HEX_DECODE": _hex_decode,
    "SQL_HEX_DECODE": _sql_hex_decode,
    "MD5": _md5,
    "REPLACE_COMMENTS": _replace_comments,
    "ESCAPE_SEQ_DECODE": _escape_seq_decode,
    "CSS_DECODE": _css_decode,
    "JS_DECODE": _js_decode,
    "NORMALIZE_PATH": _normalize_path,
    "NORMALIZE_PATH_WIN": _normalize_path_win,
    "REMOVE_NULLS": lambda content: (content.replace(b"\0", b""),),
    "REPLACE_NULLS": lambda content: (content.replace(b"\0", b" "),),
    "UTF8_TO_UNICODE": _utf8_to_unicode,
    **{
        name: _undocumented(name)
        for name in ("REMOVE_COMMENTS_CHAR", "CMD_LINE_WIN", "CMD_LINE_UNIX", "JS_DECODE_EXT", "SHA256")
    },
}
