"""Judge a cohort on many machines with Dask: journals go out as bytes, bounded answers come back.

Each Dask worker keeps one process that judges, in a sandbox, as on one machine. A worker that is lost is Dask's to
replace, and what it had is judged by another. Marks are computed and recorded here.
"""

import io
import json
import shutil
import tarfile
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from distributed import Client, KilledWorker, WorkerPlugin, get_worker, wait
from distributed.comm.core import CommClosedError

from hardenlab.cohort.confined import ConfinedJudge
from hardenlab.cohort.folder import CourseFolder
from hardenlab.cohort.graded import hand_in
from hardenlab.cohort.limits import ANSWER_BYTES, ATTEMPTS, START_SECONDS, WALL_SECONDS
from hardenlab.cohort.pieces import AsJudged, Piece
from hardenlab.cohort.quiet import Quiet
from hardenlab.cohort.submitted import checked_variant, read_submitted
from hardenlab.course.find import FOLDERS
from hardenlab.course.load import HIDDEN, load_course
from hardenlab.environment import find_environment
from hardenlab.model.problem import EnvironmentProblem, Problem
from hardenlab.model.rubric import Lab

BATCH, BATCH_BYTES = 8, 4 * 1024 * 1024
CONNECT_SECONDS = 20
WAITING = 64  # judged, and not recorded yet
GONE = "the cluster's scheduler went away. Grade again: what is graded stays."
Request = tuple[str, str, bytes]  # section, variant, journal


@dataclass(frozen=True)
class Batch:
    """Students of one variant who are judged by one call. `known`: problems that were seen before judging."""

    students: tuple[str, ...]
    variant: str
    requests: Mapping[tuple[str, str], Request]
    known: Mapping[tuple[str, str], str]
    digests: Mapping[str, str]

    def apart(self) -> "list[Batch]":
        """One batch for each student."""
        return [
            Batch(
                (one,),
                self.variant,
                {key: request for key, request in self.requests.items() if key[0] == one},
                {key: problem for key, problem in self.known.items() if key[0] == one},
                {one: self.digests[one]},
            )
            for one in self.students
        ]

    def pieces(self, answers: Mapping[tuple[str, str], str]) -> Iterator[Piece]:
        """What the graders record, once all is judged."""
        told = {key: _told(problem) for key, problem in self.known.items()} | dict(answers)
        for one in self.students:
            own = {notebook: answer for (student, notebook), answer in told.items() if student == one}
            yield Piece(one, self.variant, own, self.digests[one])


@contextmanager
def judged_on(
    scheduler: str, folder: CourseFolder, lab: str, variants: Mapping[str, str], confined: bool
) -> Iterator[AsJudged]:
    """Pieces as a cluster judges them. `variants`: by student.

    EnvironmentProblem: the cluster cannot be reached, its workers cannot judge, or it went away.
    """
    pieces = AsJudged(WAITING)
    with _connected(scheduler) as client, _keeping_judges(client, folder, confined) as plugin:

        def feed() -> None:
            try:
                with client.as_current():  # where `wait` looks for it
                    _judge(client, plugin, folder, folder.course().lab(lab), variants, pieces.put)
                pieces.end()
            except Problem as problem:
                pieces.end(problem)
            except Exception as error:
                gone = isinstance(error, CancelledError | CommClosedError) or client.status != "running"
                failed = f"judging on {scheduler} failed ({type(error).__name__}: {error})."
                pieces.end(EnvironmentProblem(GONE if gone else failed))

        thread = threading.Thread(target=feed, daemon=True)
        thread.start()
        try:
            yield pieces
        finally:
            pieces.end()
            thread.join()
    if pieces.problem is not None:
        raise pieces.problem


class KeepJudge(WorkerPlugin):  # type: ignore[misc]
    """On each Dask worker: the course's files, and the process that judges with them."""

    def __init__(self, course: bytes, environment: str, fingerprint: Mapping[str, str], confined: bool) -> None:
        self.name = f"hardenlab-{sha256(course).hexdigest()[:16]}"
        self._course = course
        self._environment = environment
        self._fingerprint = dict(fingerprint)
        self._confined = confined

    def setup(self, worker: Any) -> None:
        here = find_environment(self._environment).fingerprint()
        if here != self._fingerprint:
            raise EnvironmentProblem(
                f"this worker has {here}, and the run {self._fingerprint}: install the same there."
            )
        self._folder = Path(tempfile.mkdtemp(prefix="hardenlab-course-"))
        with tarfile.open(fileobj=io.BytesIO(self._course)) as files:
            files.extractall(self._folder, filter="data")
        self._loaded = load_course(self._folder)
        self._judge = ConfinedJudge(self._loaded, self._environment, sandboxed=self._confined)
        self._lock = threading.Lock()
        self._quiet = Quiet(worker)

    def teardown(self, worker: Any) -> None:
        if hasattr(self, "_quiet"):
            self._quiet.end()
        if hasattr(self, "_judge"):
            self._judge.close()
            shutil.rmtree(self._folder, ignore_errors=True)

    def answer(self, request: Request) -> bytes:
        section, variant, journal = request
        try:
            with self._lock:
                return self._judge.answer(self._loaded.section(section), variant, journal)
        except EnvironmentProblem:
            raise
        except Problem as problem:
            return _told(str(problem)).encode()


def judge_here(plugin: str, requests: list[Request]) -> list[bytes]:
    """The call that Dask makes on a worker."""
    judge: KeepJudge = get_worker().plugins[plugin]
    return [judge.answer(request) for request in requests]


@contextmanager
def _connected(scheduler: str) -> Iterator[Client]:
    try:
        client = Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise EnvironmentProblem(
            f"no Dask scheduler answers at {scheduler[:200]} ({error}). Start one: dask scheduler --host 127.0.0.1"
        ) from error
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        yield client
    except TimeoutError as error:
        raise EnvironmentProblem(
            f"the scheduler at {scheduler} has no workers. Start some: dask worker --nthreads 1 {scheduler}"
        ) from error
    finally:
        client.close()


@contextmanager
def _keeping_judges(client: Client, folder: CourseFolder, confined: bool) -> Iterator[str]:
    fingerprint = find_environment(folder.environment).fingerprint()
    plugin = KeepJudge(_packed(folder.course().root), folder.environment, fingerprint, confined)
    try:
        client.register_plugin(plugin)
    except EnvironmentProblem:
        raise
    except Exception as error:
        raise EnvironmentProblem(f"a worker of the cluster cannot judge ({type(error).__name__}: {error}).") from error
    try:
        yield plugin.name
    finally:
        if client.status == "running":  # a cluster that is gone keeps nothing
            with suppress(OSError, ValueError, CommClosedError):
                client.unregister_worker_plugin(plugin.name)


def _packed(course: Path) -> bytes:
    """The files of a course: equal ones are equal bytes."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as files:
        for name in (*FOLDERS, HIDDEN):
            for path in sorted((course / name).rglob("*")):
                if path.is_file() and not path.is_symlink() and "__pycache__" not in path.parts:
                    entry = tarfile.TarInfo(str(path.relative_to(course)))
                    content = path.read_bytes()
                    entry.size = len(content)
                    files.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _judge(
    client: Client, plugin: str, folder: CourseFolder, lab: Lab, variants: Mapping[str, str],
    put: Callable[[Piece], bool],
) -> None:  # fmt: skip
    """Keep every worker busy with a batch ahead, and hand on what is judged, until all is or nobody takes it."""
    batches = _batches(folder, lab, variants, _size(client, len(variants)))
    again: deque[Batch] = deque()
    running: dict[Any, Batch] = {}
    while True:
        workers = client.nthreads()
        while len(running) < 2 * max(sum(workers.values()), 1):
            batch = again.popleft() if again else next(batches, None)
            if batch is None:
                break
            running[_submit(client, plugin, batch, sorted(workers))] = batch
        if not running:
            return
        for future in _finished(running):
            batch = running.pop(future)
            answers = _answers(future, batch)
            if answers is None:
                again += batch.apart()
            elif not all(put(piece) for piece in batch.pieces(answers)):
                return


def _size(client: Client, students: int) -> int:
    """Large enough that a call costs little beside its work, small enough that all workers end together."""
    threads = sum(int(number) for number in client.nthreads().values())
    return max(1, min(BATCH, students // (4 * max(threads, 1))))


def _submit(client: Client, plugin: str, batch: Batch, workers: list[str]) -> Any:
    """Batches of one variant go to few workers, each of which seeds the variant once; an idle one may take them."""
    first = int(sha256(batch.variant.encode()).hexdigest(), 16) % max(len(workers), 1)
    return client.submit(
        judge_here, plugin, list(batch.requests.values()), pure=False, workers=workers[first : first + 1] or None,
        allow_other_workers=bool(workers),
    )  # fmt: skip


def _finished(running: Iterable[Any]) -> Iterable[Any]:
    silence = (WALL_SECONDS + START_SECONDS) * ATTEMPTS * BATCH
    try:
        done: Iterable[Any] = wait(list(running), silence, "FIRST_COMPLETED").done
        return done
    except TimeoutError as error:
        raise EnvironmentProblem(f"no worker of the cluster answered for {silence / 60:.0f} minutes.") from error


def _answers(future: Any, batch: Batch) -> dict[tuple[str, str], str] | None:
    """By student and notebook; None: the workers that had the batch were lost, and it must be judged apart."""
    try:
        answers = future.result()
    except KilledWorker:
        if len(batch.students) > 1:
            return None
        problem = _told("the workers of the cluster that judged the journal were lost, one after the other.")
        return dict.fromkeys(batch.requests, problem)
    return {key: _text(answer) for key, answer in zip(batch.requests, answers, strict=True)}


def _text(answer: object) -> str:
    if not isinstance(answer, bytes) or len(answer) > ANSWER_BYTES:
        return _told("a worker of the cluster answered what no worker answers.")
    return answer.decode("utf-8", "replace")


def _batches(folder: CourseFolder, lab: Lab, variants: Mapping[str, str], size: int) -> Iterator[Batch]:
    """Students by variant; journals are read when their batch is sent."""
    students: list[str] = []
    requests: dict[tuple[str, str], Request] = {}
    known: dict[tuple[str, str], str] = {}
    digests: dict[str, str] = {}
    former = ""
    for student, variant in sorted(variants.items(), key=lambda item: (item[1], item[0])):
        full = len(students) >= size or sum(len(request[2]) for request in requests.values()) > BATCH_BYTES
        if students and (variant != former or full):
            yield Batch(tuple(students), former, requests, known, digests)
            students, requests, known, digests = [], {}, {}, {}
        former = variant
        students.append(student)
        digests[student] = ""
        try:
            digests[student] = hand_in(folder.root / "submitted" / student / lab.id)
        except (Problem, OSError) as problem:  # the grader sees it too, and says it
            known |= {(student, section.notebook): str(problem) for section in lab.sections}
            continue
        for section in lab.sections:
            journal = folder.root / "submitted" / student / lab.id / f"{section.notebook}.journal"
            try:
                content = read_submitted(journal)
                found = checked_variant(section, content, variant or None)
                requests[student, section.notebook] = (section.id, found, content)
            except Problem as problem:
                known[student, section.notebook] = str(problem)
    if students:
        yield Batch(tuple(students), former, requests, known, digests)


def _told(problem: str) -> str:
    return json.dumps({"problem": problem})
