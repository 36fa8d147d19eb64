"""Commands for the sandbox: local stand-ins of the three clouds' endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from provisioner.cli.lazy import CONTEXT
from provisioner.cli.options import Format, Formats
from provisioner.cli.session import Session

if TYPE_CHECKING:
    from provisioner.sandbox import SandboxState
    from provisioner.sandbox.faults import Fault

_KINDS = (
    "throttle, error (500), deny, expired (credentials), quota, lost (done, but no answer), latency, refuse (no answer, "
    "nothing done), echo (400, repeating what was sent); azure and gcp also fail (a long operation, halfway) and slow (a long "
    "operation), aws and azure taken (the name is somebody else's); hostile (a mode, until clear: see below); clear ends all."
)

group = typer.Typer(
    help="Local stand-ins of the three clouds, for trying things out.",
    rich_markup_mode=None,
    add_completion=False,
    context_settings=CONTEXT,
)


@group.command("up")
def up(context: typer.Context, output: Formats = Format.TEXT) -> None:
    """Start the three clouds on this machine (loopback only, free ports).

    \b
    Example:
      orch sandbox up && orch plan blueprints/bootstrap -e sandbox
    """
    from provisioner import sandbox

    session: Session = context.obj
    _endpoints(session, sandbox.up(session.project().sandbox_directory), output)


@group.command("down")
def down(context: typer.Context, output: Formats = Format.TEXT) -> None:
    """Stop them. What was built in them is gone; so forget it with destroy first, or remove the state."""
    from provisioner import sandbox

    session: Session = context.obj
    sandbox.down(session.project().sandbox_directory)
    _say(session, output, {"running": False}, "The sandbox is down.\n")


@group.command("fault")
def fault(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND|clear", help=_KINDS, show_default=False)],
    cloud: Annotated[
        str | None, typer.Argument(metavar="CLOUD", help="aws, azure or gcp.", show_default="all that run")
    ] = None,
    operation: Annotated[
        str, typer.Option("--on", metavar="REGEX", help="Calls by name or METHOD path.", show_default="any")
    ] = ".",
    times: Annotated[int, typer.Option("--times", metavar="N", min=-1, help="How often; -1: until clear.")] = 1,
    skip: Annotated[int, typer.Option("--skip", metavar="N", min=0, help="Calls that pass first.")] = 0,
    seconds: Annotated[
        float,
        typer.Option("--seconds", metavar="S", min=0, help="Of throttle (Retry-After), latency, slow, hostile."),
    ] = 1.0,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of hostile: the same seed, the same chance.")] = 0,
    output: Formats = Format.TEXT,
) -> None:
    """Let calls go wrong on purpose. They are named as the clouds name them: CreateVpc, s3:CreateBucket, virtualNetworks.put,
    networks.insert.

    hostile makes no call fail for good: answers come as differently as real clouds give them. Ids and words in other letters'
    case, lists in another order, members that nobody knows, and new objects that are not found for up to --seconds (0: found at
    once). A plan right after an apply is empty all the same.

    \b
    Examples:
      orch sandbox fault throttle aws --on CreateSubnet --seconds 2 --times 3
      orch sandbox fault lost gcp --on networks.insert
      orch sandbox fault hostile --seed 7
    """
    from provisioner.sandbox import faults

    session: Session = context.obj
    directory = session.project().sandbox_directory
    if kind == "clear":
        cleared = list(faults.clear(directory, cloud))
        _say(session, output, {"clouds": cleared, "fault": None}, f"No faults any more: {', '.join(cleared)}.\n")
        return
    made = faults.Fault(kind, operation, -1 if kind == faults.HOSTILE else times, skip, seconds, seed)
    names = list(faults.add(directory, made, cloud))
    told = [f"{name}: {_words(made)}. Take it back with: orch sandbox fault clear {name}\n" for name in names]
    _say(session, output, {"clouds": names, "fault": made}, "".join(told))


def _say(session: Session, output: Format, document: dict[str, object], words: str) -> None:
    if output is Format.JSON:
        from provisioner.render.json import dump

        words = dump({"format_version": 1, **document})
    session.say(words)


@group.command("status")
def status(context: typer.Context, output: Formats = Format.TEXT) -> None:
    """Ask them whether they run, and say where, and which faults they make. Exits with 1 where one does not answer."""
    from provisioner import sandbox
    from provisioner.model.problem import OrchError

    session: Session = context.obj
    state = sandbox.status(session.project().sandbox_directory)
    silent = [name for name, cloud in state.clouds.items() if not cloud.answers] if state else []
    if state or output is Format.JSON:
        _endpoints(session, state, output)
        session.out.flush()
    if state is None:
        raise OrchError("the sandbox is not running", hint="start it with: orch sandbox up")
    if silent:
        hint = "start it again: orch sandbox up; if it hangs, stop all first: orch sandbox down"
        raise OrchError(f"the sandbox of {', '.join(silent)} does not answer", hint=hint)


def _endpoints(session: Session, state: SandboxState | None, output: Format) -> None:
    """Say where the endpoints are, as text or as one JSON document."""
    from provisioner.sandbox import faults

    clouds = state.clouds if state else {}
    rules = faults.active(state)
    runs = bool(clouds) and all(cloud.answers for cloud in clouds.values())
    if output is Format.JSON:
        from provisioner.render.json import dump

        listed = {
            name: {"url": c.url, "pid": c.pid, "log": str(c.log), "answers": c.answers, "faults": rules.get(name, ())}
            for name, c in clouds.items()
        }
        session.say(dump({"format_version": 1, "running": runs, "clouds": listed}))
        return
    already = state is not None and state.already
    session.say(f"The sandbox {'was running already' if already else 'is up' if runs else 'is not up'}.\n")
    for name, cloud in clouds.items():
        trouble = "" if cloud.answers else f"   does not answer; see {cloud.log}"
        session.say(f"  {name:<6} {cloud.url}{trouble}\n")
        for rule in rules.get(name, ()):
            session.say(f"         {_words(rule)}\n")
    if runs:
        session.say("Places with `endpoint: sandbox` use it. Stop it with: orch sandbox down\n")


def _words(rule: Fault) -> str:
    """A rule in a few words."""
    often = "every call" if rule.times < 0 else "the next call" if rule.times == 1 else f"the next {rule.times} calls"
    matches = "match" if rule.times > 1 else "matches"
    which = f"{often} that {matches} {rule.operation!r}" if rule.operation != "." else often
    after = f" after {rule.skip} more" if rule.skip else ""
    timed = f" {rule.seconds:g} s" if rule.kind in ("throttle", "latency", "slow") else ""
    if rule.kind == "hostile":
        timed = f" (seed {rule.seed}; what is new may not be found for {rule.seconds:g} s)"
    return f"{rule.kind}{timed}, {which}{after}"


@group.callback(invoke_without_command=True)
def _help_without_command(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
