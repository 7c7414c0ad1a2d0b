"""How CloudTrail delivers: gzip files of events that are minutes late and in no order, and digests that vouch for them.

CloudTrail User Guide, "Finding your CloudTrail log files", "CloudTrail log file names", "CloudTrail digest file
structure". Signatures of digests are not written: AWS holds the key. The chain of hashes is complete without them.
"""

import gzip
import hashlib
import heapq
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

from hardenlab.evidence.draws import HOUR, MINUTE
from hardenlab.evidence.events import when
from hardenlab.evidence.labels import Event

SLOT = 5 * MINUTE
LATEST = 15 * MINUTE
NAME_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class LogFile:
    """An object of the log bucket: its key, its bytes, and when it arrived (seconds since 1970)."""

    key: str
    body: bytes
    arrived: int

    def records(self) -> list[Event]:
        """The events of a log file, or the digest as the only one."""
        content = json.loads(gzip.decompress(self.body))
        return list(content["Records"]) if "Records" in content else [content]


def log_files(events: Iterable[Event], account: str, random: Random, *, prefix: str = "") -> Iterator[LogFile]:
    """Files of events that come in the order of time, as they arrive: by region, five minutes each."""
    waiting: list[tuple[int, int, Event]] = []
    for number, event in enumerate(events):
        moment = moment_of(event)
        late = min(LATEST, int(random.expovariate(1 / (4 * MINUTE))) + 60)
        while waiting and waiting[0][0] <= moment - SLOT:
            yield from _slot(waiting, account, random, prefix)
        arrives = moment + late
        heapq.heappush(waiting, (arrives - arrives % SLOT + SLOT, number, event))
    while waiting:
        yield from _slot(waiting, account, random, prefix)


def moment_of(event: Event) -> int:
    """eventTime in seconds since 1970."""
    return int(datetime.fromisoformat(event["eventTime"]).timestamp())


def digests(
    files: Iterable[LogFile], account: str, bucket: str, trail: str, region: str, *, prefix: str = ""
) -> Iterator[LogFile]:
    """One digest an hour over the region's files, each with the hash of the one before it."""
    start: int | None = None
    held: list[LogFile] = []
    before: LogFile | None = None
    for file in files:
        if f"/CloudTrail/{region}/" not in file.key:
            continue
        start = file.arrived - file.arrived % HOUR if start is None else start
        while file.arrived >= start + HOUR:
            before = _digest(held, account, bucket, trail, region, start, before, prefix)
            yield before
            held, start = [], start + HOUR
        held.append(file)
    if start is not None:
        yield _digest(held, account, bucket, trail, region, start, before, prefix)


def _slot(waiting: list[tuple[int, int, Event]], account: str, random: Random, prefix: str) -> Iterator[LogFile]:
    """All that arrives together, a file a region."""
    arrives = waiting[0][0]
    by_region: dict[str, list[Event]] = {}
    while waiting and waiting[0][0] == arrives:
        event = heapq.heappop(waiting)[2]
        by_region.setdefault(event["awsRegion"], []).append(event)
    for region, events in sorted(by_region.items()):
        random.shuffle(events)
        tail = "".join(random.choices(NAME_ALPHABET, k=16))
        when = datetime.fromtimestamp(arrives, UTC)
        name = f"{account}_CloudTrail_{region}_{when:%Y%m%dT%H%MZ}_{tail}.json.gz"
        key = f"{prefix}AWSLogs/{account}/CloudTrail/{region}/{when:%Y/%m/%d}/{name}"
        yield LogFile(key, _packed({"Records": events}), arrives)


def _digest(
    files: list[LogFile],
    account: str,
    bucket: str,
    trail: str,
    region: str,
    start: int,
    before: LogFile | None,
    prefix: str,
) -> LogFile:
    ends = datetime.fromtimestamp(start + HOUR, UTC)
    name = f"{account}_CloudTrail-Digest_{region}_{trail}_{region}_{ends:%Y%m%dT%H%M%SZ}.json.gz"
    key = f"{prefix}AWSLogs/{account}/CloudTrail-Digest/{region}/{ends:%Y/%m/%d}/{name}"
    times = sorted(event["eventTime"] for file in files for event in file.records())
    content = {
        "awsAccountId": account,
        "digestStartTime": when(start),
        "digestEndTime": when(start + HOUR),
        "digestS3Bucket": bucket,
        "digestS3Object": key,
        "newestEventTime": times[-1] if times else None,
        "oldestEventTime": times[0] if times else None,
        "previousDigestS3Bucket": bucket if before else None,
        "previousDigestS3Object": before.key if before else None,
        "previousDigestHashValue": _hash(before) if before else None,
        "previousDigestHashAlgorithm": "SHA-256" if before else None,
        "previousDigestSignature": None,
        "digestSignatureAlgorithm": "SHA256withRSA",
        "logFiles": [_listed(file, bucket) for file in files],
    }
    return LogFile(key, _packed(content), start + HOUR)


def _listed(file: LogFile, bucket: str) -> dict[str, str]:
    times = sorted(event["eventTime"] for event in file.records())
    return {
        "s3Bucket": bucket,
        "s3Object": file.key,
        "hashValue": _hash(file),
        "hashAlgorithm": "SHA-256",
        "newestEventTime": times[-1],
        "oldestEventTime": times[0],
    }


def _hash(file: LogFile) -> str:
    """Hashes are of what is inside the gzip file."""
    return hashlib.sha256(gzip.decompress(file.body)).hexdigest()


def _packed(content: Any) -> bytes:
    return gzip.compress(json.dumps(content, separators=(",", ":")).encode(), compresslevel=6, mtime=0)
