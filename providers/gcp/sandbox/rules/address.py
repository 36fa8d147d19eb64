"""Addresses, regional and global: which kinds there are, and which address each gets. Must not know how requests come in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_address, ip_network
from itertools import islice
from typing import Any

from providers.gcp.sandbox.errors import ApiError, invalid, not_found, required
from providers.gcp.sandbox.kinds import kinds
from providers.gcp.sandbox.links import full, key_of
from providers.gcp.sandbox.rules.base import Rules, Scene, check_link
from providers.gcp.sandbox.state import Record, State

# What is handed out: ranges for documentation and benchmarks, which belong to nobody.
_EXTERNAL = {"IPV4": "198.18.128.0/17", "IPV6": "2001:db8::/32"}
_PEERING = "10.64.0.0/10"


class AddressRules(Rules):
    """Reserved addresses: external, internal in a subnetwork, global internal ranges."""

    def create(self, body: dict[str, Any], scene: Scene) -> None:
        for name in ("network", "subnetwork"):
            check_link(body, name)
        body.setdefault("description", "")
        if body.get("addressType", "UNSPECIFIED_TYPE") == "UNSPECIFIED_TYPE":
            body["addressType"] = "INTERNAL" if "subnetwork" in body else "EXTERNAL"
        body.setdefault("networkTier", "PREMIUM")
        if body["addressType"] == "EXTERNAL":
            _external(body, scene)
        elif scene.region:
            _internal(body, scene)
        else:
            _internal_range(body, scene)

    def view(self, record: Record, state: State) -> Mapping[str, Any]:
        users = [full(key) for key in state.users(record.key) if state.objects[key].visible]
        return {"users": users, "status": "IN_USE"} if users else {}


def _external(body: dict[str, Any], scene: Scene) -> None:
    for name in ("subnetwork", "network", "purpose", "prefixLength"):
        if name in body and not (name == "subnetwork" and body.get("ipVersion") == "IPV6"):
            raise invalid(f"resource.{name}", body[name], "Can only be specified for INTERNAL addresses.")
    if not scene.region and body["networkTier"] != "PREMIUM":
        raise invalid("resource.networkTier", body["networkTier"], "Global addresses are always PREMIUM.")
    if "address" in body:
        where = f"in region '{scene.region}'" if scene.region else "globally"
        why = f"The specified external IP address '{body['address']}' was not found {where}."
        raise invalid("resource.address", body["address"], why)
    version = body.get("ipVersion", "IPV4")
    if not scene.region:
        body["ipVersion"] = version if version in _EXTERNAL else "IPV4"
    pool = ip_network(_EXTERNAL.get(version, _EXTERNAL["IPV4"]))
    candidates = (str(host) for host in islice(pool.hosts(), 1, None))
    body["address"] = _first_free(candidates, _taken(scene, ""), str(pool))


def _internal(body: dict[str, Any], scene: Scene) -> None:
    body.setdefault("purpose", "GCE_ENDPOINT")
    if "subnetwork" not in body:
        if body["purpose"] != "IPSEC_INTERCONNECT" and "networkAttachment" not in body:
            raise required("resource.subnetwork")
        return
    key = key_of(body["subnetwork"], scene.project) or ""
    subnetwork = scene.state.objects.get(key)
    if subnetwork is None:
        raise not_found(key)
    if "ipCidrRange" not in subnetwork.body:
        raise invalid("resource.subnetwork", body["subnetwork"], "The subnetwork has no IPv4 range.")
    pool = ip_network(subnetwork.body["ipCidrRange"])
    taken = _taken(scene, body["subnetwork"])
    if "address" in body:
        _check_inside(body["address"], pool, taken)
        return
    # The first two and the last two of a subnetwork are the service's own.
    hosts = (str(pool[number]) for number in range(2, pool.num_addresses - 2))
    body["address"] = _first_free(hosts, taken, str(pool))


def _check_inside(text: str, pool: Any, taken: set[str]) -> None:
    try:
        inside = ip_address(text) in pool
    except ValueError as error:
        raise invalid("resource.address", text, "Must be an IP address.") from error
    if not inside:
        raise invalid("resource.address", text, f"The address is not within the subnetwork's range '{pool}'.")
    if text in taken:
        message = f"IP '{text}' is already being used by another resource."
        raise ApiError(400, "ipInUseByAnotherResource", message)


def _internal_range(body: dict[str, Any], scene: Scene) -> None:
    if "purpose" not in body:
        raise required("resource.purpose")
    if "network" not in body:
        raise required("resource.network")
    if "address" in body:
        _check_block(body)
        return
    if body["purpose"] != "VPC_PEERING":
        raise required("resource.address")
    if not 8 <= body.get("prefixLength", 0) <= 30:
        raise invalid("resource.prefixLength", body.get("prefixLength", ""), "Must be between 8 and 30.")
    taken = [
        ip_network(f"{held['address']}/{held['prefixLength']}" if "prefixLength" in held else held["address"])
        for held in _held(scene, body["network"])
    ]
    blocks = ip_network(_PEERING).subnets(new_prefix=max(body["prefixLength"], 10))
    free = next((block for block in blocks if not any(block.overlaps(other) for other in taken)), None)
    if free is None:
        raise _exhausted(_PEERING)
    body["address"] = str(free.network_address)


def _check_block(body: Mapping[str, Any]) -> None:
    try:
        ip_network(f"{body['address']}/{body['prefixLength']}" if "prefixLength" in body else body["address"])
    except ValueError as error:
        why = "Must be the first address of a range of that length."
        raise invalid("resource.address", body["address"], why) from error


def _held(scene: Scene, network: str) -> list[Mapping[str, Any]]:
    records = scene.state.of_kind([kinds()["globalAddresses"]], scene.project)
    return [record.body for record in records if record.body.get("network") == network]


def _taken(scene: Scene, subnetwork: str) -> set[str]:
    """Addresses already given: in a subnetwork, or (with none) externally, in all projects."""
    return {
        record.body["address"]
        for record in scene.state.objects.values()
        if record.kind.cloud["schema_id"] == "Address"
        and record.body.get("subnetwork", "") == subnetwork
        and "address" in record.body
    }


def _first_free(candidates: Iterable[str], taken: set[str], pool: str) -> str:
    found = next((text for text in candidates if text not in taken), None)
    if found is None:
        raise _exhausted(pool)
    return found


def _exhausted(pool: str) -> ApiError:
    return ApiError(400, "ipSpaceExhausted", f"IP space of '{pool}' is exhausted.")
