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


def _said(program, *arguments):
    command = [sys.executable, "-c", program, *arguments]
    return json.loads(
        subprocess.run(command, env=backend_variables(), capture_output=True, text=True, check=True).stdout
    )


def test_models_and_offerings_are_those_of_moto_and_botocore():
    lean, whole = _said(READ, "lean"), _said(READ, "whole")

    assert lean["offerings"] == whole["offerings"]
    assert lean["endpoints"] == whole["endpoints"]
    assert lean["models"] == whole["models"]
    assert lean["models"][0] != lean["models"][1], "what moto adds to EC2's model is for moto alone"


def test_a_bare_model_says_what_a_request_means_and_no_more():
    model = bare_session().get_service_model("iam")

    assert model.documentation == "" and model.operation_model("CreateUser").documentation == ""
    assert model.operation_model("CreateUser").input_shape.required_members == ["UserName"]


LIST = """
import json, sys

if sys.argv[1] == "lean":
    from hardenlab.environments.moto.lean import load_lean
    load_lean()
import botocore.loaders

loader = botocore.loaders.create_loader(sys.argv[2])
types = ("service-2", "paginators-1", "waiters-2", "endpoint-rule-set-1", "resources-1", "nothing-9")
print(json.dumps([loader.list_available_services(type) for type in types]))
"""


def test_the_services_that_have_a_model_are_those_of_botocore_and_of_the_users_own_folder(tmp_path):
    own = tmp_path / "models" / "ours" / "2026-01-01"
    own.mkdir(parents=True)
    (own / "service-2.json").write_text("{}")
    (own / "service-2.json.bak").write_text("{}")

    lean, whole = (_said(LIST, how, str(tmp_path / "models")) for how in ("lean", "whole"))

    assert lean == whole and "ours" in lean[0] and len(lean[0]) > 300 and lean[-1] == []
