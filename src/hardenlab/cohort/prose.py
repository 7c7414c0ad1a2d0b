"""nbgrader's last step: a learner's prose in which a link or a formula would run something is shown as text.

nbconvert's SanitizeHTML sees HTML only: `[x](javascript:...)` becomes a link when the page is made, and MathJax makes
one of `\\href`. What cannot be shown at all, a picture that is not attached, would keep the whole page from being made.
"""

import functools
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbgrader.preprocessors import NbGraderPreprocessor

SCHEMES = frozenset(("http", "https", "mailto", "attachment"))
PICTURES = frozenset(("image/png", "image/jpeg", "image/gif"))
LINKS = frozenset(("href", "src", "xlink:href", "action", "formaction", "poster", "background", "srcset", "data"))
FORMULA = re.compile(r"\\(href|require|style|class|cssId|html\w*|data|toggle|unicode|url)\b", re.IGNORECASE)
IGNORED = re.compile(r"[\x00-\x20\u200b\ufeff]")
MOST = 100_000
KEPT = ("kernelspec", "language_info")


class InertProse(NbGraderPreprocessor):  # type: ignore[misc]
    """After SanitizeHTML: nothing of a learner's runs in the formgrader or in feedback, at a click neither."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        for name in [name for name in nb.metadata if name not in KEPT]:
            del nb.metadata[name]
        if "language_info" in nb.metadata:
            nb.metadata.language_info = {"name": "python"}
        for cell in nb.cells:
            if cell.cell_type == "markdown":
                attachments = cell.get("attachments")
                if attachments:
                    cell.attachments = {name: _pictures(bundle) for name, bundle in attachments.items()}
                attachments = cell.get("attachments")
                cell.source = inert(cell.source, attachments) if attachments else _inert(cell.source)
        return nb, resources


def inert(markdown: str, attachments: Mapping[str, Mapping[str, str]] | None = None) -> str:
    """The text as it is, or as a block of code where a link of its page would do more than lead to a page."""
    if len(markdown) <= MOST and not FORMULA.search(markdown):
        try:
            renderer = IPythonRenderer(escape=False, attachments=attachments or {})
            links = _Links(MarkdownWithMath(renderer=renderer).render(markdown)).found
        except Exception:  # whatever it is, it would come again for who reads the page
            links = ["unreadable:"]
        if all(_leads_to_a_page(link) for link in links):
            return markdown
    return "\n".join(f"    {line}" for line in markdown.splitlines())


@functools.lru_cache(maxsize=256)
def _inert(markdown: str) -> str:
    """Most of a class's prose is the lab's own, the same in each submission."""
    return inert(markdown)


def _pictures(bundle: Any) -> Any:
    return {kind: data for kind, data in bundle.items() if kind in PICTURES} if isinstance(bundle, dict) else {}


def _leads_to_a_page(link: str) -> bool:
    scheme, colon, rest = IGNORED.sub("", link).partition(":")
    if not colon or set("/?#") & set(scheme):
        return True
    return scheme.lower() in SCHEMES or (scheme.lower() == "data" and rest.partition(";")[0].lower() in PICTURES)


class _Links(HTMLParser):
    """Where the links, pictures and forms of a page lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if value and name in LINKS]
