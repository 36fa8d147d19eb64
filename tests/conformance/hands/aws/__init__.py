"""AWS through plain boto3, in modules named after their service (``ec2``, ``ec2_compute``).

Each has ``inventory``, which lists what a user has made of the service's types (those that the case is about, where several types
describe one object), and ``REMOVALS``: by type, the call that deletes an
object, or calls where one is not enough, or a function of clients and object. A call is ``service.method`` of boto3; ``{name}`` in its
arguments is a field of the object's ``body``.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from typing import Any

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients
from tests.conformance.hands.base import Found, Inventory, filled, indexed


class Plain:
    """An account and region, and the services of some types."""

    def __init__(self, endpoint: str, _account: str, region: str, types: Iterable[str]) -> None:
        self._clients = Clients(endpoint, region)
        self._types = frozenset(types)
        services = {name.split("::")[1].lower() for name in self._types}
        names = [found.name for found in pkgutil.iter_modules(__path__) if found.name.partition("_")[0] in services]
        self._modules: list[Any] = [importlib.import_module(f"{__name__}.{name}") for name in names]

    def inventory(self) -> Inventory:
        return indexed([found for each in self._modules for found in each.inventory(self._clients, self._types)])

    def meddle(self, call: Call, found: Found) -> None:
        self._send(call, found)

    def remove(self, found: Found) -> None:
        removals = {kind: removal for each in self._modules for kind, removal in each.REMOVALS.items()}
        removal = removals[found.type]
        if callable(removal):
            removal(self._clients, found)
            return
        for call in (removal,) if isinstance(removal, Call) else removal:
            self._send(call, found)

    def lacks(self, call: Call) -> bool:
        """501 is what the endpoint answers for operations that it does not have."""
        from botocore.exceptions import ClientError

        try:
            self._send(call, None)
        except ClientError as error:
            return bool(error.response["ResponseMetadata"]["HTTPStatusCode"] == 501)
        return False

    def _send(self, call: Call, found: Found | None) -> None:
        service, _, method = call.target.partition(".")
        arguments = filled(call.arguments, lambda name: found.body[name] if found else name)
        getattr(self._clients(service), method)(**arguments)
