"""Tables of CloudWatch Logs: LogGroup and MetricFilter. Data and hooks, no request.

Policies and indexes of a log group (data protection, fields, resource policy) are not managed: each takes a request of its own
to be read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from providers.aws.table import Bulk, ByArn, Call, Detail, Get, Table
from providers.aws.terms import Frame, Term, given, path
from providers.aws.types import tagging
from providers.aws.words import arn, arn_of, const, filled, ident, kept, lowered, or_else, own_name, raised
from providers.kit.refusals import known_list
from provisioner.model.fault import Fault
from provisioner.model.place import Place
from provisioner.model.resource_type import Effect, EffectKind, Equality, Sameness
from provisioner.model.value import ABSENT, Map, Value

_BUSY = ((r"^OperationAborted(Exception)?: ", Fault.NOT_READY),)  # another call for the same group is under way

# --- LogGroup -------------------------------------------------------------------------------------------------------------


def _wanted(name: str) -> Callable[[Frame], bool]:
    return lambda frame: given(frame.want, path(name)) is not ABSENT


def _unwanted(name: str) -> Callable[[Frame], bool]:
    return lambda frame: given(frame.want, path(name)) is ABSENT


def _exactly(listed: str, field: str, name: str) -> Callable[[Map, Map], Value]:
    """The item of a list by prefix that has the whole name."""
    return lambda answer, known: next(
        (each for each in answer.get(listed, ()) if each.get(field) == known[name]), ABSENT
    )


def _of_name(found: Map, place: Place) -> Mapping[str, Value]:
    return {"Arn": f"{arn_of(place, 'logs')}:log-group:{found['LogGroupName']}:*"} if place.account else {}


def _group(found: str, _place: Place) -> str | None:
    name = found.partition(":log-group:")[2].removesuffix(":*")
    return name if name and ":" not in name else None


_NAMED: dict[str, Term] = {"logGroupName": ident("LogGroupName")}
_IDENTIFIED: dict[str, Term] = {"logGroupIdentifier": ident("LogGroupName")}
_GROUP_ARN = arn("logs", const("log-group:"), ident("LogGroupName"))

LOG_GROUP = Table(
    "AWS::Logs::LogGroup",
    create=Call(
        "CreateLogGroup",
        {
            "logGroupName": own_name("LogGroupName"),
            "kmsKeyId": "KmsKeyId",
            "logGroupClass": "LogGroupClass",
            "deletionProtectionEnabled": "DeletionProtectionEnabled",
            **tagging.in_create("tags", tagging.as_map),
        },
        sets=("LogGroupName", "KmsKeyId", "LogGroupClass", "DeletionProtectionEnabled"),
    ),
    updates=(
        Call("PutRetentionPolicy", _NAMED | {"retentionInDays": "RetentionInDays"}, when=_wanted("RetentionInDays")),
        Call("DeleteRetentionPolicy", _NAMED, sets=("RetentionInDays",), when=_unwanted("RetentionInDays")),
        Call("AssociateKmsKey", _NAMED | {"kmsKeyId": "KmsKeyId"}, when=_wanted("KmsKeyId")),
        Call("DisassociateKmsKey", _NAMED, sets=("KmsKeyId",), when=_unwanted("KmsKeyId")),
        Call(
            "PutLogGroupDeletionProtection",
            _IDENTIFIED | {"deletionProtectionEnabled": "DeletionProtectionEnabled"},
        ),
        Call(
            "PutBearerTokenAuthentication",
            _IDENTIFIED | {"bearerTokenAuthenticationEnabled": "BearerTokenAuthenticationEnabled"},
        ),
    ),
    tags=tagging.calls({"resourceArn": _GROUP_ARN}, "TagResource:tags", "UntagResource:tagKeys", tagging.as_map),
    delete=Call("DeleteLogGroup", _NAMED),
    bulk=Bulk("DescribeLogGroups", "logGroups", whole=True, limit=("limit", 50), token=("nextToken", "nextToken")),
    get=Get(
        "DescribeLogGroups",
        {"logGroupNamePrefix": ident("LogGroupName")},
        _exactly("logGroups", "logGroupName", "LogGroupName"),
    ),
    details=(Detail("Tags", "ListTagsForResource", {"resourceArn": _GROUP_ARN}, "tags"),),
    by_arn=ByArn("logs:log-group", _group),
    named={"LogGroupName": own_name("LogGroupName")},
    body={
        "Arn": "arn",
        "LogGroupName": "logGroupName",
        "KmsKeyId": filled("kmsKeyId"),
        "RetentionInDays": "retentionInDays",
        "LogGroupClass": or_else("logGroupClass", "STANDARD", "logGroupName"),
        "DeletionProtectionEnabled": or_else("deletionProtectionEnabled", False, "logGroupName"),
        "BearerTokenAuthenticationEnabled": or_else("bearerTokenAuthenticationEnabled", False, "logGroupName"),
    },
    derive=_of_name,
    defaults={
        "BearerTokenAuthenticationEnabled": False,
        "DeletionProtectionEnabled": False,
        "KmsKeyId": None,
        "LogGroupClass": "STANDARD",
        "RetentionInDays": None,
    },
    # the registry has it as mutable; no call sets it later ("You can't change it", CreateLogGroup)
    effects=(Effect(("LogGroupClass",), EffectKind.REPLACE),),
    faults=_BUSY,
    natural_key=(("LogGroupName",),),
    data_store=True,
)

# --- MetricFilter ---------------------------------------------------------------------------------------------------------


def _transformations(frame: Frame) -> Value:
    """As the API has them: small letters, and dimensions as a map."""
    rows = kept("MetricTransformations")(frame)
    return tuple(_sent(row) for row in known_list(rows)) or ABSENT


def _sent(row: Map) -> Map:
    out = dict(lowered(row))
    if "dimensions" in out:
        out["dimensions"] = Map({each["key"]: each["value"] for each in out["dimensions"]})
    return Map(out)


def _shown(found: Map) -> Value:
    rows = found.get("metricTransformations", ABSENT)
    return rows if rows is ABSENT else tuple(_told(row) for row in rows)


def _told(row: Map) -> Map:
    out = {
        key: value
        for key, value in raised(Map({k: v for k, v in row.items() if k != "dimensions"})).items()
        if value is not None
    }
    if row.get("dimensions"):
        out["Dimensions"] = tuple(Map(Key=key, Value=value) for key, value in sorted(row["dimensions"].items()))
    return Map(out)


_FILTER = {"ApplyOnTransformedLogs": "applyOnTransformedLogs", "EmitSystemFieldDimensions": "emitSystemFieldDimensions",
           "FieldSelectionCriteria": "fieldSelectionCriteria", "FilterPattern": "filterPattern"}  # fmt: skip


def _put_filter(group: Term, name: Term, *sets: str) -> Call:
    """One call for both: what it does not name it takes away."""
    params: dict[str, Term] = {sent: kept(name) for name, sent in _FILTER.items()}
    params |= {"logGroupName": group, "filterName": name, "metricTransformations": _transformations}
    return Call("PutMetricFilter", params, sets=(*sets, *_FILTER, "MetricTransformations"))


_ONE_FILTER: dict[str, Term] = {"logGroupName": ident("LogGroupName")}

METRIC_FILTER = Table(
    "AWS::Logs::MetricFilter",
    create=_put_filter("LogGroupName", own_name("FilterName"), "LogGroupName", "FilterName"),
    updates=(_put_filter(ident("LogGroupName"), ident("FilterName")),),
    delete=Call("DeleteMetricFilter", _ONE_FILTER | {"filterName": ident("FilterName")}),
    bulk=Bulk(
        "DescribeMetricFilters", "metricFilters", whole=True, limit=("limit", 50), token=("nextToken", "nextToken")
    ),
    get=Get(
        "DescribeMetricFilters",
        _ONE_FILTER | {"filterNamePrefix": ident("FilterName")},
        _exactly("metricFilters", "filterName", "FilterName"),
    ),
    named={"FilterName": own_name("FilterName")},
    body={
        "ApplyOnTransformedLogs": or_else("applyOnTransformedLogs", False, "filterName"),
        "EmitSystemFieldDimensions": filled("emitSystemFieldDimensions"),
        "FieldSelectionCriteria": filled("fieldSelectionCriteria"),
        "FilterName": "filterName",
        "FilterPattern": "filterPattern",
        "LogGroupName": "logGroupName",
        "MetricTransformations": _shown,
    },
    defaults={"ApplyOnTransformedLogs": False, "EmitSystemFieldDimensions": (), "FieldSelectionCriteria": None},
    equalities=(Equality(("MetricTransformations", "*", "MetricValue"), Sameness.NUMBER),),
    faults=_BUSY,
    natural_key=(("LogGroupName",), ("FilterName",)),
    creates_over=True,  # a filter of that name is overwritten
)

TABLES = (LOG_GROUP, METRIC_FILTER)
