"""AWS Backup: vaults. Follows the service's API reference and the type's schema."""

from __future__ import annotations

from collections.abc import Iterator

from providers.aws.sandbox.cloud_control.adapter import Adapter, Model, present, retag, tags_of


class BackupVault(Adapter):
    """``AWS::Backup::BackupVault``. Its key is the service's own where none is given."""

    service = "backup"
    holds = ("BackupVaultName", "BackupVaultTags", "EncryptionKeyArn", "LockConfiguration")

    def create(self, want: Model) -> Model:
        name = want["BackupVaultName"]
        key = want.get("EncryptionKeyArn") or (
            f"arn:aws:kms:{self.moto.region_name}:{self.moto.account_id}:key/5d8ae1c1-0000-4000-8000-aws0backup00"
        )
        self.moto.create_backup_vault(name, want.get("BackupVaultTags", {}), key, "")
        self._lock(name, want)
        return {"BackupVaultName": name}

    def read(self, keys: Model) -> Model | None:
        vault = self.moto.vaults.get(keys["BackupVaultName"])
        return vault and present(
            BackupVaultName=vault.backup_vault_name,
            BackupVaultArn=vault.backup_vault_arn,
            EncryptionKeyArn=vault.encryption_key_arn,
            BackupVaultTags=tags_of(self.moto, vault.backup_vault_arn),
            LockConfiguration=present(
                MinRetentionDays=vault.min_retention_days, MaxRetentionDays=vault.max_retention_days
            ),
        )

    def update(self, keys: Model, want: Model) -> None:
        vault = self.moto.vaults[keys["BackupVaultName"]]
        self._lock(vault.backup_vault_name, want)
        retag(self.moto, vault.backup_vault_arn, want.get("BackupVaultTags", {}))

    def _lock(self, name: str, want: Model) -> None:
        lock = want.get("LockConfiguration")
        if lock is None:
            self.moto.delete_backup_vault_lock_configuration(name)
            return
        days = (lock.get(f"{which}Days") for which in ("MinRetention", "MaxRetention", "ChangeableFor"))
        self.moto.put_backup_vault_lock_configuration(name, *days)

    def delete(self, keys: Model) -> None:
        retag(self.moto, self.moto.vaults[keys["BackupVaultName"]].backup_vault_arn, {})
        self.moto.delete_backup_vault(keys["BackupVaultName"])

    def every(self, of: Model) -> Iterator[Model]:
        yield from ({"BackupVaultName": name} for name in self.moto.vaults)


ADAPTERS = {"AWS::Backup::BackupVault": BackupVault}
