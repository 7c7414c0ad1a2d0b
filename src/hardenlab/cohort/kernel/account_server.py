"""The account's process: what a learner's own server is, without the way to solutions, and on a Unix socket."""

import os
import secrets
import socket
import sys
import time
from pathlib import Path

from hardenlab.assess.world import World
from hardenlab.attempt.attempt import Attempt
from hardenlab.attempt.control import VERBS, Server
from hardenlab.attempt.lookup_events import ACTION, LookupEvents
from hardenlab.attempt.loop import Loop
from hardenlab.attempt.server import header_of, new_keys
from hardenlab.attempt.workspace import write_private
from hardenlab.cohort.frames import send
from hardenlab.cohort.kernel.inside import SOCKET, TOLD
from hardenlab.cohort.limits import restrain
from hardenlab.cohort.worker import FILE, FILES, MEMORY, PROCESSES
from hardenlab.course.load import load_course
from hardenlab.environment import find_environment
from hardenlab.front.app import Administrator, Front
from hardenlab.front.ledger import Ledger
from hardenlab.journal.file import Journal

PORT = 4566
JOURNAL = Path("/tmp/notebook.journal")  # noqa: S108  the sandbox's own: what the notebook does here counts for nothing


def main() -> None:
    """`python -m hardenlab.cohort.kernel.account_server COURSE ENVIRONMENT SECTION VARIANT FOLDER`."""
    root, environment_name, section_id, variant, folder = sys.argv[1:]
    answers = os.dup(1)
    os.dup2(2, 1)
    restrain(MEMORY, FILE, FILES, PROCESSES)
    course, environment = load_course(Path(root)), find_environment(environment_name)
    section = course.section(section_id)
    world = World.plant(environment.start(), course.root, section, variant)
    ledger = Ledger(world.fresh, Journal.create(JOURNAL, header_of(section, world, environment)), time.time)
    keys, token = new_keys(world), secrets.token_hex(24)
    administrator = Administrator(keys["access_key"], keys["secret"], world.account_id, world.region)
    front = Front(ledger, administrator, PORT, {ACTION: LookupEvents(ledger)})
    server = Server(front, Attempt(course, section, world, ledger), token, lambda: None, VERBS - {"solution"})
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(Path(folder) / SOCKET))
    listener.listen()
    write_private(
        Path(folder) / TOLD,
        {
            "section": section.id,
            "settings": {"variant": variant, "course": root, "environment": environment_name},
            "endpoint": {"pid": 0, "port": PORT, "token": token, **keys, "region": world.region},
        },
    )
    send(answers, b"ready")
    Loop(server, listener, server.at_once, server.takes_long).run()


if __name__ == "__main__":
    main()
