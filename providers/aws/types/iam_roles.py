"""Tables of IAM's Role and InstanceProfile. Data and hooks, no request.

IAM's roles are not among what the tagging API finds: one is found again by its name, which we give where the blueprint does not.
"""

from __future__ import annotations

from providers.aws.table import Call, Get, Table
from providers.aws.terms import Frame, Term
from providers.aws.types import iam_attached as attached
from providers.aws.types import tagging
from providers.aws.words import (
    added,
    as_text,
    column,
    ident,
    item,
    kept,
    or_empty,
    own_name,
    removed,
    same,
)  # fmt: skip

_ROLE = {"RoleName": ident("RoleName")}


def bounded(frame: Frame) -> bool:
    """Whether a permissions boundary is wanted."""
    return bool(frame.want.get("PermissionsBoundary"))


def free(frame: Frame) -> bool:
    """Whether the permissions boundary is to go."""
    return not bounded(frame) and bool(frame.have.get("PermissionsBoundary"))


def boundary(kind: str) -> tuple[Call, ...]:
    """The calls that set and take off a boundary. kind: ``Role`` or ``User``."""
    target = {f"{kind}Name": ident(f"{kind}Name")}
    sets = ("PermissionsBoundary",)
    put: dict[str, Term] = {**target, "PermissionsBoundary": "PermissionsBoundary"}
    return (
        Call(f"Put{kind}PermissionsBoundary", put, sets, when=bounded),
        Call(f"Delete{kind}PermissionsBoundary", target, sets, when=free),
    )


ROLE = Table(
    "AWS::IAM::Role",
    create=Call(
        "CreateRole",
        {"RoleName": own_name("RoleName"), "AssumeRolePolicyDocument": as_text("AssumeRolePolicyDocument")}
        | same("Path", "Description", "MaxSessionDuration", "PermissionsBoundary")
        | tagging.in_create("Tags"),
        sets=(
            "RoleName", "AssumeRolePolicyDocument", "Path", "Description", "MaxSessionDuration", "PermissionsBoundary",
        ),
    ),
    updates=(
        Call(
            "UpdateAssumeRolePolicy",
            {**_ROLE, "PolicyDocument": as_text("AssumeRolePolicyDocument")},
            sets=("AssumeRolePolicyDocument",),
        ),
        Call(
            "UpdateRole",
            {**_ROLE, "Description": kept("Description"), "MaxSessionDuration": kept("MaxSessionDuration")},
            sets=("Description", "MaxSessionDuration"),
        ),
        *boundary("Role"),
        *attached.updates("Role"),
    ),
    tags=tagging.calls(_ROLE, "TagRole:Tags", "UntagRole:TagKeys"),
    before_delete=attached.before_delete("Role"),
    delete=Call("DeleteRole", _ROLE),
    get=Get("GetRole", _ROLE, "Role"),
    details=attached.details("Role"),
    answer="Role",
    body={
        **same("Arn", "AssumeRolePolicyDocument", "MaxSessionDuration", "Path", "RoleId", "RoleName", "Tags"),
        "Description": or_empty("Description"),
        "PermissionsBoundary": "PermissionsBoundary.PermissionsBoundaryArn",
    },
    named={"RoleName": own_name("RoleName")},
    defaults={**attached.NONE, "Description": "", "MaxSessionDuration": 3600, "Path": "/", "PermissionsBoundary": ""},
    shared=attached.SHARED,
    equalities=attached.EQUALITIES,
    faults=attached.FAULTS,
    natural_key=(("RoleName",),),
    born=("RoleId",),
)  # fmt: skip


_PROFILE = {"InstanceProfileName": ident("InstanceProfileName")}
_ITS_ROLE = {**_PROFILE, "RoleName": item()}

INSTANCE_PROFILE = Table(
    "AWS::IAM::InstanceProfile",
    create=Call(
        "CreateInstanceProfile",
        {"InstanceProfileName": own_name("InstanceProfileName"), "Path": "Path"},
        sets=("InstanceProfileName", "Path"),
    ),
    updates=(  # it holds one role at most
        Call("RemoveRoleFromInstanceProfile", _ITS_ROLE, sets=("Roles",), each=removed("Roles")),
        Call("AddRoleToInstanceProfile", _ITS_ROLE, sets=("Roles",), each=added("Roles")),
    ),
    before_delete=(Call("RemoveRoleFromInstanceProfile", _ITS_ROLE, label="all", each=removed("Roles")),),
    delete=Call("DeleteInstanceProfile", _PROFILE),
    get=Get("GetInstanceProfile", _PROFILE, "InstanceProfile"),
    answer="InstanceProfile",
    body={**same("Arn", "InstanceProfileName", "Path"), "Roles": column("Roles", "RoleName")},
    named={"InstanceProfileName": own_name("InstanceProfileName")},
    defaults={"Path": "/", "Roles": ()},
    faults=attached.FAULTS,
    natural_key=(("InstanceProfileName",),),
)

TABLES = (ROLE, INSTANCE_PROFILE)
