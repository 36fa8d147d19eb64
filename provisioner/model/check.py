"""A check: what must hold of an object once it is applied, before anything that needs it starts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from provisioner.model.source import Source
from provisioner.model.value import Value

WITHIN = 60.0
"""Seconds within which a check must pass, where it does not say otherwise."""


class CheckKind(StrEnum):
    """What is asked, and of whom: the cloud about the object, or whoever answers at a place."""

    THAT = "that"  # an expression over the object's live attributes
    TCP = "tcp"  # a connection that is accepted
    HTTP = "http"  # a request that is answered with a status


@dataclass(frozen=True, slots=True)
class Check:
    """target: the expression, ``host:port`` or the URL, with references where a value is known only later · status: that the
    answer to an HTTP request must have · within: seconds from its first try."""

    kind: CheckKind
    target: Value
    within: float = WITHIN
    status: int = 200
    source: Source | None = None


_TCP = re.compile(r"(?:\[([0-9A-Fa-f:.%]+)\]|([^\s:/\[\]@]+)):(\d{1,5})")


class TargetError(ValueError):
    """What a target must be instead."""


def host_and_port(kind: CheckKind, text: str) -> tuple[str, int]:
    """Where a probe connects to; ``TargetError`` where its target names no such place."""
    if kind is CheckKind.TCP:
        found = _TCP.fullmatch(text)
        if not found or not 0 < int(found[3]) < 65536:
            raise TargetError("must be HOST:PORT, such as db.example.com:5432")
        return found[1] or found[2], int(found[3])
    try:
        at = urlsplit(text)
        port = at.port
    except ValueError as error:
        raise TargetError(f"must be a URL ({error})") from None
    if (
        at.scheme not in ("http", "https")
        or not at.hostname
        or not text.isascii()
        or not text.isprintable()
        or " " in text
    ):
        raise TargetError("must be a URL that begins with http:// or https://")
    if at.username is not None:
        raise TargetError("takes no user and password, which every plan and log would show")
    return at.hostname, port or (443 if at.scheme == "https" else 80)
