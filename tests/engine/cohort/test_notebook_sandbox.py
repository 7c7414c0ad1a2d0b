"""A learner's notebook in its sandbox: it reaches its own account and nothing else, and cannot be in the way."""

import os
import re
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from nbclient import NotebookClient

from hardenlab.cohort.kernel import watch
from hardenlab.cohort.kernel.account import Accounts
from hardenlab.cohort.kernel.session import NotebookEnded, run_notebook
from hardenlab.course.load import load_course
from hardenlab.model.problem import EnvironmentProblem
from helpers.direct import TINY

pytestmark = pytest.mark.xdist_group("notebook-sandbox")  # one account for all

OPEN = "import boto3, hardenlab\nlab = hardenlab.lab('l1-tiny/1-groups')"


@pytest.fixture(scope="module")
def instructor(tmp_path_factory):
    """An instructor's folder: a gradebook, the secret, a neighbour's submission and the learner's own."""
    root = tmp_path_factory.mktemp("instructor")
    for name in ("gradebook.db", ".hardenlab/secret", "submitted/neighbour/l1-tiny/1-groups.journal"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("the-secret")
    own = root / "autograded" / "eve" / "l1-tiny"
    own.mkdir(parents=True)
    (own / "data.txt").write_text("mine")
    (own / "link").symlink_to(root / "gradebook.db")
    return root


@pytest.fixture(scope="module")
def accounts(instructor):
    accounts = Accounts(load_course(TINY), "moto", instructor)
    yield accounts
    accounts.close()


@pytest.fixture(scope="module")
def account(accounts):
    with accounts.of(load_course(TINY).section("l1-tiny"), "notebook") as account:
        yield account


@pytest.fixture(scope="module")
def run(instructor, account):
    def run(cells, functions=(), **options):
        """Run cells; answers what each of these functions of no argument gave."""
        calls = {name: (name, [[]]) for name in functions}
        place = instructor / "autograded" / "eve" / "l1-tiny"
        told = run_notebook(cells, calls, place, account, [instructor], **options)
        return {name: told[name]["answers"][0] if "answers" in told[name] else told[name] for name in functions}

    return run


def defining(name, body):
    """A cell with a function of no argument."""
    lines = "\n    ".join(body.splitlines())
    return f"def {name}():\n    import os, socket, ctypes, pathlib, signal\n    {lines}"


HOST = os.getpid()
# as the system refuses, and not as a mistake in an attempt would be told
REFUSED = re.compile(
    r"FileNotFoundError|PermissionError|ProcessLookupError|MemoryError|AssertionError|Refused|gaierror|KeyError|IndexError"
    r"|OSError: \[Errno (27|28|30|101)\]|a \w+ that is no JSON|more than 10000 characters"
)
TRIES = {
    "reads_the_gradebook": "return open('{root}/gradebook.db').read()",
    "follows_a_link_to_it": "return open('link').read()",
    "climbs_to_it": "return open('../../../gradebook.db').read()",
    "reads_the_secret": "return open('{root}/.hardenlab/secret').read()",
    "reads_a_neighbour": "return open('{root}/submitted/neighbour/l1-tiny/1-groups.journal').read()",
    "reads_the_solutions": f"return open('{TINY}/labs/l1-tiny/1-groups.md').read()",
    "reads_the_controls": f"return open('{TINY}/graders/tiny.py').read()",
    "asks_for_a_solution": "return repr(lab.solution('ec2_group_ssh_closed'))",
    "finds_any_of_it": "return [str(p) for top in ('/tmp', '/home', '/root', '/mnt', '/srv', '/var')\n"
    "        for p in pathlib.Path(top).rglob('*') if p.name in ('secret', '1-groups.md', '1-groups.journal')][0]",
    "reads_the_users": "return open('/etc/passwd').read()",
    "reads_the_graders_environment": "return os.environ['HARDENLAB_SECRET']",
    "reads_a_processes_environment": "return [p for p in pathlib.Path('/proc').glob('[0-9]*/environ')\n"
    "        if b'HARDENLAB_SECRET' in p.read_bytes()][0].name",
    "finds_where_the_instructor_works": "return [line for name in ('mountinfo', 'cmdline')\n"
    "        for p in pathlib.Path('/proc').glob('[0-9]*/' + name) for line in p.read_text().splitlines()\n"
    "        if '{root}' in line][0]",
    "connects": "socket.create_connection(('1.1.1.1', 53), 2); return 'out'",
    "resolves": "return socket.gethostbyname('example.com')",
    "sends": "socket.socket(2, 2).sendto(b'x', ('8.8.8.8', 53)); return 'out'",
    "asks_for_the_metadata": "socket.create_connection(('169.254.169.254', 80), 2); return 'out'",
    "finds_another_port": "return [p for p in range(1, 9000)\n"
    "        if p != 4566 and not socket.socket().connect_ex(('127.0.0.1', p))][0]",
    "finds_a_socket_of_the_host": "return [p.name for p in pathlib.Path('/').rglob('*.sock')\n"
    "        if p.name != 'account.sock'][0]",
    "kills_the_grader": f"os.kill({HOST}, 9); return 'killed'",
    "sees_the_grader": "return [p.name for p in pathlib.Path('/proc').glob('[0-9]*')][30]",
    "writes_the_system": "open('/usr/x', 'w'); return 'written'",
    "writes_hardenlab": "import hardenlab; open(hardenlab.__file__, 'a'); return 'written'",
    "mounts": "assert ctypes.CDLL(None).mount(b'x', b'/tmp', b'tmpfs', 0, None) == 0; return 'mounted'",
    "traces": f"assert ctypes.CDLL(None).ptrace(16, {HOST}, 0, 0) == 0; return 'attached'",
    "fills_its_folder": "f = open('big', 'wb')\nwhile True: f.write(bytes(1 << 20))",
    "fills_its_folder_with_many": "for n in range(10**6): open(f'big{n}', 'wb').write(bytes(1 << 24))",
    "fills_the_memory_of_files": "for n in range(10**6): open(f'/dev/shm/{n}', 'wb').write(bytes(1 << 24))",
    "takes_all_memory": "return len(bytes(8 << 30))",
    "answers_no_json": "return {1, 2}",
    "answers_no_number": "return float('nan')",
    "answers_too_much": "return 'x' * 10**8",
    "answers_without_end": "a = []\na.append(a)\nreturn a",
}


def test_its_account_answers_in_the_sandbox_and_nothing_else_does(run, instructor, monkeypatch):
    monkeypatch.setenv("HARDENLAB_SECRET", "the-secret")
    cells = [defining(name, body.replace("{root}", str(instructor))) for name, body in TRIES.items()]
    cells.append(defining("honest", "return [len(boto3.client('ec2').describe_security_groups()['SecurityGroups']),\n"
                                    "    sorted(os.listdir('.')), open('data.txt').read()]"))  # fmt: skip
    told = run(
        [OPEN, "raise ValueError('a cell that fails')", "print('x' * 10**8)", *cells],
        ["honest", *TRIES, "never_defined"],
    )
    assert told.pop("honest") == {"gave": [4, ["data.txt", "link"], "mine"]}
    assert told.pop("never_defined") == {"missing": "never_defined"}
    assert {name: answer for name, answer in told.items() if not REFUSED.match(answer.get("raised", ""))} == {}
    assert (instructor / "gradebook.db").read_text() == "the-secret"


ENDED = {
    "kills itself": ("import os; os.kill(os.getpid(), 9)", "its kernel ended"),
    "exits": ("import os; os._exit(0)", "its kernel ended"),
    "forks without end": ("import os\nwhile True: os.fork()", "processes|memory"),
    "takes memory in many": (
        "import os, time\nfor _ in range(20):\n    if os.fork() == 0:\n        x = b'x' * (50 << 20); time.sleep(60)",
        "memory",
    ),
    "loops": ("while True: pass", "longer than 4 seconds"),
    "sends a reply without bound": (
        "session = get_ipython().kernel.session\nsend = session.send\n"
        "session.send = lambda *a, **k: send(*a, **{**k, 'buffers': [bytes(64 << 20)]})",
        "longer than 4 seconds",
    ),
    "sends what is no reply": (
        "session = get_ipython().kernel.session\nserialize = session.serialize\n"
        "session.serialize = lambda *a, **k: [*serialize(*a, **k)[:-1], b'[' * 100_000]",
        "longer than 4 seconds",
    ),
    "replies to what was not asked": (
        "session = get_ipython().kernel.session\nsend = session.send\n"
        "session.send = lambda s, m, *a, **k: send(s, m, *a, **{**k, 'parent': {'header': {'msg_id': 'x'}}})",
        "longer than 4 seconds",
    ),
    "fills the shared folder": (
        "import glob, os\nplace = os.path.dirname(glob.glob('/tmp/**/channels/kernel.json', recursive=True)[0])\n"
        "for n in range(40): open(f'{place}/{n}', 'wb').write(bytes(1 << 16))\nimport time; time.sleep(60)",
        "beside its channels",
    ),
}


@pytest.fixture
def short_tmp():
    """Named short, so that what it holds is in it: pytest's own is too long for the sockets."""
    with tempfile.TemporaryDirectory(prefix="hl") as folder:
        yield folder


@pytest.mark.parametrize("name", ENDED)
def test_a_notebook_that_takes_too_much_is_ended_with_all_its_processes(run, name, monkeypatch, short_tmp):
    monkeypatch.setattr(tempfile, "tempdir", short_tmp)
    monkeypatch.setattr(watch, "RUN_MEMORY", 500 << 20)
    code, why = ENDED[name]
    with pytest.raises(NotebookEnded, match=why):
        run([code], ["x"], seconds=4.0 if "seconds" in why else 60.0)
    listed = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True).stdout
    assert short_tmp not in listed
    assert not any(Path(short_tmp).iterdir())


def test_a_long_name_of_the_folder_for_temporary_files_is_no_obstacle(run, monkeypatch, tmp_path):
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    assert run(["def one(): return 1"], ["one"]) == {"one": {"gave": 1}}
    assert not any(long.iterdir())


def test_each_notebook_has_a_fresh_account_though_the_environment_is_started_once(instructor):
    accounts, section = Accounts(load_course(TINY), "moto", instructor), load_course(TINY).section("l1-tiny")
    place = instructor / "autograded" / "eve" / "l1-tiny"
    groups = "boto3.client('ec2').describe_security_groups()['SecurityGroups']"
    write = [OPEN, "boto3.client('ec2').create_vpc(CidrBlock='10.9.0.0/16')", f"def count(): return len({groups})"]
    told, places, servers = [], [], []
    try:
        for variant in ("one", "one", "two"):
            with accounts.of(section, variant) as account:
                told.append(run_notebook(write, {"count": ("count", [[]])}, place, account)["count"]["answers"][0])
                places.append(account)
                servers.append(accounts._server.pid)
        assert told == [{"gave": 5}] * 3, "four groups, and the one of the notebook's own VPC"
        assert len(set(places)) == 3 and len(set(servers)) == 1 and not any(place.exists() for place in places)
        os.kill(servers[0], 9)
        accounts._server.wait()
        with accounts.of(section, "one") as account:
            assert (account / "account.sock").is_socket() and accounts._server.pid != servers[0]
        with (
            pytest.raises(EnvironmentProblem, match="for the notebook does not start"),
            accounts.of(replace(section, notebook="9-none"), "one"),
        ):
            pass
    finally:
        accounts.close()
    assert not places[0].parent.exists()


def test_without_bubblewrap_no_notebook_is_run(run, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(EnvironmentProblem, match=r"in a sandbox only.*apt install bubblewrap"):
        run(["1"], ["x"])


def test_any_client_of_jupyter_can_ask_for_the_sandbox(instructor, monkeypatch):
    """As nbgrader's own execution does, with JUPYTER_DEFAULT_PROVISIONER_NAME."""
    monkeypatch.setattr(KernelProvisionerFactory.instance(), "default_provisioner_name", "hardenlab-sandbox")
    where = {"metadata": {"path": str(instructor / "autograded" / "eve" / "l1-tiny")}}
    cell = nbformat.v4.new_code_cell("import os\nprint(sorted(os.listdir('.')), os.path.exists('/etc/passwd'))")
    NotebookClient(nbformat.v4.new_notebook(cells=[cell]), kernel_name="python3", timeout=60, resources=where).execute()
    assert cell.outputs[0]["text"] == "['data.txt', 'link'] False\n"
