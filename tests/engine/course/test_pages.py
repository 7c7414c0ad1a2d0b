"""The generated pages are current, complete, and say what the docstrings say."""

import pytest

from hardenlab.course.load import load_course
from hardenlab.course.pages import pages
from helpers.direct import CHECKOUT

COURSE = load_course(CHECKOUT)
PAGES = pages(COURSE)


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_a_page_is_current(path):
    assert (CHECKOUT / path).read_text(encoding="utf-8") == PAGES[path], "run `make docs`"


def test_no_page_is_left_over():
    kept = {
        path.relative_to(CHECKOUT) for name in ("controls", "labs") for path in (CHECKOUT / "docs" / name).glob("*.md")
    }
    assert kept == set(PAGES)


def test_every_control_is_on_a_page_and_in_the_index_both_ways():
    texts = {path.name: text for path, text in PAGES.items() if path.parent.name == "controls"}
    index = texts.pop("README.md")
    for control in COURSE.controls.values():
        assert any(f"## {control.id}\n" in text for text in texts.values())
        assert f"[{control.id}]" in index
        for reference in control.references:
            if reference.startswith(("SecurityHub", "CIS")):
                assert f"| {reference} | " in index
