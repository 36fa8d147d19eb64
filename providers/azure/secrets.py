"""Key Vault as a secret store. Entry point ``orch.secrets``. It must not keep a value.

Two reads of its data plane, through the same pipeline as ARM's: Microsoft's own client for it would bring nothing but a package.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from providers.azure.client import Call, Clients
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.place import Place

_API = "7.4"
_KIND = "Microsoft.KeyVault/vaults/secrets"
_NAME = re.compile(r"(?P<vault>[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9])/(?P<secret>[A-Za-z0-9-]{1,127})")


class KeyVault:
    """``azurekeyvault://PLACE/VAULT/NAME``."""

    cloud: ClassVar[str] = "azure"
    example: ClassVar[str] = "azurekeyvault://azure/my-vault/db"

    def __init__(self) -> None:
        self._vaults: dict[str, Clients] = {}
        self._lock = threading.Lock()

    def version(self, place: Place, name: str) -> str:
        """The newest version, as the list of them says. Where two are of one second, which of them it is only the secret itself
        tells."""
        newest = sorted(self._versions(place, name), key=_created, reverse=True)
        if not newest:
            raise self._refused(place, Fault.NOT_FOUND, f"{name} has no version")
        if len(newest) > 1 and _created(newest[0]) == _created(newest[1]):
            newest = [self._get(place, name, "")]
        return str(newest[0]["id"]).rstrip("/").rpartition("/")[2]

    def value(self, place: Place, name: str, version: str) -> str:
        """The text of one version."""
        return str(self._get(place, name, version)["value"])

    def _versions(self, place: Place, name: str) -> Iterator[Mapping[str, Any]]:
        page = self._get(place, name, "versions")
        while True:
            yield from page.get("value") or ()
            if not (following := page.get("nextLink")):
                return
            page = self._send(place, name, str(following))

    def _get(self, place: Place, name: str, what: str) -> Mapping[str, Any]:
        vault, secret = self._parts(place, name)
        inside = f"/keyvault/{vault}" if place.endpoint else ""  # a sandbox has one address for everything
        return self._send(place, name, f"{inside}/secrets/{secret}/{what}")

    def _send(self, place: Place, name: str, target: str) -> Mapping[str, Any]:
        vault, _ = self._parts(place, name)
        with self._lock:
            clients = self._vaults.setdefault(
                vault, Clients(f"https://{vault}.vault.azure.net", "https://vault.azure.net")
            )
        body: Mapping[str, Any] = clients.send(Call(place, _KIND, "GET", target, api_version=_API)).body
        return body

    def _parts(self, place: Place, name: str) -> tuple[str, str]:
        found = _NAME.fullmatch(name)
        if not found:
            raise self._refused(place, Fault.INVALID, f"{name!r} is not VAULT/NAME, the names of a vault and a secret")
        return found["vault"].lower(), found["secret"]

    def _refused(self, place: Place, fault: Fault, message: str) -> ProviderError:
        return ProviderError(fault, message, cloud=self.cloud, service="Microsoft.KeyVault", region=place.region)


def _created(version: Mapping[str, Any]) -> int:
    return int((version.get("attributes") or {}).get("created", 0))
