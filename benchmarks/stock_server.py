"""moto's own server, as it is shipped: what others would use."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from hardenlab.attempt.client import Endpoint


def client(url: str, service: str, endpoint: Endpoint | None = None) -> Any:
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=endpoint.access_key if endpoint else "stock",
        aws_secret_access_key=endpoint.secret if endpoint else "stock",
        config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
    )


@contextmanager
def stock_server() -> Iterator[tuple[str, int]]:
    """moto's own server, as it is shipped: its address and its process."""
    port = free_port()
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(url)
        yield url, process.pid
    finally:
        process.terminate()
        process.wait()


def wait_for(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            client(url, "sts").get_caller_identity()
            return
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
