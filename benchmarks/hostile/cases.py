"""What the lists of hostile input share."""

from collections.abc import Callable, Iterator

Cases = Iterator[tuple[str, Callable[[], object]]]
"""What each input is called, and the question about it."""
MOST = 10_000
NOT_JSON = (
    ("not JSON", "[" * 250_000),
    ("nested deeply", '{"a":' * 50_000),
    ("a long number", '{"a":' + "9" * 5_000),
)
