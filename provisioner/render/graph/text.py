"""A graph as terminal text: one layer after the other, each resource with what it needs. Decides nothing about the graph."""

from __future__ import annotations

from provisioner.render.graph import GraphView
from provisioner.render.style import PLAIN, Style, clean

_COLUMN = 44  # at most so many columns for addresses, and for types


def draw(view: GraphView, style: Style = PLAIN) -> str:
    """The whole graph, ending in a newline."""
    addresses, types = (_width(texts) for texts in ([n.address for n in view.nodes], [n.type for n in view.nodes]))
    lines = [style.paint(view.title(), "title")]
    for number, nodes in enumerate(view.layers, 1):
        what = "what needs nothing" if number == 1 else "needs what stands above"
        lines += ["", style.paint(f"Layer {number}: {what} ({len(nodes)})", "title")]
        for node in nodes:
            lines.append(f"  {clean(node.address):<{addresses}}  {clean(node.type):<{types}}  {clean(node.place)}")
            if node.needs:
                told = style.wrap("needs " + ", ".join(clean(need) for need in node.needs), 6, 12)
                lines += [style.paint(line, "dim") for line in told]
    return "\n".join(lines) + "\n"


def _width(texts: list[str]) -> int:
    return min(max(map(len, texts), default=0), _COLUMN)
