"""What one rendering may take: text, items of lists and maps, time of the processor. A stranger's template exhausts nothing.

Loops and calls count as steps and what they make is measured; each limit lies far above what a blueprint of 50,000 resources
needs. Must not know what is made.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Any

from provisioner.blueprint.refusals import ValueProblemError
from provisioner.model.value import Map

_TEXT = 200_000_000  # characters that all expressions may make
_ITEMS = 50_000_000  # items of all lists and maps that expressions make or write
_HEAVIEST = 2_000_000  # values in one list or map at any depth, each repetition counted
_DEEPEST = 100  # lists and maps inside of each other
_EMPTY = 20_000  # calls that a macro makes of itself and that write nothing
_SECONDS = 30.0  # of this thread's processor time
_STEPS = 1_000  # between two looks at the clock; one step is about a microsecond
LONGEST_INTEGER = 4096  # bits
_REMEMBERED = 256  # containers whose weight is kept

CONTAINERS = frozenset({list, tuple, dict, Map})
"""The types of lists and maps inside of templates."""


class Budget:
    """What is left of it."""

    def __init__(self) -> None:
        self._text = _TEXT
        self._items = _ITEMS
        self._steps = _STEPS
        self._end = 0.0  # of the time; it begins with the first look
        self._active: dict[object, int] = {}  # macros that run, and how often at once
        self._empty = 0
        self._known: OrderedDict[int, tuple[Any, int, int]] = OrderedDict()  # the container keeps its id its own

    def step(self, cost: int = 1) -> None:
        """Something was done. ``ValueProblemError`` once it took too long."""
        self._steps -= cost
        if self._steps < 0:
            self._steps = _STEPS
            now = time.thread_time()
            self._end = self._end or now + _SECONDS
            if now > self._end:
                raise ValueProblemError(f"the template computes for longer than {_SECONDS:.0f} seconds")

    def text(self, length: int) -> None:
        """Text was made, or will be."""
        self._text -= length
        if self._text < 0:
            raise ValueProblemError(f"the expressions of the blueprint make more than {_TEXT:,} characters of text")
        self.step(1 + length // 1_000)

    def items(self, count: int) -> None:
        """A list or a map was made or written."""
        self._items -= count
        if self._items < 0:
            raise ValueProblemError(
                f"the expressions of the blueprint make lists and maps of more than {_ITEMS:,} items"
            )
        self.step(1 + count // 10)

    def entered(self, macro: object) -> int:
        """A macro is called; how many calls of it run already."""
        outer = self._active.get(macro, 0)
        self._active[macro] = outer + 1
        return outer

    def left(self, macro: object, outer: int, name: str, nothing: bool) -> None:
        """It has ended; nothing: it wrote nothing. Two calls of itself in each, and two in each of those, would take all the time
        that there is."""
        self._active[macro] = outer
        self._empty += nothing and outer > 0
        if self._empty > _EMPTY:
            raise ValueProblemError(f"the macro {name!r} calls itself more than {_EMPTY:,} times and writes nothing")

    def made(self, value: Any) -> Any:
        """What an expression gave, once it is known to be no larger than anybody needs."""
        if isinstance(value, str):
            self.text(str.__len__(value))
        elif type(value) in CONTAINERS:
            self.items(len(value))
            self.step(self.weight(value)[0] // 10)
        elif isinstance(value, int) and value.bit_length() > LONGEST_INTEGER:
            raise ValueProblemError(f"a whole number of more than {LONGEST_INTEGER:,} bits")
        return value

    def weight(self, value: Any) -> tuple[int, int]:
        """How many values a list or a map holds, and how deep: what it takes to walk through it."""
        known = self._known.get(id(value))
        if known is not None:
            self._known.move_to_end(id(value))
            return known[1:]
        total, depth = 1 + len(value), 0
        for item in value.values() if isinstance(value, dict) else value:
            if type(item) in CONTAINERS:
                inside, levels = self.weight(item)
                total, depth = total + inside - 1, max(depth, levels)
        if total > _HEAVIEST:
            raise ValueProblemError(f"a list or a map holds more than {_HEAVIEST:,} values, each repetition counted")
        if depth >= _DEEPEST:
            raise ValueProblemError(f"lists and maps are nested deeper than {_DEEPEST} levels")
        self._known[id(value)] = value, total, depth + 1
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return total, depth + 1
