"""The worker in the sandbox: keeps worlds warm, and judges each submission in a fork that dies with it."""

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

from hardenlab.cohort.frames import Lost, receive, send
from hardenlab.cohort.judge import Judge
from hardenlab.cohort.limits import ANSWER_BYTES, JOURNAL_BYTES, WALL_SECONDS, restrain
from hardenlab.course.load import Course, load_course
from hardenlab.course.needs import read_needs
from hardenlab.environment import find_environment
from hardenlab.front.operations import load_service
from hardenlab.journal.file import parse_journal
from hardenlab.model.problem import Problem

MEMORY, FILE, FILES, PROCESSES, CPU_SECONDS = 3 * 1024**3, 256 * 1024**2, 512, 4_096, 100
REQUEST_BYTES = 10_000
USUAL = ("ec2", "iam", "s3", "kms", "sts", "logs", "cloudtrail")


def main() -> None:
    """`python -m hardenlab.cohort.worker COURSE ENVIRONMENT`: requests on stdin, answers on stdout."""
    answers = os.dup(1)
    os.dup2(2, 1)  # what anything prints is no answer
    restrain(MEMORY, FILE, FILES, PROCESSES)
    judge = Judge(load_course(Path(sys.argv[1])), find_environment(sys.argv[2]))
    _load_services(judge.course)
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


def _load_services(course: Course) -> None:
    """Each submission is judged in a fork: what it would read of its journal's services, it finds read."""
    for service in {*USUAL, *(name for needs in read_needs(course).values() for name in needs)}:
        load_service(service)


def _one(judge: Judge, request: dict[str, Any], journal: bytes) -> bytes:
    """Judge in a fork with an account of its own. The worlds' channels are closed in it: it cannot change them."""
    try:
        section = judge.course.section(request["section"])
        world = judge.world(section, request["variant"])
        before = _descriptors()
        backend = world.fresh()
    except Problem as problem:
        return _told(str(problem))
    own, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            for descriptor in before - {2}:
                os.close(descriptor)
            resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
            try:
                assessment = judge.assess(section, world, backend, parse_journal(journal, "the journal"))
                answer = json.dumps({"assessment": assessment.to_json()}).encode()
            except Problem as problem:
                answer = _told(str(problem))
            except Exception as error:
                answer = _told(f"the journal could not be judged ({type(error).__name__}).")
            send(theirs, answer if len(answer) <= ANSWER_BYTES else _told("what was found is too long to be kept."))
        finally:
            os._exit(0)
    os.close(theirs)
    backend.close()
    try:
        return receive(own, ANSWER_BYTES, WALL_SECONDS)
    except Lost as lost:
        return _told(f"judging the journal failed: {lost}. A person must look.")
    finally:
        os.close(own)
        os.kill(pid, 9)
        os.waitpid(pid, 0)


def _descriptors() -> set[int]:
    found = {int(name) for name in os.listdir("/proc/self/fd")}  # noqa: PTH208
    return {number for number in found if Path(f"/proc/self/fd/{number}").exists() or _open(number)}


def _open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _told(problem: str) -> bytes:
    return json.dumps({"problem": problem[:2_000]}).encode()


if __name__ == "__main__":
    main()
