"""JupyterLab in a real browser: the instructor's notebook finds failures first and full points at the end."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hardenlab.attempt.workspace import Workspace
from hardenlab.course.load import load_course
from hardenlab.notebook.build import write_notebook
from helpers.direct import CHECKOUT

SECTION = "m3-network/1-perimeter"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
READY = "() => window.jupyterapp?.shell?.currentWidget?.sessionContext?.isReady"
RUN_ALL = "() => jupyterapp.commands.execute('notebook:run-all-cells')"
RESULTS = """() => jupyterapp.shell.currentWidget.content.model.sharedModel.cells
    .filter(cell => cell.cell_type === 'code').flatMap(cell => cell.getOutputs())
    .map(output => output.data?.['application/vnd.hardenlab.result+json']?.assessment).filter(Boolean)"""
ERRORS = """() => jupyterapp.shell.currentWidget.content.model.sharedModel.cells
    .filter(cell => cell.cell_type === 'code').flatMap(cell => cell.getOutputs())
    .filter(output => output.output_type === 'error').map(output => output.ename + ': ' + output.evalue)"""
THEME = "name => jupyterapp.commands.execute('apputils:change-theme', {theme: name})"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("REQUIRE_BROWSER"), reason="Debian's chromium is not installed"
    ),
]


@pytest.fixture
def jupyterlab(tmp_path):
    """`hardenlab open` on a workspace of its own, with the instructor's notebook; answers its address."""
    root = tmp_path / "workspace"
    workspace = Workspace(root)
    workspace.create(CHECKOUT, "moto")
    write_notebook(
        load_course(CHECKOUT), load_course(CHECKOUT).section(SECTION), workspace.notebook(SECTION), solutions=True
    )
    log = tmp_path / "open.log"
    driven = tmp_path / "driven"  # what lets a test speak to the application in the page
    driven.mkdir()
    (driven / "jupyter_lab_config.json").write_text('{"LabApp": {"expose_app_in_browser": true}}')
    environment = os.environ | {
        "JUPYTER_CONFIG_PATH": str(driven),
        "HARDENLAB_NO_BROWSER": "1",
        "HOME": str(tmp_path / "home"),
        "PYTHONUNBUFFERED": "1",
    }
    (tmp_path / "home").mkdir()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("hardenlab")), "--workspace", str(root), "open", SECTION],
            stdout=output, stderr=output, env=environment, cwd=tmp_path,
        )  # fmt: skip
    try:
        yield wait_for_address(log, process)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)


def wait_for_address(log, process):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        for word in log.read_text().split():
            if word.startswith("http://127.0.0.1"):
                return word
        time.sleep(0.2)
    raise AssertionError(log.read_text())


def test_the_instructors_notebook_fails_first_and_earns_every_point_at_the_end(jupyterlab, tmp_path):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            str(tmp_path / "profile"), executable_path=CHROMIUM, headless=True, args=FLAGS,
            viewport={"width": 1400, "height": 1000},
        )  # fmt: skip
        page = browser.pages[0]
        page.goto(jupyterlab)
        page.wait_for_function(READY, timeout=90_000)
        page.evaluate(RUN_ALL)
        assert page.evaluate(ERRORS) == []
        results = page.evaluate(RESULTS)
        first, last = results[0], results[-1]
        assert first["earned"] == 0
        verdicts = {finding["verdict"] for task in first["tasks"] for finding in task["findings"]}
        assert verdicts == {"FAILED", "PASSED"}
        assert last["earned"] == last["points"] == 29
        for theme in ("JupyterLab Light", "JupyterLab Dark"):
            page.evaluate(THEME, theme)
            show_check(page)
            folder = Path(os.environ.get("HARDENLAB_SCREENSHOTS", tmp_path))
            page.screenshot(path=str(folder / f"{theme.split()[1].lower()}.png"))
            assert page.get_by_text("FAILED", exact=True).filter(visible=True).count()
        browser.close()


def show_check(page):
    """Bring the first check's result into view."""
    page.evaluate(
        """() => {
            const notebook = jupyterapp.shell.currentWidget.content;
            const at = notebook.widgets.findIndex(cell => cell.model.sharedModel.getSource().trim() === 'lab.check()');
            notebook.activeCellIndex = at;
            return notebook.scrollToItem(at, 'start');
        }"""
    )
    page.wait_for_timeout(1500)
