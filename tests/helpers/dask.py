"""A Dask cluster as an instructor starts one: a scheduler and a worker, each a process of its own."""

import json
import subprocess
import sys
import time
from contextlib import contextmanager


@contextmanager
def dask_cluster(folder):
    """The scheduler's address, its process and its worker's, all on loopback."""
    told = folder / "scheduler.json"
    told.unlink(missing_ok=True)
    scheduler = _started("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", told)
    worker = None
    try:
        until = time.monotonic() + 60
        while not told.exists() or not told.read_text():
            assert time.monotonic() < until and scheduler.poll() is None
            time.sleep(0.05)
        address = json.loads(told.read_text())["address"]
        worker = _started("worker", address, "--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard",
                          "--local-directory", folder)  # fmt: skip
        yield address, scheduler, worker
    finally:
        for process in (worker, scheduler):
            if process is not None:
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _started(kind, *options):
    command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *map(str, options)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
