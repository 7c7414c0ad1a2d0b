"""The confinement of whatever touches a submission: bubblewrap, with the system, Python, hardenlab, and little else."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import hardenlab
import hardenlab.environments
from hardenlab.model.problem import EnvironmentProblem

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives")
SCRATCH = 256 * 1024 * 1024
LONGEST = 80  # bytes: the address of a Unix socket has 107 at most, and its own name comes after the folder's
VARIABLES = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/tmp",  # noqa: S108
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONDONTWRITEBYTECODE": "1",
}


def folder_of_sockets(prefix: str) -> Path:
    """A new folder whose path is short enough for Unix sockets, whatever TMPDIR is."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    if len(os.fsencode(folder)) <= LONGEST:
        return folder
    folder.rmdir()
    return Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))


def refuse_servers(environment: str) -> None:
    """EnvironmentProblem for an environment that is a server: what is confined has no network."""
    if environment != "moto":
        raise EnvironmentProblem(
            f"{environment} is a server, which the sandbox cannot reach: grade with --unconfined (confined=False in "
            "Python) if you trust the journals, or have the section done again on moto."
        )


def confined(
    command: Iterable[str], readable: Iterable[Path] = (), hidden: Iterable[Path] = (), writable: Iterable[Path] = (),
    variables: Mapping[str, str] | None = None,
) -> list[str]:  # fmt: skip
    """The command inside a sandbox without network, other processes, or any file beside these.

    `readable`: folders that it may read as well. `hidden`: folders that are covered where they lie in what is shown:
    the instructor's, for one. `writable`: folders of the host that it may write; it has a /tmp of its own of SCRATCH
    bytes, and nothing else to write in. EnvironmentProblem: there is no bubblewrap.
    """
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise EnvironmentProblem(
            "submissions are judged in a sandbox, and bubblewrap is not here: install it (apt install bubblewrap), or "
            "say --unconfined to judge them with the rights of this user."
        )
    shown = _outermost([*_python(), *(path.resolve() for path in readable)])
    sandbox = [bwrap, "--unshare-all", "--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL"]
    for path in SYSTEM:
        sandbox += ["--ro-bind-try", path, path]
    sandbox += ["--proc", "/proc", "--dev", "/dev"]
    for place in ("/tmp", "/dev/shm"):  # noqa: S108
        sandbox += ["--size", str(SCRATCH), "--tmpfs", place]
    for folder in shown:
        sandbox += ["--ro-bind", str(folder), str(folder)]
    for folder in (path.resolve() for path in hidden):
        if folder.exists() and any(folder.is_relative_to(place) for place in shown):
            sandbox += ["--tmpfs", str(folder), "--remount-ro", str(folder)]
    for folder in (path.resolve() for path in writable):
        sandbox += ["--bind", str(folder), str(folder)]
    for place in ("/dev", "/"):  # memory of the host without a bound, else
        sandbox += ["--remount-ro", place]
    for name, value in {**VARIABLES, **(variables or {})}.items():
        sandbox += ["--setenv", name, value]
    return [*sandbox, "--chdir", "/tmp", "--", *command]  # noqa: S108


def _python() -> list[Path]:
    """Where this Python, its packages and hardenlab lie."""
    packages = [*hardenlab.__path__, *hardenlab.environments.__path__]
    search = [entry for entry in sys.path if entry.endswith(("site-packages", "dist-packages"))]
    interpreter = Path(os.path.realpath(sys.executable)).parent
    places: list[str | Path] = [sys.prefix, sys.base_prefix, interpreter, *search, *packages]
    checkout = Path(hardenlab.__file__).resolve().parents[2] / "pyproject.toml"  # tells hardenlab that it is in one
    return [path for path in (Path(place) for place in places) if path.is_dir()] + [checkout] * checkout.is_file()


def _outermost(paths: Iterable[Path]) -> list[Path]:
    """Without those that lie in another of them, or in the system's folders."""
    system = [Path(path) for path in SYSTEM]
    kept: list[Path] = []
    for path in sorted(set(paths), key=lambda item: len(item.parts)):
        if not any(path.is_relative_to(other) for other in [*kept, *system]):
            kept.append(path)
    return kept
