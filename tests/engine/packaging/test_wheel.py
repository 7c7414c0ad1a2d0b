"""The wheel alone, in an environment that has never seen the checkout: content inside, and a lab runs."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile

import pytest

from helpers.direct import CHECKOUT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(CHECKOUT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """An environment with the wheel and its dependencies, and nothing of the checkout."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder, with_pip=False)
    site = next(folder.glob("lib/python*/site-packages"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # the dependencies are those of this environment; its own .pth files, and so the checkout, are not followed
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return folder / "bin" / "python"


def run(python, *arguments, cwd):
    code = "import sys; from hardenlab.cli import main; sys.argv[0] = 'hardenlab'; main()"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS", "PYTHON"))}
    return subprocess.run(
        [python, "-c", code, *arguments], cwd=cwd, capture_output=True, text=True, env=environment | {"HOME": str(cwd)}
    )


def test_the_wheel_carries_the_course_and_the_environments_and_nothing_beside_hardenlab(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {"hardenlab", "hardenlab-0.1.0.dist-info"}
    for expected in (
        "hardenlab/environments/moto/process.py",
        "hardenlab/environments/moto/rsa_primes.json",
        "hardenlab/bundled_course/labs/m3-network/lab.toml",
        "hardenlab/bundled_course/graders/ec2.py",
        "hardenlab/bundled_course/hidden/wafv2.py",
        "hardenlab/bundled_course/scenarios/open_perimeter.py",
        "hardenlab/py.typed",
    ):
        assert expected in names


def test_a_lab_runs_from_the_wheel(installed, tmp_path):
    where = subprocess.run(
        [installed, "-c", "import hardenlab; print(hardenlab.__file__)"], cwd=tmp_path, capture_output=True, text=True
    )
    assert str(CHECKOUT) not in where.stdout and "site-packages" in where.stdout
    listed = run(installed, "list", "--json", cwd=tmp_path)
    assert "m0-orientation/1-first-fix" in [section["section"] for section in json.loads(listed.stdout)]
    checked = run(installed, "check", "m0-orientation", "--json", cwd=tmp_path)
    assert checked.returncode == 1, checked.stderr
    assert json.loads(checked.stdout)["assessment"]["points"] == 5
