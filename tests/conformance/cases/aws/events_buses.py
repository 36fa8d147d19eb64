"""Cases of EventBridge's buses, archives and connections."""

from __future__ import annotations

from tests.conformance.case import Behind, Call, Case, Entry, ref
from tests.conformance.cases.aws.words import tags


def _basic(user: str, password: str) -> dict[str, object]:
    return {"BasicAuthParameters": {"Username": user, "Password": password}}


CASES = (
    Case(
        Entry(
            "subject", "AWS::Events::EventBus", {"Name": "orders", "Description": "of the shop", "Tags": tags(team="a")}
        ),
        dependents=(
            Entry("kept", "AWS::Events::Archive", {"ArchiveName": "kept", "SourceArn": ref("subject", "Arn")}),
        ),
        updates=({"Description": "of all shops"}, {"Tags": tags(team="b", stage="test")}),
        replaces=({"Name": "orders-2"},),
        behind=Behind(
            "Tags",
            Call("events.tag_resource", {"ResourceARN": "{Arn}", "Tags": [{"Key": "team", "Value": "nobody"}]}),
        ),
    ),
    Case(
        Entry(
            "subject",
            "AWS::Events::Archive",
            {
                "SourceArn": ref("bus", "Arn"),
                "EventPattern": {"source": ["shop"], "detail": {"amount": [{"numeric": [">", 9]}]}},
                "RetentionDays": 3,
            },
        ),
        needs=(Entry("bus", "AWS::Events::EventBus", {"Name": "orders"}),),
        updates=({"RetentionDays": 5}, {"RetentionDays": 5, "EventPattern": {"source": ["shop", "store"]}}),
        replaces=({"ArchiveName": "kept"},),
        behind=Behind(
            "RetentionDays", Call("events.update_archive", {"ArchiveName": "{ArchiveName}", "RetentionDays": 9})
        ),
    ),
    Case(
        Entry(
            "subject",
            "AWS::Events::Connection",
            {
                "Name": "shop",
                "Description": "to the shop",
                "AuthorizationType": "BASIC",
                "AuthParameters": _basic("orders", "first-word"),
            },
        ),
        updates=({"Description": "to all shops"}, {"AuthParameters": _basic("others", "other-word")}),
        replaces=({"Name": "shop-2"},),
        behind=Behind("Description", Call("events.update_connection", {"Name": "{Name}", "Description": "meddled"})),
    ),
)
