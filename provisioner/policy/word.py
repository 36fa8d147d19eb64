"""Policy's word on whole plans: judged when made, the same rules when applied, the last word right before each step.

It must not know how a rule is judged; ``gate`` does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from provisioner.model.finding import Finding, Level
from provisioner.model.plan import Plan, Step
from provisioner.model.problem import Problem, RefusedError, StaleError
from provisioner.model.resource import Resource
from provisioner.policy import gate
from provisioner.policy.rule import Pack


def judged(plan: Plan, packs: Sequence[Pack]) -> Plan:
    """The plan with its verdict."""
    return replace(plan, verdict=gate.judge(plan, packs))


def agree(plan: Plan, packs: Sequence[Pack]) -> None:
    """``StaleError`` where other rules hold than those that judged the plan."""
    now = tuple(pack.version for pack in packs)
    if now != plan.verdict.packs:
        then, there = (" and ".join(names) or "none" for names in (plan.verdict.packs, now))
        why = f"policy has changed since this plan was made: {then} judged it, {there} holds now"
        raise StaleError(Problem(why, hint="plan again: orch plan BLUEPRINT --out FILE"))


def last(plan: Plan, packs: Sequence[Pack]) -> Callable[[Step, Resource], tuple[str | None, tuple[Finding, ...]]]:
    """``RefusedError`` for a plan that policy refuses, else its word right before each step, on what could not be judged
    while it was unknown. A rollback's plan comes from the engine unjudged, and goes through the same gate."""
    if plan.kind == "rollback":
        plan = judged(plan, packs)
    broken = [finding for finding in plan.verdict.findings if finding.level is Level.MANDATORY]
    if broken:
        raise RefusedError(
            *(Problem(f"policy {f.rule}: {f.message}", f.source, f.address, f.remediation) for f in broken)
        )
    return gate.docket(plan, packs).word
