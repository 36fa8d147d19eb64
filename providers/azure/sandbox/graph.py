"""Azure Resource Graph: ``POST /providers/Microsoft.ResourceGraph/resources`` over the resources that are tracked.

Children (subnets, rules) have no row, as in reality. Must not parse queries itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from providers.azure.sandbox import catalog, errors, kql, shaping
from providers.azure.sandbox.checking import parse
from providers.azure.sandbox.context import Context, of_json
from providers.azure.sandbox.errors import ArmError, Detail
from providers.azure.sandbox.world import GROUP
from providers.kit.server import Response

_PAGE = 1000
_QUOTA, _WINDOW = 15, 5  # queries in seconds, by user


def query(ctx: Context, tenant: str, spent: int) -> Response:
    """Answer a query. spent: how many have gone before it in the running window."""
    if ctx.request.method != "POST":
        raise errors.method_not_allowed(ctx.request.method)
    sent = parse(ctx.request.body)
    options = sent.get("options") or {}
    try:
        parsed = kql.parse(str(sent.get("query") or ""))
    except kql.QueryError as error:
        detail = Detail("ParserFailure", f"Query is invalid: {error}.")
        message = "Please provide below info when asking for support: timestamp and correlationId."
        raise ArmError(
            400, "BadRequest", message, details=(Detail("InvalidQuery", "Query is invalid."), detail)
        ) from error
    wanted = {str(item).lower() for item in sent.get("subscriptions") or []}
    rows = parsed.run(row for row in _rows(ctx, parsed.table, tenant) if row["subscriptionId"].lower() in wanted)
    start = int(options.get("$skipToken") or options.get("$skip") or 0)
    size = min(_PAGE, int(options.get("$top") or _PAGE))
    part = rows[start : start + size]
    content: dict[str, Any] = {
        "totalRecords": len(rows),
        "count": len(part),
        "data": part if options.get("resultFormat", "objectArray") == "objectArray" else _table(part),
        "facets": [],
        "resultTruncated": "false",
    }
    if start + size < len(rows):
        content["$skipToken"] = str(start + size)
    quota = {
        "x-ms-user-quota-remaining": str(max(_QUOTA - 1 - spent, 0)),
        "x-ms-user-quota-resets-after": f"00:00:{_WINDOW:02}",
    }
    return of_json(200, content, quota)


def _rows(ctx: Context, table: str, tenant: str) -> Iterator[dict[str, Any]]:
    if table not in ("resources", "resourcecontainers"):
        raise ArmError(400, "BadRequest", f"Query is invalid: the table '{table}' is not known here.")
    for record in ctx.world.all():
        kind = catalog.known(record.type)
        is_group = record.type == GROUP
        row = (
            is_group if table == "resourcecontainers" else not is_group and not record.parent and kind and kind.tracked
        )
        if row and record.state != "Deleting":
            yield shaping.graph_row(ctx.world, record, tenant)


def _table(rows: list[dict[str, Any]]) -> dict[str, Any]:
    names = list(rows[0]) if rows else []
    return {
        "columns": [
            {"name": name, "type": "object" if isinstance(rows[0][name], dict) else "string"} for name in names
        ],
        "rows": [[row[name] for name in names] for row in rows],
    }
