"""Cases of Athena."""

from __future__ import annotations

from tests.conformance.case import Behind, Call, Case, Entry, ref
from tests.conformance.cases.aws.words import tags

CASES = (
    Case(
        Entry(
            "subject",
            "AWS::Athena::WorkGroup",
            {
                "Name": "analysts",
                "Description": "who ask",
                "RecursiveDeleteOption": True,
                "WorkGroupConfiguration": {"BytesScannedCutoffPerQuery": 10_000_000},
                "Tags": tags(team="a"),
            },
        ),
        dependents=(
            Entry(
                "query",
                "AWS::Athena::NamedQuery",
                {"Database": "lake", "QueryString": "SELECT 1", "WorkGroup": ref("subject", "Name")},
            ),
        ),
        updates=(
            {"State": "DISABLED", "Description": "who asked"},
            {"WorkGroupConfiguration": {"BytesScannedCutoffPerQuery": 20_000_000, "RequesterPaysEnabled": True}},
            {"Tags": tags(team="b", stage="test")},
        ),
        replaces=({"Name": "analysts-2"},),
        behind=Behind(
            "Tags",
            Call("athena.tag_resource", {"ResourceARN": "{Arn}", "Tags": [{"Key": "team", "Value": "nobody"}]}),
        ),
    ),
    Case(
        Entry("subject", "AWS::Athena::NamedQuery", {"Database": "lake", "QueryString": "SELECT 1"}),
        replaces=({"QueryString": "SELECT 2"}, {"Name": "two"}),
    ),
)
