"""What a hostile mode is made of: chance that a seed decides, other order, other letters' case, what is not seen yet.

Knows no cloud: what may be treated how is each sandbox's own data. Must not touch what is kept, only what is answered.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

_LONGEST = 3  # looks that may miss something new


@dataclass(frozen=True, slots=True)
class Mood:
    """A hostile mode. seed: what all of its chance is drawn from · seconds: how long something new may stay unseen."""

    seed: int = 0
    seconds: float = 0.0

    def dice(self, *about: object) -> Random:
        """Chance for one matter: the same seed and matter fall out alike, in whatever order things are asked."""
        return Random(json.dumps([self.seed, *about], default=str))  # noqa: S311 - to be repeated, not to be kept secret


def shuffled(dice: Random, items: list[Any]) -> list[Any]:
    """The same items in some order."""
    return dice.sample(items, len(items))


def recased(dice: Random, text: str) -> str:
    """The same letters in some case."""
    return dice.choice((str, str.lower, str.upper, _first_small))(text)


def _first_small(text: str) -> str:
    return text[:1].lower() + text[1:]


class Novelties:
    """What was made a moment ago, and which looks at it find nothing. One that is found may be missed by the next look: several
    machines answer, and they do not learn at once. clock: seconds, ever rising."""

    def __init__(self, mood: Mood, clock: Callable[[], float]) -> None:
        self._mood, self._clock = mood, clock
        self._lock = threading.Lock()
        self._born: dict[str, float] = {}
        self._missing: dict[str, list[bool]] = {}
        self._made = 0

    def add(self, name: str) -> None:
        """Something was made."""
        if not self._mood.seconds:
            return
        with self._lock:
            self._made += 1
            dice = self._mood.dice("new", self._made)
            self._born[name] = self._clock()
            self._missing[name] = [dice.random() < 0.7 for _ in range(dice.randint(0, _LONGEST))]

    def misses(self, name: str) -> bool:
        """Whether this look, which counts, does not find it."""
        with self._lock:
            left = self._missing.get(name)
            if left and self._clock() - self._born[name] < self._mood.seconds:
                return left.pop(0)
            self._missing.pop(name, None)
            self._born.pop(name, None)
            return False

    def among(self, names: set[str]) -> set[str]:
        """Those of the names that are new, without looking at any."""
        with self._lock:
            return names & self._missing.keys()
