"""Cases of Glue."""

from __future__ import annotations

from tests.conformance.case import Behind, Call, Case, Entry

CASES = (
    Case(
        Entry(
            "subject",
            "AWS::Glue::Database",
            {
                "CatalogId": "123456789012",
                "DatabaseName": "lake",
                "DatabaseInput": {"Description": "all of it", "Parameters": {"owner": "a"}},
            },
        ),
        updates=(
            {"DatabaseInput": {"Description": "most of it", "Parameters": {"owner": "a"}}},
            {"DatabaseInput": {"Description": "most of it", "Parameters": {"owner": "b"}, "LocationUri": "s3://b/"}},
        ),
        replaces=({"DatabaseName": "pond"},),
        behind=Behind(
            "DatabaseInput.Description",
            Call(
                "glue.update_database",
                {
                    "Name": "{Name}",
                    "DatabaseInput": {"Name": "{Name}", "Description": "meddled", "Parameters": "{Parameters}"},
                },
            ),
        ),
    ),
)
