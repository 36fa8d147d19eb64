"""What a rule reads, found in its compiled form: reading too little would fail open."""

from __future__ import annotations

import pytest

from provisioner.cel.syntax import parse
from provisioner.policy.cel import compile_condition, compile_value

X = ("after", "x")


@pytest.mark.parametrize(
    ("expression", "unknown"),
    [
        ("after.x == 1", X),
        ("has(after.x)", X),
        ("!has(after.x)", X),
        ("has(after.x.y)", X),
        ('"x" in after', X),
        ('after["x"] == 1', X),
        ("after[change.key] == 1", X),
        ("after.?x.orValue(0) == 1", X),
        ("after.?x.hasValue()", X),
        ("after.x || true", X),
        ("false && after.x", X),
        ("!(after.x == 1)", X),
        ("size(after.x) == 0", X),
        ("after.x.exists(i, i.a == 1)", (*X, 0, "a")),
        ("after.x.exists(i, i.a == 1)", (*X, 0)),
        ("after.x.all(i, i.a == 1)", (*X, 3, "a", "deep")),
        ("after.x.exists_one(i, i == 1)", (*X, 1)),
        ("after.x.filter(i, i.a == 1)[0].b == 2", (*X, 1, "b")),
        ("after.x.map(i, i.b) == [2]", (*X, 1, "b")),
        ("after.tags.exists(k, after.tags[k] == 'v')", ("after", "tags", "k")),
        ("cel.bind(v, after.x, v.y == 1)", (*X, "y")),
        ("after.?x.?y.optMap(v, v + 1).orValue(0) == 1", (*X, "y")),
        ("(after.a ? after.x : after.y).z == 1", (*X, "z")),
        ("[after.x, after.y].exists(v, v.z == 1)", (*X, "z")),
        ('{"k": after.x}.k.z == 1', (*X, "z")),
        ("after == before", (*X, "z")),
        ("world(after.x)", (*X, 0)),
        ("after.x.y.startsWith('a')", (*X, "y")),
        ("resource.within.scope == 'x'", ("resource", "within", "scope")),
    ],
)
def test_a_rule_that_needs_the_unknown_is_seen_to_read_it(expression: str, unknown: tuple[str | int, ...]) -> None:
    assert any(read.meets(unknown) for read in compile_value(expression).reads)


@pytest.mark.parametrize(
    ("expression", "unknown"),
    [
        ("after.x == 1", ("after", "y")),
        ("after.x.exists(i, i.a == 1)", (*X, 0, "b")),
        ("has(after.x)", (*X, "y")),
        ("size(after.x) == 0", (*X, 0)),
        ("before.x == 1", X),
        ("after.x[0].a == 1", (*X, 1, "a")),
    ],
)
def test_an_unknown_elsewhere_does_not_put_a_rule_off(expression: str, unknown: tuple[str | int, ...]) -> None:
    assert not any(read.meets(unknown) for read in compile_value(expression).reads)


@pytest.mark.parametrize(
    ("expression", "prunable"),
    [
        ("after.x.exists(i, i.a == 1)", True),
        ("after.?x.orValue([]).exists(i, !(i.a == 1))", True),
        ("has(after.y) && after.x.exists(i, i.a == 1)", True),
        ("cel.bind(n, 1, after.x.exists(i, i.a == n))", True),
        ("after.y ? after.x.exists(i, i.a == 1) : false", True),
        ("!after.x.exists(i, i.a == 1)", False),
        ("after.x.exists(i, i.a == 1) == false", False),
        ("after.x.all(i, i.a == 1)", False),
        ("after.x.exists_one(i, i.a == 1)", False),
        ("after.x.exists(i, i.a == 1) ? false : true", False),
        ("after.x.exists(i, after.x.exists_one(j, j.a == 1))", False),
    ],
)
def test_items_may_be_left_out_only_where_that_cannot_invent_a_violation(expression: str, prunable: bool) -> None:
    met = [read for read in compile_condition(expression).reads if read.meets((*X, 0, "a"))]
    assert met and all(read.each == X for read in met) is prunable


@pytest.mark.parametrize("data", [b"", b"\x12", b"\x12\x05abc", b"\x12\x02\x22\x00", b"\xff" * 20])
def test_a_form_that_is_not_understood_is_an_error(data: bytes) -> None:
    with pytest.raises(ValueError):
        parse(data)
