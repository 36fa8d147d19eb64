"""A long deletion that ends in a passing failure is begun again: what its handle says stays the same for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from providers.kit.server import Rule
from provisioner.service import PartlyAppliedError
from tests.sandboxes import faults, requests
from tests.stacks import Stacks

GROUP = "group: {type: Microsoft.Resources/resourceGroups, name: g, location: westeurope}\n"
DELETE = r"DELETE .*/resourceGroups/g$"


@pytest.fixture
def stacks(tmp_path: Path, fresh_azure: str, monkeypatch: pytest.MonkeyPatch, hurried: None) -> Stacks:
    made = Stacks(tmp_path, {"azure": fresh_azure}, monkeypatch)
    made.apply("s", GROUP)
    return made


def deletions(url: str) -> int:
    return sum(entry["method"] == "DELETE" for entry in requests(url))


def test_it_is_begun_again(stacks: Stacks, fresh_azure: str) -> None:
    faults(fresh_azure, Rule("fail", DELETE))
    stacks.apply("s", "{}")
    assert deletions(fresh_azure) == 2 and not stacks.project.rows()


def test_a_resume_begins_it_again_too(stacks: Stacks, fresh_azure: str) -> None:
    faults(fresh_azure, Rule("fail", DELETE, times=-1))
    with pytest.raises(PartlyAppliedError) as caught:
        stacks.apply("s", "{}")
    assert deletions(fresh_azure) > 1
    faults(fresh_azure)
    stacks.project.resume(caught.value.report.run.id)
    assert not stacks.project.rows()
