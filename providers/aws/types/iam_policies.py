"""Tables of IAM's policies: the managed one with its versions, and the inline one of a role, user or group. No request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from providers.aws.table import Call, Detail, Get, Table
from providers.aws.terms import Frame, Term
from providers.aws.types import iam_attached as attached
from providers.aws.words import (
    added,
    as_text,
    const,
    derived,
    ident,
    item,
    listed,
    or_empty,
    own_name,
    partition,
    removed,
    same,
)  # fmt: skip
from providers.kit.refusals import known_list, wrong
from provisioner.model.place import Place
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.resource_type import Effect, EffectKind
from provisioner.model.value import ABSENT, Map, Value

_PRINCIPALS = {"Groups": "Group", "Roles": "Role", "Users": "User"}

# --- ManagedPolicy --------------------------------------------------------------------------------------------------------

_ARN = {"PolicyArn": ident("PolicyArn")}
_MOST_VERSIONS = 5


def _arn(frame: Frame) -> Value:
    """Its ARN, which follows from its name and path."""
    name, path = own_name("ManagedPolicyName")(frame), frame.want.get("Path", "/")
    if not isinstance(name, str) or not isinstance(path, str):
        return ABSENT
    return f"arn:{partition(frame.place.region)}:iam::{frame.place.account}:policy{path}{name}"


def _versions(answer: Map) -> Value:
    """The versions, oldest first; which of them is the default one."""
    found = sorted(answer.get("Versions", ()), key=lambda one: int(one["VersionId"].removeprefix("v")))
    return tuple(Map(id=one["VersionId"], default=one["IsDefaultVersion"]) for one in found)


def _told(found: Map, _place: Place) -> Mapping[str, Value]:
    """What the list of versions and that of entities hold together."""
    out: dict[str, Value] = {}
    if isinstance(versions := found.get("DefaultVersionId"), tuple):
        out["DefaultVersionId"] = next((one["id"] for one in versions if one["default"]), ABSENT)
        out["OtherVersions"] = tuple(one["id"] for one in versions if not one["default"])
    if isinstance(entities := found.get("Roles"), Map):
        for name, kind in _PRINCIPALS.items():
            out[name] = tuple(one[f"{kind}Name"] for one in entities.get(f"Policy{kind}s", ()))
    return out


def _spare(frame: Frame) -> list[str]:
    """The version that has to go before there can be another one: the oldest that is not in force."""
    others = listed(frame.have, "OtherVersions")
    return list(others[:1]) if len(others) + 1 >= _MOST_VERSIONS else []


def _attaching() -> Iterator[Call]:
    for name, kind in _PRINCIPALS.items():
        params: dict[str, Term] = {f"{kind}Name": item(), **_ARN}
        yield Call(f"Attach{kind}Policy", params, (name,), each=added(name))
        yield Call(f"Detach{kind}Policy", params, (name,), each=removed(name))


MANAGED_POLICY = Table(
    "AWS::IAM::ManagedPolicy",
    create=Call(
        "CreatePolicy",
        {"PolicyName": own_name("ManagedPolicyName"), "PolicyDocument": as_text("PolicyDocument")}
        | same("Path", "Description"),
        sets=("ManagedPolicyName", "PolicyDocument", "Path", "Description"),
    ),
    updates=(
        Call(
            "DeletePolicyVersion", {**_ARN, "VersionId": item()}, ("PolicyDocument",), each=_spare, label="oldest"
        ),
        Call(
            "CreatePolicyVersion",
            {**_ARN, "PolicyDocument": as_text("PolicyDocument"), "SetAsDefault": const(True)},
            sets=("PolicyDocument",),
        ),
        *_attaching(),
    ),
    before_delete=(
        *(
            Call(f"Detach{kind}Policy", {f"{kind}Name": item(), **_ARN}, label="all", each=removed(name))
            for name, kind in _PRINCIPALS.items()
        ),
        Call(
            "DeletePolicyVersion",
            {**_ARN, "VersionId": item()},
            label="all",
            each=lambda frame: listed(frame.have, "OtherVersions"),
        ),
    ),
    delete=Call("DeletePolicy", _ARN),
    get=Get("GetPolicy", _ARN, "Policy"),
    details=(
        Detail(
            "PolicyDocument",
            "GetPolicyVersion",
            {**_ARN, "VersionId": ident("DefaultVersionId")},
            "PolicyVersion.Document",
        ),
        Detail("DefaultVersionId", "ListPolicyVersions", _ARN, _versions),
        Detail(
            "Roles",
            "ListEntitiesForPolicy",  # not those whose boundary it is
            {**_ARN, "PolicyUsageFilter": const("PermissionsPolicy"), "MaxItems": const(1000)},
            "",
        ),
    ),
    answer="Policy",
    body={
        **same(
            "AttachmentCount", "CreateDate", "DefaultVersionId", "IsAttachable", "Path", "PermissionsBoundaryUsageCount",
            "PolicyId", "UpdateDate",
        ),
        "Description": or_empty("Description"),
        "ManagedPolicyName": "PolicyName",
        "PolicyArn": "Arn",
        "Groups": derived,
        "Users": derived,
    },
    derive=_told,
    named={"PolicyArn": _arn},
    defaults={"Description": "", "Groups": (), "Path": "/", "Roles": (), "Users": ()},
    changes_with=(("DefaultVersionId",), ("UpdateDate",)),
    shared=dict.fromkeys(_PRINCIPALS, ""),
    faults=attached.FAULTS,
    natural_key=(("ManagedPolicyName",), ("Path",)),
    born=("PolicyId",),
)  # fmt: skip


# --- Policy ---------------------------------------------------------------------------------------------------------------


def _principal(body: Map) -> tuple[str, Value] | None:
    """Whose policy it is: kind and name."""
    named = [(kind, one) for name, kind in _PRINCIPALS.items() for one in listed(body, name)]
    return named[0] if len(named) == 1 else None


def _whose(frame: Frame) -> Value:
    """Its identity: what it is part of and its name there. The registry's ``Id`` is CloudFormation's own."""
    found, name = _principal(frame.want), frame.want.get("PolicyName")
    known = found and isinstance(found[1], str) and isinstance(name, str)
    return f"{found[0].lower()}|{found[1]}|{name}" if found and known else ABSENT


def _part(number: int) -> Callable[[Frame], Value]:
    return lambda frame: str(frame.identity["Id"]).split("|")[number]


def _params(kind: str, **more: Term) -> dict[str, Term]:
    return {f"{kind}Name": _part(1), "PolicyName": _part(2), **more}


def _kind(identity: Map) -> str:
    return str(identity["Id"]).partition("|")[0].capitalize()


def _of_kind(operation: str, kind: str, sets: tuple[str, ...] = (), **more: Term) -> Call:
    """A call of the role's operation, in whose place a user's or a group's is made where the policy is theirs."""
    called = Call(operation.format("Role"), _params("Role", **more), sets)
    others = {each: Call(operation.format(each), _params(each, **more), sets) for each in ("User", "Group")}
    return Call(
        called.operation, called.params, sets, label=kind, instead=lambda frame: others.get(_kind(frame.identity))
    )


def _owner(kind: str) -> Callable[[Map], Value]:
    return lambda answer: (answer[f"{kind}Name"],) if f"{kind}Name" in answer else ABSENT


_GETS = {kind: Get(f"Get{kind}Policy", _params(kind)) for kind in ("User", "Group")}


def _one_principal(want: Resource) -> Iterator[Problem]:
    named = [(name, len(known_list(want.body.get(name)))) for name in ("Roles", "Users", "Groups")]
    count = sum(number for _, number in named)
    path = next((name for name, number in reversed(named) if number), "Roles")
    if count > 1:
        hint = (
            "write an entry for each, with a loop if there are many; or a ManagedPolicy, which can be attached to many"
        )
        yield wrong(want, (path,), f"makes {count} roles, users and groups, and an entry is one object", hint)
    elif not count and any(want.body.get(name) == () for name, _ in named):
        yield wrong(want, (path,), "names nobody, and an inline policy is part of a role, user or group")


POLICY = Table(
    "AWS::IAM::Policy",
    create=_of_kind(
        "Put{}Policy", "", ("PolicyName", "PolicyDocument", *_PRINCIPALS), PolicyDocument=as_text("PolicyDocument")
    ),
    updates=(_of_kind("Put{}Policy", "", ("PolicyDocument",), PolicyDocument=as_text("PolicyDocument")),),
    delete=_of_kind("Delete{}Policy", "none"),
    get=Get("GetRolePolicy", _params("Role"), instead=lambda identity: _GETS.get(_kind(identity))),
    body={**same("PolicyDocument", "PolicyName"), **{name: _owner(kind) for name, kind in _PRINCIPALS.items()}},
    named={"Id": _whose},
    effects=tuple(Effect((name,), EffectKind.REPLACE) for name in ("PolicyName", *_PRINCIPALS)),
    faults=attached.FAULTS,
    natural_key=(("PolicyName",),),
    any_of=(("Roles", "Users", "Groups"),),
    refuses=(_one_principal,),
    creates_over=True,
)

TABLES = (MANAGED_POLICY, POLICY)
