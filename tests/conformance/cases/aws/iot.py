"""Cases of IoT."""

from __future__ import annotations

from tests.conformance.case import Behind, Call, Case, Entry

CASES = (
    Case(
        Entry("subject", "AWS::IoT::Thing", {"AttributePayload": {"Attributes": {"room": "1", "floor": "2"}}}),
        updates=({"AttributePayload": {"Attributes": {"room": "2", "floor": "2", "door": "3"}}},),
        replaces=({"ThingName": "lamp"}, {"ThingName": "lamp-2"}),
        behind=Behind(
            "AttributePayload.Attributes.room",
            Call(
                "iot.update_thing",
                {"thingName": "{thingName}", "attributePayload": {"attributes": {"room": "9", "floor": "2"}}},
            ),
        ),
    ),
)
