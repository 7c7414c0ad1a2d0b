"""A classroom with real Unix users: the front is a third one's, and a hostile neighbour tries what he can."""

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hardenlab.journal.signed import verify
from hardenlab.model.problem import JournalProblem
from helpers.direct import TINY
from helpers.unix_users import unix_users

pytestmark = pytest.mark.xdist_group("classroom")

SECTION = "l1-tiny/1-groups"
HARDENLAB = str(Path(sys.executable).parent / "hardenlab")
WORK = f"""
import boto3, hardenlab, json
lab = hardenlab.lab({SECTION!r})
vpc = lab.facts["vpc"]
made = boto3.client("ec2").create_security_group(GroupName="mine", Description="d", VpcId=vpc)["GroupId"]
found = boto3.client("ec2").describe_security_groups(GroupIds=[made])["SecurityGroups"]
print(json.dumps({{"made": made, "found": len(found), "checked": len(lab.check().data["assessment"]["tasks"])}}))
"""
ENDPOINT = f"""
import json
from dataclasses import asdict
from hardenlab.attempt.client import ensure_running
from hardenlab.attempt.workspace import find_workspace
print(json.dumps(asdict(ensure_running(find_workspace(), {SECTION!r}))))
"""


class Room:
    """The service under a user of its own, and learners who work in it."""

    def __init__(self, users):
        self.users = users
        self.folder = users.home("keeper") / "classroom"
        run = users.root / "run"
        run.mkdir(mode=0o755)
        subprocess.run(["chown", users.names["keeper"], str(run)], check=True)
        self.socket = run / "classroom.sock"
        made = users.run("keeper", [HARDENLAB, "--course", str(TINY), "classroom", "init", str(self.folder)])
        assert made.returncode == 0, made.stderr
        self.key = users.run("keeper", [HARDENLAB, "classroom", "key", str(self.folder)]).stdout.strip()
        self.start()

    def start(self):
        command = [HARDENLAB, "classroom", "serve", str(self.folder), "--socket", str(self.socket)]
        self.service = self.users.start("keeper", command)
        deadline = time.monotonic() + 30
        while not self.socket.exists():
            assert self.service.poll() is None and time.monotonic() < deadline, self.service.stdout.read()
            time.sleep(0.05)

    def python(self, name, code, *arguments):
        return self.users.python(name, code, *arguments, **self.variables(name))

    def run(self, name, command):
        return self.users.run(name, command, **self.variables(name))

    def variables(self, name):
        return {"HARDENLAB_CLASSROOM": str(self.socket), "HARDENLAB_WORKSPACE": str(self.users.home(name))}

    def journal(self, name):
        """The journal as the service keeps it."""
        return self.folder / "learners" / self.users.names[name] / f"{SECTION}.journal"

    def fetched(self, name):
        """The learner's own copy with its signature."""
        done = self.run(name, [HARDENLAB, "classroom", "journals"])
        assert done.returncode == 0, done.stderr
        path = Path(done.stdout.strip())
        return path, path.read_bytes(), path.with_name(path.name + ".signature").read_bytes()


@pytest.fixture(scope="module")
def room():
    with unix_users("keeper", "ada", "bob") as users:
        yield Room(users)


@pytest.fixture(scope="module")
def work(room):
    """Both learners have worked at the same section; what each one's programs answered."""
    return {name: json.loads(room.python(name, WORK)) for name in ("ada", "bob")}


def test_each_learner_works_on_an_account_of_his_own(room, work):
    assert work["ada"]["made"] != work["bob"]["made"]
    for name in ("ada", "bob"):
        assert work[name]["found"] == 1 and work[name]["checked"] > 0
        kept = room.journal(name).read_text()
        assert work[name]["made"] not in kept.partition("\n")[0]
        assert kept.count('"op":"ec2:CreateSecurityGroup"') == 1 and kept.count('"kind":"check"') == 1


def test_account_and_journal_belong_to_the_classrooms_user(room, work):
    assert room.journal("ada").stat().st_uid == room.users.uid("keeper")
    pid = json.loads(room.python("ada", ENDPOINT))["pid"]
    assert Path(f"/proc/{pid}").stat().st_uid == room.users.uid("keeper")


@pytest.mark.parametrize("who", ["ada", "bob"])
def test_no_learner_reads_or_writes_the_kept_journals_and_the_key(room, work, who):
    for path in (room.journal("ada"), room.folder / "signing-key", room.folder / "learners"):
        assert room.run(who, ["ls", str(path)]).returncode != 0
        assert room.run(who, ["sh", "-c", f"echo x >> {path}"]).returncode != 0
        assert room.run(who, ["rm", "-rf", str(path)]).returncode != 0
    assert room.journal("ada").exists()


def test_the_socket_cannot_be_replaced(room):
    assert room.run("bob", ["rm", "-f", str(room.socket)]).returncode != 0
    assert room.run("bob", ["mv", str(room.socket), str(room.socket) + ".old"]).returncode != 0


STEAL = """
import http.client, json, sys
stolen = json.loads(sys.argv[1])
def tried(method, path, headers):
    try:
        connection = http.client.HTTPConnection("127.0.0.1", stolen["port"], timeout=10)
        connection.request(method, path, "{}", headers)
        return connection.getresponse().status
    except OSError as error:
        return type(error).__name__
    except http.client.HTTPException as error:
        return type(error).__name__
token = {"Authorization": "Bearer " + stolen["token"]}
print(json.dumps([tried("POST", "/_hardenlab/overview", token), tried("GET", "/", {}), tried("PUT", "/bucket", {})]))
"""


def test_a_neighbour_reaches_nothing_of_an_account_even_with_its_keys_and_token(room, work):
    stolen = room.python("ada", ENDPOINT)
    before = room.journal("ada").read_bytes()
    answers = json.loads(room.python("bob", STEAL, stolen))
    assert set(answers) <= {"RemoteDisconnected", "ConnectionResetError", "BrokenPipeError"}
    assert json.loads(room.python("ada", STEAL, stolen))[0] == 200, "the same request is answered to its owner"
    assert room.journal("ada").read_bytes() == before


ASK = """
import json, sys
from hardenlab.attempt.classroom import Classroom
from hardenlab.model.problem import Problem
verb, arguments = sys.argv[2], json.loads(sys.argv[3])
try:
    print(json.dumps(Classroom(sys.argv[1]).ask(verb, **arguments)))
except Problem as problem:
    print(f"refused: {problem}")
"""


@pytest.mark.parametrize(
    ("verb", "arguments", "told"),
    [
        ("running", {"section": SECTION, "learner": "ada"}, "does not take this"),
        ("running", {"section": SECTION, "who": "ada"}, "does not take this"),
        ("running", {"section": "../ada/l1-tiny/1-groups"}, "'../ada/l1-tiny/1-groups'"),
        ("journal", {"section": ["l1-tiny/1-groups"]}, "a section is named by text"),
        ("_workspace", {"section": SECTION}, "cannot '_workspace'"),
        ("start", {"section": "x" * 20_000}, "at most"),
    ],
)
def test_nobody_can_ask_for_anothers_attempt(room, verb, arguments, told):
    answer = room.python("bob", ASK, room.socket, verb, json.dumps(arguments))
    assert answer.startswith("refused: ") and told in answer


def test_a_flood_of_connections_does_not_keep_the_others_out(room):
    flood = "import socket,sys,time\nopen_ = []\nfor _ in range(300):\n s = socket.socket(socket.AF_UNIX)\n"
    flood += " s.connect(sys.argv[1]); open_.append(s)\nprint('open', flush=True); time.sleep(20)"
    hostile = room.users.start("bob", [sys.executable, "-c", flood, str(room.socket)])
    assert hostile.stdout.readline() == "open\n"
    started = time.monotonic()
    about = json.loads(room.python("ada", ASK, room.socket, "about", "{}"))
    assert about["learner"] == room.users.names["ada"] and time.monotonic() - started < 8
    hostile.kill()


def test_what_is_handed_in_is_signed_for_its_learner(room, work):
    path, content, signature = room.fetched("ada")
    ada = room.users.names["ada"]
    assert content == room.journal("ada").read_bytes()
    assert path.stat().st_uid == room.users.uid("ada")
    assert verify(room.key, content, signature, ada, SECTION).learner == ada
    with pytest.raises(JournalProblem, match=f"signed for '{ada}'"):
        verify(room.key, content, signature, room.users.names["bob"], SECTION)
    forged = content.replace(b'"earned":', b'"Earned":')
    assert forged != content
    with pytest.raises(JournalProblem, match="not the one that the classroom signed"):
        verify(room.key, forged, signature, ada, SECTION)


def is_closed(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def eventually(holds, seconds=10):
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


def test_work_and_keys_survive_the_service(room, work):
    before = json.loads(room.python("ada", ENDPOINT))
    room.service.terminate()
    room.service.wait(60)
    assert eventually(lambda: is_closed(before["port"])), "no account runs without its service"
    assert not room.socket.exists()
    told = room.users.run("ada", [sys.executable, "-c", ENDPOINT], **room.variables("ada"))
    assert "does not answer" in told.stderr
    room.start()
    after = json.loads(room.python("ada", ENDPOINT))
    assert (after["access_key"], after["account"]) == (before["access_key"], before["account"])
    assert room.journal("ada").read_text().count('"op":"ec2:CreateSecurityGroup"') == 1
