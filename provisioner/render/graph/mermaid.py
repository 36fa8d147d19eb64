"""A graph as a Mermaid flowchart, which code forges draw inside of Markdown: subgraphs by place, in it by module."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from provisioner.render.graph import GraphView
from provisioner.render.style import clean


def draw(view: GraphView) -> str:
    """The whole graph, ending in a newline. An arrow leads from a resource to what it needs."""
    return "\n".join(_lines(view)) + "\n"


def _lines(view: GraphView) -> Iterator[str]:
    names = {node.address: f"n{number}" for number, node in enumerate(view.nodes, 1)}
    yield f"%% {view.title()}; an arrow leads to what is needed"
    yield "flowchart RL"
    places = groupby(view.clusters, key=lambda cluster: cluster.where)
    for number, (where, clusters) in enumerate(places, 1):
        yield f"  subgraph p{number}[{_text(where)}]"
        for index, cluster in enumerate(clusters):
            if cluster.module:
                yield f"    subgraph p{number}m{index}[{_text(cluster.module)}]"
            for node in cluster.nodes:
                yield f"      {names[node.address]}[{_text(node.name, node.type)}]"
            if cluster.module:
                yield "    end"
        yield "  end"
    for node, need in view.edges:
        yield f"  {names[node.address]} --> {names[need.address]}"


def _text(*lines: str) -> str:
    """Lines of a label; what Mermaid or HTML would take for its own is spelled out."""
    spelled = ("".join(c if c.isalnum() or c in " -_/:.()" else f"#{ord(c)};" for c in clean(line)) for line in lines)
    return '"' + "<br/>".join(spelled) + '"'
