"""Networks. Auto-mode networks are accepted, but get no subnetworks of their own: there is no list of regions to keep here.

Must not know how requests come in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from providers.gcp.sandbox.errors import invalid
from providers.gcp.sandbox.links import full
from providers.gcp.sandbox.rules.base import Rules, Scene
from providers.gcp.sandbox.state import Record, State

_MTU = range(1300, 8897)
_ROUTING = {"routingMode": "REGIONAL", "bgpBestPathSelectionMode": "LEGACY"}


class NetworkRules(Rules):
    """VPC networks; legacy ones can no longer be made."""

    def create(self, body: dict[str, Any], scene: Scene) -> None:
        if "IPv4Range" in body or "autoCreateSubnetworks" not in body:
            given = body.get("IPv4Range", "")
            raise invalid("resource.IPv4Range", given, "Legacy networks are no longer supported; use subnet mode.")
        _settle(body)

    def change(self, before: Mapping[str, Any], after: dict[str, Any], scene: Scene) -> None:
        _settle(after)

    def view(self, record: Record, state: State) -> Mapping[str, Any]:
        users = (state.objects[key] for key in state.users(record.key))
        inside = [full(user.key) for user in users if user.kind.collection == "subnetworks" and user.visible]
        return {"subnetworks": inside} if inside else {}


def _settle(body: dict[str, Any]) -> None:
    body.setdefault("mtu", 1460)
    body["routingConfig"] = _ROUTING | body.get("routingConfig", {})
    body.setdefault("networkFirewallPolicyEnforcementOrder", "AFTER_CLASSIC_FIREWALL")
    if body["mtu"] not in _MTU:
        raise invalid("resource.mtu", body["mtu"], "Must be between 1300 and 8896.")
