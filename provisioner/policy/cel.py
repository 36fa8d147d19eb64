"""The language of policy rules: variables are maps, two functions of its own; expressions know which paths they read.

Knows nothing of rules, plans or findings.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from provisioner.cel import Expression, ExpressionError, Facts, Function, Language
from provisioner.policy.reads import ROOTS, Read, reads


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled expression and all that it may read."""

    text: str
    reads: tuple[Read, ...]
    expression: Expression

    def holds(self, facts: Facts) -> bool:
        """Evaluate a condition. Anything but true or false is an ``EvaluationError``."""
        return self.expression.holds(facts)

    def value(self, facts: Facts) -> Any:
        """Evaluate to a plain Python value."""
        return self.expression.value(facts)


def facts(values: Mapping[str, Mapping[str, Any]]) -> Facts:
    """Values (plain dicts, lists and scalars) by variable. Every variable is there, an empty map where it was not given."""
    return _language().facts({root: values.get(root, {}) for root in ROOTS})


def compile_condition(text: str, given: Mapping[str, Any] | None = None) -> Program:
    """A program that gives true or false. ``given``: constants, in the expression under that name."""
    program = compile_value(text, given)
    if not program.expression.is_condition:
        raise ExpressionError(f"must be true or false, not {program.expression.kind}")
    return program


def compile_value(text: str, given: Mapping[str, Any] | None = None) -> Program:
    """A program that gives any value."""
    expression = _language().compile(text, given)
    return Program(text, reads(expression.node), expression)


@cache
def _language() -> Language:
    """The one language of all rules, as policies/README.md describes it."""
    own = [Function("covers", ("any", "integer"), covers), Function("world", ("any",), world)]
    return Language(dict.fromkeys(ROOTS, "object"), own)


def covers(ports: object, port: int) -> bool:
    """Whether a port, a range (``20-30``), ``*`` or a list of these includes a port. ``ValueError`` for anything else."""
    if isinstance(ports, (list, tuple)):
        return max([covers(item, port) for item in ports], default=False)  # not any(): a broken item is always an error
    text = str(ports).strip()
    if text in ("*", "all"):
        return True
    found = re.fullmatch(r"(\d+)\s*(?:-\s*(\d+))?", text)
    if not found:
        raise ValueError("not a port or a range of ports")
    return int(found[1]) <= port <= int(found[2] or found[1])


_NAMES_FOR_ALL = {"*", "any", "internet"}  # Azure's
_NAME = re.compile(r"([a-z][a-z0-9._-]*)?")  # of a service tag or a group; empty where no source is given
_PRIVATE_BITS = 7  # the widest private range is fc00::/7


def world(source: object) -> bool:
    """Whether an address range (or a list) takes in the whole internet or a great part of it: wider than a /7.

    Other names than Azure's for everybody (service tags, groups) are not the world. ``ValueError`` for anything else.
    """
    if isinstance(source, (list, tuple)):
        return max([world(item) for item in source], default=False)
    text = source.strip().lower() if isinstance(source, str) else "?"
    if text in _NAMES_FOR_ALL:
        return True
    if _NAME.fullmatch(text):
        return False
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError("not an address range") from None  # without the value, which may be a secret
    return network.prefixlen < _PRIVATE_BITS or ("/" not in text and network.network_address.is_unspecified)
