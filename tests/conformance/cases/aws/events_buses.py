"""Cases of EventBridge's buses and archives."""

from __future__ import annotations

from tests.conformance.case import Behind, Call, Case, Entry, ref
from tests.conformance.cases.aws.words import tags

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
)
