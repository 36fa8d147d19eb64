"""The table of Step Functions' StateMachine. Data and hooks, no request.

A definition that is written as a map is its JSON text, and substitutions are put into it before anything is compared with what
AWS gives back. One in a bucket is not managed: nobody could tell whether it has changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from providers.aws.table import GONE, Bulk, ByArn, Call, Detail, Get, Table, Wait
from providers.aws.terms import Frame, Term
from providers.aws.types import tagging
from providers.aws.words import arn, as_text, from_text, ident, lowered, own_name, raised
from provisioner.model.fault import Fault
from provisioner.model.place import Place
from provisioner.model.resource_type import Equality, Sameness
from provisioner.model.value import ABSENT, Interpolation, Map, Reference, Secret, Value

# --- definitions ----------------------------------------------------------------------------------------------------------

_HOLE = re.compile(r"\$\{([A-Za-z0-9_.]+)\}")


def _one_definition(body: Map, _place: Place) -> Map:
    """The definition as ``DefinitionString`` alone, with its substitutions made."""
    definition = body.get("DefinitionString", body.get("Definition", ABSENT))
    if definition is ABSENT:
        return body
    values = body.get("DefinitionSubstitutions")
    filled = _filled(definition, values) if isinstance(values, Mapping) else definition
    rest = {key: value for key, value in body.items() if key not in ("Definition", "DefinitionSubstitutions")}
    return Map({**rest, "DefinitionString": filled})


def _filled(value: Value, values: Mapping[str, Value]) -> Any:
    if isinstance(value, Mapping):
        return Map({key: _filled(each, values) for key, each in value.items()})
    if isinstance(value, tuple):
        return tuple(_filled(each, values) for each in value)
    if isinstance(value, Interpolation):
        return _text([part for each in value.parts for part in _parts(each, values)])
    return _text(_parts(value, values)) if isinstance(value, str) else value


def _parts(value: Value, values: Mapping[str, Value]) -> list[Any]:
    """A text cut where something is put in; a name that nothing is given for stays as it is."""
    if not isinstance(value, str):
        return [value]
    pieces = _HOLE.split(value)  # text and names by turns
    return [_put(piece, values) if index % 2 else piece for index, piece in enumerate(pieces)]


def _put(name: str, values: Mapping[str, Value]) -> Any:
    value = values.get(name, "${" + name + "}")
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, (Reference, Interpolation, Secret)) else str(value)


def _text(parts: list[Any]) -> Any:
    flat: list[Any] = []
    for part in parts:
        flat += part.parts if isinstance(part, Interpolation) else (part,)
    return "".join(flat) if all(isinstance(piece, str) for piece in flat) else Interpolation(tuple(flat))


# --- configuration --------------------------------------------------------------------------------------------------------


def _lower(name: str) -> Term:
    """A part as the API writes it; what is unset in it is left out."""

    def value(frame: Frame) -> Value:
        wanted = frame.want.get(name, ABSENT)
        if not isinstance(wanted, Mapping):
            return wanted
        return lowered(Map({key: each for key, each in wanted.items() if each is not None}))

    return value


def _logging(found: Map) -> Value:
    return raised(Map({"level": "OFF", "includeExecutionData": False, **(found.get("loggingConfiguration") or {})}))


def _tracing(found: Map) -> Value:
    return raised(Map({"enabled": False, **(found.get("tracingConfiguration") or {})}))


def _encryption(found: Map) -> Value:
    return raised(Map({"type": "AWS_OWNED_KEY", **(found.get("encryptionConfiguration") or {})}))


def _of_arn(found: str, _place: Place) -> str | None:
    return found if found.split(":")[5] == "stateMachine" else None


_SET: dict[str, Term] = {
    "definition": as_text("DefinitionString"),
    "roleArn": "RoleArn",
    "loggingConfiguration": _lower("LoggingConfiguration"),
    "tracingConfiguration": _lower("TracingConfiguration"),
    "encryptionConfiguration": _lower("EncryptionConfiguration"),
}
_PROPERTIES = (
    "DefinitionString", "Definition", "DefinitionSubstitutions", "RoleArn", "LoggingConfiguration", "TracingConfiguration",
    "EncryptionConfiguration",
)  # fmt: skip
_SELF: dict[str, Term] = {"stateMachineArn": ident("Arn")}
_TAGGED: dict[str, Term] = {"resourceArn": ident("Arn")}

STATE_MACHINE = Table(
    "AWS::StepFunctions::StateMachine",
    create=Call(
        "CreateStateMachine",
        {
            "name": own_name("StateMachineName"),
            "type": "StateMachineType",
            **_SET,
            **tagging.in_create("tags", tagging.as_small_list),
        },
        sets=("StateMachineName", "StateMachineType", *_PROPERTIES),
    ),
    updates=(Call("UpdateStateMachine", _SELF | _SET, sets=_PROPERTIES),),
    tags=tagging.calls(_TAGGED, "TagResource:tags", "UntagResource:tagKeys", tagging.as_small_list),
    delete=Call("DeleteStateMachine", _SELF),
    ends=Wait("DescribeStateMachine", _SELF, "status", (GONE,), every=2.0),
    bulk=Bulk("ListStateMachines", "stateMachines", limit=("maxResults", 1000), token=("nextToken", "nextToken")),
    get=Get("DescribeStateMachine", _SELF),
    details=(
        Detail(
            "Tags",
            "ListTagsForResource",
            _TAGGED,
            lambda answer: tuple(raised(each) for each in answer.get("tags", ())),
        ),
    ),
    by_arn=ByArn("states:stateMachine", _of_arn),
    named={"Arn": arn("states", lambda _frame: "stateMachine:", own_name("StateMachineName"))},
    body={
        "Arn": "stateMachineArn",
        "DefinitionString": from_text("definition"),
        "EncryptionConfiguration": _encryption,
        "LoggingConfiguration": _logging,
        "Name": "name",
        "RoleArn": "roleArn",
        "StateMachineName": "name",
        "StateMachineRevisionId": "revisionId",
        "StateMachineType": "type",
        "TracingConfiguration": _tracing,
    },
    changes_with=(("StateMachineRevisionId",),),
    defaults={
        "EncryptionConfiguration.KmsDataKeyReusePeriodSeconds": None,
        "EncryptionConfiguration.KmsKeyId": None,
        "EncryptionConfiguration.Type": "AWS_OWNED_KEY",
        "LoggingConfiguration.Destinations": (),
        "LoggingConfiguration.IncludeExecutionData": False,
        "LoggingConfiguration.Level": "OFF",
        "StateMachineType": "STANDARD",
        "TracingConfiguration.Enabled": False,
    },
    equalities=(
        Equality(("DefinitionString",), Sameness.JSON),
        Equality(("EncryptionConfiguration", "KmsKeyId"), Sameness.ARN),
    ),
    canonical=_one_definition,
    faults=(
        (r"StateMachineDeleting", Fault.NOT_READY),  # one of this name is still going
        # a role that was just made, or just given its policies
        (
            r"AccessDeniedException: .*(authorized to assume the provided role|not authorized to access the Log)",
            Fault.NOT_READY,
        ),
    ),
    natural_key=(("StateMachineName",),),
    any_of=(("Definition", "DefinitionString"),),
    creates_over=True,  # answers with the ARN of one that has the same name, definition and configuration
)

TABLES = (STATE_MACHINE,)
