"""Default tags come from the environment, not from the ledger: an undo puts back what stood there, and adds none of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from providers.memory import MemoryProvider, _Object
from provisioner import keeping
from provisioner.model.resource import Resource
from provisioner.model.run import RunStatus
from provisioner.model.stack import Stack
from provisioner.model.value import Map
from provisioner.state import container
from tests.memory_stack import PLACE, Bench, entry, stack_of


class Tagging(MemoryProvider):
    """Lays a place's default tags beneath an entry's own, as the clouds' providers do."""

    def normalize(self, want: Resource) -> Resource:
        own = want.body.get("Tags", Map({}))
        tags = Map({**want.place.default_tags, **own})  # type: ignore[dict-item]
        return super().normalize(replace(want, body=Map({**want.body, "Tags": tags})) if tags else want)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.provider = Tagging
    return bench


def bucket(*, tags: str = "", **options: str) -> Stack:
    place = replace(PLACE, default_tags=Map({"team": tags} if tags else {}))
    stack = stack_of(entry("bucket", "Bucket", {"Name": "data"}, **options))
    return replace(stack, resources=tuple(replace(r, place=place) for r in stack.resources), places=(place,))


def test_an_adopted_object_is_put_back_as_it_was_found(bench: Bench) -> None:
    bench.cloud.objects["data"] = _Object("Memory::Bucket", "data", {"Name": "data", "Id": "data", "Tags": {}}, None)
    found = bench.bodies()
    adopted = bench.apply(bucket(tags="x", adopt="data")).run.id
    bench.apply(bucket(tags="x", adopt="data"))
    assert bench.bodies()["data"]["Tags"] == Map({"team": "x"})
    assert bench.engine().rollback().run.status is RunStatus.DONE
    assert bench.bodies() == found
    assert bench.engine().rollback(adopted).run.status is RunStatus.DONE
    assert bench.bodies() == found and bench.cloud.objects["data"].owner is None


def test_an_object_that_is_made_again_has_the_tags_that_it_had(bench: Bench) -> None:
    bench.apply(bucket())
    bench.apply(bucket(tags="x"))
    empty = replace(bucket(tags="x"), resources=())
    bench.apply(empty)
    assert bench.engine().rollback().run.status is RunStatus.DONE
    assert bench.bodies()["data"]["Tags"] == Map({"team": "x"})
    before = bench.engine().backend.runs()[2].id
    assert bench.engine().rollback(before).run.status is RunStatus.DONE
    assert not bench.bodies()["data"].get("Tags")


def test_a_move_records_what_was_applied(bench: Bench) -> None:
    bench.apply(bucket())
    later = bucket(tags="x")
    engine = bench.engine()
    engine.apply(container.pack(keeping.move(engine, "bucket", "store", stack=None, environment=None, to_stack=None)))
    assert [row.applied.get("Tags") for row in engine.backend.rows()] == [None]
    moved = replace(later, resources=tuple(replace(r, address="store") for r in later.resources))
    assert [edit.reason for c in bench.plan(moved).changes for edit in c.diff.edits] == ["wanted"]
