"""The steps of the images, run on this machine."""

import grp
import http.client
import os
import shutil
import socket
import stat
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import yaml
from distributed import Client

from hardenlab.cohort.folder import CourseFolder
from hardenlab.journal.signed import draw_key, public_key
from helpers.direct import CHECKOUT, TINY
from helpers.unix_users import require_root

IMAGES = CHECKOUT / "environments" / "images"
ANY = "127.0.0.2"  # another address of this machine, as a container's own is


def test_the_health_check_tells_an_address_that_answers_from_one_that_does_not(free_port):
    health = [sys.executable, str(IMAGES / "healthy.py"), f"http://127.0.0.1:{free_port}/"]
    assert subprocess.run(health).returncode == 1
    server = subprocess.Popen(
        [sys.executable, "-m", "http.server", str(free_port), "--bind", "127.0.0.1"], stderr=subprocess.DEVNULL
    )
    try:
        assert eventually(lambda: subprocess.run(health).returncode == 0)
    finally:
        server.kill()
        server.wait()


def test_the_learners_image_starts_jupyterlab_where_a_port_can_be_opened_to_it(tmp_path, free_port):
    with started(IMAGES / "lab" / "start.sh", tmp_path, HARDENLAB_LISTEN=ANY, HARDENLAB_PORT=str(free_port)):
        assert eventually(lambda: status(ANY, free_port, "/api") == 200)
        assert status(ANY, free_port, "/api/contents") == 403, "without the token nothing is shown"


@pytest.mark.parametrize("script", sorted(IMAGES.rglob("*.sh")), ids=lambda path: path.name)
def test_every_step_is_a_shell_script_that_can_be_read(script):
    assert subprocess.run(["sh", "-n", str(script)]).returncode == 0


def test_scheduler_and_worker_start_by_the_commands_of_the_compose_file(tmp_path, free_port):
    services = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())["services"]
    own = {"8786": str(free_port), ":8787": "127.0.0.1:0", ":8788": "127.0.0.1:0", "/tmp": str(tmp_path)}
    own["tcp://scheduler:8786"] = address = f"tcp://127.0.0.1:{free_port}"
    running = []
    try:
        for name in ("scheduler", "worker"):
            command = [own.get(part, part) for part in services[name]["command"]] + ["--host", "127.0.0.1"]
            command[0] = str(Path(sys.executable).parent / command[0])
            running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        with Client(address, timeout=120) as client:
            client.wait_for_workers(1, timeout=120)
            assert client.submit(sum, [20, 22]).result(timeout=60) == 42
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait(30)


def test_the_gradebooks_password_is_drawn_once(tmp_path):
    step("secrets.sh", tmp_path)
    first = (tmp_path / "gradebook-password").read_text()
    step("secrets.sh", tmp_path)
    assert (tmp_path / "gradebook-password").read_text() == first and len(first) >= 40


def test_learners_get_the_course_without_what_stays_with_the_instructor(tmp_path):
    checkout = tmp_path / "checkout"
    shutil.copytree(TINY, checkout)
    (checkout / ".venv").symlink_to(Path(sys.prefix))
    step("course.sh", checkout, tmp_path / "course", grp.getgrgid(os.getegid()).gr_name)
    given = {path.name for path in (tmp_path / "course").rglob("*") if path.is_file()}
    assert "lab.toml" in given and "fixes.py" not in given
    for path in [checkout / "labs", *(checkout / "labs").rglob("*"), checkout / "graders"]:
        assert not path.stat().st_mode & 0o007, "closed to learners"
    assert all(path.stat().st_mode & 0o004 for path in (tmp_path / "course").rglob("*"))


def test_volumes_are_made_as_nbgrader_and_the_secrets_want_them(tmp_path):
    step("folders.sh", tmp_path)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "srv").iterdir()}
    assert modes["exchange"] == 0o777 and modes["hub"] == modes["public"] == 0o755
    assert modes["secrets"] == modes["keeper"] == modes["teaching"] == 0o700


@pytest.fixture
def system(tmp_path):
    """Another root with the files of users, so that this machine's stay as they are."""
    require_root()
    (tmp_path / "etc").mkdir()
    files = {"passwd": "root:x:0:0::/root:/bin/sh\n", "group": "root:x:0:\nlearners:x:10003:\n"}
    files |= {"shadow": "root:*:1::::::\n", "gshadow": "root:*::\nlearners:!::\n"}
    for name, text in files.items():
        (tmp_path / "etc" / name).write_text(text)
    return tmp_path


def test_learners_are_enrolled_once_with_passwords_that_are_told_once(system):
    file, roster = system / "accounts", "id,first_name\nada,Ada\nbob,Bob\n../eve,Eve\n"
    told = step("enrol.sh", file, "/home", roster=roster, PREFIX=str(system))
    passwords = dict(line.split(",") for line in told.stdout.splitlines())
    assert set(passwords) == {"ada", "bob"} and "'../eve' cannot be a Unix user" in told.stderr
    kept = {line.split(":")[0]: line.strip().split(":") for line in file.read_text().splitlines()}
    assert [kept[name][1] for name in ("ada", "bob")] == ["20000", "20001"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and passwords["ada"] not in file.read_text()
    salt = kept["ada"][2].split("$")[2]
    asked = ["openssl", "passwd", "-6", "-salt", salt, passwords["ada"]]
    assert subprocess.run(asked, capture_output=True, text=True).stdout.strip() == kept["ada"][2]
    assert stat.S_IMODE((system / "home" / "ada").stat().st_mode) == 0o700
    assert (system / "home" / "ada").stat().st_uid == 20_000
    again = step("enrol.sh", file, "/home", roster=roster + "cyd,Cyd\n", PREFIX=str(system))
    assert [line.split(",")[0] for line in again.stdout.splitlines()] == ["cyd"]


def test_a_new_container_has_the_same_learners(system):
    file = system / "accounts"
    step("enrol.sh", file, "/home", roster="ada\n", PREFIX=str(system))
    before = (system / "etc" / "passwd").read_text()
    for name in ("passwd", "shadow", "group", "gshadow"):
        path = system / "etc" / name
        path.write_text("".join(line for line in path.read_text().splitlines(True) if not line.startswith("ada")))
    step("accounts.sh", file, "/home", PREFIX=str(system))
    assert (system / "etc" / "passwd").read_text() == before
    assert "learners:x:10003:ada" in (system / "etc" / "group").read_text().replace("10003:,", "10003:")


def test_the_instructors_image_starts_on_a_course_of_the_classroom(tmp_path, free_port):
    step("folders.sh", tmp_path)
    step("secrets.sh", tmp_path / "srv" / "secrets")
    key = public_key(draw_key())
    (tmp_path / "srv" / "public" / "classroom.toml").write_text(f'classroom = "{key}"\n')
    variables = {"ROOT": str(tmp_path / "srv"), "LABS": str(TINY), "DATABASE": "sqlite:///gradebook.db"}
    config = tmp_path / ".jupyter" / "jupyter_server_config.json"  # a test may run as root, the container does not
    config.parent.mkdir()
    config.write_text('{"ServerApp": {"allow_root": true}}')
    with started(
        IMAGES / "classroom" / "start-instructor.sh", tmp_path, HARDENLAB_PORT=str(free_port),
        HARDENLAB_LISTEN="127.0.0.1", **variables,
    ):  # fmt: skip
        assert eventually(lambda: status("127.0.0.1", free_port, "/api") == 200)
        assert status("127.0.0.1", free_port, "/api/contents") == 403
    course = CourseFolder.open(tmp_path / "srv" / "teaching" / "cloudsec")
    assert (course.classroom, course.exchange) == (key, str(tmp_path / "srv" / "exchange"))


def step(script, *arguments, roster="", **variables):
    command = ["sh", str(IMAGES / "classroom" / script), *map(str, arguments)]
    done = subprocess.run(command, input=roster, capture_output=True, text=True, env=os.environ | variables)
    assert done.returncode == 0, done.stderr
    return done


@contextmanager
def started(script, home, **variables):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"HOME": str(home), "PATH": path, **variables}
    process = subprocess.Popen(["sh", str(script)], env=environment, stdout=subprocess.DEVNULL, cwd=home)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def eventually(holds, seconds=120):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.1)
    return False


def status(host, port, path):
    with suppress(OSError, http.client.HTTPException):
        connection = http.client.HTTPConnection(host, port, timeout=5)
        connection.request("GET", path)
        return connection.getresponse().status
    return None


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
