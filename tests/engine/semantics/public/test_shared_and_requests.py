"""Snapshots, images and documents that are shared by a list; topics, queues, keys and functions by a request tried."""

import pytest

from engine.semantics.iam.helpers import HOME, policy, statement, when
from hardenlab.semantics.iam import CannotJudge
from hardenlab.semantics.public import (
    db_snapshot_is_public,
    function_url_witness,
    image_is_public,
    resource_policy_is_public,
    resource_witness,
    snapshot_is_public,
    ssm_document_is_public,
)

ALL, PARTNER = {"Group": "all"}, {"UserId": "444455556666"}
TOPIC = f"arn:aws:sns:eu-west-1:{HOME}:alarms"
QUEUE = f"arn:aws:sqs:eu-west-1:{HOME}:orders"
KEY = f"arn:aws:kms:eu-west-1:{HOME}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SECRET = f"arn:aws:secretsmanager:eu-west-1:{HOME}:secret:db-AbCdEf"
FUNCTION = f"arn:aws:lambda:eu-west-1:{HOME}:function:shop"


@pytest.mark.parametrize(
    ("permissions", "encrypted", "block", "public"),
    [
        ([], False, None, False),
        ([PARTNER], False, None, False),
        ([ALL], False, None, True),
        ([PARTNER, ALL], False, "unblocked", True),
        ([ALL], False, "block-new-sharing", True),
        ([ALL], False, "block-all-sharing", False),
        ([ALL], True, None, False),
    ],
)
def test_a_snapshot_is_public_when_all_may_use_it(permissions, encrypted, block, public):
    verdict = snapshot_is_public("snap-1", permissions, encrypted=encrypted, block=block)
    assert verdict.public is public
    assert ("ec2:CreateVolume from snap-1" in verdict.explain().sentence) is public
    assert verdict.accounts == (("444455556666",) if PARTNER in permissions else ())


def test_images_db_snapshots_and_documents_are_judged_alike():
    assert image_is_public("ami-1", [ALL]).call == "ec2:RunInstances from ami-1"
    organization = {"OrganizationArn": "arn:aws:organizations::111122223333:organization/o-abcdefghij"}
    assert image_is_public("ami-1", [organization]).public is False
    assert db_snapshot_is_public("backup", ["all"], encrypted=False).public
    assert not db_snapshot_is_public("backup", ["all"], encrypted=True).public
    assert db_snapshot_is_public("backup", [HOME], encrypted=False).accounts == (HOME,)
    assert ssm_document_is_public("Patch", ["All"]).public and not ssm_document_is_public("Patch", []).public


@pytest.mark.parametrize(
    "question",
    [
        lambda: snapshot_is_public("snap-1", [{"Group": "some"}], encrypted=False),
        lambda: snapshot_is_public("snap-1", [{}], encrypted=False),
        lambda: snapshot_is_public("snap-1", [ALL], encrypted=False, block="perhaps"),
        lambda: ssm_document_is_public("Patch", ["nobody"]),
    ],
)
def test_what_aws_does_not_answer_is_not_judged(question):
    with pytest.raises(CannotJudge):
        question()


def open_to_all(action, arn, principal="*", **more):
    return policy(statement(action=action, resource=arn, Principal=principal, **more))


@pytest.mark.parametrize(
    ("arn", "action", "caller", "tried"),
    [
        (QUEUE, "sqs:SendMessage", "anybody", "sqs:SendMessage"),
        (QUEUE, "*", "anybody", "sqs:SendMessage"),
        (QUEUE, "sqs:GetQueue*", "anybody", "sqs:GetQueueAttributes"),
        (TOPIC, "sns:Publish", "any AWS account", "sns:Publish"),
        (KEY, "kms:*", "any AWS account", "kms:Decrypt"),
        (SECRET, "secretsmanager:GetSecretValue", "any AWS account", "secretsmanager:GetSecretValue"),
        (FUNCTION, "lambda:InvokeFunction", "any AWS account", "lambda:InvokeFunction"),
    ],
)
def test_the_request_that_succeeds_is_the_witness(arn, action, caller, tried):
    document = open_to_all(action, arn)
    witness = resource_witness(arn, document, account=HOME)
    assert (witness.caller, witness.action) == (caller, tried)
    told = witness.explain()
    assert told.sentence.startswith(f"{caller[0].upper()}{caller[1:]} may call {tried} on {arn}")
    assert resource_policy_is_public(document, arn.split(":")[2]).public


@pytest.mark.parametrize(
    "document",
    [
        None,
        open_to_all("sqs:*", QUEUE, principal={"AWS": HOME}),
        open_to_all("sqs:*", QUEUE, **when(StringEquals={"aws:SourceAccount": HOME})),
        open_to_all("sqs:*", QUEUE, **when(StringEquals={"aws:PrincipalOrgID": "o-abcdefghij"})),
        open_to_all("sqs:*", QUEUE, principal={"Service": "sns.amazonaws.com"}),
        policy(
            statement(action="sqs:*", resource=QUEUE, Principal="*"),
            statement("Deny", "sqs:*", QUEUE, Principal="*", **when(StringNotEquals={"aws:PrincipalAccount": HOME})),
        ),
    ],
)
def test_a_confined_policy_has_no_witness(document):
    assert resource_witness(QUEUE, document, account=HOME) is None


def both(*actions):
    return policy(*(statement(action=action, resource=FUNCTION, Principal="*") for action in actions))


URL = {"FunctionUrl": "https://abc.lambda-url.eu-west-1.on.aws/", "AuthType": "NONE"}


def test_a_function_url_without_authentication_is_public_by_both_permissions():
    granted = both("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")
    witness = function_url_witness(FUNCTION, URL, granted, account=HOME)
    assert witness.resource == URL["FunctionUrl"] and "without credentials" in str(witness)
    assert function_url_witness(FUNCTION, {**URL, "AuthType": "AWS_IAM"}, granted, account=HOME) is None
    assert function_url_witness(FUNCTION, None, granted, account=HOME) is None
    assert function_url_witness(FUNCTION, URL, both("lambda:InvokeFunction"), account=HOME) is None
    with pytest.raises(CannotJudge, match="when it was made"):
        function_url_witness(FUNCTION, URL, both("lambda:InvokeFunctionUrl"), account=HOME)


def test_a_condition_on_the_urls_authentication_is_met():
    condition = when(StringEquals={"lambda:FunctionUrlAuthType": "NONE"})
    document = policy(
        statement(action="lambda:InvokeFunctionUrl", resource=FUNCTION, Principal="*", **condition),
        statement(action="lambda:InvokeFunction", resource=FUNCTION, Principal="*"),
    )
    assert function_url_witness(FUNCTION, URL, document, account=HOME)
