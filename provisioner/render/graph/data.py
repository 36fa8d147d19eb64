"""A graph as JSON for programs: nodes, and edges from who needs to what is needed. Lays nothing out."""

from __future__ import annotations

from provisioner.render import json
from provisioner.render.graph import GraphView

FORMAT_VERSION = 1


def draw(view: GraphView) -> str:
    """The whole graph, in the order of the blueprint."""
    nodes = [
        {
            "address": node.address,
            "type": node.type,
            "cloud": node.cloud,
            "place": node.place,
            "module": node.module,
            "layer": node.layer,
            "source": node.source,
        }
        for node in view.nodes
    ]
    edges = [{"from": node.address, "to": need.address} for node, need in view.edges]
    head = {"format_version": FORMAT_VERSION, "stack": view.stack, "environment": view.environment}
    return json.dump({**head, "nodes": nodes, "edges": edges})
