"""The rendered document -> resources: which keys belong to the body, the place and the engine.

Must not validate bodies or follow references, and must not know a cloud.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from provisioner.blueprint.checks import CHECK, checks
from provisioner.blueprint.options import KEYS, options
from provisioner.blueprint.quoted import quoted
from provisioner.blueprint.tokens import kind
from provisioner.document import LinePool, Located, did_you_mean, either
from provisioner.model.environment import Environment
from provisioner.model.fault import UnknownTypeError
from provisioner.model.place import Place
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.resource_type import ResourceType
from provisioner.model.source import Source
from provisioner.model.value import EMPTY, Map, Path, Value

TOP_KEYS = ("stack", "resources", "outputs")
_FIND = "orch schema --search WORDS marks the types that it cannot apply"
_SHOWN = 6  # types named before "and n more"
ADDRESS = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
STACK = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of ``resources`` as rendered. places: by cloud, what the modules around it say where it does not."""

    address: str
    node: Located
    places: Mapping[str, str] = EMPTY

    @property
    def source(self) -> Source:
        """Its first line."""
        return self.node.source


def stack_name(document: Located, default: str, problems: list[Problem]) -> str:
    """The ``stack:`` of a document, the folder's name where it has none."""
    if "stack" not in document.value:
        return default
    node = document.child("stack")
    if not isinstance(node.value, str) or not STACK.fullmatch(node.value):
        problems.append(
            Problem(f"stack must be a name of letters, digits, '-', '_' and '.', not {kind(node.value)}", node.source)
        )
        return default
    return node.value


def entries(document: Located, problems: list[Problem]) -> tuple[Entry, ...]:
    """The entries with an address that can be one; all else is a problem."""
    for key, node in document.items():
        if key not in TOP_KEYS:
            problems.append(
                Problem(f"unknown key {key!r}", node.source, hint=did_you_mean(key, TOP_KEYS, else_list="known"))
            )
    outputs = document.child("outputs") if "outputs" in document.value else None
    if outputs is not None and not isinstance(outputs.value, Map) and outputs.value is not None:
        problems.append(
            Problem(f"outputs must be a map of names and values, not {kind(outputs.value)}", outputs.source)
        )
    if "resources" not in document.value:
        problems.append(Problem("there is no 'resources' in this blueprint", document.source))
        return ()
    resources = document.child("resources")
    if resources.value is not None and not isinstance(resources.value, Map):
        message = f"resources must be a map of addresses and entries, not {kind(resources.value)}"
        problems.append(Problem(message, resources.source))
    found: list[Entry] = []
    for address, node in resources.items():
        if not ADDRESS.fullmatch(address):
            message = f"{address!r} is no address: letters, digits, '-' and '_' only"
            problems.append(Problem(message, node.source, hint="the slug filter makes one of any text"))
        elif not isinstance(node.value, Map):
            message = f"{address}: an entry is a map with 'type', not {kind(node.value)}"
            hint = f"write {address}: {{type: {node.value}}}" if isinstance(node.value, str) else ""
            problems.append(Problem(message, node.source, address, hint))
        else:
            found.append(Entry(address, node))
    return tuple(found)


def _below(found: ResourceType) -> Mapping[str, object]:
    """What may stand under ``properties``."""
    schema = found.schema
    if found.body_keys:
        schema = schema.get("properties", EMPTY).get("properties", EMPTY)
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        schema = found.schema.get("$defs", EMPTY).get(name, schema)
    properties: Mapping[str, object] = schema.get("properties", EMPTY)
    return properties


def unknown_place(environment: Environment, address: str, name: Value, source: Source) -> Problem:
    """That the environment has no such place."""
    where = _where(environment)
    hint = did_you_mean(str(name), (place.name for place in environment.places), else_list=f"places of {where}")
    message = (
        f"there is no place {name!r} in {where}" if isinstance(name, str) else f"in takes a place, not {kind(name)}"
    )
    return Problem(f"{address}: {message}", source, address, hint)


def _where(environment: Environment) -> str:
    return environment.file or f"environment {environment.name!r}"


class Builder:
    """Makes resources of entries, for one load."""

    def __init__(
        self,
        environment: Environment,
        resource_type: Callable[[str], ResourceType],
        cloud_of: Callable[[str], str],
        problems: list[Problem],
        warnings: list[Problem],
    ) -> None:
        self._environment = environment
        self._resource_type = resource_type
        self._cloud_of = cloud_of
        self._problems = problems
        self._warnings = warnings
        self._types: dict[tuple[str, bool], ResourceType | Problem] = {}
        self._pool = LinePool()

    def build(self, entry: Entry) -> tuple[Resource, ResourceType] | None:
        """The resource and its type; None where the type or the place cannot be told (a problem says why)."""
        found = self._type(entry)
        if found is None:
            return None
        self._check_keys(entry, found)
        place = self._place(entry, found)
        chosen = options(entry.address, entry.node, self._problems)
        if place is None:
            return None
        value = entry.node.value
        properties = self._properties(entry)
        body = properties
        lines: tuple[tuple[Path, Source], ...] = ()
        if found.body_keys:
            keys = {key: value[key] for key in found.body_keys if key in value}
            body = Map(keys | ({"properties": properties} if "properties" in value else {}))
            kept = {*found.body_keys, *found.place_keys, "properties"}
            lines = tuple([line for line in entry.node.lines(self._pool) if line[0][0] in kept])
        elif "properties" in value:
            lines = entry.node.child("properties").lines(self._pool)
        within = Map({key: quoted(value[key]) or value[key] for key in found.place_keys if key in value})
        lines = self._pool.all_of([*lines, *(self._pool.one((key,), entry.node.child(key).source) for key in within)])
        resource = Resource(
            address=entry.address,
            type=found.name,
            place=place,
            body=body,
            within=within,
            options=chosen,
            source=entry.source,
            lines=lines,
            checks=checks(entry.address, entry.node, self._problems),
        )
        return resource, found

    def _problem(self, entry: Entry, message: str, path: Path = (), hint: str = "") -> None:
        node = entry.node
        for part in path:
            node = node.child(part)
        self._problems.append(Problem(f"{entry.address}: {message}", node.source, entry.address, hint))

    def _type(self, entry: Entry) -> ResourceType | None:
        value = entry.node.value
        if "type" not in value:
            near = [key for key in value if key.lower() in ("type", "typ", "kind", "resource")]
            hint = f"write 'type' instead of {near[0]!r}" if near else "write one, as in type: AWS::EC2::VPC"
            self._problem(entry, "'type' is missing", hint=hint)
            return None
        name = value["type"]
        if not isinstance(name, str) or not name:
            self._problem(entry, f"type must be the name of a resource type, not {kind(name)}", ("type",))
            return None
        unchecked = value.get("unchecked") is True
        if (name, unchecked) not in self._types:
            self._types[name, unchecked] = self._look_up(name, unchecked)
        found = self._types[name, unchecked]
        if isinstance(found, Problem):
            self._problem(entry, found.message, ("type",), found.hint)
            return None
        if not found.applies:
            more = f" and {len(found.instead) - _SHOWN} more" if len(found.instead) > _SHOWN else ""
            hint = f"of its service these can: {', '.join(found.instead[:_SHOWN])}{more}" if found.instead else _FIND
            self._problem(entry, f"{found.name} is known, but this version cannot apply it yet", ("type",), hint)
        version = name.partition("@")[2]
        if version and version != found.version:
            message = f"{entry.address}: the schema and the calls are those of version {found.version}, not {version}"
            at = entry.node.child("type").source
            hint = f"write {found.name}, or {found.name}@{found.version}"
            self._warnings.append(Problem(message, at, entry.address, hint))
        return found

    def _look_up(self, written: str, unchecked: bool) -> ResourceType | Problem:
        name = written.partition("@")[0]
        try:
            self._cloud_of(name)
        except UnknownTypeError:
            hint = "types are named as the clouds name them, such as AWS::EC2::VPC; orch schema --search finds one"
            return Problem(f"no cloud has types of the form {name!r}", hint=hint)
        try:
            return self._resource_type(name)
        except UnknownTypeError as error:
            near = f"did you mean {either(error.near)}?" if error.near else "orch schema --search finds types by a word"
        return self._undescribed(written, near) if unchecked else Problem(f"unknown resource type {name!r}", hint=near)

    def _undescribed(self, written: str, near: str) -> ResourceType | Problem:
        """A type that no schema describes: some clouds call all of theirs alike, by name and version."""
        name, _, version = written.partition("@")
        try:
            self._cloud_of(f"{name}@2000-01-01")
            if version:
                return self._resource_type(written)
            hint = f"write {name}@YYYY-MM-DD, a version of its API"
            return Problem(f"no schema here describes {name!r}, so it needs its version too", hint=hint)
        except UnknownTypeError:
            message = f"unknown resource type {name!r}, and unchecked: true is not enough to know how to call it"
            return Problem(message, hint=near)

    def _check_keys(self, entry: Entry, found: ResourceType) -> None:
        known = {"type", "in", "properties", CHECK, *KEYS, *found.body_keys, *found.place_keys}
        for key in entry.node.value:
            if key in known:
                continue
            hint = "it goes with module" if key == "parameters" else did_you_mean(key, known)
            if key in _below(found):
                hint = f"{key} belongs under properties"
            self._problem(entry, f"unknown key {key!r} of an entry of type {found.name}", (key,), hint)

    def _properties(self, entry: Entry) -> Map:
        value = entry.node.value.get("properties")
        if value is None or isinstance(value, Map):
            return value or EMPTY
        self._problem(entry, f"properties must be a map, not {kind(value)}", ("properties",))
        return EMPTY

    def _place(self, entry: Entry, found: ResourceType) -> Place | None:
        by_name: Mapping[str, Place] = {place.name: place for place in self._environment.places}
        where = _where(self._environment)
        if "in" in entry.node.value:
            name = entry.node.value["in"]
            place = by_name.get(name) if isinstance(name, str) else None
            if place is None:
                at = entry.node.child("in").source
                self._problems.append(unknown_place(self._environment, entry.address, name, at))
            elif place.cloud != found.cloud:
                own = [other.name for other in self._environment.places if other.cloud == found.cloud]
                hint = (
                    f"places of {found.cloud}: {', '.join(own)}" if own else f"{where} has no place for {found.cloud}"
                )
                self._problem(entry, f"{found.name} cannot live in {name!r}, a place of {place.cloud}", ("in",), hint)
                return None
            return place
        if found.cloud in entry.places:
            return by_name[entry.places[found.cloud]]
        candidates = [place for place in self._environment.places if place.cloud == found.cloud]
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            names = ", ".join(place.name for place in candidates)
            self._problem(
                entry,
                f"which place of {found.cloud}? {where} has {names}",
                hint=f"write one beside type: in: {candidates[0].name}",
            )
        else:
            self._problem(
                entry,
                f"{where} has no place for {found.cloud}",
                hint=f"add one under places there, with cloud: {found.cloud}",
            )
        return None
