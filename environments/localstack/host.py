"""Run LocalStack inside its own virtual environment: `python host.py LOCK FOLDER`. Its address is in GATEWAY_LISTEN.

Nothing of hardenlab is imported here, since it is not installed here. LocalStack would listen on every interface,
download what it lacks and write where it likes: an audit hook confines it to itself on loopback and to its folder, and
lets it start no other program. It ends when its standard input does, so it never outlives the process that started it.
"""

import os
import re
import shutil
import sys
import threading
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PORT = int(os.environ.get("GATEWAY_LISTEN", ":0").rpartition(":")[2])
LOOPBACK = ("127.", "::1", "localhost", "::ffff:127.")
PROGRAMS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "pty.spawn")
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = ("os.mkdir", "os.rename", "os.link", "os.symlink", "os.truncate", "shutil.copyfile", "shutil.move")


def main() -> None:
    lock, folder = Path(sys.argv[1]), Path(sys.argv[2]).resolve()
    wrong = differing(lock)
    if wrong:
        sys.exit(f"this is not the LocalStack that hardenlab was tested with: {', '.join(wrong[:5])}")
    end_with_standard_input(folder)
    sys.addaudithook(lambda event, arguments: confine(event, arguments, folder))
    from localstack.runtime.main import main as run
    from localstack.services.s3 import provider

    provider.DEFAULT_S3_TMP_DIR = str(folder / "s3")  # a constant there, and in /tmp
    try:
        run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def differing(lock: Path) -> list[str]:
    """The pins that are not what is installed."""
    pins = re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)([^\\\n]*)", lock.read_text(), re.M)
    wrong = []
    for name, wanted, marker in pins:
        try:
            found = version(name)
        except PackageNotFoundError:
            found = "missing"
        if found != wanted and not (marker.strip() and found == "missing"):
            wrong.append(f"{name} is {found} instead of {wanted}")
    return wrong


def confine(event: str, arguments: tuple[Any, ...], folder: Path) -> None:
    """Refuse what reaches out of loopback or out of the folder."""
    if event in ("socket.connect", "socket.sendto", "socket.bind"):
        address = arguments[1]
        if isinstance(address, tuple) and not is_own(address, event):
            raise PermissionError(f"{event} to {address[0]}: LocalStack speaks to itself only")
    elif event in PROGRAMS:
        raise PermissionError("LocalStack starts no program here")
    elif event == "open":
        path, flags = arguments[0], arguments[2]
        if isinstance(path, str | bytes | os.PathLike) and isinstance(flags, int) and flags & WRITES:
            check_inside(path, folder)
    elif event in CHANGES and isinstance(arguments[0], str | bytes | os.PathLike):
        check_inside(arguments[0] if event == "os.mkdir" else arguments[1], folder)


def is_own(address: tuple[Any, ...], event: str) -> bool:
    """Loopback, and of what listens there only LocalStack itself."""
    return str(address[0]).startswith(LOOPBACK) and (event == "socket.bind" or address[1] in (PORT, 0))


def check_inside(path: Any, folder: Path) -> None:
    whole = os.path.abspath(os.fsdecode(path))  # noqa: PTH100  resolving would touch the disk at every file
    if not whole.startswith((f"{folder}{os.sep}", "/dev/", "/proc/self/")) and whole != str(folder):
        raise PermissionError(f"{whole} is outside LocalStack's folder")


def end_with_standard_input(folder: Path) -> None:
    """Leave at once when the other end of standard input is gone, and take the folder along: nothing here is kept."""

    def watch() -> None:
        while os.read(0, 4096):
            pass
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    main()
