"""Cases of SSM."""

from __future__ import annotations

from tests.conformance.case import Behind, Call, Case, Entry, ref

_EXPIRES = '[{"Type": "Expiration", "Version": "1.0", "Attributes": {"Timestamp": "2099-12-02T21:34:33.000Z"}}]'

CASES = (
    Case(
        Entry(
            "subject",
            "AWS::SSM::Parameter",
            {
                "Name": "/orch/app/size",
                "Type": "String",
                "Value": "small",
                "Description": "of the app",
                "AllowedPattern": "^[a-z]+$",
                "Tags": {"team": "a"},
            },
        ),
        dependents=(
            Entry(
                "copy",
                "AWS::SSM::Parameter",
                {"Name": "/orch/app/copy", "Type": "String", "Value": ref("subject", "Value")},
            ),
        ),
        updates=(
            {"Value": "large"},
            {"Description": "of another app", "Tier": "Advanced", "Policies": _EXPIRES},
            {"Type": "StringList", "AllowedPattern": "^[a-z,]+$", "Value": "small,large"},
            {"Tags": {"team": "b", "stage": "test"}},
        ),
        replaces=({"Name": "/orch/app/size-2"},),
        behind=Behind("Value", Call("ssm.put_parameter", {"Name": "{Name}", "Value": "huge", "Overwrite": True})),
    ),
)
