"""A trial tells what is wrong: judged over a ground that says what it is told to say."""

from __future__ import annotations

from typing import Any

import pytest

from tests.crash.kill import Tally
from tests.crash.standing import Things
from tests.crash.trial import SCENARIOS, Trial
from tests.crash.warm import Ended


class Told:
    """A ground where nothing runs."""

    pace = 1.0

    def __init__(self, now: Things, rows: list[dict[str, Any]], plan: int) -> None:
        self._now, self._rows, self._plan = now, rows, plan

    def standing(self) -> Things:
        return self._now

    def rows(self) -> list[dict[str, Any]]:
        return self._rows

    def run(self, *_arguments: str) -> tuple[Ended, int]:
        return Ended(self._plan, 0, "said"), 0


BEFORE = [("aws vpc", "{}"), ("gcp network", '{"mode": "REGIONAL"}')]


def judged(now: Things, stage: str | None = "first", expected: Things = BEFORE, plan: int = 0, **row: str) -> Trial:
    trial = Trial(Told(now, [row] if row else [], plan), 0, "1")  # type: ignore[arg-type]
    trial._compare(expected, stage)
    return trial


def test_what_is_as_before_is_right() -> None:
    assert not judged(list(BEFORE)).outcome.wrong
    assert not judged([], None, []).outcome.wrong


@pytest.mark.parametrize(
    ("now", "word", "what"),
    [
        ([*BEFORE, ("aws subnet", "{}")], "orphans", "aws subnet"),
        (sorted([*BEFORE, BEFORE[0]]), "duplicates", "aws vpc"),
        (BEFORE[:1], "lost", "gcp network"),
        ([BEFORE[0], ("gcp network", '{"mode": "GLOBAL"}')], "changed", "GLOBAL"),
    ],
)
def test_what_is_not_as_before_is_named(now: Things, word: str, what: str) -> None:
    outcome = judged(now).outcome
    assert outcome.wrong
    assert what in getattr(outcome, word)[0]


def test_a_plan_that_is_not_empty_and_a_row_that_is_left_are_wrong() -> None:
    assert "exit 2" in judged(list(BEFORE), plan=2).outcome.not_converged[0]
    assert "vpc is still" in judged([], None, [], address="vpc").outcome.not_converged[0]


def test_a_seed_says_the_same_kill_each_time() -> None:
    ground = Told([], [], 0)
    kills = {str(Trial(ground, 7, str(seed))._kill) for _ in range(2) for seed in range(40)}  # type: ignore[arg-type]
    assert 30 < len(kills) <= 40
    named = Trial(ground, 7, "update@commit:12:after")  # type: ignore[arg-type]
    assert (named._kill.kind, named._kill.number, named._kill.side) == ("commit", 12, "after")
    assert {Trial(ground, 7, str(seed))._scenario.name for seed in range(11)} == set(SCENARIOS)  # type: ignore[arg-type]


def test_a_tally_fails_where_one_trial_did(capsys: pytest.CaptureFixture[str]) -> None:
    tally = Tally(3, 10, 0.0)
    wrong = {"orphans": ["aws vpc"], "duplicates": [], "lost": [], "changed": [], "not_converged": []}
    tally.add(
        {"seed": "17", "scenario": "update", "kills": ["commit"], "faults": [], "ending": "resume", "log": [], **wrong}
    )
    report = tally.report()
    assert (report["kills"], report["orphans"], report["resumed"]) == (1, 1, 1)
    assert report["seeds_failed"] == ["python -m tests.crash.kill --seed 3 --only 17"]
    assert "--only 17" in capsys.readouterr().out
