"""The kernel's client, in a sandbox of its own: what a learner's kernel sends is read here, and not by the grader.

Only the channel of replies is opened: what cells print and display goes nowhere.
"""

import json
import os
import sys
import time
from contextlib import suppress
from queue import Empty
from typing import Any

import zmq
from jupyter_client.blocking.client import BlockingKernelClient

from hardenlab.cohort.frames import Lost, receive, send
from hardenlab.cohort.limits import CALLS_SECONDS, CELL_SECONDS, NOTEBOOK_BYTES, restrain

MEMORY, FILES, PROCESSES, MESSAGE = 1024**3, 128, 1_024, 1024**2
READY_SECONDS = 60.0
CALL = (
    "__import__('importlib').import_module('hardenlab.cohort.kernel.calling').answers(globals(), {name!r}, {calls!r})"
)


def main() -> None:
    """`python -m hardenlab.cohort.kernel.asking CONNECTION`: one request on stdin, one answer on stdout."""
    answers = os.dup(1)
    os.dup2(2, 1)
    restrain(MEMORY, 0, FILES, PROCESSES)
    with suppress(Lost):
        send(answers, json.dumps(_run(sys.argv[1], json.loads(receive(0, NOTEBOOK_BYTES)))).encode())


def _run(connection: str, request: dict[str, Any]) -> dict[str, Any]:
    """Execute `cells`, in order, then make the `calls`: by task, what the kernel says of them."""
    context = zmq.Context()
    context.setsockopt(zmq.MAXMSGSIZE, MESSAGE)
    client = BlockingKernelClient(connection_file=connection, context=context)
    client.load_connection_file()
    client.start_channels(shell=True, iopub=False, stdin=False, hb=False, control=False)  # noqa: S604  a channel
    try:
        _reply(client, client.kernel_info(), READY_SECONDS, "the kernel did not start")
        for number, cell in enumerate(request["cells"], start=1):
            late = f"its code cell {number} did not end within {CELL_SECONDS:.0f} seconds"
            _execute(client, cell, {}, CELL_SECONDS, late)
        return {"told": {task: _call(client, **call) for task, call in request["calls"].items()}}
    except TimeoutError as error:
        return {"problem": str(error)}
    finally:
        client.stop_channels()


def _call(client: BlockingKernelClient, function: str, arguments: list[Any]) -> Any:
    expression = CALL.format(name=function, calls=json.dumps(arguments))
    late = f"`{function}` did not answer within {CALLS_SECONDS:.0f} seconds"
    try:
        content = _execute(client, "", {"told": expression}, CALLS_SECONDS, late)
        return json.loads(content["user_expressions"]["told"]["data"]["text/plain"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return {"problem": f"`{function}` could not be called"}


def _execute(
    client: BlockingKernelClient, code: str, expressions: dict[str, str], seconds: float, late: str
) -> dict[str, Any]:
    asked = client.execute(
        code, silent=not code, store_history=bool(code), user_expressions=expressions, allow_stdin=False,
        stop_on_error=False,
    )  # fmt: skip
    return _reply(client, asked, seconds, late)


def _reply(client: BlockingKernelClient, asked: str, seconds: float, late: str) -> dict[str, Any]:
    """The content of the reply to a request. TimeoutError: it did not come."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        try:
            reply = client.get_shell_msg(timeout=left)
        except Empty:
            break
        except (ValueError, KeyError, TypeError, RecursionError):
            continue  # no message of a kernel
        if reply["parent_header"].get("msg_id") == asked:
            content: dict[str, Any] = reply["content"]
            return content
    raise TimeoutError(late)


if __name__ == "__main__":
    main()
