"""Commands that take over existing objects: those that a blueprint meets, and those whose ledger was lost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from provisioner.cli.options import (
    Addresses,
    AllowBlind,
    Blueprint,
    Confirm,
    Environment,
    Out,
    Parameters,
    ParamsFile,
    PlanOnly,
    RunFormat,
    RunFormats,
    Yes,
    parse_parameters,
)
from provisioner.cli.session import Session

if TYPE_CHECKING:
    from provisioner.model.candidate import Candidate
    from provisioner.planner.takeover import Existing


def adopt(
    context: typer.Context,
    blueprint: Blueprint,
    environment: Environment = None,
    parameters: Parameters = None,
    params: ParamsFile = None,
    addresses: Addresses = None,
    plan_only: PlanOnly = False,
    out: Out = None,
    yes: Yes = False,
    allow_blind: AllowBlind = False,
    output: RunFormats = RunFormat.TEXT,
) -> None:
    """Find what a blueprint wants among what exists, by name, natural key or tags, and take over what is accepted: all that is
    shown (asked on a terminal, or --yes), or what --address names.

    Nothing is changed but our mark on it. What fits several ways, carries another project's mark, or would have to be replaced is
    listed with the reason, and never taken.

    \b
    Examples:
      orch adopt blueprints/bootstrap -e prod --plan
      orch adopt blueprints/bootstrap -e prod --address vpc --address 'aws-*'
    """
    from provisioner.cli.execution import carry_out

    session: Session = context.obj
    found = _look(session, blueprint, environment, parameters, params, allow_blind=allow_blind)
    chosen = _named(found.ready, addresses) if addresses else {each.want.address for each in found.ready}
    made = session.project().holdings.takeover(found, chosen)
    question = f"Take over these {len(made.plan.steps)}? (a part of them: --address GLOB)"
    carry_out(session, made, question, output, yes=yes or bool(addresses), plan_only=plan_only, out=out)


def rebuild(
    context: typer.Context,
    blueprint: Blueprint,
    environment: Environment = None,
    parameters: Parameters = None,
    params: ParamsFile = None,
    lineage: Annotated[
        str,
        typer.Option(
            "--lineage", metavar="NAME", help="The lineage of the lost state.", show_default="the only one found"
        ),
    ] = "",
    addresses: Addresses = None,
    plan_only: PlanOnly = False,
    out: Out = None,
    yes: Yes = False,
    confirm: Confirm = False,
    allow_blind: AllowBlind = False,
    output: RunFormats = RunFormat.TEXT,
) -> None:
    """Make the ledger anew after the state was lost: from the marks on objects, and from names and tags where there is none; or,
    where an older copy of the state was put back, bring that up to date.

    What carries the mark of the lost state's lineage is recovered. What cannot be marked, or has lost its mark, is only proposed,
    and needs a yes on a terminal or --address. The plan lists what could not be recovered.

    \b
    Examples:
      orch state rebuild blueprints/bootstrap -e prod --plan
      orch state rebuild blueprints/bootstrap -e prod --address 'gcp-*' --yes --confirm
    """
    from provisioner.cli.execution import carry_out

    session: Session = context.obj
    found = _look(
        session, blueprint, environment, parameters, params, allow_blind=allow_blind, rebuild=True, lineage=lineage
    )
    chosen = {each.want.address for each in found.proven}
    if addresses:
        chosen |= _named(found.proposed, addresses)
    elif found.proposed and not (plan_only or out or yes) and session.agrees(_proposal(found.proposed)):
        chosen |= {each.want.address for each in found.proposed}
    made = session.project().holdings.takeover(found, chosen)
    carry_out(session, made, "Record this?", output, yes=yes, confirm=confirm, plan_only=plan_only, out=out)


def _look(
    session: Session,
    blueprint: Path,
    environment: str | None,
    parameters: list[str] | None,
    params: Path | None,
    *,
    allow_blind: bool,
    rebuild: bool = False,
    lineage: str = "",
) -> Existing:
    values = parse_parameters(parameters)
    with session.watching() as on_event:
        return session.project().holdings.existing(
            blueprint,
            environment=environment,
            parameters=values,
            params_file=params,
            rebuild=rebuild,
            lineage=lineage,
            allow_blind=allow_blind,
            on_event=on_event,
        )


def _named(found: Sequence[Candidate], globs: Sequence[str]) -> set[str]:
    """The addresses that globs name; each has to name one."""
    from provisioner.model.problem import OrchError
    from provisioner.planner.scope import named

    addresses = [each.want.address for each in found]
    chosen: set[str] = set()
    for glob in globs:
        if not (meant := named(glob, addresses)):
            listed = ", ".join(addresses) or "none"
            raise OrchError(f"--address {glob} names nothing that waits to be accepted", hint=f"that is: {listed}")
        chosen |= meant
    return chosen


def _proposal(found: Sequence[Candidate]) -> str:
    from provisioner.render.style import clean

    lines = [clean(f"{each.want.address}: {each.have.identity}, found {each.how}") for each in found]
    head = f"{len(found)} more may have been this project's, but carry no mark to prove it:"
    return "\n".join([head, *(f"  {line}" for line in lines), "Take them over too?"])
