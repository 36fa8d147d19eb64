"""The dependency graph of a stack as a view: what is wanted, where it belongs, what it needs, in which layer it comes.

Each format is a module of its own beside this one. Nothing here draws or writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from provisioner.model.stack import Stack
from provisioner.render.style import clean


@dataclass(frozen=True, slots=True)
class Node:
    """One wanted resource. name: its address inside its module · layer: 0 where it needs nothing, else one more than the highest
    of those it needs · needs: addresses, in order."""

    address: str
    name: str
    module: str
    type: str
    cloud: str
    place: str
    source: str
    layer: int
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cluster:
    """What lives in one place, and there in one module (empty: the blueprint itself)."""

    place: str
    cloud: str
    module: str
    nodes: tuple[Node, ...]

    @property
    def where(self) -> str:
        """The place, with its cloud where the name does not say it."""
        return self.place if self.place == self.cloud else f"{self.place} ({self.cloud})"


@dataclass(frozen=True, slots=True)
class GraphView:
    """A stack's graph, in the order of the blueprint."""

    stack: str
    environment: str
    nodes: tuple[Node, ...]

    @property
    def edges(self) -> Iterator[tuple[Node, Node]]:
        """Every dependency: who needs, and what is needed."""
        by_address = {node.address: node for node in self.nodes}
        for node in self.nodes:
            for need in node.needs:
                yield node, by_address[need]

    @property
    def layers(self) -> list[list[Node]]:
        """The nodes of each layer: all that a layer needs stands in earlier ones."""
        out: list[list[Node]] = [[] for _ in range(1 + max((node.layer for node in self.nodes), default=-1))]
        for node in self.nodes:
            out[node.layer].append(node)
        return out

    @property
    def clusters(self) -> list[Cluster]:
        """By place, in the blueprint's order, and there by module; what is in none comes first."""
        found: dict[tuple[str, str], dict[str, list[Node]]] = {}
        for node in self.nodes:
            found.setdefault((node.place, node.cloud), {}).setdefault(node.module, []).append(node)
        return [
            Cluster(place, cloud, module, tuple(nodes))
            for (place, cloud), modules in found.items()
            for module, nodes in sorted(modules.items())
        ]

    def title(self) -> str:
        """What it is, in one line."""
        count, edges, depth = len(self.nodes), sum(len(node.needs) for node in self.nodes), len(self.layers)
        words = [
            f"{number} {one if number == 1 else more}"
            for number, one, more in (
                (count, "resource", "resources"),
                (edges, "dependency", "dependencies"),
                (depth, "layer", "layers"),
            )
        ]
        return f"{clean(self.stack)} in {clean(self.environment)}: {', '.join(words)}"


def view(stack: Stack, needs: Mapping[str, Sequence[str]], order: Sequence[str]) -> GraphView:
    """The view of a stack. needs: by address, those of the stack alone · order: addresses after all that they need."""
    layer: dict[str, int] = {}
    for address in order:
        layer[address] = 1 + max((layer[need] for need in needs[address]), default=-1)
    nodes = []
    for resource in stack.resources:
        module, _, name = resource.address.rpartition("/")
        nodes.append(
            Node(
                resource.address, name, module, resource.type, resource.place.cloud, resource.place.name,
                str(resource.source or ""), layer[resource.address], tuple(needs[resource.address]),
            )
        )  # fmt: skip
    return GraphView(stack.name, stack.environment, tuple(nodes))
