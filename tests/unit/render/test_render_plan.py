"""The view of a plan and its text: nothing secret, nothing that harms a terminal, the same numbers everywhere."""

from __future__ import annotations

import json as stdlib_json
import time
from dataclasses import replace
from typing import Any

import pytest

from provisioner.model.change import Action, Change, Diff, Drift, Edit
from provisioner.model.ledger import LedgerRow
from provisioner.model.plan import Plan, Step, Verb
from provisioner.model.stack import Stack
from provisioner.model.value import ABSENT, Interpolation, Map, Reference, freeze
from provisioner.render import json, stack, text
from provisioner.render.head import headline
from provisioner.render.outline import outline
from provisioner.render.shown import plain, shown
from provisioner.render.style import Style, block, clean, flow
from tests.plans import AWS, create, many, resource, sample


def test_the_riskiest_comes_first() -> None:
    actions = [change.action for change in outline(sample()).changes]
    assert actions == ["delete", "replace", "forget", "update", "update", "create", "create", "create", "no-op"]
    assert [change.address for change in outline(sample()).changes][3:5] == ["db-password", "web-sg"], (
        "impossible undo first"
    )


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_secret_is_in_no_format(width: int) -> None:
    view = outline(sample())
    for printed in (text.plan(view, Style(width, True)), json.plan(view)):
        assert "hunter" not in printed
    assert "(sensitive)" in text.plan(view, Style(width))


def test_paths_that_the_ledger_redacts_are_masked_at_any_depth() -> None:
    edit = Edit(("Config",), ABSENT, freeze({"User": "me", "Keys": [{"Secret": "hunter2"}, {"Secret": "hunter3"}]}))
    change = Change("a", "T", AWS, Action.UPDATE, "u", 1, diff=Diff((edit, Edit(("Token", "x"), "hunter4", "hunter5"))))
    row = LedgerRow("u", 1, "s", "e", "a", "T", AWS, "id", redacted=(("Config", "Keys", "*", "Secret"), ("Token",)))
    step = Step("s1", Verb.UPDATE, "a", "T", AWS, "u", 1, row=row)
    view = outline(Plan("s", "e", "l", "", changes=(change,), steps=(step,)))
    assert "hunter" not in json.plan(view) and "hunter" not in text.plan(view)
    assert view.changes[0].edits[0].after.value["User"] == "me"


def test_what_a_resource_keeps_secret_is_masked_when_it_is_new_and_when_it_drifts() -> None:
    body = {"name": "d", "key": {"raw": "hunter2", "sha": "x"}, "accounts": [{"id": "a", "password": "hunter3"}]}
    secrets = (("key", "raw"), ("accounts", "*", "password"))
    want = replace(resource("disk", "T", AWS, 1, body), secrets=secrets)
    drift = Drift("disk", "T", AWS, "id", Diff((Edit(("accounts", 0, "password"), "hunter4", "hunter5"),)))
    change = Change("disk", "T", AWS, Action.CREATE, "u", 1, want=want)
    plan = Plan("s", "e", "l", "", changes=(change,), drift=(drift,))
    view = outline(plan)
    assert "hunter" not in json.plan(view) and "hunter" not in text.plan(view) and "hunter" not in text.drift(view)
    assert {edit.path: edit.after.value for edit in view.changes[0].edits}["key"] == {"raw": "(sensitive)", "sha": "x"}
    rendered = stack.view(Stack("s", "e", "b", (want,)))
    assert "hunter" not in json.dump(rendered) and "hunter" not in stack.text(rendered)


def test_what_is_neither_json_nor_a_reference_is_not_shown() -> None:
    class Secret:
        def __repr__(self) -> str:
            return "hunter2"

    assert plain(Map({"a": Secret(), "b": (1, None)})) == {"a": "(sensitive)", "b": [1, None]}


HARMFUL = "\x1b[2J\x1b]0;owned\x07\r\nfake: ok\u202egnp.exe\u200b\x9b31m"


def test_terminal_escapes_in_names_and_values_are_spelled_out() -> None:
    want = resource(HARMFUL, f"T::{HARMFUL}", AWS, 1, {HARMFUL: {"k" + HARMFUL: [HARMFUL, HARMFUL * 5]}})
    change = replace(create(want, message=HARMFUL), undo=replace(create(want).undo, why=HARMFUL))
    plan = replace(
        sample(),
        changes=(change, replace(change, action=Action.DELETE)),
        notes=(HARMFUL,),
        outputs=Map({HARMFUL: HARMFUL}),
    )
    printed = text.plan(outline(plan))
    assert all(c == "\n" or c.isprintable() for c in printed)
    assert "fake: ok" not in [line.strip() for line in printed.splitlines()]
    assert r"\u001b" in printed


def test_clean_leaves_what_people_write() -> None:
    assert clean("café ☕ 日本 a/b:c") == "café ☕ 日本 a/b:c"
    assert clean("two\nlines\tand a tab") == "two lines and a tab"


def test_values_keep_their_type_on_screen() -> None:
    value = {"a": "80", "b": 80, "c": True, "d": None, "e": ["x", {"$reference": "vpc.VpcId"}]}
    assert flow(value) == '{a: "80", b: 80, c: true, d: null, e: ["x", (known after apply: vpc.VpcId)]}'


def test_long_values_are_broken_by_structure_and_never_cut() -> None:
    value: dict[str, Any] = {"rules": [{"name": "n" * 30, "ports": [1, 2]}, "s" * 100], "empty": {}}
    lines = list(block(value, 40))
    assert lines == ["rules:", f'  - name: "{"n" * 30}"', "    ports: [1, 2]", f'  - "{"s" * 100}"', "empty: {}"]


def test_kinds_of_values() -> None:
    assert shown(ABSENT).kind == "absent"
    assert shown(Reference("a", ("b",))).kind == "unknown"
    assert shown(Interpolation(("x", Reference("a", ("b",))))).value == {"$reference": "x{a.b}"}
    assert shown("x", hidden=True).value is None
    assert shown(None).kind == "value"


def test_every_format_tells_the_same_numbers() -> None:
    view = outline(sample(), "d")
    document = stdlib_json.loads(json.plan(view))
    assert document["format_version"] == 1
    assert document["counts"] == {
        "delete": 1,
        "replace": 1,
        "forget": 1,
        "update": 2,
        "adopt": 0,
        "move": 0,
        "record": 0,
        "rebase": 0,
        "check": 0,
        "create": 3,
        "no-op": 1,
    }
    assert headline(view) == "1 to delete, 1 to replace, 1 to forget, 2 to update, 3 to create; 1 unchanged."
    assert sum(document["counts"].values()) == len(document["changes"])
    assert document["undo"] == {"impossible": 2, "lossy": 1, "exact": 5}
    assert document["refused"] is True


def test_what_the_plan_leaves_alone_is_shown_by_value() -> None:
    nsg = next(change for change in outline(sample()).changes if change.address == "web-nsg")
    scope = next(edit for edit in nsg.edits if edit.path == "scope")
    assert scope.after.value == "/subscriptions/5f1c/resourceGroups/prod"


def test_ten_thousand_changes_print_at_once() -> None:
    plan = many(10_000)
    begun = time.process_time()
    view = outline(plan)
    printed = text.plan(view, Style(100, True))
    assert time.process_time() - begun < 3, "measured 0.5 s"
    assert printed.count("10.0.0.0/25") == 1000


def test_outputs_are_told_as_they_were_and_as_they_will_be() -> None:
    before, after = (
        Map({"m": "x", "n": [1, 2], "k": "same", "long": "v" * 40}),
        Map({"mm": "x", "n": [1], "k": "same", "long": "w" * 40}),
    )
    view = outline(Plan("s", "e", "l", "", outputs=after, outputs_before=before))
    printed = text.plan(view)
    told = [line for line in printed.split("Outputs\n\n")[1].splitlines() if line]
    assert told == [
        '  mm    (not set) → "x"',
        "  n     [1, 2] → [1]",
        '  k     "same"',
        "  long",
        f'    before  "{"v" * 40}"',
        f'    after   "{"w" * 40}"',
        '  m     "x" → (not set)',
        "No object changes; 4 outputs change.",
    ]
    assert view.outputs_before["m"].value == "x" and '"outputs_before"' in json.plan(view)
    assert "Outputs" not in text.plan(outline(Plan("s", "e", "l", "", kind="destroy", outputs_before=before)))
