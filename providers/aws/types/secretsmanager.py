"""Table of Secrets Manager's Secret. Data and hooks, no request.

Its value is written and never read. A delete leaves it for 30 days in which it can be restored, as CloudFormation's does; a
create under the name of one that we have deleted takes it back, so that the undo of a delete brings back the same secret.
"""

from __future__ import annotations

from collections.abc import Iterator

from providers.aws.table import Bulk, ByArn, Call, Get, Return, Table
from providers.aws.terms import Frame
from providers.aws.types import tagging
from providers.aws.types.secretsmanager_generated import fits, generated
from providers.aws.words import ident, listed, or_empty, own_name, same
from providers.kit.refusals import given as filled_in
from providers.kit.refusals import wrong
from provisioner.model.fault import Fault
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.resource_type import Equality, Sameness
from provisioner.model.value import ABSENT, Map, Value, is_known

_SECRET = {"SecretId": ident("Id")}
_OWN_KEY = "alias/aws/secretsmanager"  # encrypts where no key is named
_TOKEN = "ClientRequestToken"  # noqa: S105 - a parameter's name
_VALUE = ("SecretString", "GenerateSecretString")


def _value(frame: Frame) -> Value:
    said, asked = frame.want.get("SecretString"), frame.want.get("GenerateSecretString")
    return said if said is not None else generated(asked) if isinstance(asked, Map) else ABSENT


def _key(frame: Frame) -> Value:
    wanted = frame.want.get("KmsKeyId", ABSENT)
    return wanted or (ABSENT if frame.new else _OWN_KEY)


def _shown_key(item: Map) -> Value:
    found = item.get("KmsKeyId") or ""
    return "" if found.endswith(_OWN_KEY) else found


def _replicas(answer: Map) -> Value:
    """Where it is kept too. The key is shown where it is one of the user's."""
    out = []
    for one in answer.get("ReplicationStatus") or ():
        key = _shown_key(one)
        out.append(Map(Region=one["Region"], **({"KmsKeyId": key} if key else {})))
    return tuple(out)


def _in(frame: Frame, *, come: bool) -> tuple[Map, ...]:
    """The replicas that come, or that go; one with another key goes and comes."""
    want, have = (listed(body, "ReplicaRegions") for body in (frame.want, frame.have))
    one, other = (want, have) if come else (have, want)
    return tuple(item for item in one if item not in other)


def _one_value(want: Resource) -> Iterator[Problem]:
    if len(filled_in(want.body, *_VALUE)) > 1:
        yield wrong(want, ("GenerateSecretString",), "is given beside SecretString, and a secret has one value")
    asked = want.body.get("GenerateSecretString")
    if isinstance(asked, Map) and is_known(asked) and (why := fits(asked)):
        yield wrong(want, ("GenerateSecretString",), why)


def _regions(frame: Frame) -> tuple[str, ...]:
    return tuple(one["Region"] for one in _in(frame, come=False))


SECRET = Table(
    "AWS::SecretsManager::Secret",
    create=Call(
        "CreateSecret",
        {
            "Name": own_name("Name"),
            "Description": "Description",
            "KmsKeyId": _key,
            "SecretString": _value,
            "AddReplicaRegions": lambda f: f.want.get("ReplicaRegions") or ABSENT,
            **tagging.in_create("Tags"),
        },
        sets=("Name", "Description", "KmsKeyId", *_VALUE, "ReplicaRegions"),
        token=_TOKEN,
    ),
    updates=(
        Call(
            "UpdateSecret",
            {**_SECRET, "Description": "Description", "KmsKeyId": _key},
            sets=("Description", "KmsKeyId"),
        ),
        Call(
            "PutSecretValue",
            {**_SECRET, "SecretString": _value},
            sets=_VALUE,
            # of what is taken back nothing is known, and what was generated for it once is what others have
            when=lambda f: bool(f.have) or f.want.get("SecretString") is not None,
            token=_TOKEN,
        ),
        Call(
            "RemoveRegionsFromReplication",
            {**_SECRET, "RemoveReplicaRegions": _regions},
            sets=("ReplicaRegions",),
            when=lambda f: bool(_regions(f)),
        ),
        Call(
            "ReplicateSecretToRegions",
            {**_SECRET, "AddReplicaRegions": lambda f: _in(f, come=True)},
            sets=("ReplicaRegions",),
            when=lambda f: bool(_in(f, come=True)),
        ),
    ),
    tags=tagging.calls(_SECRET, "TagResource:Tags", "UntagResource:TagKeys"),
    before_delete=(
        Call(
            "RemoveRegionsFromReplication",
            {**_SECRET, "RemoveReplicaRegions": _regions},
            label="all",
            when=lambda f: bool(_regions(f)),
        ),
    ),
    delete=Call("DeleteSecret", _SECRET),
    returns=Return(
        r"^InvalidRequestException: .*already scheduled for deletion",
        get=Get("DescribeSecret", {"SecretId": own_name("Name")}),
        tags="Tags",
        call=Call("RestoreSecret", {"SecretId": own_name("Name")}),
        identity="ARN",
        way_out="restore it (aws secretsmanager restore-secret --secret-id NAME) and adopt it, or give this one another name",
    ),
    bulk=Bulk("ListSecrets", "SecretList", limit=("MaxResults", 100)),
    get=Get("DescribeSecret", _SECRET),
    by_name=Get("DescribeSecret", {"SecretId": "Name"}),
    absent=lambda item: bool(item.get("DeletedDate")),
    by_arn=ByArn("secretsmanager:secret", lambda arn, _place: arn),
    body={
        **same("Name", "Tags"),
        "Id": "ARN",
        "Description": or_empty("Description"),
        "KmsKeyId": _shown_key,
        "ReplicaRegions": _replicas,
    },
    equalities=(
        Equality(("KmsKeyId",), Sameness.SELF_LINK),
        Equality(("ReplicaRegions",), Sameness.KEYED, "Region"),
        Equality(("ReplicaRegions", "*", "KmsKeyId"), Sameness.SELF_LINK),
    ),
    defaults={"Description": "", "KmsKeyId": "", "ReplicaRegions": ()},
    faults=(
        (r"^InvalidRequestException: .*(marked for deletion|marked deleted|scheduled for deletion)", Fault.NOT_FOUND),
        (r"^InvalidParameterException: .*still has replica regions", Fault.NOT_READY),
    ),
    natural_key=(("Name",),),
    refuses=(_one_value,),
    data_store=True,
)

TABLES = (SECRET,)
