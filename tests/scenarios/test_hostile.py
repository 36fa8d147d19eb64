"""A whole life on clouds that answer as differently as real ones do (``orch sandbox fault hostile``), one seed after the other.

However the answers fall out: nothing is made twice or left behind, and a plan right after each step of it is empty.
``ORCH_SEEDS=N`` tries N seeds (``make hostile``).
"""

from __future__ import annotations

import os
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from provisioner.applier.partly import PartlyAppliedError
from provisioner.engine import Engine
from provisioner.model.event import Event, EventKind
from provisioner.model.run import RunStatus
from provisioner.service import Project
from tests import listing
from tests.memory_stack import FastClock
from tests.sandboxes import calm, faults, hostile, operations, reset

SEEDS = range(int(os.environ.get("ORCH_SEEDS", "2")))
BLUEPRINT = Path(__file__).parents[2] / "blueprints" / "bootstrap"
SANDBOX = ("00000000-0000-0000-0000-000000000000", "sandbox", "us-east-1")
WIDER: Mapping[str, Any] = {
    "service_port": 8443,
    "tiers": ["web", "app", "data", "tools"],
    "admin_networks": ["192.0.2.0/24", "198.51.100.0/24"],
    "keep_logs_days": 30,
}
OUTPUTS = """\
  access: {{ ref("azure-web").properties.networkSecurityGroup.id }}
  rules: {{ ref("azure-web-access").properties.securityRules }}
  defaults: {{ ref("azure-web-access").properties.defaultSecurityRules }}
  prefixes: {{ ref("azure-inner-access").properties.securityRules }}
  allowed: {{ ref("gcp-own-network").allowed }}
  ingress: {{ ref("aws-web-access").SecurityGroupIngress }}
"""
"""What is said in other words each time: ids of others, lists that somebody has set and such as the cloud alone does."""
_MOST_CALLS = 40  # of a plan of 25 objects in three clouds, most of which are missed by some look


class Life:
    """A project with the example of an environment on three hostile clouds."""

    def __init__(self, folder: Path, urls: Mapping[str, str], seed: int) -> None:
        self.folder, self.urls = folder, urls
        self.blueprint = folder / "bootstrap"
        shutil.copytree(BLUEPRINT, self.blueprint)
        with (self.blueprint / "blueprint.yaml.j2").open("a") as template:
            template.write(OUTPUTS)
        (folder / "orch.yaml").write_text("confirm_destroy: {at_least: 1000}\n")
        for url in urls.values():
            reset(url)
            faults(url, hostile(seed))

    @property
    def project(self) -> Project:
        """A new process."""
        return Project.open(self.folder)

    def apply(self, *, destroy: bool = False, parameters: Mapping[str, Any] | None = None, **more: Any) -> None:
        plan = self.project.plan(
            self.blueprint, environment="sandbox", destroy=destroy, parameters=parameters or {}, **more
        )
        self.project.apply(plan)

    def interrupted(self, parameters: Mapping[str, Any], steps: int) -> None:
        """An apply that is told to stop after some steps, and gone on with."""
        stop, done = threading.Event(), Counter[EventKind]()

        def count(event: Event) -> None:
            done[event.kind] += 1
            if done[EventKind.DONE] >= steps:
                stop.set()

        plan = self.project.plan(self.blueprint, environment="sandbox", parameters=parameters)
        with pytest.raises(PartlyAppliedError):
            self.project.apply(plan, on_event=count, stop=stop)
        self.project.resume()

    def rebuilt(self, parameters: Mapping[str, Any]) -> None:
        """The state is lost, and made anew from what stands."""
        shutil.rmtree(self.folder / ".orch")
        project = self.project
        found = project.holdings.existing(
            self.blueprint, rebuild=True, environment="sandbox", parameters=parameters
        )  # fmt: skip
        assert not found.absent
        taken = project.holdings.takeover(found, {each.want.address for each in found.ready})
        assert project.apply(taken, confirmed=True).run.status is RunStatus.DONE

    def settled(self, parameters: Mapping[str, Any] | None = None) -> Counter[str]:
        """What stands, of which a plan has nothing to say, and says that with few calls."""
        before = sum(len(operations(url)) for url in self.urls.values())
        plan = self.project.plan(self.blueprint, environment="sandbox", parameters=parameters or {}).plan
        calls = sum(len(operations(url)) for url in self.urls.values()) - before
        changed = [(change.address, change.action, change.diff.edits) for change in plan.changes if change.diff]
        assert (changed, plan.drift, plan.proposals, plan.notes) == ([], (), (), ())
        others = [name for name, value in plan.outputs.items() if value != plan.outputs_before[name]]
        assert plan.empty, [(name, plan.outputs_before[name], plan.outputs[name]) for name in others]
        assert calls <= _MOST_CALLS
        return self.standing()

    def standing(self) -> Counter[str]:
        """What really is there."""
        return listing.everything({cloud: calm(url) for cloud, url in self.urls.items()}, *SANDBOX)


@pytest.fixture
def begin(
    tmp_path: Path, aws_endpoint: str, azure_endpoint: str, gcp_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[[int], Life]:
    """A life with a seed. Clocks run fast, so that looking again takes no time."""
    urls = {"aws": aws_endpoint, "azure": azure_endpoint, "gcp": gcp_endpoint}
    monkeypatch.setattr("provisioner.sandbox.endpoints", lambda _directory: urls)
    monkeypatch.setattr("provisioner.sandbox.lagging", lambda _directory: frozenset(urls))
    monkeypatch.setattr("provisioner.service.Engine", partial(Engine, clock=FastClock()))
    return lambda seed: Life(tmp_path, urls, seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_whole_life(begin: Callable[[int], Life], seed: int) -> None:
    life = begin(seed)
    life.apply()
    first = life.settled()
    assert max(Counter({name: count for name, count in first.items() if "address" not in name}).values()) == 1
    life.apply(parameters=WIDER)
    wider = life.settled(WIDER)
    assert wider != first
    life.project.rollback()
    assert life.settled() == first
    life.interrupted(WIDER, steps=2 + seed % 7)
    assert life.settled(WIDER) == wider
    life.rebuilt(WIDER)
    assert life.settled(WIDER) == wider
    life.apply(destroy=True)
    assert not life.standing()


@pytest.mark.parametrize("seed", SEEDS[:: 1 if len(SEEDS) > 2 else 2])
def test_what_was_made_a_moment_ago_is_undone(begin: Callable[[int], Life], seed: int) -> None:
    """A delete that meets nothing has deleted nothing."""
    life = begin(seed)
    life.apply()
    life.project.rollback()
    assert not life.standing()


@pytest.mark.parametrize("seed", SEEDS[:: 1 if len(SEEDS) > 2 else 2])
def test_what_has_just_changed_is_deleted(begin: Callable[[int], Life], seed: int) -> None:
    life = begin(seed)
    life.apply()
    life.apply(parameters=WIDER)
    life.apply(destroy=True, parameters=WIDER)
    assert not life.standing()
