"""The plan that takes over existing objects, and nothing else: for a blueprint that meets them, or a ledger that was lost. Pure.

Which ones were accepted comes from outside. It must not take anything over that is not READY.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from provisioner.model.candidate import Candidate, Standing
from provisioner.model.change import Action, Because, Change, Diff, Reason
from provisioner.model.counting import many
from provisioner.model.ledger import LedgerRow, Role
from provisioner.model.plan import Plan, Premise, Question, Verb
from provisioner.model.resource import Resource
from provisioner.model.value import EMPTY, Map, Written, is_known, references
from provisioner.planner import graph as graphs
from provisioner.planner import steps as stepping
from provisioner.planner import strays as straying
from provisioner.planner.decision import Decider, Decision
from provisioner.planner.moves import Renaming
from provisioner.planner.planner import assemble, change_of
from provisioner.planner.removal import removal_change
from provisioner.planner.situation import Situation
from provisioner.planner.steps import Removal
from provisioner.planner.whose import gone, holders


@dataclass(frozen=True, slots=True)
class Existing:
    """What was found for a stack.

    rebuild: its ledger was lost, and the mark of ``situation.lineage`` is proof · candidates: in the blueprint's order · absent:
    wanted resources for which nothing was found · lineages: those found, with how many objects · taken_lineage: the project
    has another lineage so far · looked_up: what it rests on in other people's objects.
    """

    situation: Situation
    candidates: tuple[Candidate, ...]
    absent: tuple[Resource, ...]
    rebuild: bool = False
    lineages: tuple[tuple[str, int], ...] = ()
    taken_lineage: bool = False
    looked_up: tuple[Premise, ...] = ()
    outputs_before: Map = EMPTY
    outputs_written_before: Written = ()

    @property
    def ready(self) -> tuple[Candidate, ...]:
        """What can be taken over."""
        return tuple(found for found in self.candidates if found.standing is Standing.READY)

    @property
    def proven(self) -> tuple[Candidate, ...]:
        """Of these, what its mark proves to be this project's; all else needs somebody's word."""
        return tuple(found for found in self.ready if found.marked)

    @property
    def proposed(self) -> tuple[Candidate, ...]:
        """What can be taken over once somebody has said so."""
        return tuple(found for found in self.ready if not found.marked)


def takeover(existing: Existing, accepted: Collection[str], uids: Iterator[str]) -> Plan:
    """The plan that takes over the candidates of these addresses, as far as what they refer to is owned or taken over too."""
    situation = existing.situation
    chosen = {found.want.address: found for found in existing.ready if found.want.address in accepted}
    wants = tuple(_adopting(want, chosen.get(want.address)) for want in situation.wants)
    situation = replace(situation, wants=wants)
    graph = graphs.build(wants)
    rows = Renaming(wants, {row.address: row for row in situation.rows if row.role is Role.CURRENT}).rows
    former = {
        address: rows.pop(address) for address in chosen if address in rows
    }  # which the ledger had for them so far
    uids_of = {row.uid for row in former.values()}
    everything = [row for rows in situation.held.values() for row in rows if row.uid not in uids_of]
    decider = Decider(
        graph, situation.types, rows, situation.snapshot, situation.lineage, uids, holders(everything),
        (situation.stack.name, situation.stack.environment), taken={uid for uid, _ in situation.owned} - uids_of,
        sealed=situation.sealed, wants={want.address: want for want in wants},
    )  # fmt: skip
    left = _decide(decider, chosen, former)
    past = _past(situation, decider, former)
    steps = stepping.build(graph, decider.decisions, past)
    changes = [
        _told(change_of(decision), chosen[address])
        for address, decision in decider.decisions.items()
        if decision.action is Action.ADOPT
    ]
    changes += [_succeeded(situation, removal, decider) for removal in past]
    taken = {step.address for step in steps if step.verb is Verb.ADOPT}
    notes = (*_notes(existing, taken, former), *left)
    plan = assemble(situation, decider, tuple(changes), steps, notes, straying.strays(situation))
    now = bool(steps) and is_known(plan.outputs)
    return replace(
        plan,
        kind="rebuild" if existing.rebuild else "adopt",
        drift=(),
        outputs=plan.outputs if now else existing.outputs_before,
        outputs_written=plan.outputs_written if now else existing.outputs_written_before,
        outputs_before=existing.outputs_before,
        outputs_written_before=existing.outputs_written_before,
        outputs_read=situation.stack.outputs_read,
        premises=(*plan.premises, *existing.looked_up) if steps else (),
        confirm=_confirm(existing) if steps else (),
    )


def _adopting(want: Resource, found: Candidate | None) -> Resource:
    options = replace(want.options, adopt=found.have.identity if found else None)
    named = found.have.identity if found and want.identity else want.identity  # it may be found in another case
    return replace(want, options=options, identity=named)


def _decide(decider: Decider, chosen: Mapping[str, Candidate], former: Mapping[str, LedgerRow]) -> list[str]:
    """Decide what is taken over, around what is owned already, which stays as it is; what is left out, in words. former: the
    rows of which something is the next generation."""
    left: list[str] = []
    for address in decider.graph.order:
        if address not in chosen and address not in decider.rows:
            continue
        decider.decide(decider.wants[address])
        decision = decider.decisions.pop(address, None)
        if decision is None:
            continue
        if decision.action is not Action.ADOPT:
            if decision.have is not None:  # whatever another plan may make of it
                decider.decisions[address] = replace(decision, action=Action.NOOP, diff=Diff(), because=())
        elif unknown := _unknown(decision):
            left.append(
                f"{address} was left out: it refers to {unknown}, which is neither owned nor taken over with it"
            )
        elif (row := former.get(address)) and row.uid != decision.uid:  # no mark tells it
            decider.decisions[address] = replace(decision, uid=row.uid, generation=row.generation + 1)
        else:
            decider.decisions[address] = decision
    left += [f"{p.address} was left out: {p.message}" for p in decider.problems if p.address in chosen]
    return left


def _past(situation: Situation, decider: Decider, former: Mapping[str, LedgerRow]) -> list[Removal]:
    """Rows of objects that stand no more and have a successor now; of one that stands, the row stays as superseded."""
    out = []
    for address, row in former.items():
        decision = decider.decisions.get(address)
        if decision is None or decision.have is None or row.generation == decision.generation:
            continue
        if row.identity == decision.have.identity or gone(row, situation.snapshot):
            out.append(Removal(row, None, Verb.FORGET))
    return out


def _succeeded(situation: Situation, removal: Removal, decider: Decider) -> Change:
    """The change of a row whose object is gone."""
    now = next(d.have.identity for d in decider.decisions.values() if d.uid == removal.row.uid and d.have)
    words = f"generation {removal.row.generation} of it is gone, and {now} stands in its stead"
    change = removal_change(situation, removal)
    return replace(change, because=(Because(Reason.MISSING, words, source=removal.row.source),))


def _unknown(decision: Decision) -> str:
    values = (decision.want.body, decision.want.within)
    return next((str(reference) for value in values for _, reference in references(value)), "")


def _told(change: Change, found: Candidate) -> Change:
    """The change with how its object was found, and what the next plan would do about it."""
    source = change.source
    whose = ", and carries this project's mark" if found.marked else ""
    because = [
        Because(Reason.REQUESTED, f"{found.have.identity} was found {found.how}{whose}", source=source),
        *(each for each in change.because if each.reason is Reason.WANTED),
    ]
    return replace(change, because=tuple(because))


def _notes(existing: Existing, taken: Collection[str], former: Mapping[str, LedgerRow]) -> Iterator[str]:
    """What is not taken over, and why. former: what the ledger has so far for what is taken over."""
    wants, owned = existing.situation.wants, {row.address for row in existing.situation.rows}
    if former:
        yield f"{len(taken)} of {many(len(wants), 'resource is', 'resources are')} brought up to date"
        yield "what was run since this state was written is lost: nothing of it can be rolled back"
    elif (
        existing.rebuild
        and all(want.address in owned for want in wants)
        and not (existing.candidates or existing.absent)
    ):
        yield f"the ledger has all of it ({many(len(wants), 'resource', 'resources')}): nothing is missing"
    elif existing.rebuild and not all(want.address in owned for want in wants):
        yield (
            f"{len(taken)} of {many(len(wants), 'resource is', 'resources are')} recovered, "
            f"of lineage {existing.situation.lineage}"
        )
        yield "what was run before is lost: nothing of it can be rolled back, and what was changed outside until now is no drift"
    for found in existing.candidates:
        address, objects = found.want.address, found.objects
        what = objects[0].identity if len(objects) == 1 else f"one of {len(objects)}"
        command = "orch state rebuild" if existing.rebuild else "orch adopt"
        accept = f"{command} {existing.situation.stack.words} --address {address}"
        why = f", but {found.why}" if found.why else f"; to accept it: {accept}"
        if found.standing is not Standing.READY or address not in taken:
            yield f"{address} is not taken over: {what} was found {found.how}{why}"
    for want in existing.absent:
        asked = want.options.adopt
        yield f"{want.address} was not found: " + (f"there is no {asked}" if asked else "the next plan creates it")


def _confirm(existing: Existing) -> tuple[Question, ...]:
    """Two states that own the same objects would undo each other's work, so that is for a person to exclude."""
    if not existing.taken_lineage:
        return ()
    lineage = existing.situation.lineage
    count = dict(existing.lineages).get(lineage, 0)
    what = (
        f"{many(count, 'object carries', 'objects carry')} the mark of lineage {lineage}, which this project takes on"
    )
    return (Question(f"{what}: is its former state really gone, here and everywhere?"),)
