"""The outline of a plan: one view model, redacted once and ordered by risk, from which every format is made.

Its dump is the JSON format. This module must not format: no widths, no colours, no sentences of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from provisioner.model.change import Action, Change, Diff, Drift, Edit, Reason, UndoLabel
from provisioner.model.check import CheckKind
from provisioner.model.finding import Level
from provisioner.model.plan import Plan, Proposal, Scope
from provisioner.model.resource_type import EffectKind
from provisioner.model.value import (
    ABSENT,
    EMPTY,
    Map,
    Path,
    Reference,
    Value,
    beneath,
    matches,
    path_text,
    substitute,
)
from provisioner.render.items import items_line
from provisioner.render.lines import (
    BlindspotLine,
    ChangeLine,
    CheckLine,
    DriftLine,
    EditLine,
    FindingLine,
    ObligationLine,
    PlaceLine,
    ProposalLine,
    ScopeLine,
    Why,
)
from provisioner.render.shown import Shown, plain, shown, unlisted

FORMAT_VERSION = 1
RISK = (
    Action.DELETE,
    Action.REPLACE,
    Action.FORGET,
    Action.UPDATE,
    Action.ADOPT,
    Action.MOVE,
    Action.REBASE,
    Action.CHECK,
    Action.CREATE,
    Action.NOOP,
)
_CHECKING = (Action.CREATE, Action.UPDATE, Action.REPLACE, Action.CHECK)
_UNDO_RISK = {UndoLabel.IMPOSSIBLE: 0, UndoLabel.LOSSY: 1, UndoLabel.EXACT: 2}


@dataclass(frozen=True, slots=True)
class Outline:
    """A plan as it is shown. counts: changes by action, all actions · undo: changes that do something, by
    label · confirm: what a person has to confirm beyond saying yes · confirm_destroy: the number of
    deletions that has to be given for that, or 0 · scope: of a partial plan, else null · unplanned: addresses
    left alone because something could not be read · outputs_before: those on record."""

    stack: str
    environment: str
    kind: str
    undoes: str
    created: str
    digest: str
    empty: bool
    refused: bool
    counts: dict[str, int]
    undo: dict[str, int]
    places: tuple[PlaceLine, ...]
    changes: tuple[ChangeLine, ...]
    drift: tuple[DriftLine, ...]
    findings: tuple[FindingLine, ...]
    obligations: tuple[ObligationLine, ...]
    packs: tuple[str, ...]
    rules: int
    blindspots: tuple[BlindspotLine, ...]
    outputs: dict[str, Shown]
    parameters: Any
    notes: tuple[str, ...]
    confirm: tuple[str, ...]
    scope: ScopeLine | None = None
    confirm_destroy: int = 0
    proposals: tuple[ProposalLine, ...] = ()
    unplanned: tuple[str, ...] = ()
    outputs_before: dict[str, Shown] = field(default_factory=dict)
    undoes_started: str = ""
    format_version: int = FORMAT_VERSION


def outline(plan: Plan, digest: str = "") -> Outline:
    """The view of a plan, riskiest first: what is destroyed, replaced, changed, created; within that what cannot be undone."""
    counts = Counter(change.action for change in plan.changes)
    lookup = plan.lookup()
    redacted = _redacted(plan)
    own = {change.address: change.want.secrets for change in plan.changes if change.want}
    ordered = sorted(plan.changes, key=lambda change: (RISK.index(change.action), _UNDO_RISK[change.undo.label]))
    acting = [change for change in plan.changes if change.action is not Action.NOOP]
    told = {step.uid for step in plan.steps if step.told == "record"}
    recorded = {change.address for change in plan.changes if change.action is Action.MOVE and change.uid in told}
    undo = Counter(change.undo.label for change in acting)
    verdict = plan.verdict
    return Outline(
        stack=plan.stack,
        environment=plan.environment,
        kind=plan.kind,
        undoes=plan.undoes,
        undoes_started=plan.undoes_started,
        created=plan.created,
        digest=digest,
        empty=plan.empty,
        refused=verdict.refused,
        counts={
            **{str(action): counts[action] for action in RISK},
            "move": counts[Action.MOVE] - len(recorded),
            "record": len(recorded),
        },
        undo={str(label): undo[label] for label in _UNDO_RISK},
        places=tuple(PlaceLine(p.name, p.cloud, p.account, p.region, p.endpoint) for p in plan.places),
        changes=tuple(
            replace(line, action="record") if change.action is Action.MOVE and change.address in recorded else line
            for change in ordered
            for line in (_change(change, lookup, redacted.get(change.address, ())),)
        ),
        drift=tuple(_drift(drift, redacted.get(drift.address, ()), own.get(drift.address, ())) for drift in plan.drift),
        findings=tuple(
            FindingLine(f.rule, str(f.level), f.severity, f.address, f.message, f.remediation, str(f.source or ""))
            for f in sorted(verdict.findings, key=_finding_risk)
        ),
        obligations=tuple(
            ObligationLine(o.rule, o.address, tuple(path_text(path) for path in o.paths), o.reason)
            for o in verdict.obligations
        ),
        packs=verdict.packs,
        rules=verdict.rules,
        blindspots=tuple(
            BlindspotLine(b.place.name, b.type, b.identity, path_text(b.path), b.reason, b.code, b.request_id)
            for b in plan.blindspots
        ),
        outputs={name: shown(substitute(value, lookup)) for name, value in plan.outputs.items()},
        outputs_before={name: shown(value) for name, value in plan.outputs_before.items()},
        parameters=plain(plan.parameters),
        notes=plan.notes,
        confirm=tuple(question.text for question in plan.confirm),
        confirm_destroy=plan.destroys,
        scope=_scope(plan.scope),
        proposals=tuple(map(_proposal, plan.proposals)),
        unplanned=plan.unplanned,
    )


def _proposal(found: Proposal) -> ProposalLine:
    source = str(found.source or "")
    return ProposalLine(found.kind, found.message, found.write, found.type, found.identity, found.address, source)


def _scope(scope: Scope | None) -> ScopeLine | None:
    return ScopeLine(scope.targets, scope.excludes, scope.needed, scope.dropped, scope.skipped) if scope else None


_SEVERITIES = ("critical", "high", "medium", "low")


def _finding_risk(finding: Any) -> tuple[bool, int]:
    return finding.level is not Level.MANDATORY, _SEVERITIES.index(finding.severity)


def _redacted(plan: Plan) -> dict[str, tuple[Path, ...]]:
    """What is never shown of what was there of each address by the ledger, but for lists."""
    found: dict[str, tuple[Path, ...]] = {}
    for step in plan.steps:
        if step.row:
            found[step.address] = (*found.get(step.address, ()), *step.row.redacted)
    return found


def _change(change: Change, lookup: Callable[[Reference], Value], redacted: tuple[Path, ...]) -> ChangeLine:
    edits = change.diff
    if change.action is Action.CREATE and change.want and not edits:
        edits = _everything(change)
    place = change.place
    own = change.want.secrets if change.want else ()
    return ChangeLine(
        address=change.address,
        type=change.type,
        action=str(change.action),
        cloud=place.cloud,
        place=place.name,
        account=place.account,
        region=place.region,
        identity=change.have.identity if change.have else "",
        because=tuple(Why(str(b.reason), b.message, path_text(b.path), str(b.source or "")) for b in change.because),
        edits=tuple(_edit(edit, redacted, own, lookup, both=change.want is None) for edit in edits.edits),
        undo=str(change.undo.label),
        undo_why=change.undo.why,
        source=str(change.source or ""),
        order=change.order,
        retain=change.retain,
        checks=tuple(
            CheckLine(
                str(check.kind),
                shown(substitute(check.target, lookup)),
                check.status if check.kind is CheckKind.HTTP else 0,
                check.within,
                str(check.source or ""),
            )
            for check in (change.want.checks if change.want and change.action in _CHECKING else ())
        ),
    )


def _everything(change: Change) -> Diff:
    """All that a new object is made with, a line per property: place keys first, then the body."""
    want = change.want
    if want is None:
        return Diff()
    entries = [*want.within.items(), *want.body.items()]
    if want.type.startswith("Microsoft."):  # ARM's envelope: one level deeper is where the properties are
        inner = want.body.get("properties", EMPTY)
        paths: list[tuple[Path, Value]] = [((key,), value) for key, value in entries if key != "properties"]
        paths += [(("properties", key), value) for key, value in inner.items()] if isinstance(inner, Map) else []
    else:
        paths = [((key,), value) for key, value in entries]
    return Diff(tuple(Edit(path, ABSENT, value, Reason.NEW, source=want.line_of(path)) for path, value in paths))


def _drift(drift: Drift, redacted: tuple[Path, ...], own: tuple[Path, ...]) -> DriftLine:
    edits = tuple(_edit(edit, redacted, own, lambda _: ABSENT, both=True) for edit in drift.diff.edits)
    return DriftLine(
        drift.address,
        drift.type,
        drift.identity,
        drift.gone,
        drift.reverted,
        edits,
        str(drift.source or ""),
        str(drift.fate),
        tuple(path_text(path) for path in drift.back),
        drift.another,
    )


def _edit(
    edit: Edit,
    redacted: tuple[Path, ...],
    own: tuple[Path, ...],
    lookup: Callable[[Reference], Value],
    both: bool = False,
) -> EditLine:
    """redacted, own: what is never shown by the ledger, of what was there (both: of what comes too), and by the entry."""

    def side(value: Value, ledger: tuple[Path, ...]) -> Shown:
        hidden = (*own, *unlisted(ledger, value, edit.path))
        above = edit.redacted or any(matches(path, edit.path[: len(path)]) for path in hidden)
        return shown(value, above, beneath(hidden, edit.path))

    after = substitute(edit.after, lookup)
    sides = side(edit.before, redacted), side(after, redacted if both else ())
    effect = "" if edit.reason is Reason.NEW and edit.effect is EffectKind.IN_PLACE else str(edit.effect)
    items = items_line(edit.items, *sides) if edit.items else None
    return EditLine(path_text(edit.path), *sides, str(edit.reason), effect, str(edit.source or ""), items)
