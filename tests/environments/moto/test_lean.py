"""What makes a process of moto small changes nothing that moto and botocore read, but the models' prose."""

import json
import subprocess
import sys

from hardenlab.environments.moto.environment import backend_variables

from hardenlab.front.bare import bare_session

READ = """
import json, sys

if sys.argv[1] == "lean":
    from hardenlab.environments.moto.lean import load_lean
    load_lean()
import botocore.session
from moto.core.utils import get_service_model
from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS

def prose(found):
    if isinstance(found, dict):
        return {k: "" if k == "documentation" and isinstance(v, str) else prose(v) for k, v in found.items()}
    return [prose(one) for one in found] if isinstance(found, list) else found

told = {"offerings": [], "models": [], "endpoints": botocore.session.get_session().get_data("endpoints")}
for regions in INSTANCE_TYPE_OFFERINGS.values():
    told["offerings"] += [regions["us-east-1"], regions.get("eu-west-1", []), regions.get("atlantis-1", [])]
for service in ("ec2", "s3", "iam"):
    for model in (get_service_model(service), botocore.session.get_session().get_service_model(service)):
        told["models"].append(prose(model._service_description))
print(json.dumps(told))
"""


def _read(how: str) -> dict[str, list[object]]:
    done = subprocess.run(
        [sys.executable, "-c", READ, how], env=backend_variables(), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_models_and_offerings_are_those_of_moto_and_botocore():
    lean, whole = _read("lean"), _read("whole")

    assert lean["offerings"] == whole["offerings"]
    assert lean["endpoints"] == whole["endpoints"]
    assert lean["models"] == whole["models"]
    assert lean["models"][0] != lean["models"][1], "what moto adds to EC2's model is for moto alone"


def test_a_bare_model_says_what_a_request_means_and_no_more():
    model = bare_session().get_service_model("iam")

    assert model.documentation == "" and model.operation_model("CreateUser").documentation == ""
    assert model.operation_model("CreateUser").input_shape.required_members == ["UserName"]
