"""Secrets Manager and the Parameter Store of Systems Manager as secret stores. Entry points ``orch.secrets``.

They must not keep a value; their clients are as those of all other calls.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, ClassVar

from providers.aws.client import Clients
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.place import Place


class _Store:
    cloud: ClassVar[str] = "aws"
    service: ClassVar[str]

    def __init__(self) -> None:
        self._clients = Clients()

    def _ask(self, place: Place, operation: str, **parameters: Any) -> Mapping[str, Any]:
        return self._clients.send(place, self.service, operation, parameters).body

    def _absent(self, place: Place, operation: str, message: str) -> ProviderError:
        return ProviderError(
            Fault.NOT_FOUND,
            message,
            cloud=self.cloud,
            service=self.service,
            operation=operation,
            region=place.region,
        )


class SecretsManager(_Store):
    """``awssecrets://PLACE/NAME``: a name, path or ARN. A binary secret is its text, or base64 where it is none."""

    service = "secretsmanager"
    example: ClassVar[str] = "awssecrets://aws/app/db"

    def version(self, place: Place, name: str) -> str:
        """The id of the version with the stage AWSCURRENT."""
        stages = self._ask(place, "DescribeSecret", SecretId=name).get("VersionIdsToStages") or {}
        for version, labels in stages.items():
            if "AWSCURRENT" in labels:
                return str(version)
        raise self._absent(place, "DescribeSecret", f"{name} has no current version")

    def value(self, place: Place, name: str, version: str) -> str:
        """What ``GetSecretValue`` has for that version id."""
        found = self._ask(place, "GetSecretValue", SecretId=name, VersionId=version)
        if "SecretString" in found:
            return str(found["SecretString"])
        return _decoded(found.get("SecretBinary", b""))


class ParameterStore(_Store):
    """``awsssm://PLACE/PATH``. A path of several parts is given its leading slash, which all such have; ``db`` is one without."""

    service = "ssm"
    example: ClassVar[str] = "awsssm://aws/app/db"

    def version(self, place: Place, name: str) -> str:
        """The number of the parameter's newest version; asked without decryption."""
        return str(self._ask(place, "GetParameter", Name=_path(name))["Parameter"]["Version"])

    def value(self, place: Place, name: str, version: str) -> str:
        """The parameter as that version has it, decrypted."""
        found = self._ask(place, "GetParameter", Name=f"{_path(name)}:{version}", WithDecryption=True)
        return str(found["Parameter"]["Value"])


def _path(name: str) -> str:
    return f"/{name}" if "/" in name and not name.startswith(("/", "arn:")) else name


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return base64.b64encode(data).decode()
