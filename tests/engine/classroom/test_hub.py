"""JupyterHub with two real Unix users on loopback: fetch, work, submit, collect, grade; and a hostile neighbour."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from hardenlab.cohort.variants import expected_variant
from helpers.direct import TINY
from helpers.hub import Person
from helpers.unix_users import VENV, unix_users

pytestmark = pytest.mark.xdist_group("classroom")

COURSE, LAB, NOTEBOOK = "cloudsec", "l1-tiny", "1-groups"
SECTION = f"{LAB}/{NOTEBOOK}"
HARDENLAB = str(VENV / "hardenlab")
PASSWORDS = {"ada": "difference-engine", "bob": "ticket-to-ride"}
CONFIG = """
from hardenlab.classroom.hub import Hub
Hub(**{settings!r}).configure(get_config())
"""
NBGRADER = """
import os, subprocess, sys
def nbgrader(*arguments, **variables):
    command = [sys.executable, "-m", "nbgrader", *arguments]
    environment = os.environ | variables
    done = subprocess.run(command, cwd=os.path.expanduser("~"), env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stderr
"""
TEACH = """
import sys
from pathlib import Path
from hardenlab.cohort.build import init_course
from hardenlab.cohort.folder import CourseFolder
from hardenlab.cohort.release import release_lab
folder, exchange, labs, lab, key = sys.argv[1:]
init_course(Path(folder), Path(folder).name, Path(labs), exchange=exchange)
settings = Path(folder, "course.toml")
settings.write_text(key + "\\n" + settings.read_text())
release_lab(CourseFolder.open(Path(folder)), lab)
"""
WORK = f"""
import boto3, hardenlab
lab = hardenlab.lab({SECTION!r})
rule = dict(IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0")
for group in lab.facts["groups"]:
    _ = boto3.client("ec2").revoke_security_group_ingress(GroupId=group, **rule)
print(lab.check().data["assessment"]["earned"])
"""


class School:
    """A hub, a classroom, an exchange, a teacher's course, and who uses them."""

    def __init__(self, users):
        self.users = users
        self.exchange = users.root / "exchange"
        self.exchange.mkdir()
        self.exchange.chmod(0o777)
        self.course = users.home("teacher") / COURSE
        self.classroom = users.home("keeper") / "classroom"
        self.run = users.root / "run"
        self.run.mkdir(mode=0o755)
        subprocess.run(["chown", users.names["keeper"], str(self.run)], check=True)
        self.ports = free_ports(3)
        self.base = f"http://127.0.0.1:{self.ports[0]}"

    def found(self):
        """The classroom's folder, made by its own user."""
        released = self.exchange / COURSE / "outbound"
        init = [HARDENLAB, "--course", str(TINY), "classroom", "init", str(self.classroom), "--releases", str(released)]
        done = self.users.run("keeper", init)
        assert done.returncode == 0, done.stderr
        self.key = done.stdout.splitlines()[-1]

    def teach(self):
        """The classroom's key in a course, and a lab released to the exchange."""
        self.users.python("teacher", TEACH, self.course, self.exchange, TINY, LAB, self.key)
        self.teacher(sys.executable, "-m", "nbgrader", "release_assignment", LAB)

    def teacher(self, *command, fails=False):
        """What a command in the course's folder answers."""
        text = " ".join(f"'{part}'" for part in command)
        done = self.users.run("teacher", ["sh", "-c", f"cd {self.course} && {text}"])
        assert fails or done.returncode == 0, done.stderr
        return done.stdout

    def open(self):
        """Start the hub."""
        settings = {
            "classroom": str(self.classroom), "exchange": str(self.exchange), "course": COURSE,
            "keeper": self.users.names["keeper"], "learners": self.users.group, "state": str(self.users.root / "hub"),
            "socket": str(self.run / "classroom.sock"), "port": self.ports[0], "hub_port": self.ports[1],
            "proxy_port": self.ports[2],
        }  # fmt: skip
        config = self.users.root / "jupyterhub_config.py"
        config.write_text(CONFIG.format(settings=settings))
        self.log = (self.users.root / "hub.log").open("w+")
        command = self.users.command(None, [str(VENV / "jupyterhub"), "-f", str(config)])
        self.hub = subprocess.Popen(
            command, cwd=self.users.root, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env=self.users.environment(None), start_new_session=True,
        )  # fmt: skip

    def is_open(self):
        return answers(f"{self.base}/hub/api/") and (self.run / "classroom.sock").exists()

    def told(self):
        return Path(self.log.name).read_text()[-8_000:]

    def close(self):
        """The hub and its proxy; learners' processes end with their users."""
        proxy = self.users.root / "hub" / "private" / "proxy.pid"
        self.hub.kill()
        self.hub.wait()
        if proxy.exists():
            os.kill(int(proxy.read_text()), signal.SIGKILL)
        self.log.close()

    def person(self, name, password=None):
        return Person(self.base, self.users.names[name], password or PASSWORDS[name])

    def kept_journal(self, name):
        return self.classroom / "learners" / self.users.names[name] / f"{SECTION}.journal"


class Desk:
    """A learner with his JupyterLab and a kernel, who has fetched the lab and worked."""

    def __init__(self, school, name):
        self.name = school.users.names[name]
        self.person = school.person(name)
        self.person.start_lab()
        self.kernel = self.person.kernel()
        self.kernel.run(NBGRADER)
        self.kernel.run(f"nbgrader('fetch_assignment', {LAB!r})")
        if name == "bob":  # who would rather have an account that somebody has solved already
            self.kernel.run(f"path = os.path.expanduser('~/{LAB}/variants.json'); text = open(path).read()")
            self.kernel.run("open(path, 'w').write(text.replace('\"key\": \"', '\"key\": \"x'))")
        self.earned = float(self.kernel.run(WORK))


@pytest.fixture(scope="module")
def school():
    with unix_users("keeper", "teacher", "ada", "bob") as users:
        users.gather("ada", "bob")
        for name, password in PASSWORDS.items():
            subprocess.run(["chpasswd"], input=f"{users.names[name]}:{password}", text=True, check=True)
        school = School(users)
        school.found()
        try:
            school.open()
            school.teach()
            wait_for(school.is_open, school.told)
            yield school
        finally:
            school.close()


@pytest.fixture(scope="module")
def desks(school):
    with ThreadPoolExecutor() as at_once:
        return dict(zip(PASSWORDS, at_once.map(lambda name: Desk(school, name), PASSWORDS), strict=True))


def test_a_wrong_password_and_a_stranger_do_not_sign_in(school):
    assert not school.person("ada", "ticket-to-ride").signed_in
    assert not Person(school.base, school.users.names["keeper"], "anything").signed_in


def test_each_learner_has_an_account_and_a_journal_of_his_own(school, desks):
    for name, desk in desks.items():
        assert desk.earned > 0
        assert school.kept_journal(name).stat().st_uid == school.users.uid("keeper")
        made = desk.kernel.run("import os; print(os.getuid(), os.environ['AWS_ENDPOINT_URL'])").split()
        assert int(made[0]) == school.users.uid(name)
    endpoints = {desk.kernel.run("print(os.environ['AWS_ENDPOINT_URL'])") for desk in desks.values()}
    assert len(endpoints) == 2


def test_the_variant_is_the_learners_whatever_he_writes_into_his_folder(school, desks):
    assert '"key": "x' in (school.users.home("bob") / LAB / "variants.json").read_text()
    for name in desks:
        header = json.loads(school.kept_journal(name).read_text().splitlines()[0])
        assert header["variant"] == expected_variant(school.course, LAB, school.users.names[name])


HOSTILE = """
import json, os, subprocess, urllib.request, urllib.error
def tried(act):
    try:
        act()
        return True
    except OSError:
        return False
def reads(path):
    return tried(lambda: os.listdir(path) if os.path.isdir(path) else open(path).read())
"""


def test_a_hostile_learner_reaches_no_file_of_a_neighbour(school, desks):
    kernel = desks["bob"].kernel
    kernel.run(HOSTILE)
    ada = school.users.home("ada")
    closed = [ada, ada / LAB, ada / ".hardenlab", school.classroom, school.kept_journal("ada"), school.course,
              school.users.root / "hub" / "private", school.exchange / COURSE / "inbound"]  # fmt: skip
    assert json.loads(
        kernel.run(f"print(json.dumps([reads(path) for path in {[str(path) for path in closed]!r}]))")
    ) == ([False] * len(closed))
    assert desks["ada"].kernel.run(HOSTILE + f"print(reads({str(ada)!r}))") == "True"


def test_a_hostile_learner_reaches_no_server_and_no_kernel_of_a_neighbour(school, desks):
    ada, bob = desks["ada"], desks["bob"]
    for path in (f"/user/{ada.name}/api/contents", f"/user/{ada.name}/api/kernels", f"/hub/api/users/{ada.name}"):
        assert bob.person.ask("GET", path).status_code in (403, 404)
        assert ada.person.ask("GET", path).status_code == 200
    assert bob.person.ask("DELETE", f"/hub/api/users/{ada.name}/server").status_code in (403, 404)
    own = f"/user/{ada.name}/api/contents"
    assert {door(port, own) for port in listening(school.users.uid("ada"))} <= {403, None}


def test_nobody_hears_what_a_neighbours_kernel_prints(school, desks):
    read = "import json, ipykernel; print(json.load(open(ipykernel.get_connection_file()))['transport'])"
    assert desks["ada"].kernel.run(read) == "ipc", "on loopback its messages go to everybody who connects"
    place = desks["ada"].kernel.run("print(os.path.dirname(ipykernel.get_connection_file()))")
    assert desks["bob"].kernel.run(HOSTILE + f"print(reads({place!r}))") == "False"


def test_a_hostile_learner_reaches_no_account_of_a_neighbour_with_stolen_keys(school, desks):
    ada, bob = desks["ada"], desks["bob"]
    keys = ada.kernel.run(
        "print(json.dumps({name: os.environ[name] for name in os.environ if name.startswith('AWS_')}))"
    )
    steal = """
import boto3, botocore.config
stolen = json.loads({keys!r})
config = botocore.config.Config(retries=dict(max_attempts=0), connect_timeout=5, read_timeout=5)
try:
    boto3.client("sts", endpoint_url=stolen["AWS_ENDPOINT_URL"], aws_access_key_id=stolen["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=stolen["AWS_SECRET_ACCESS_KEY"], region_name="us-east-1", config=config
    ).get_caller_identity()
    print("reached")
except Exception as error:
    print(type(error).__name__)
"""
    assert bob.kernel.run(steal.format(keys=keys)) in (
        "ConnectionClosedError",
        "ConnectionError",
        "EndpointConnectionError",
    )
    assert ada.kernel.run(steal.format(keys=keys)) == "reached"


@pytest.fixture(scope="module")
def graded(school, desks):
    """Ada hands in with nbgrader; Bob writes his journal himself and hands it in around the classroom."""
    desks["ada"].kernel.run(f"print(nbgrader('submit', {LAB!r}))")
    desks["bob"].kernel.run(f"""
from hardenlab.attempt.classroom import classroom_of, fetch_journals
from hardenlab.attempt.workspace import find_workspace
(path,) = fetch_journals(find_workspace(), classroom_of(find_workspace()))
content = open(path).read().replace('"earned":', '"earned":1', 1)
open(path, "w").write(content)
nbgrader('submit', {LAB!r}, HARDENLAB_CLASSROOM="")
""")
    school.teacher(sys.executable, "-m", "nbgrader", "collect", LAB)
    told = json.loads(school.teacher(HARDENLAB, "grade", LAB, "--json", "--processes", "1", fails=True))
    return {mark["student"]: mark for mark in told["marks"]}, told["problems"]


def test_what_was_submitted_is_collected_and_graded_from_the_signed_journal(school, desks, graded):
    marks, problems = graded
    ada = school.users.names["ada"]
    assert ada not in problems, problems.get(ada)
    assert marks[ada]["earned"] == desks["ada"].earned


def test_a_journal_that_a_learner_changed_waits_for_a_person(school, graded):
    _, problems = graded
    assert "changed or exchanged afterwards" in problems[school.users.names["bob"]]


def free_ports(count):
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def listening(uid):
    """The TCP ports on which processes of a user listen."""
    rows = [
        line.split() for table in ("tcp", "tcp6") for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    ]
    return [int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == "0A" and int(row[7]) == uid]


def door(port, path):
    """What an HTTP request without a token is answered at a port; None: nothing (a kernel's pipe for forked output,
    which takes only what carries its secret)."""
    try:
        return requests.get(f"http://127.0.0.1:{port}{path}", timeout=5).status_code
    except requests.RequestException:
        return None


def answers(address):
    try:
        return requests.get(address, timeout=5).status_code == 200
    except requests.RequestException:
        return False


def wait_for(holds, told, seconds=60):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, told()
        time.sleep(0.2)
