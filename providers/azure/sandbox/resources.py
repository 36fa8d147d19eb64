"""The verbs of a resource, for every published type: GET, HEAD, PUT, PATCH, DELETE.

Must not know any one type (``network`` does) nor how answers look (``shaping`` does).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from providers.azure.sandbox import catalog, change, errors, usage
from providers.azure.sandbox.catalog import Kind
from providers.azure.sandbox.checking import Checker, parse
from providers.azure.sandbox.context import Context
from providers.azure.sandbox.errors import ArmError
from providers.azure.sandbox.world import Record
from providers.kit.server import Response


def resource(ctx: Context) -> Response:
    """Answer a request on one resource."""
    kind = catalog.find(ctx.target.type, ctx.version)
    kind.check_version(ctx.version)
    method = ctx.request.method
    if method not in ("GET", "HEAD") and method.lower() not in kind.methods:
        raise errors.method_not_allowed(method)
    match method:
        case "GET":
            return ctx.answer(200, _existing(ctx, kind))
        case "HEAD":
            return Response(204 if ctx.world.get(_identity(ctx, kind)) else 404)
        case "PUT":
            return _put(ctx, kind)
        case "PATCH":
            return _patch(ctx, kind)
    return _delete(ctx, kind)


def _scope(ctx: Context, kind: Kind) -> Record | None:
    """The resource or group in whose scope the path stands; 404 where it does not exist."""
    if ctx.target.group:
        group = ctx.group()
        if ctx.request.method == "PUT" and group.state == "Deleting":
            raise errors.group_going(group.name)
    scope = ctx.target.scope
    if not scope or scope.count("/") <= 2:  # the tenant or the subscription itself
        return None
    found = ctx.world.get(scope)
    if found is None and "/providers/" in scope.lower():
        raise errors.not_found(kind.name, ctx.target.names[0], ctx.target.group)
    return found


def _identity(ctx: Context, kind: Kind) -> str:
    """The id of the path, as the service spells it: its parts as they were created, types as published, the name as asked."""
    scope = _scope(ctx, kind)
    parts = kind.name.split("/")[1:]
    text = (scope.id if scope else ctx.target.scope) + f"/providers/{kind.namespace}"
    for part, name in zip(parts, ctx.target.names, strict=True):
        text += f"/{part}/{name}"
        known = ctx.world.get(text)
        text = known.id if known else text
    return text


def _existing(ctx: Context, kind: Kind) -> Record:
    identity = _identity(ctx, kind)
    found = ctx.world.get(identity)
    if found:
        return found
    names = ctx.target.names
    if len(names) > 1:
        above = ctx.world.get(identity.rsplit("/", 2)[0])
        if above:
            raise errors.child_not_found(identity)
    root = "/".join(kind.name.split("/")[:2])
    raise errors.not_found(root, names[0], ctx.target.group)


def _parent(ctx: Context, kind: Kind, identity: str) -> Record | None:
    if not kind.cloud["parent"]:
        return None
    found = ctx.world.get(identity.rsplit("/", 2)[0])
    if found is None:
        raise errors.parent_not_found("/".join(ctx.target.names[:-1]))
    return found


def _preconditions(ctx: Context, kind: Kind, record: Record | None, identity: str) -> None:
    """``If-Match`` and ``If-None-Match: *``, where the type has etags at all."""
    if "etag" not in kind.members:
        return
    wanted = ctx.request.headers.get("if-match", "")
    current = ctx.world.root(record).etag if record else ""
    if wanted and (not record or wanted not in ("*", current)):
        raise errors.etag_mismatch(wanted, current or "null", identity)
    if record and ctx.request.headers.get("if-none-match") == "*":
        raise errors.exists_already(record.id)


def _put(ctx: Context, kind: Kind) -> Response:
    identity = _identity(ctx, kind)
    kind.check_name(ctx.target.names[-1])
    old = ctx.world.get(identity)
    body = Checker(kind.schema, kind.namespace, ctx.request.body).check(parse(ctx.request.body))
    parent = _parent(ctx, kind, identity)
    _preconditions(ctx, kind, old, identity)
    _place(ctx, kind, body, old, identity)
    place = ctx.group().key if ctx.target.group else ""
    record = Record(identity, kind.name, ctx.target.subscription, body, parent.key if parent else "", place)
    for held in filter(None, (parent, old)):
        ctx.free(held)
    return change.store(ctx, kind, record, old, "put")


def _place(ctx: Context, kind: Kind, body: dict[str, Any], old: Record | None, identity: str) -> None:
    """The location of a body: there, known, and where it was."""
    if not kind.tracked or kind.cloud["parent"]:
        return
    if not body.get("location"):
        if kind.cloud["scope"] in ("resourceGroup", "subscription"):
            raise ArmError(400, "LocationRequired", "The location property is required for this definition.")
        return
    catalog.check_location(body["location"], kind.name)
    body["location"] = catalog.location(body["location"])
    if old and old.location != body["location"]:
        name = identity.rsplit("/", 1)[1]
        message = (
            f"The resource '{name}' already exists in location '{old.location}' in resource group '{ctx.target.group}'. A "
            f"resource with the same name cannot be created in location '{body['location']}'. Please select a new "
            "resource name."
        )
        raise ArmError(409, "InvalidResourceLocation", message)


def _patch(ctx: Context, kind: Kind) -> Response:
    old = _existing(ctx, kind)
    ctx.free(old)
    _preconditions(ctx, kind, old, old.id)
    sent = parse(ctx.request.body)
    fields = kind.methods["patch"].get("fields", [])
    strange = next((name for name in sent if fields and name not in fields and name in kind.members), None)
    if strange:
        short = (
            f"Could not find member '{strange}' on object of type 'TagsObject'. Path '{strange}', line 1, position 1."
        )
        raise ArmError(400, "InvalidRequestContent", f"The request content was invalid: '{short}'.")
    changes = Checker(kind.schema, kind.namespace, ctx.request.body, partial=True).check(sent)
    body = copy.deepcopy(old.body)
    if "tags" in changes:
        body["tags"] = changes.pop("tags")  # a PATCH of tags replaces them all
    merged = _merged(body, changes)
    record = Record(old.id, kind.name, old.subscription, merged, old.parent, old.place)
    return change.store(ctx, kind, record, old, "patch")


def _merged(base: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    for name, item in changes.items():
        known = base.get(name)
        base[name] = _merged(known, item) if isinstance(item, dict) and isinstance(known, dict) else item
    return base


def _delete(ctx: Context, kind: Kind) -> Response:
    identity = _identity(ctx, kind)
    found = ctx.world.get(identity)
    if found is None:
        if len(ctx.target.names) > 1 and ctx.world.get(identity.rsplit("/", 2)[0]) is None:
            raise errors.not_found("/".join(kind.name.split("/")[:2]), ctx.target.names[0], ctx.target.group)
        return Response(204)
    ctx.free(found)
    _preconditions(ctx, kind, found, identity)
    usage.check_unused(ctx.world, found)
    record = found
    style = str(kind.methods["delete"]["lro"])

    def finish() -> None:
        root = ctx.world.root(record)
        ctx.world.remove(record)
        if root is not record:
            ctx.world.touch(root)

    if not style:
        finish()
        return Response(200 if 200 in kind.methods["delete"]["status"] else 204)
    record.state = "Deleting"
    operation = ctx.start([record], finish)
    return Response(202, b"", ctx.polls(operation, style))


def lists(ctx: Context) -> list[Record]:
    """The resources of a collection, in the order of creation."""
    kind = catalog.find(ctx.target.type, ctx.version)
    kind.check_version(ctx.version)
    if ctx.request.method != "GET" or not {"list", "list_all"} & set(kind.methods):
        raise errors.method_not_allowed(ctx.request.method)
    if kind.cloud["parent"]:
        above = ctx.target.scope + f"/providers/{ctx.target.namespace}"
        above += "".join(f"/{part}/{name}" for part, name in zip(ctx.target.types, ctx.target.names, strict=False))
        if ctx.target.group:
            ctx.group()
        parent = ctx.world.get(above)
        if parent is None:
            raise errors.not_found("/".join(kind.name.split("/")[:2]), ctx.target.names[0], ctx.target.group)
        return [item for item in ctx.world.inside(parent) if item.type == kind.name]
    if ctx.target.group:
        return [item for item in ctx.world.inside(ctx.group()) if item.type == kind.name]
    prefix = f"{ctx.target.scope.lower()}/"
    return [item for item in ctx.world.all() if item.type == kind.name and item.key.startswith(prefix)]
