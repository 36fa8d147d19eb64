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
    while circle := found(after):
        waiting, other = cheapest(circle, worth)
        if not worth(waiting, other):
            return [later for later, _ in circle]
        after[waiting] = [ident for ident in after[waiting] if ident != other]
    return []


def found(after: After) -> list[tuple[str, str]]:
    """The waits of a circle, each as who waits and for whom; nothing where there is none."""
    try:
        graphlib.TopologicalSorter(after).prepare()
    except graphlib.CycleError as error:
        return [(later, earlier) for earlier, later in itertools.pairwise(error.args[1])]
    return []


def cheapest(circle: list[tuple[str, str]], worth: Callable[[str, str], int]) -> tuple[str, str]:
    """The wait that is worth least, of those that can be given up."""
    return min(circle, key=lambda wait: worth(*wait) or 9)
