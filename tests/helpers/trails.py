"""What a trail's bucket needs."""

import json


def letting_cloudtrail_write(bucket, account, trail, region="us-east-1"):
    """CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail"."""
    arn = f"arn:aws:cloudtrail:{region}:{account}:trail/{trail}"
    common = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    statements = [
        common
        | {
            "Action": "s3:GetBucketAcl",
            "Resource": f"arn:aws:s3:::{bucket}",
            "Condition": {"StringEquals": {"aws:SourceArn": arn}},
        },
        common
        | {
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{bucket}/AWSLogs/{account}/*",
            "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceArn": arn}},
        },
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
