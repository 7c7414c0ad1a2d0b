"""Equal requests at equal moments answer equally: randomness by request, one frozen clock per request.

moto draws ids from one generator; every answer draws from it too, so it is seeded anew for each request. Other code
draws from `os.urandom`, `uuid` and `random`: those get generators of their own, because a lazy import inside a request
draws from them and must not shift moto's ids. A backend that moto builds on first touch, which may be a read, is
built under a seed and a clock of its own.
"""

import os
import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import time_machine

from hardenlab.model.http import Moment
from moto.core.base_backend import AccountSpecificBackend
from moto.moto_api._internal import mock_random

from .key_material import draw_keys_from

BUILD_CLOCK = 1_767_603_600.0  # when backends are built, whoever touches them first


class Determinism:
    """The generators of one backend process. `variant` becomes part of every seed."""

    def __init__(self) -> None:
        self.variant = ""
        self._system = random.Random()  # noqa: S311
        self._clock: float | None = None
        self._travel: time_machine.travel | None = None
        self._frozen_at: time_machine.Traveller | None = None
        self._patch()

    @contextmanager
    def at(self, moment: Moment, *, frozen: bool = True) -> Iterator[None]:
        """Draw and tell the time as of this moment."""
        self._seed(f"{self.variant}:{moment.seed}")
        before = self._clock
        self._set_clock(moment.clock if frozen else None)
        try:
            yield
        finally:
            if before is not None:
                self._set_clock(before)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let the clock run; requests that are not frozen need not start it each for itself."""
        before = self._clock
        self._set_clock(None)
        try:
            yield
        finally:
            self._set_clock(before)

    def _set_clock(self, clock: float | None) -> None:
        """Stop the clock here, or let it run. Between requests it stays where it was: starting to travel is slow."""
        self._clock = clock
        if clock is None:
            if self._travel is not None:
                self._travel.stop()
            self._travel = self._frozen_at = None
        elif self._frozen_at is None:
            self._travel = time_machine.travel(clock, tick=False)
            self._frozen_at = self._travel.start()
        else:
            self._frozen_at.move_to(clock)

    def _seed(self, text: str) -> None:
        mock_random.seed(text)
        self._system.seed(f"{text}:system")
        random.seed(f"{text}:random")

    @contextmanager
    def _building(self, name: str) -> Iterator[None]:
        kept = mock_random.getstate(), self._system.getstate(), random.getstate()
        try:
            with self.at(Moment(f"build:{name}", BUILD_CLOCK)):
                yield
        finally:
            mock_random.setstate(kept[0])
            self._system.setstate(kept[1])
            random.setstate(kept[2])

    def _patch(self) -> None:
        def urandom(size: int) -> bytes:
            return self._system.randbytes(size)

        def uuid4() -> uuid.UUID:
            return uuid.UUID(bytes=urandom(16), version=4)

        def uuid1(node: int | None = None, clock_seq: int | None = None) -> uuid.UUID:
            return uuid.UUID(bytes=urandom(16), version=1)

        os.urandom = urandom
        random._urandom = urandom  # type: ignore[attr-defined]
        uuid.uuid4, uuid.uuid1 = uuid4, uuid1
        draw_keys_from(self._system)
        self._patch_building()

    def _patch_building(self) -> None:
        determinism, get = self, AccountSpecificBackend.__getitem__

        def build_under_own_seed(backends: Any, region: str) -> Any:
            if region in backends.keys():  # noqa: SIM118  `in backends` asks for known regions, not built ones
                return get(backends, region)
            with determinism._building(f"{backends.service_name}:{backends.account_id}:{region}"):
                return get(backends, region)

        AccountSpecificBackend.__getitem__ = build_under_own_seed
