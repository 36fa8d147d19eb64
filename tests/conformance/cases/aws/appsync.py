"""Cases of AppSync."""

from __future__ import annotations

from tests.conformance.case import Behind, Call, Case, Entry
from tests.conformance.cases.aws.words import tags

CASES = (
    Case(
        Entry(
            "subject",
            "AWS::AppSync::GraphQLApi",
            {"Name": "shop", "AuthenticationType": "API_KEY", "XrayEnabled": True, "Tags": tags(team="a")},
        ),
        updates=({"Name": "store", "XrayEnabled": False}, {"Tags": tags(team="b", stage="test")}),
        behind=Behind(
            "Name",
            Call(
                "appsync.update_graphql_api",
                {"apiId": "{apiId}", "name": "meddled", "authenticationType": "API_KEY", "xrayEnabled": True},
            ),
        ),
    ),
)
