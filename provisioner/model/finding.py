"""Policy results: what a rule found, and what it cannot judge before a value is known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from provisioner.model.source import Source
from provisioner.model.value import Path


class Level(StrEnum):
    """What a finding means for an apply."""

    ADVISORY = "advisory"
    MANDATORY = "mandatory"


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that is not kept by one change."""

    rule: str
    level: Level
    severity: str  # low, medium, high, critical
    address: str
    message: str
    remediation: str = ""
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Obligation:
    """A rule that reads a value known only after apply; judged again right before the step."""

    rule: str
    address: str
    paths: tuple[Path, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """All results of a plan. ``refused`` where a mandatory rule is broken."""

    findings: tuple[Finding, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    packs: tuple[str, ...] = ()
    rules: int = 0

    @property
    def refused(self) -> bool:
        """Whether an apply must not start."""
        return any(finding.level is Level.MANDATORY for finding in self.findings)
