"""A graph in Graphviz's language: a cluster for each place, in it one for each module. Lays nothing out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from provisioner.render.graph import Cluster, GraphView
from provisioner.render.style import clean


def draw(view: GraphView) -> str:
    """The whole graph, ending in a newline. An arrow leads from a resource to what it needs."""
    return "\n".join(_lines(view)) + "\n"


def _lines(view: GraphView) -> Iterator[str]:
    yield f"// {view.title()}; an arrow leads to what is needed"
    yield f"digraph {_quoted(view.stack)} {{"
    yield "  rankdir=RL;"
    yield "  node [shape=box, fontname=Helvetica, fontsize=10];"
    places = groupby(view.clusters, key=lambda cluster: cluster.where)
    for number, (where, clusters) in enumerate(places, 1):
        yield f"  subgraph cluster_{number} {{"
        yield f"    label={_quoted(where)};"
        for index, cluster in enumerate(clusters):
            yield from _cluster(cluster, f"cluster_{number}_{index}")
        yield "  }"
    for node, need in view.edges:
        yield f"  {_quoted(node.address)} -> {_quoted(need.address)};"
    yield "}"


def _cluster(cluster: Cluster, name: str) -> Iterator[str]:
    indent = "    "
    if cluster.module:
        yield f"    subgraph {name} {{"
        indent = "      "
        yield f"{indent}label={_quoted(cluster.module)};"
    for node in cluster.nodes:
        label = _quoted(node.name)[:-1] + "\\n" + _quoted(node.type)[1:]
        yield f"{indent}{_quoted(node.address)} [label={label}, tooltip={_quoted(node.source)}];"
    if cluster.module:
        yield "    }"


def _quoted(text: str) -> str:
    escaped = clean(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
