"""Where moto's S3 differs from AWS for buckets: what a new bucket has without being asked. Sends and answers nothing.

Since 2023 every new bucket blocks public access, is encrypted with AES256 and enforces its owner's ownership; since 2025
CreateBucket takes tags (S3 API reference: CreateBucket, CreateBucketConfiguration).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

from providers.kit.server import Request

_ENCRYPTION = {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}}
_SPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"


def has_bucket(s3: Any, request: Request) -> bool:
    """Whether the bucket that a request names exists."""
    return bucket_name(request) in s3.buckets


def bucket_name(request: Request) -> str:
    """The bucket in a path-style request."""
    return unquote(request.path.strip("/").split("/")[0])


def furnish(s3: Any, request: Request) -> None:
    """Give a bucket that was just made what AWS gives it, and the tags that its creation asked for."""
    from moto.s3.models import PublicAccessBlock

    bucket = s3.buckets[bucket_name(request)]
    bucket.public_access_block = PublicAccessBlock(True, True, True, True)
    bucket.encryption = _ENCRYPTION
    if not bucket.ownership_rule:
        bucket.ownership_rule = "BucketOwnerEnforced"
    if tags := _tags(request.body):
        s3.put_bucket_tagging(bucket.name, tags)


def restore_encryption(s3: Any, request: Request) -> None:
    """A bucket without an encryption setting of its own has AWS's."""
    s3.buckets[bucket_name(request)].encryption = _ENCRYPTION


def _tags(body: bytes) -> dict[str, str]:
    if b"<Tag>" not in body:
        return {}
    root = ElementTree.fromstring(body)  # noqa: S314 - our own tests and demonstrations send it, on loopback
    return {tag.findtext(f"{_SPACE}Key", ""): tag.findtext(f"{_SPACE}Value", "") for tag in root.iter(f"{_SPACE}Tag")}
