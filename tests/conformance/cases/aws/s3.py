"""Cases of S3."""

from __future__ import annotations

from tests.conformance.case import Behind, Call, Case, Entry, ref
from tests.conformance.cases.aws.words import tags

CASES = (
    Case(
        Entry(
            "subject",
            "AWS::S3::Bucket",
            {
                "BucketName": "orch-conformance-data",
                "VersioningConfiguration": {"Status": "Enabled"},
                "Tags": tags(team="a"),
            },
        ),
        dependents=(
            Entry("vpc", "AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16", "Tags": tags(logs=ref("subject", "Arn"))}),
        ),
        updates=(
            {"VersioningConfiguration.Status": "Suspended"},
            {"Tags": tags(team="b", stage="test")},
            {
                "PublicAccessBlockConfiguration": {
                    "BlockPublicAcls": True,
                    "BlockPublicPolicy": False,
                    "IgnorePublicAcls": True,
                    "RestrictPublicBuckets": False,
                }
            },
        ),
        replaces=({"BucketName": "orch-conformance-data-2"},),
        behind=Behind(
            "VersioningConfiguration.Status",
            Call("s3.put_bucket_versioning", {"Bucket": "{Name}", "VersioningConfiguration": {"Status": "Suspended"}}),
        ),
    ),
)
