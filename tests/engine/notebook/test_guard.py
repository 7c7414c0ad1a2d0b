"""No request of boto3 or the AWS CLI leaves for anything but this machine."""

import importlib.util
import io
import os
import subprocess
import sys
import threading
import urllib.request
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer

import boto3
import pytest

from hardenlab.notebook.aws_files import clean_environment
from hardenlab.notebook.guard import EndpointRefused, checked
from helpers.workspaces import SECTION, VENV

ABROAD = "https://ec2.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:4566/bucket?list-type=2",
        "http://localhost:4566/",
        "http://[::1]:4566/",
        "http://127.1.2.3/",
    ],
)
def test_loopback_is_left_alone(url):
    assert checked(url) == url


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_an_account_before_the_host_is_taken_off(host):
    assert checked(f"http://123456789012.{host}:4566/v20180820/x?y=1") == f"http://{host}:4566/v20180820/x?y=1"


@pytest.mark.parametrize(
    "url",
    [
        ABROAD,
        "https://s3.amazonaws.com/bucket",
        "https://sts.amazonaws.com.cn/",
        "http://169.254.169.254/latest/meta-data/",
        "http://169.254.170.2/v2/credentials",
        "http://10.0.0.1/",
        "http://[2001:db8::1]/",
        "http://127.0.0.1.example.com/",
        "http://127.0.0.1@example.com/",
        "http://localhost.example.com/",
        "http://123456789012.127.0.0.1.example.com/",
        "http://12345.127.0.0.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "file:///etc/passwd",
        "",
    ],
)
def test_everywhere_else_is_refused(url):
    with pytest.raises(EndpointRefused, match="talks to its emulated account only, never to AWS"):
        checked(url)


@pytest.mark.parametrize(
    "call",
    [
        lambda: boto3.client("ec2", endpoint_url=ABROAD).describe_vpcs(),
        lambda: boto3.resource("s3", endpoint_url="https://s3.amazonaws.com").meta.client.list_buckets(),
        lambda: boto3.Session(profile_name=SECTION).client("ec2", endpoint_url=ABROAD).describe_vpcs(),
        lambda: boto3.client("s3", endpoint_url="https://s3.amazonaws.com").upload_file(__file__, "b", "k"),
        lambda: boto3.client("ec2", endpoint_url="https://example.com").get_waiter("vpc_available").wait(),
    ],
)
def test_every_way_out_of_boto3_is_refused(lab, call):
    with pytest.raises(EndpointRefused) as caught:
        call()
    assert caught.value._render_traceback_() == [str(caught.value)]


def test_a_clients_made_before_the_lab_is_guarded_too(workspace, kernel):
    import hardenlab

    early = boto3.client(
        "ec2", endpoint_url=ABROAD, region_name="us-east-1", aws_access_key_id="A", aws_secret_access_key="B"
    )
    hardenlab.lab(SECTION)
    with pytest.raises(EndpointRefused):
        early.describe_vpcs()


def test_s3control_works_with_no_argument(lab):
    account = boto3.client("sts").get_caller_identity()["Account"]
    s3control = boto3.client("s3control")
    wanted = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy"), True)
    s3control.put_public_access_block(
        AccountId=account, PublicAccessBlockConfiguration=wanted | {"RestrictPublicBuckets": False}
    )
    told = s3control.get_public_access_block(AccountId=account)["PublicAccessBlockConfiguration"]
    assert told == wanted | {"RestrictPublicBuckets": False}


def test_a_proxy_of_the_machine_is_not_asked(kernel, monkeypatch):
    import hardenlab

    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    lab = hardenlab.lab(SECTION)
    assert boto3.client("ec2").describe_vpcs(VpcIds=[lab.facts["vpc"]])["Vpcs"]


@pytest.fixture
def aws(lab, workspace):
    """The AWS CLI as in a terminal of JupyterLab: answers exit code, output and errors."""
    environment = dict(os.environ)
    clean_environment(environment, workspace)

    def run(*arguments, **extra):
        done = subprocess.run(
            [VENV / "aws", *arguments], capture_output=True, text=True, env=environment | extra, timeout=60
        )
        return done.returncode, done.stdout, done.stderr

    return run


def test_the_cli_works_in_a_terminal(aws, lab, tmp_path):
    account = aws("sts", "get-caller-identity", "--query", "Account", "--output", "text")[1].strip()
    assert lab.facts["vpc"] in aws("ec2", "describe-vpcs")[1]
    assert lab.facts["vpc"] in aws("ec2", "describe-vpcs", "--profile", SECTION)[1]
    alarm = "--alarm-name a --metric-name m --namespace n --statistic Sum --period 60 --threshold 1"
    rest = "--comparison-operator GreaterThanThreshold --evaluation-periods 1"
    assert aws("cloudwatch", "put-metric-alarm", *alarm.split(), *rest.split())[0] == 0
    assert '"AlarmName": "a"' in aws("cloudwatch", "describe-alarms")[1]
    file = tmp_path / "note.txt"
    file.write_text("hello")
    assert aws("s3", "cp", str(file), f"s3://{lab.facts['bucket']}/note.txt")[0] == 0
    assert "note.txt" in aws("s3", "ls", lab.facts["bucket"])[1]
    block = ("--account-id", account)
    settings = ("--public-access-block-configuration", "BlockPublicAcls=true")
    assert aws("s3control", "put-public-access-block", *block, *settings) == (0, "", "")
    assert '"BlockPublicAcls": true' in aws("s3control", "get-public-access-block", *block)[1]


def test_the_cli_is_refused_every_way_out(aws):
    code, _, said = aws("--endpoint-url", ABROAD, "ec2", "describe-vpcs")
    assert code != 0 and "hardenlab refused a request to ec2.us-east-1.amazonaws.com" in said
    code, _, said = aws("ec2", "describe-vpcs", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS="true")
    assert code != 0 and "hardenlab refused a request to ec2.us-east-1.amazonaws.com" in said
    code, _, said = aws("--endpoint-url", "https://s3.amazonaws.com", "s3", "ls")
    assert code != 0 and "hardenlab refused a request to s3.amazonaws.com" in said
    code, _, said = aws("--profile", "work", "ec2", "describe-vpcs")
    assert code != 0 and said.strip() == "The config profile (work) could not be found"


def test_the_users_own_aws_files_are_not_read(aws, tmp_path):
    home = tmp_path / "home"
    (home / ".aws").mkdir(parents=True)
    (home / ".aws" / "credentials").write_text("[work]\naws_access_key_id = AKIAREAL\naws_secret_access_key = real\n")
    assert "could not be found" in aws("--profile", "work", "ec2", "describe-vpcs", HOME=str(home))[2]


def test_the_cli_says_what_to_do_when_the_account_does_not_run(aws):
    code, _, said = aws("--endpoint-url", "http://127.0.0.1:9", "ec2", "describe-vpcs")
    assert code != 0
    assert "does not answer at 127.0.0.1:9. Run the set-up cell of its notebook" in said


# ---- what is not AWS in the same terminal ----


class Packages(BaseHTTPRequestHandler):
    """A package index that is reached through a proxy: both are this server."""

    def do_GET(self):
        path = self.path.removeprefix("http://packages.example")
        self.server.asked.append(self.path)
        link = b'<a href="demo-1-py3-none-any.whl">demo-1-py3-none-any.whl</a>'
        body = wheel() if path.endswith(".whl") else link
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream" if path.endswith(".whl") else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def wheel():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("demo-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1\n")
        archive.writestr("demo-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("demo-1.dist-info/RECORD", "")
    return data.getvalue()


@pytest.fixture
def proxy(monkeypatch):
    """The machine's own way to the internet, as its owner set it."""
    with HTTPServer(("127.0.0.1", 0), Packages) as server:
        server.asked = []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        for name in ("HTTP_PROXY", "http_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{server.server_port}")
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        yield server
        server.shutdown()
        thread.join()


def test_pip_and_plain_clients_go_out_as_ever_while_s3control_stays(proxy, lab, workspace, tmp_path):
    before = dict(os.environ)
    clean_environment(os.environ, workspace)
    changed = {name for name, value in os.environ.items() if before.get(name) != value}
    assert all(name.startswith("AWS_") for name in changed)
    assert b"demo-1" in urllib.request.urlopen("http://packages.example/simple/demo/").read()
    if importlib.util.find_spec("pip"):
        where = ["--index-url", "http://packages.example/simple", "--trusted-host", "packages.example"]
        command = [sys.executable, "-m", "pip", "--isolated", "download", "demo", "--no-deps", "--no-cache-dir", *where]
        subprocess.run([*command, "--dest", str(tmp_path)], check=True, capture_output=True, timeout=60)
        assert [file.name for file in tmp_path.glob("*.whl")] == ["demo-1-py3-none-any.whl"]
    asked = len(proxy.asked)
    account = boto3.client("sts").get_caller_identity()["Account"]
    boto3.client("s3control").list_access_points(AccountId=account)
    assert len(proxy.asked) == asked >= 1
