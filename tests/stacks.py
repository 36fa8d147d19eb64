"""Stacks over the sandboxes, written as a test goes: a project whose blueprints are replaced between plans."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest

from provisioner.applier.applier import Report
from provisioner.model.problem import OrchError
from provisioner.service import PlanFile, Project

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
PLACES = {
    "aws": "{cloud: aws, account: '123456789012', region: us-east-1, endpoint: sandbox}",
    "azure": f"{{cloud: azure, subscription: {SUBSCRIPTION}, location: westeurope, endpoint: sandbox}}",
    "gcp": "{cloud: gcp, project: demo-project, region: europe-west1, endpoint: sandbox}",
}


class Stacks:
    """A project's blueprints by the name of their stack, each over the endpoints that are given."""

    def __init__(self, folder: Path, endpoints: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("provisioner.sandbox.endpoints", lambda _directory: endpoints)
        monkeypatch.chdir(folder)
        self.folder = folder
        self.endpoints = endpoints
        self.places = "places:\n" + "".join(f"  {cloud}: {PLACES[cloud]}\n" for cloud in endpoints)
        self.project = Project.open(folder)

    def write(self, stack: str, text: str) -> Path:
        """The blueprint of a stack: its resources as YAML, outputs behind them; line 1 is ``resources:``."""
        (self.folder / stack / "environments").mkdir(parents=True, exist_ok=True)
        entries, outputs, rest = text.partition("\noutputs:")
        template = (
            f"resources:\n{textwrap.indent(textwrap.dedent(entries.strip(chr(10))), '  ')}\n{outputs.lstrip()}{rest}"
        )
        (self.folder / stack / "blueprint.yaml.j2").write_text(template)
        (self.folder / stack / "environments" / "dev.yaml").write_text(self.places)
        return Path(stack)

    def plan(self, stack: str, text: str = "", **how: Any) -> PlanFile:
        """Plan a stack, with another blueprint where one is given."""
        path = self.write(stack, text) if text else Path(stack)
        return self.project.plan(path, **how)

    def apply(self, stack: str, text: str = "", **how: Any) -> Report:
        """Plan and apply it."""
        return self.project.apply(self.plan(stack, text), **how)

    def refused(self, stack: str, text: str = "", **how: Any) -> str:
        """What is said against planning it: places, messages and hints."""
        with pytest.raises(OrchError) as caught:
            self.plan(stack, text, **how)
        return "\n".join(f"{p.source}: {p.message}: {p.hint}" for p in caught.value.problems)

    def invalid(self, stack: str, text: str) -> str:
        """What `orch validate` says against a blueprint, without any cloud."""
        with pytest.raises(OrchError) as caught:
            self.project.validate(self.write(stack, text))
        return "\n".join(f"{p.source}: {p.message}: {p.hint}" for p in caught.value.problems)

    def changes(self, file: PlanFile) -> dict[str, str]:
        """What a plan does, by address."""
        return {change.address: str(change.action) for change in file.plan.changes if change.action != "no-op"}
