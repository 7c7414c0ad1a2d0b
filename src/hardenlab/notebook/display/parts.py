"""The pieces of HTML. JupyterLab's theme through its variables, with fallbacks for pages that lack them.

Everything is an inline style and there is no script: JupyterLab takes both out of notebooks that it does not trust.
Every function takes plain text and escapes it; only what `Html` marks goes into a page as it is.
"""

import re
from collections.abc import Iterable
from html import escape

TEXT = "var(--jp-ui-font-color1, #212121)"
SOFT = "var(--jp-ui-font-color2, #616161)"
LINE = "var(--jp-border-color2, #e0e0e0)"
PANEL = "var(--jp-layout-color2, #f5f5f5)"
SANS = "var(--jp-ui-font-family, system-ui, sans-serif)"
MONO = "var(--jp-code-font-family, ui-monospace, monospace)"
ID = re.compile(r"\b([a-z]{1,8}-[0-9a-f]{8,32})\b")
TONES = {
    "good": "var(--jp-success-color1, #2e7d32)",
    "bad": "var(--jp-error-color1, #c62828)",
    "wait": "var(--jp-warn-color1, #a65a00)",
    "none": SOFT,
}
TONE_OF = {
    "PASSED": "good", "HOLDS": "good", "PARTIAL": "wait", "PENDING": "wait", "UNKNOWN": "wait", "FAILED": "bad",
    "BROKEN": "bad",
}  # fmt: skip


class Html(str):
    """Text that is already HTML."""

    __slots__ = ()


def safe(text: str) -> Html:
    return text if isinstance(text, Html) else Html(escape(text, quote=True))


def join(parts: Iterable[str]) -> Html:
    return Html("".join(safe(part) for part in parts))


def element(tag: str, style: str, *content: str) -> Html:
    return Html(f'<{tag} style="{style}">{join(content)}</{tag}>')


def page(*content: str) -> Html:
    return element("div", f"font-family:{SANS};color:{TEXT};font-size:13px;line-height:1.5;max-width:70em", *content)


def paragraph(*content: str, tone: str = "") -> Html:
    return element("div", f"margin:2px 0;color:{TONES[tone] if tone else 'inherit'}", *content)


def soft(*content: str) -> Html:
    return element("span", f"color:{SOFT}", *content)


def prose(text: str) -> Html:
    """Text in which an AWS id, `sg-0123456789abcdef0`, is never broken at its hyphen."""
    parts = ID.split(text)
    kept = [element("span", "white-space:nowrap", part) if at % 2 else safe(part) for at, part in enumerate(parts)]
    return join(kept)


def strong(*content: str) -> Html:
    return element("span", "font-weight:600", *content)


def code(*content: str) -> Html:
    style = f"font-family:{MONO};font-size:12px;background:{PANEL};padding:1px 4px;border-radius:3px;color:inherit"
    return element("code", f"{style};overflow-wrap:anywhere", *content)


def listing(text: str) -> Html:
    style = f"font-family:{MONO};font-size:12px;background:{PANEL};padding:8px 10px;border-radius:4px;overflow-x:auto"
    return element("pre", f"{style};margin:4px 0;white-space:pre;color:inherit", text)


def badge(word: str) -> Html:
    """A status as a word in a frame: the colour only repeats it."""
    tone = TONES[TONE_OF.get(word, "none")]
    style = f"color:{tone};border:1px solid {tone};border-radius:3px;padding:0 5px;font-size:11px;font-weight:700"
    return element("span", f"{style};letter-spacing:.03em;white-space:nowrap", word)


def details(summary: str, *content: str, opened: bool = False) -> Html:
    head = element("summary", f"cursor:pointer;color:{SOFT}", summary)
    style = "margin:2px 0"
    return Html(f'<details style="{style}"{" open" if opened else ""}>{head}{join(content)}</details>')


def indented(*content: str) -> Html:
    return element("div", "margin:2px 0 4px 1.2em", *content)


def card(*content: str, tone: str = "none") -> Html:
    edge = TONES[tone] if tone != "none" else LINE
    return element("div", f"border-left:3px solid {edge};padding:3px 0 3px 10px;margin:8px 0", *content)


def bullets(items: Iterable[str], ordered: bool = False) -> Html:
    entries = join(element("li", "margin:1px 0", item) for item in items)
    return element("ol" if ordered else "ul", "margin:2px 0;padding-left:1.8em", entries)


def table(rows: Iterable[Iterable[str]]) -> Html:
    cell = "text-align:left;vertical-align:top;padding:2px 14px 2px 0;background:none;border:0;white-space:normal"
    body = join(
        element("tr", "background:none", *(element("td", f"{cell};color:inherit", item) for item in row))
        for row in rows
    )
    return element("table", "border-collapse:collapse;margin:2px 0;font-size:13px;color:inherit", body)


def bar(share: float) -> Html:
    """How much of the points is earned, as a strip; the words beside it say the same."""
    width = round(max(0.0, min(1.0, share)) * 100)
    strip = element("span", f"display:block;height:6px;width:{width}%;background:{TONES['good']};border-radius:3px")
    style = f"display:inline-block;vertical-align:middle;width:9em;height:6px;background:{LINE};border-radius:3px"
    return element("span", f"{style};overflow:hidden", strip)
