"""Text that an account or a learner controls, made fit to be shown: no control characters, bounded length."""

import unicodedata

LINE, BLOCK = 300, 6_000
ELLIPSIS = "…"
# Cc: terminal escapes; Cf: direction overrides and zero-width; Cs, Co, Cn: not text at all
HIDDEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


def line(value: object, limit: int = LINE) -> str:
    """One line: every run of white space is a blank, whatever a terminal or a page would act on is gone."""
    text = str(value)[: limit * 8]  # a name of megabytes must not cost a walk over all of it
    kept = "".join(" " if character.isspace() else character for character in text if _visible(character, "\t\n\r"))
    return _bounded(" ".join(kept.split()), limit)


def block(value: object, limit: int = BLOCK) -> str:
    """Several lines, as code and stories have them."""
    text = str(value)[: limit * 2].replace("\r\n", "\n").replace("\t", "    ")
    kept = "".join(character for character in text if _visible(character, "\n"))
    return _bounded(kept.strip("\n"), limit)


def number(value: object) -> str:
    """Points as people write them: 4, 2.5."""
    try:
        return f"{float(str(value)):.2f}".rstrip("0").rstrip(".")
    except ValueError:
        return line(value, 20)


def _visible(character: str, allowed: str) -> bool:
    return character in allowed or unicodedata.category(character) not in HIDDEN


def _bounded(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + ELLIPSIS
