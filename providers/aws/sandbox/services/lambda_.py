"""Where moto's Lambda differs: what it forgets of a configuration, policies, mappings that feed a function twice.

Functions are kept and never run: an invocation is answered with what it was sent, and code that nobody has put into a bucket
counts as there. A role need not exist.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote

from providers.aws.sandbox.call import Call
from providers.aws.sandbox.corrections import Handler, Work, answer, edited
from providers.aws.sandbox.errors import RefusedError
from providers.aws.sandbox.moto_app import ACCOUNT
from providers.kit.server import Response

os.environ.setdefault("VALIDATE_LAMBDA_S3", "0")  # moto reads it at each call


def _model(region: str) -> Any:
    """moto's model without docker."""
    from moto.awslambda.utils import get_backend
    from moto.core.models import default_user_config

    default_user_config["lambda"] = {"use_docker": False}
    return get_backend(ACCOUNT, region)


# --- configuration --------------------------------------------------------------------------------------------------------

_FORGOTTEN = ("Architectures", "DeadLetterConfig", "EphemeralStorage", "FileSystemConfigs", "ImageConfig", "KMSKeyArn",
              "LoggingConfig", "SnapStart", "TracingConfig")  # fmt: skip


def _configuring(call: Call, work: Work) -> Response:
    """A call that makes or changes a function, and is answered with its configuration."""
    model, asked = _model(call.region), call.parameters()
    with _any_role(call.region):
        response = work()
    if response.status >= 400:
        return response
    config = json.loads(response.body)
    function = model.get_function(config["FunctionName"])
    kept = function.__dict__.setdefault("orch_kept", {})
    kept.update({name: asked[name] for name in _FORGOTTEN if name in asked})
    return edited(response, lambda said: _completed(model, said))


@contextlib.contextmanager
def _any_role(region: str) -> Iterator[None]:
    from moto.iam.models import iam_backends
    from moto.utilities.utils import get_partition

    with patch.object(iam_backends[ACCOUNT][get_partition(region)], "get_role_by_arn", lambda _arn: None):
        yield


def _completed(model: Any, config: dict[str, Any]) -> dict[str, Any]:
    """A configuration with what moto has forgotten, and what AWS takes by itself."""
    function = model.get_function(config["FunctionName"])
    kept = {name: value for name, value in function.__dict__.get("orch_kept", {}).items() if value}
    logging = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.function_name}"} | kept.pop("LoggingConfig", {})
    if logging["LogFormat"] == "JSON":
        logging = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"} | logging
    snap = kept.pop("SnapStart", {"ApplyOn": "None"})
    image = kept.pop("ImageConfig", None)
    if not kept.get("DeadLetterConfig", {}).get("TargetArn"):
        kept.pop("DeadLetterConfig", None)
    more = {"LoggingConfig": logging, "SnapStart": {**snap, "OptimizationStatus": "Off"}}
    if image:
        more["ImageConfigResponse"] = {"ImageConfig": {key: value for key, value in image.items() if value}}
    return {**config, **kept, **more}


def _get_function(call: Call, work: Work) -> Response:
    model = _model(call.region)

    def completed(said: dict[str, Any]) -> dict[str, Any]:
        said["Configuration"] = _completed(model, said["Configuration"])
        reserved = model.get_function(said["Configuration"]["FunctionName"]).reserved_concurrency
        if reserved is not None:  # moto takes none for no reservation
            said["Concurrency"] = {"ReservedConcurrentExecutions": reserved}
        return said

    return edited(work(), completed)


def _get_configuration(call: Call, work: Work) -> Response:
    model = _model(call.region)
    return edited(work(), lambda said: _completed(model, said))


def _list_functions(call: Call, work: Work) -> Response:
    model = _model(call.region)
    return edited(work(), lambda said: {"Functions": [_completed(model, each) for each in said["Functions"]]})


# --- policies -------------------------------------------------------------------------------------------------------------

_CONDITIONS = {
    "SourceArn": ("ArnLike", "AWS:SourceArn"),
    "SourceAccount": ("StringEquals", "AWS:SourceAccount"),
    "PrincipalOrgID": ("StringEquals", "aws:PrincipalOrgID"),
    "EventSourceToken": ("StringEquals", "lambda:EventSourceToken"),
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
    "InvokedViaFunctionUrl": ("Bool", "lambda:InvokedViaFunctionUrl"),
}


def _add_permission(call: Call, _work: Work) -> Response:
    """moto takes an id twice, and lets one condition overwrite another."""
    name, asked = unquote(call.request.path.split("/")[-2]), call.parameters()
    function = _model(call.region).get_function(name)
    statements = function.policy.statements
    if any(each["Sid"] == asked["StatementId"] for each in statements):
        words = f"The statement id ({asked['StatementId']}) provided already exists. Please provide a new statement id."
        raise RefusedError("ResourceConflictException", words, 409)
    conditions: dict[str, dict[str, str]] = {}
    for key, (operator, name_in_policy) in _CONDITIONS.items():
        if key in asked:
            value = asked[key]
            text = str(value).lower() if isinstance(value, bool) else value
            conditions.setdefault(operator, {})[name_in_policy] = text
    statement = {
        "Sid": asked["StatementId"],
        "Effect": "Allow",
        "Principal": _principal(asked["Principal"]),
        "Action": asked["Action"],
        "Resource": function.function_arn,
        **({"Condition": conditions} if conditions else {}),
    }
    statements.append(statement)
    return answer(call, {"Statement": json.dumps(statement)})


def _principal(said: str) -> Any:
    if said == "*":
        return said
    if said.isdecimal():
        return {"AWS": f"arn:aws:iam::{said}:root"}
    return {"AWS": said} if said.startswith("arn:") else {"Service": said}


# --- mappings -------------------------------------------------------------------------------------------------------------

_OF_STREAMS = {
    "BisectBatchOnFunctionError": False,
    "DestinationConfig": {"OnFailure": {}},
    "MaximumRecordAgeInSeconds": -1,
    "MaximumRetryAttempts": -1,
    "ParallelizationFactor": 1,
    "TumblingWindowInSeconds": 0,
}


def _create_mapping(call: Call, work: Work) -> Response:
    asked, model = call.parameters(), _model(call.region)
    function = model.get_function(asked["FunctionName"])
    for each in model.list_event_source_mappings(None, None):
        if (each.event_source_arn, each.function_arn) == (asked.get("EventSourceArn"), function.function_arn):
            words = (
                f'An event source mapping with event source (" {each.event_source_arn} ") and function (" '
                f'{function.function_name} ") already exists. Please update or delete the existing mapping with UUID {each.uuid}'
            )
            raise RefusedError("ResourceConflictException", words, 409)
    return _told(call, work)


def _told(call: Call, work: Work) -> Response:
    """A mapping as AWS tells it: with the defaults of its kind, and without its tags."""
    model = _model(call.region)
    return edited(work(), lambda said: _mapping(model, said))


def _mapping(model: Any, said: dict[str, Any]) -> dict[str, Any]:
    defaults: dict[str, Any] = {} if ":sqs:" in said["EventSourceArn"] else dict(_OF_STREAMS)
    made = model.get_event_source_mapping(said["UUID"])
    if made is not None and made.starting_position_timestamp is not None:
        defaults["StartingPositionTimestamp"] = made.starting_position_timestamp
    return {"MaximumBatchingWindowInSeconds": 0, **defaults, **{key: said[key] for key in said if key != "Tags"}}


def _list_mappings(call: Call, work: Work) -> Response:
    model = _model(call.region)
    return edited(
        work(), lambda said: {"EventSourceMappings": [_mapping(model, each) for each in said["EventSourceMappings"]]}
    )


def _tagged(region: str) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    model = _model(region)
    for function in model.list_functions():
        yield function.function_arn, "lambda:function", function.tags
    for mapping in model.list_event_source_mappings(None, None):
        yield mapping.arn, "lambda:event-source-mapping", mapping.tags


TAGGED = ("awslambda", "lambda", _tagged)

HANDLERS: dict[str, Handler] = {
    "AddPermission": _add_permission,
    "CreateEventSourceMapping": _create_mapping,
    "CreateFunction": _configuring,
    "GetEventSourceMapping": _told,
    "GetFunction": _get_function,
    "GetFunctionConfiguration": _get_configuration,
    "ListEventSourceMappings": _list_mappings,
    "ListFunctions": _list_functions,
    "UpdateEventSourceMapping": _told,
    "UpdateFunctionCode": _configuring,
    "UpdateFunctionConfiguration": _configuring,
}
