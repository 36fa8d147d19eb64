"""Plans that change what is recorded and no object: a resource gets another address or stack, or is let go.

Pure. Which rows are meant is decided by whoever asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from provisioner.model.change import Action, Because, Change, Reason
from provisioner.model.ledger import LedgerRow
from provisioner.model.plan import Plan, Premise, Step, Verb
from provisioner.model.resource import Observed, Options, Resource
from provisioner.model.resource_type import ResourceType
from provisioner.model.value import EMPTY, Map, Written
from provisioner.planner.whose import foreign


@dataclass(frozen=True, slots=True)
class Records:
    """What such a plan is made from. others: the rest of the stack's ledger · outputs: as they are, and stay."""

    stack: str
    environment: str
    lineage: str
    serial: int
    created: str
    others: tuple[LedgerRow, ...] = ()
    outputs: Map = EMPTY
    outputs_written: Written = ()


def move(records: Records, row: LedgerRow, address: str, stack: str) -> Plan:
    """The plan of one step that records a resource under another address, in another stack maybe. No cloud is asked."""
    away = stack != row.stack
    target = f"{address} of stack {stack}" if away else address
    because = Because(Reason.REQUESTED, f"{row.address} is recorded as {target}", source=row.source)
    want = replace(wanted(row, row.applied), address=address)
    step = Step(
        "s1", Verb.MOVE, address, row.type, row.place, row.uid, row.generation, want=want, row=row,
        depends_on=row.depends_on, written=() if away else row.written, to_stack=stack if away else "",
    )  # fmt: skip
    change = Change(
        address, row.type, row.place, Action.MOVE, row.uid, row.generation, (because,), want=want, source=row.source
    )
    notes = [f"the object is left alone: call the entry {target} in the blueprint too, before the next plan"]
    if users := _users(records, [row]) if away else ():
        notes.append(f"{_need(users, f' of stack {row.stack}')}: no plan of one stack waits for the other")
    return _plan(records, "move", [(change, step)], (), notes)


def forget(
    records: Records,
    rows: Sequence[tuple[LedgerRow, Observed | None]],
    types: Mapping[str, ResourceType],
    doubts: Sequence[tuple[str, Step]] = (),
) -> Plan:
    """The plan that lets a resource go: its objects stay, without our mark. rows: of one address, each with what was found ·
    doubts: what may have been made there and cannot be found: the run of each, and its step."""
    made: list[tuple[Change, Step]] = []
    premises = []
    for row, have in rows:
        step = Step(
            f"s{len(made) + 1}",
            Verb.FORGET,
            row.address,
            row.type,
            row.place,
            row.uid,
            row.generation,
            have=have,
            row=row,
        )
        because = Because(Reason.REQUESTED, _let_go(records, row, have, types[row.type]), source=row.source)
        made.append((_forgotten(step, because), step))
        if row.identity:
            premises.append(_premise(row, have, types[row.type]))
    for run, left in doubts:
        step = Step(f"s{len(made) + 1}", Verb.FORGET, left.address, left.type, left.place, left.uid, left.generation)
        words = f"run {run} may have made it, and it cannot be found; if it exists, it stays, and nobody owns it"
        because = Because(Reason.REQUESTED, words, source=left.want.source if left.want else None)
        made.append((_forgotten(step, because), step))
    address = made[0][1].address
    notes = [f"where {address} stays in the blueprint, the next plan takes it for new"]
    if rest := [row for row in records.others if (row.stack, row.address) == (records.stack, address)]:
        notes = [f"{address} still has {' and '.join(row.identity or 'another object' for row in rest)}"]
    if doubts:
        notes.append(f"only you can tell whether {address} is there: look for it in the cloud's own console")
    if any(row.protect for row, _ in rows):
        notes.append("it was protected against being deleted; that guard goes with its record")
    if users := _users(records, [row for row, _ in rows]):
        notes.append(f"{_need(users)}, and no longer {'waits' if len(users) == 1 else 'wait'} for it")
    return _plan(records, "forget", made, tuple(premises), notes)


def _forgotten(step: Step, because: Because) -> Change:
    return Change(
        step.address, step.type, step.place, Action.FORGET, step.uid, step.generation, (because,), have=step.have,
        source=because.source, retain=step.have is not None,
    )  # fmt: skip


def wanted(row: LedgerRow, body: Map, identity: str | None = None) -> Resource:
    """What a row says is wanted, with some body. Default tags are in it where it had them, and are not laid beneath it anew."""
    place = replace(row.place, default_tags=EMPTY)
    options = Options(
        protect=row.protect,
        on_remove=row.on_remove,
        on_replace=row.on_replace,
        timeout=row.timeout,
        allow_stopping=True,
    )
    return Resource(
        row.address, row.type, place, body, row.within, options, source=row.source,
        identity=identity if identity and row.within else None,
    )  # fmt: skip


def _let_go(records: Records, row: LedgerRow, have: Observed | None, kind: ResourceType) -> str:
    if have is None:
        return f"{row.identity} no longer exists; only its record is left"
    if foreign(kind, row, have, records.lineage):
        return f"{row.identity} is another object by now, and is left as it is"
    return f"{row.identity} stays, " + ("without our mark" if have.owner else "as it is: it carries no mark of ours")


def _premise(row: LedgerRow, have: Observed | None, kind: ResourceType) -> Premise:
    facts = tuple((path, have.attribute(path)) for path in kind.born) if have else ()
    owner = have.owner if have else None
    return Premise(row.address, row.place, row.type, row.identity or "", have is not None, facts, owner)


def _users(records: Records, rows: Sequence[LedgerRow]) -> tuple[str, ...]:
    """The addresses of those that need these objects."""
    uids = {row.uid for row in rows} - {row.uid for row in records.others}
    return tuple(dict.fromkeys(other.address for other in records.others if uids & set(other.depends_on)))


def _need(users: Sequence[str], of: str = "") -> str:
    return f"{', '.join(users)}{of} {'needs' if len(users) == 1 else 'need'} it"


def _plan(
    records: Records,
    kind: str,
    made: Sequence[tuple[Change, Step]],
    premises: tuple[Premise, ...],
    notes: Sequence[str],
) -> Plan:
    return Plan(
        stack=records.stack,
        environment=records.environment,
        lineage=records.lineage,
        created=records.created,
        kind=kind,
        serial=records.serial,
        places=tuple(dict.fromkeys(step.place for _, step in made)),
        changes=tuple(change for change, _ in made),
        steps=tuple(step for _, step in made),
        premises=premises,
        outputs=records.outputs,
        outputs_before=records.outputs,
        outputs_written=records.outputs_written,
        outputs_written_before=records.outputs_written,
        notes=tuple(notes),
    )
