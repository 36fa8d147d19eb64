"""``for_each`` of an entry -> its instances, each with the ``each.key`` and ``each.value`` that its values may hold.

Must not know what is repeated, a module or a resource.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from provisioner.blueprint.resources import ADDRESS
from provisioner.blueprint.tokens import EACH, kind
from provisioner.blueprint.weaving import Loom
from provisioner.document import Located, did_you_mean
from provisioner.model.problem import Problem
from provisioner.model.source import Source
from provisioner.model.value import Map, Reference, Value, is_known, references


@dataclass(frozen=True, slots=True)
class Instances:
    """each: ``key`` and ``value`` by key, in the order written · listed: by a list rather than a map, and so are the
    values of all of them."""

    each: dict[str, Map] = field(default_factory=dict)
    listed: bool = False


def instances(address: str, node: Located, problems: list[Problem]) -> Instances:
    """The instances of an entry; whatever is wrong with its ``for_each`` is a problem."""
    value, listed = node.value, isinstance(node.value, tuple)

    def problem(message: str, source: Source, hint: str = "") -> None:
        problems.append(Problem(f"{address}: {message}", source, address, hint))

    if not listed and not isinstance(value, Map):
        message = f"for_each takes a list or a map, not {kind(value)}"
        hint = "how many there are must be known when the plan is made" if not is_known(value) else ""
        problem(message, node.source, hint)
        return Instances()
    found: dict[str, Map] = {}
    for key, item, source in _pairs(node):
        if key is None and not is_known(item):
            hint = "use a map: its keys are the names, its values may be references"
            problem("for_each takes names that are known, and this one is known only after apply", source, hint)
        elif key is None:
            problem(f"for_each takes texts or whole numbers, not {kind(item)}", source, "use a map of names and values")
        elif not ADDRESS.fullmatch(key):
            hint = "use a map of names and values; the slug filter makes a name of any text"
            problem(f"for_each: {key!r} cannot be part of an address: letters, digits, '-' and '_' only", source, hint)
        elif key in found:
            problem(f"for_each has {key!r} twice", source)
        else:
            found[key] = Map({"key": key, "value": item})
    return Instances(found, listed)


def _pairs(node: Located) -> Iterator[tuple[str | None, Value, Source]]:
    """Key, value and line; no key where a value cannot be one."""
    if isinstance(node.value, Map):
        for key, child in node.items():
            yield key, child.value, child.source
        return
    for index in range(len(node.value)):
        child = node.child(index)
        named = isinstance(child.value, (str, int)) and not isinstance(child.value, bool)
        yield str(child.value) if named else None, child.value, child.source


def combined(listed: bool, values: dict[str, Value]) -> Value:
    """What an attribute of all instances is: a list where ``for_each`` was one, a map by key where it was a map."""
    return tuple(values.values()) if listed else Map(values)


def of_all(addresses: dict[str, str], reference: Reference) -> dict[str, Reference]:
    """The same attribute of every instance, by key."""
    return {key: Reference(address, reference.path) for key, address in addresses.items()}


def strange(address: str, entry: Located, found: Instances) -> Iterator[Problem]:
    """Keys of ``moved_from`` that no instance has, which another environment may: what they name keeps no object here."""
    if "moved_from" not in entry.value or not isinstance(entry.value["moved_from"], Map):
        return
    for key, child in entry.child("moved_from").items():
        if key not in found.each:
            message = (
                f"{address}: moved_from has the key {key!r}, and for_each has not: nothing is moved from {child.value}"
            )
            hint = did_you_mean(key, found.each, else_list="for_each has")
            yield Problem(message, child.source, address, hint)


def formerly(entry: Located, node: Located, key: str | None, loom: Loom) -> Located:
    """The entry ``node`` with the former addresses that it can have had itself; key: of the instance that it is, if it is one.

    entry: as written. What it was called before may be a single object that became several, or the other way round: then the
    ledger decides, and ``*`` stands for any one key. What speaks of ``each``, or is given by key, means exactly what it says.
    """
    if "moved_from" not in entry.value:
        return node
    written = node.child("moved_from")
    if key is not None and isinstance(written.value, Map):
        mine = written.child(key) if key in written.value else loom.list([], written.source)
        return loom.map({**dict(node.items()), "moved_from": mine}, node.source)
    if any(reference.address == EACH for _, reference in references(entry.value["moved_from"])):
        return node
    items = written.value if isinstance(written.value, tuple) else (written.value,)
    if not all(isinstance(item, str) for item in items):
        return node
    pairs = [(f"{item}/{key}", item) if key is not None else (item, f"{item}/*") for item in items]
    formers = loom.list([(former, written.source) for pair in pairs for former in pair], written.source)
    return loom.map({**dict(node.items()), "moved_from": formers}, node.source)
