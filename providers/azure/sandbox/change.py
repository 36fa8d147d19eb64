"""A resource put into the world: inline children taken out of its body, everything around it checked, then kept.

Must not read paths, headers or preconditions (``resources`` does), nor know any one type (``network`` does).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from providers.azure.sandbox import catalog, errors, network, usage
from providers.azure.sandbox.catalog import Kind
from providers.azure.sandbox.context import Context
from providers.azure.sandbox.errors import ArmError
from providers.azure.sandbox.world import Record, references
from providers.kit.server import Response


@dataclass(slots=True)
class Change:
    """A resource as it shall be. children: inline ones by field, in order; a field that is not there leaves its own be."""

    record: Record
    old: Record | None
    children: dict[str, list[Record]] = field(default_factory=dict)


def store(ctx: Context, kind: Kind, record: Record, old: Record | None, verb: str) -> Response:
    """Check all that is between resources, keep the new state, and start the operation."""
    made = _split(ctx, kind, record, old)
    _check(ctx, kind, made)
    _keep(ctx, kind, made)
    style = str(kind.methods[verb].get("lro", ""))
    statuses = kind.methods[verb]["status"]
    status = next((code for code in ((201, 200, 202) if old is None else (200, 202, 201)) if code in statuses), 200)
    changed = [record, *(child for children in made.children.values() for child in children)]
    if not style:
        return ctx.answer(status, record)
    for item in changed:
        item.state = "Updating"

    def finish() -> None:
        for item in changed:
            item.state = "Succeeded"
        ctx.world.touch(record)

    operation = ctx.start(changed, finish)
    return ctx.answer(status, record, ctx.polls(operation, style))


def _split(ctx: Context, kind: Kind, record: Record, old: Record | None) -> Change:
    """Take inline children out of a body: they are resources of their own."""
    _defaults(kind, record.body)
    change = Change(record, old)
    properties = record.properties
    for name, child_type in kind.children.items():
        child_kind = catalog.known(child_type)
        items = properties.pop(name, None)
        spared = ctx.request.method == "PATCH" or network.spares(child_type, ctx.version)
        if child_kind is None or (items is None and spared):
            continue
        change.children[name] = [_child(ctx, child_kind, name, record, item) for item in items or []]
        names = [child.name.lower() for child in change.children[name]]
        twice = next((found for found in names if names.count(found) > 1), None)
        if twice:
            message = f"Resource {record.id} has two child resources with the same name ({twice})."
            raise ArmError(400, "DuplicateResourceName", message)
    return change


def _child(ctx: Context, kind: Kind, field_name: str, parent: Record, item: Mapping[str, Any]) -> Record:
    if not item.get("name"):
        message = f"Required property 'name' not found in JSON. Path 'properties.{field_name}'."
        raise ArmError(
            400, "InvalidRequestFormat", "Cannot parse the request.", details=(errors.Detail("InvalidJson", message),)
        )
    kind.check_name(item["name"])
    body = {key: value for key, value in item.items() if key not in ("id", "name", "type", "etag")}
    _defaults(kind, body)
    identity = f"{parent.id}/{kind.name.rsplit('/', 1)[1]}/{item['name']}"
    known = ctx.world.get(identity)
    return Record(known.id if known else identity, kind.name, parent.subscription, body, parent.key, parent.place)


def _defaults(kind: Kind, body: dict[str, Any]) -> None:
    """What the service takes where nothing is set."""
    if "properties" in kind.members:
        body.setdefault("properties", {})
    for path, value in kind.cloud["defaults"]:
        node = body
        for part in path[:-1]:
            node = node.setdefault(part, {})
        if "/".join(path[1:]) not in kind.children:
            node.setdefault(path[-1], copy.deepcopy(value))


def _check(ctx: Context, kind: Kind, change: Change) -> None:
    record, old, world = change.record, change.old, ctx.world
    inside = list(world.inside(old)) if old else []
    listed = [child for children in change.children.values() for child in children]
    pruned = {kind.children[name] for name in change.children}
    gone = [item for item in inside if item.type in pruned and item.key not in {child.key for child in listed}]
    network.check(world, record, old, [*(item for item in inside if item.type not in pruned), *listed])
    if old:
        _check_fixed(kind, record, old)
    for item in (record, *listed):
        _check_references(ctx, item, {part.key for part in (record, *listed)})
    for item in gone:
        usage.check_unused(world, item, frozenset(part.key for part in gone))


def _check_fixed(kind: Kind, record: Record, old: Record) -> None:
    """Properties that are set once. What a request leaves out stays as it was."""
    for path in kind.create_only:
        was, wanted = _at(old.body, path), _at(record.body, path)
        if wanted is not None and wanted != was and path != ("location",):
            message = f"Changing property '{'.'.join(path)}' is not allowed."
            raise ArmError(409, "PropertyChangeNotAllowed", message, target=".".join(path))
        if wanted is None and was is not None:
            node = record.body
            for part in path[:-1]:
                node = node.setdefault(part, {})
            node[path[-1]] = copy.deepcopy(was)


def _at(body: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        body = body.get(part) if isinstance(body, dict) else None
    return body


def _check_references(ctx: Context, record: Record, made: set[str]) -> None:
    """Every id that a body refers to exists and is settled."""
    world = ctx.world
    for path, target in references(record.body):
        found = world.get(target)
        if target in made or target.startswith(f"{record.key}/"):
            continue
        elsewhere = found and network.far(path, world.root(found), world.get(record.parent) or record)
        if elsewhere or (found is None and _must_exist(ctx, target)):
            message = (
                f"Resource {target} referenced by resource {record.id} was not found. Please make sure that the referenced "
                "resource exists, and that both resources are in the same region."
            )
            raise ArmError(400, "InvalidResourceReference", message)
        if found and found.state != "Succeeded" and world.root(found).key != world.root(record).key:
            message = (
                f"Cannot proceed with operation because resource {found.id} used by resource {record.id} is not in "
                f"Succeeded state. Resource is in {found.state} state."
            )
            raise ArmError(409, "ReferencedResourceNotProvisioned", message)


def _must_exist(ctx: Context, target: str) -> bool:
    """Whether an id that is not here is certainly wrong: of a published type, or inside something that does not exist."""
    _, _, tail = target.rpartition("/providers/")
    parts = tail.split("/")
    if catalog.known("/".join([parts[0], *parts[1::2]])):
        return True
    enclosing = target.rsplit("/", 2)[0]
    inner = len(parts) > 3
    return inner and ctx.world.get(enclosing) is None and _must_exist(ctx, enclosing)


def _keep(ctx: Context, kind: Kind, change: Change) -> None:
    world, record = ctx.world, change.record
    network.assign(world, record, change.old)
    world.put(record)
    for name, children in change.children.items():
        wanted = {child.key for child in children}
        for item in list(world.inside(record)):
            if item.type == kind.children[name] and item.key not in wanted:
                world.remove(item)
        for child in children:
            network.assign(world, child, world.get(child.key))
            world.put(child)
        world.arrange(record, [child.key for child in children])
    world.touch(record)
