"""LocalStack's own virtual environment: made by `hardenlab environment install localstack`, never at a start."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from hardenlab.model.problem import EnvironmentProblem

LOCK = Path(__file__).parent / "requirements.lock"
HOME, PYTHON = "HARDENLAB_LOCALSTACK_HOME", "HARDENLAB_LOCALSTACK_PYTHON"
VERSION = "3.13"  # 4.14.0 takes from the standard library what 3.12 lacks, and was never run on 3.14
INSTALL = "hardenlab environment install localstack"
DONE = "hardenlab-installed"
BUILDERS = ("setuptools", "wheel")


def folder() -> Path:
    """Where it is, or would be: another lock is another folder."""
    if os.environ.get(HOME):
        return Path(os.environ[HOME])
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "hardenlab" / f"localstack-{_lock_digest()[:12]}"


def is_installed() -> bool:
    """Whether all of this lock is there."""
    try:
        return (folder() / DONE).read_text() == _lock_digest()
    except OSError:
        return False


def interpreter() -> Path:
    """The Python that LocalStack runs in; EnvironmentProblem when it is not installed."""
    if not is_installed():
        raise EnvironmentProblem(f"LocalStack is not installed. Install it once (500 MB), with: {INSTALL}.")
    return folder() / "bin" / "python"


def install(say: Callable[[str], None]) -> Path:
    """Fill the virtual environment with exactly what the lock names, hash by hash; answers where it is."""
    if is_installed():
        return folder()
    python, place = find_python(), folder()
    say(f"installing LocalStack into {place} …")
    shutil.rmtree(place, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    _run([python, "-m", "venv", str(place)], "its virtual environment cannot be made")
    for command in _commands(place):
        _run(command, "its packages cannot be installed")
    (place / DONE).write_text(_lock_digest())
    return place


def find_python() -> str:
    """An interpreter of the right version; EnvironmentProblem when there is none."""
    for candidate in _candidates():
        asked = subprocess.run(
            [candidate, "-c", "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True, text=True,
        )  # fmt: skip
        if asked.returncode == 0 and asked.stdout.strip() == VERSION:
            return candidate
    raise EnvironmentProblem(
        f"LocalStack needs Python {VERSION}, and none was found. Install one, or name it in {PYTHON}."
    )


def _candidates() -> Iterator[str]:
    if os.environ.get(PYTHON):
        yield os.environ[PYTHON]
    yield sys.executable
    for name in (f"python{VERSION}", "python3"):
        found = shutil.which(name)
        if found:
            yield found
    yield from map(str, sorted(Path.home().glob(f".pyenv/versions/{VERSION}*/bin/python")))


def _commands(place: Path) -> Iterator[list[str]]:
    """Some packages come as source only: they are built with the pinned builders, not with whatever is newest."""
    python = str(place / "bin" / "python")
    head = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    builders = place / "builders.txt"
    builders.write_text(_only(BUILDERS))
    yield [*head, "--require-hashes", "--no-deps", "-r", str(builders)]
    yield [*head, "--require-hashes", "--no-deps", "--no-build-isolation", "-r", str(LOCK)]


def _only(names: tuple[str, ...]) -> str:
    """The lock's entries of these packages."""
    entries = LOCK.read_text().replace("\\\n", "").splitlines()
    return "\n".join(entry for entry in entries if entry.startswith(tuple(f"{name}==" for name in names))) + "\n"


def _run(command: list[str], failure: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise EnvironmentProblem(f"LocalStack was not installed: {failure} ({' '.join(last)[:600]}).")


def _lock_digest() -> str:
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()
