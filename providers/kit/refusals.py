"""What a cloud is sure to refuse though its schema takes it: a small pure function for each rule, and words that they share.

A rule says nothing about what is not known yet, nor where it is not sure: refused late is better than refused wrongly. This
module must not know any cloud.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from provisioner.model.problem import Problem
from provisioner.model.resource import Owner, Resource
from provisioner.model.value import ABSENT, Map, Path, Value, get, path_text

Rule: TypeAlias = Callable[[Resource], Iterator[Problem]]
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

HIGHEST_PORT = 65535
_SHOWN = 40  # characters of a tag's key in a message
_PORTS = re.compile(r"(\d+)(?:-(\d+))?")


def refusals(want: Resource, rules: tuple[Rule, ...]) -> Iterator[Problem]:
    """What the rules of a type have against an entry."""
    for rule in rules:
        yield from rule(want)


def wrong(want: Resource, path: Path, text: str, hint: str = "") -> Problem:
    """One refusal, at its line. text: goes on after the path's name (``must be …, not …``)."""
    return Problem(f"{path_text(path) or 'the resource'} {text}", want.line_of(path), want.address, hint)


# --- values -------------------------------------------------------------------------------------------------------------


def entries(want: Resource, path: Path) -> Iterator[tuple[Path, Map]]:
    """The items of a list that are maps, with their paths; none where the list is not known."""
    for index, item in enumerate(known_list(get(want.body, path))):
        if isinstance(item, Map):
            yield (*path, index), item


def known_list(value: Value) -> tuple[Any, ...]:
    """A list as it is; an empty one for anything else."""
    return value if isinstance(value, tuple) else ()


def number(value: Value) -> int | None:
    """A whole number, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def given(body: Mapping[str, Value], *names: str) -> list[str]:
    """Those properties that are set to more than nothing; what is known later counts."""
    return [name for name in names if body.get(name, ABSENT) not in (ABSENT, None, "", ())]


def not_one(want: Resource, name: str, what: str) -> Iterator[Problem]:
    """A list that CloudFormation allows several in, where an entry is one object. what: in the plural (``queues``)."""
    items = known_list(want.body.get(name))
    if len(items) > 1:
        hint = f"write an entry for each of the {what}, with a loop if there are many"
        yield wrong(want, (name,), f"names {len(items)} {what}, and an entry is one object", hint)


def outside(want: Resource, path: Path, lowest: int, highest: int) -> Iterator[Problem]:
    """A number that is not in its range."""
    found = number(get(want.body, path))
    if found is not None and not lowest <= found <= highest:
        yield wrong(want, path, f"must be from {lowest} to {highest}, not {found}")


def no_ports(text: str) -> str:
    """Why a text is no port and no range of ports; empty where it is one."""
    found = _PORTS.fullmatch(re.sub(r"\s", "", text))
    if not found:
        return f"must be a port or a range of ports such as 8000-8080, not {text!r}"
    first, last = int(found[1]), int(found[2] or found[1])
    if max(first, last) > HIGHEST_PORT:
        return f"must lie between 0 and {HIGHEST_PORT}, not {text!r}"
    return f"must begin with the lower port: {last}-{first}, not {text!r}" if first > last else ""


def network(text: Value) -> Network | None:
    """A range of addresses, host bits cleared; None for what is none, or not known."""
    if not isinstance(text, str) or "/" not in text:
        return None
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def overlaps(want: Resource, ranges: list[tuple[Path, Network, str]], hint: str = "") -> Iterator[Problem]:
    """Each range that has addresses of an earlier one. ranges: where it stands, itself, whose it is; those of one owner may."""
    for index, (path, found, owner) in enumerate(ranges):
        for _, other, others in ranges[:index]:
            if owner != others and found.version == other.version and found.overlaps(other):
                yield wrong(want, path, f"is {found}, which overlaps {other} of {others}", hint)
                break


# --- tags ---------------------------------------------------------------------------------------------------------------

Judge: TypeAlias = Callable[[str, Value], tuple[str, str] | None]
"""What is wrong with a tag's key and value, as (message, hint): the message goes on after its name."""


def tags(
    want: Resource, own: Mapping[str, tuple[Path, Value]], judge: Judge, most: int, word: str = "tag"
) -> Iterator[Problem]:
    """Tags that a cloud does not take, at their lines, and those of the place once for all entries. own: the entry's, by key,
    with where they stand · most: how many a user can have, the owner's two beside."""
    for key, (path, value) in own.items():
        name = f"{word} {_short(key)!r}"
        if key in (Owner.LINEAGE_TAG, Owner.OWNER_TAG):
            yield Problem(f"{name} is orch's own mark", want.line_of(path), want.address, "choose another key")
        elif found := judge(key, value):
            yield Problem(f"{name} {found[0]}", want.line_of(path), want.address, found[1])
    for key, value in want.place.default_tags.items():
        if key not in own and (found := judge(str(key), value)):
            name = f"default tag {_short(str(key))!r} of place {want.place.name}"
            yield Problem(f"{name} {found[0]}", want.place.source, hint=found[1])
    count = len({*own, *want.place.default_tags})
    if count > most:
        path = next(iter(own.values()))[0][:1] if own else ()
        hint = f"at most {most + 2}, and two are the owner's: {most}"
        yield Problem(f"{count} {word}s are too many", want.line_of(path), want.address, hint)


def _short(key: str) -> str:
    return key if len(key) <= _SHOWN else f"{key[:_SHOWN]}…"
