"""LocalStack on this machine: on loopback only, inside its folder, without a download, and gone when its owner is."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from hardenlab.environments.localstack import LocalStackEnvironment, install

from hardenlab.model.problem import EnvironmentProblem
from helpers.servers import need_localstack

pytestmark = pytest.mark.xdist_group("environment localstack")
PLACES = ("/var/lib/localstack", "/usr/lib/localstack", "/etc/localstack", "/tmp/localstack-s3-storage")


@pytest.fixture
def process(localstack):
    localstack.url()
    return localstack


def test_it_listens_on_loopback_alone(process):
    listening = [
        (place.laddr.ip, place.laddr.port)
        for place in psutil.Process(process.pid).net_connections()
        if place.status == psutil.CONN_LISTEN
    ]
    assert listening == [("127.0.0.1", int(process.url().rpartition(":")[2]))]
    assert not [place for place in psutil.Process(process.pid).net_connections("udp") if place.raddr]


def test_it_writes_into_its_folder_alone(process):
    opened = [file.path for file in psutil.Process(process.pid).open_files() if file.mode != "r"]
    assert all(Path(path).is_relative_to(process.folder) for path in opened), opened
    started = psutil.Process(process.pid).create_time()
    assert [place for place in PLACES if Path(place).exists() and Path(place).stat().st_mtime > started] == []
    assert not [
        path for path in install.folder().rglob("*") if path.is_file() and path.stat().st_mtime > started + 1
    ]  # not even compiled modules


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.create_connection(('192.0.2.1', 80), 1)",
        "import socket; socket.create_connection(('127.0.0.1', 22), 1)",  # another service of this machine
        "import socket; socket.socket().bind(('0.0.0.0', 0))",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "open('/tmp/outside', 'w')",
        "import os; os.mkdir('/tmp/outside')",
    ],
)
def test_what_reaches_out_is_refused(tmp_path, attempt):
    host = Path(install.__file__).parent / "host.py"
    code = (
        f"import sys, pathlib; sys.path.insert(0, {str(host.parent)!r}); import host\n"
        f"sys.addaudithook(lambda event, arguments: host.confine(event, arguments, pathlib.Path({str(tmp_path)!r})))\n"
        f"open({str(tmp_path / 'inside')!r}, 'w').close()\n{attempt}"
    )
    done = subprocess.run([sys.executable, "-B", "-c", code], capture_output=True, text=True)
    assert done.returncode != 0
    assert "PermissionError" in done.stderr and "LocalStack" in done.stderr
    assert (tmp_path / "inside").exists()


def test_it_starts_without_any_network_and_does_not_outlive_its_owner():
    need_localstack()
    code = (
        "import time\nfrom hardenlab.environment import find_environment\n"
        "server = find_environment('localstack').start()._server\n"
        "print(server.pid, server.folder, flush=True); time.sleep(300)"
    )
    owner = subprocess.Popen([*without_network(), sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    pid, folder = owner.stdout.readline().split()
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    owner.stdout.close()
    deadline = time.monotonic() + 30
    while psutil.pid_exists(int(pid)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not psutil.pid_exists(int(pid))
    assert not Path(folder).exists()


def without_network():
    """What begins a command that sees loopback alone; nothing where the system does not allow it."""
    if subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode != 0:
        return []
    return ["unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$0" "$@"']


def test_where_it_is_not_installed_a_sentence_says_how(tmp_path, monkeypatch):
    monkeypatch.setenv(install.HOME, str(tmp_path / "nowhere"))
    with pytest.raises(EnvironmentProblem, match="hardenlab environment install localstack"):
        install.interpreter()


def test_a_half_made_or_older_installation_does_not_count(tmp_path, monkeypatch):
    monkeypatch.setenv(install.HOME, str(tmp_path))
    (tmp_path / install.DONE).write_text("another lock")
    assert not install.is_installed()


def test_no_python_that_fits_is_told(monkeypatch):
    monkeypatch.setattr(install, "_candidates", lambda: iter(["/bin/false"]))
    with pytest.raises(EnvironmentProblem, match=r"needs Python 3\.13,"):
        install.find_python()


def test_the_lock_pins_every_package_by_hash():
    entries = install.LOCK.read_text().replace("\\\n", "").splitlines()
    packages = [entry for entry in entries if entry and not entry.lstrip().startswith("#")]
    assert len(packages) > 90
    assert all("==" in entry and "--hash=sha256:" in entry for entry in packages)
    assert "http" not in install.LOCK.read_text()


def test_it_lacks_whole_services_and_single_operations():
    lacks = LocalStackEnvironment().lacks({"elbv2": ["A", "B"], "route53": ["CreateHostedZone", "CreateKeySigningKey"]})
    assert lacks == ["elbv2", "route53:CreateKeySigningKey"]


def test_what_the_table_says_of_two_sections_operations_is_so(process):
    from hardenlab.environments.localstack.environment import OPERATIONS
    from hardenlab.environments.localstack.probe import Maker, standing

    from helpers.direct import CHECKOUT

    told = json.loads(OPERATIONS.read_text())
    needed = {}
    sections = json.loads((CHECKOUT / "labs" / "needs.json").read_text())
    for section in ("m0-orientation/1-first-fix", "m3-network/3-dns"):
        for service, names in sections[section].items():
            needed.setdefault(service, set()).update(names)
    for service in sorted(needed):
        maker = Maker(service)
        for operation in maker.operations():
            if operation.name in needed[service] and service in told:
                answered = standing(process.url(), maker.request(operation)) != "missing"
                assert answered == (operation.name in told[service]), f"{service}:{operation.name}"


def test_variables_that_name_aws_or_a_proxy_do_not_reach_it(process):
    names = psutil.Process(process.pid).environ().keys()
    assert not [name for name in names if name.upper().startswith(("AWS_", "HTTP", "PIP_", "SSH"))]
    assert psutil.Process(process.pid).environ()["HOME"] == str(process.folder)
    assert os.environ["HOME"] != str(process.folder)
