"""A graph as one SVG document: a lane for each place and module, a column for each layer, no script and nothing from outside.

Lanes never overlap, so a cluster is always one rectangle; inside a lane and layer those come next to each other that are
connected to the same others. Knows only the view.
"""

from __future__ import annotations

from bisect import bisect, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape

from provisioner.render.graph import Cluster, GraphView, Node
from provisioner.render.style import clean

_BOX, _ROW = 34, 44  # heights: of a box, and from one box to the next
_GAP, _BETWEEN = 96, 22  # widths: between layers, and between columns of one layer
_WIDEST, _MOST_ROWS = 300, 24  # a layer with more boxes in one lane takes several columns
_HEAD, _PAD, _TITLE = 24, 12, 44  # a lane's heading, the room around its boxes, the heading of it all
_NAME, _TYPE = 7.3, 6.1  # widths of a letter, in monospace of 12 and of 10
_SWEEPS = 4
_COLOURS = {"aws": ("#b45309", "#fff7ed"), "azure": ("#1d4ed8", "#eff6ff"), "gcp": ("#15803d", "#f0fdf4")}
_OTHER = ("#475569", "#f8fafc")
_STYLE = """\
text{font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#0f172a}
.title{font:600 15px system-ui,sans-serif}.lane{font:600 12px system-ui,sans-serif;fill:#475569}
.name{font-size:12px;font-weight:600}.type{font-size:10px;fill:#475569}
.edge{fill:none;stroke:#64748b;stroke-width:1.2;stroke-opacity:.55}
"""


@dataclass
class _Lane:
    """A cluster with its boxes by layer; top and height once they are known."""

    cluster: Cluster
    layers: dict[int, list[Node]] = field(default_factory=dict)
    top: float = 0.0

    @property
    def rows(self) -> int:
        return max(min(len(nodes), _MOST_ROWS) for nodes in self.layers.values())

    @property
    def height(self) -> float:
        return _HEAD + self.rows * _ROW + _PAD


@dataclass
class _Layout:
    """Where everything stands. y: the middle of each box · lefts, ends: of each layer · widths: of its boxes · heights: the
    middles of its boxes, sorted."""

    lanes: list[_Lane]
    lefts: dict[int, float] = field(default_factory=dict)
    ends: dict[int, float] = field(default_factory=dict)
    widths: dict[int, float] = field(default_factory=dict)
    heights: dict[int, list[float]] = field(default_factory=dict)
    x: dict[str, float] = field(default_factory=dict)
    y: dict[str, float] = field(default_factory=dict)
    right: float = 0.0
    bottom: float = 0.0

    def free(self, layer: int, y: float) -> float:
        """The height nearest to this one at which a line can pass a layer."""
        boxes = self.heights[layer]
        index = bisect(boxes, y)
        near = min(boxes[max(index - 1, 0) : index + 1], key=lambda box: abs(box - y))
        return y if abs(near - y) > _BOX / 2 + 3 else near + (_ROW / 2 if y >= near else -_ROW / 2)


def draw(view: GraphView) -> str:
    """The whole document, ending in a newline. Layers go from left to right; a line leads to what is needed."""
    return "\n".join(_lines(view, _laid_out(view))) + "\n"


# --- where it stands --------------------------------------------------------------------------------------------------------


def _laid_out(view: GraphView) -> _Layout:
    layout = _Layout([_Lane(cluster) for cluster in view.clusters])
    for lane in layout.lanes:
        for node in lane.cluster.nodes:
            lane.layers.setdefault(node.layer, []).append(node)
    top = float(_TITLE)
    for lane in layout.lanes:
        lane.top = top
        top += lane.height + _PAD
    layout.bottom = top
    _columns(view, layout)
    _rows(layout)
    _sort(view, layout)
    for node in view.nodes:
        insort(layout.heights.setdefault(node.layer, []), layout.y[node.address])
    return layout


def _columns(view: GraphView, layout: _Layout) -> None:
    """The left edge and the box width of every layer."""
    left = 2.0 * _PAD
    for number, nodes in enumerate(view.layers):
        longest = max(max(len(node.name) * _NAME, len(node.type) * _TYPE) for node in nodes)
        width = min(longest + 18, _WIDEST)
        most = max(-(-len(lane.layers.get(number, ())) // _MOST_ROWS) for lane in layout.lanes)
        layout.lefts[number], layout.widths[number] = left, width
        layout.ends[number] = left + most * width + (most - 1) * _BETWEEN
        left = layout.ends[number] + _GAP
    layout.right = left - _GAP + 2 * _PAD if view.nodes else 400.0


def _rows(layout: _Layout) -> None:
    """The place of every box, in the order in which its lane has them."""
    for lane in layout.lanes:
        for number, nodes in lane.layers.items():
            room = (lane.rows - min(len(nodes), _MOST_ROWS)) * _ROW / 2
            for index, node in enumerate(nodes):
                column, row = divmod(index, _MOST_ROWS)
                layout.x[node.address] = layout.lefts[number] + column * (layout.widths[number] + _BETWEEN)
                layout.y[node.address] = lane.top + _HEAD + room + row * _ROW + _BOX / 2


def _sort(view: GraphView, layout: _Layout) -> None:
    """Boxes of one lane and layer in the order of the middle of those that they are connected to."""
    needs: dict[str, list[str]] = {node.address: [] for node in view.nodes}
    users: dict[str, list[str]] = {node.address: [] for node in view.nodes}
    for node, need in view.edges:
        needs[node.address].append(need.address)
        users[need.address].append(node.address)

    def middle(node: Node, others: dict[str, list[str]]) -> float:
        found = [layout.y[other] for other in others[node.address]]
        return sum(found) / len(found) if found else layout.y[node.address]

    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        others = needs if forward else users
        for number in range(len(view.layers)) if forward else reversed(range(len(view.layers))):
            for lane in layout.lanes:
                if number in lane.layers:
                    lane.layers[number].sort(key=lambda node: middle(node, others))
            _rows(layout)


# --- how it looks -----------------------------------------------------------------------------------------------------------


def _lines(view: GraphView, layout: _Layout) -> Iterator[str]:
    width, height = (f"{size:.0f}" for size in (layout.right, layout.bottom))
    title = escape(view.title())
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img">'
    )
    yield f"<title>{title}</title>"
    yield f"<style>{_STYLE}</style>"
    yield '<defs><marker id="to" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    yield '<path d="M0 0L8 4L0 8z" fill="#64748b"/></marker></defs>'
    yield '<rect width="100%" height="100%" fill="#fff"/>'
    yield f'<text class="title" x="{_PAD}" y="26">{title}</text>'
    for lane in layout.lanes:
        yield from _lane(lane, layout)
    for node, need in view.edges:
        yield _edge(node, need, layout)
    for node in view.nodes:
        yield _box(node, layout)
    yield "</svg>"


def _lane(lane: _Lane, layout: _Layout) -> Iterator[str]:
    colour, fill = _COLOURS.get(lane.cluster.cloud, _OTHER)
    width = layout.right - 2 * _PAD
    yield (
        f'<rect x="{_PAD}" y="{lane.top:g}" width="{width:g}" height="{lane.height:g}" rx="6" fill="{fill}" '
        f'stroke="{colour}" stroke-opacity=".35"/>'
    )
    label = " · ".join(escape(clean(part)) for part in (lane.cluster.where, lane.cluster.module) if part)
    yield f'<text class="lane" x="{2 * _PAD}" y="{lane.top + 17:g}">{label}</text>'


def _edge(node: Node, need: Node, layout: _Layout) -> str:
    """A line from left to right edge; through the layers between it goes where no box stands."""
    x, y = layout.x[node.address], layout.y[node.address]
    to_x, to_y = layout.x[need.address] + layout.widths[need.layer], layout.y[need.address]
    path = [f"M{x:g} {y:g}"]
    for layer in range(node.layer - 1, need.layer, -1):
        free = layout.free(layer, to_y + (y - to_y) * (layer - need.layer) / (node.layer - need.layer))
        right, left = layout.ends[layer], layout.lefts[layer]
        path += [_curve(x, y, right, free), f"L{left:g} {free:g}"]
        x, y = left, free
    path.append(_curve(x, y, to_x + 2, to_y))
    return f'<path class="edge" d="{"".join(path)}" marker-end="url(#to)"/>'


def _curve(x: float, y: float, to_x: float, to_y: float) -> str:
    bend = min((x - to_x) / 2, _GAP)
    return f"C{x - bend:g} {y:g} {to_x + bend:g} {to_y:g} {to_x:g} {to_y:g}"


def _box(node: Node, layout: _Layout) -> str:
    colour, _ = _COLOURS.get(node.cloud, _OTHER)
    x, y, width = layout.x[node.address], layout.y[node.address] - _BOX / 2, layout.widths[node.layer]
    about = "\n".join(part for part in (node.address, node.type, node.source) if part)
    return (
        f'<g><title>{escape(about)}</title><rect x="{x:g}" y="{y:g}" width="{width:g}" height="{_BOX}" rx="4" fill="#fff" '
        f'stroke="{colour}"/><text class="name" x="{x + 8:g}" y="{y + 15:g}">{_cut(node.name, width, _NAME)}</text>'
        f'<text class="type" x="{x + 8:g}" y="{y + 28:g}">{_cut(node.type, width, _TYPE)}</text></g>'
    )


def _cut(text: str, width: float, letter: float) -> str:
    """The text as far as it fits; the title says all of it."""
    room = int((width - 14) / letter)
    tidy = clean(text)
    return escape(tidy if len(tidy) <= room else tidy[: room - 1] + "…")
