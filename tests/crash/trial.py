"""One trial: a stack is prepared, a command on it killed, its end killed too perhaps, and what then stands is compared.

A trial is told by its seed: a number chooses everything, and ``SCENARIO@KIND:NUMBER:SIDE`` says the kill and leaves the rest to
chance. It must not know how a command is run.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from providers.kit.server import Rule
from tests.crash.ground import Ground, Kill, staged
from tests.crash.standing import Things
from tests.crash.warm import Ended


@dataclass(frozen=True)
class Scenario:
    """commands before it, the one that is killed, and the stage that the stack then is in (None: it is gone) · former: the stage
    before · undo: what is killed is a rollback, which never ends but in what was there before the last of ``before`` · commits,
    writes: about so many an undisturbed run has, from which kills are drawn."""

    name: str
    before: tuple[Sequence[str], ...]
    command: Sequence[str]
    stage: str | None
    former: str | None = None
    undo: bool = False
    commits: int = 40
    writes: int = 30


def _change(name: str, stage: str, commits: int, writes: int) -> Scenario:
    return Scenario(name, (_apply("first"),), _apply(stage), stage, "first", commits=commits, writes=writes)


def _apply(stage: str) -> Sequence[str]:
    return staged("apply", stage, "--yes")


_DESTROY = staged("destroy", "", "--yes")
_ROLLBACK = ("rollback", "--yes")

SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("create", (), _apply("first"), "first"),
        _change("update", "updated", 24, 14),
        _change("create-first", "create-first", 42, 28),
        _change("delete-first", "delete-first", 38, 30),
        _change("remove", "fewer", 14, 5),
        _change("everything", "everything", 55, 45),
        Scenario("destroy", (_apply("first"),), _DESTROY, None, "first"),
        Scenario("undo-create", (_apply("first"),), _ROLLBACK, None, undo=True),
        Scenario("undo-update", (_apply("first"), _apply("updated")), _ROLLBACK, "first", undo=True),
        Scenario("undo-everything", (_apply("first"), _apply("everything")), _ROLLBACK, "first", undo=True),
        Scenario("undo-destroy", (_apply("first"), _DESTROY), _ROLLBACK, "first", undo=True),
    )
}


@dataclass
class Outcome:
    """What a trial has shown. ending: ``resume``, ``rollback`` or ``survived`` (not killed, and done)."""

    seed: str
    scenario: str
    kills: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    ending: str = ""
    orphans: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    not_converged: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> bool:
        """Whether anything is."""
        return bool(self.orphans or self.duplicates or self.lost or self.changed or self.not_converged)


_FAULTS: dict[str, tuple[str, ...]] = {
    "aws": ("throttle", "error", "lost", "latency", "refuse", "deny"),
    "azure": ("throttle", "error", "lost", "latency", "refuse", "deny", "fail"),
    "gcp": ("throttle", "error", "lost", "latency", "refuse", "deny", "fail", "unavailable", "quota"),
}
_WHERE = {
    "aws": r"^(\w+:)?(Create|Delete|Modify|Authorize|Revoke|Attach|Detach|Allocate|Release|Put)",
    "azure": r" (PUT|PATCH|DELETE) ",
    "gcp": r" (POST|PATCH|PUT|DELETE) ",
}


def _faults(chance: random.Random, outcome: Outcome) -> dict[str, list[Rule]]:
    """Half of the time none, else up to three, most of them where something is changed."""
    rules: dict[str, list[Rule]] = {}
    for _ in range(chance.choice((0, 0, 0, 1, 2, 3))):
        cloud = chance.choice(sorted(_FAULTS))
        kind = chance.choice(_FAULTS[cloud])
        where = _WHERE[cloud] if kind == "fail" or chance.random() < 0.8 else "."
        seconds = chance.choice((0.3, 0.8)) if kind == "latency" else 1.0
        rule = Rule(kind, where, chance.choice((1, 1, 2, 3)), chance.randrange(10), seconds)
        rules.setdefault(cloud, []).append(rule)
        outcome.faults.append(f"{cloud}:{kind}")
    return rules


class Trial:
    """One trial on its way."""

    def __init__(self, ground: Ground, base: int, seed: str) -> None:
        self._ground = ground
        self._chance = random.Random(f"{base}/{seed}")
        name, _, kill = seed.partition("@")
        names = list(SCENARIOS)
        self._scenario = SCENARIOS[name if kill else names[int(seed) % len(names)]]
        self._kill = _parsed(kill) if kill else self._any_kill()
        self.outcome = Outcome(seed, self._scenario.name)

    def run(self) -> Outcome:
        """Prepare, kill, end, compare."""
        ground, scenario, said = self._ground, self._scenario, self.outcome
        self._learn()
        prior, before = self._prepared()
        known = {run.id for run in ground.runs()}
        target = ground.runs()[0].id if scenario.undo else ""
        ground.disturb(_faults(self._chance, said))
        ended = self._killed(self._kill, *scenario.command)
        begun = next((run for run in ground.runs() if run.id not in known), None)
        expected, stage = before, scenario.former
        if scenario.undo:
            self._finish_undo(target)
            expected, stage = prior, scenario.stage
        elif begun is None:
            said.ending = "not begun"
        elif self._finish(begun.id, ended):
            expected, stage = ground.stages[scenario.stage] if scenario.stage else [], scenario.stage
        self._compare(expected, stage)
        if said.wrong:
            said.log += ["the journal of the newest run:", *ground.journal()]
        if not said.wrong and stage in (None, "first"):
            ground.prepared = (_apply("first"),) if stage else ()
        return said

    def _prepared(self) -> tuple[Things, Things]:
        """What stands before the last command of the preparation, and after it. A stack that an earlier trial has left as it
        has to be is taken over."""
        ground, commands = self._ground, list(self._scenario.before)
        ready, ground.prepared = ground.prepared, None
        taken = ready is not None and tuple(commands[: len(ready)]) == ready
        if ready is None or not taken or (self._scenario.undo and len(ready) == len(commands)):  # it undoes its own run
            ground.reset()
            ready = ()
        ground.disturb({})
        prior: Things = []
        for command in commands[len(ready) :]:
            if self._scenario.undo:
                prior = ground.standing()
            ended, _ = ground.run(*command)
            if ended.code != 0:
                raise RuntimeError(f"{self._scenario.name} cannot be prepared: {ended.out[-3000:]}")
        return prior, ground.standing()

    # --- ends -------------------------------------------------------------------------------------------------------

    def _finish(self, run: str, ended: Ended) -> bool:
        """Resume or roll back until the run is at an end; whether it was done, and not undone."""
        for turn in range(8):
            status, undoing = self._status(run)
            if status == "rolled_back":
                self.outcome.ending = "rollback"
                return False
            choice = self._chance.choice(("resume", "rollback"))
            if status == "done" and not undoing and (choice == "resume" or turn > 0):
                self.outcome.ending = "resume" if turn else "survived"
                return True
            if status == "done" and not undoing:
                choice = "rollback"
            command = ("rollback", run, "--yes") if choice == "rollback" else ("resume",)
            self._end(turn, command)
        self.outcome.not_converged.append(f"the run is still {self._status(run)} after 8 tries")
        return self._status(run)[0] != "rolled_back"

    def _finish_undo(self, target: str) -> None:
        """Go on with a rollback until it is at an end."""
        self.outcome.ending = "rollback"
        for turn in range(8):
            status, undoing = self._status(target)
            if status == "rolled_back" and not undoing:
                return
            resumable = undoing and self._chance.random() < 0.5
            self._end(turn, ("resume",) if resumable else ("rollback", "--yes"))
        self.outcome.not_converged.append("the rollback is not done after 8 tries")

    def _end(self, turn: int, command: Sequence[str]) -> None:
        """One try at an end: killed or disturbed at first, left in peace later, when it has to succeed."""
        again = turn < 3 and self._chance.random() < 0.4
        disturbed = turn < 3 and self._chance.random() < 0.3
        self._ground.disturb(_faults(self._chance, self.outcome) if disturbed else {})
        ended = self._killed(self._any_kill() if again else Kill(), *command)
        if ended.code and not disturbed and not again:
            self.outcome.log.append(f"orch {' '.join(command)}: exit {ended.code}\n{ended.out[-1500:]}")
            if turn > 3:
                self.outcome.not_converged.append(f"orch {' '.join(command)}: exit {ended.code}: {ended.out[-1500:]}")

    def _status(self, run: str) -> tuple[str, bool]:
        """Of the run, and whether a rollback of it is under way."""
        runs = self._ground.runs()
        status = next(seen.status for seen in runs if seen.id == run)
        return status, any(seen.undoes == run and seen.status in ("running", "partial") for seen in runs)

    def _killed(self, kill: Kill, *command: str) -> Ended:
        ended, _ = self._ground.run(*command, kill=kill)
        what = "killed" if ended.code is None else f"exit {ended.code}"
        self.outcome.log.append(
            f"orch {' '.join(command)} [{kill.kind}:{kill.number:g}:{kill.side}] {what} {self._ground.died_at}"
        )
        if ended.code is None:
            self.outcome.kills.append(kill.kind)
        return ended

    def _any_kill(self) -> Kill:
        chance, scenario = self._chance, self._scenario
        match chance.choice(("commit", "request", "request", "instant", "instant")):
            case "commit":
                return Kill(
                    "commit",
                    chance.randint(3, scenario.commits),
                    chance.choice(("before", "inside", "after")),
                )
            case "request":
                return Kill("request", chance.randint(1, scenario.writes), chance.choice(("before", "after")))
        return Kill("instant", round(chance.uniform(0.35, 1.0) * self._ground.pace, 4))

    def _learn(self) -> None:
        """What an undisturbed run leaves, tried once for each stage."""
        ground, scenario = self._ground, self._scenario
        if scenario.undo or scenario.stage is None or scenario.stage in ground.stages:
            return
        self._prepared()
        ended, _ = ground.run(*scenario.command)
        if ended.code != 0:
            raise RuntimeError(f"{scenario.name} does not work undisturbed: {ended.out[-3000:]}")
        ground.stages[scenario.stage] = ground.standing()

    # --- comparing --------------------------------------------------------------------------------------------------

    def _compare(self, expected: Things, stage: str | None) -> None:
        """What stands with what should; and what a plan of the stage says, where there should be something."""
        said, now = self.outcome, self._ground.standing()
        there, wanted = Counter(name for name, _ in now), Counter(name for name, _ in expected)
        for name in sorted((there - wanted).elements()):
            (said.duplicates if name in wanted else said.orphans).append(name)
        said.lost += sorted((wanted - there).elements())
        if not (said.duplicates or said.orphans or said.lost):
            for (name, body), (_, former) in zip(now, expected, strict=True):
                if body != former:
                    said.changed.append(f"{name}:\n  was {former}\n  is  {body}")
        if stage is None:
            said.not_converged += [f"{row['address']} is still in the ledger" for row in self._ground.rows()]
            return
        ended, _ = self._ground.run(*staged("plan", stage, "--detailed-exitcode"))
        if ended.code:
            said.not_converged.append(f"plan: exit {ended.code}: {ended.out[-2500:]}")


def _parsed(text: str) -> Kill:
    kind, number, *side = text.split(":")
    return Kill(kind, float(number), side[0] if side else "before")
