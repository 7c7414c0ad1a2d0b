"""Stock nbgrader on the equivalent notebook: its own kernel, boto3, and moto's own server; nothing of hardenlab.

It is spared the seeding of the account, which an honest equivalent would have to do for each student.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat.v4

LAB = "stock"
WRITES, CHECKS = 40, 20
SETUP = """\
import boto3
options = dict(endpoint_url="{url}", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
ec2, s3, iam = (boto3.client(name, **options) for name in ("ec2", "s3", "iam"))
group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
"""
WRITE = """\
for port in range({first}, {last}):
    rule = dict(IpProtocol="tcp", FromPort=port, ToPort=port, IpRanges=[dict(CidrIp="10.0.0.0/8")])
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[rule])
"""
CHECK = """\
assert not ec2.describe_security_group_rules(Filters=[dict(Name="group-id", Values=["none"])])["SecurityGroupRules"]
assert ec2.describe_instances()["Reservations"] == [] and s3.list_buckets()["Buckets"] == []
"""


def make(folder: Path, students: int, url: str) -> None:
    """A course of stock nbgrader with its release, and submissions that are solved."""
    folder.mkdir(parents=True)
    (folder / "nbgrader_config.py").write_text('c = get_config()\nc.CourseDirectory.course_id = "stock"\n')
    (folder / "source" / LAB).mkdir(parents=True)
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"display_name": "p", "language": "python", "name": "python3"}}
    )
    cells = [_cell("setup", SETUP.format(url=url), locked=True)]
    share = WRITES // 2 // CHECKS
    for number in range(CHECKS):
        first = 1000 + number * share
        cells.append(_cell(f"answer-{number}", WRITE.format(first=first, last=first + share), solution=True))
        cells.append(_cell(f"check-{number}", CHECK, grade=True, locked=True, points=1))
    notebook.cells = cells
    nbformat.write(notebook, folder / "source" / LAB / "work.ipynb")
    nbgrader(folder, "generate_assignment", LAB, "--create", "--ClearSolutions.enforce_metadata=False")
    for number in range(students):
        shutil.copytree(folder / "source" / LAB, folder / "submitted" / f"s{number}" / LAB)


def nbgrader(folder: Path, *arguments: str) -> None:
    own = str(Path(sys.executable).parent)
    environment = os.environ | {"PATH": own + os.pathsep + os.environ["PATH"]}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"nbgrader {arguments[0]} failed: {done.stderr[-2000:]}")


def _cell(name: str, source: str, **known: Any) -> Any:
    meta = {"schema_version": 3, "grade_id": name, "grade": False, "solution": False, "locked": False, "task": False}
    return nbformat.v4.new_code_cell(source, id=name, metadata={"nbgrader": meta | known})
