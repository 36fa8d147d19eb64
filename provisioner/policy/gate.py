"""The gate: judges the changes of a plan by rules, and again, right before a step, what could not be judged before.

A rule gives one of three answers: kept, broken, or not to be judged yet. An error is *broken*, whatever the rule's level:
the gate never fails open. Pure: reads no file and changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from provisioner.cel import EvaluationError, Facts
from provisioner.model.change import Change
from provisioner.model.finding import Finding, Level, Obligation, Verdict
from provisioner.model.plan import Plan, Step
from provisioner.model.resource import Resource
from provisioner.model.secret import secret_paths
from provisioner.model.source import Source
from provisioner.model.value import ABSENT, EMPTY, Map, Path, Value, get, path_text
from provisioner.policy import cel
from provisioner.policy.cel import Program
from provisioner.policy.facts import (
    LATER,
    SECRET,
    TAKING,
    Summary,
    resulting,
    secrets,
    unknowns,
    variables,
    without_items,
)
from provisioner.policy.rule import Pack, Rule

_MAX_CULPRITS = 200  # items of a list that are tried alone to find which one breaks a rule


def judge(plan: Plan, packs: Sequence[Pack]) -> Verdict:
    """All findings and obligations of a plan, in the order of its changes, then of the rules."""
    rules = [rule for pack in packs for rule in pack.rules]
    summary = Summary.of(plan)
    by_type: dict[str, list[tuple[Rule, Program]]] = {}
    findings: list[Finding] = []
    obligations: list[Obligation] = []
    for change in plan.changes:
        if change.type not in by_type:
            matching = ((rule, rule.program(change.type)) for rule in rules)
            by_type[change.type] = [(rule, program) for rule, program in matching if program]
        asked = [(rule, program) for rule, program in by_type[change.type] if change.action in rule.actions]
        if not asked:
            continue
        subject = _Subject.of(change, summary)
        for rule, program in asked:
            for result in subject.judge(rule, program):
                if isinstance(result, Finding):
                    findings.append(result)
                else:
                    obligations.append(result)
    return Verdict(tuple(findings), tuple(obligations), tuple(pack.version for pack in packs), len(rules))


@dataclass(frozen=True, slots=True)
class Docket:
    """What is still to be judged while a plan is applied, by address: what was unknown, and what is taken as it is."""

    summary: Summary
    changes: dict[str, Change]
    obligations: dict[str, tuple[Obligation, ...]]
    rules: dict[str, Rule]
    missing: frozenset[str]  # packs that judged the plan and are not there as they were

    def discharge(self, address: str, want: Resource) -> tuple[Finding, ...]:
        """Judge the obligations of one address with everything known. Call it right before the step; a mandatory finding
        means: do not make the call. What is *still* unknown, or has no rule any more, is a mandatory finding."""
        found: list[Finding] = []
        for obligation in self.obligations.get(address, ()):
            rule, change = self.rules.get(obligation.rule), self.changes[address]
            program = rule.program(change.type) if rule else None
            if rule is None or program is None or obligation.rule.partition("/")[0] in self.missing:
                why = f"this plan rests on rule {obligation.rule}, which is not there any more as it was"
                found.append(Finding(obligation.rule, Level.MANDATORY, "high", address, why, source=change.source))
                continue
            secret = secret_paths(change.want.body) if change.want else ()
            results = _Subject.of(replace(change, want=want), self.summary, secret).judge(rule, program)
            found += [
                result if isinstance(result, Finding) else _still_open(rule, result, change) for result in results
            ]
        return tuple(found)

    def _taken(self, step: Step, want: Resource) -> Iterator[Finding]:
        """Judge what is taken as it is: somebody may have changed, since the plan, what no premise of it speaks of."""
        change = self.changes.get(step.address)
        if change is None or change.action not in TAKING:
            return
        secret = secret_paths(change.want.body) if change.want else ()
        subject = _Subject.of(replace(change, want=want, have=step.have), self.summary, secret)
        for rule in self.rules.values():
            if change.action in rule.actions and (program := rule.program(change.type)):
                for result in subject.judge(rule, program):
                    yield result if isinstance(result, Finding) else _still_open(rule, result, change)

    def word(self, step: Step, want: Resource) -> tuple[str | None, tuple[Finding, ...]]:
        """Why a step must not be done now that its values are known, or None; and what only warns. The face that the applier
        takes, with ``step.have`` as it was just read."""
        findings = dict.fromkeys((*self.discharge(step.address, want), *self._taken(step, want)))
        broken = [f"{finding.message} [{finding.rule}]" for finding in findings if finding.level is Level.MANDATORY]
        return "; ".join(broken) or None, tuple(f for f in findings if f.level is Level.ADVISORY)


def docket(plan: Plan, packs: Sequence[Pack]) -> Docket:
    """The obligations of a plan, with the rules that will discharge them."""
    obligations: dict[str, tuple[Obligation, ...]] = {}
    for obligation in plan.verdict.obligations:
        obligations[obligation.address] = (*obligations.get(obligation.address, ()), obligation)
    missing = set(plan.verdict.packs) - {pack.version for pack in packs}
    return Docket(
        Summary.of(plan),
        {c.address: c for c in plan.changes if c.address in obligations or c.action in TAKING},
        obligations,
        {rule.id: rule for pack in packs for rule in pack.rules},
        frozenset(name.partition("@")[0] for name in missing),
    )


def _still_open(rule: Rule, obligation: Obligation, change: Change) -> Finding:
    why = f"cannot be judged even now: it {obligation.reason}"
    return Finding(rule.id, Level.MANDATORY, rule.severity, change.address, why, rule.remediation, change.source)


@dataclass(frozen=True, slots=True)
class _Subject:
    """One change, its variables converted once for all rules."""

    change: Change
    values: dict[str, dict[str, object]]
    facts: Facts
    shown: Facts
    hidden: tuple[Path, ...]
    unknown: tuple[Path, ...]

    @classmethod
    def of(cls, change: Change, summary: Summary, secret: tuple[Path, ...] = ()) -> _Subject:
        change = resulting(summary.resolve(change))
        values = variables(change, summary)
        facts = cel.facts(values)
        hidden = secret or secrets(change)
        shown = cel.facts(variables(change, summary, hide=True, secret=secret)) if hidden else facts
        return cls(change, values, facts, shown, hidden, unknowns(change))

    def judge(self, rule: Rule, program: Program) -> Iterator[Finding | Obligation]:
        """Findings, or the obligation; nothing where the rule is kept."""
        open_reads = [(read, path) for read in program.reads for path in self.unknown if read.meets(path)]
        try:
            if not open_reads:
                if program.holds(self.facts):
                    yield from self._broken(rule, program, set())
                return
            items = {path[: len(read.each) + 1] for read, path in open_reads if read.each is not None}
            if all(read.each is not None for read, _ in open_reads):
                # "Does any item…?" that a known item answers with yes needs no other.
                known = without_items(self.values, items)
                if program.holds(cel.facts(known)):
                    yield from self._broken(rule, program, items)
                    return
        except EvaluationError as error:
            yield self._finding(rule, f"rule {rule.id} could not be judged, which counts as broken: {error}", (), True)
            return
        yield self._obligation(rule, sorted({path for _, path in open_reads}, key=str))

    def _broken(self, rule: Rule, program: Program, skip: set[Path]) -> Iterator[Finding]:
        message = self._message(rule)
        body = self.change.want.body if self.change.want else EMPTY
        for path in _culprits(program, self.values, body, skip) or [_nearest(program, body)]:
            yield self._finding(rule, f"{message} ({path_text(path)})" if path else message, path)

    def _finding(self, rule: Rule, message: str, path: Path, error: bool = False) -> Finding:
        level = Level.MANDATORY if error else rule.level
        source = self._line(path)
        return Finding(rule.id, level, rule.severity, self.change.address, message, rule.remediation, source)

    def _line(self, path: Path) -> Source | None:
        return self.change.want.line_of(path) if self.change.want else self.change.source

    def _obligation(self, rule: Rule, paths: list[Path]) -> Obligation:
        names = ", ".join(path_text(path[1:] if path[0] == "after" else path) for path in paths)
        return Obligation(
            rule.id,
            self.change.address,
            tuple(path[1:] if path[0] == "after" else path for path in paths),
            f"reads {names}, known only after apply",
        )

    def _message(self, rule: Rule) -> str:
        """The message with its expressions filled in; one that fails must not hide the finding."""
        parts = []
        for part in rule.message:
            if isinstance(part, str):
                parts.append(part)
                continue
            try:
                value = LATER if self._reads_unknown(part) else part.value(self.shown)
                parts.append(value if isinstance(value, str) else json.dumps(_ordered(value), default=str))
            except EvaluationError:
                parts.append(SECRET if self._reads_hidden(part) else "?")
        return " ".join("".join(parts).split())

    def _reads_hidden(self, program: Program) -> bool:
        """Whether it reads within what is shown as one masked text."""
        return any(
            read.meets((side, *path)) for read in program.reads for path in self.hidden for side in ("before", "after")
        )

    def _reads_unknown(self, program: Program) -> bool:
        return any(read.meets(path) for read in program.reads for path in self.unknown)


def _ordered(value: object) -> object:
    """The same with the keys of every map in order: an engine hands them over in any, another one each time."""
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value, key=str)}
    return [_ordered(item) for item in value] if isinstance(value, (list, tuple)) else value


def _lists(program: Program, body: Map) -> Iterator[tuple[Path, tuple[Value, ...]]]:
    """The lists in ``after`` whose items a program reads, each once."""
    seen = set()
    for read in program.reads:
        if read.path[0] == "after" and "*" in read.path:
            path = read.path[1 : read.path.index("*")]
            found = get(body, path)
            if path not in seen and isinstance(found, tuple):
                seen.add(path)
                yield path, found


def _culprits(program: Program, values: dict[str, dict[str, object]], body: Map, skip: set[Path]) -> list[Path]:
    """Items (paths in the body) each of which breaks the rule alone, its list shortened to it."""

    def breaks(gone: set[Path]) -> bool:
        try:
            return program.holds(cel.facts(without_items(values, gone)))
        except EvaluationError:
            return False

    for path, items in _lists(program, body):
        everything: set[Path] = {("after", *path, index) for index in range(len(items))}
        if breaks(everything):
            continue  # it is not an item that is wrong, rather one that lacks
        tried: list[Path] = [("after", *path, index) for index in range(min(len(items), _MAX_CULPRITS))]
        found = [item[1:] for item in tried if item not in skip and breaks(everything - {item})]
        if found:
            return found
    return []


def _nearest(program: Program, body: Map) -> Path:
    """The first property that the program reads and that is there, or the nearest one above it."""
    paths = [read.path[1:] for read in program.reads if read.path[0] == "after"]
    best: Path = ()
    for path in paths:
        plain = path[: path.index("*")] if "*" in path else path
        for size in range(len(plain), len(best), -1):
            if get(body, plain[:size]) is not ABSENT:
                best = plain[:size]
                break
    return best
