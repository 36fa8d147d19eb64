"""EventBridge's buses, archives and connections through plain boto3."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients, tagged
from tests.conformance.hands.base import Found

REMOVALS = {
    "AWS::Events::EventBus": Call("events.delete_event_bus", {"Name": "{Name}"}),
    "AWS::Events::Archive": Call("events.delete_archive", {"ArchiveName": "{ArchiveName}"}),
    "AWS::Events::Connection": Call("events.delete_connection", {"Name": "{Name}"}),
}


def inventory(clients: Clients, _types: Collection[str]) -> Iterator[Found]:
    """Buses, archives, connections."""
    events = clients("events")
    for each in events.list_event_buses()["EventBuses"]:
        bus = events.describe_event_bus(Name=each["Name"])
        tags = tagged(events.list_tags_for_resource(ResourceARN=bus["Arn"])["Tags"])
        yield Found(
            "AWS::Events::EventBus", bus["Name"], f"{bus['Arn']} {bus['CreationTime']}", tags, _plain(bus, tags)
        )
    for each in events.list_archives()["Archives"]:
        archive = events.describe_archive(ArchiveName=each["ArchiveName"])
        stamp = f"{archive['ArchiveArn']} {archive['CreationTime']}"
        yield Found("AWS::Events::Archive", archive["ArchiveName"], stamp, {}, _plain(archive))
    for each in events.list_connections()["Connections"]:
        connection = events.describe_connection(Name=each["Name"])
        stamp = str(connection["ConnectionArn"])
        yield Found("AWS::Events::Connection", connection["Name"], stamp, {}, _plain(connection))


def _plain(answer: dict[str, object], tags: object = None) -> dict[str, object]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"} | {"Tags": tags}
