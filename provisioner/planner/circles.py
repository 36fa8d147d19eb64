"""Steps that wait for each other in a circle, and which of the waits can be given up. Pure.

It must not judge a wait: who orders the steps says which are only for the sake of tidiness.
"""

from __future__ import annotations

import graphlib
import itertools
from collections.abc import Callable

After = dict[str, list[str]]
"""By a step's id the ids of those that it waits for."""


def opened(after: After, worth: Callable[[str, str], int]) -> list[str]:
    """Gives up waits until no circle is left; of each circle the one that is worth least. ``worth(waiting, other)``: 0 for a
    wait that nobody can give up. Returns the circle that stays, or nothing."""
    while True:
        try:
            graphlib.TopologicalSorter(after).prepare()
            return []
        except graphlib.CycleError as error:
            circle: list[str] = error.args[1]
        waits = [(worth(later, earlier), later, earlier) for earlier, later in itertools.pairwise(circle)]
        _, waiting, other = min(waits, key=lambda wait: wait[0] or 9)
        if not worth(waiting, other):
            return circle
        after[waiting] = [ident for ident in after[waiting] if ident != other]
