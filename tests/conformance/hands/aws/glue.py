"""Glue through plain boto3."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients
from tests.conformance.hands.base import Found

REMOVALS = {"AWS::Glue::Database": Call("glue.delete_database", {"Name": "{Name}"})}


def inventory(clients: Clients, _types: Collection[str]) -> Iterator[Found]:
    """Databases."""
    for item in clients.all("glue", "get_databases", "DatabaseList"):
        yield Found("AWS::Glue::Database", item["Name"], f"{item['Name']} {item['CreateTime']}", {}, item)
