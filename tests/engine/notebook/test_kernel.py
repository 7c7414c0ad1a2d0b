"""Notebooks in a real kernel: what a learner sees of a result, a mistake and a dead account."""

import nbformat.v4
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from hardenlab.course.load import load_course
from hardenlab.notebook.build import write_notebook
from hardenlab.notebook.display.shown import MIME
from helpers.direct import TINY
from helpers.workspaces import SECTION

pytestmark = pytest.mark.kernel
OPEN = f"import hardenlab, boto3\nlab = hardenlab.lab({SECTION!r})\nlab.reset()"


@pytest.fixture
def run(workspace, monkeypatch):
    """Run cells in a fresh kernel in the workspace; answers the notebook."""

    def run(*cells, notebook=None, stop=True):
        monkeypatch.setenv("HARDENLAB_WORKSPACE", str(workspace.root))
        notebook = notebook or nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        client = NotebookClient(
            notebook, timeout=120, kernel_name="python3", allow_errors=not stop,
            resources={"metadata": {"path": str(workspace.root)}},
        )  # fmt: skip
        client.execute()
        return notebook

    return run


def errors(notebook):
    return [output for cell in notebook.cells for output in cell.get("outputs", ()) if output.output_type == "error"]


def test_a_mistake_is_one_sentence_and_no_traceback(run):
    notebook = run(
        OPEN,
        "lab.check('nothing')",
        "lab.facts['nothing']",
        "boto3.client('ec2', endpoint_url='https://ec2.us-east-1.amazonaws.com').describe_vpcs()",
        "hardenlab.lab('l1-tiny/none')",
        stop=False,
    )
    found = errors(notebook)
    assert len(found) == 4
    for error in found:
        assert error.traceback == [error.evalue]
        assert "\n" not in error.evalue and "Traceback" not in error.evalue
    assert "refused a request to ec2.us-east-1.amazonaws.com" in found[2].evalue


def test_a_mistake_still_stops_run_all(run):
    with pytest.raises(CellExecutionError):
        run(OPEN, "lab.check('nothing')", "raise SystemError('not reached')")


def test_the_instructors_notebook_earns_everything(run, workspace):
    path = workspace.root / "instructor.ipynb"
    course = load_course(TINY)
    write_notebook(course, course.section(SECTION), path, solutions=True)
    notebook = run(OPEN, notebook=nbformat.read(path, as_version=4))
    shown = notebook.cells[-1].outputs[0].data
    assert shown["text/plain"].startswith(f"{SECTION}: 7 of 7 points")
    assert shown[MIME]["assessment"]["earned"] == 7
    assert "PASSED" in shown["text/html"]


def test_an_account_that_dies_while_a_cell_runs_comes_back(run):
    die = (
        "import os, signal\n"
        "boto3.client('ec2').create_vpc(CidrBlock='10.98.0.0/16')\n"
        "os.kill(lab._endpoint.pid, signal.SIGKILL)\n"
        "[vpc['CidrBlock'] for vpc in boto3.client('ec2').describe_vpcs()['Vpcs']]"
    )
    notebook = run(OPEN, die)
    outputs = notebook.cells[1].outputs
    assert "It runs again, and what you did is kept." in outputs[0].text
    assert "10.98.0.0/16" in outputs[-1].data["text/plain"]


def test_a_kernel_restart_keeps_the_account_and_the_progress(run):
    cells = ("boto3.client('ec2').create_vpc(CidrBlock='10.97.0.0/16')", "lab.check()")
    before = run(OPEN, *cells).cells[-1].outputs[0].data[MIME]
    again = run(
        f"import hardenlab, boto3\nlab = hardenlab.lab({SECTION!r})",
        "[vpc['CidrBlock'] for vpc in boto3.client('ec2').describe_vpcs()['Vpcs']]",
        "lab.check()",
    )
    assert "10.97.0.0/16" in again.cells[1].outputs[-1].data["text/plain"]
    assert again.cells[2].outputs[0].data[MIME]["assessment"] == before["assessment"]
