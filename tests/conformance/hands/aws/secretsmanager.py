"""Secrets Manager through plain boto3. A secret that is scheduled for deletion is gone."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients, found
from tests.conformance.hands.base import Found

REMOVALS = {
    "AWS::SecretsManager::Secret": Call(
        "secretsmanager.delete_secret", {"SecretId": "{ARN}", "ForceDeleteWithoutRecovery": True}
    )
}


def inventory(clients: Clients, _types: Collection[str]) -> Iterator[Found]:
    """Secrets, with their values; an ARN ends as no other does."""
    client = clients("secretsmanager")
    for item in clients.all("secretsmanager", "list_secrets", "SecretList"):
        arn = item["ARN"]
        body = {**item, **client.describe_secret(SecretId=arn)}
        body.pop("ResponseMetadata")
        body["Value"] = client.get_secret_value(SecretId=arn).get("SecretString")
        yield found("AWS::SecretsManager::Secret", arn, body)
