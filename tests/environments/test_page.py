"""docs/environments.md says what runs where, as it is recorded."""

import runpy
import sys

from helpers.direct import CHECKOUT


def test_the_page_on_environments_is_current(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(CHECKOUT / "tools"), *sys.path])
    page = runpy.run_path(str(CHECKOUT / "tools" / "environments_page.py"))["page"]
    assert (CHECKOUT / "docs" / "environments.md").read_text() == page(), "run 'make docs'"
