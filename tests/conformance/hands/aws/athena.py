"""Athena through plain boto3."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients, tagged
from tests.conformance.hands.base import Found

REMOVALS = {
    "AWS::Athena::WorkGroup": Call("athena.delete_work_group", {"WorkGroup": "{Name}"}),
    "AWS::Athena::NamedQuery": Call("athena.delete_named_query", {"NamedQueryId": "{NamedQueryId}"}),
}


def inventory(clients: Clients, _types: Collection[str]) -> Iterator[Found]:
    """Work groups and the queries in them."""
    athena = clients("athena")
    for each in athena.list_work_groups()["WorkGroups"]:
        group = athena.get_work_group(WorkGroup=each["Name"])["WorkGroup"]
        arn = f"arn:aws:athena:us-east-1:123456789012:workgroup/{group['Name']}"
        tags = tagged(athena.list_tags_for_resource(ResourceARN=arn).get("Tags", ()))
        stamp = f"{arn} {group['CreationTime']}"
        yield Found("AWS::Athena::WorkGroup", group["Name"], stamp, tags, {**group, "Arn": arn, "Tags": tags})
        for query in athena.list_named_queries(WorkGroup=group["Name"])["NamedQueryIds"]:
            body = athena.get_named_query(NamedQueryId=query)["NamedQuery"]
            yield Found("AWS::Athena::NamedQuery", query, query, {}, body)
