"""Debian's Chromium, and `hardenlab open` as a user starts it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hardenlab.attempt.workspace import Workspace
from helpers.direct import CHECKOUT

SECTION = "m3-network/1-perimeter"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
THEME = "name => jupyterapp.commands.execute('apputils:change-theme', {theme: name})"


def pytest_collection_modifyitems(items):
    missing = pytest.mark.skip(reason="Debian's chromium is not installed (REQUIRE_BROWSER=1 makes this a failure)")
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None and not os.environ.get("REQUIRE_BROWSER"):
                item.add_marker(missing)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A workspace of this course."""
    workspace = Workspace(tmp_path_factory.mktemp("browser") / "workspace")
    workspace.create(CHECKOUT, "moto")
    return workspace


@pytest.fixture(scope="module")
def jupyterlab(workspace, tmp_path_factory):
    """JupyterLab as `hardenlab open` starts it on the perimeter; answers the address of a section's notebook."""
    base = tmp_path_factory.mktemp("jupyterlab")
    log, driven, home = base / "open.log", base / "driven", base / "home"
    driven.mkdir()
    home.mkdir()
    # what lets a test speak to the application in the page
    (driven / "jupyter_lab_config.json").write_text('{"LabApp": {"expose_app_in_browser": true}}')
    environment = os.environ | {
        "JUPYTER_CONFIG_PATH": str(driven),
        "HARDENLAB_NO_BROWSER": "1",
        "HOME": str(home),
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("hardenlab")), "--workspace", str(workspace.root), "open", SECTION],
            stdout=output, stderr=output, env=environment, cwd=base,
        )  # fmt: skip
    try:
        address = _wait_for_address(log, process)
        assert f"/{SECTION}.ipynb?" in address
        # `reset`: no notebook that another test left open
        yield lambda section=SECTION: f"{address.replace(SECTION, section)}&reset"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A browser with a profile of its own."""
    if CHROMIUM is None:
        pytest.fail("REQUIRE_BROWSER is set and Debian's chromium is not installed: apt install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            str(tmp_path_factory.mktemp("profile")), executable_path=CHROMIUM, headless=True, args=FLAGS,
            viewport={"width": 1400, "height": 1000},
        )  # fmt: skip
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture
def screenshot(page):
    """Keeps a picture of the page in HARDENLAB_SCREENSHOTS; nobody looks at it where that is not set."""
    folder = os.environ.get("HARDENLAB_SCREENSHOTS")

    def take(name, theme="Light"):
        page.evaluate(THEME, f"JupyterLab {theme}")
        if folder:
            page.wait_for_timeout(1500)  # JupyterLab says nothing when a theme or a scroll has been drawn
            page.screenshot(path=str(Path(folder) / f"{name}.png"))

    return take


def _wait_for_address(log, process):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        for word in log.read_text().split():
            if word.startswith("http://127.0.0.1"):
                return word
        time.sleep(0.2)
    raise AssertionError(log.read_text())
