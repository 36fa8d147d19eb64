"""Endpoints and engines for the cells, and the table that they add up to: ``build/conformance.json``.

The table is put together by the process that started the tests, from what its workers report, so it is complete however the
work was shared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provisioner.model.place import Place
from provisioner.registry import Registry
from tests.conformance.case import Case
from tests.conformance.cases import CASES
from tests.conformance.cells import CELLS
from tests.conformance.hands import hands_of
from tests.conformance.trial import Trial
from tests.sandboxes import MOOD, calm

TABLE = Path("build/conformance.json")
_ACCOUNTS = {
    "aws": ("123456789012", "us-east-1"),
    "azure": ("00000000-0000-0000-0000-000000000000", "westeurope"),
    "gcp": ("acme-dev", "us-central1"),
}
_CELL = re.compile(r"::test_cell\[(?P<type>.+)-(?P<cell>\w+)\]$")


@pytest.fixture(scope="session")
def registry() -> Registry:
    """The three clouds' providers; their clients are kept for the whole session."""
    from providers.aws.provider import AwsProvider
    from providers.azure.provider import AzureProvider
    from providers.gcp.provider import GcpProvider

    return Registry({"aws": AwsProvider(), "azure": AzureProvider(), "gcp": GcpProvider()})


@pytest.fixture
def place_of(request: pytest.FixtureRequest) -> Callable[[str], Place]:
    """Where a cloud's cells run: its sandbox. Real accounts would come in here and nowhere else."""

    def made(cloud: str) -> Place:
        url = request.getfixturevalue(f"{cloud}_endpoint")
        account, region = _ACCOUNTS[cloud]
        return Place(cloud, cloud, account, region, endpoint=url, visible_within=None if MOOD else 0.0)

    return made


@pytest.fixture
def start(place_of: Callable[[str], Place], registry: Registry, tmp_path: Path) -> Callable[[str, Case], Trial]:
    """Begin a case's trial at its cloud's empty endpoint."""

    def begun(cloud: str, case: Case) -> Trial:
        place = place_of(cloud)
        hands = hands_of(place, calm(place.endpoint), case.types)
        trial = Trial(case, place, registry, hands, tmp_path)
        trial.begin()
        return trial

    return begun


class _Table:
    """The cells as they come in."""

    def __init__(self, root: Path) -> None:
        self._path = root / TABLE
        self._cells: dict[tuple[str, str], str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        found = _CELL.search(report.nodeid)
        if not found:
            return
        key = (found["type"], found["cell"])
        if report.failed:
            self._cells[key] = f"fail: {_reason(report)}"
        elif report.when == "call":
            self._cells[key] = str(dict(report.user_properties).get("cell", "pass"))

    def pytest_sessionfinish(self) -> None:
        cases = [case for cases in CASES.values() for case in cases]
        if {(case.type, cell) for case in cases for cell in CELLS} - set(self._cells):
            return  # a part of the suite says nothing about all of it
        types = {case.type: {cell: self._cells[case.type, cell] for cell in CELLS} for case in cases}
        self._path.parent.mkdir(exist_ok=True)
        self._path.write_text(json.dumps({"format_version": 1, "types": types}, indent=2) + "\n")


def _reason(report: pytest.TestReport) -> str:
    """The first line of what went wrong."""
    crash: Any = getattr(report.longrepr, "reprcrash", None)
    words = str(crash.message if crash else report.longrepr or "").strip().splitlines() or ["unknown"]
    return words[0].removeprefix("AssertionError: ")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Table(config.rootpath), "conformance-table")
