"""Google Cloud through plain google-cloud-compute clients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tests.conformance.case import Call
from tests.conformance.hands.base import Found, Inventory, filled, indexed

_SERVICE = "compute.googleapis.com"
_KINDS = {  # client, what names the object in its methods, whether it lives in a region
    "Network": ("Networks", "network", False),
    "Subnetwork": ("Subnetworks", "subnetwork", True),
    "Firewall": ("Firewalls", "firewall", False),
    "Address": ("Addresses", "address", True),
    "GlobalAddress": ("GlobalAddresses", "address", False),
}
_POLLS = 2000  # more than any operation of a sandbox takes


class Plain:
    """A project and a region."""

    def __init__(self, endpoint: str, account: str, region: str, _types: Iterable[str]) -> None:
        self._endpoint, self._project, self._region = endpoint, account, region
        self._made: dict[str, Any] = {}

    def inventory(self) -> Inventory:
        return indexed([found for name in _KINDS for found in self._listed(name)])

    def _listed(self, name: str) -> Iterator[Found]:
        client, _, regional = _KINDS[name]
        where = {"project": self._project, **({"region": self._region} if regional else {})}
        for item in self._client(client).list(**where):
            body = type(item).to_dict(item)
            identity = "projects/" + item.self_link.partition("/projects/")[2]
            yield Found(f"{_SERVICE}/{name}", identity, str(item.id), dict(body.get("labels") or {}), body)

    def meddle(self, call: Call, found: Found) -> None:
        self._finish(call.target, found, filled(call.arguments, lambda name: found.body[name]))

    def remove(self, found: Found) -> None:
        self._finish("delete_unary", found, {})

    def lacks(self, call: Call) -> bool:
        from google.api_core.exceptions import GoogleAPICallError, MethodNotImplemented, NotFound

        client, _, method = call.target.partition(".")
        try:
            getattr(self._client(client), method)(project=self._project, **call.arguments)
        except MethodNotImplemented:
            return True
        except GoogleAPICallError as error:
            return isinstance(error, NotFound) and "requested URL" in str(error)
        return False

    def _finish(self, method: str, found: Found, arguments: dict[str, Any]) -> None:
        """One call and the polls of its operation."""
        name, parameter, regional = _KINDS[found.type.rpartition("/")[2]]
        where = {"project": self._project, **({"region": self._region} if regional else {})}
        resource = "resource" if method.startswith("set_labels") else parameter
        sent = getattr(self._client(name), method)(**where, **{resource: found.body["name"]}, **arguments)
        polls = self._client("RegionOperations" if regional else "GlobalOperations")
        for _ in range(_POLLS):
            operation = polls.get(**where, operation=sent.name)
            if operation.status.name == "DONE":
                assert not operation.error.errors, operation.error
                return
        raise AssertionError(f"{method} of {found.identity} does not end")

    def _client(self, name: str) -> Any:
        from google.api_core.client_options import ClientOptions
        from google.auth.credentials import AnonymousCredentials
        from google.cloud import compute_v1

        if name not in self._made:
            options = ClientOptions(api_endpoint=self._endpoint)
            made = getattr(compute_v1, f"{name}Client")(client_options=options, credentials=AnonymousCredentials())
            self._made[name] = made
        return self._made[name]
