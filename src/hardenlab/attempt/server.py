"""What the process of an attempt does, once `start` has begun: it serves until it is stopped."""

import gc
import json
import os
import secrets
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hardenlab.assess.world import World
from hardenlab.attempt.attempt import Attempt
from hardenlab.attempt.classroom import UID
from hardenlab.attempt.control import Server
from hardenlab.attempt.lookup_events import ACTION, LookupEvents
from hardenlab.attempt.loop import Loop
from hardenlab.attempt.peer import loopback_peer
from hardenlab.attempt.workspace import Workspace, write_private
from hardenlab.course.load import Course, load_course
from hardenlab.course.needs import refusal
from hardenlab.environment import Backend, Environment, find_environment
from hardenlab.front.app import Administrator, Front
from hardenlab.front.ledger import Ledger
from hardenlab.front.seen import EventHistory
from hardenlab.front.snapshots import Snapshots
from hardenlab.journal.file import Journal
from hardenlab.model.problem import JournalProblem, Problem, UsageProblem
from hardenlab.model.rubric import Section

HOST = "127.0.0.1"
READY, BROKEN, EVENTS = "endpoint.json", "problem.json", "events.jsonl"


def run(workspace: Workspace, section_id: str, start: Callable[[Environment], Backend]) -> int:
    """Serve a section; answers the exit code. `start` starts its environment."""
    state = workspace.section_state(section_id)
    try:
        serve(workspace, section_id, start)
    except Problem as error:
        write_private(state / BROKEN, {"problem": str(error), "exit_code": error.exit_code})
        return error.exit_code
    except Exception as error:
        traceback.print_exc()
        problem = f"the section's server failed ({type(error).__name__}: {error}). Its log is {state / 'log.txt'}."
        write_private(state / BROKEN, {"problem": problem, "exit_code": 3})
        return 3
    return 0


def serve(workspace: Workspace, section_id: str, start: Callable[[Environment], Backend]) -> None:
    """Open or begin the attempt, say where it listens, and serve it."""
    course = load_course(workspace.course())
    section = course.section(section_id)
    path = workspace.journal(section.id)
    journal = open_journal(path, section) if path.exists() else None
    environment = find_environment(workspace.environment(section.id))
    refused = refusal(environment, course, section.id)
    if refused:
        raise UsageProblem(refused)
    if journal is not None:
        _begun_here(journal, section, environment)
    variant = _variant(workspace, section, journal)
    world = World.plant(start(environment), course.root, section, variant)
    if journal is None:
        journal = Journal.create(path, header_of(section, world, environment))
    elif journal.header["fingerprint"] != environment.fingerprint() or journal.header["digest"] != world.digest:
        _log(f"begun with {journal.header['fingerprint']}, here is {environment.fingerprint()}: replay decides")
    events = EventHistory(workspace.section_state(section.id) / EVENTS)
    ledger = Ledger(
        world.fresh,
        journal,
        time.time,
        events,
        environment.exact,
        snapshots=Snapshots(),
        make_ready=world.stand_by,
    )
    try:
        ledger.catch_up()
        _listen(workspace, section, course, world, ledger)
    finally:
        ledger.close()
        world.close()


def _variant(workspace: Workspace, section: Section, journal: Journal | None) -> str:
    """The journal's variant; in a released lab only if it is the learner's, else graders would refuse the work."""
    if journal is None:
        return workspace.variant(section.id)
    variant = str(journal.header["variant"])
    release = workspace.release(section.id)
    if release is not None and workspace.variant(section.id) != variant:
        raise JournalProblem(
            f"{journal.path} was begun on another account than yours in the course '{release.course}'. "
            "Move it away to start on yours; if it is yours, say who you are: hardenlab join YOUR-ID."
        )
    return variant


def _begun_here(journal: Journal, section: Section, environment: Environment) -> None:
    """The calls of a journal name ids of the environment that it was begun on, which no other knows."""
    begun = journal.header["fingerprint"].get("environment", environment.name)
    if begun != environment.name and journal.history.calls:
        raise JournalProblem(
            f"{journal.path} was begun on {begun}, and its calls mean nothing on {environment.name}. Go on there: "
            f"hardenlab start {section.id} --environment {begun}; or move the file away to start anew."
        )


def header_of(section: Section, world: World, environment: Environment) -> dict[str, Any]:
    """What a new journal says of itself: enough to seed the same account again."""
    return {
        "section": section.id,
        "scenario": section.scenario,
        "variant": world.arguments["variant"],
        "account": world.account_id,
        "fingerprint": environment.fingerprint(),
        "digest": world.digest,
    }


def open_journal(path: Path, section: Section) -> Journal:
    """The attempt's journal, if it is this section's."""
    journal = Journal.open(path)
    known = journal.header
    if known.get("section") != section.id or known.get("scenario") != section.scenario:
        journal.close()
        raise JournalProblem(
            f"{path} belongs to the section '{known.get('section')}' with the scenario '{known.get('scenario')}', "
            f"not to '{section.id}'. Put it back where it was, or move it away to start anew."
        )
    return journal


def _log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201  the process's log


def _listen(workspace: Workspace, section: Section, course: Course, world: World, ledger: Ledger) -> None:
    state = workspace.section_state(section.id)
    keys = _keys(state, world)
    listener = _socket(keys.get("port", 0))
    port = listener.getsockname()[1]
    write_private(state / "keys.json", keys | {"port": port})
    administrator = Administrator(keys["access_key"], keys["secret"], world.account_id, world.region)
    token = secrets.token_hex(24)
    attempt = Attempt(course, section, world, ledger)
    application = Server(Front(ledger, administrator, port, {ACTION: LookupEvents(ledger)}), attempt, token, _stop_soon)
    loop = Loop(application, listener, application.at_once, application.takes_long, _admission(workspace), ledger.rest)
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in JupyterLab's terminal ends JupyterLab, which stops us
    (state / BROKEN).unlink(missing_ok=True)
    write_private(state / READY, {"pid": os.getpid(), "port": port, "token": token, **keys, "region": world.region})
    gc.freeze()  # what was loaded stays: no later collection looks at it again
    try:
        loop.run()
    finally:
        (state / READY).unlink(missing_ok=True)


def _admission(workspace: Workspace) -> Callable[[socket.socket], bool]:
    """In a classroom the learner's Unix user and our own are let in: the public of his account is no neighbour."""
    uid = workspace.settings().get(UID)
    if uid is None:
        return lambda connection: True
    return lambda connection: loopback_peer(connection) in (uid, os.geteuid())


def _leave(_number: int, _frame: object) -> None:
    raise SystemExit(0)


def _stop_soon() -> None:
    """End the server once the answer in hand has gone out."""
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()


def _keys(state: Path, world: World) -> dict[str, Any]:
    """The administrator's key of this attempt: made once, kept in the private folder."""
    path = state / "keys.json"
    if path.exists():
        keys: dict[str, Any] = json.loads(path.read_text())
        return keys
    return new_keys(world)


def new_keys(world: World) -> dict[str, Any]:
    """An administrator's key that exists nowhere else."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return {
        "access_key": "AKIA" + "".join(secrets.choice(alphabet) for _ in range(16)),
        "secret": secrets.token_urlsafe(30),
        "account": world.account_id,
    }


def _socket(port: int) -> socket.socket:
    """A listening socket on loopback: the port of last time when it is free, so that open clients go on."""
    for wanted in (port, 0):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, wanted))
        except OSError:
            listener.close()
            continue
        listener.listen(256)
        return listener
    raise OSError("no free port on 127.0.0.1")
