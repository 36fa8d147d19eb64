"""The table of EC2's FlowLog. Data and hooks, no request."""

from __future__ import annotations

from collections.abc import Iterator

from providers.aws.table import Bulk, Call, Table
from providers.aws.terms import Frame
from providers.aws.types import ec2_tags
from providers.aws.words import idents, same
from providers.kit.refusals import given, number, wrong
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.value import ABSENT, Map, Value

_KINDS = {
    "vpc-": "VPC",
    "subnet-": "Subnet",
    "eni-": "NetworkInterface",
    "tgw-attach-": "TransitGatewayAttachment",
    "tgw-": "TransitGateway",
    "nat-": "RegionalNatGateway",
}
_FIXED = (
    "DeliverCrossAccountRole", "DeliverLogsPermissionArn", "DestinationOptions", "LogDestination", "LogDestinationType",
    "LogFormat", "LogGroupName", "MaxAggregationInterval", "TagFieldSpecifications", "TrafficType",
)  # fmt: skip
_FORMAT = (
    "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes}"
    " ${start} ${end} ${action} ${log-status}"
)
_LOGS = "cloud-watch-logs"


def _what(item: Map) -> Value:
    """What kind of thing is logged: only the beginning of its id says so."""
    name = str(item.get("ResourceId", ""))
    return next((kind for begin, kind in _KINDS.items() if name.startswith(begin)), ABSENT)


def _resource(frame: Frame) -> Value:
    return (frame.want["ResourceId"],)


def _new(answer: Map) -> Value:
    ids = answer.get("FlowLogIds", ())
    return Map(FlowLogId=ids[0]) if ids else Map()


def _somewhere(want: Resource) -> Iterator[Problem]:
    kind = want.body.get("LogDestinationType", _LOGS)
    if isinstance(kind, str) and kind != _LOGS and given(want.body, "LogGroupName"):
        yield wrong(
            want, ("LogGroupName",), f"must be left out, since LogDestinationType is {kind}", "write LogDestination"
        )
    if kind == _LOGS and given(want.body, "LogGroupName") and not given(want.body, "DeliverLogsPermissionArn"):
        yield wrong(want, ("LogGroupName",), "needs DeliverLogsPermissionArn, the role that may write to it")
    interval = number(want.body.get("MaxAggregationInterval"))
    if interval is not None and interval not in (60, 600):
        yield wrong(want, ("MaxAggregationInterval",), f"must be 60 or 600 seconds, not {interval}")


FLOW_LOG = Table(
    "AWS::EC2::FlowLog",
    create=Call(
        "CreateFlowLogs",
        {"ResourceIds": _resource, **same("ResourceType", *_FIXED), **ec2_tags.in_create("vpc-flow-log")},
        sets=("ResourceId", "ResourceType", *_FIXED),
        token="ClientToken",
    ),
    answer=_new,
    tags=ec2_tags.calls("Id"),
    delete=Call("DeleteFlowLogs", {"FlowLogIds": idents("Id")}),
    refuses=(_somewhere,),
    any_of=(("LogDestination", "LogGroupName"),),
    bulk=Bulk(
        "DescribeFlowLogs",
        "FlowLogs",
        by_id=("flow-log-id", "Id"),
        by_parent="resource-id",
        by_tag=True,
        filters="Filter",
    ),
    body={"Id": "FlowLogId", **same("ResourceId", *_FIXED, "Tags"), "ResourceType": _what},
    parent="ResourceId",
    defaults={"LogDestinationType": _LOGS, "LogFormat": _FORMAT, "MaxAggregationInterval": 600},
    assigned=(
        (("LogDestination",), ()),
        (("LogGroupName",), ()),
    ),  # the one follows from the other, and both are refused
)

TABLES = (FLOW_LOG,)
