"""AppSync through plain boto3."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients
from tests.conformance.hands.base import Found

REMOVALS = {"AWS::AppSync::GraphQLApi": Call("appsync.delete_graphql_api", {"apiId": "{apiId}"})}


def inventory(clients: Clients, _types: Collection[str]) -> Iterator[Found]:
    """GraphQL APIs, whose ARN no other ever has."""
    for item in clients("appsync").list_graphql_apis()["graphqlApis"]:
        yield Found("AWS::AppSync::GraphQLApi", item["arn"], item["arn"], item.get("tags", {}), item)
