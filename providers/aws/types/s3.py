"""The table of S3's Bucket: one small call per property, and names that the whole world shares. Data and hooks, no request.

A bucket is never emptied: deleting one that holds objects is refused by S3 (``BucketNotEmpty``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from providers.aws.table import Bulk, ByArn, Call, Detail, Get, Table
from providers.aws.terms import Field, Frame, Term
from providers.aws.words import ident, partition
from providers.kit import tags as tagging
from providers.kit.refusals import wrong
from provisioner.model.place import Place
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.value import ABSENT, Map, Value, freeze, get

_FIRST_REGION = "us-east-1"
_CONTROLS = ("OwnershipControls", "Rules", 0, "ObjectOwnership")


def _bucket(**params: Term) -> dict[str, Term]:
    """Every call names the account that has to own the bucket: another's of the same name is never touched."""
    owner: dict[str, Term] = {"ExpectedBucketOwner": lambda frame: frame.place.account or ABSENT}
    return {"Bucket": ident("BucketName"), **owner, **params}


_NO_NAME = re.compile(r"\.\.|^xn--|^sthree-|-s3alias$|--ol-s3$|^\d+\.\d+\.\d+\.\d+$")


def _no_name(want: Resource) -> Iterator[Problem]:
    name = want.body.get("BucketName")
    if isinstance(name, str) and _NO_NAME.search(name):
        words = "two dots in a row, an IP address, xn-- or sthree- in front, -s3alias or --ol-s3 behind"
        yield wrong(want, ("BucketName",), f"is {name!r}, which S3 refuses", f"no bucket's name has {words}")


def _location(frame: Frame) -> Value:
    return ABSENT if frame.place.region in ("", _FIRST_REGION) else frame.place.region


def _elsewhere(answer: Map, place: Place) -> str:
    region = answer.get("BucketRegion") or place.region
    return "" if region == place.region else f"a bucket of this name is in {region}, not in {place.region}"


def _derive(body: Map, place: Place) -> Mapping[str, Value]:
    name, region = body["BucketName"], place.region
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return {
        "Arn": f"arn:{partition(region)}:s3:::{name}",
        "DomainName": f"{name}.s3.{suffix}",
        "RegionalDomainName": f"{name}.s3.{region}.{suffix}",
        "DualStackDomainName": f"{name}.s3.dualstack.{region}.{suffix}",
    }


def _of_arn(arn: str, _place: Place) -> str | None:
    """The ARN of a bucket has neither region nor account, and nothing after the name."""
    service, region, account, name = (arn.split(":", 5)[2:] + [""] * 4)[:4]
    return name if service == "s3" and not region and not account and "/" not in name else None


# --- encryption: the same content under other names -------------------------------------------------------------------------


def _encryption_rules(frame: Frame) -> Value:
    rules = get(frame.want, ("BucketEncryption", "ServerSideEncryptionConfiguration"))
    return (
        ABSENT
        if rules is ABSENT
        else tuple(_renamed(rule, "ServerSideEncryptionByDefault", _API_NAME) for rule in rules)
    )


def _encryption(answer: Map) -> Value:
    rules = get(answer, ("ServerSideEncryptionConfiguration", "Rules"))
    if rules is ABSENT:
        return ABSENT
    ours = tuple(_renamed(rule, _API_NAME, "ServerSideEncryptionByDefault") for rule in rules)
    return Map(ServerSideEncryptionConfiguration=ours)


_API_NAME = "ApplyServerSideEncryptionByDefault"


def _renamed(rule: Map, old: str, new: str) -> Map:
    return Map({new if key == old else key: value for key, value in rule.items()})


def _versioning(answer: Map) -> Value:
    return Map(Status=answer["Status"]) if answer.get("Status") else ABSENT


# --- properties -------------------------------------------------------------------------------------------------------------


def _put(operation: str, name: str, when: Callable[[Frame], bool] = lambda _frame: True, **params: Term) -> Call:
    """S3's own defaults depend on the bucket's age and the account, so a create always says what is wanted."""
    return Call(operation, _bucket(**(params or {name: name})), sets=(name,), when=when, even_default=True)


def _get(operation: str, name: str, value: Field | None = None, *unset: str) -> Detail:
    return Detail(name, operation, _bucket(), value or name, unset)


def _tags(frame: Frame) -> Value:
    return freeze(tagging.as_list(frame.tags)) if frame.tags else ABSENT


_ALL_BLOCKED = Map(BlockPublicAcls=True, BlockPublicPolicy=True, IgnorePublicAcls=True, RestrictPublicBuckets=True)
_BY_S3_KEYS = Map(ServerSideEncryptionByDefault=Map(SSEAlgorithm="AES256"))

BUCKET = Table(
    "AWS::S3::Bucket",
    create=Call(
        "CreateBucket",
        {
            "Bucket": "BucketName",
            "ObjectOwnership": lambda frame: get(frame.want, _CONTROLS),
            "CreateBucketConfiguration.LocationConstraint": _location,
            "CreateBucketConfiguration.Tags": _tags,  # allowed by s3:TagResource
        },
        sets=("BucketName", "OwnershipControls"),
    ),
    refuses=(_no_name,),
    updates=(
        _put("PutPublicAccessBlock", "PublicAccessBlockConfiguration"),
        _put("PutBucketOwnershipControls", "OwnershipControls", when=lambda f: bool(f.want.get("OwnershipControls"))),
        Call(  # back to none, as a bucket from before 2023 has it where nobody has set one
            "DeleteBucketOwnershipControls",
            _bucket(),
            sets=("OwnershipControls",),
            when=lambda frame: not frame.want.get("OwnershipControls"),
        ),
        _put(
            "PutBucketEncryption",
            "BucketEncryption",
            **{"ServerSideEncryptionConfiguration.Rules": _encryption_rules},
        ),
        _put("PutBucketVersioning", "VersioningConfiguration"),
    ),
    tags=(
        Call(
            "PutBucketTagging",
            _bucket(**{"Tagging.TagSet": _tags}),
            when=lambda f: bool(f.tags) and f.tags != f.old_tags,
        ),
        Call("DeleteBucketTagging", _bucket(), when=lambda f: bool(f.old_tags) and not f.tags),
    ),
    delete=Call("DeleteBucket", _bucket()),
    body={"BucketName": "Name"},
    bulk=Bulk(
        "ListBuckets",
        "Buckets",
        params={"BucketRegion": lambda frame: frame.place.region or ABSENT},
        limit=("MaxBuckets", 1000),
        token=("ContinuationToken", "ContinuationToken"),
    ),
    get=Get("HeadBucket", _bucket(), elsewhere=_elsewhere),
    details=(
        _get("GetBucketTagging", "Tags", "TagSet", "NoSuchTagSet"),
        _get("GetPublicAccessBlock", "PublicAccessBlockConfiguration", None, "NoSuchPublicAccessBlockConfiguration"),
        _get("GetBucketOwnershipControls", "OwnershipControls", None, "OwnershipControlsNotFoundError"),
        _get("GetBucketEncryption", "BucketEncryption", _encryption, "ServerSideEncryptionConfigurationNotFoundError"),
        _get("GetBucketVersioning", "VersioningConfiguration", _versioning),
    ),
    by_arn=ByArn("s3", _of_arn),
    derive=_derive,
    required=("BucketName",),
    defaults={
        "PublicAccessBlockConfiguration": _ALL_BLOCKED,
        "OwnershipControls": Map(Rules=(Map(ObjectOwnership="BucketOwnerEnforced"),)),
        "BucketEncryption": Map(ServerSideEncryptionConfiguration=(_BY_S3_KEYS,)),
        "VersioningConfiguration": Map(Status="Suspended"),
    },
    natural_key=(("BucketName",),),
    sticky={"VersioningConfiguration": "versioning stays suspended, and the versions of objects stay"},
    creates_over=True,  # us-east-1 answers 200 for a bucket that one has already
    data_store=True,
)

TABLES = (BUCKET,)
