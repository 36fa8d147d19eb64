"""Cases of KMS."""

from __future__ import annotations

from tests.conformance.case import Behind, Call, Case, Entry, ref
from tests.conformance.cases.aws.words import tags

KEY = Entry("key", "AWS::KMS::Key", {"Description": "one"})
OTHER = Entry("other", "AWS::KMS::Key", {"Description": "another"})


def _policy(*more: dict[str, object]) -> dict[str, object]:
    root = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return {"Version": "2012-10-17", "Statement": [root, *more]}


_LOGS = {
    "Effect": "Allow",
    "Principal": {"Service": "logs.amazonaws.com"},
    "Action": ["kms:Encrypt", "kms:Decrypt"],
    "Resource": "*",
}

CASES = (
    Case(
        Entry(
            "subject",
            "AWS::KMS::Key",
            {
                "Description": "of the tests",
                "KeyPolicy": _policy(),
                "EnableKeyRotation": True,
                "RotationPeriodInDays": 180,
                "PendingWindowInDays": 7,
                "Tags": tags(team="a"),
            },
        ),
        dependents=(
            Entry("alias", "AWS::KMS::Alias", {"AliasName": "alias/orch", "TargetKeyId": ref("subject", "KeyId")}),
        ),
        updates=(
            {"KeyPolicy": _policy(_LOGS), "Description": "of more tests"},
            {"RotationPeriodInDays": 365, "Enabled": False},
            {"Enabled": True, "Tags": tags(team="b", stage="test")},
        ),
        behind=Behind("Description", Call("kms.update_key_description", {"KeyId": "{KeyId}", "Description": "x"})),
    ),
    Case(
        Entry("subject", "AWS::KMS::Alias", {"AliasName": "alias/orch-app", "TargetKeyId": ref("key", "Arn")}),
        needs=(KEY, OTHER),
        updates=({"TargetKeyId": ref("other", "KeyId")},),
        replaces=({"AliasName": "alias/orch-app-2"},),
        behind=Behind(
            "TargetKeyId",
            Call("kms.update_alias", {"AliasName": "{AliasName}", "TargetKeyId": "{AnotherKeyId}"}),
        ),
    ),
)
