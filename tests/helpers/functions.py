"""The tiny course with a task that judges a learner's function."""

import shutil

from helpers.direct import TINY

TASK = """
[[section.task]]
function = "opens_port"
title = "Say whether a rule opens a port"
points = 3
hints = ["Look at both ends.", "A range holds what is in it.", "-1 is every protocol."]
"""
CALLS = '''"""What learners' functions must answer."""

from hardenlab import call, function


@function
def opens_port(vary):
    """`opens_port(rule, port)` says whether a rule of a security group lets TCP in on a port."""
    low = vary.number("low", 1000, 2000)
    rule = {"IpProtocol": "tcp", "FromPort": low, "ToPort": low + 10}
    yield call(rule, low, gives=True, because="a range holds its ends")
    yield call(rule, low + 5, gives=True, because="a range holds what is between its ends")
    yield call(rule, low + 11, gives=False, because="a range ends")
    yield call({**rule, "IpProtocol": "udp"}, low, gives=False, because="UDP is not TCP")
    yield call({"IpProtocol": "-1"}, 22, gives=lambda answer: answer is True, because="-1 is every protocol")
'''
SOLUTION = """def opens_port(rule, port):
    if rule["IpProtocol"] == "-1":
        return True
    return rule["IpProtocol"] == "tcp" and rule["FromPort"] <= port <= rule["ToPort"]
"""
CELL = f"""
```{{code-cell}} ipython3
---
task: opens_port
---
### BEGIN SOLUTION
{SOLUTION}### END SOLUTION
```
"""


def tiny_with_a_function(root):
    """Copy the tiny course to `root`, with a task whose function grading calls."""
    shutil.copytree(TINY, root, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "hidden").mkdir()
    (root / "hidden" / "calls.py").write_text(CALLS)
    lab = root / "labs" / "l1-tiny"
    for file, more in ((lab / "lab.toml", TASK), (lab / "1-groups.md", CELL)):
        file.write_text(file.read_text() + more)
    return root
