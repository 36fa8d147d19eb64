"""Resource groups: made at once, deleted slowly and with all that is inside. Must not know types beneath them."""

from __future__ import annotations

import json
from typing import Any

from providers.azure.sandbox import catalog, errors, usage
from providers.azure.sandbox.checking import Checker, parse
from providers.azure.sandbox.context import Context
from providers.azure.sandbox.errors import ArmError, Detail
from providers.azure.sandbox.world import GROUP, Record, World
from providers.kit.server import Response


def group(ctx: Context) -> Response:
    """Answer a request on one resource group."""
    match ctx.request.method:
        case "GET":
            return ctx.answer(200, ctx.group())
        case "HEAD":
            return Response(204 if ctx.world.get(_identity(ctx)) else 404)
        case "PUT":
            return _put(ctx)
        case "PATCH":
            return _patch(ctx)
        case "DELETE":
            return _delete(ctx)
    raise errors.method_not_allowed(ctx.request.method)


def _identity(ctx: Context) -> str:
    return f"/subscriptions/{ctx.target.subscription}/resourceGroups/{ctx.target.group}"


def _body(ctx: Context, partial: bool) -> dict[str, Any]:
    kind = catalog.find(GROUP, ctx.version)
    body = Checker(kind.schema, kind.namespace, ctx.request.body, partial).check(parse(ctx.request.body))
    return {name: item for name, item in body.items() if name in ("location", "managedBy", "tags")}


def _put(ctx: Context) -> Response:
    name, old = ctx.target.group, ctx.world.get(_identity(ctx))
    _check_name(name)
    body = _body(ctx, partial=False)
    if not body.get("location"):
        raise ArmError(400, "LocationRequired", "The location property is required for this definition.")
    body["location"] = catalog.location(body["location"])
    if body["location"] not in catalog.LOCATIONS:
        message = (
            f"The provided location '{body['location']}' is not available for resource group. List of available regions is "
            f"'{','.join(catalog.LOCATIONS)}'."
        )
        raise ArmError(400, "LocationNotAvailableForResourceGroup", message)
    if old and old.state == "Deleting":
        raise errors.group_going(old.name)
    if old and old.location != body["location"]:
        message = (
            f"Invalid resource group location '{body['location']}'. The Resource group already exists in location "
            f"'{old.location}'."
        )
        raise ArmError(409, "InvalidResourceGroupLocation", message)
    record = old or Record(_identity(ctx), GROUP, ctx.target.subscription, body)
    record.body = body
    ctx.world.put(record)
    return ctx.answer(200 if old else 201, record)


def _check_name(name: str) -> None:
    try:
        catalog.find(GROUP, "").check_name(name)
    except ArmError as error:
        strange = sorted({letter for letter in name if not (letter.isalnum() or letter in "-_.()")}) or ["."]
        message = (
            f"The provided resource group name '{name}' has these invalid characters: '{''.join(strange)}'. The name can "
            "only be a letter, digit, '-', '.', '(', ')' or '_'."
        )
        raise ArmError(400, "InvalidResourceGroup", message) from error


def _patch(ctx: Context) -> Response:
    record = ctx.group()
    if record.state == "Deleting":
        raise errors.group_going(record.name)
    changes = _body(ctx, partial=True)
    changes.pop("location", None)
    record.body = record.body | changes
    return ctx.answer(200, record)


def _delete(ctx: Context) -> Response:
    record = ctx.group()
    if record.state == "Deleting":
        running = ctx.operations.holding(record.key)
        return Response(202, b"", ctx.polls(running, "location") if running else {})
    record.state = "Deleting"
    operation = ctx.start([record], lambda: _finish(ctx.world, record))
    return Response(202, b"", ctx.polls(operation, "location"))


def _finish(world: World, record: Record) -> None:
    """Delete all that nothing outside of the group needs; where something is needed, the group stays."""
    going = frozenset(part.key for part in _all(world, record))
    blocked: list[tuple[Record, ArmError]] = []
    for item in list(world.inside(record)):
        try:
            usage.check_unused(world, item, going)
        except ArmError as error:
            blocked.append((item, error))
        else:
            world.remove(item)
    if not blocked:
        world.remove(record)
        return
    record.state = "Succeeded"
    names = ", ".join(f"'{item.id.split('/providers/')[1]}'" for item, _ in blocked)
    message = (
        f"Deletion of resource group '{record.name}' failed as resources with identifiers {names} could not be deleted. The "
        "provisioning state of the resource group will be rolled back. Please check audit logs for more details."
    )
    details = tuple(Detail(error.code, json.dumps({"error": error.content()}), item.id) for item, error in blocked)
    raise ArmError(409, "ResourceGroupDeletionBlocked", message, details=details)


def _all(world: World, record: Record) -> list[Record]:
    return [part for item in world.inside(record) for part in (item, *_all(world, item))]
