"""Reports made by hand, in the shape that the renderer asks for."""

from __future__ import annotations

from dataclasses import dataclass

from provisioner.model.fault import Fault
from provisioner.model.finding import Finding
from provisioner.model.problem import Problem
from provisioner.model.run import Run
from provisioner.model.source import Source
from provisioner.model.value import EMPTY, Map


@dataclass(frozen=True)
class FakeFailure:
    """One failure."""

    address: str
    verb: str
    message: str
    fault: Fault | None = None
    code: str = ""
    request_id: str = ""
    cloud: str = ""
    service: str = ""
    operation: str = ""
    region: str = ""
    source: Source | None = None
    hint: str = ""


@dataclass(frozen=True)
class FakeReport:
    """One report."""

    run: Run
    digest: str
    done: int = 0
    total: int = 0
    failures: tuple[FakeFailure, ...] = ()
    begun: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    outputs: Map = EMPTY
    seconds: float = 0.0
    next: tuple[str, ...] = ()
    warnings: tuple[Finding, ...] = ()
    rollback: FakeReport | None = None
    problems: tuple[Problem, ...] = ()
