"""A name that a blueprint writes in another case than its object has, where the cloud does not mind: one object, found again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stacks import Stacks

GROUP = """
rg: {type: Microsoft.Resources/resourceGroups, name: %s, location: westeurope}
vn:
  type: Microsoft.Network/virtualNetworks
  scope: {{ ref("rg") }}
  name: vn
  properties: {addressSpace: {addressPrefixes: [10.0.0.0/16]}}
"""


@pytest.fixture
def stacks(tmp_path: Path, fresh_azure: str, monkeypatch: pytest.MonkeyPatch) -> Stacks:
    stacks = Stacks(tmp_path, {"azure": fresh_azure}, monkeypatch)
    stacks.apply("s", GROUP % "Foo")
    stacks.write("s", GROUP % "foo")
    assert stacks.plan("s").plan.empty
    return stacks


def test_the_ledger_is_made_anew(stacks: Stacks) -> None:
    had = {row.address: (row.uid, (row.identity or "").casefold()) for row in stacks.project.rows()}
    for path in (stacks.folder / ".orch").glob("state.db*"):
        path.unlink()
    found = stacks.project.holdings.existing(Path("s"), rebuild=True)
    assert found.lineages[0][1] == 2, "each is counted once"
    file = stacks.project.holdings.takeover(found)
    assert not file.plan.proposals
    stacks.project.apply(file, confirmed=True)
    assert {row.address: (row.uid, (row.identity or "").casefold()) for row in stacks.project.rows()} == had
    assert stacks.plan("s").plan.empty


def test_what_was_let_go_is_adopted(stacks: Stacks) -> None:
    for address in ("vn", "rg"):
        stacks.project.apply(stacks.project.holdings.forget(address))
    found = stacks.project.holdings.existing(Path("s"))
    stacks.project.apply(stacks.project.holdings.takeover(found))
    assert len(stacks.project.rows()) == 2
    assert stacks.plan("s").plan.empty
