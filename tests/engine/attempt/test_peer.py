"""Who is at the other end: the kernel's word, not the caller's."""

import os
import socket

from hardenlab.attempt.peer import loopback_peer, unix_peer


def test_a_unix_sockets_peer_is_the_user_who_connected():
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        assert unix_peer(ours) == os.geteuid()


def test_a_loopback_peer_is_the_owner_of_the_socket_at_the_other_end():
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert loopback_peer(accepted) == os.geteuid()


def test_who_is_gone_is_nobody():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        accepted, _ = listener.accept()
        with accepted:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # ends at once
            theirs = client.getsockname()
            client.close()
            gone = _Gone(accepted, theirs)
            assert loopback_peer(gone) is None


class _Gone:
    """A connection whose other end has ended: the kernel does not name it any more, but who accepted it does."""

    def __init__(self, connection, theirs):
        self.getsockname = connection.getsockname
        self.getpeername = lambda: theirs
