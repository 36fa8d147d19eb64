"""The dependency graph of a stack: what must exist before what. Edges come from references, parents and depends_on."""

from __future__ import annotations

import graphlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from provisioner.model.problem import OrchError
from provisioner.model.resource import Resource
from provisioner.model.value import references


@dataclass(frozen=True, slots=True)
class Graph:
    """needs: for every address those it needs directly · order: every address after all that it needs; ties in the
    order of the blueprint."""

    needs: Mapping[str, tuple[str, ...]]
    order: tuple[str, ...]

    def dependents(self) -> dict[str, list[str]]:
        """For every address those that need it directly."""
        out: dict[str, list[str]] = {address: [] for address in self.needs}
        for address, needed in self.needs.items():
            for other in needed:
                out[other].append(address)
        return out


def needs_of(resource: Resource) -> tuple[str, ...]:
    """The addresses that a resource refers to, each once, in order."""
    found = dict.fromkeys(reference.address for value in resource.values for _, reference in references(value))
    found |= dict.fromkeys(reference.address for reference in resource.options.depends_on)
    found.pop(resource.address, None)
    return tuple(found)


def reached(start: Iterable[str], edges: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """All that edges lead to from some nodes, those included, the nearest first, each once."""
    queue = list(dict.fromkeys(start))
    seen = set(queue)
    for node in queue:
        yield node
        fresh = [other for other in edges.get(node, ()) if other not in seen]
        seen.update(fresh)
        queue += fresh


def build(resources: Iterable[Resource]) -> Graph:
    """The graph of wanted resources. ``OrchError`` for a cycle (the blueprint room finds it earlier, with lines)."""
    ordered = list(resources)
    known = {resource.address for resource in ordered}
    needs = {r.address: tuple(need for need in needs_of(r) if need in known) for r in ordered}
    sorter: graphlib.TopologicalSorter[str] = graphlib.TopologicalSorter(needs)
    try:
        return Graph(needs, tuple(sorter.static_order()))
    except graphlib.CycleError as error:
        raise OrchError("resources need each other in a circle: " + " → ".join(reversed(error.args[1]))) from None


def layers(resources: Iterable[Resource]) -> list[list[Resource]]:
    """Resources by depth, each after all that it needs; in the order of the blueprint."""
    ordered = list(resources)
    graph = build(ordered)
    depth: dict[str, int] = {}
    for address in graph.order:
        depth[address] = 1 + max((depth[need] for need in graph.needs[address]), default=-1)
    out: list[list[Resource]] = [[] for _ in range(1 + max(depth.values(), default=-1))]
    for resource in ordered:
        out[depth[resource.address]].append(resource)
    return out
