"""Planner cases as people write them (``cases/planner/*.yaml``, see the README there) → a ``Situation``, and a plan as they expect it.

It must not plan: the test does, so that a case is the planner's alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path as File
from types import MappingProxyType
from typing import Any

import yaml

from providers.aws.provider import AwsProvider
from providers.azure.provider import AzureProvider
from providers.gcp.provider import GcpProvider
from providers.memory import TYPES
from provisioner.model.change import Change, Drift, Edit
from provisioner.model.ledger import LedgerRow, Role
from provisioner.model.place import Place
from provisioner.model.plan import Plan, Premise, Scope
from provisioner.model.resource import Observed, Options, Owner, Resource
from provisioner.model.resource_type import (
    Child,
    Condition,
    Effect,
    EffectKind,
    Equality,
    Ownership,
    ResourceType,
    Sameness,
    TagField,
)
from provisioner.model.snapshot import Blindspot, ObjectKey, Snapshot
from provisioner.model.source import Source
from provisioner.model.stack import Stack
from provisioner.model.value import ABSENT, HIDDEN, Interpolation, Path, Reference, Secret, freeze, path_text
from provisioner.planner.scope import narrow
from provisioner.planner.situation import Situation
from provisioner.planner.whose import holders

FOLDER = File(__file__).parent / "cases" / "planner"
LINEAGE = "ours"
_CLOUDS = {"AWS::": AwsProvider, "Microsoft.": AzureProvider, "compute.": GcpProvider}
_OPTIONS = {field.name for field in fields(Options)}


@dataclass(frozen=True)
class Case:
    """One case: ``name`` says what it shows, ``point`` which promise of the planner's it belongs to."""

    file: str
    point: str
    name: str
    situation: Situation
    destroy: bool
    inside: tuple[Observed, ...]
    expect: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.file}: {self.name}"


def cases() -> list[Case]:
    """All cases of all files."""
    return [case for file in sorted(FOLDER.glob("*.yaml")) for case in _of_file(file)]


def _of_file(file: File) -> Iterator[Case]:
    content = yaml.load(file.read_text(), _Loader)
    for case in content["cases"]:
        reader = _Reader({**content.get("types", {}), **case.pop("types", {})}, case.pop("places", {}))
        situation = reader.situation(case)
        inside = tuple(
            reader.found_inside(group, identity, data or {})
            for group, items in case.pop("inside", {}).items()
            for identity, data in items.items()
        )
        destroy, name, expect = case.pop("destroy", False), case.pop("name"), case.pop("expect")
        assert not case, f"{file.name}: {name}: what is {', '.join(case)}?"
        yield Case(file.stem, content["point"], name, situation, destroy, inside, expect)


# --- words of the files ---------------------------------------------------------------------------------------------------


class _Loader(yaml.SafeLoader):
    """YAML with ``!ref vpc.VpcId`` (``!ref core.vpc VpcId`` where the address has dots), ``!secret uri@version``, ``!hidden``,
    ``!absent`` and ``!text [parts]``."""


def _ref(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Reference:
    written = str(loader.construct_scalar(node))
    address, _, rest = written.partition(" " if " " in written else ".")
    return Reference(address, path_of(rest))


def _secret(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Secret:
    uri, _, version = str(loader.construct_scalar(node)).partition("@")
    return Secret(uri, version)


def _text(loader: yaml.SafeLoader, node: yaml.SequenceNode) -> Interpolation:
    return Interpolation(tuple(loader.construct_sequence(node, deep=True)))


_Loader.add_constructor("!ref", _ref)
_Loader.add_constructor("!secret", _secret)
_Loader.add_constructor("!text", _text)
_Loader.add_constructor("!hidden", lambda _loader, _node: HIDDEN)
_Loader.add_constructor("!absent", lambda _loader, _node: ABSENT)


def path_of(text: Any) -> Path:
    """``Rules.0.Port`` as a path; a list is one already, for keys with dots."""
    parts = text if isinstance(text, list) else str(text).split(".") if text else []
    return tuple(int(part) if str(part).isdecimal() else str(part) for part in parts)


def _paths(texts: Any) -> tuple[Path, ...]:
    return tuple(path_of(text) for text in texts)


# --- reading --------------------------------------------------------------------------------------------------------------


class _Reader:
    """The types and places of one case, and its situation from them."""

    def __init__(self, types: Mapping[str, Any], places: Mapping[str, Any]) -> None:
        self._types = {name: _type(name, data or {}) for name, data in types.items()}
        self._places = {"here": Place("here", "memory", "memory", "here")}
        for name, data in places.items():
            self._places[name] = Place(name, **{"cloud": "memory", "account": "memory", "region": name, **(data or {})})

    def situation(self, case: dict[str, Any]) -> Situation:
        """Takes from ``case`` what a situation needs."""
        wanted, ledger = case.pop("wanted", {}), case.pop("ledger", {})
        wants = tuple(self._want(address, data, n) for n, (address, data) in enumerate(wanted.items(), 1))
        rows = tuple(self._row(name, data, ledger, wanted) for name, data in ledger.items())
        snapshot = self._snapshot(case.pop("found", {}), case.pop("blind", []), rows, wants)
        stack = Stack(
            "test", "dev", "b", wants, outputs=freeze(case.pop("outputs", {})), places=(*self._places.values(),)
        )
        others = case.pop("other_stacks", {})
        away = (self._elsewhere(identity, *data) for identity, data in others.items())
        held = holders((*rows, *away))
        part = narrow(
            stack, rows, case.pop("targets", ()), case.pop("excludes", ()), freeze(case.pop("outputs_before", {}))
        )
        names = [item.type for item in (*wants, *rows)]
        owned = frozenset((row.uid, row.generation) for row in rows)
        types = {name: self._kind(name) for name in names}
        return Situation(
            part.stack, part.stack.resources, types, part.rows, snapshot, LINEAGE, 7, "2026-01-01T00:00:00Z", owned, held,
            part.scope, part.rest, accept=tuple(case.pop("accept", ())),
        )  # fmt: skip

    def _elsewhere(self, identity: str, kind: str, whose: str) -> LedgerRow:
        """What another stack owns: ``base of stack shared``."""
        address, _, stack = whose.partition(" of stack ")
        return LedgerRow(f"uid-{identity}", 1, stack, "dev", address, kind, self._places["here"], identity)

    def found_inside(self, group: str, identity: str, data: dict[str, Any]) -> Observed:
        """What lies in an object that takes with it whatever that is."""
        return replace(self._found(identity, {"type": "Any", **data}, ()), parent=group)

    def _kind(self, name: str) -> ResourceType:
        if name in self._types:
            return self._types[name]
        cloud = next((cloud for prefix, cloud in _CLOUDS.items() if name.startswith(prefix)), None)
        return cloud().resource_type(name) if cloud else TYPES[name]

    def _want(self, address: str, data: dict[str, Any], line: int) -> Resource:
        data = dict(data)
        given = {key: data.pop(key) for key in list(data) if key in _OPTIONS}
        for key, made in (("ignore_changes", _paths), ("moved_from", tuple)):
            given |= {key: made(given[key])} if key in given else {}
        if "depends_on" in given:
            given["depends_on"] = tuple(Reference(other) for other in given["depends_on"])
        out = Resource(
            address, data.pop("type"), self._places[data.pop("in", "here")], freeze(data.pop("body", {})),
            freeze(data.pop("within", {})), Options(**given), data.pop("identity", None), source=Source("b.yaml", line),
        )  # fmt: skip
        assert not data, f"{address}: what is {', '.join(data)}?"
        return out

    def _row(self, name: str, data: dict[str, Any], ledger: Mapping[str, Any], wanted: Mapping[str, Any]) -> LedgerRow:
        data = dict(data)
        address = data.pop("address", name)
        applied = freeze(data.pop("applied", {}))
        line = data.pop("line", None)
        out = LedgerRow(
            uid=data.pop("uid", f"uid-{name}"), generation=data.pop("generation", 1), stack="test", environment="dev",
            address=address, type=data.pop("type", None) or wanted[address]["type"],
            place=self._places[data.pop("in", "here")], identity=data.pop("id", None), applied=applied,
            baseline=freeze(data.pop("baseline", applied)), role=Role(data.pop("role", "current")),
            depends_on=tuple(ledger[need].get("uid", f"uid-{need}") for need in data.pop("needs", ())),
            within=freeze(data.pop("within", {})), redacted=_paths(data.pop("redacted", ())),
            source=Source("old.yaml", line) if line else None,
        )  # fmt: skip
        return replace(out, **data)

    def _snapshot(
        self, found: Mapping[str, Any], blind: list[Any], rows: tuple[LedgerRow, ...], wants: tuple[Resource, ...]
    ) -> Snapshot:
        """What is found; every other object of the ledger, and name of a want, is absent unless a blindspot hides it."""
        seen = {o.identity: o for o in (self._found(identity, data or {}, rows) for identity, data in found.items())}
        keys = {ObjectKey(o.place.name, o.type, o.identity): o for o in seen.values()}
        spots = tuple(_spot(self._places, item) for item in blind)
        snapshot = Snapshot(MappingProxyType(keys), blindspots=spots)
        named = [(r.place, r.type, r.identity) for r in rows]
        named += [(w.place, w.type, w.identity or w.options.adopt) for w in wants]
        asked = {ObjectKey(place.name, kind, identity) for place, kind, identity in named if identity}
        return replace(snapshot, absent=frozenset(key for key in asked - keys.keys() if not snapshot.blind(key)))

    def _found(self, identity: str, data: dict[str, Any], rows: tuple[LedgerRow, ...]) -> Observed:
        data = dict(data)
        row = next((row for row in rows if row.identity == identity), None)
        name = data.pop("type", None) or (row.type if row else "")
        place = self._places[data.pop("in", row.place.name if row else "here")]
        ours = row is not None and self._kind(name).ownership is not Ownership.LEDGER
        owner: Any = Owner(LINEAGE, row.uid, row.generation) if row and ours else None
        if "owner" in data:
            mark = data.pop("owner")
            owner = Owner(**{"lineage": LINEAGE, **mark}) if mark else None
        return Observed(name, place, identity, freeze(data.pop("body", {})), owner, **data)


def _spot(places: Mapping[str, Place], data: Mapping[str, Any]) -> Blindspot:
    return Blindspot(
        places[data.get("in", "here")],
        data.get("type", ""),
        data["reason"],
        data.get("id", ""),
        path_of(data.get("path")),
    )


def _type(name: str, data: dict[str, Any]) -> ResourceType:
    """A type in the few words that a case needs; ``like: NAME`` takes a type of the in-memory cloud as the ground."""
    data = dict(data)
    effects = [Effect(path_of(path), EffectKind.REPLACE) for path in data.pop("create_only", ())]
    given: dict[str, Any] = {"effects": (*_effects(data.pop("effects", ())), *effects)}
    for key in ("read_only", "write_only", "sensitive", "changes_with", "natural_key", "born"):
        given |= {key: _paths(data.pop(key))} if key in data else {}
    given["children"] = tuple(Child(path_of(path), child) for path, child in data.pop("children", {}).items())
    given["equalities"] = tuple(_equality(path_of(p), rule) for p, rule in data.pop("equalities", {}).items())
    given["defaults"] = tuple((path_of(path), freeze(value)) for path, value in data.pop("defaults", {}).items())
    given["broken_when"] = tuple((path_of(path), tuple(words)) for path, words in data.pop("broken_when", {}).items())
    given["unique"] = tuple(_paths(group) for group in data.pop("unique", ()))
    given["tags"] = TagField(path_of(data.pop("tags")), "map") if "tags" in data else None
    given["ownership"] = Ownership(data.pop("ownership", "tagged"))
    given |= {key: data.pop(key) for key in ("data_store", "creates_over", "encloses", "nests") if key in data}
    within = data.pop("data_within", {})
    given["data_within"] = tuple((path_of(name), tuple(values)) for name, values in within.items())
    assert not data, f"{name}: what is {', '.join(data)}?"
    return ResourceType(name, "memory", **given)


def _effects(items: Any) -> list[Effect]:
    return [
        Effect(
            path_of(item["path"]),
            EffectKind(item["kind"]),
            tuple(
                Condition(path_of(c["path"]), c["side"], c["op"], freeze(c.get("value"))) for c in item.get("when", ())
            ),
        )
        for item in items
    ]


def _equality(path: Path, rule: Any) -> Equality:
    if isinstance(rule, str):
        return Equality(path, Sameness(rule))
    ((sameness, key),) = rule.items()
    return Equality(path, Sameness(sameness), key)


# --- a plan in the words of the files -------------------------------------------------------------------------------------


def told(plan: Plan, expect: Mapping[str, Any]) -> dict[str, Any]:
    """As much of the plan as ``expect`` speaks of: the action of every change that is more than a no-op, what a change is
    expected to say, and always drift, notes, problems and proposals."""
    wanted = expect.get("changes", {})
    changes = [change for change in plan.changes if change.action.value != "no-op"]
    return {
        "changes": {_name(change, changes): _change(change, wanted.get(_name(change, changes))) for change in changes},
        "drift": {drift.address: _drift(drift, expect.get("drift", {}).get(drift.address, {})) for drift in plan.drift},
        "notes": list(plan.notes),
        "problems": [],
        "proposals": [f"{proposal.write} in {proposal.address or proposal.type}" for proposal in plan.proposals],
        **({"premises": sorted(_premise(premise) for premise in plan.premises)} if "premises" in expect else {}),
        **({"outputs": plan.outputs} if "outputs" in expect else {}),
        **({"confirm": [f"{asked.destroys}: {asked.text}" for asked in plan.confirm]} if "confirm" in expect else {}),
        **({"scope": _scope(plan.scope)} if "scope" in expect else {}),
    }


def _name(change: Change, changes: list[Change]) -> str:
    """Its address; with the action where two objects share one."""
    shared = sum(1 for other in changes if other.address == change.address) > 1
    return f"{change.address} ({change.action})" if shared else change.address


def _change(change: Change, asked: Any) -> Any:
    if not isinstance(asked, dict):
        return str(change.action)
    parts: dict[str, Any] = {
        "action": str(change.action),
        "because": [f"{because.reason}: {because.message}" for because in change.because],
        "undo": f"{change.undo.label}: {change.undo.why}".removesuffix(": "),
        "order": change.order,
        "generation": change.generation,
        "uid": change.uid,
        "retain": change.retain,
        "want": change.want.body if change.want else None,
        "lines": {path_text(edit.path): str(edit.source) for edit in change.diff.edits},
    }
    out = {key: parts[key] for key in asked if key in parts}
    return {**out, **({"edits": edits(change.diff.edits)} if change.diff else {})}


def edits(items: tuple[Edit, ...]) -> dict[str, Any]:
    """Each edit by its path: from, to, and why, effect and redaction where they are not the usual ones."""
    return {
        path_text(edit.path): {
            **({} if edit.before is ABSENT else {"from": edit.before}),
            **({} if edit.after is ABSENT else {"to": edit.after}),
            **({} if edit.reason == "wanted" else {"why": str(edit.reason)}),
            **({} if edit.effect == "in_place" else {"effect": str(edit.effect)}),
            **({"redacted": True} if edit.redacted else {}),
        }
        for edit in items
    }


def _drift(drift: Drift, asked: Mapping[str, Any]) -> Any:
    seen = {path: {k: v for k, v in edit.items() if k != "why"} for path, edit in edits(drift.diff.edits).items()}
    fate = {"fate": str(drift.fate)} if "fate" in asked else {}
    return {**seen, **({"gone": True} if drift.gone else {}), "reverted": drift.reverted, **fate}


def _scope(scope: Scope | None) -> dict[str, list[str]]:
    """What is in a partial plan, or not, because of others; what there is none of is left out."""
    parts = {name: list(getattr(scope, name, ())) for name in ("needed", "dropped", "skipped")}
    return {name: addresses for name, addresses in parts.items() if addresses}


def _premise(premise: Premise) -> str:
    facts = ", ".join(path_text(path) for path, _ in premise.facts)
    return f"{premise.identity} " + (f"has {facts}" if facts else "exists" if premise.exists else "is absent")


def expected(expect: Mapping[str, Any]) -> dict[str, Any]:
    """What a case expects, complete and frozen as ``told`` gives it."""
    given = {key: value for key, value in expect.items() if key not in ("order", "unordered")}
    out = {"changes": {}, "drift": {}, "notes": [], "problems": [], "proposals": [], **given}
    out["drift"] = {address: {"reverted": False, **what} for address, what in out["drift"].items()}
    if "premises" in out:
        out["premises"] = sorted(out["premises"])
    return {key: _frozen(value) for key, value in out.items()}


def _frozen(value: Any) -> Any:
    """Values of edits and bodies as the model has them: maps and tuples; the frame of the expectation as it is."""
    if (
        isinstance(value, dict)
        and value.keys() & {"from", "to"}
        and value.keys() <= {"from", "to", "why", "effect", "redacted"}
    ):
        return {key: freeze(item) if key in ("from", "to") else item for key, item in value.items()}
    if isinstance(value, dict):
        return {key: freeze(item) if key == "want" else _frozen(item) for key, item in value.items()}
    return [_frozen(item) for item in value] if isinstance(value, list) else value
