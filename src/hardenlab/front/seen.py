"""The calls that the front has answered, reads and refusals too: what CloudTrail's event history is told from.

Bounded, beside the journal and not part of it: it is not replayed, not handed in, and a power cut may take its end.
"""

import base64
import hashlib
import json
import os
import uuid
from collections import deque
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hardenlab.front.operations import Operation
from hardenlab.model.http import Request, Response

MAX_CALLS = 4000
MAX_KEPT = 8 * 1024  # bytes of a body that are kept; longer ones are left out, as CloudTrail omits long parameters
# what moves objects, items and messages is no management event (CloudTrail User Guide, "Logging data events")
DATA = {
    service: frozenset(names.split())
    for service, names in {
        "s3": "GetObject PutObject DeleteObject DeleteObjects HeadObject CopyObject ListObjects ListObjectsV2 "
        "ListObjectVersions GetObjectAcl PutObjectAcl GetObjectTagging PutObjectTagging DeleteObjectTagging "
        "GetObjectAttributes GetObjectRetention PutObjectRetention GetObjectLegalHold PutObjectLegalHold "
        "RestoreObject CreateMultipartUpload UploadPart UploadPartCopy CompleteMultipartUpload AbortMultipartUpload "
        "ListParts ListMultipartUploads SelectObjectContent",
        "dynamodb": "GetItem PutItem UpdateItem DeleteItem BatchGetItem BatchWriteItem Query Scan TransactGetItems "
        "TransactWriteItems ExecuteStatement BatchExecuteStatement ExecuteTransaction",
        "sns": "Publish PublishBatch",
        "sqs": "SendMessage SendMessageBatch ReceiveMessage DeleteMessage DeleteMessageBatch",
        "lambda": "Invoke InvokeAsync",
        "cloudwatch": "PutMetricData GetMetricData GetMetricStatistics GetMetricWidgetImage",
        "logs": "PutLogEvents",
        "events": "PutEvents",
    }.items()
}


def moves_data(operation: Operation) -> bool:
    """Whether CloudTrail calls it a data event."""
    return operation.name in DATA.get(operation.service, ())


@dataclass(frozen=True)
class Caller:
    """Who called, from where and with which program. An empty ARN: it is not known any more."""

    arn: str = ""
    unique_id: str = ""
    address: str = ""
    agent: str = ""


@dataclass(frozen=True)
class Seen:
    """One answered call. `line` is its line in the journal: None for reads and for calls that were refused."""

    id: str
    time: float
    operation: Operation
    caller: Caller
    request: Request
    status: int
    answer: bytes
    line: int | None

    def to_json(self) -> dict[str, Any]:
        service = self.operation
        return {
            "id": self.id, "t": self.time, "op": [service.service, service.name, service.protocol],
            "by": [self.caller.arn, self.caller.unique_id, self.caller.address, self.caller.agent],
            "request": self.request.to_json(), "status": self.status,
            "answer": base64.b64encode(self.answer).decode(), "line": self.line,
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Seen":
        return cls(
            data["id"], float(data["t"]), Operation(*data["op"]), Caller(*data["by"]),
            Request.from_json(data["request"]), int(data["status"]), base64.b64decode(data["answer"]), data["line"],
        )  # fmt: skip


class EventHistory:
    """The last calls, oldest first. With a `path` they survive the process."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._calls: deque[Seen] = deque(maxlen=MAX_CALLS)
        self._written = 0
        self._file = -1
        if path is not None:
            self._load(path)

    def __iter__(self) -> Iterator[Seen]:
        return iter(self._calls)

    def keep(
        self, time: float, operation: Operation, caller: Caller, request: Request, response: Response, line: int | None
    ) -> None:
        """Remember a call, unless it moves data only or the lab's account could not answer it."""
        if moves_data(operation) or response.unimplemented or response.crash:
            return
        if len(request.body) > MAX_KEPT:
            request = replace(request, body=b"")
        answer = response.body if len(response.body) <= MAX_KEPT else b""
        seen = Seen("", time, operation, caller, request, response.status, answer, line)
        text = json.dumps(seen.to_json())
        digest = hashlib.sha256(f"{self._written} {text}".encode()).digest()
        name = str(uuid.UUID(bytes=digest[:16], version=4))
        self._add(replace(seen, id=name), text.replace('"id": ""', f'"id": "{name}"', 1))

    def take_back(self, live: Collection[int], everything: bool) -> None:
        """Undo, rewind or reset: forget the writes that are not in the journal's live history; at reset, all calls."""
        kept = [] if everything else [seen for seen in self._calls if seen.line is None or seen.line in live]
        self._calls = deque(kept, maxlen=MAX_CALLS)
        self._rewrite()

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _add(self, seen: Seen, text: str) -> None:
        self._calls.append(seen)
        self._written += 1
        if self._path is None:
            return
        if self._written > 2 * MAX_CALLS:
            self._rewrite()
            return
        with suppress(OSError):  # a full disk costs the journal its write, and this history a line
            os.write(self._opened(self._path), text.encode() + b"\n")

    def _opened(self, path: Path) -> int:
        if self._file < 0:
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        return self._file

    def _rewrite(self) -> None:
        self._written = len(self._calls)
        if self._path is None:
            return
        self.close()
        fresh = self._path.with_suffix(".new")
        with suppress(OSError):
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.writelines(json.dumps(seen.to_json()).encode() + b"\n" for seen in self._calls)
            fresh.replace(self._path)

    def _load(self, path: Path) -> None:
        with suppress(OSError), path.open("rb") as file:
            for text in file:
                self._written += 1
                with suppress(ValueError, KeyError, TypeError, RecursionError):  # a line cut short
                    self._calls.append(Seen.from_json(json.loads(text)))
