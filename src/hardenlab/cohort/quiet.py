"""A Dask worker that judges measures itself less: it waits for a sandbox, and there is nothing to see.

It looks at its threads a hundred times a second, and at its clock fifty times: 30 ms of each second of a busy machine's
core. (distributed 2026.8; its settings say how often by default.)
"""

from typing import Any

PROFILES = ("profile", "profile-cycle")
TICK = "tick"
TICK_MS = 1_000.0  # a late tick is reported when it is 3 s late


class Quiet:
    """From now until `end()`, in the worker's event loop."""

    def __init__(self, worker: Any) -> None:
        callbacks = worker.periodic_callbacks
        self._profiles = [callbacks[name] for name in PROFILES if name in callbacks]
        self._tick = callbacks[TICK]
        self._tick_ms = self._tick.callback_time
        for profile in self._profiles:
            profile.stop()
        self._tick.callback_time = max(self._tick_ms, TICK_MS)

    def end(self) -> None:
        for profile in self._profiles:
            profile.start()
        self._tick.callback_time = self._tick_ms
