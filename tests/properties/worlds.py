"""Stacks that change, for properties: two states of one stack on the in-memory cloud, drawn by hypothesis, and what stands in a cloud
told without the ids that it gave.

Every difficulty of those types is in reach: references of several depths, names of the user's own, secrets, create-only properties,
ranges that cannot be used twice, renames, removals, drift.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from provisioner.engine import Engine
from provisioner.model.resource import Options, Resource
from provisioner.model.stack import Stack
from provisioner.model.value import Interpolation, Map, Secret, freeze, thaw
from provisioner.vault import Vault
from tests.memory_stack import Bench, FastClock, entry, ref, stack_of

DEPTH = int(os.environ.get("ORCH_FUZZ", "0"))
"""Examples of each property; 0: few, and the same ones every time."""


def profile(few: int) -> settings:
    """How long a property is tried."""
    return settings(
        max_examples=DEPTH or few, derandomize=not DEPTH, deadline=None, database=None, phases=set(Phase) - {Phase.explain},
        suppress_health_check=list(HealthCheck), print_blob=True,
    )  # fmt: skip


@dataclass(frozen=True)
class World:
    """One stack, before and after a change of its blueprint."""

    before: Stack
    after: Stack

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        printer.text(repr(self))

    def __repr__(self) -> str:
        """Readable where hypothesis shows a counterexample."""

        def lines(stack: Stack) -> str:
            return "".join(
                f"\n    {want.address}: {want.type[8:]} {thaw(want.body)} "
                f"{ {key: value for key in _OPTIONS if (value := getattr(want.options, key)) != getattr(Options(), key)} }"
                for want in stack.resources
            )

        return f"World(\n  before:{lines(self.before)}\n  after:{lines(self.after)}\n)"


_OPTIONS = ("moved_from", "on_replace", "on_remove")
KINDS = st.sampled_from(["Network", "Subnet", "Bucket", "Link", "Machine"])


@st.composite
def worlds(draw: Any, size: int = 6) -> World:
    """Entries that are there or not on either side, each of one kind nearly always."""
    kinds = draw(st.lists(KINDS, min_size=1, max_size=size))
    kinds_after = [draw(KINDS) if draw(st.integers(0, 9)) == 9 else kind for kind in kinds]
    renamed = {
        f"r{n}": f"n{n}" for n in range(len(kinds)) if draw(st.integers(0, 4)) == 4 and kinds[n] == kinds_after[n]
    }
    before = _stack(draw, kinds, {})
    after = _stack(draw, kinds_after, renamed)
    return World(before, after)


def _stack(draw: Any, kinds: list[str], renamed: dict[str, str]) -> Stack:
    entries: list[Resource] = []
    standing: dict[str, list[str]] = {}
    for number, kind in enumerate(kinds):
        if draw(st.integers(0, 5)) == 5:
            continue
        old = f"r{number}"
        address = renamed.get(old, old)
        options: dict[str, Any] = {"moved_from": (old,)} if old in renamed else {}
        options["on_replace"] = draw(st.sampled_from([None, None, None, "create_first", "delete_first"]))
        options["on_remove"] = draw(st.sampled_from(["delete"] * 5 + ["retain"])) if kind == "Bucket" else "delete"
        others = standing if options["on_remove"] == "delete" else {}  # what stays must hold nothing that goes
        entries.append(entry(address, kind, _body(draw, kind, number, others), **options))
        standing.setdefault(kind, []).append(address)
        standing.setdefault("any", []).append(address)
    outputs = {"one": ref(entries[0].address, "Id")} if entries else {}
    return stack_of(*entries, outputs=outputs)


def _body(draw: Any, kind: str, number: int, standing: dict[str, list[str]]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    some = st.integers(0, 2)
    if draw(st.booleans()):
        body["Size"] = draw(some)
    if draw(st.booleans()) and kind != "Link":
        body["Tags"] = draw(st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from(["x", "y"])))
    if draw(st.booleans()):
        body["Rules"] = draw(st.lists(st.sampled_from(["p", "q"]), max_size=2))
    body |= _own(draw, kind, number, standing)
    data = _data(draw, standing.get("any", []), standing.get("Machine", []))
    return {**body, **({"Data": data} if data else {})}


def _own(draw: Any, kind: str, number: int, standing: dict[str, list[str]]) -> dict[str, Any]:
    """What tells this kind from others: that which can only be set at creation."""
    variant = draw(st.sampled_from([0, 0, 0, 1]))
    wide = f"10.{number * 2 + variant}.0.0/24"
    networks, any_one = standing.get("Network", []), standing.get("any", [])
    match kind:
        case "Network":
            return {"Cidr": wide, **({"Dns": draw(st.booleans())} if draw(st.booleans()) else {})}
        case "Subnet":
            return {"Cidr": wide, **({"NetworkId": ref(draw(st.sampled_from(networks)), "Id")} if networks else {})}
        case "Bucket":
            return {"Name": f"data-{number}-{variant}"}
        case "Machine":
            subnets = standing.get("Subnet", [])
            return {"SubnetId": ref(draw(st.sampled_from(subnets)), "Id")} if subnets and draw(st.booleans()) else {}
    start = ref(draw(st.sampled_from(any_one)), "Id") if any_one else None
    return {"To": f"to-{number}-{variant}", **({"From": start} if start else {"From": None})}


def _data(draw: Any, any_one: list[str], machines: list[str]) -> dict[str, Any]:
    """Plain references, texts with them, and secrets, where nothing hangs on them."""
    data: dict[str, Any] = {}
    if any_one and draw(st.booleans()):
        data["id"] = ref(draw(st.sampled_from(any_one)), "Id")
    if machines and draw(st.booleans()):
        data["text"] = Interpolation(("http://", ref(draw(st.sampled_from(machines)), "Address"), "/"))
    if draw(st.integers(0, 3)) == 3:
        data["key"] = Secret(f"env://{draw(st.sampled_from(['ONE', 'TWO']))}")
    return data


# --- a bench whose every process is the same -------------------------------------------------------------------------------


class Still(FastClock):
    """A clock that stands still for people."""

    def utc(self) -> str:
        return "2026-01-01T00:00:00.000+00:00"


class Steady(Bench):
    """A bench with secrets, where many deletions need no confirmation and whose cloud is out of patience some time."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        call = self.cloud.call

        def counted(operation: str, work: Any) -> Any:
            assert len(self.cloud.calls) < 3000, "these calls never end"
            return call(operation, work)

        self.cloud.call = counted  # type: ignore[method-assign]

    def engine(self, **more: Any) -> Engine:
        engine = super().engine(**more)
        engine.vault = Vault(
            engine.backend.key(), environ={"ONE": "first secret", "TWO": "second secret"}, allowed=("*",)
        )
        return engine

    def twin(self) -> Engine:
        """An engine that draws and dates as every other twin does."""
        count = iter(range(1 << 30))
        engine = self.engine(random=lambda n: next(count).to_bytes(n, "big"))
        engine.clock = Still()
        return engine


@contextmanager
def bench() -> Iterator[Steady]:
    """A cloud and a ledger of one example."""
    with tempfile.TemporaryDirectory(prefix="orch-world-") as folder:
        yield Steady(Path(folder))


def told(bench: Bench) -> dict[str, Any]:
    """What stands in the cloud and is ours, by address, with every id and given address put as whose it is. Objects that no
    ledger has stand under their identity."""
    rows = {row.identity: row for row in bench.engine().backend.rows()}
    names: dict[str, str] = {}
    for identity, item in bench.cloud.objects.items():
        if identity in rows:
            names[identity] = f"<{rows[identity].address}>"
            names |= {item.body["Address"]: f"<address of {rows[identity].address}>"} if "Address" in item.body else {}
    out = {}
    for identity, item in bench.cloud.objects.items():
        body = {
            k: v for k, v in item.body.items() if k not in ("Id", "Address", "Born") and v not in (None, (), {}, [])
        }
        address = rows[identity].address if identity in rows else identity
        out[address] = (item.type, _renamed(freeze(body), names), item.owner is not None and identity in rows)
    return out


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, Map):
        return {key: _renamed(item, names) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_renamed(item, names) for item in value]
    if isinstance(value, str):
        for name in sorted(names, key=len, reverse=True):
            value = value.replace(name, names[name]) if value in (name, f"http://{name}/") else value
    return value
