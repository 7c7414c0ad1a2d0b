"""Waitress's loop, which answers calls itself: handing each to a thread and back costs more than most answers.

The account takes one call at a time, so threads would only wait for each other. What may take seconds (a check, a
reset) goes to one worker thread, and calls queue behind it while it works, so that the loop goes on reading, writing
and answering `ping`.
"""

import queue
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import waitress.server

from hardenlab.front.policy import MAX_BODY

QUIET = 0.05  # seconds without a request
SEND_BYTES = 64 * 1024  # answers up to this go out in one piece, headers and body
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


MAX_CONNECTIONS = 4000


def _room() -> int:
    """How many connections this process takes: as many as we want, where the system lets it open the files for them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + 100
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return min(MAX_CONNECTIONS, soft - 100)


class Loop:
    """Serves an application on a listening socket. `at_once` and `takes_long` judge a request by its path.

    `admits` judges a connection before anything of it is read; one that is not let in is closed. `rest` is called once
    in the quiet after requests: it may use what they use.
    """

    def __init__(
        self,
        application: Application,
        listener: socket.socket,
        at_once: Callable[[str], bool],
        takes_long: Callable[[str], bool],
        admits: Callable[[socket.socket], bool] = lambda connection: True,
        rest: Callable[[], None] = lambda: None,
    ) -> None:
        self._at_once = at_once
        self._takes_long = takes_long
        self._ready: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._worker = _Worker()
        self._server = waitress.server.create_server(
            application, sockets=[listener], _dispatcher=self,
            max_request_body_size=MAX_BODY + 1,  # the first size that it refuses
            clear_untrusted_proxy_headers=True, ident=None, connection_limit=_room(), channel_timeout=300,
            outbuf_high_watermark=1 << 40,  # above it the loop would wait for itself
            asyncore_use_poll=True,  # select() ends at descriptor 1023
            send_bytes=SEND_BYTES,
        )  # fmt: skip
        self._admits = admits
        self._rest = rest
        self._rested, self._served_at = False, 0.0
        self._accept_any = self._server.accept
        self._server.accept = self._accept
        self._wake_waitress = self._server.pull_trigger
        self._server.pull_trigger = self._wake
        self._thread = 0

    def run(self) -> None:
        """Serve until a signal's handler raises SystemExit."""
        self._thread, self._served_at = threading.get_ident(), time.monotonic()
        while True:
            longest = QUIET if not self._rested else 1
            self._server.asyncore.loop(
                timeout=longest if self._ready.empty() else 0, map=self._server._map, use_poll=True, count=1
            )
            for _ in range(self._ready.qsize()):
                self._serve(self._ready.get())
            self._rest_when_quiet()

    def _rest_when_quiet(self) -> None:
        if self._worker.busy:
            self._rested, self._served_at = False, time.monotonic()
        elif not self._rested and time.monotonic() - self._served_at > QUIET:
            self._rested = True
            self._rest()

    def _accept(self) -> Any:
        """Waitress's accept, which answers None where there is nobody to serve."""
        accepted = self._accept_any()
        if accepted is not None and not self._admits(accepted[0]):
            accepted[0].close()
            return None
        return accepted

    def add_task(self, channel: Any) -> None:
        """Waitress's word that a connection has a request; it holds the connection's lock, so serving comes later."""
        self._ready.put(channel)

    def _wake(self) -> None:
        """Waitress's word that the loop has something to do: needless when the loop says it to itself."""
        if threading.get_ident() != self._thread:
            self._wake_waitress()

    def _serve(self, channel: Any) -> None:
        self._rested, self._served_at = False, time.monotonic()
        path = getattr(channel.requests[0], "path", "")  # a malformed request has none
        if self._at_once(path) or not (self._worker.busy or self._takes_long(path)):
            _answer(channel)
            channel.handle_write()
        else:
            self._worker.take(lambda: _answer(channel))


def _answer(channel: Any) -> None:
    try:
        channel.service()
    except Exception:  # waitress has answered what the application raised: this is its own
        channel.logger.exception("a connection failed")
        channel.will_close = True


class _Worker:
    """One thread that does what it is given, in order."""

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._unfinished = 0
        threading.Thread(target=self._run, daemon=True).start()

    @property
    def busy(self) -> bool:
        return self._unfinished > 0

    def take(self, job: Callable[[], None]) -> None:
        with self._lock:
            self._unfinished += 1
        self._work.put(job)

    def _run(self) -> None:
        while True:
            self._work.get()()
            with self._lock:
                self._unfinished -= 1
