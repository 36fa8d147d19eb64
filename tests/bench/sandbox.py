"""A project in a folder of its own, over one cloud's sandbox in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from provisioner import sandbox
from provisioner.service import Project
from tests.sandboxes import requests, reset

PLACES = {
    "aws": '{cloud: aws, account: "123456789012", region: us-east-1, endpoint: sandbox}',
    "azure": "{cloud: azure, subscription: 00000000-0000-0000-0000-000000000000, location: westeurope, endpoint: sandbox}",
    "gcp": "{cloud: gcp, project: sandbox, region: europe-west1, zone: europe-west1-b, endpoint: sandbox}",
}


@dataclass(frozen=True, slots=True)
class Site:
    """The project, its blueprint, and the endpoint."""

    project: Project
    blueprint: Path
    url: str

    def empty(self) -> None:
        """As if nothing had ever been applied."""
        reset(self.url)
        for file in self.project.directory.glob(".orch/state.db*"):
            file.unlink()

    def requests(self) -> int:
        """How many the endpoint has had."""
        return len(requests(self.url))

    def counted(self, work: Callable[[], object]) -> int:
        """How many requests some work sends."""
        before = self.requests()
        work()
        return self.requests() - before


@contextmanager
def site(cloud: str, template: str) -> Iterator[Site]:
    """A sandbox that runs until the block ends."""
    with TemporaryDirectory(prefix="orch-bench-") as name:
        folder = Path(name)
        blueprint = folder / "blueprint"
        (blueprint / "environments").mkdir(parents=True)
        (blueprint / "environments" / "sandbox.yaml").write_text(f"places:\n  {cloud}: {PLACES[cloud]}\n")
        (blueprint / "blueprint.yaml.j2").write_text(template)
        project = Project.open(folder)
        try:
            state = sandbox.up(project.sandbox_directory, [cloud])
            yield Site(project, blueprint, state.clouds[cloud].url)
        finally:
            sandbox.down(project.sandbox_directory)
