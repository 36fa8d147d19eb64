"""Secret Manager as a secret store. Entry point ``orch.secrets``. It must not keep a value."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from providers.gcp import faults
from providers.gcp.client import Call, Clients
from provisioner.model.fault import Fault
from provisioner.model.place import Place

_HOST = "https://secretmanager.googleapis.com"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")


class SecretManager:
    """``gcpsecrets://PLACE/NAME``: a secret of the place's project."""

    cloud: ClassVar[str] = "gcp"
    example: ClassVar[str] = "gcpsecrets://gcp/db"

    def __init__(self) -> None:
        self._clients = Clients()

    def version(self, place: Place, name: str) -> str:
        """The number of the newest version."""
        found = self._ask(place, name, "latest", "versions.get")
        return str(found["name"]).rpartition("/")[2]

    def value(self, place: Place, name: str, version: str) -> str:
        """The text of one version; base64 where it is none."""
        payload = self._ask(place, name, f"{version}:access", "versions.access").get("payload") or {}
        encoded = str(payload.get("data", ""))
        try:
            return base64.b64decode(encoded).decode()
        except UnicodeDecodeError:
            return encoded

    def _ask(self, place: Place, name: str, version: str, operation: str) -> Mapping[str, Any]:
        context = faults.Context("secretmanager", operation, place.region)
        if not _NAME.fullmatch(name):
            raise faults.unsent(context, f"{name!r} is no name of a secret", Fault.INVALID)
        path = f"v1/projects/{place.account}/secrets/{name}/versions/{version}"
        return self._clients.send(Call(place, "GET", path, context, host=_HOST)).body
