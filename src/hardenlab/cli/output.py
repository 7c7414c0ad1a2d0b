"""What the terminal is shown. Names and tags come from learners' accounts: no markup, no control characters."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table


def clean(text: object) -> str:
    """Text without control characters, safe inside rich's markup."""
    return escape(
        "".join(char if char.isprintable() or char in "\n\t" else "\N{REPLACEMENT CHARACTER}" for char in str(text))
    )


def show_json(data: Mapping[str, Any] | Sequence[Any]) -> None:
    """Data for another program, on standard output."""
    print(json.dumps(data, indent=2, ensure_ascii=True))  # noqa: T201


def show_text(text: str) -> None:
    """Text that has been made safe already."""
    print(text)  # noqa: T201


def show_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    # a name that is cut off cannot be typed again; the first column's stay in one piece where there is room
    heads = [Column(name, overflow="fold", no_wrap=number == 0) for number, name in enumerate(columns)]
    table = Table(*heads, title=clean(title), title_justify="left")
    for row in rows:
        table.add_row(*(clean(cell) for cell in row))
    Console().print(table)


def complain(sentence: str) -> None:
    """One sentence on standard error."""
    print(f"hardenlab: {plain(sentence)}", file=sys.stderr)  # noqa: T201


def progress(sentence: str) -> None:
    """What takes a while, on a terminal only."""
    if sys.stderr.isatty():
        print(plain(sentence), file=sys.stderr)  # noqa: T201


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal only; what it answers is told how many are finished, and of how many."""
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(clean(what), total=None)
        yield lambda finished, of: bar.update(task, completed=finished, total=of)


def plain(text: str) -> str:
    """Text without control characters, as it is otherwise."""
    return "".join(char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in text)
