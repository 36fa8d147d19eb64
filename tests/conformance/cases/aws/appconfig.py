"""Cases of AppConfig."""

from __future__ import annotations

from tests.conformance.case import Behind, Call, Case, Entry
from tests.conformance.cases.aws.words import tags

CASES = (
    Case(
        Entry(
            "subject",
            "AWS::AppConfig::Application",
            {"Name": "shop", "Description": "what it sells", "Tags": tags(team="a")},
        ),
        updates=({"Name": "store", "Description": "what it sold"}, {"Tags": tags(team="b", stage="test")}),
        behind=Behind(
            "Description",
            Call("appconfig.update_application", {"ApplicationId": "{Id}", "Description": "meddled"}),
        ),
    ),
)
