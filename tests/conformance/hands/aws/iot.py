"""IoT through plain boto3."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients
from tests.conformance.hands.base import Found

REMOVALS = {"AWS::IoT::Thing": Call("iot.delete_thing", {"thingName": "{thingName}"})}


def inventory(clients: Clients, _types: Collection[str]) -> Iterator[Found]:
    """Things."""
    for item in clients.all("iot", "list_things", "things"):
        body = clients("iot").describe_thing(thingName=item["thingName"])
        yield Found("AWS::IoT::Thing", item["thingName"], body["thingId"], {}, {**item, "thingId": body["thingId"]})
