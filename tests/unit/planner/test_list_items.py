"""What of a list is told item by item."""

from __future__ import annotations

from typing import Any

import pytest

from provisioner.model.change import Edit, ItemEdit, Items
from provisioner.model.ledger import LedgerRow
from provisioner.model.place import Place
from provisioner.model.resource_type import Equality, ResourceType, Sameness
from provisioner.model.value import ABSENT, Map, Secret, freeze
from provisioner.planner.items import itemised

PLACE = Place("main", "aws", "1")
ALL = ((),)


def kind(sameness: Sameness, key: str = "", **more: Any) -> ResourceType:
    return ResourceType("T", "aws", equalities=(Equality(("L",), sameness, key),), **more)


def items(
    type_: ResourceType, before: Any, after: Any, *, drift: bool = False, applied: Any = None, base: Any = None
) -> Any:
    row = LedgerRow(
        "u",
        1,
        "s",
        "e",
        "a",
        "T",
        PLACE,
        "id-1",
        applied=Map(L=freeze(applied or [])),
        baseline=Map(L=freeze(base or [])),
    )
    edit = Edit(("L",), freeze(before), freeze(after))
    return itemised(type_, edit, row, "id-1", drift=drift).items


def test_items_that_a_field_tells_apart() -> None:
    before = [{"Key": "a", "Value": "1"}, {"Key": "B", "Value": "2"}, {"Key": "c", "Value": "3"}]
    after = [{"Key": "d", "Value": "4"}, {"Key": "b", "Value": "5"}, {"Key": "a", "Value": "1"}]
    case = Equality(("L", "*", "Key"), Sameness.CASE)
    got = items(ResourceType("T", "aws", equalities=(Equality(("L",), Sameness.KEYED, "Key"), case)), before, after)
    gone, new = ItemEdit(before=2, paths=(("Key",), ("Value",))), ItemEdit(after=0, paths=(("Key",), ("Value",)))
    assert got == Items((ItemEdit(1, 1, (("Value",),)), gone, new), 1, "Key")


@pytest.mark.parametrize("drift", [False, True])
def test_items_in_any_order(drift: bool) -> None:
    got = items(kind(Sameness.UNORDERED), ["a", "b", "c"], ["c", "d", "a"], drift=drift)
    assert got.unchanged == 2 and set(got.changed) == {ItemEdit(before=1, paths=ALL), ItemEdit(after=1, paths=ALL)}


def test_what_stands_twice_in_a_set_counts_once() -> None:
    one, other = {"p": 1, "d": "x"}, {"p": 2, "d": "x"}
    got = items(kind(Sameness.SET, "d"), [one, one], [one, other])
    assert got == Items((ItemEdit(after=1, paths=(("p",), ("d",))),), 1)
    got = items(kind(Sameness.SET, "d"), [one], [{**one, "d": "y"}])
    assert got == Items((ItemEdit(0, 0, (("d",),)),), 0)


def test_what_the_cloud_sets_alone_is_not_told() -> None:
    type_ = kind(Sameness.KEYED, "n", read_only=(("L", "*", "etag"), ("L", "*", "p", "state")))
    noise = {"etag": "x", "id": "ID-1/rules/b", "empty": [], "p": {"state": "ok", "port": 1, "default": True}}
    found = [{"n": "a"}, {"n": "b", **noise}, {"n": "c", **noise}]
    got = items(type_, found, [{"n": "a"}], applied=[{"n": "b", "p": {"port": 1}}])
    told = (("n",), ("p", "port"), ("p", "default"))
    assert got == Items((ItemEdit(before=1, paths=told[:2]), ItemEdit(before=2, paths=told)), 1, "n")


@pytest.mark.parametrize(
    ("applied", "base", "found", "differs"),
    [("1", "s", "s", False), ("2", "s", "s", True), ("1", "s", "t", True), ("1", "t", "s", True)],
)
@pytest.mark.parametrize("sameness", [Sameness.KEYED, Sameness.UNORDERED])
def test_a_secret_is_as_it_was_where_its_version_and_its_seal_are(
    sameness: Sameness, applied: str, base: str, found: str, differs: bool
) -> None:
    def item(secret: Secret) -> dict[str, Any]:
        return {"k": "a", "v": secret}

    got = items(
        kind(sameness, "k" if sameness is Sameness.KEYED else ""),
        [item(Secret("", found)), {"k": "b"}],
        [item(Secret("param://x", "1"))],
        applied=[item(Secret("param://x", applied))],
        base=[item(Secret("", base))],
    )
    gone = ItemEdit(before=1, paths=(("k",),))
    assert got.changed == ((ItemEdit(0, 0, (("v",),)), gone) if differs else (gone,)) and got.unchanged == (not differs)


def test_only_two_lists_without_an_order_have_items() -> None:
    assert items(ResourceType("T", "aws"), ["a"], ["b"]) is None
    assert items(kind(Sameness.UNORDERED), ABSENT, ["b"]) is None
    assert items(kind(Sameness.UNORDERED), Secret("", "s"), ["b"]) is None


def test_long_lists_with_nothing_in_common_are_not_compared_for_ever() -> None:
    one, other = ([{"a": f"{side}{n}", "b": n} for n in range(400)] for side in "xy")
    assert items(kind(Sameness.UNORDERED), one, other) is None
    assert len(items(kind(Sameness.KEYED, "a"), one, other).changed) == 800
    texts = [[f"{side}{n}" for n in range(400)] for side in "xy"]
    assert len(items(kind(Sameness.UNORDERED), *texts).changed) == 800
    assert items(kind(Sameness.UNORDERED), one, [*reversed(one), {"a": "new"}]).unchanged == 400
