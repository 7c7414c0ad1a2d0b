"""Who is at the other end of a connection on this machine: the Unix user, as the kernel knows him. Linux only."""

import socket
import struct
from pathlib import Path

CREDENTIALS = struct.Struct("3i")
TABLE = Path("/proc/net/tcp")
LOCAL, REMOTE, USER = 1, 2, 7  # columns, as in proc(5)


def unix_peer(connection: socket.socket) -> int:
    """The user id of the process that connected to a Unix socket (SO_PEERCRED, unix(7))."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    return int(CREDENTIALS.unpack(credentials)[1])


def loopback_peer(connection: socket.socket) -> int | None:
    """The user id of the process that connected over IPv4 loopback: the owner of the socket at the other end.

    None: that socket is gone already.
    """
    own, theirs = _shown(connection.getsockname()), _shown(connection.getpeername())
    for line in TABLE.read_text(encoding="ascii").splitlines()[1:]:
        columns = line.split()
        if columns[LOCAL] == theirs and columns[REMOTE] == own:
            return int(columns[USER])
    return None


def _shown(address: tuple[str, int]) -> str:
    """An address as the kernel's table writes it: the four bytes as one number of this machine, and the port."""
    (number,) = struct.unpack("=I", socket.inet_aton(address[0]))
    return f"{number:08X}:{address[1]:04X}"
