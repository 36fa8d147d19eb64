"""The table of Lambda's EventSourceMapping: queues, streams and brokers that feed a function. Data and hooks, no request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from providers.aws.table import GONE, Bulk, ByArn, Call, Detail, Get, Table, Wait
from providers.aws.terms import Frame, Term
from providers.aws.types import tagging
from providers.aws.types.lambda_names import NOT_YET, short
from providers.aws.words import arn, const, filled, ident, in_state, same
from provisioner.model.fault import Fault
from provisioner.model.place import Place
from provisioner.model.resource_type import Effect, EffectKind, Equality, Sameness
from provisioner.model.value import ABSENT, Map, Value, get

_KAFKA = (
    "Endpoints",
    "KafkaBootstrapServers",
    "KAFKA_BOOTSTRAP_SERVERS",
)  # the map, as CloudFormation and as Lambda has it
_FIXED = ("EventSourceArn", "Queues", "StartingPosition", "StartingPositionTimestamp", "Topics")
_NUMBERS = ("BatchSize", "MaximumBatchingWindowInSeconds", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts",
            "ParallelizationFactor", "TumblingWindowInSeconds")  # fmt: skip
_LISTS = ("FunctionResponseTypes", "SourceAccessConfigurations")
_PARTS = ("AmazonManagedKafkaEventSourceConfig", "DestinationConfig", "DocumentDBEventSourceConfig", "FilterCriteria",
          "LoggingConfig", "MetricsConfig", "ProvisionedPollerConfig", "ScalingConfig",
          "SelfManagedKafkaEventSourceConfig")  # fmt: skip


def _whole(name: str) -> Term:
    """A part as it is wanted; what is unset in it is left out, and an empty one unsets it."""

    def value(frame: Frame) -> Value:
        wanted = frame.want.get(name, ABSENT)
        if not isinstance(wanted, Mapping):
            return wanted
        return Map({key: each for key, each in wanted.items() if each is not None})

    return value


def _servers(frame: Frame) -> Value:
    outer, ours, theirs = _KAFKA
    servers = get(frame.want, ("SelfManagedEventSource", outer, ours))
    return ABSENT if servers is ABSENT else Map({outer: Map({theirs: servers})})


def _brokers(found: Map) -> Value:
    outer, ours, theirs = _KAFKA
    servers = get(found, ("SelfManagedEventSource", outer, theirs))
    return ABSENT if servers is ABSENT else Map({outer: Map({ours: servers})})


def _said(name: str) -> Callable[[Map], Value]:
    """A part with something in it."""

    def value(found: Map) -> Value:
        part = found.get(name)
        kept = {key: each for key, each in part.items() if each not in (None, (), Map())} if part else {}
        return Map(kept) if kept else ABSENT

    return value


def _since(found: Map) -> Value:
    """Seconds, of the moment that the SDK gives."""
    said = found.get("StartingPositionTimestamp")
    return datetime.fromisoformat(said).timestamp() if isinstance(said, str) else ABSENT


def _enabled(found: Map) -> Value:
    return found["State"] not in ("Disabled", "Disabling") if "State" in found else ABSENT


def _function(found: Map) -> Value:
    """The function by its name, with the version or alias that is meant."""
    return str(found["FunctionArn"]).split(":function:")[-1] if "FunctionArn" in found else ABSENT


def _short_name(body: Map, place: Place) -> Map:
    return Map({**body, "FunctionName": short(body["FunctionName"], place)}) if "FunctionName" in body else body


_MUTABLE: dict[str, Term] = {
    **same("FunctionName", "BisectBatchOnFunctionError", "Enabled", *_NUMBERS, *_LISTS),
    **{name: _whole(name) for name in _PARTS},
    "KMSKeyArn": "KmsKeyArn",
}
_PROPERTIES = tuple("KmsKeyArn" if name == "KMSKeyArn" else name for name in _MUTABLE)
_SELF: dict[str, Term] = {"UUID": ident("Id")}
_ARN = arn("lambda", const("event-source-mapping:"), ident("Id"))


def _id(found: str, _place: Place) -> str | None:
    return found.rpartition(":")[2] if ":event-source-mapping:" in found else None


EVENT_SOURCE_MAPPING = Table(
    "AWS::Lambda::EventSourceMapping",
    create=Call(
        "CreateEventSourceMapping",
        {
            **_MUTABLE,
            **same(*_FIXED),
            "SelfManagedEventSource": _servers,
            **tagging.in_create("Tags", tagging.as_map),
        },
        sets=(*_PROPERTIES, *_FIXED, "SelfManagedEventSource"),
    ),
    updates=(Call("UpdateEventSourceMapping", _SELF | _MUTABLE, sets=_PROPERTIES),),
    tags=tagging.calls({"Resource": _ARN}, "TagResource:Tags", "UntagResource:TagKeys", tagging.as_map),
    delete=Call("DeleteEventSourceMapping", _SELF),
    settles=Wait("GetEventSourceMapping", _SELF, "State", ("Enabled", "Disabled"), every=2.0),
    ends=Wait("GetEventSourceMapping", _SELF, "State", (GONE,), every=2.0),
    absent=in_state("State", "Deleting"),
    bulk=Bulk(
        "ListEventSourceMappings", "EventSourceMappings", limit=("MaxItems", 100), token=("Marker", "NextMarker")
    ),
    get=Get("GetEventSourceMapping", _SELF),
    details=(Detail("Tags", "ListTags", {"Resource": _ARN}, "Tags"),),
    by_arn=ByArn("lambda:event-source-mapping", _id),
    body={
        **same(*_NUMBERS, "BisectBatchOnFunctionError", "EventSourceArn", "EventSourceMappingArn", "StartingPosition"),
        **{name: filled(name) for name in (*_LISTS, "Queues", "Topics")},
        **{name: _said(name) for name in _PARTS},
        "Enabled": _enabled,
        "FunctionName": _function,
        "Id": "UUID",
        "KmsKeyArn": filled("KMSKeyArn"),
        "SelfManagedEventSource": _brokers,
        "StartingPositionTimestamp": _since,
    },
    defaults={
        "BisectBatchOnFunctionError": False,
        "DestinationConfig.OnFailure.Destination": "",
        "Enabled": True,
        "FilterCriteria.Filters": (),
        "FunctionResponseTypes": (),
        "KmsKeyArn": "",
        "MaximumBatchingWindowInSeconds": 0,
        "MaximumRecordAgeInSeconds": -1,
        "MaximumRetryAttempts": -1,
        "MetricsConfig.Metrics": (),
        "ParallelizationFactor": 1,
        "ScalingConfig.MaximumConcurrency": None,
        "TumblingWindowInSeconds": 0,
    },
    effects=tuple(  # the registry has them as mutable; UpdateEventSourceMapping takes neither
        Effect((name,), EffectKind.REPLACE) for name in ("Queues", "Topics")
    ),
    equalities=(
        Equality(("FilterCriteria", "Filters", "*", "Pattern"), Sameness.JSON),
        Equality(("FunctionName",), Sameness.ARN),
    ),
    canonical=_short_name,
    faults=(*NOT_YET, (r"ResourceInUseException", Fault.NOT_READY)),
)

TABLES = (EVENT_SOURCE_MAPPING,)
