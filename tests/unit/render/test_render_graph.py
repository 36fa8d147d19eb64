"""Graphs in their four forms: nothing lost, nothing overlaps, nothing that a name could break."""

from __future__ import annotations

import re
import time
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest

from provisioner.planner import graph as graphs
from provisioner.render.graph import GraphView, dot, mermaid, svg, text, view
from tests.memory_stack import entry, ref, stack_of, typical

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*resources: object) -> GraphView:
    stack = stack_of(*resources) if resources else typical()  # type: ignore[arg-type]
    graph = graphs.build(stack.resources)
    return view(stack, graph.needs, graph.order)


def wide(count: int) -> GraphView:
    """So many resources in seven modules, each with up to two needs."""

    def address(number: int) -> str:
        return f"m{number % 7}/r{number}"

    def needs(number: int) -> list[object]:
        return [ref(address(other), "Id") for other in {number // 3, number // 2} if other < number]

    return drawn(*(entry(address(n), "Network", {"Data": needs(n)}) for n in range(count)))


def boxes(document: str) -> list[tuple[float, float, float, float]]:
    """The rectangles of the resources, as left, top, right, bottom."""
    found = [group.find(f"{SVG}rect") for group in ElementTree.fromstring(document).iter(f"{SVG}g")]
    sides = [[float(item.attrib[name]) for name in ("x", "y", "width", "height")] for item in found if item is not None]
    return [(x, y, x + width, y + height) for x, y, width, height in sides]


def lanes(document: str) -> list[tuple[float, float]]:
    """Top and bottom of every lane."""
    found = [item for item in ElementTree.fromstring(document).findall(f"{SVG}rect") if item.get("rx") == "6"]
    return [(float(item.attrib["y"]), float(item.attrib["y"]) + float(item.attrib["height"])) for item in found]


def test_everything_stands_in_a_later_layer_than_what_it_needs() -> None:
    seen = drawn()
    assert {node.address: node.layer for node in seen.nodes} == {
        "net": 0, "bucket": 0, "sub-a": 1, "sub-b": 1, "link": 1, "vm": 2, "dns": 3,
    }  # fmt: skip
    assert all(need.layer < node.layer for node, need in seen.edges)
    assert sum(map(len, seen.layers)) == len(seen.nodes)


def test_text_lists_the_layers() -> None:
    told = text.draw(drawn(entry("net", "Network"), entry("m/sub", "Subnet", {"NetworkId": ref("net", "Id")})))
    assert told == (
        "test in dev: 2 resources, 1 dependency, 2 layers\n\n"
        "Layer 1: what needs nothing (1)\n  net    Memory::Network  here\n\n"
        "Layer 2: needs what stands above (1)\n  m/sub  Memory::Subnet   here\n      needs net\n"
    )


@pytest.mark.parametrize("form", [dot, mermaid])
def test_clusters_and_arrows_are_all_there(form: object) -> None:
    told: str = form.draw(wide(60))  # type: ignore[attr-defined]
    assert told.count("subgraph") == 8  # a place, and seven modules in it
    assert len(re.findall(r" --?> ", told)) == sum(len(node.needs) for node in wide(60).nodes)
    assert told.count("{") == told.count("}")


def test_an_empty_stack_draws_as_nothing() -> None:
    seen = GraphView("s", "e", ())
    assert "0 resources" in text.draw(seen) and dot.draw(seen) and mermaid.draw(seen)
    assert not boxes(svg.draw(seen))


def test_a_name_breaks_no_form() -> None:
    hostile = '"]<script>alert(1)</script>\\'
    seen = GraphView("s", "e", (drawn(entry("a", "Network")).nodes[0].__class__(hostile, hostile, hostile, hostile, "c", hostile, hostile, 0, ()),))  # fmt: skip
    document = svg.draw(seen)
    assert len(boxes(document)) == 1 and "<script" not in document
    assert "<script" not in mermaid.draw(seen) and '"]<' not in mermaid.draw(seen)
    for label in re.findall(r'label="((?:[^"\\]|\\.)*)"', dot.draw(seen)):
        assert "script" in label


@pytest.mark.parametrize("count", [7, 60, 300])
def test_no_box_or_lane_covers_another(count: int) -> None:
    document = svg.draw(wide(count))
    found = boxes(document)
    assert len(found) == count
    for (ax, ay, bx, by), (cx, cy, dx, dy) in combinations(found, 2):
        assert bx <= cx or dx <= ax or by <= cy or dy <= ay
    assert all(first[1] < second[0] for first, second in pairwise(lanes(document)))
    assert all(any(top < box[1] and box[3] < bottom for top, bottom in lanes(document)) for box in found)


def test_a_line_passes_beside_the_boxes_between() -> None:
    chain = [entry("a", "Network"), entry("b", "Network", {"Data": [ref("a", "Id")]})]
    document = svg.draw(drawn(*chain, entry("c", "Network", {"Data": [ref("a", "Id"), ref("b", "Id")]})))
    middle = sorted(boxes(document))[1]
    level = [float(y) for y in re.findall(r"class=\"edge\".*L[\d.]+ ([\d.]+)", document)]
    assert len(level) == 1 and not middle[1] <= level[0] <= middle[3]


def test_nothing_comes_from_outside_and_nothing_runs() -> None:
    document = svg.draw(wide(60))
    assert "script" not in document and "http" not in document.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"\son\w+=", document)


def test_a_thousand_resources_are_drawn_at_once() -> None:
    seen = wide(1000)
    started = time.perf_counter()
    svg.draw(seen)
    assert time.perf_counter() - started < 2
