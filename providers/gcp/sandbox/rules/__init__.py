"""What the service does beyond its discovery document, type by type: checks, defaults, computed fields.

A type without an entry here gets what all types get. Must not answer requests or change state.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from providers.gcp.sandbox.rules.base import Rules


@functools.cache
def _by_schema() -> Mapping[str, Rules]:
    from providers.gcp.sandbox.rules import address, firewall, network, subnetwork

    return {
        "Address": address.AddressRules(),
        "Firewall": firewall.FirewallRules(),
        "Network": network.NetworkRules(),
        "Subnetwork": subnetwork.SubnetworkRules(),
    }


def rules_of(schema_id: str) -> Rules:
    """The rules of the types that share a schema (regional and global addresses do)."""
    return _by_schema().get(schema_id) or Rules()
