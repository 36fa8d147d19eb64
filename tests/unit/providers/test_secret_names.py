"""What a type's own words say is secret is masked on every cloud, and nothing is that only sounds so."""

from __future__ import annotations

import pytest

from provisioner.registry import Registry


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("AWS::RDS::DBInstance", ("MasterUserPassword",)),
        ("AWS::SecretsManager::Secret", ("SecretString",)),
        ("Microsoft.Compute/virtualMachines", ("properties", "osProfile", "adminPassword")),
        ("Microsoft.Sql/servers", ("properties", "administratorLoginPassword")),
        ("compute.googleapis.com/VpnTunnel", ("sharedSecret",)),
        ("compute.googleapis.com/SslCertificate", ("privateKey",)),
    ],
)
def test_a_secret_is_known_by_its_name(name: str, path: tuple[str, ...]) -> None:
    assert path in Registry().resource_type(name).sensitive


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("AWS::SecretsManager::Secret", ("GenerateSecretString",)),
        ("AWS::RDS::DBInstance", ("ManageMasterUserPassword",)),
        ("AWS::IAM::User", ("LoginProfile",)),
    ],
)
def test_what_only_sounds_secret_is_shown(name: str, path: tuple[str, ...]) -> None:
    assert path not in Registry().resource_type(name).sensitive
