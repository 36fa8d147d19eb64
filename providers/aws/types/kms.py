"""Tables of KMS: Key and Alias. Data and hooks, no request.

A key is never deleted at once: it is scheduled for it, and from then on counts as gone. As in CloudFormation, what a key is for
ever (its spec, usage, origin, regions) is no reason to replace it: with it goes whatever it has encrypted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from providers.aws.table import Bulk, ByArn, Call, Detail, Get, Table
from providers.aws.terms import Frame
from providers.aws.types import tagging
from providers.aws.words import as_text, const, derived, from_text, ident, in_state, same
from providers.kit import tags as owner_tags
from providers.kit.refusals import wrong
from provisioner.model.fault import Fault
from provisioner.model.place import Place
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.resource_type import Effect, EffectKind, Equality, Sameness
from provisioner.model.value import ABSENT, Map, Value, freeze, get

# --- Key ------------------------------------------------------------------------------------------------------------------

_KEY = {"KeyId": ident("KeyId")}
_POLICY = {**_KEY, "PolicyName": const("default")}
_FIXED = ("KeySpec", "KeyUsage", "MultiRegion", "Origin")
_NO_ROTATION = (
    "UnsupportedOperationException",
    "KMSInvalidStateException",
)  # other than symmetric ones; imported material


def _as_tags(tags: Mapping[str, Value]) -> Value:
    return freeze(owner_tags.as_list(tags, "TagKey", "TagValue"))


def _tags(answer: Map) -> Value:
    return tuple(Map(Key=one["TagKey"], Value=one["TagValue"]) for one in answer.get("Tags", ()))


def _enabled(frame: Frame) -> bool:
    return frame.want.get("Enabled") is not False


def _rotates(frame: Frame) -> bool:
    return bool(frame.want.get("EnableKeyRotation"))


def _rotation(found: Map, _place: Place) -> dict[str, Value]:
    """Whether and how often it rotates come in one answer."""
    status = found.get("EnableKeyRotation")
    if not isinstance(status, Map):
        return {}
    period = status.get("RotationPeriodInDays", ABSENT)
    return {
        "EnableKeyRotation": bool(status.get("KeyRotationEnabled")),
        **({} if period is ABSENT else {"RotationPeriodInDays": period}),
    }


def _rotation_is_on(want: Resource) -> Iterator[Problem]:
    body = want.body
    if body.get("RotationPeriodInDays") is not None and body.get("EnableKeyRotation", False) is False:
        hint = "set EnableKeyRotation: true, or leave the period out"
        yield wrong(want, ("RotationPeriodInDays",), "is set, and the key does not rotate", hint)
    spec = body.get("KeySpec", "SYMMETRIC_DEFAULT")
    if body.get("EnableKeyRotation") is True and isinstance(spec, str) and spec != "SYMMETRIC_DEFAULT":
        yield wrong(want, ("EnableKeyRotation",), f"is true, and KMS rotates symmetric keys only, not {spec}")


def _key_id(arn: str, _place: Place) -> str | None:
    return arn.rpartition(":key/")[2] if ":key/" in arn else None


KEY = Table(
    "AWS::KMS::Key",
    create=Call(
        "CreateKey",
        {"Policy": as_text("KeyPolicy")}
        | same("BypassPolicyLockoutSafetyCheck", "Description", *_FIXED)
        | tagging.in_create("Tags", _as_tags),
        sets=("KeyPolicy", "BypassPolicyLockoutSafetyCheck", "Description", *_FIXED),
    ),
    updates=(  # a disabled key takes no other change: it is enabled first, and disabled last
        Call("EnableKey", _KEY, ("Enabled",), when=lambda f: _enabled(f) and not f.new),
        Call("UpdateKeyDescription", {**_KEY, "Description": "Description"}),
        Call(
            "PutKeyPolicy",
            {
                **_POLICY,
                "Policy": as_text("KeyPolicy"),
                "BypassPolicyLockoutSafetyCheck": "BypassPolicyLockoutSafetyCheck",
            },
            sets=("KeyPolicy", "BypassPolicyLockoutSafetyCheck"),
            when=lambda f: bool(f.want.get("KeyPolicy")),
        ),
        Call(
            "EnableKeyRotation",
            {**_KEY, "RotationPeriodInDays": "RotationPeriodInDays"},
            sets=("EnableKeyRotation", "RotationPeriodInDays"),
            when=_rotates,
        ),
        Call("DisableKeyRotation", _KEY, ("EnableKeyRotation",), when=lambda f: not _rotates(f)),
        Call("DisableKey", _KEY, ("Enabled",), when=lambda f: not _enabled(f)),
    ),
    tags=tagging.calls(_KEY, "TagResource:Tags", "UntagResource:TagKeys", _as_tags),
    delete=Call(
        "ScheduleKeyDeletion",
        # what only the blueprint knows comes from the ledger; without it KMS waits for 30 days
        {**_KEY, "PendingWindowInDays": lambda f: get(f.have, ("PendingWindowInDays",))},
        sets=("PendingWindowInDays",),
    ),
    get=Get("DescribeKey", _KEY, "KeyMetadata"),
    absent=in_state("KeyState", "PendingDeletion", "PendingReplicaDeletion"),
    details=(
        Detail("KeyPolicy", "GetKeyPolicy", _POLICY, from_text("Policy")),
        Detail("EnableKeyRotation", "GetKeyRotationStatus", _KEY, "", unset=_NO_ROTATION),
        Detail("Tags", "ListResourceTags", _KEY, _tags),
    ),
    by_arn=ByArn("kms:key", _key_id),
    answer="KeyMetadata",
    body={
        **same("Arn", "Description", "KeyId", *_FIXED),
        # one whose material is still to come is not enabled, and not disabled by anybody
        "RotationPeriodInDays": derived,
        "Enabled": lambda key: key.get("KeyState") != "Disabled",
    },
    derive=_rotation,
    write_only=("BypassPolicyLockoutSafetyCheck", "PendingWindowInDays"),
    effects=tuple(Effect((name,), EffectKind.REFUSE) for name in _FIXED),
    defaults={
        "Description": "",
        "EnableKeyRotation": False,
        "Enabled": True,
        "KeySpec": "SYMMETRIC_DEFAULT",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "MultiRegion": False,
        "Origin": "AWS_KMS",
        "RotationPeriodInDays": 365,
    },
    faults=(
        (r"^KMSInvalidStateException: .*pending deletion", Fault.NOT_FOUND),
        (r"^MalformedPolicyDocumentException: .*principal", Fault.NOT_READY),  # made just now, and not known everywhere
        (r"^KMSInvalidStateException: .*(Creating|Updating)", Fault.NOT_READY),
    ),
    refuses=(_rotation_is_on,),
    data_store=True,
    visible_within=60.0,  # there is no token: after a lost answer only the tagging API shows it, which is a little behind
)


# --- Alias ----------------------------------------------------------------------------------------------------------------

_ALIAS = {"AliasName": ident("AliasName")}


def _own_aliases(answer: Map) -> Value:
    """Those of services are nobody's to manage, and need not mean a key."""
    return tuple(one for one in answer.get("Aliases", ()) if not one["AliasName"].startswith("alias/aws/"))


ALIAS = Table(
    "AWS::KMS::Alias",
    create=Call("CreateAlias", same("AliasName", "TargetKeyId")),
    updates=(Call("UpdateAlias", {**_ALIAS, "TargetKeyId": "TargetKeyId"}),),
    delete=Call("DeleteAlias", _ALIAS),
    bulk=Bulk("ListAliases", _own_aliases, whole=True, limit=("Limit", 100), token=("Marker", "NextMarker")),
    get=Get("DescribeKey", {"KeyId": ident("AliasName")}, "KeyMetadata"),  # of the key that it means
    body={**same("AliasName"), "TargetKeyId": lambda item: item.get("TargetKeyId") or item.get("KeyId", ABSENT)},
    equalities=(Equality(("TargetKeyId",), Sameness.SELF_LINK),),  # a key's ARN is its id
    natural_key=(("AliasName",),),
)

TABLES = (KEY, ALIAS)
