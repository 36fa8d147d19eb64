"""How a plan is carried out from a command line: asked about, confirmed, watched, reported, and undone where somebody says so.

It must not make a plan.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Event as Stop
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import typer

from provisioner.cli.options import OnFailure, RunFormat
from provisioner.cli.plan import print_plan
from provisioner.cli.session import Session
from provisioner.model.counting import many

if TYPE_CHECKING:
    from provisioner.model.event import Event
    from provisioner.service import PlanFile, Report


def roll_back(
    session: Session,
    run: str | None,
    given: Mapping[str, object],
    output: RunFormat,
    *,
    plan_only: bool = False,
    accept_loss: bool = False,
    yes: bool = False,
    parallelism: int | None = None,
) -> int:
    project = session.project()
    if plan_only or accept_loss or not yes:
        with session.watching() as on_event:
            made, given = session.asking(
                given,
                lambda given: project.rollback_plan(run, accept_loss=accept_loss, parameters=given, on_event=on_event),
            )
        ends = plan_only or made.plan.empty
        if ends or output is not RunFormat.JSON:  # which is one document: the report
            print_plan(session, made, output)
        if ends:
            return 0
        if not yes:
            gone = made.plan.deletions
            what = f"Roll back? It deletes {many(gone, 'object', 'objects')}." if gone else "Roll back?"
            session.confirm(what, "add --yes", left="The run stays as it is.")
    _, code = run_shown(
        session,
        output,
        lambda given, on_event, stop: project.rollback(
            run, accept_loss=accept_loss, parallelism=parallelism, parameters=given, on_event=on_event, stop=stop
        ),
        given,
    )
    return code


def carry_out(
    session: Session,
    made: PlanFile,
    question: str,
    output: RunFormat,
    *,
    yes: bool,
    confirm: bool = False,
    plan_only: bool = False,
    out: Path | None = None,
) -> None:
    """A plan that a command has made by itself: written to a file, only shown, or asked about and applied."""
    if out is not None:
        session.project().save(made, out)
    if out is not None or plan_only:
        print_plan(session, made, output)
        if out is not None:
            session.tell(f"Saved as {out}. Apply exactly this with: orch apply {out}")
        return
    ask(session, made, yes, output, question)
    execute(session, made, confirmed(session, made, confirm, None), None, None, output)


def ask(session: Session, made: PlanFile, yes: bool, output: RunFormat, question: str) -> None:
    """A yes for a plan made just now and shown. One that is empty or refused needs none: the service says so."""
    if output is RunFormat.TEXT:
        print_plan(session, made, output)
    if not yes and not made.plan.empty and not made.plan.verdict.refused:
        look = {"apply": "orch plan … --out FILE", "destroy": "orch plan … --destroy --out FILE"}
        again = look.get(made.plan.kind, "the same command with --out FILE")
        session.confirm(question, f"look at it first ({again}, orch apply FILE), or add --yes")


class Answer(NamedTuple):
    """What was confirmed beyond a yes."""

    confirmed: bool = False
    destroys: int | None = None


def confirmed(session: Session, made: PlanFile, confirm: bool, destroys: int | None) -> Answer:
    """The answers to what the plan asks: as given, else asked for on a terminal; without one the service refuses."""
    if made.plan.empty or made.plan.verdict.refused or not session.terminal:
        return Answer(confirm, destroys)
    for question in made.plan.confirm:
        if question.destroys and destroys is None:
            told = f"This has to be confirmed with the number of deletions:\n  {question.text}"
            session.confirm(told, "", str(question.destroys))
            destroys = question.destroys
        elif not question.destroys and not confirm:
            session.confirm(f"This has to be confirmed:\n  {question.text}", "")
    return Answer(True, destroys)


def execute(
    session: Session,
    made: PlanFile,
    answer: Answer,
    on_failure: OnFailure | None,
    parallelism: int | None,
    output: RunFormat,
    given: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """A plan that is agreed to; where a step fails and nobody has said what then, a terminal is asked whether to roll back."""
    from provisioner.model.problem import PartialError

    project = session.project()
    report, code = run_shown(
        session,
        output,
        lambda given, on_event, stop: project.apply(
            made,
            parallelism=parallelism,
            on_failure=on_failure or OnFailure.STOP,
            confirmed=answer.confirmed,
            confirm_destroy=answer.destroys,
            parameters=given,
            on_event=on_event,
            stop=stop,
        ),
        given,
    )
    asks = on_failure is None and code == PartialError.exit_code and output is RunFormat.TEXT and report.done
    if asks and session.agrees("Roll back what this run has done? It is shown first."):
        with suppress(typer.Exit):  # what this command came to is that a step has failed, whatever is done about it
            roll_back(session, report.run.id, given, output)
    raise typer.Exit(code)


def run_shown(
    session: Session,
    output: RunFormat,
    work: Callable[[Mapping[str, object], Callable[[Event], None], Stop], Report],
    given: Mapping[str, object],
) -> tuple[Report, int]:
    """Run something with progress, a way to stop it, and its report: that, and the exit code of the outcome. given: sensitive
    parameters; one that lacks is asked for."""
    from provisioner.cli import errors
    from provisioner.model.event import EventKind
    from provisioner.render.progress import JsonLines
    from provisioner.service import PartlyAppliedError

    show = JsonLines(session.out) if output is RunFormat.JSONL else None
    code, begun = 0, list[str]()
    try:
        with session.watching(show) as on_event, session.stopping() as stop:

            def heard(event: Event) -> None:
                if event.kind is EventKind.RUN_STARTED:
                    begun.append(event.run)
                on_event(event)

            report, _ = session.asking(given, lambda given: work(given, heard, stop))
    except PartlyAppliedError as error:
        report = error.report
        errors.tell(session, report.problems)
        for trace in filter(None, (failure.trace for failure in report.failures)) if session.debug else ():
            session.tell(trace)
        code = errors.INTERRUPTED if session.interrupted else error.exit_code
    except KeyboardInterrupt:
        errors.stopped(session, _stopped(session, begun))
        raise typer.Exit(errors.INTERRUPTED) from None
    _print_report(session, report, output)
    return report, code


def _stopped(session: Session, begun: list[str]) -> str:
    """What to say of a command that was stopped at once. Its run is named: without one, a rollback is of the last on record."""
    if not begun:
        return "stopped at once, before a run was begun: nothing was changed"
    run, _, _ = session.project().run(begun[-1])
    ways = session.project().following([run]).get(run.id) or (f"orch runs show {run.id}",)
    return f"stopped at once; what was under way may have been done. Next: {'  or  '.join(ways)}"


def _print_report(session: Session, report: Report, output: RunFormat) -> None:
    from provisioner.render import json
    from provisioner.render import report as reports

    view = reports.result(report)
    if output is RunFormat.JSONL:
        session.say(json.line("report", view))
    elif output is RunFormat.JSON:
        session.say(json.dump(view))
    else:
        session.say(reports.text(view, session.style(session.out)))
