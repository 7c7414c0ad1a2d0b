"""A backend process: holds one state of the accounts, answers one message at a time, forks when asked.

It has one thread, for ever: a fork of a process with threads may inherit a lock that nobody will release.
"""

import gc
import importlib
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from hardenlab.model.http import Moment, Request
from hardenlab.model.problem import Problem

from .caller import name_the_learner
from .channel import Channel, Closed
from .determinism import Determinism
from .emulator import Emulator
from .forms import FORM
from .large_pages import use_large_pages
from .member_accounts import give_the_organizations_role_its_policy
from .sealed import seal
from .self_test import Moved, self_test
from .services import announce_services
from .tuning import tune

SEED_CLOCK = 1_767_603_600.0  # 2026-01-05T09:00:00Z: every account was seeded then, so that variants have one digest


class Backend:
    """The state and what can be done with it."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.account = ""
        self.determinism = Determinism()
        self.emulator = Emulator(self.determinism)

    def serve(self) -> None:
        """Answer messages until the other end closes."""
        while True:
            try:
                head, body = self.channel.receive()
            except Closed:
                os._exit(0)
            try:
                self._answer(head, body)
            except Closed:
                os._exit(0)
            except Exception as error:
                self.channel.send(_problem(error))

    def _answer(self, head: dict[str, Any], body: bytes) -> None:
        match head["do"]:
            case "hello":
                self.channel.send({"pid": os.getpid()})
            case "call":
                self._call(head, body)
            case "credential":
                self.channel.send({"credential": self.emulator.credential(head["access_key"])})
            case "seed":
                self.determinism.variant = head["variant"]
                self.account = head["arguments"]["account_id"]
                self.emulator.open_account(head["arguments"]["account_id"])
                self.channel.send({"result": run_job(self.emulator, head, SEED_CLOCK)})
            case "run":
                self._run(head)
            case "run here":
                self.channel.send({"result": _without_collections(lambda: run_job(self.emulator, head, None))})
            case "clone":
                self._clone(head.get("warm", False))
            case "forget":
                self.emulator.forget()
                self.channel.send({})
            case "gather":
                use_large_pages()
                self.channel.send({})
            case "digest":
                self.channel.send({"digest": self.emulator.digest()})
            case other:
                self.channel.send({"problem": f"a backend cannot '{other}'"})

    def _call(self, head: dict[str, Any], body: bytes) -> None:
        method, path, query, headers, account, region, service, access_key = head["request"]
        request = Request(method, path, query, headers, body, account, region, service, access_key)
        response = self.emulator.call(request, Moment(head["seed"], head["clock"]))
        self.channel.send(
            {
                "status": response.status,
                "headers": response.headers,
                "unimplemented": response.unimplemented,
                "crash": response.crash,
            },
            response.body,
        )

    def _clone(self, warm: bool) -> None:
        _reap()
        gc.freeze()  # a clone's collections leave alone what it shares with this process
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            ours.close()
            self.channel.close()
            self.channel = Channel(theirs)
            if warm and self.account:
                self._touch()
            return
        theirs.close()
        self.channel.send({"pid": pid})
        self.channel.send_socket(ours)
        ours.close()

    def _touch(self) -> None:
        """Serve a call to nobody: the pages that every call writes to are copied now and not at the first call."""
        form = {"content-type": FORM}
        for service, action in (("ec2", b"Action=DescribeVpcs"), ("iam", b"Action=ListUsers")):
            request = Request("POST", "/", "", form, action, self.account, "us-east-1", service, "")
            self.emulator.call(request, Moment("read:warm", SEED_CLOCK))

    def _run(self, head: dict[str, Any]) -> None:
        """Run a job in a fork, so that whatever it does to the state is gone with it."""
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            ours.close()
            self.channel.close()
            _finish(Channel(theirs), self.emulator, head)
        theirs.close()
        result = Channel(ours)
        try:
            result.settimeout(head["timeout"])
            answer, _ = result.receive()
        except TimeoutError as error:
            raise TimeoutError(f"the job took longer than {head['timeout']:.0f} s") from error
        except Closed as error:
            raise RuntimeError("the job ended without an answer") from error
        finally:
            result.close()
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        self.channel.send(answer)


def _without_collections(job: Callable[[], Any]) -> Any:
    """A collection in the middle writes to pages that are shared with the parent, and finds next to nothing."""
    gc.disable()
    try:
        return job()
    finally:
        gc.enable()


def _problem(error: Exception) -> dict[str, Any]:
    """What the other end is told: broken content in its own words, anything else by the error's name."""
    if isinstance(error, Problem):
        return {"problem": str(error)[:2000], "exit_code": error.exit_code}
    return {"problem": f"{type(error).__name__}: {error}"[:2000]}


def _finish(channel: Channel, emulator: Emulator, head: dict[str, Any]) -> None:
    """In the fork: run the job, send its answer, end without running anybody's exit handlers."""
    gc.disable()  # a collection writes to every object, and so copies every page that is shared with the parent
    try:
        answer = {"result": run_job(emulator, head, None)}
    except Exception as error:
        answer = _problem(error)
    try:
        channel.send(answer)
    finally:
        os._exit(0)


def run_job(emulator: Emulator, head: dict[str, Any], clock: float | None) -> Any:
    """Call the engine's function `module:function` with clients of the account that its arguments name."""
    module, _, function = head["job"].partition(":")
    if not module.startswith("hardenlab."):
        raise ValueError(f"'{head['job']}' is not a job of hardenlab")
    mode = head["do"] if clock is None else f"{head['do']}:{function}"  # jobs that are kept must not draw equal ids
    with emulator.numbered(mode, head["arguments"]["account_id"], clock) as clients:
        return getattr(importlib.import_module(module), function)(clients, head["arguments"])


def _reap() -> None:
    """Collect clones that have ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the front, which closes the channel
    announce_services()
    tune()
    name_the_learner()
    give_the_organizations_role_its_policy()
    backend = Backend(Channel(socket.socket(fileno=int(sys.argv[1]))))
    backend.emulator.warm_up()
    try:
        self_test(backend.emulator)
    except Moved as error:
        sys.exit(str(error))
    seal()
    gc.freeze()
    gc.enable()
    backend.serve()
