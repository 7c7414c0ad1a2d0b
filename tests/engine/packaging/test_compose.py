"""docker-compose.yml against the schema of compose files, and against what we promise of it."""

import re
import subprocess
import sys

import pytest
import yaml

from helpers.direct import CHECKOUT

FILE = CHECKOUT / "docker-compose.yml"
COMPOSE = yaml.safe_load(FILE.read_text())
SERVICES = COMPOSE["services"]
# who starts as root, and why
ROOT = {
    "localstack": "upstream's image prepares its folders as root",
    "hub": "JupyterHub becomes each learner",
}
WRITES = {
    "localstack": "upstream's image writes all over its file system",
    "hub": "learners are Unix users in /etc, made at its start",
}

each = pytest.mark.parametrize("name", SERVICES)


def test_the_file_is_a_valid_compose_file():
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(FILE)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_schema_finds_a_mistake(tmp_path):
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text(FILE.read_text().replace("healthcheck:", "healthchek:", 1))
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(wrong)]
    assert subprocess.run(command, capture_output=True).returncode == 1


@each
def test_ports_are_open_on_this_machine_alone(name):
    for port in SERVICES[name].get("ports", ()):
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port)
    assert SERVICES[name].get("network_mode") != "host"


@each
def test_images_are_pinned(name):
    tag = SERVICES[name]["image"].rpartition(":")[2]
    assert re.match(r"\d+\.\d+", tag), "a version, never `latest` or none"


@each
def test_nobody_is_root_without_a_reason(name):
    user = str(SERVICES[name].get("user", "0")).partition(":")[0]
    assert (user in ("0", "root")) == (name in ROOT)


@each
def test_file_systems_are_read_only_unless_there_is_a_reason(name):
    assert SERVICES[name].get("read_only", False) == (name not in WRITES)


@each
def test_rights_are_dropped_and_memory_and_processes_are_bounded(name):
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"] or name == "localstack"
    assert "cap_add" not in service or name == "hub"
    assert not {"SYS_ADMIN", "SYS_PTRACE", "NET_ADMIN", "ALL"} & set(service.get("cap_add", ()))
    assert "no-new-privileges:true" in service["security_opt"]
    assert not service.get("privileged")
    assert service["mem_limit"] and service["pids_limit"]


@each
def test_the_hosts_files_and_the_engines_socket_stay_outside(name):
    for volume in SERVICES[name].get("volumes", ()):
        assert volume.partition(":")[0] in COMPOSE["volumes"], "a named volume, no folder of the host"


@each
def test_there_is_a_health_check_or_the_service_ends_by_itself(name):
    service = SERVICES[name]
    waited_for = [
        other for other in SERVICES.values()
        if dict(other.get("depends_on", {})).get(name, {}).get("condition") == "service_completed_successfully"
    ]  # fmt: skip
    assert ("healthcheck" in service) != bool(waited_for)


def test_nothing_in_the_file_is_secret():
    for name, service in SERVICES.items():
        variables = service.get("environment", {})
        assert isinstance(variables, dict), name
        for variable in variables:
            assert not re.search(r"PASSWORD|SECRET|TOKEN|KEY", variable) or variable.endswith("_FILE")
    assert "secrets" not in COMPOSE and "env_file" not in FILE.read_text()


def test_the_profiles_are_those_of_the_manual():
    assert {profile for service in SERVICES.values() for profile in service["profiles"]} == {
        "learner", "localstack", "classroom",
    }  # fmt: skip


def reach(name):
    return set(SERVICES[name].get("networks", ()))


def test_learners_share_no_network_with_marks_and_those_who_grade():
    for other in ("instructor", "database", "scheduler", "worker"):
        assert not reach("hub") & reach(other)
    assert COMPOSE["networks"]["grading"]["internal"], "who grades reaches nothing outside"
    assert [name for name in SERVICES if "grading" in reach(name) and SERVICES[name].get("ports")] == ["instructor"]


def test_learners_see_the_exchange_and_nothing_else_of_the_instructors():
    volumes = {name: {volume.partition(":")[0] for volume in SERVICES[name].get("volumes", ())} for name in SERVICES}
    assert volumes["hub"] & volumes["instructor"] == {"exchange", "public"}
    assert not volumes["hub"] & {"secrets", "gradebook", "teaching"}
    assert not volumes["worker"] | volumes["scheduler"], "who judges holds nothing of the course's"


@each
def test_what_is_built_is_there_and_ends_as_the_services_user(name):
    service = SERVICES[name]
    if "build" not in service:
        return
    folder = CHECKOUT / service["build"]["context"]
    text = (folder / service["build"]["dockerfile"]).read_text()
    assert re.search(r"^FROM [\w./-]+:\d[\w.-]*$", text, re.M)
    users = re.findall(r"^USER (\S+)", text, re.M)
    assert users[-1:] == [service["user"]] or name in ROOT
    for path in re.findall(r"/opt/hardenlab/(environments/\S+\.(?:sh|py))", text + str(service)):
        assert (folder / path).is_file()
