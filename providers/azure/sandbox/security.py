"""Security rules as Microsoft.Network judges them, each by itself and all of a group together.

Must not know requests or long operations; it looks at records and refuses.
"""

from __future__ import annotations

import re
from typing import Any

from providers.azure.sandbox.errors import ArmError
from providers.azure.sandbox.world import Record

_NUMBER = re.compile(r"\d+")
_PORTS = re.compile(r"\d+(?:-\d+)?")


def check(rules: list[Record]) -> None:
    """Refuse what the service refuses of the rules of one group."""
    taken: dict[tuple[int, str], Record] = {}
    for rule in rules:
        properties = rule.properties
        priority = properties["priority"]
        if not 100 <= priority <= 4096:
            message = f"Security rule has invalid Priority. Value provided: {priority} Allowed range 100-4096."
            raise ArmError(400, "SecurityRuleInvalidPriority", message)
        _check_ends(properties)
        other = taken.setdefault((priority, properties["direction"]), rule)
        if other is not rule:
            message = (
                f"Security rule {rule.name} conflicts with rule {other.name}. Rules cannot have the same Priority and "
                "Direction."
            )
            raise ArmError(400, "SecurityRuleConflict", message)


def _check_ends(properties: dict[str, Any]) -> None:
    """Both ends of a rule, and the ports of each."""
    for side in ("source", "destination"):
        for names in (("AddressPrefixes", "AddressPrefix", "ApplicationSecurityGroups"), ("PortRanges", "PortRange")):
            words = [f"{side[0].upper()}{side[1:]}{name}" for name in names]
            if not any(properties.get(f"{side}{name}") for name in names):
                message = (
                    f"Required security rule parameters are missing. Security rule must specify {', '.join(words)}."
                )
                raise ArmError(400, "SecurityRuleParameterEmptyOrNull", message)
        for ports in (properties.get(f"{side}PortRange"), *(properties.get(f"{side}PortRanges") or ())):
            ends = [int(part) for part in _NUMBER.findall(ports or "")]
            if ports and ports != "*" and (not _PORTS.fullmatch(ports) or ends != sorted(ends) or ends[-1] > 65535):
                message = (
                    f"Security rule has invalid Port range. Value provided: {ports}. Value should be an integer OR integer "
                    "range with '-' delimiter. Valid range 0-65535."
                )
                raise ArmError(400, "SecurityRuleInvalidPortRange", message)
