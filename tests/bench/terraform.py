"""A plan of the same data by orch and by Terraform, text in, plan file out, nothing to change; and an apply of it to nothing.

The workload: ``terraform_data`` of 3 KB in 30 attributes, or of three small ones, in 10 layers, two references each; on our side
the same bodies on the in-memory cloud, once with every entry written out, as Terraform has them, and once in a loop, as a person
would write them. All are whole processes; ours without filling its cloud and ledger, which another process does. Terraform's
state is written by hand, as applying it would take longer than all else here. Needs no provider to be downloaded.
"""

from __future__ import annotations

import json
import pickle
import shutil
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from provisioner import blueprint, collector
from provisioner.model.environment import Environment
from provisioner.model.run import RunStatus
from provisioner.model.stack import Stack
from provisioner.state import container
from tests.bench.measure import Result, Sample, child, command, in_turn, of_extra
from tests.bench.stacks import LAYERS, PLACE, Ground, layered, needed_by, words

LARGE, SMALL = (3000, 100), (60, 20)
"""Bytes of a resource, and of each of its attributes."""
FORMS = ("literal", "loop")
NAMES = ("planner.terraform", "planner.terraform_loop", "planner.terraform_small", "planner.terraform_small_loop")
_PROVIDER = 'provider["terraform.io/builtin/terraform"]'


def noop(quick: bool, sizes: tuple[tuple[int, int], ...] = ()) -> Iterator[Result]:
    """``planner.terraform`` and its variants: no results where there is no terraform on PATH."""
    found = shutil.which("terraform")
    if not found:
        print("planner.terraform: left out, there is no terraform on PATH")
        return
    against = f"terraform {_version(found)} plan"
    for n, runs in sizes or (((100, 3), (1000, 1)) if quick else ((100, 5), (1000, 3), (5000, 1))):
        for (size, each), names in ((LARGE, NAMES[:2]), (SMALL, NAMES[2:])):
            with TemporaryDirectory(prefix="orch-bench-") as folder:
                write(Path(folder), n, size, each)
                mine = Path(folder) / "ours"
                child(filled, mine, n, size, each)
                ours = [partial(child, prepared, mine, form, n) for form in FORMS]
                *samples, theirs = in_turn(runs, *ours, partial(_theirs, found, Path(folder)))
            for name, found_ in zip(names, samples, strict=True):
                yield _result(name, n, found_, theirs, against, size)


def _result(name: str, n: int, ours: list[Sample], theirs: list[Sample], against: str, size: int) -> Result:
    whole = [Sample(run.extra["whole_s"], run.peak_mb, run.extra) for run in ours]
    extra = {key: of_extra(ours, key) for key in ("start_s", "load_s", "plan_s", "pack_s", "blueprint_mb")}
    return Result(name, n, whole, theirs, against, {**extra, **_peak(theirs), "bytes_each": size})


def _peak(theirs: list[Sample]) -> dict[str, float]:
    return {"against_peak_mb": round(max(sample.peak_mb or 0 for sample in theirs), 1)}


def _version(terraform: str) -> str:
    said: str = command(terraform, "version", "-json").extra["said"]
    found: str = json.JSONDecoder().raw_decode(said[said.index("{") :])[0]["terraform_version"]
    return found


def _theirs(terraform: str, folder: Path) -> Sample:
    run = command(
        terraform, "plan", "-input=false", "-no-color", "-detailed-exitcode", "-lock=false", "-out=plan", folder=folder
    )  # exit 2, changes, is refused: the workload would not be what it says
    return Sample(run.seconds, run.peak_mb)


def write(folder: Path, n: int, size: int, each: int) -> None:
    """A configuration and the state as it is after applying it."""
    identities = [str(uuid.UUID(int=index + 1)) for index in range(n)]
    wanted: dict[str, Any] = {}
    state = []
    for index in range(n):
        links = {f"link{at}": other for at, other in enumerate(needed_by(index, n))}
        texts = words(index, size, each)
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


def filled(folder: str, n: str, size: str, each: str) -> Callable[[], None]:
    """Cloud, ledger and blueprint in a folder, as an apply of the blueprint leaves them."""
    place, stack = Path(folder), layered(int(n), int(size), each=int(each))

    def work() -> None:
        place.mkdir()
        ground = Ground(place)
        ground.settle(stack)
        (place / "cloud").write_bytes(pickle.dumps(ground.cloud.objects))
        written(place, stack)
        _write(place / FORMS[1], stack.name, _loop(int(n), words("{{ index }}", int(size), int(each))))

    return work


def prepared(folder: str, form: str, n: str) -> Callable[[], dict[str, float]]:
    """A plan file from a blueprint's text: rendered, checked, read, compared, written."""
    ground = Ground(folder)
    ground.cloud.objects.update(pickle.loads((Path(folder) / "cloud").read_bytes()))
    place = Path(folder) / form

    @collector.off()  # as the service does
    def work() -> dict[str, float]:
        times = [time.perf_counter()]
        stack = _load(place, ground)
        times.append(time.perf_counter())
        plan = ground.engine().plan(stack)
        times.append(time.perf_counter())
        container.write(container.pack(plan), place / "plan.orch")
        times.append(time.perf_counter())
        assert plan.empty and len(plan.changes) == int(n)
        spent = [later - earlier for earlier, later in pairwise(times)]
        size = (place / "blueprint.yaml.j2").stat().st_size / 1e6
        return {**dict(zip(("load_s", "plan_s", "pack_s"), spent, strict=True)), "blueprint_mb": size}

    return work


def _load(place: Path, ground: Ground) -> Stack:
    registry = ground.registry()
    environment = Environment("dev", (PLACE,))
    known = {"resource_type": registry.resource_type, "cloud_of": registry.cloud_of}
    return blueprint.load(place, environment=environment, parameters={}, params_file=None, environ={}, **known)


def applied(quick: bool, sizes: tuple[tuple[int, int], ...] = ()) -> Iterator[Result]:
    """``applier.terraform``: an apply of what does not exist yet, planned by the same process, the state on disk."""
    found = shutil.which("terraform")
    if not found:
        print("applier.terraform: left out, there is no terraform on PATH")
        return
    for n, runs in sizes or (((100, 1),) if quick else ((1000, 3), (5000, 1))):
        with TemporaryDirectory(prefix="orch-bench-") as folder:
            write(Path(folder), n, *LARGE)
            written(Path(folder) / "ours", layered(n, LARGE[0], each=LARGE[1]))
            ours, theirs = in_turn(
                runs, partial(child, from_nothing, Path(folder) / "ours", n), partial(_apply, found, Path(folder))
            )
        whole = [Sample(run.extra["whole_s"], run.peak_mb) for run in ours]
        extra = {**{key: of_extra(ours, key) for key in ("start_s", "load_s", "plan_s", "apply_s")}, **_peak(theirs)}
        yield Result("applier.terraform", n, whole, theirs, f"terraform {_version(found)} apply", extra)


def _apply(terraform: str, folder: Path) -> Sample:
    for state in folder.glob("terraform.tfstate*"):
        state.unlink()
    run = command(terraform, "apply", "-input=false", "-no-color", "-auto-approve", folder=folder)
    return Sample(run.seconds, run.peak_mb)


def from_nothing(folder: str, n: str) -> Callable[[], dict[str, float]]:
    """An apply from a blueprint's text, to a cloud and a ledger that are empty."""
    work_in = TemporaryDirectory(prefix="orch-bench-")
    ground = Ground(work_in.name)

    @collector.off()
    def work() -> dict[str, float]:
        times = [time.perf_counter()]
        stack = _load(Path(folder) / FORMS[0], ground)
        times.append(time.perf_counter())
        file = container.pack(ground.engine().plan(stack))
        times.append(time.perf_counter())
        report = ground.engine().apply(file)
        times.append(time.perf_counter())
        assert report.run.status is RunStatus.DONE and report.done == int(n), report.failures[:3]
        work_in.cleanup()
        return dict(zip(("load_s", "plan_s", "apply_s"), (b - a for a, b in pairwise(times)), strict=True))

    return work


def written(folder: Path, stack: Stack) -> None:
    """The stack as a blueprint with every entry written out."""
    _write(folder / FORMS[0], stack.name, _literal(stack))


def _write(folder: Path, name: str, lines: Iterable[str]) -> None:
    folder.mkdir(parents=True)
    (folder / "blueprint.yaml.j2").write_text("\n".join((f"stack: {name}", "resources:", *lines)) + "\n")


def _literal(stack: Stack) -> Iterator[str]:
    """Every entry written out."""
    for want in stack.resources:
        yield from (f"  {want.address}:", f"    type: {want.type}", "    properties:")
        yield from (f"      Cidr: {want.body['Cidr']}", "      Data:")
        for key, value in want.body["Data"].items():
            text = f'{{{{ ref("{value.address}").Id }}}}' if key.startswith("link") else json.dumps(value)
            yield f"        {key}: {text}"


def _loop(n: int, texts: dict[str, str]) -> Iterator[str]:
    """The same in a loop, with the references computed as ``needed_by`` does."""
    width = -(-n // LAYERS)
    yield from (f"{{% for index in range({n}) %}}", "  r{{ index }}:", "    type: Memory::Network", "    properties:")
    yield from ("      Cidr: 10.0.0.0/16", "      Data:", *(f"        {key}: {text}" for key, text in texts.items()))
    yield f"{{% for at in range((3 if index % 9 < 2 else 2) if index >= {width} else 0) %}}"
    number = f"index - index % {width} - {width} + (index + at) % {width}"
    yield f'        link{{{{ at }}}}: {{{{ ref("r" ~ ({number})).Id }}}}'
    yield from ("{% endfor %}", "{% endfor %}")
