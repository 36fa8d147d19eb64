"""What ARM is sure to refuse though its schemas take it, by type; tags of all types that have any. No request is sent here.

Must hold no rule itself: each has its place in a module beside this one, with the page that says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from providers.azure.kinds import Kind
from providers.azure.refusals import network, security, tags
from providers.kit.refusals import Rule, refusals
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource

_NS = "Microsoft.Network/"

RULES: Mapping[str, tuple[Rule, ...]] = {
    f"{_NS}networkSecurityGroups": (security.group,),
    f"{_NS}networkSecurityGroups/securityRules": (security.rule,),
    f"{_NS}publicIPAddresses": (network.address,),
    f"{_NS}virtualNetworks": (network.ranges,),
    f"{_NS}virtualNetworks/subnets": (network.subnet,),
}


def refused(want: Resource, kind: Kind) -> Iterator[Problem]:
    """What is wrong with an entry."""
    yield from refusals(want, ((tags.refused,) if kind.taggable else ()) + RULES.get(want.type.partition("@")[0], ()))
