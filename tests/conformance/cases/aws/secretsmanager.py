"""Cases of Secrets Manager."""

from __future__ import annotations

from tests.conformance.case import Behind, Call, Case, Entry, ref
from tests.conformance.cases.aws.words import tags

_DESCRIBED = {"SecretId": "{ARN}", "Description": "another's"}

CASES = (
    Case(
        Entry(
            "subject",
            "AWS::SecretsManager::Secret",
            {
                "Name": "orch/database",
                "Description": "of the database",
                "SecretString": "correct-horse-battery",
                "Tags": tags(team="a"),
            },
        ),
        dependents=(
            Entry(
                "where",
                "AWS::SSM::Parameter",
                {"Name": "/orch/secret", "Type": "String", "Value": ref("subject", "Id")},
            ),
        ),
        updates=(
            {"SecretString": "incorrect-horse-battery"},
            {"Description": "of another", "KmsKeyId": "alias/orch"},
            {"ReplicaRegions": [{"Region": "us-west-2"}], "Tags": tags(team="b", stage="test")},
        ),
        replaces=({"Name": "orch/database-2"},),
        behind=Behind("Description", Call("secretsmanager.update_secret", _DESCRIBED)),
    ),
)
