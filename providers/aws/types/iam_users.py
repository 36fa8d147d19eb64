"""Tables of IAM's User and Group. Data and hooks, no request.

A user's password is written and never read; whether he has to change it is his own from then on, and is not looked at.
"""

from __future__ import annotations

from providers.aws.table import Call, Detail, Get, Table
from providers.aws.terms import Frame, Term
from providers.aws.types import iam_attached as attached
from providers.aws.types import tagging
from providers.aws.types.iam_roles import boundary
from providers.aws.words import (
    added,
    column,
    const,
    ident,
    item,
        own_name,
    removed,
    same,
)  # fmt: skip
from provisioner.model.value import Map, Value

_USER = {"UserName": ident("UserName")}
_LOGIN = ("LoginProfile",)
_IN_GROUP: dict[str, Term] = {**_USER, "GroupName": item()}
_PASSWORD: dict[str, Term] = {
    **_USER,
    "Password": "LoginProfile.Password",
    "PasswordResetRequired": "LoginProfile.PasswordResetRequired",
}


def _login(frame: Frame) -> bool:
    return bool(frame.want.get("LoginProfile"))


def _had_login(frame: Frame) -> bool:
    return bool(frame.have.get("LoginProfile"))


def _shown(answer: Map) -> Value:
    """That there is one: of what it holds AWS shows only when it was made, which says that."""
    return Map(CreateDate=answer["LoginProfile"]["CreateDate"])


USER = Table(
    "AWS::IAM::User",
    create=Call(
        "CreateUser",
        {"UserName": own_name("UserName")} | same("Path", "PermissionsBoundary") | tagging.in_create("Tags"),
        sets=("UserName", "Path", "PermissionsBoundary"),
    ),
    updates=(
        Call("UpdateUser", {**_USER, "NewPath": "Path"}, sets=("Path",)),
        *boundary("User"),
        Call("CreateLoginProfile", _PASSWORD, _LOGIN, when=lambda f: _login(f) and not _had_login(f)),
        Call("UpdateLoginProfile", _PASSWORD, _LOGIN, when=lambda f: _login(f) and _had_login(f)),
        Call("DeleteLoginProfile", _USER, _LOGIN, when=lambda f: _had_login(f) and not _login(f)),
        *attached.updates("User"),
        Call("AddUserToGroup", _IN_GROUP, ("Groups",), each=added("Groups")),
        Call("RemoveUserFromGroup", _IN_GROUP, ("Groups",), each=removed("Groups")),
    ),
    tags=tagging.calls(_USER, "TagUser:Tags", "UntagUser:TagKeys"),
    before_delete=(
        Call("DeleteLoginProfile", _USER, label="all", when=_had_login),
        Call("RemoveUserFromGroup", _IN_GROUP, label="all", each=removed("Groups")),
        *attached.before_delete("User"),
    ),
    delete=Call("DeleteUser", _USER),
    get=Get("GetUser", _USER, "User"),
    details=(
        *attached.details("User"),
        Detail("Groups", "ListGroupsForUser", {**_USER, "MaxItems": const(1000)}, column("Groups", "GroupName")),
        Detail("LoginProfile", "GetLoginProfile", _USER, _shown, unset=("NoSuchEntity",)),
    ),
    answer="User",
    body={
        **same("Arn", "Path", "Tags", "UserName"),
        "PermissionsBoundary": "PermissionsBoundary.PermissionsBoundaryArn",
    },
    named={"UserName": own_name("UserName")},
    defaults={**attached.NONE, "Groups": (), "LoginProfile": None, "Path": "/", "PermissionsBoundary": ""},
    shared={**attached.SHARED, "Groups": ""},
    write_only=("LoginProfile.Password", "LoginProfile.PasswordResetRequired"),
    equalities=attached.EQUALITIES,
    faults=attached.FAULTS,
    natural_key=(("UserName",),),
)


_GROUP = {"GroupName": ident("GroupName")}

GROUP = Table(
    "AWS::IAM::Group",
    create=Call("CreateGroup", {"GroupName": own_name("GroupName"), "Path": "Path"}, sets=("GroupName", "Path")),
    updates=(Call("UpdateGroup", {**_GROUP, "NewPath": "Path"}, sets=("Path",)), *attached.updates("Group")),
    before_delete=attached.before_delete("Group"),
    delete=Call("DeleteGroup", _GROUP),
    get=Get("GetGroup", {**_GROUP, "MaxItems": const(1)}, "Group"),  # its users are listed with it
    details=attached.details("Group"),
    answer="Group",
    body=same("Arn", "GroupName", "Path"),
    named={"GroupName": own_name("GroupName")},
    defaults={**attached.NONE, "Path": "/"},
    shared=attached.SHARED,
    equalities=attached.EQUALITIES,
    faults=attached.FAULTS,
    natural_key=(("GroupName",),),
)

TABLES = (USER, GROUP)
