"""What judging a plan costs, for each evaluation of a rule, beside the CEL engine alone on facts that are ready."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from provisioner.model.plan import Plan
from provisioner.policy import gate, packs
from provisioner.policy.cel import Program
from provisioner.policy.facts import Summary, variables
from tests.bench.measure import ROOT, Result, Sample, in_turn, median, timed
from tests.plans import AWS, create, many, resource

BASELINE = ROOT / "policies" / "baseline"


def cel(quick: bool, n: int = 0, runs: int = 5) -> Iterator[Result]:
    """``policy.cel``: n security groups that are created, by the pack ``baseline``; the size is that of the changes."""
    n = n or (1000 if quick else 10_000)
    pack = packs.load([BASELINE])
    plan = groups(n)
    programs = [program for rule in pack[0].rules if (program := rule.program("AWS::EC2::SecurityGroup"))]
    evaluations = n * len(programs)

    def judged() -> None:
        verdict = gate.judge(plan, pack)
        assert not verdict.findings and not verdict.obligations, verdict.findings[:1]

    ours, theirs = in_turn(runs, lambda: timed(judged), lambda: _bare(plan, programs))
    extra = {
        "evaluations": evaluations,
        "us_each": round(median(ours) / evaluations * 1e6, 2),
        "against_us_each": round(median(theirs) / evaluations * 1e6, 2),
    }
    yield Result("policy.cel", n, ours, theirs, "the CEL engine alone", extra)


def groups(n: int) -> Plan:
    """A plan that creates security groups with two harmless rules each."""
    rules = [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": "10.0.0.0/8"} for port in (443, 8443)]
    body = {"GroupDescription": "inside", "SecurityGroupIngress": rules, "Tags": [{"Key": "team", "Value": "x"}]}
    changes = (create(resource(f"group-{i}", "AWS::EC2::SecurityGroup", AWS, i + 1, body)) for i in range(n))
    return replace(many(0), changes=tuple(changes))


def _bare(plan: Plan, programs: list[Program]) -> Sample:
    """Only the evaluations, each change's facts having been converted before."""
    from provisioner.policy import cel as engine

    summary = Summary.of(plan)
    seconds = 0.0
    for change in plan.changes:
        facts = engine.facts(variables(change, summary))
        began = time.perf_counter()
        for program in programs:
            program.expression.compiled.eval(facts)
        seconds += time.perf_counter() - began
    return Sample(seconds)
