"""The undo of a run with the secrets that can still be had: refused before its first step where one is lacking, unless that loss
is accepted. It must not carry anything out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from provisioner.applier.history import History
from provisioner.model.plan import Plan
from provisioner.model.problem import OrchError, Problem, StaleError
from provisioner.model.run import Run
from provisioner.model.secret import is_hidden, secrets
from provisioner.model.source import Source
from provisioner.model.value import Path, Secret, path_text
from provisioner.planner.compensation import compensate
from provisioner.planner.undoing import Undoing
from provisioner.vault import MissingSecretError, Vault, how_to_give, name_of


class FormerSecretError(MissingSecretError, StaleError):
    """What has to be put back needs secrets that cannot be had as they were: not given, or another now."""


def plan(undoing: Undoing, vault: Vault, *, accept_loss: bool = False, begun: Run | None = None) -> Plan:
    """The plan that undoes a run; ``accept_loss``: without what needs a secret that is lacking; begun: an earlier rollback has
    put back a part already, so that nothing may be left."""
    undo = compensate(undoing)
    lacking = _lacking(undo, vault)
    if not lacking:
        return undo
    rest, lost = _without(undoing, lacking, vault)
    nothing = rest.empty and not begun
    if accept_loss and not nothing:
        return rest
    hint = f"the run stays as it is; change what it has changed in the blueprint, then: {undoing.plan.again}"
    if accept_loss:
        names = " and ".join(sorted({name_of(secret.uri) for secret in lost}))
        raise StaleError(Problem(f"nothing of run {undoing.run} can be put back without {names}", hint=hint))
    raise _refusal(
        undoing.run, undo, lacking, f"without it nothing of the run can be put back: {hint}" if nothing else ""
    )


def _without(undoing: Undoing, lacking: Mapping[Secret, OrchError], vault: Vault) -> tuple[Plan, frozenset[Secret]]:
    """The plan that undoes a run without what needs secrets that are lacking, and all of those: what is left may need more."""
    undo = None
    while undo is None or lacking.keys() - undoing.lost:
        undoing = replace(undoing, lost=undoing.lost | lacking.keys())
        undo = compensate(undoing)
        lacking = _lacking(undo, vault)
    return undo, undoing.lost


def go_on(undo: Plan, past: Mapping[str, History], vault: Vault) -> None:
    """``FormerSecretError`` where a rollback that was begun has lost a secret that its other steps need."""
    left = replace(undo, steps=tuple(step for step in undo.steps if not ((h := past.get(step.id)) and h.done)))
    if lacking := _lacking(left, vault):
        raise _refusal(undo.undoes, left, lacking)


def _lacking(undo: Plan, vault: Vault) -> dict[Secret, OrchError]:
    """The secrets that its steps need and that cannot be had as they were, with the reason."""
    found: dict[Secret, OrchError] = {}
    for step in undo.steps:
        for _, secret in secrets(step.want.body) if step.want and step.reveals else ():
            if is_hidden(secret):  # what stands there stays
                continue
            try:
                vault.check([secret])
            except (MissingSecretError, StaleError) as error:
                found[secret] = error
    return found


def _refusal(run: str, undo: Plan, lacking: Mapping[Secret, OrchError], lost: str = "") -> FormerSecretError:
    """lost: what to do where nobody has the secrets any more, if not to do without."""
    problems = []
    if not lost:
        lost = "if nobody has it any more, this shows what would be left out, and without --plan does the rest: "
        lost += f"orch rollback {run} --accept-loss --plan"
    for secret, error in lacking.items():
        where = _needed(undo, secret)
        places = ", ".join(f"{address} ({path_text(path)})" for address, path, _ in where)
        stale = isinstance(error, StaleError)
        now = "the one given now is another" if stale else error.problems[0].message
        message = f"to put back {places}, {name_of(secret.uri)} is needed as it was before run {run}: {now}"
        give = how_to_give(secret.uri) if stale else error.problems[0].hint or how_to_give(secret.uri)
        problems.append(Problem(message, where[0][2], where[0][0], f"{give}\n{lost}"))
    asked = [name for error in lacking.values() if isinstance(error, MissingSecretError) for name in error.parameters]
    return FormerSecretError(*problems, parameters=tuple(dict.fromkeys(asked)))


def _needed(undo: Plan, secret: Secret) -> list[tuple[str, Path, Source | None]]:
    """Where the steps of a plan need a secret: address, path, line."""
    return [
        (step.address, path, step.want.line_of(path))
        for step in undo.steps
        if step.want and step.reveals
        for path, found in secrets(step.want.body)
        if found == secret
    ]
