"""Texts with asterisks: do the pieces between them follow one another in a value?"""


def fits(pieces: tuple[str, ...], value: str) -> bool:
    """Whether the pieces follow one another in the value; each is searched once, so the time is bounded."""
    first, *rest = pieces
    if not rest:
        return value == first
    *middle, last = rest
    if not value.startswith(first) or not value.endswith(last) or len(value) < len(first) + len(last):
        return False
    place, end = len(first), len(value) - len(last)
    for piece in middle:
        found = value.find(piece, place, end)
        if found < 0:
            return False
        place = found + len(piece)
    return True
