"""Cases of WAF."""

from __future__ import annotations

from tests.conformance.case import Behind, Call, Case, Entry
from tests.conformance.cases.aws.words import tags

CASES = (
    Case(
        Entry(
            "subject",
            "AWS::WAFv2::IPSet",
            {
                "Name": "office",
                "Scope": "REGIONAL",
                "Description": "who may",
                "IPAddressVersion": "IPV4",
                "Addresses": ["192.0.2.0/24", "198.51.100.0/24"],
                "Tags": tags(team="a"),
            },
        ),
        updates=({"Addresses": ["192.0.2.0/24"]}, {"Description": "who might", "Tags": tags(team="b", stage="test")}),
        replaces=({"Name": "home"},),
        behind=Behind(
            "Addresses",
            Call(
                "wafv2.update_ip_set",
                {
                    "Name": "{Name}",
                    "Id": "{Id}",
                    "Scope": "{Scope}",
                    "LockToken": "{LockToken}",
                    "Addresses": ["203.0.113.0/24"],
                },
            ),
        ),
    ),
)
