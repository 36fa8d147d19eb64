"""What a stack's resources may be already: for clouds that were not empty, and for a ledger that was lost.

It reads, and decides whose lineage counts; which objects are taken over is for a person, and an apply of the plan does it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from provisioner import collector, discovery
from provisioner.engine import Engine
from provisioner.model.counting import many
from provisioner.model.ledger import LedgerRow, Role
from provisioner.model.problem import OrchError
from provisioner.model.resource import Resource
from provisioner.model.snapshot import Snapshot
from provisioner.model.stack import Stack
from provisioner.model.value import EMPTY
from provisioner.planner import strays
from provisioner.planner.matching import Owners, copies
from provisioner.planner.moves import Renaming
from provisioner.planner.situation import Situation, placed
from provisioner.planner.strays import Stray
from provisioner.planner.takeover import Existing
from provisioner.planner.whose import gone, holders


def find(
    engine: Engine, stack: Stack, *, rebuild: bool = False, lineage: str = "", allow_blind: bool = False
) -> Existing:
    """All that was found. ``OrchError`` where something could not be read, or nobody can tell which lineage is meant."""
    with collector.off():
        return _find(engine, stack, rebuild, lineage, allow_blind)


def _find(engine: Engine, stack: Stack, rebuild: bool, lineage: str, allow_blind: bool) -> Existing:
    engine.free(stack.name, stack.environment)
    everything = engine.backend.rows()
    ground = engine.ground(stack, placed(stack, everything), everything)
    own = engine.backend.lineage()
    how = (engine.registry, engine.scheduler(), engine.on_event)
    covered = (*how[:2], engine.cover, engine.on_event)
    young = engine.youth(ground.rows)
    survey = discovery.survey(ground.stack.resources, ground.rows, own, *covered, young)
    rows = {row.address: row for row in ground.rows if row.role is Role.CURRENT}
    recorded = Renaming(survey.wants, rows).rows
    behind = _behind(engine.situation(ground, survey, own), recorded) if rebuild else {}
    lost = {a for a, row in recorded.items() if rebuild and (a in behind or gone(row, survey.snapshot))}
    survey = replace(survey, wants=tuple(_meaning(want, behind.get(want.address)) for want in survey.wants))
    missing = [want for want in survey.wants if want.address not in recorded or want.address in lost]
    snapshot = discovery.merge(survey.snapshot, discovery.listed(missing, *how))
    snapshot = discovery.once(snapshot, [*ground.rows, *survey.wants])
    seen = Counter(item.owner.lineage for item in snapshot.found.values() if item.owner)
    if rebuild:
        lineage = _chosen(engine, seen, lineage)
        if lineage != own:
            snapshot = discovery.merge(snapshot, discovery.marked(survey.wants, lineage, *how))
            snapshot = discovery.once(snapshot, [*ground.rows, *survey.wants])
            seen = Counter(item.owner.lineage for item in snapshot.found.values() if item.owner)
    else:
        lineage = own
    blind = [spot for spot in snapshot.blindspots if not spot.path]
    if blind and not allow_blind:
        raise OrchError(*discovery.unseen(blind, missing))
    situation = engine.situation(ground, survey, lineage)
    former = {recorded[address].uid for address in lost}
    kept = [row for row in everything if row.uid not in former]
    here = (stack.name, stack.environment)
    owners = Owners(lineage, here, holders(kept), {row.uid: row for row in kept}, copies(snapshot.found.values()))
    standing = [row for row in ground.rows if row.uid not in former]
    found, snapshot = discovery.search(survey.wants, missing, standing, snapshot, owners, *covered)
    found = tuple(replace(each, how=behind[a].found) if (a := each.want.address) in behind else each for each in found)
    snapshot = discovery.once(snapshot, [*ground.rows, *(item for each in found for item in each.objects)])
    return Existing(
        replace(situation, snapshot=snapshot),
        found,
        _absent(missing, {each.want.address for each in found}, snapshot),
        rebuild=rebuild,
        lineages=tuple(seen.most_common()),
        taken_lineage=lineage != own,
        looked_up=ground.looked_up,
        outputs_before=engine.backend.outputs(stack.name, stack.environment) or EMPTY,
        outputs_written_before=engine.backend.outputs_written(stack.name, stack.environment),
    )


def _behind(situation: Situation, recorded: Mapping[str, LedgerRow]) -> dict[str, Stray]:
    """The entries whose rows are those of an older copy, or of an object that is gone, each with the object that has its mark
    now. recorded: the rows by the address that they have in the blueprint."""
    later = strays.successors(strays.strays(situation))
    return {address: later[row.uid] for address, row in recorded.items() if row.uid in later}


def _meaning(want: Resource, stray: Stray | None) -> Resource:
    """An entry, with the object that it is now."""
    return replace(want, options=replace(want.options, adopt=stray.item.identity)) if stray else want


def _chosen(engine: Engine, seen: Counter[str], named: str) -> str:
    """The lineage that the lost ledger had: the only one that objects carry, or the one that was named."""
    own = engine.backend.lineage()
    listed = ", ".join(f"{name} ({many(count, 'object', 'objects')})" for name, count in seen.most_common())
    if engine.backend.rows() or engine.backend.runs():
        if named in ("", own):
            return own
        hint = "move the state file away first, if what it has is not wanted"
        raise OrchError(f"this project's state is in use, with lineage {own}; it cannot take on {named}", hint=hint)
    if named and named not in seen:
        raise OrchError(
            f"no object of this blueprint's types carries lineage {named}", hint=f"found: {listed or 'none'}"
        )
    if len(seen) > 1 and not named:
        message = f"objects of {len(seen)} lineages are there: {listed}"
        hint = "say which one this project had: orch state rebuild BLUEPRINT --lineage NAME; the others are other projects'"
        raise OrchError(message, hint=hint)
    return named or next(iter(seen), own)


def _absent(missing: list[Resource], found: set[str], snapshot: Snapshot) -> tuple[Resource, ...]:
    """Wanted resources for which nothing was found, where that could be seen."""
    hidden = {(spot.place.name, spot.type) for spot in snapshot.blindspots if not spot.path}
    lost = (want for want in missing if want.address not in found)
    return tuple(want for want in lost if not hidden & {(want.place.name, want.type), (want.place.name, "")})
