"""What `make lab` says on a machine that lacks something: one sentence that names it, and nothing made."""

import os
import shutil
import subprocess
import sys

import pytest

from helpers.direct import CHECKOUT


@pytest.fixture
def project(tmp_path):
    """A folder with what the set-up reads, so that the checkout's own environment is never touched."""
    (tmp_path / "tools").mkdir()
    shutil.copy(CHECKOUT / "tools" / "set-up.sh", tmp_path / "tools")
    (tmp_path / "requirements.lock").write_text("there-is-no-such-package==1.0\n")
    (tmp_path / "pyproject.toml").write_text("")
    return tmp_path


def set_up(project, python):
    environment = {**os.environ, "PYTHON": str(python), "PIP_NO_INDEX": "1"}
    command = ["sh", str(project / "tools" / "set-up.sh")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)


def interpreter(project, script):
    """A `python` that behaves as the shell script says; `$2` is the code that it is given."""
    path = project / "python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_machine_without_python_is_told_what_to_install(project):
    done = set_up(project, project / "nowhere" / "python3")
    assert done.returncode == 1
    assert "install Python 3.11 or newer (Debian, Ubuntu: apt install python3-venv)" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_python_that_is_too_old_is_named_with_its_version(project):
    old = interpreter(project, f'exec {sys.executable} -c "import sys; sys.version_info = (3, 9, 2)\n$2"')
    done = set_up(project, old)
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed and this one is 3.9" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (project / ".venv").exists()


def test_a_python_without_ensurepip_is_told_the_package_that_is_missing(project):
    bare = interpreter(
        project,
        f'case "$2" in *_base_executable*) echo "$0" ;; *ensurepip*) exit 1 ;; *) exec {sys.executable} "$@" ;; esac',
    )
    done = set_up(project, bare)
    assert done.returncode == 1
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert f"the package python3-venv (python{version}-venv) is missing: 'apt install python3-venv'" in done.stderr
    assert not (project / ".venv").exists()


def test_an_installation_that_breaks_off_says_that_it_can_be_repeated(project):
    done = set_up(project, sys.executable)
    assert done.returncode == 1
    assert "the installation did not finish, and nothing is lost: run the same command again" in done.stderr
    assert not (project / ".venv" / "made-from").exists()
