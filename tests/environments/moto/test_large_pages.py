"""Large pages change nothing but the work of a fork."""

import subprocess
import sys
from pathlib import Path

import pytest
from hardenlab.environments.moto import large_pages

GATHERED = """
import hashlib, os
from hardenlab.environments.moto.large_pages import use_large_pages

held = [str(number) * 50 for number in range(200_000)]  # 50 MB of small objects
before = hashlib.sha256("".join(held).encode()).hexdigest()
use_large_pages()
child = os.fork()
same = before == hashlib.sha256("".join(held).encode()).hexdigest()
held[0] = "own"
if child:
    same = same and os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
os._exit(0 if same else 1)
"""


def test_what_is_gathered_stays_what_it_was_in_a_process_and_its_fork():
    assert subprocess.run([sys.executable, "-c", GATHERED], timeout=120).returncode == 0


@pytest.mark.parametrize(("lacking", "value"), [("MAPS", Path("/nowhere")), ("COLLAPSE", 9999)])
def test_a_system_that_cannot_is_left_as_it_is(monkeypatch, lacking, value):
    monkeypatch.setattr(large_pages, lacking, value)
    large_pages.use_large_pages()
