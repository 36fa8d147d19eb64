"""Where resources live and as whom we speak there. No secret is ever part of a place."""

from __future__ import annotations

from dataclasses import dataclass, field

from provisioner.model.source import Source
from provisioner.model.value import EMPTY, Map


@dataclass(frozen=True, slots=True)
class Place:
    """A named corner of one cloud.

    name: what the environment calls it · cloud: the provider's name (``aws``, ``azure``, ``gcp``) · account: AWS account,
    Azure subscription or GCP project · region: AWS region, Azure location or GCP region · zone: GCP's default zone ·
    credentials: how to find them (``profile``, ``role_arn``…), never themselves · endpoint: base URL instead of the
    cloud's own, for a sandbox (empty: the real cloud) · default_tags: lie beneath each entry's own tags or labels ·
    visible_within: seconds that new objects may stay invisible there (None: what the type's data says; a sandbox: one) ·
    source: where an environment names it.
    """

    name: str
    cloud: str
    account: str
    region: str = ""
    zone: str = ""
    credentials: Map = EMPTY
    endpoint: str = ""
    default_tags: Map = EMPTY
    visible_within: float | None = None
    source: Source | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose credentials these are, as the cloud itself answers: account as in ``Place``, principal for people."""

    account: str
    principal: str = ""
