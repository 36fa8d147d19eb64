"""What exists and is not ours: looked up, fixed in the plan, never touched; and outputs of other stacks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from providers.memory import Script
from provisioner.model.fault import Fault
from provisioner.model.problem import OrchError, StaleError
from provisioner.model.run import RunStatus
from provisioner.model.source import Source
from provisioner.model.stack import Lookup, OutputRead, Stack
from provisioner.model.value import Interpolation, Map, Reference
from tests.memory_stack import PLACE, Bench, entry, stack_of

CORE = "lookup(Memory::Network, Name=core)"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A cloud in which somebody else has made three networks."""
    theirs = Bench(tmp_path / "theirs")
    theirs.apply(
        stack_of(
            entry("a", "Network", {"Name": "core", "Cidr": "10.0.0.0/16", "Tags": {"team": "net", "tier": "1"}}),
            entry("b", "Network", {"Name": "edge", "Cidr": "10.1.0.0/16"}),
            entry("c", "Network", {"Name": "edge", "Cidr": "10.2.0.0/16"}),
        )
    )
    mine = Bench(tmp_path)
    mine.cloud = theirs.cloud
    return mine


def stack(**where: object) -> Stack:
    conditions = tuple(((name,), Map(value) if isinstance(value, dict) else value) for name, value in where.items())
    lookup = Lookup(CORE, "Memory::Network", PLACE, conditions, Source("b.yaml", 7))
    wanted = stack_of(
        entry("sub", "Subnet", {"NetworkId": Reference(CORE, ("Id",)), "Cidr": "10.0.1.0/24"}),
        outputs={"where": Interpolation(("in ", Reference(CORE, ("Cidr",))))},
    )
    return replace(wanted, lookups=(lookup,))


@pytest.mark.parametrize(
    "where",
    [
        {"Name": "core"},
        {"Cidr": "10.0.0.1/16"},
        {"Tags": {"team": "net"}},
        {"Name": "core", "Dns": False},
        {"id": "network-1"},
    ],
    ids=str,
)
def test_the_one_object_that_fits_is_used(bench: Bench, where: dict[str, object]) -> None:
    report = bench.apply(stack(**where))
    assert report.run.status is RunStatus.DONE, report.failures
    assert report.outputs == {"where": "in 10.0.0.0/16"}
    assert bench.bodies()["subnet-4"]["NetworkId"] == "network-1"
    assert bench.plan(stack(**where)).empty
    bench.apply(bench.plan(stack(**where), destroy=True))
    assert len(bench.cloud.objects) == 3


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"Name": "edge"}, r"b.yaml:7: .* finds 2 objects in here: network-2, network-3"),
        ({"Name": "none"}, r"b.yaml:7: .* finds nothing in here: there are 3 of its type"),
        ({"id": "network-9"}, r"there is none of its type"),
    ],
)
def test_none_or_several_are_an_error(bench: Bench, where: dict[str, object], message: str) -> None:
    with pytest.raises(OrchError, match=message):
        bench.plan(stack(**where))


def test_a_denied_list_is_not_an_empty_one(bench: Bench) -> None:
    bench.cloud.scripts.append(Script("read Memory::Network", Fault.DENIED))
    with pytest.raises(OrchError, match=r"cannot be answered: .*denied"):
        bench.plan(stack(Name="core"))


def test_an_attribute_that_it_lacks_is_named_with_its_line(bench: Bench) -> None:
    wanted = stack(Name="edge", Cidr="10.1.0.0/16")
    wrong = replace(wanted, outputs=Map({"x": Reference(CORE, ("Address",))}))
    with pytest.raises(OrchError, match=r"outputs.x: Memory::Network network-2 has no Address"):
        bench.plan(wrong)


def test_what_was_found_is_fixed_in_the_plan(bench: Bench) -> None:
    plan = bench.plan(stack(Name="core"))
    bench.cloud.objects["network-1"].body["Name"] = "was core"  # the plan reads Id and Cidr, and rests on nothing else
    assert bench.apply(plan).run.status is RunStatus.DONE
    bench.apply(bench.plan(stack(Cidr="10.0.0.0/16"), destroy=True))
    plan = bench.plan(stack(Cidr="10.0.0.0/16"))
    bench.cloud.objects["network-1"].body["Cidr"] = "10.7.0.0/16"
    with pytest.raises(StaleError, match=r"lookup\(Memory::Network.*Cidr has changed"):
        bench.apply(plan)
    del bench.cloud.objects["network-1"]
    with pytest.raises(StaleError, match="no longer exists"):
        bench.apply(plan)


def test_a_plan_is_stale_when_an_output_that_it_read_has_changed(bench: Bench) -> None:
    network = replace(
        stack_of(entry("n", "Network", {"Cidr": "10.5.0.0/16"}), outputs={"range": "10.5.0.0/16"}), name="network"
    )
    bench.apply(network)
    read = OutputRead("network", "range", "10.5.0.0/16")
    reader = replace(stack_of(entry("r", "Network", {"Cidr": "10.5.0.0/16"})), outputs_read=(read,))
    plan = bench.plan(reader)
    bench.apply(replace(network, outputs=Map({"range": "10.6.0.0/16"})))
    with pytest.raises(StaleError, match=r'output\("network", "range"\) has changed'):
        bench.apply(plan)


def test_outputs_alone_are_a_change(bench: Bench) -> None:
    one = stack_of(entry("n", "Network", {"Cidr": "10.5.0.0/16"}))
    bench.apply(one)
    more = replace(one, outputs=Map({"range": "10.5.0.0/16"}))
    plan = bench.plan(more)
    assert not plan.steps and not plan.empty
    assert bench.apply(plan).run.status is RunStatus.DONE
    assert bench.engine().backend.outputs("test", "dev") == {"range": "10.5.0.0/16"}
    assert bench.plan(more).empty


def test_a_list_inside_of_text_is_told_with_its_line(bench: Bench) -> None:
    tags = Interpolation(("the tags ", Reference(CORE, ("Tags",))))
    wanted = stack_of(entry("sub", "Network", {"Name": tags, "Cidr": "10.9.0.0/16"}))
    lookup = Lookup(CORE, "Memory::Network", PLACE, ((("Name",), "core"),), Source("b.yaml", 7))
    with pytest.raises(
        OrchError, match=r"b\.yaml:1: sub: lookup\(.*\)\.Tags is a map, which cannot be put inside text"
    ):
        bench.plan(replace(wanted, lookups=(lookup,)))
    new = stack_of(
        entry("net", "Network", {"Name": "new", "Cidr": "10.9.0.0/16", "Data": [1]}),
        entry("sub", "Network", {"Name": Interpolation(("x", Reference("net", ("Data",)))), "Cidr": "10.8.0.0/16"}),
    )
    with pytest.raises(OrchError, match=r"sub: net\.Data is a list, which cannot be put inside text"):
        bench.plan(new)
