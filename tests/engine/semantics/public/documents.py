"""Bucket policies and ACLs in few words."""

GROUP = "http://acs.amazonaws.com/groups/global/"
OWNER = {"ID": "owner", "DisplayName": "owner"}
FULL = {"Grantee": {"Type": "CanonicalUser", "ID": "owner"}, "Permission": "FULL_CONTROL"}


def group(name, permission="READ"):
    return {"Grantee": {"Type": "Group", "URI": GROUP + name}, "Permission": permission}


def acl(*grants):
    return {"Owner": OWNER, "Grants": [FULL, *grants]}


def bucket_policy(principal="*", condition=None, effect="Allow", **more):
    body = {"Effect": effect, "Principal": principal, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lab-data/*"}
    return {"Version": "2012-10-17", "Statement": [body | ({"Condition": condition} if condition else {}) | more]}


PRIVATE, READABLE = acl(), acl(group("AllUsers"))
PUBLIC = bucket_policy()
ALL_ON = dict.fromkeys(["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"], True)
