"""The table of CloudWatch's Alarm, of one metric or of an expression. Data and hooks, no request.

One call makes an alarm and changes it, always as a whole; what it does not name is taken away.
"""

from __future__ import annotations

from collections.abc import Iterator

from providers.aws.table import Bulk, ByArn, Call, Detail, Table
from providers.aws.terms import Frame, Term
from providers.aws.types import tagging
from providers.aws.words import arn, const, filled, ident, kept, or_else, own_name, same
from providers.kit.refusals import given, wrong
from provisioner.model.place import Place
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.resource_type import Equality, Sameness
from provisioner.model.value import ABSENT, Value

_OF_METRIC = ("Dimensions", "ExtendedStatistic", "MetricName", "Namespace", "Period", "Statistic", "Unit")
_ACTIONS = ("AlarmActions", "InsufficientDataActions", "OKActions")
_PROPERTIES = (
    *_OF_METRIC, *_ACTIONS, "ActionsEnabled", "AlarmDescription", "ComparisonOperator", "DatapointsToAlarm",
    "EvaluateLowSampleCountPercentile", "EvaluationPeriods", "Metrics", "Threshold", "ThresholdMetricId", "TreatMissingData",
)  # fmt: skip


def _set(name: str) -> Term:
    """A property that the alarm is to have; an empty one is left out, which is the same and always allowed."""
    value = kept(name)

    def sent(frame: Frame) -> Value:
        found = value(frame)
        return ABSENT if found in ((), "") else found

    return sent


_ALL: dict[str, Term] = {name: _set(name) for name in _PROPERTIES}
_ARN = arn("cloudwatch", const("alarm:"), ident("AlarmName"))


def _name(found: str, _place: Place) -> str | None:
    return found.partition(":alarm:")[2] or None


def _no_statistic(want: Resource) -> Iterator[Problem]:
    if given(want.body, "MetricName"):
        missing = [name for name in ("Namespace", "Period") if not given(want.body, name)]
        if not given(want.body, "Statistic", "ExtendedStatistic"):
            missing.append("Statistic")
        if missing:
            yield wrong(
                want, ("MetricName",), f"comes without {' and '.join(missing)}", "an alarm of a metric needs them"
            )


ALARM = Table(
    "AWS::CloudWatch::Alarm",
    create=Call(
        "PutMetricAlarm",
        {"AlarmName": own_name("AlarmName"), **_ALL, **tagging.in_create("Tags")},
        sets=("AlarmName", *_PROPERTIES),
    ),
    updates=(Call("PutMetricAlarm", {"AlarmName": ident("AlarmName"), **_ALL}, sets=_PROPERTIES),),
    tags=tagging.calls({"ResourceARN": _ARN}, "TagResource:Tags", "UntagResource:TagKeys"),
    delete=Call("DeleteAlarms", {"AlarmNames": lambda frame: (frame.identity["AlarmName"],)}),
    bulk=Bulk(
        "DescribeAlarms",
        "MetricAlarms",
        ids=("AlarmNames", "AlarmName", 100),
        whole=True,
        params={"AlarmTypes": const(("MetricAlarm",))},
        limit=("MaxRecords", 100),
    ),
    details=(Detail("Tags", "ListTagsForResource", {"ResourceARN": _ARN}, "Tags"),),
    by_arn=ByArn("cloudwatch:alarm", _name),
    named={"AlarmName": own_name("AlarmName")},
    body={
        **same("AlarmName", "ActionsEnabled", "Threshold"),
        **{name: filled(name) for name in _PROPERTIES if name not in ("ActionsEnabled", "Threshold")},
        "Arn": "AlarmArn",
        "TreatMissingData": or_else(filled("TreatMissingData"), "missing", "AlarmName"),
    },
    defaults={
        **dict.fromkeys(("Dimensions", "Metrics", *_ACTIONS), ()),
        **dict.fromkeys(("ExtendedStatistic", "MetricName", "Namespace", "Period", "Statistic", "Unit")),
        **dict.fromkeys(("DatapointsToAlarm", "EvaluateLowSampleCountPercentile", "Threshold", "ThresholdMetricId")),
        "ActionsEnabled": True,
        "AlarmDescription": "",
        "TreatMissingData": "missing",
    },
    equalities=(
        *(Equality((name,), Sameness.UNORDERED) for name in _ACTIONS),
        Equality(("Metrics",), Sameness.KEYED, "Id"),
    ),
    required=("ComparisonOperator", "EvaluationPeriods"),
    natural_key=(("AlarmName",),),
    any_of=(("Metrics", "MetricName"),),
    refuses=(_no_statistic,),
    creates_over=True,  # an alarm of that name is overwritten
)

TABLES = (ALARM,)
