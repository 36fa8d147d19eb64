"""Tables of Lambda's Permission, a statement in the policy of a function, and LayerVersion. Data and hooks, no request."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from providers.aws.table import Call, Get, Table
from providers.aws.terms import Frame, Term
from providers.aws.types.lambda_names import NOT_YET, short
from providers.aws.words import ident, own_name, same
from provisioner.model.place import Place
from provisioner.model.resource_type import Effect, EffectKind, Equality, Sameness
from provisioner.model.value import ABSENT, Map, Value, freeze, get

# --- Permission -----------------------------------------------------------------------------------------------------------

_GRANT = ("Action", "EventSourceToken", "FunctionUrlAuthType", "InvokedViaFunctionUrl", "Principal", "PrincipalOrgID",
          "SourceAccount", "SourceArn")  # fmt: skip
_ROOT = ("arn:", ":iam::", ":root")


def _account(principal: Value) -> Value:
    """An account by its number, as which Lambda's policies name its root."""
    begin, middle, end = _ROOT
    root = (
        isinstance(principal, str) and principal.startswith(begin) and middle in principal and principal.endswith(end)
    )
    return str(principal).split(":")[4] if root else principal


def _statement(answer: Map, identity: Map) -> Value:
    policy = json.loads(answer.get("Policy") or "{}")
    found = next((each for each in policy.get("Statement", ()) if each.get("Sid") == identity["Id"]), None)
    return freeze(found) if found else ABSENT


def _principal(statement: Map) -> Value:
    said = statement.get("Principal", ABSENT)
    return _account(next(iter(said.values()), ABSENT) if isinstance(said, Mapping) else said)


def _if(operator: str, key: str, statement: Map) -> Value:
    return get(statement, ("Condition", operator, key))


def _via_url(statement: Map) -> Value:
    said = _if("Bool", "lambda:InvokedViaFunctionUrl", statement)
    return str(said).lower() == "true" if "Sid" in statement else ABSENT


def _plain_names(body: Map, place: Place) -> Map:
    changed = {
        "FunctionName": short(body.get("FunctionName", ABSENT), place),
        "Principal": _account(body.get("Principal", ABSENT)),
    }
    return Map({**body, **{key: value for key, value in changed.items() if value is not ABSENT}})


_FUNCTION: dict[str, Term] = {"FunctionName": ident("FunctionName"), "StatementId": ident("Id")}

PERMISSION = Table(
    "AWS::Lambda::Permission",
    create=Call("AddPermission", _FUNCTION | same(*_GRANT), sets=("FunctionName", *_GRANT)),
    delete=Call("RemovePermission", _FUNCTION),
    get=Get("GetPolicy", {"FunctionName": ident("FunctionName")}, _statement),
    identity=("FunctionName", "Id"),
    named={"Id": own_name("Id")},
    body={
        "Action": "Action",
        "EventSourceToken": lambda found: _if("StringEquals", "lambda:EventSourceToken", found),
        "FunctionUrlAuthType": lambda found: _if("StringEquals", "lambda:FunctionUrlAuthType", found),
        "InvokedViaFunctionUrl": _via_url,
        "Principal": _principal,
        "PrincipalOrgID": lambda found: _if("StringEquals", "aws:PrincipalOrgID", found),
        "SourceAccount": lambda found: _if("StringEquals", "AWS:SourceAccount", found),
        "SourceArn": lambda found: _if("ArnLike", "AWS:SourceArn", found),
    },
    canonical=_plain_names,
    equalities=(Equality(("FunctionName",), Sameness.ARN),),
    defaults={"InvokedViaFunctionUrl": False},
    faults=NOT_YET,
)

# --- LayerVersion ---------------------------------------------------------------------------------------------------------

_CONTENT = ("S3Bucket", "S3Key", "S3ObjectVersion", "S3ObjectStorageMode")
_MARK = re.compile(r"orch-[a-z0-9]+-\d+")


def _mark(frame: Frame) -> Value:
    """Versions of a layer are told apart by nothing that a user gives: where the blueprint leaves the description free it says
    whose this one is, and only then is a version found again whose making was not answered."""
    own = frame.owner and "Description" not in frame.want
    return f"orch-{frame.owner.tag}" if own and frame.owner else ABSENT


def _told(found: Map) -> Value:
    """The description, our mark left out: nobody has written that."""
    text = found.get("Description", ABSENT)
    return "" if isinstance(text, str) and _MARK.fullmatch(text) else text


def _described(frame: Frame) -> Value:
    mark = _mark(frame)
    return frame.want.get("Description", ABSENT) if mark is ABSENT else mark


def _marked(answer: Map, key: Map) -> Value:
    of_ours = (each for each in answer.get("LayerVersions", ()) if each.get("Description") == key["Description"])
    return next(of_ours, ABSENT)


def _layer(frame: Frame) -> Value:
    return str(frame.identity["LayerVersionArn"]).rpartition(":")[0]


def _version(frame: Frame) -> Value:
    return int(str(frame.identity["LayerVersionArn"]).rpartition(":")[2])


def _layer_name(found: Map) -> Value:
    arn = str(found.get("LayerVersionArn", ""))
    return arn.split(":")[6] if arn else ABSENT


_VERSION: dict[str, Term] = {"LayerName": _layer, "VersionNumber": _version}

LAYER_VERSION = Table(
    "AWS::Lambda::LayerVersion",
    create=Call(
        "PublishLayerVersion",
        {
            "LayerName": own_name("LayerName"),
            "Description": _described,
            **{f"Content.{name}": f"Content.{name}" for name in _CONTENT},
            **same("CompatibleArchitectures", "CompatibleRuntimes", "LicenseInfo"),
        },
        sets=("LayerName", "Description", "Content", "CompatibleArchitectures", "CompatibleRuntimes", "LicenseInfo"),
    ),
    delete=Call("DeleteLayerVersion", _VERSION),
    get=Get("GetLayerVersion", _VERSION),
    by_name=Get(
        "ListLayerVersions",
        {"LayerName": own_name("LayerName")},
        _marked,
        key={"Description": _mark},
        token=("Marker", "NextMarker"),
    ),
    body={
        **same("LayerVersionArn", "CompatibleArchitectures", "CompatibleRuntimes", "LicenseInfo"),
        "Description": _told,
        "LayerName": _layer_name,
    },
    effects=tuple(Effect(("Content", name), EffectKind.REPLACE) for name in _CONTENT),
    defaults={"Description": "", "LicenseInfo": "", "CompatibleArchitectures": (), "CompatibleRuntimes": ()},
)

TABLES = (PERMISSION, LAYER_VERSION)
