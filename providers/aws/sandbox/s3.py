"""Where moto's S3 differs from AWS for buckets: what a new one has without being asked, and lists in pages. Sends nothing.

Since 2023 every new bucket blocks public access, is encrypted with AES256 and enforces its owner's ownership; since 2025
CreateBucket takes tags (S3 API reference: CreateBucket, CreateBucketConfiguration).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from providers.aws.sandbox.errors import RefusedError
from providers.kit.server import Request, Response

_ENCRYPTION = {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}}
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_SPACE = f"{{{_NAMESPACE}}}"
_OWNER = "<Owner><ID>bcaf1ffd86f41161ca5fb16fd081034f</ID></Owner>"
_MOST = 10_000  # buckets of a page


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


def forget_tags(s3: Any, request: Request) -> None:
    """A bucket's tags go with it; moto keeps them for the next bucket of that name."""
    s3.tagger.delete_all_tags_for_resource(f"arn:aws:s3:::{bucket_name(request)}")


def restore_encryption(s3: Any, request: Request) -> None:
    """A bucket without an encryption setting of its own has AWS's."""
    s3.buckets[bucket_name(request)].encryption = _ENCRYPTION


def _tags(body: bytes) -> dict[str, str]:
    if b"<Tag>" not in body:
        return {}
    root = ElementTree.fromstring(body)  # noqa: S314 - our own tests and demonstrations send it, on loopback
    return {tag.findtext(f"{_SPACE}Key", ""): tag.findtext(f"{_SPACE}Value", "") for tag in root.iter(f"{_SPACE}Tag")}


def list_buckets(s3: Any, request: Request) -> Response:
    """ListBuckets by name in pages: moto cuts the list at ``max-buckets`` and gives no way on."""
    asked = dict(parse_qsl(request.query, keep_blank_values=True))
    most, after, prefix = asked.get("max-buckets", str(_MOST)), _after(asked), asked.get("prefix", "")
    if not most.isdecimal() or not 1 <= int(most) <= _MOST:
        raise RefusedError("InvalidArgument", f"Argument max-buckets must be an integer between 1 and {_MOST}")
    region = asked.get("bucket-region")
    names = [name for name in sorted(s3.buckets) if name > after and name.startswith(prefix)]
    found = [s3.buckets[name] for name in names if region in (None, s3.buckets[name].region_name)]
    page = found[: int(most)]
    items = "".join(_item(bucket, with_region=bool(asked.keys() - {"x-id"})) for bucket in page)
    more = page[-1].name.encode().hex() if len(found) > len(page) else ""
    rest = f"<ContinuationToken>{more}</ContinuationToken>" if more else ""
    rest += f"<Prefix>{escape(prefix)}</Prefix>" if prefix else ""
    text = f'<ListAllMyBucketsResult xmlns="{_NAMESPACE}">{_OWNER}<Buckets>{items}</Buckets>{rest}</ListAllMyBucketsResult>'
    return Response(
        200, f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode(), {"Content-Type": "application/xml"}
    )


def _after(asked: dict[str, str]) -> str:
    try:
        return bytes.fromhex(asked.get("continuation-token", "")).decode()
    except ValueError:
        raise RefusedError("InvalidArgument", "The continuation token provided is incorrect") from None


def _item(bucket: Any, *, with_region: bool) -> str:
    where = f"<BucketRegion>{bucket.region_name}</BucketRegion>" if with_region else ""
    made = f"<CreationDate>{bucket.creation_date_ISO8601}</CreationDate>"
    return f"<Bucket><Name>{escape(bucket.name)}</Name>{made}{where}</Bucket>"
