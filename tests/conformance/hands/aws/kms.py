"""KMS through plain boto3. A key that is pending deletion is gone."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients
from tests.conformance.hands.base import Found

REMOVALS = {
    "AWS::KMS::Key": Call("kms.schedule_key_deletion", {"KeyId": "{KeyId}"}),
    "AWS::KMS::Alias": Call("kms.delete_alias", {"AliasName": "{AliasName}"}),
}


def inventory(clients: Clients, _types: Collection[str]) -> Iterator[Found]:
    """Keys with their policy, rotation and tags, and aliases."""
    kms = clients("kms")
    keys = [item["KeyId"] for item in clients.all("kms", "list_keys", "Keys")]
    for ident in keys:
        key = kms.describe_key(KeyId=ident)["KeyMetadata"]
        if key["KeyState"] == "PendingDeletion":
            continue
        tags = {one["TagKey"]: one["TagValue"] for one in kms.list_resource_tags(KeyId=ident)["Tags"]}
        body = {**key, "Policy": kms.get_key_policy(KeyId=ident, PolicyName="default")["Policy"], "Tags": tags}
        if key["KeySpec"] == "SYMMETRIC_DEFAULT":
            rotation = kms.get_key_rotation_status(KeyId=ident)
            body |= {name: rotation.get(name) for name in ("KeyRotationEnabled", "RotationPeriodInDays")}
        yield Found("AWS::KMS::Key", ident, ident, tags, body)
    for item in clients.all("kms", "list_aliases", "Aliases"):
        if not item["AliasName"].startswith("alias/aws/"):
            others = [ident for ident in keys if ident != item["TargetKeyId"]]
            body = {**item, "AnotherKeyId": next(iter(others), "")}
            yield Found("AWS::KMS::Alias", item["AliasName"], item["AliasName"], {}, body)
