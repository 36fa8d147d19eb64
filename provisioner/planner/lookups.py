"""Lookups: which of the objects found is the one that was meant, and the stack with its attributes in place.

An object that is looked up is fixed in the plan by a premise, so apply works with the same one or not at all. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from provisioner.model.ledger import LedgerRow
from provisioner.model.plan import Premise
from provisioner.model.problem import OrchError, Problem
from provisioner.model.resource import Observed, Resource
from provisioner.model.resource_type import ResourceType
from provisioner.model.secret import PARAMETER, hidden_in, secrets
from provisioner.model.source import Source
from provisioner.model.stack import Lookup, Stack
from provisioner.model.value import ABSENT, Map, Path, Reference, Value, get, path_text, references, substitute
from provisioner.planner.equality import same
from provisioner.planner.whose import Held, called, key_of, named

_SHOWN = 5


def choose(lookup: Lookup, kind: ResourceType, seen: Sequence[Observed]) -> Observed | Problem:
    """The one object that fits, or what is wrong with there being none or several."""
    fitting = [item for item in seen if all(_fits(kind, path, value, item) for path, value in lookup.where)]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        near = (
            "the only one of its type has not all of these properties"
            if len(seen) == 1
            else f"there are {len(seen)} of its type, none with all of these properties"
            if seen
            else "there is none of its type"
        )
        message = f"{lookup.address} finds nothing in {lookup.place.name}: {near}"
        return Problem(
            message, lookup.source, hint="a lookup finds what exists already; resources of this stack take ref()"
        )
    names = ", ".join(item.identity for item in fitting[:_SHOWN]) + (", …" if len(fitting) > _SHOWN else "")
    message = f"{lookup.address} finds {len(fitting)} objects in {lookup.place.name}: {names}"
    return Problem(message, lookup.source, hint=f'name one: id="{fitting[0].identity}", or more of its properties')


def resolve(stack: Stack, found: Mapping[str, Observed], held: Held) -> tuple[Stack, tuple[Premise, ...]]:
    """The stack with every reference to a lookup replaced by what was found, and what that rests on.

    found: by the lookup's address, without what is secret · held: the ledgers of all stacks. ``OrchError`` names each attribute
    that the object does not have, and each that is secret.
    """
    if not found:
        return stack, ()
    facts: dict[str, dict[Path, Value]] = {address: {} for address in found}
    problems: list[Problem] = []
    for where, source, reference in _uses(stack):
        item = found.get(reference.address)
        if item is None or not reference.path:
            continue
        facts[reference.address][reference.path] = value = item.attribute(reference.path)
        if value is ABSENT:
            message = f"{where}: {item.type} {item.identity} has no {path_text(reference.path)}"
            problems.append(Problem(message, source, hint=f"it has {', '.join(sorted(item.body))}"))
        elif hidden_in(value):
            rows = held.get(key_of(item.place.account, item.type, item.identity), ())
            problem = _secret(item, reference.path, rows, (stack.name, stack.environment))
            problems.append(replace(problem, message=f"{where}: {problem.message}", source=source))
    if problems:
        raise OrchError(*problems)
    premises = (
        Premise(address, item.place, item.type, item.identity, facts=tuple(facts[address].items()), owner=item.owner)
        for address, item in found.items()
    )
    return _substituted(stack, found), tuple(premises)


def _secret(item: Observed, path: Path, rows: Sequence[LedgerRow], here: tuple[str, str]) -> Problem:
    """That what is looked up is a secret, whose it is, and how it is had instead."""
    message = f"lookup() cannot read {path_text(path)} of {item.identity}: it is secret"
    if not rows:
        return Problem(message, hint="it is the value of a secret that this blueprint uses: use that itself")
    owner = rows[0]
    uris = sorted({one.uri for known, one in secrets(owner.applied) if known[:1] == path[:1] and one.uri})
    stored = next((uri for uri in uris if not uri.startswith(PARAMETER)), "")
    itself = f'the secret itself: {{{{ secret("{stored}") }}}}' if stored else "the secret itself"
    ways = [itself]
    if owner.environment == here[1]:
        output = f'an output of that stack: {{{{ output("{owner.stack}", "…") }}}}'
        ways.append(f'ref("{owner.address}")' if owner.stack == here[0] else output)
    return Problem(f"{message} in {named(owner, here)}", hint=f"use {', or '.join(ways)}")


def _uses(stack: Stack) -> Iterator[tuple[str, Source | None, Reference]]:
    """Every reference of a stack, with where it stands."""
    for resource in stack.resources:
        for path, reference in references(resource.body):
            yield resource.address, resource.line_of(path), reference
        for _, reference in references(resource.within):
            yield resource.address, resource.source, reference
        for check in resource.checks:
            for _, reference in references(check.target):
                yield resource.address, check.source, reference
    for path, reference in references(stack.outputs):
        yield f"outputs.{path_text(path)}", None, reference


def _substituted(stack: Stack, found: Mapping[str, Observed]) -> Stack:
    def value_of(reference: Reference) -> Value:
        item = found.get(reference.address)
        return item.attribute(reference.path) if item else ABSENT

    def mine(value: Value) -> bool:
        return any(reference.address in found for _, reference in references(value))

    def one(resource: Resource) -> Resource:
        checks = tuple(replace(check, target=substitute(check.target, value_of)) for check in resource.checks)
        return replace(resource.substituted(value_of), checks=checks)

    resources = tuple(one(each) if any(map(mine, each.values)) else each for each in stack.resources)
    return replace(stack, resources=resources, outputs=substitute(stack.outputs, value_of))


def _fits(kind: ResourceType, path: Path, want: Value, item: Observed) -> bool:
    if path == ("id",):
        return isinstance(want, str) and called(kind, item.identity, want)
    if path == ("name",) and "name" in kind.place_keys:
        return isinstance(want, str) and want.casefold() == item.identity.rpartition("/")[2].casefold()
    have = get(item.body, path)
    if kind.tags and path == kind.tags.path and isinstance(want, Map):
        tags = have if isinstance(have, Map) else {tag.get("Key"): tag.get("Value") for tag in have or ()}
        return all(tags.get(key) == value for key, value in want.items())
    return same(kind, path, want, have)
