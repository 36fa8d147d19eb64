"""Where moto's CloudWatch Logs differs: a group's class and protections, filters put twice, what a group leaves behind."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from providers.aws.sandbox.call import Call
from providers.aws.sandbox.corrections import Handler, Work, answer, edited
from providers.aws.sandbox.errors import RefusedError
from providers.aws.sandbox.moto_app import ACCOUNT
from providers.kit.server import Response

_KEPT = {"logGroupClass": "STANDARD", "deletionProtectionEnabled": False, "bearerTokenAuthenticationEnabled": False}


def _kept(group: Any) -> dict[str, Any]:
    """What moto has no place for."""
    kept: dict[str, Any] = group.__dict__.setdefault("orch_kept", dict(_KEPT))
    return kept


def _group(call: Call, work: Work, name: str) -> Any:
    name = name.partition(":log-group:")[2].removesuffix(":*") if name.startswith("arn:") else name
    group = work.model().groups.get(name)
    if group is None:
        raise RefusedError(
            "ResourceNotFoundException", f"The specified log group does not exist: {name} ({call.operation})"
        )
    return group


def _create_group(call: Call, work: Work) -> Response:
    response, asked = work(), call.parameters()
    if response.status < 400:
        group = _group(call, work, asked["logGroupName"])
        _kept(group).update({name: asked[name] for name in _KEPT if name in asked})
    return response


def _describe_groups(call: Call, work: Work) -> Response:
    def completed(said: dict[str, Any]) -> dict[str, Any]:
        groups = [{**each, **_kept(_group(call, work, each["logGroupName"]))} for each in said["logGroups"]]
        return {**said, "logGroups": groups}

    return edited(work(), completed)


def _keep(call: Call, work: Work) -> Response:
    asked = call.parameters()
    group = _group(call, work, asked["logGroupIdentifier"])
    _kept(group).update({name: asked[name] for name in _KEPT if name in asked})
    return answer(call, {})


def _delete_group(call: Call, work: Work) -> Response:
    """Its tags and filters go with it."""
    name, model = call.parameters()["logGroupName"], work.model()
    group = _group(call, work, name)
    if _kept(group)["deletionProtectionEnabled"]:
        raise RefusedError("ValidationException", "Cannot delete a log group while deletion protection is enabled.")
    model.tagger.delete_all_tags_for_resource(group.arn)
    filters = model.filters.metric_filters
    filters[:] = [each for each in filters if each["logGroupName"] != name]
    return work()


def _key(call: Call, work: Work) -> Response:
    """moto knows keys of queries alone, not of groups."""
    asked = call.parameters()
    _group(call, work, asked["logGroupName"]).kms_key_id = asked.get("kmsKeyId")
    return answer(call, {})


_OF_FILTER = ("applyOnTransformedLogs", "emitSystemFieldDimensions", "fieldSelectionCriteria")


def _put_filter(call: Call, work: Work) -> Response:
    """One of the same name is overwritten; a filter stands in a group that there is."""
    asked = call.parameters()
    _group(call, work, asked["logGroupName"])
    filters, name = work.model().filters.metric_filters, (asked["logGroupName"], asked["filterName"])
    before = list(filters)
    filters[:] = [each for each in filters if (each["logGroupName"], each["filterName"]) != name]
    response = work()
    if response.status >= 400:
        filters[:] = before
    else:
        made = {"creationTime": int(time.time() * 1000)}
        filters[-1].update(made, **{each: asked[each] for each in _OF_FILTER if each in asked})
    return response


def _delete_filter(call: Call, work: Work) -> Response:
    asked = call.parameters()
    _group(call, work, asked["logGroupName"])
    name = (asked["logGroupName"], asked["filterName"])
    if not any((each["logGroupName"], each["filterName"]) == name for each in work.model().filters.metric_filters):
        raise RefusedError("ResourceNotFoundException", "The specified metric filter does not exist.")
    return work()


def _tagged(region: str) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    from moto.logs.models import logs_backends

    model = logs_backends[ACCOUNT][region]
    for group in model.groups.values():
        yield group.arn, "logs:log-group", model.list_tags_for_resource(group.arn)


TAGGED = ("logs", "logs", _tagged)

HANDLERS: dict[str, Handler] = {
    "AssociateKmsKey": _key,
    "CreateLogGroup": _create_group,
    "DeleteLogGroup": _delete_group,
    "DeleteMetricFilter": _delete_filter,
    "DescribeLogGroups": _describe_groups,
    "DisassociateKmsKey": _key,
    "PutBearerTokenAuthentication": _keep,
    "PutLogGroupDeletionProtection": _keep,
    "PutMetricFilter": _put_filter,
}
