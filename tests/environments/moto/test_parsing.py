"""A form's parameters are those that moto finds, whichever way they are looked for."""

import pytest
from hardenlab.environments.moto.parsing import read_forms_faster
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.core.parse import PROTOCOL_PARSERS, QueryParser, XFormedDict
from moto.core.utils import get_service_model

OPERATIONS = {
    "ec2": ["DescribeInstances", "RunInstances", "AuthorizeSecurityGroupIngress", "CreateTags", "CreateFlowLogs"],
    "iam": ["CreatePolicy", "ListUsers", "TagRole", "SimulatePrincipalPolicy"],
    "elbv2": ["CreateListener", "ModifyLoadBalancerAttributes"],
    "cloudwatch": ["PutMetricAlarm", "PutMetricData", "DescribeAlarms"],
    "sns": ["CreateTopic", "SetTopicAttributes", "Publish"],
    "sqs": ["AddPermission", "GetQueueAttributes", "DeleteMessageBatch", "SetQueueAttributes"],
    "rds": ["CreateDBInstance", "DescribeDBInstances"],
    "sdb": ["PutAttributes", "GetAttributes"],
    "autoscaling": ["CreateAutoScalingGroup"],
}
EVERY = [(service, name) for service, names in OPERATIONS.items() for name in names]
ENDS = ["", ".1", ".2", ".member.1", ".1.Name", ".1.Value.1", ".1.Ebs.Encrypted", ".entry.1.key", ".entry.1.value",
        ".1.Key", ".member.1.Key", ".Tag.1.Value", "X", ".1.FromPort", "."]  # fmt: skip
values = st.sampled_from(["", "1", "true", "False", "web", "2026-01-05T09:00:00Z", "AAA="])


@pytest.fixture(scope="module", autouse=True)
def patched():
    original = QueryParser._parse_structure
    read_forms_faster()
    yield original
    QueryParser._parse_structure = original


@st.composite
def forms(draw):
    service, name = draw(st.sampled_from(EVERY))
    model = get_service_model(service).operation_model(name)
    kind = PROTOCOL_PARSERS["ec2" if service == "ec2" else "query"]
    named = [kind(model)._get_serialized_name(member, key) for key, member in model.input_shape.members.items()]
    inner = [str(kind(model)._get_serialized_name(getattr(member, "member", member), key))
             for key, member in model.input_shape.members.items()]  # fmt: skip
    heads = st.sampled_from([*named, *inner, *model.input_shape.members, "Action", "Version"])
    fields = st.builds(str.__add__, heads, st.sampled_from(ENDS))
    return kind, model, draw(st.dictionaries(fields, values, max_size=8))


@settings(max_examples=1500, deadline=None)
@given(forms(), st.sampled_from([dict, XFormedDict]))
def test_the_same_parameters_are_found_in_the_same_order(patched, form, kept_in):
    kind, model, fields = form

    def found(parse):
        QueryParser._parse_structure, before = parse, QueryParser._parse_structure
        try:
            parsed = kind(model, map_type=kept_in).parse({"values": fields})
        except ValueError as error:
            return f"{type(error).__name__}: {error}"
        finally:
            QueryParser._parse_structure = before
        return repr(parsed.original_dict() if isinstance(parsed, XFormedDict) else parsed)

    assert found(QueryParser._parse_structure) == found(patched)
