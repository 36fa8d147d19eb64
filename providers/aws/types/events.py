"""The table of EventBridge's Rule, with its targets. Data and hooks, no request.

A rule is made and changed by one call, always as a whole; its targets by two others, several at a time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

from providers.aws.table import Bulk, ByArn, Call, Detail, Get, Table
from providers.aws.terms import Frame, Term
from providers.aws.types import tagging
from providers.aws.words import arn, const, filled, from_text, ident, kept, lowered, own_name, raised, same
from providers.kit.refusals import given, known_list, wrong
from provisioner.model.fault import Fault
from provisioner.model.place import Place
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.resource_type import Effect, EffectKind, Equality, Sameness
from provisioner.model.value import ABSENT, Map, Value, thaw

_DEFAULT_BUS = "default"

# --- names ----------------------------------------------------------------------------------------------------------------


def _parts(identity: str) -> tuple[str, str]:
    """The bus and the name of a rule, out of its ARN: ``rule/NAME`` on the default bus, ``rule/BUS/NAME`` on any other."""
    bus, _, name = identity.partition(":rule/")[2].rpartition("/")
    return bus or _DEFAULT_BUS, name


def _bus(frame: Frame) -> Value:
    return _parts(str(frame.identity["Arn"]))[0]


def _rule(frame: Frame) -> Value:
    return _parts(str(frame.identity["Arn"]))[1]


def _before_name(frame: Frame) -> Value:
    bus = frame.want.get("EventBusName", _DEFAULT_BUS)
    if not isinstance(bus, str):
        return ABSENT
    return "rule/" if bus == _DEFAULT_BUS else f"rule/{bus}/"


def _short_bus(body: Map, place: Place) -> Map:
    """A bus of the place by its name."""
    bus = body.get("EventBusName")
    own = f":events:{place.region}:{place.account}:event-bus/"
    if not isinstance(bus, str) or own not in bus:
        return body
    return Map({**body, "EventBusName": bus.partition(own)[2]})


def _of_arn(found: str, _place: Place) -> str | None:
    return found if ":rule/" in found else None


# --- targets --------------------------------------------------------------------------------------------------------------

_ECS = {"TagList": "Tags", "PlacementStrategies": "PlacementStrategy"}
_SMALL = (
    "CapacityProviderStrategy",
    "PlacementConstraints",
    "PlacementStrategy",
)  # lists whose items ECS has in small letters
_VPC = ("AwsVpcConfiguration", "awsvpcConfiguration")


def _sent(target: Map) -> Map:
    ecs = target.get("EcsParameters")
    if not isinstance(ecs, Mapping):
        return target
    out: dict[str, Value] = {_ECS.get(str(key), str(key)): value for key, value in ecs.items()}
    out |= {name: lowered(out[name]) for name in _SMALL if name in out}
    return Map({**target, "EcsParameters": Map({**out, **_network(out, *_VPC)})})


def _told(target: Map) -> Map:
    ecs = target.get("EcsParameters")
    if not isinstance(ecs, Mapping):
        return target
    back = {theirs: ours for ours, theirs in _ECS.items()}
    out = {**ecs, **{name: raised(ecs[name]) for name in _SMALL if name in ecs}, **_network(ecs, *reversed(_VPC))}
    return Map({**target, "EcsParameters": Map({back.get(key, key): value for key, value in out.items()})})


def _network(ecs: Mapping[str, Value], old: str, new: str) -> dict[str, Value]:
    network = ecs.get("NetworkConfiguration")
    if not isinstance(network, Mapping) or old not in network:
        return {}
    return {"NetworkConfiguration": Map({new if key == old else key: value for key, value in network.items()})}


def _by_id(body: Map) -> dict[str, Map]:
    return {str(each["Id"]): each for each in known_list(body.get("Targets"))}


def _changed(frame: Frame) -> tuple[Map, ...]:
    before = _by_id(frame.have)
    return tuple(_sent(each) for key, each in sorted(_by_id(frame.want).items()) if before.get(key) != each)


def _dropped(frame: Frame) -> tuple[str, ...]:
    return tuple(sorted(set(_by_id(frame.have)) - set(_by_id(frame.want))))


def _failed(answer: Map) -> tuple[str, str] | None:
    """Some of several targets may be refused by an answer that is none."""
    entries = answer.get("FailedEntries", ())
    if not answer.get("FailedEntryCount") or not entries:
        return None
    first = entries[0]
    return str(first.get("ErrorCode", "")), f"target {first.get('TargetId')}: {first.get('ErrorMessage', 'refused')}"


def _targets(found: Map) -> Value:
    return tuple(_told(each) for each in found.get("Targets", ())) or ABSENT


def _of_rule(operation: str, when: Callable[[Frame], object], label: str = "", **params: Term) -> Call:
    return Call(
        operation,
        {"Rule": _rule, "EventBusName": _bus, **params},
        sets=("Targets",) if not label else (),
        when=lambda frame: bool(when(frame)),
        label=label,
        failed=_failed,
    )


# --- Rule -----------------------------------------------------------------------------------------------------------------

_PROPERTIES = ("Description", "EventPattern", "RoleArn", "ScheduleExpression", "State")


def _pattern(frame: Frame) -> Value:
    value = kept("EventPattern")(frame)
    return value if value is ABSENT or isinstance(value, str) else json.dumps(thaw(value), sort_keys=True)


def _schedule_elsewhere(want: Resource) -> Iterator[Problem]:
    bus = want.body.get("EventBusName", _DEFAULT_BUS)
    if given(want.body, "ScheduleExpression") and isinstance(bus, str) and bus.rpartition("/")[2] != _DEFAULT_BUS:
        hint = "schedules run on the default event bus alone"
        yield wrong(want, ("ScheduleExpression",), f"stands in a rule of the bus {bus}", hint)


_SETS: dict[str, Term] = {**{name: kept(name) for name in _PROPERTIES}, "EventPattern": _pattern}

RULE = Table(
    "AWS::Events::Rule",
    create=Call(
        "PutRule",
        {"Name": own_name("Name"), **same("EventBusName"), **_SETS, **tagging.in_create("Tags")},
        sets=("Name", "EventBusName", *_PROPERTIES),
    ),
    updates=(
        Call("PutRule", {"Name": _rule, "EventBusName": _bus, **_SETS}, sets=_PROPERTIES),
        _of_rule("RemoveTargets", _dropped, Ids=_dropped),
        _of_rule("PutTargets", _changed, Targets=_changed),
    ),
    tags=tagging.calls({"ResourceARN": ident("Arn")}, "TagResource:Tags", "UntagResource:TagKeys"),
    before_delete=(
        _of_rule(
            "RemoveTargets",
            lambda frame: _by_id(frame.have),
            "all",
            Ids=lambda frame: tuple(sorted(_by_id(frame.have))),
        ),
    ),
    delete=Call("DeleteRule", {"Name": _rule, "EventBusName": _bus}),
    bulk=Bulk("ListRules", "Rules", limit=("Limit", 100)),
    get=Get("DescribeRule", {"Name": _rule, "EventBusName": _bus}),
    details=(
        Detail("Targets", "ListTargetsByRule", {"Rule": _rule, "EventBusName": _bus, "Limit": const(100)}, _targets),
        Detail("Tags", "ListTagsForResource", {"ResourceARN": ident("Arn")}, "Tags"),
    ),
    by_arn=ByArn("events:rule", _of_arn),
    named={"Arn": arn("events", _before_name, own_name("Name"))},
    body={
        **same("Arn", "EventBusName", "Name", "State"),
        **{name: filled(name) for name in ("Description", "RoleArn", "ScheduleExpression")},
        "EventPattern": from_text("EventPattern"),
        "RuleName": "Name",
    },
    defaults={
        **dict.fromkeys(("Description", "EventPattern", "RoleArn", "ScheduleExpression")),
        "EventBusName": _DEFAULT_BUS,
        "State": "ENABLED",
        "Targets": (),
    },
    effects=(Effect(("EventBusName",), EffectKind.REPLACE),),  # to the registry only sometimes; no call changes it
    equalities=(
        Equality(("EventPattern",), Sameness.JSON),
        Equality(("EventBusName",), Sameness.ARN),
        Equality(("Targets",), Sameness.KEYED, "Id"),
    ),
    canonical=_short_bus,
    faults=(
        (r"ConcurrentModificationException", Fault.NOT_READY),
        (r"ValidationException: .*not authorized to (assume|perform)", Fault.NOT_READY),  # a role that was just made
    ),
    natural_key=(("Name",), ("EventBusName",)),
    refuses=(_schedule_elsewhere,),
    creates_over=True,  # a rule of that name is overwritten
)

TABLES = (RULE,)
