"""moto's own server, as it is shipped, with the benchmark's scenario seeded over HTTP."""

import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from benchmarks.processes import exact_cpu_ms, private_mb
from hardenlab.assess import jobs

ACCOUNT = "123456789012"  # moto's own
ROUNDS = 5


class StockServer:
    """A running server. Its clients are made once, as ours are."""

    def __init__(self, url: str, pid: int, arguments: dict[str, Any], started: float) -> None:
        self.url = url
        self._pid = pid
        self._arguments = {**arguments, "account_id": ACCOUNT}
        self._clients: dict[tuple[str, str], Any] = {}
        self._started = started

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What seeding the healthy workload over HTTP told."""
        facts: dict[str, Any] = jobs.seed(self.client, self._arguments)["facts"]
        return facts

    def first_start(self) -> float:
        """Seconds from the start of the process to a seeded account. Ask this first."""
        assert self.facts
        return time.perf_counter() - self._started

    def reset(self) -> float:
        """Milliseconds until the account is as seeded, and a call is answered: all there is is to seed again."""
        started = time.perf_counter()
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/moto-api/reset", method="POST"))
        del self.facts
        assert self.facts
        self.client("ec2").describe_vpcs()
        return (time.perf_counter() - started) * 1000

    def assessment(self) -> float:
        """Processor time in milliseconds of judging the section over HTTP, here and in the server."""
        known = {"facts": self.facts, "questions": {}, "baseline": {}, "answers": {}, "only": None, "public": False}
        jobs.assess_account(self.client, {**self._arguments, **known})
        before = self._cpu()
        for _ in range(ROUNDS):
            jobs.assess_account(self.client, {**self._arguments, **known})
        return (self._cpu() - before) / ROUNDS

    def write_again(self, writes: int = 100) -> float:
        """Processor time in milliseconds of one write, made again over HTTP."""
        ec2, vpc = self.client("ec2"), self.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
        before = self._cpu()
        for number in range(writes):
            ec2.create_tags(Resources=[vpc], Tags=[{"Key": "n", "Value": str(number)}])
        return (self._cpu() - before) / writes

    def memory(self) -> float:
        """MB that the process shares with no other."""
        return private_mb(self._pid)

    def client(self, service: str, region_name: str = "us-east-1") -> Any:
        key = service, region_name
        if key not in self._clients:
            self._clients[key] = boto3.client(
                service, region_name, endpoint_url=self.url, aws_access_key_id="stock", aws_secret_access_key="stock",
                config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
            )  # fmt: skip
        return self._clients[key]

    def _cpu(self) -> float:
        return time.process_time() * 1000 + exact_cpu_ms(self._pid)


@contextmanager
def stock_server(arguments: dict[str, Any]) -> Iterator[StockServer]:
    """`arguments`: of the seeding job (see `assess.jobs`)."""
    started = time.perf_counter()
    with stock_process() as (url, pid):
        yield StockServer(url, pid, arguments, started)


@contextmanager
def stock_process() -> Iterator[tuple[str, int]]:
    """The server with nothing in it: its address and its process."""
    port = _free_port()
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait()


def median_of(measure: Any, rounds: int) -> float:
    return statistics.median(measure() for _ in range(rounds))


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
