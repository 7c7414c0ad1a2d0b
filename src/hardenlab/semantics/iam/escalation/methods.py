"""The known methods of escalation, each with who described it in public, and which requests it needs.

A method either makes its caller somebody else (a role's session, a user's new key) or changes what somebody may do.
"""

from __future__ import annotations

from dataclasses import dataclass

RHINO = "Spencer Gietzen, Rhino Security Labs: AWS IAM Privilege Escalation - Methods and Mitigation (2018)"
BISHOP_FOX = "Seth Art, Bishop Fox: IAM Vulnerable - An AWS IAM Privilege Escalation Playground (2021)"
PMAPPER = "Erik Steringer, NCC Group: Principal Mapper (2018-2022)"
AWS_SSM = "AWS Systems Manager User Guide: Setting up Automation (iam:PassRole for the service role)"


@dataclass(frozen=True, slots=True)
class Method:
    """A method's name (its id), what it does in words with {target}, and its source."""

    name: str
    does: str
    source: str


CREATE_POLICY_VERSION = Method("CreatePolicyVersion", "writes a new default version of {target}", RHINO)
SET_DEFAULT_POLICY_VERSION = Method("SetDefaultPolicyVersion", "puts an older version of {target} in force", RHINO)
ATTACH = {
    kind: Method(f"Attach{kind}Policy", "attaches AdministratorAccess to {target}", RHINO)
    for kind in ("User", "Group", "Role")
}
PUT = {
    kind: Method(f"Put{kind}Policy", "writes an inline policy that allows everything on {target}", RHINO)
    for kind in ("User", "Group", "Role")
}
ADD_USER_TO_GROUP = Method("AddUserToGroup", "joins the group {target}", RHINO)
DELETE_BOUNDARY = {
    kind: Method(f"Delete{kind}PermissionsBoundary", "takes the permissions boundary off {target}", PMAPPER)
    for kind in ("User", "Role")
}
CREATE_ACCESS_KEY = Method("CreateAccessKey", "makes an access key of {target}", RHINO)
CREATE_LOGIN_PROFILE = Method("CreateLoginProfile", "sets a console password for {target}, which had none", RHINO)
UPDATE_LOGIN_PROFILE = Method("UpdateLoginProfile", "changes the console password of {target}", RHINO)
UPDATE_ASSUME_ROLE_POLICY = Method(
    "UpdateAssumeRolePolicy", "writes itself into the trust policy of {target} and assumes it", RHINO
)
ASSUME_ROLE = Method("AssumeRole", "assumes {target}", PMAPPER)


@dataclass(frozen=True, slots=True)
class PassRole:
    """A service that acts as the role it is given: which requests make it run the caller's code or template.

    `needs` is a list of alternatives for each request, any one of which will do.
    """

    method: Method
    service: str
    needs: tuple[tuple[str, ...], ...]
    wants_instance_profile: bool = False


def _pass(name: str, thing: str, source: str) -> Method:
    return Method(f"PassRole+{name}", f"passes {{target}} to {thing}", source)


PASS_ROLE = (
    PassRole(
        _pass("RunInstances", "a new instance and reads its credentials there", RHINO),
        "ec2.amazonaws.com",
        (("ec2:RunInstances",),),
        wants_instance_profile=True,
    ),
    PassRole(
        _pass("CreateFunction", "a new Lambda function and runs it", RHINO),
        "lambda.amazonaws.com",
        (
            ("lambda:CreateFunction",),
            ("lambda:InvokeFunction", "lambda:AddPermission", "lambda:CreateEventSourceMapping",
             "lambda:CreateFunctionUrlConfig", "events:PutTargets"),
        ),
    ),
    PassRole(
        _pass("CreateStack", "a new CloudFormation stack", RHINO),
        "cloudformation.amazonaws.com",
        (("cloudformation:CreateStack",),),
    ),
    PassRole(
        _pass("CreateDevEndpoint", "a new Glue development endpoint", RHINO),
        "glue.amazonaws.com",
        (("glue:CreateDevEndpoint",),),
    ),
    PassRole(
        _pass("CreateJob", "a new Glue job and runs it", BISHOP_FOX),
        "glue.amazonaws.com",
        (("glue:CreateJob",), ("glue:StartJobRun", "glue:CreateTrigger")),
    ),
    PassRole(
        _pass("CreatePipeline", "a new Data Pipeline", RHINO),
        "datapipeline.amazonaws.com",
        (("datapipeline:CreatePipeline",), ("datapipeline:PutPipelineDefinition",), ("datapipeline:ActivatePipeline",)),
    ),
    PassRole(
        _pass("CreateNotebookInstance", "a new SageMaker notebook and opens it", BISHOP_FOX),
        "sagemaker.amazonaws.com",
        (("sagemaker:CreateNotebookInstance",), ("sagemaker:CreatePresignedNotebookInstanceUrl",)),
    ),
    PassRole(
        _pass("CreateTrainingJob", "a new SageMaker training job", BISHOP_FOX),
        "sagemaker.amazonaws.com",
        (("sagemaker:CreateTrainingJob",),),
    ),
    PassRole(
        _pass("CreateProcessingJob", "a new SageMaker processing job", BISHOP_FOX),
        "sagemaker.amazonaws.com",
        (("sagemaker:CreateProcessingJob",),),
    ),
    PassRole(
        _pass("RunTask", "a new ECS task", PMAPPER),
        "ecs-tasks.amazonaws.com",
        (("ecs:RegisterTaskDefinition",), ("ecs:RunTask", "ecs:StartTask", "ecs:CreateService")),
    ),
    PassRole(
        _pass("CreateProject", "a new CodeBuild project and builds it", BISHOP_FOX),
        "codebuild.amazonaws.com",
        (("codebuild:CreateProject",), ("codebuild:StartBuild", "codebuild:StartBuildBatch")),
    ),
    PassRole(
        _pass("StartAutomationExecution", "an automation of Systems Manager", AWS_SSM),
        "ssm.amazonaws.com",
        (("ssm:StartAutomationExecution",),),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TakeOver:
    """A workload that already runs as a role, and the requests of which any one makes it do the caller's bidding."""

    method: Method
    service: str
    actions: tuple[str, ...]
    resource: str


def _take(name: str, thing: str, source: str) -> Method:
    return Method(name, f"makes {thing} that runs as {{target}} do its bidding", source)


TAKE_OVER = (
    TakeOver(
        _take("UpdateFunctionCode", "a Lambda function", RHINO),
        "lambda", ("lambda:UpdateFunctionCode",), "function",
    ),
    TakeOver(
        _take("UpdateFunctionConfiguration", "a Lambda function, by a layer,", RHINO),
        "lambda", ("lambda:UpdateFunctionConfiguration",), "function",
    ),
    TakeOver(
        _take("SendCommand", "an instance, by Systems Manager,", BISHOP_FOX),
        "ec2", ("ssm:SendCommand", "ssm:StartSession"), "instance",
    ),
    TakeOver(
        _take("SendSSHPublicKey", "an instance, by EC2 Instance Connect,", BISHOP_FOX),
        "ec2", ("ec2-instance-connect:SendSSHPublicKey",), "instance",
    ),
    TakeOver(
        _take("UpdateStack", "a CloudFormation stack", BISHOP_FOX),
        "cloudformation", ("cloudformation:UpdateStack",), "stack",
    ),
    TakeOver(
        _take("UpdateDevEndpoint", "a Glue development endpoint", RHINO),
        "glue", ("glue:UpdateDevEndpoint",), "devEndpoint",
    ),
    TakeOver(
        _take("CreatePresignedNotebookInstanceUrl", "a SageMaker notebook", BISHOP_FOX),
        "sagemaker", ("sagemaker:CreatePresignedNotebookInstanceUrl",), "notebook-instance",
    ),
)  # fmt: skip
