"""Every type of every archive: its schema compiles, takes the smallest entry of it, and refuses three kinds of mistakes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from provisioner.blueprint import example
from provisioner.blueprint.validate import Validators
from provisioner.model.place import Place
from provisioner.model.resource import Resource
from provisioner.model.resource_type import ResourceType
from provisioner.model.value import Path, freeze, put
from provisioner.registry import Registry

REGISTRY = Registry()
VALIDATORS = Validators()
COUNTS = {"aws": 1898, "azure": 757, "gcp": 93}


def types(cloud: str) -> Iterator[ResourceType]:
    return (REGISTRY.resource_type(name) for name in REGISTRY.provider(cloud).type_names())


def resource(kind: ResourceType, entry: dict[str, Any]) -> Resource:
    body = (
        {key: entry[key] for key in kind.body_keys if key in entry} if kind.body_keys else entry.get("properties", {})
    )
    within = {key: entry[key] for key in kind.place_keys if key in entry}
    return Resource("it", kind.name, Place("p", kind.cloud, "1"), freeze(body), freeze(within))


def settable(kind: ResourceType) -> str:
    """The name of a property that a misspelt one can be near to; empty where there is none."""
    fields = kind.schema.get("properties", {})
    return next((name for name in fields if len(name) > 5 and fields[name] and not kind.is_read_only((name,))), "")


def told(kind: ResourceType, small: Resource, path: Path, value: Any) -> str:
    """What is said against the smallest entry with something wrong in it."""
    wrong = replace(small, body=put(small.body, path, value))
    return "\n".join(f"{problem.message} {problem.hint}" for problem in VALIDATORS.problems(wrong, kind))


@pytest.mark.parametrize("cloud", COUNTS)
def test_every_type_takes_its_smallest_entry_and_refuses_mistakes(cloud: str) -> None:
    found = 0
    for kind in types(cloud):
        found += 1
        entry = example.entry(kind)
        assert set(entry) <= {"type", "properties", *kind.body_keys, *kind.place_keys}
        small = resource(kind, entry)
        assert [problem.message for problem in VALIDATORS.problems(small, kind)] == [], kind.name
        closed = kind.schema.get("additionalProperties") is False and "patternProperties" not in kind.schema
        if closed and (name := settable(kind)):
            misspelt = f"{name[:-2]}{name[-1]}{name[-2]}x"
            said = told(kind, small, (misspelt,), 1)
            assert f"{misspelt} is not a known property of {kind.name}" in said
            assert "did you mean" in said, said
        if by_hand := next((path for path in kind.read_only if "*" not in path), None):
            assert "is set by the cloud, never by hand" in told(kind, small, by_hand, "x"), (kind.name, by_hand)
    assert found == COUNTS[cloud]
