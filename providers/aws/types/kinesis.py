"""The table of Kinesis's Stream. Data and hooks, no request. Every call leaves the stream updating, so each is waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from providers.aws.table import GONE, Bulk, ByArn, Call, Detail, Get, Table, Wait
from providers.aws.terms import Frame, Term, given
from providers.aws.types import tagging
from providers.aws.words import arn, arn_of, const, ident, or_else, own_name, same, was
from providers.kit.refusals import known_list, wrong
from provisioner.model.fault import Fault
from provisioner.model.place import Place
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.resource_type import Equality, Sameness
from provisioner.model.value import ABSENT, Map, Value, get

_ON_DEMAND = "ON_DEMAND"
_EVERY_METRIC = (
    "IncomingBytes", "IncomingRecords", "IteratorAgeMilliseconds", "OutgoingBytes", "OutgoingRecords",
    "ReadProvisionedThroughputExceeded", "WriteProvisionedThroughputExceeded",
)  # fmt: skip


def _by_itself(body: Mapping[str, Value]) -> bool:
    """Whether the stream looks after its shards itself."""
    return bool(get(body, ("StreamModeDetails", "StreamMode")) == _ON_DEMAND)


def _shards(frame: Frame) -> Value:
    """Kinesis wants to be told; CloudFormation takes one."""
    return ABSENT if _by_itself(frame.want) else frame.want.get("ShardCount", 1)


def _hours(frame: Frame) -> tuple[int, int]:
    return int(frame.have.get("RetentionPeriodHours", 24)), int(given(frame.want, ("RetentionPeriodHours",)) or 24)


def _metrics(body: Map) -> frozenset[str]:
    return frozenset(str(each) for each in known_list(body.get("DesiredShardLevelMetrics")))


def _beyond(one: Callable[[Frame], Map], other: Callable[[Frame], Map]) -> Callable[[Frame], tuple[str, ...]]:
    return lambda frame: tuple(sorted(_metrics(one(frame)) - _metrics(other(frame))))


_more_metrics = _beyond(lambda frame: frame.want, lambda frame: frame.have)
_fewer_metrics = _beyond(lambda frame: frame.have, lambda frame: frame.want)


def _each_metric(body: Map, _place: Place) -> Map:
    """``ALL`` as what it means."""
    every = "ALL" in known_list(body.get("DesiredShardLevelMetrics"))
    return Map({**body, "DesiredShardLevelMetrics": _EVERY_METRIC}) if every else body


def _watched(found: Map) -> Value:
    names = {name for each in found.get("EnhancedMonitoring", ()) for name in each.get("ShardLevelMetrics", ())}
    return tuple(sorted(names - {"ALL"})) or ABSENT


def _encryption(found: Map) -> Value:
    by_key = found.get("EncryptionType") == "KMS"
    return Map(EncryptionType="KMS", KeyId=found.get("KeyId", "")) if by_key else ABSENT


def _open_shards(found: Map) -> Value:
    return ABSENT if _by_itself(found) else found.get("OpenShardCount", ABSENT)


def _encrypts(frame: Frame) -> bool:
    return given(frame.want, ("StreamEncryption", "KeyId")) is not ABSENT


def _shards_by_themselves(want: Resource) -> Iterator[Problem]:
    if _by_itself(want.body) and "ShardCount" in want.body:
        hint = "leave ShardCount out, or write StreamMode: PROVISIONED"
        yield wrong(
            want, ("ShardCount",), "stands beside StreamMode: ON_DEMAND, which has no fixed number of shards", hint
        )


def _of_name(found: Map, place: Place) -> Mapping[str, Value]:
    return {"Arn": f"{arn_of(place, 'kinesis')}:stream/{found['Name']}"} if place.account else {}


def _name(found: str, _place: Place) -> str | None:
    begin, _, name = found.rpartition(":")[2].partition("/")
    return name if begin == "stream" and "/" not in name else None


_SELF: dict[str, Term] = {"StreamName": ident("Name")}
_BY_ARN: dict[str, Term] = {"StreamARN": arn("kinesis", const("stream/"), ident("Name"))}
_STATUS = "StreamDescriptionSummary.StreamStatus"

STREAM = Table(
    "AWS::Kinesis::Stream",
    create=Call(
        "CreateStream",
        {
            "StreamName": own_name("Name"),
            "ShardCount": _shards,
            **same("StreamModeDetails", "MaxRecordSizeInKiB"),
            **tagging.in_create("Tags", tagging.as_map),
        },
        sets=("Name", "ShardCount", "StreamModeDetails", "MaxRecordSizeInKiB"),
    ),
    updates=(
        Call("UpdateStreamMode", _BY_ARN | same("StreamModeDetails")),
        Call(
            "UpdateShardCount",
            _SELF | {"TargetShardCount": "ShardCount", "ScalingType": const("UNIFORM_SCALING")},
            sets=("ShardCount",),
            when=lambda frame: not _by_itself(frame.want),
        ),
        Call("UpdateMaxRecordSize", _BY_ARN | same("MaxRecordSizeInKiB")),
        Call(
            "IncreaseStreamRetentionPeriod",
            _SELF | same("RetentionPeriodHours"),
            when=lambda frame: _hours(frame)[0] < _hours(frame)[1],
        ),
        Call(
            "DecreaseStreamRetentionPeriod",
            _SELF | same("RetentionPeriodHours"),
            when=lambda frame: _hours(frame)[0] > _hours(frame)[1],
        ),
        Call(
            "StartStreamEncryption",
            _SELF | {"EncryptionType": "StreamEncryption.EncryptionType", "KeyId": "StreamEncryption.KeyId"},
            sets=("StreamEncryption",),
            when=_encrypts,
        ),
        Call(
            "StopStreamEncryption",
            _SELF | {"EncryptionType": was("StreamEncryption.EncryptionType"), "KeyId": was("StreamEncryption.KeyId")},
            sets=("StreamEncryption",),
            when=lambda frame: not _encrypts(frame),
        ),
        Call(
            "EnableEnhancedMonitoring",
            _SELF | {"ShardLevelMetrics": _more_metrics},
            sets=("DesiredShardLevelMetrics",),
            when=lambda frame: bool(_more_metrics(frame)),
        ),
        Call(
            "DisableEnhancedMonitoring",
            _SELF | {"ShardLevelMetrics": _fewer_metrics},
            sets=("DesiredShardLevelMetrics",),
            when=lambda frame: bool(_fewer_metrics(frame)),
        ),
    ),
    tags=tagging.calls(_SELF, "AddTagsToStream:Tags", "RemoveTagsFromStream:TagKeys", tagging.as_map),
    delete=Call("DeleteStream", _SELF),  # consumers that are registered hold it, as in CloudFormation
    settles=Wait("DescribeStreamSummary", _SELF, _STATUS, ("ACTIVE",), every=5.0),
    ends=Wait("DescribeStreamSummary", _SELF, _STATUS, (GONE,), every=5.0),
    bulk=Bulk("ListStreams", "StreamSummaries", limit=("Limit", 100)),
    get=Get("DescribeStreamSummary", _SELF, "StreamDescriptionSummary"),
    details=(Detail("Tags", "ListTagsForStream", _SELF, "Tags"),),
    by_arn=ByArn("kinesis:stream", _name),
    named={"Name": own_name("Name")},
    body={
        **same("RetentionPeriodHours", "StreamModeDetails"),
        "Arn": "StreamARN",
        "DesiredShardLevelMetrics": _watched,
        "MaxRecordSizeInKiB": or_else("MaxRecordSizeInKiB", 1024, "StreamName"),
        "Name": "StreamName",
        "ShardCount": _open_shards,
        "StreamEncryption": _encryption,
    },
    derive=_of_name,
    defaults={
        "DesiredShardLevelMetrics": (),
        "MaxRecordSizeInKiB": 1024,
        "RetentionPeriodHours": 24,
        "StreamEncryption": None,
        "StreamModeDetails.StreamMode": "PROVISIONED",
    },
    equalities=(Equality(("StreamEncryption", "KeyId"), Sameness.ARN),),
    canonical=_each_metric,
    faults=(
        # both are about how many streams are being made or changed at once, and pass
        (r"LimitExceededException: .*(Rate exceeded|CREATING|UPDATING|DELETING|simultaneous)", Fault.THROTTLED),
        (r"ResourceInUseException: .*(must be|not) (in the )?ACTIVE", Fault.NOT_READY),
    ),
    natural_key=(("Name",),),
    refuses=(_shards_by_themselves,),
    data_store=True,
)

TABLES = (STREAM,)
