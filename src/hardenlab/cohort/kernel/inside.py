"""The first process in a kernel's sandbox: copies the submission, brings the account near, becomes the kernel."""

import asyncio
import json
import os
import shutil
import socket
import sys
from pathlib import Path
from typing import Any

from hardenlab.attempt.client import HOST, Endpoint
from hardenlab.attempt.workspace import VARIABLE, Workspace, write_private
from hardenlab.cohort.limits import restrain
from hardenlab.notebook.aws_files import point_environment

MEMORY, FILE, FILES, PROCESSES = 4 * 1024**3, 64 * 1024**2, 512, 1_024
HOME = Path("/tmp/home")  # noqa: S108  the sandbox's own
SOCKET, TOLD = "account.sock", "account.json"
PIECE = 64 * 1024


def main() -> None:
    """`python -m hardenlab.cohort.kernel.inside SUBMISSION ACCOUNT COMMAND...`; ACCOUNT is a folder, or empty."""
    submission, account, command = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    restrain(MEMORY, FILE, FILES, PROCESSES)
    place = HOME / submission.name
    shutil.copytree(submission, place, symlinks=True)
    os.environ |= {"HOME": str(HOME), VARIABLE: str(HOME)}
    os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    if account:
        join(Path(account))
    os.chdir(place)
    os.execv(command[0], command)  # noqa: S606


def join(account: Path) -> None:
    """A workspace whose section is open already, and its address, behind which the account's socket is."""
    told: dict[str, Any] = json.loads((account / TOLD).read_text())
    workspace, endpoint = Workspace(HOME), Endpoint(**told["endpoint"])
    write_private(workspace.state / "workspace.json", told["settings"])
    write_private(workspace.section_state(told["section"]) / "endpoint.json", told["endpoint"])
    point_environment(os.environ, workspace, endpoint)
    listener = socket.create_server((HOST, endpoint.port))
    if os.fork() == 0:
        if os.fork() == 0:  # no child of the kernel's
            asyncio.run(_relay(listener, account / SOCKET))
        os._exit(0)
    os.wait()
    listener.close()


async def _relay(listener: socket.socket, path: Path) -> None:
    """Every connection to the address is one to the socket."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_unix_connection(path)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pass(reader, back), _pass(there, writer))

    server = await asyncio.start_server(serve, sock=listener)
    async with server:
        await server.serve_forever()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


if __name__ == "__main__":
    main()
