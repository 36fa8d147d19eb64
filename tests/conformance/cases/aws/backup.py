"""Cases of AWS Backup."""

from __future__ import annotations

from tests.conformance.case import Behind, Call, Case, Entry

CASES = (
    Case(
        Entry(
            "subject",
            "AWS::Backup::BackupVault",
            {
                "BackupVaultName": "nightly",
                "BackupVaultTags": {"team": "a"},
                "LockConfiguration": {"MinRetentionDays": 7},
            },
        ),
        updates=(
            {"LockConfiguration": {"MinRetentionDays": 9, "MaxRetentionDays": 90}},
            {"BackupVaultTags": {"team": "b", "stage": "test"}},
        ),
        replaces=({"BackupVaultName": "weekly"},),
        behind=Behind(
            "LockConfiguration.MinRetentionDays",
            Call(
                "backup.put_backup_vault_lock_configuration",
                {"BackupVaultName": "{BackupVaultName}", "MinRetentionDays": 3},
            ),
        ),
    ),
)
