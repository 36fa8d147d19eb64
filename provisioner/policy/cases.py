"""Runs the examples that stand beside each rule: a rule is code, and these are its tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from provisioner.model.change import Action, Change
from provisioner.model.finding import Level
from provisioner.model.place import Place
from provisioner.model.plan import Plan
from provisioner.model.resource import Observed, Resource
from provisioner.policy.gate import judge
from provisioner.policy.rule import Case, Expectation, Pack, Rule

_PLACE = Place("here", "cloud", "account", "region")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one example. ``got`` is ``error`` where the rule could not be evaluated."""

    rule: Rule
    case: Case
    got: Expectation | str
    detail: str = ""

    @property
    def as_expected(self) -> bool:
        """Whether the rule does what its author says."""
        return self.got == self.case.expect


def run(pack: Pack) -> Iterator[Outcome]:
    """Every case of every rule of a pack, through the gate itself."""
    for rule in pack.rules:
        for case in rule.cases:
            yield _run(rule, case)


def _run(rule: Rule, case: Case) -> Outcome:
    want = None if case.action is Action.DELETE else Resource("example", case.type, _PLACE, case.after)
    have = None if case.action is Action.CREATE else Observed(case.type, _PLACE, "example", case.before)
    change = Change("example", case.type, _PLACE, case.action, "uid", 1, want=want, have=have)
    plan = Plan("example", "test", "lineage", "1970-01-01T00:00:00Z", changes=(change,))
    verdict = judge(plan, [Pack("case", "", (rule,))])
    if verdict.findings:
        finding = verdict.findings[0]
        failed = finding.level is Level.MANDATORY and "could not be judged" in finding.message
        return Outcome(rule, case, "error" if failed else "deny", finding.message)
    if verdict.obligations:
        return Outcome(rule, case, "defer", verdict.obligations[0].reason)
    return Outcome(rule, case, "pass")
