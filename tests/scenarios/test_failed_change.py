"""A change whose operation failed in the cloud leaves the object marked as failed: a rollback has to send it anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner.applier.partly import PartlyAppliedError
from tests.sandboxes import Rule, faults
from tests.stacks import Stacks

NETWORK = """\
rg: {type: Microsoft.Resources/resourceGroups, name: g}
vn: {type: Microsoft.Network/virtualNetworks, scope: {{ ref("rg") }}, name: vn, properties: {addressSpace: {addressPrefixes: [10.0.0.0/16]}}}
"""
SUBNET = """\
sn: {type: Microsoft.Network/virtualNetworks/subnets, parent: {{ ref("vn") }}, name: sn, timeout: 2s,
     properties: {addressPrefix: 10.0.%s.0/24}}
"""


@pytest.mark.parametrize(("after", "fails"), [(SUBNET % 2, "subnets.put"), ("", "subnets.delete")])
def test_after_its_rollback_nothing_is_left_to_do(
    tmp_path: Path, fresh_azure: str, monkeypatch: pytest.MonkeyPatch, after: str, fails: str
) -> None:
    stacks = Stacks(tmp_path, {"azure": fresh_azure}, monkeypatch)
    stacks.apply("s", NETWORK + SUBNET % 1)
    faults(fresh_azure, Rule("fail", fails, times=-1))
    with pytest.raises(PartlyAppliedError) as caught:
        stacks.apply("s", NETWORK + after)
    faults(fresh_azure)
    stacks.project.rollback(caught.value.report.run.id)
    assert stacks.plan("s", NETWORK + SUBNET % 1).plan.empty
