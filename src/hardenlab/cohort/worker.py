"""The worker in the sandbox: keeps worlds warm, and judges each submission in a fork that dies with it."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from hardenlab.cohort.frames import Lost, receive, send
from hardenlab.cohort.judge import Judge
from hardenlab.cohort.limits import JOURNAL_BYTES, restrain
from hardenlab.course.load import load_course
from hardenlab.environment import JobFailed, find_environment
from hardenlab.model.problem import EnvironmentProblem, Problem

MEMORY, FILE, FILES, PROCESSES = 3 * 1024**3, 256 * 1024**2, 512, 4_096
REQUEST_BYTES = 10_000


def main() -> None:
    """`python -m hardenlab.cohort.worker COURSE ENVIRONMENT`: requests on stdin, answers on stdout."""
    answers = os.dup(1)
    os.dup2(2, 1)  # what anything prints is no answer
    restrain(MEMORY, FILE, FILES, PROCESSES)
    judge = Judge(load_course(Path(sys.argv[1])), find_environment(sys.argv[2]))
    try:
        send(answers, b'{"ready":true}')
        while True:
            request = json.loads(receive(0, REQUEST_BYTES))
            journal = receive(0, JOURNAL_BYTES)
            send(answers, _one(judge, request, journal))
    except Lost:
        pass
    finally:
        judge.close()


def _one(judge: Judge, request: dict[str, Any], journal: bytes) -> bytes:
    """The journal is read and judged in a fork with an account of its own: this process does not look into either."""
    try:
        world = judge.world(judge.course.section(request["section"]), request["variant"])
        return b'{"assessment":' + judge.answer(world, journal).encode() + b"}"
    except JobFailed as problem:
        return _told(str(problem))
    except EnvironmentProblem as problem:
        return _told(f"judging the journal failed: {problem} A person must look.")
    except Problem as problem:
        return _told(str(problem))


def _told(problem: str) -> bytes:
    return json.dumps({"problem": problem[:2_000]}).encode()


if __name__ == "__main__":
    main()
