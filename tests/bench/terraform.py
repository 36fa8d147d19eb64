"""A plan of the same data by orch and by Terraform: text in, plan file out, nothing to change.

The workload: ``terraform_data`` of 3 KB in 30 attributes, in 10 layers, two references each; on our side the same bodies on the
in-memory cloud. Both are whole processes; ours without the time that it takes to fill its cloud and ledger. Terraform's state
is written by hand, as applying it would take longer than all else here. Needs no provider to be downloaded.
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from provisioner.model.environment import Environment
from provisioner.model.stack import Stack
from tests.bench.measure import Result, Sample, child, command, in_turn, of_extra
from tests.bench.stacks import PLACE, Ground, layered, needed_by, words

SIZE = 3000
_PROVIDER = 'provider["terraform.io/builtin/terraform"]'


def noop(quick: bool, sizes: tuple[tuple[int, int], ...] = ()) -> Iterator[Result]:
    """``planner.terraform``: no results where there is no terraform on PATH."""
    found = shutil.which("terraform")
    if not found:
        print("planner.terraform: left out, there is no terraform on PATH")
        return
    for n, runs in sizes or (((1000, 1),) if quick else ((1000, 3), (5000, 1))):
        with TemporaryDirectory(prefix="orch-bench-") as folder:
            write(Path(folder), n)
            ours, theirs = in_turn(runs, partial(_ours, n), partial(_theirs, found, Path(folder)))
        extra = {
            "in_process_s": of_extra(ours, "in_process_s"),
            "against_peak_mb": round(max(sample.peak_mb or 0 for sample in theirs), 1),
            "bytes_each": SIZE,
        }
        yield Result("planner.terraform", n, ours, theirs, f"terraform {_version(found)} plan", extra)


def _version(terraform: str) -> str:
    said: str = command(terraform, "version", "-json").extra["said"]
    found: str = json.JSONDecoder().raw_decode(said[said.index("{") :])[0]["terraform_version"]
    return found


def _theirs(terraform: str, folder: Path) -> Sample:
    run = command(
        terraform, "plan", "-input=false", "-no-color", "-detailed-exitcode", "-lock=false", "-out=plan", folder=folder
    )  # exit 2, changes, is refused: the workload would not be what it says
    return Sample(run.seconds, run.peak_mb)


def write(folder: Path, n: int) -> None:
    """A configuration and the state as it is after applying it."""
    identities = [str(uuid.UUID(int=index + 1)) for index in range(n)]
    wanted: dict[str, Any] = {}
    state = []
    for index in range(n):
        links = {f"link{at}": other for at, other in enumerate(needed_by(index, n))}
        texts = words(index, SIZE)
        wanted[f"r{index}"] = {
            "input": {**texts, **{name: f"${{terraform_data.r{other}.id}}" for name, other in links.items()}}
        }
        values = {**texts, **{name: identities[other] for name, other in links.items()}}
        state.append(_instance(index, identities[index], values, list(links.values())))
    (folder / "main.tf.json").write_text(json.dumps({"resource": {"terraform_data": wanted}}))
    head = {"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": str(uuid.UUID(int=1)), "outputs": {}}
    (folder / "terraform.tfstate").write_text(json.dumps({**head, "resources": state, "check_results": None}))


def _instance(index: int, identity: str, values: dict[str, str], needs: list[int]) -> dict[str, Any]:
    typed = {"value": values, "type": ["object", dict.fromkeys(values, "string")]}
    attributes = {"id": identity, "input": typed, "output": typed, "triggers_replace": None}
    instance = {"schema_version": 0, "attributes": attributes, "sensitive_attributes": []}
    instance["dependencies"] = [f"terraform_data.r{need}" for need in needs]
    return {
        "mode": "managed", "type": "terraform_data", "name": f"r{index}", "provider": _PROVIDER, "instances": [instance],
    }  # fmt: skip


def _ours(n: int) -> Sample:
    with TemporaryDirectory(prefix="orch-bench-") as folder:
        run = child(prepared, folder, n)
    return Sample(run.extra["whole_s"], run.peak_mb, {"in_process_s": run.seconds})


def prepared(folder: str, n: str) -> Callable[[], None]:
    """A plan file from a blueprint's text: rendered, checked, read, compared, written."""
    from provisioner import blueprint
    from provisioner.state import container

    stack = layered(int(n), SIZE)
    ground = Ground(folder)
    ground.settle(stack)
    _write_blueprint(Path(folder), stack)
    registry = ground.registry()

    def work() -> None:
        loaded = blueprint.load(
            Path(folder),
            environment=Environment("dev", (PLACE,)),
            parameters={},
            params_file=None,
            environ={},
            resource_type=registry.resource_type,
            cloud_of=registry.cloud_of,
        )
        file = container.pack(ground.engine().plan(loaded))
        container.write(file, Path(folder) / "plan.orch")
        assert file.plan.empty and len(file.plan.changes) == int(n)

    return work


def _write_blueprint(folder: Path, stack: Stack) -> None:
    lines = [f"stack: {stack.name}", "resources:"]
    for want in stack.resources:
        lines += [f"  {want.address}:", f"    type: {want.type}", "    properties:", f"      Cidr: {want.body['Cidr']}"]
        lines.append("      Data:")
        for key, value in want.body["Data"].items():
            text = f'{{{{ ref("{value.address}").Id }}}}' if key.startswith("link") else json.dumps(value)
            lines.append(f"        {key}: {text}")
    (folder / "blueprint.yaml.j2").write_text("\n".join(lines) + "\n")
