"""The condition keys that every service knows, and their types.

Source: IAM User Guide, "AWS global condition context keys" (value type and "Data type" of each key).
"""

from collections.abc import Mapping
from types import MappingProxyType


def plain_key(key: str) -> str:
    """The key without regard to case and to a tag's name: `aws:RequestTag/${TagKey}` is `aws:requesttag/`."""
    name, slash, _ = key.lower().partition("/")
    return name + slash


GLOBAL_KEYS: Mapping[str, str] = MappingProxyType(
    {
        plain_key(key): kind
        for kind, keys in {
            "String": (
                "aws:ChatbotSourceArn",
                "aws:FederatedProvider",
                "aws:PrincipalAccount",
                "aws:PrincipalOrgID",
                "aws:PrincipalServiceName",
                "aws:PrincipalTag/key",
                "aws:PrincipalType",
                "aws:RequestTag/key",
                "aws:RequestedRegion",
                "aws:ResourceAccount",
                "aws:ResourceOrgID",
                "aws:ResourceTag/key",
                "aws:SourceAccount",
                "aws:SourceIdentity",
                "aws:SourceOrgID",
                "aws:SourceOwner",
                "aws:SourceVpc",
                "aws:SourceVpce",
                "aws:UserAgent",
                "aws:VpceAccount",
                "aws:VpceOrgID",
                "aws:referer",
                "aws:userid",
                "aws:username",
                "aws:Ec2InstanceSourceVpc",
                "glue:CredentialIssuingService",
                "glue:RoleAssumedBy",
                "identitystore:UserId",
            ),
            "ArrayOfString": (
                "aws:CalledVia",
                "aws:PrincipalOrgPaths",
                "aws:PrincipalServiceNamesList",
                "aws:ResourceOrgPaths",
                "aws:SourceOrgPaths",
                "aws:TagKeys",
                "aws:VpceOrgPaths",
            ),
            "ARN": (
                "aws:PrincipalArn",
                "aws:SourceArn",
                "aws:SourceVpcArn",
                "ec2:SourceInstanceArn",
                "lambda:SourceFunctionArn",
                "ssm:SourceInstanceArn",
            ),
            "Bool": (
                "aws:AssumedRoot",
                "aws:IsMcpServiceAction",
                "aws:MultiFactorAuthPresent",
                "aws:PrincipalIsAWSService",
                "aws:SecureTransport",
                "aws:ViaAWSService",
            ),
            "Numeric": ("aws:MultiFactorAuthAge",),
            "Date": ("aws:CurrentTime", "aws:EpochTime", "aws:TokenIssueTime"),
            "IPAddress": ("aws:SourceIp", "aws:VpcSourceIp", "aws:Ec2InstanceSourcePrivateIPv4"),
        }.items()
        for key in keys
    }
)
