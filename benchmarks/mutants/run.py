"""Run tests against mutants: each in a fork of a session that has collected and timed them once.

A mutant's functions get their changed code in place, so that nothing is imported anew, and only the tests that call
them run, the quickest first. What survives, or stands outside of functions, is tried again by importing it changed.
"""

import ast
import functools
import gc
import importlib.abc
import importlib.util
import inspect
import json
import os
import signal
import sys
import time
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from _pytest.runner import runtestprotocol

from benchmarks.mutants.mutate import Mutant

SURVIVED, NOTICED, TOO_LONG, BROKEN = 0, 1, 3, 4
FLAGS = ("-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-header", "--tb=no", "-W", "ignore")


@dataclass
class Timed:
    """The tests in the order of their time, and which of them call which function (file, first line)."""

    seconds: dict[str, float] = field(default_factory=dict)
    calls: dict[tuple[str, int], set[str]] = field(default_factory=dict)

    def of(self, mutant: Mutant) -> list[str]:
        """The tests that may notice, the quickest first; all of them for what stands outside of functions."""
        called = [self.calls.get((str(mutant.path), first), set()) for first in mutant.functions]
        names = set().union(*called) if called else set(self.seconds)
        return sorted(names, key=lambda name: self.seconds[name])


def quiet_hypothesis() -> None:
    """The same examples each time, and no time for shrinking them."""
    hypothesis.settings.register_profile(
        "mutants",
        derandomize=True,
        database=None,
        deadline=None,
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
    )
    hypothesis.settings.load_profile("mutants")


def in_place(
    folder: Path, tests: Sequence[Path], mutants: Sequence[Mutant], told: Callable[[int, int], None]
) -> tuple[Timed, list[int]]:
    """The timed tests, and what became of each mutant of a function; the others count as survivors for now."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        session = _Session(folder, mutants, writer)
        code = pytest.main([*map(str, tests), *FLAGS], plugins=[session])
        os._exit(int(code))
    os.close(writer)
    timed, outcomes = Timed(), []
    with os.fdopen(reader) as lines:
        for line in lines:
            data = json.loads(line)
            if isinstance(data, int):
                outcomes.append(data)
                told(len(outcomes), data)
            elif "failed" in data:
                raise SystemExit(f"{folder.name}: {data['failed']} fails without any change; mend it first")
            else:
                calls = {(path, int(first)): set(names) for path, first, names in data["calls"]}
                timed = Timed(data["seconds"], calls)
    os.waitpid(child, 0)
    if len(outcomes) != len(mutants):
        raise SystemExit(f"{folder.name}: the run of the tests ended early")
    return timed, outcomes


def imported(mutant: Mutant, name: str, tests: Sequence[Path], names: Sequence[str], limit: float) -> int:
    """What becomes of a mutant that is imported in place of the module `name`, in a fork that has nothing of ours."""
    child = os.fork()
    if child == 0:
        _silent()
        _alarm(limit)
        sys.meta_path.insert(0, _Changed(name, mutant))
        try:
            code = pytest.main([*map(str, tests), *FLAGS], plugins=[_Only(names)])
            os._exit(SURVIVED if code in (0, 5) else NOTICED)
        finally:
            os._exit(BROKEN)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class _Session:
    """A plug-in that times the tests once and then tries the mutants instead of running anything again."""

    def __init__(self, folder: Path, mutants: Sequence[Mutant], writer: int) -> None:
        self._folder, self._mutants, self._writer = str(folder), mutants, writer
        self._caches: list[functools._lru_cache_wrapper[Any]] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        timed = Timed()
        self._caches = [thing for thing in gc.get_objects() if isinstance(thing, functools._lru_cache_wrapper)]
        for at, item in enumerate(session.items):
            following = session.items[at + 1] if at + 1 < len(session.items) else None
            self._time(item, following, timed)
        calls = [[path, first, sorted(names)] for (path, first), names in timed.calls.items()]
        self._tell({"seconds": timed.seconds, "calls": calls})
        items = {item.nodeid: item for item in session.items}
        for mutant in self._mutants:
            self._tell(self._try(mutant, [items[name] for name in timed.of(mutant)], timed))
        return True

    def _time(self, item: pytest.Item, following: pytest.Item | None, timed: Timed) -> None:
        seen: set[tuple[str, int]] = set()

        def trace(frame: types.FrameType, event: str, _: Any) -> None:
            code = frame.f_code
            if code.co_filename.startswith(self._folder):
                seen.add((code.co_filename, code.co_firstlineno))

        for cache in self._caches:  # else a test would seem not to call what an earlier one has called
            if inspect.unwrap(cache).__code__.co_filename.startswith(self._folder):
                cache.cache_clear()
        started = time.perf_counter()
        sys.settrace(trace)
        try:
            reports = runtestprotocol(item, log=False, nextitem=following)
        finally:
            sys.settrace(None)
        timed.seconds[item.nodeid] = time.perf_counter() - started
        if any(report.failed for report in reports):
            self._tell({"failed": item.nodeid})
            os._exit(BROKEN)
        for key in seen:
            timed.calls.setdefault(key, set()).add(item.nodeid)

    def _try(self, mutant: Mutant, items: list[pytest.Item], timed: Timed) -> int:
        if not mutant.functions or not items:
            return SURVIVED
        limit = 5 + 4 * sum(timed.seconds[item.nodeid] for item in items)
        child = os.fork()
        if child == 0:
            try:
                _silent()
                _alarm(limit)
                os._exit(_noticed(items) if _patch(mutant) else SURVIVED)
            finally:
                os._exit(BROKEN)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def _tell(self, data: Any) -> None:
        os.write(self._writer, (json.dumps(data) + "\n").encode())


class _Only:
    """A plug-in that keeps the named tests, in the order of the names."""

    def __init__(self, names: Sequence[str]) -> None:
        self._places = {name: at for at, name in enumerate(names)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        kept = [item for item in items if item.nodeid in self._places]
        items[:] = sorted(kept, key=lambda item: self._places[item.nodeid])


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds one module, and loads its mutant."""

    def __init__(self, name: str, mutant: Mutant) -> None:
        self._name, self._mutant = name, mutant

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        if fullname != self._name:
            return None
        is_package = self._mutant.path.name == "__init__.py"
        return importlib.util.spec_from_file_location(
            fullname,
            self._mutant.path,
            loader=self,  # type: ignore[arg-type]
            submodule_search_locations=[str(self._mutant.path.parent)] if is_package else None,
        )

    def exec_module(self, module: types.ModuleType) -> None:
        exec(compile(self._mutant.tree(), str(self._mutant.path), "exec"), module.__dict__)


def _noticed(items: list[pytest.Item]) -> int:
    for item in items:
        if any(report.failed for report in runtestprotocol(item, log=False, nextitem=None)):
            return NOTICED
    return SURVIVED


def _patch(mutant: Mutant) -> bool:
    """Give the functions of the file their changed code; False when one cannot take it."""
    before = _codes(compile(ast.parse(mutant.path.read_text()), str(mutant.path), "exec"))
    after = _codes(compile(mutant.tree(), str(mutant.path), "exec"))
    changed = {key: code for key, code in after.items() if before.get(key) != code}
    done = False
    for thing in gc.get_objects():
        if isinstance(thing, functools._lru_cache_wrapper):
            thing.cache_clear()
        if isinstance(thing, types.FunctionType) and thing.__code__.co_filename == str(mutant.path):
            code = changed.get((thing.__code__.co_qualname, thing.__code__.co_firstlineno))
            if code is not None:
                if len(code.co_freevars) != len(thing.__code__.co_freevars):
                    return False
                thing.__code__ = code
                done = True
    return done


def _codes(code: types.CodeType) -> dict[tuple[str, int], types.CodeType]:
    found = {}
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            found[(inner.co_qualname, inner.co_firstlineno)] = inner
            found |= _codes(inner)
    return found


def _silent() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)


def _alarm(limit: float) -> None:
    def stop(*_: Any) -> None:
        os._exit(TOO_LONG)

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, limit)
