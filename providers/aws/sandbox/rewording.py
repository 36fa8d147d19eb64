"""Answers said in other words: lists that have no order in another one, and members that nobody knows.

What has no order is EC2's sets, tags, and what a listing lists. What is a structure, and no map of the user's own keys, is told
by the service's published model. It changes answers alone, never moto's objects.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any
from xml.etree import ElementTree

from providers.aws.sandbox.call import Call, Protocol, model_of
from providers.kit.hostile import shuffled

Hidden = Callable[[ElementTree.Element], object]

# What is a list in EC2's answers and no set: its order means something, or there is no more than one.
_ORDERED = frozenset({"valueSet", "instancesSet"})
_SETS = frozenset({"ipPermissions", "ipPermissionsEgress", "groups", "ipRanges", "ipv6Ranges", "prefixListIds"})
_NOBODY_KNOWS = "memberOfALaterVersion"
_TAGS = frozenset({"tags", "taglist", "tagset"})
_LISTINGS = ("List", "Describe", "BatchGet")


def reworded(call: Call, body: bytes, dice: Random, hidden: Hidden) -> bytes:
    """An answer's body. hidden: whether an item of an EC2 list has to be left out."""
    if call.protocol in (Protocol.JSON, Protocol.REST_JSON) and body[:1] == b"{":
        return _json(call, body, dice)
    if body[:1] != b"<":
        return body
    root = ElementTree.fromstring(body)  # noqa: S314 - moto's answers to ourselves, on loopback
    if call.protocol in (Protocol.EC2, Protocol.S3):
        _reword_ec2(root, dice, hidden)
    elif call.protocol is Protocol.QUERY:
        _reword_query(call, root, dice)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def member(item: ElementTree.Element, name: str) -> str:
    """The text of an item's member."""
    return next((each.text or "" for each in item if _tag(each) == name), "")


# --- JSON -------------------------------------------------------------------------------------------------------------------


def _json(call: Call, body: bytes, dice: Random) -> bytes:
    model = model_of(call.service)
    shapes: Mapping[str, Any] = model.get("shapes", {})
    output = model.get("operations", {}).get(call.operation, {}).get("output", {}).get("shape", "")
    content = json.loads(body)
    if output not in shapes:
        return body

    def walk(shape: Mapping[str, Any], value: Any, free: bool) -> Any:
        if shape["type"] == "structure" and isinstance(value, dict):
            return structure(shape, value, False)
        if shape["type"] == "list" and isinstance(value, list):
            items = [walk(shapes[shape["member"]["shape"]], item, False) for item in value]
            return shuffled(dice, items) if free else items
        return value

    def structure(shape: Mapping[str, Any], value: dict[str, Any], top: bool) -> dict[str, Any]:
        out = dict(value)
        for name, inside in shape["members"].items():
            key = inside.get("locationName", name)
            if key in out and not shape.get("document"):
                free = name.lower() in _TAGS or (top and call.operation.startswith(_LISTINGS))
                out[key] = walk(shapes[inside["shape"]], out[key], free)
        if dice.random() < 0.5 and not shape.get("union"):
            out[_NOBODY_KNOWS] = dice.randint(1, 9)
        return out

    return json.dumps(structure(shapes[output], content, True)).encode()


# --- XML --------------------------------------------------------------------------------------------------------------------


def _reword_query(call: Call, root: ElementTree.Element, dice: Random) -> None:
    listed = {id(each) for result in root for each in result} if call.operation.startswith(_LISTINGS) else set()
    for element in list(root.iter()):
        members = list(element)
        if {_tag(one) for one in members} != {"member"}:
            continue
        if len(members) > 1 and (_tag(element).lower() in _TAGS or id(element) in listed):
            element[:] = shuffled(dice, members)
        for one in members:
            if len(one) and dice.random() < 0.5:
                ElementTree.SubElement(one, _NOBODY_KNOWS).text = str(dice.randint(1, 9))


def _reword_ec2(root: ElementTree.Element, dice: Random, hidden: Hidden) -> None:
    for element in root:
        for item in [item for item in element if _tag(item) == "item" and hidden(item)]:
            element.remove(item)
    for element in list(root.iter()):
        items = list(element)
        if len(items) > 1 and _is_set(element):
            element[:] = shuffled(dice, items)
    _add_unknown(root, dice)


def _is_set(element: ElementTree.Element) -> bool:
    """Whether the order of an element's children means nothing: EC2 calls most of its lists sets."""
    name = _tag(element)
    if name == "TagSet":
        return True
    return {_tag(item) for item in element} == {"item"} and (
        name in _SETS or (name.endswith(("Set", "Info")) and name not in _ORDERED)
    )


def _add_unknown(root: ElementTree.Element, dice: Random) -> None:
    """A member of a later version in some of the items; S3 takes its documents back, so it gets none."""
    for item in _items(root):
        if dice.random() < 0.5:
            ElementTree.SubElement(item, _NOBODY_KNOWS).text = str(dice.randint(1, 9))


def _items(root: ElementTree.Element) -> Iterator[ElementTree.Element]:
    return (item for element in root if element.tag.endswith(("Set", "Info")) for item in element if len(item))


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
