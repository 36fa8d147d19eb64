"""S3 through plain boto3."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients, tagged
from tests.conformance.hands.base import Found

REMOVALS = {"AWS::S3::Bucket": Call("s3.delete_bucket", {"Bucket": "{Name}"})}


def inventory(clients: Clients, _types: Collection[str]) -> Iterator[Found]:
    """Buckets."""
    s3 = clients("s3")
    for item in s3.list_buckets()["Buckets"]:
        tags = {}
        try:
            tags = tagged(s3.get_bucket_tagging(Bucket=item["Name"])["TagSet"])
        except s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchTagSet":
                raise
        body = {
            **item,
            "Tags": tags,
            "Versioning": s3.get_bucket_versioning(Bucket=item["Name"]).get("Status"),
            "Public": s3.get_public_access_block(Bucket=item["Name"])["PublicAccessBlockConfiguration"],
        }
        yield Found("AWS::S3::Bucket", item["Name"], f"{item['Name']} {item['CreationDate']}", tags, body)
