"""What roles, users and groups of IAM have alike: managed policies, inline policies, what their errors mean. Words, no table.

Others attach policies to them too (``AWS::IAM::Policy``, a ``ManagedPolicy`` that names its roles), so of these lists an entry
means its own items. What comes is attached before what goes is taken off, so that nothing loses a right it keeps.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from providers.aws.table import Call, Detail
from providers.aws.terms import Frame, Term
from providers.aws.words import added, const, ident, item, listed, removed
from provisioner.model.fault import Fault
from provisioner.model.resource_type import Equality, Sameness
from provisioner.model.value import Map, Value, freeze, thaw

MANAGED, INLINE = "ManagedPolicyArns", "Policies"
SHARED = {MANAGED: "", INLINE: "PolicyName"}
NONE: dict[str, Value] = {MANAGED: (), INLINE: ()}
EQUALITIES = (Equality((INLINE,), Sameness.KEYED, "PolicyName"),)
FAULTS = (
    (
        r"^MalformedPolicyDocument: .*[Ii]nvalid principal",
        Fault.NOT_READY,
    ),  # one that was just made is not known everywhere
    (r"^EntityTemporarilyUnmodifiable", Fault.NOT_READY),
)
_MOST_MANAGED = 10  # AWS's default for one role, user or group; beyond it what goes has to go before what comes
_MOST_INLINE = 2048  # characters for all inline policies of a user, the smallest of the three limits

Each = Callable[[Frame], Sequence[Any]]


def updates(kind: str) -> tuple[Call, ...]:
    """The calls that set both lists. kind: ``Role``, ``User`` or ``Group``."""
    target: dict[str, Term] = {f"{kind}Name": ident(f"{kind}Name")}
    arn: dict[str, Term] = {**target, "PolicyArn": item()}
    inline: dict[str, Term] = {**target, "PolicyName": item()}
    document: dict[str, Term] = {**target, "PolicyName": item("PolicyName"), "PolicyDocument": _document}

    def roomy(each: Each, crowded: Callable[[Frame], bool], *, is_so: bool) -> Each:
        return lambda frame: each(frame) if crowded(frame) is is_so else ()

    def turn(go: str, params: dict[str, Term], come: Call, gone: Each, crowded: Callable[[Frame], bool]) -> list[Call]:
        name = come.sets[0]
        first = Call(go, params, (name,), each=roomy(gone, crowded, is_so=True), label=f"{name}.before")
        last = Call(go, params, (name,), each=roomy(gone, crowded, is_so=False))
        return [first, come, last]

    attach = Call(f"Attach{kind}Policy", arn, (MANAGED,), each=added(MANAGED))
    put = Call(f"Put{kind}Policy", document, (INLINE,), each=_changed)
    return (
        *turn(f"Detach{kind}Policy", arn, attach, removed(MANAGED), _crowded_managed),
        *turn(f"Delete{kind}Policy", inline, put, _left_out, _crowded_inline),
    )


def before_delete(kind: str) -> tuple[Call, ...]:
    """What has to be taken off first: what is ours, as CloudFormation does. What others have attached keeps the object."""
    target: dict[str, Term] = {f"{kind}Name": ident(f"{kind}Name")}
    return (
        Call(f"Detach{kind}Policy", {**target, "PolicyArn": item()}, label="all", each=removed(MANAGED)),
        Call(f"Delete{kind}Policy", {**target, "PolicyName": item()}, label="all", each=_left_out),
    )


def details(kind: str) -> tuple[Detail, ...]:
    """The reads that fill both lists."""
    target: dict[str, Term] = {f"{kind}Name": ident(f"{kind}Name")}
    each: dict[str, Term] = {**target, "PolicyName": item()}
    return (
        Detail(MANAGED, f"ListAttached{kind}Policies", {**target, "MaxItems": const(1000)}, _arns),
        Detail(INLINE, f"List{kind}Policies", {**target, "MaxItems": const(1000)}, "PolicyNames"),
        Detail(INLINE, f"Get{kind}Policy", each, _inline, each=True),
    )


def _arns(answer: Map) -> Value:
    return tuple(one["PolicyArn"] for one in answer.get("AttachedPolicies", ()))


def _inline(answer: Map) -> Value:
    return Map(PolicyName=answer["PolicyName"], PolicyDocument=answer["PolicyDocument"])


def _document(frame: Frame) -> Value:
    return text_of(frame.item["PolicyDocument"])


def text_of(document: Value) -> str:
    """A policy document as IAM takes it."""
    return document if isinstance(document, str) else json.dumps(thaw(document), sort_keys=True)


def _read(document: Value) -> Value:
    try:
        return freeze(json.loads(document)) if isinstance(document, str) else document
    except ValueError:
        return document


def _changed(frame: Frame) -> list[Map]:
    """The inline policies that are new or say something else."""
    before = {one["PolicyName"]: _read(one["PolicyDocument"]) for one in listed(frame.have, INLINE)}
    return [one for one in listed(frame.want, INLINE) if before.get(one["PolicyName"]) != _read(one["PolicyDocument"])]


def _left_out(frame: Frame) -> list[str]:
    """The names of the inline policies that are to go."""
    kept = {one["PolicyName"] for one in listed(frame.want, INLINE)}
    return [one["PolicyName"] for one in listed(frame.have, INLINE) if one["PolicyName"] not in kept]


def _crowded_managed(frame: Frame) -> bool:
    return len(listed(frame.have, MANAGED)) + len(added(MANAGED)(frame)) > _MOST_MANAGED


def _crowded_inline(frame: Frame) -> bool:
    beside = (*listed(frame.have, INLINE), *_changed(frame))
    return sum(len(text_of(one["PolicyDocument"])) for one in beside) > _MOST_INLINE
