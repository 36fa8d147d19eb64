"""Table of SSM's Parameter. Data and hooks, no request.

Beyond CloudFormation's, which has no ``SecureString``: such a value is written from a secret and read as its ciphertext, which
tells whether somebody else has written another one, and nothing more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from providers.aws.table import ByArn, Call, Detail, Get, Table
from providers.aws.terms import Frame, Term
from providers.aws.types import tagging
from providers.aws.words import const, derived, ident, kept, own_name, same
from providers.kit.refusals import wrong
from provisioner.model.fault import Fault
from provisioner.model.place import Place
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.resource_type import Equality, Sameness
from provisioner.model.secret import secrets
from provisioner.model.value import ABSENT, Map, Value, is_known

_NAME = {"Name": ident("Name")}
_TAGGED = {"ResourceType": const("Parameter"), "ResourceId": ident("Name")}
_SECURE = "SecureString"
_OWN_KEY = "alias/aws/ssm"  # encrypts where no key is named
_SET = ("AllowedPattern", "DataType", "Description", "KeyId", "Policies", "Tier", "Type", "Value")


def _policies(frame: Frame) -> Value:
    """None at all are written as one that says nothing."""
    return kept("Policies")(frame) or ("[{}]" if frame.have.get("Policies") else ABSENT)


def _key(frame: Frame) -> Value:
    secure = kept("Type")(frame) == _SECURE
    return (kept("KeyId")(frame) or _OWN_KEY) if secure else ABSENT


def _all(frame_of: Term) -> dict[str, Term]:
    """A parameter is always written as a whole."""
    others = {name: kept(name) for name in ("AllowedPattern", "DataType", "Description")}
    return {"Name": frame_of, **same("Tier", "Type", "Value"), **others, "KeyId": _key, "Policies": _policies}


def _described(answer: Map) -> Value:
    """What only the listing tells; its items are those that have the name."""
    found = answer.get("Parameters", ())
    return found[0] if found else ABSENT


def _told(found: Map, _place: Place) -> dict[str, Value]:
    described = found.get("Description")
    if not isinstance(described, Map):
        return {}
    policies = [json.loads(one["PolicyText"]) for one in described.get("Policies", ())]
    key = described.get("KeyId", "")
    return {
        "AllowedPattern": described.get("AllowedPattern", ""),
        "Description": described.get("Description", ""),
        "KeyId": "" if key == _OWN_KEY else key,
        "Policies": json.dumps(policies, sort_keys=True) if policies else "",
    }


def _name_of(arn: str, _place: Place) -> str | None:
    """An ARN has no slash of its own before the name; a path begins with one."""
    _, found, name = arn.partition(":parameter/")
    return (f"/{name}" if "/" in name else name) if found else None


def _secret_value(want: Resource) -> Iterator[Problem]:
    kind, value = want.body.get("Type"), want.body.get("Value", ABSENT)
    if kind == _SECURE and value is not ABSENT and is_known(value) and not any(secrets(value)):
        hint = 'take {{ secret("env://NAME") }}, or a parameter of the blueprint that is sensitive'
        yield wrong(want, ("Value",), "of a SecureString must be a secret, which no plan holds", hint)
    if isinstance(kind, str) and kind != _SECURE and want.body.get("KeyId"):
        yield wrong(want, ("KeyId",), f"is set, and a {kind} is not encrypted", "say Type: SecureString")


PARAMETER = Table(
    "AWS::SSM::Parameter",
    create=Call("PutParameter", {**_all(own_name("Name")), **tagging.in_create("Tags")}, sets=("Name", *_SET)),
    updates=(Call("PutParameter", {**_all(ident("Name")), "Overwrite": const(True)}, sets=_SET),),
    tags=tagging.calls(_TAGGED, "AddTagsToResource:Tags", "RemoveTagsFromResource:TagKeys"),
    delete=Call("DeleteParameter", _NAME),
    get=Get("GetParameter", {**_NAME, "WithDecryption": const(False)}, "Parameter"),
    details=(
        Detail(
            "Description",
            "DescribeParameters",
            {"ParameterFilters": lambda f: (Map(Key="Name", Option="Equals", Values=(f.identity["Name"],)),)},
            _described,
        ),
        Detail("Tags", "ListTagsForResource", _TAGGED, "TagList", unset=("InvalidResourceId",)),
    ),
    by_arn=ByArn("ssm:parameter", _name_of),
    body={
        **same("DataType", "Name", "Type", "Value"),
        "Arn": "ARN",
        **dict.fromkeys(("AllowedPattern", "KeyId", "Policies"), derived),
    },
    derive=_told,
    named={"Name": own_name("Name")},
    widened={
        "Type": {"enum": ("String", "StringList", _SECURE)},
        "KeyId": {
            "type": "string",
            "description": "The KMS key that a SecureString is encrypted with, if not AWS's own.",
        },
    },
    write_only=("Tier",),  # Intelligent-Tiering is read as what it has come to
    equalities=(
        Equality(("KeyId",), Sameness.SELF_LINK),
        Equality(("Policies",), Sameness.JSON),
    ),
    defaults={"AllowedPattern": "", "DataType": "text", "Description": "", "KeyId": "", "Policies": ""},
    faults=((r"^TooManyUpdates", Fault.CONFLICT),),
    natural_key=(("Name",),),
    refuses=(_secret_value,),
    data_store=True,
)

TABLES = (PARAMETER,)
