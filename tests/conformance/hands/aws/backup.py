"""AWS Backup through plain boto3."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients
from tests.conformance.hands.base import Found

REMOVALS = {"AWS::Backup::BackupVault": Call("backup.delete_backup_vault", {"BackupVaultName": "{BackupVaultName}"})}


def inventory(clients: Clients, _types: Collection[str]) -> Iterator[Found]:
    """Vaults."""
    backup = clients("backup")
    for vault in backup.list_backup_vaults()["BackupVaultList"]:
        tags = backup.list_tags(ResourceArn=vault["BackupVaultArn"])["Tags"]
        stamp = f"{vault['BackupVaultArn']} {vault['CreationDate']}"
        yield Found("AWS::Backup::BackupVault", vault["BackupVaultName"], stamp, tags, {**vault, "Tags": tags})
