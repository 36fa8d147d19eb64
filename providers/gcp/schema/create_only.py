"""What the discovery document says only in prose: which properties can be set at creation alone.

Each entry quotes the words that it rests on and where they stand, and a test looks them up. Must not read anything: it
is a table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kept:
    """Top-level ``properties`` and the ``words`` about them.

    source: ``networks.patch`` (a method's description) or ``Subnetwork.network`` (a property's), where the words stand
    literally; or the address of a page of the published documentation that says so in its own words, where the
    discovery document is silent or behind.
    """

    properties: tuple[str, ...]
    words: str
    source: str


_PATCH_TIER = "Currently, you can only patch the network_tier field"
_ONLY_AT_CREATION = "This field can be set only at resource creation time"
_FIXED_ONCE = "Once the value is set, it cannot be changed"
_FIXED_NAME = "This name must be set on creation and cannot be changed"
_FIREWALL_PAGE = "https://cloud.google.com/firewall/docs/using-firewalls#modify_firewall_rules"

CREATE_ONLY: Mapping[str, tuple[Kept, ...]] = {
    "firewalls": (
        Kept(("network", "direction"), "a rule's name, network and direction cannot be modified", _FIREWALL_PAGE),
    ),
    "subnetworks": (
        Kept(("network",), _ONLY_AT_CREATION, "Subnetwork.network"),
        Kept(("description",), _ONLY_AT_CREATION, "Subnetwork.description"),
        # It can grow, through a method of its own: the provider puts that condition before this one.
        Kept(("ipCidrRange",), "This field is set at resource creation time", "Subnetwork.ipCidrRange"),
        Kept(("ipv6AccessType",), "It's immutable", "Subnetwork.ipv6AccessType"),
        Kept(
            ("purpose", "ipCollection", "reservedInternalRange", "externalIpv6Prefix", "internalIpv6Prefix"),
            "Only certain fields can be updated with a patch request as indicated in the field descriptions",
            "subnetworks.patch",  # and these fields' descriptions indicate none
        ),
    ),
    "firewallPolicies": (Kept(("shortName", "displayName"), _FIXED_NAME, "FirewallPolicy.shortName"),),
    "organizationSecurityPolicies": (Kept(("type",), _ONLY_AT_CREATION, "SecurityPolicy.type"),),
    "regionSecurityPolicies": (Kept(("type",), _ONLY_AT_CREATION, "SecurityPolicy.type"),),
    "securityPolicies": (Kept(("type",), _ONLY_AT_CREATION, "SecurityPolicy.type"),),
    "interconnectAttachments": (
        Kept(("encryption",), "Can only be specified at attachment creation", "InterconnectAttachment.encryption"),
    ),
    "globalPublicDelegatedPrefixes": (Kept(("purpose",), _FIXED_ONCE, "PublicDelegatedPrefix.purpose"),),
    "publicDelegatedPrefixes": (Kept(("purpose",), _FIXED_ONCE, "PublicDelegatedPrefix.purpose"),),
}
"""By collection: properties that only an insert sets."""

CHANGEABLE: Mapping[str, tuple[Kept, ...]] = {
    "networks": (
        Kept(("routingConfig",), "Only routingConfig can be modified", "networks.patch"),
        Kept(
            ("mtu",),
            "a network's MTU is changed with networks.patch",
            "https://cloud.google.com/vpc/docs/change-mtu-vpc-network",
        ),
        Kept(
            ("networkFirewallPolicyEnforcementOrder",),
            "the enforcement order of an existing network is changed with networks.patch",
            "https://cloud.google.com/firewall/docs/use-network-firewall-policies",
        ),
        Kept(
            ("enableUlaInternalIpv6", "internalIpv6Range"),
            "internal IPv6 ranges are assigned to an existing network by an update",
            "https://cloud.google.com/vpc/docs/create-modify-vpc-networks",
        ),
    ),
    "forwardingRules": (
        Kept(("networkTier",), _PATCH_TIER, "forwardingRules.patch"),
        Kept(
            ("allowGlobalAccess",),
            "for INTERNAL_MANAGED forwarding rules, this field cannot be changed after the forwarding rule is created",
            "ForwardingRule.allowGlobalAccess",
        ),
    ),
    "globalForwardingRules": (Kept(("networkTier",), _PATCH_TIER, "globalForwardingRules.patch"),),
    "images": (
        Kept(
            ("family", "description"),  # the status is set by images.deprecate
            "Only the following fields can be modified: family, description, deprecation status",
            "images.patch",
        ),
    ),
    "storagePools": (
        Kept(
            ("poolProvisionedCapacityGb", "poolProvisionedIops", "poolProvisionedThroughput"),
            "Only the following fields can be modified: pool_provisioned_capacity_gb, pool_provisioned_iops and "
            "pool_provisioned_throughput",
            "storagePools.update",
        ),
    ),
}
"""By collection: the only properties that patch or update changes, so that all others are create-only. What a ``set…``
method changes is not listed."""
