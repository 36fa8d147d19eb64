"""``orch schema``: what a resource type's properties are, which types there are, and JSON Schemas for editors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from provisioner.cli.options import Format, Formats
from provisioner.cli.session import Session


def schema(
    context: typer.Context,
    type_name: Annotated[
        str | None, typer.Argument(metavar="TYPE", help="A resource type, as its cloud names it.", show_default=False)
    ] = None,
    path: Annotated[
        str, typer.Argument(metavar="PATH", help="Only this property and what is in it: A.B.", show_default=False)
    ] = "",
    search: Annotated[
        str | None, typer.Option("--search", metavar="WORDS", help="Find types by their names.", show_default=False)
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(
            "--export",
            metavar="FOLDER",
            help="Write JSON Schemas of a blueprint, or of all in a folder.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FOLDER", help="Where --export writes to.", show_default=".orch/schemas"),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Export all types, not only those that a template names.")
    ] = False,
    depth: Annotated[int, typer.Option("--depth", metavar="N", min=1, max=50, help="How many levels to show.")] = 2,
    output: Formats = Format.TEXT,
) -> None:
    """Show what a resource type's properties are, with the smallest entry that is valid; find types; or write JSON
    Schemas for an editor. Calls no cloud.

    \b
    Examples:
      orch schema AWS::EC2::Subnet
      orch schema Microsoft.Network/virtualNetworks properties.subnets
      orch schema --search "dns zone"
      orch schema --export blueprints
    """
    session: Session = context.obj
    if export is not None:
        _export(session, export, out, every, output)
    elif search is not None:
        _search(session, search, output)
    elif type_name is not None:
        _show(session, type_name, path, depth, output)
    else:
        raise typer.BadParameter("name a type, search for one with --search, or --export schemas", param_hint="TYPE")


def _show(session: Session, type_name: str, path: str, depth: int, output: Format) -> None:
    from provisioner.document import did_you_mean
    from provisioner.model.problem import OrchError
    from provisioner.render import json
    from provisioner.render import schema as text
    from provisioner.render.properties import NoSuchPropertyError, view

    kind, example = session.project().catalogue.type(type_name)
    try:
        seen = view(kind, example, path, depth)
    except NoSuchPropertyError as error:
        message = f"{path}: {error.name!r} is not a known property of {kind.name}"
        raise OrchError(message, hint=did_you_mean(error.name, error.known, else_list="known here")) from None
    session.say(json.dump(seen) if output is Format.JSON else text.text(seen, session.style(session.out)))


def _search(session: Session, words: str, output: Format) -> None:
    from provisioner.render import json
    from provisioner.render import schema as text

    shown, more = session.project().catalogue.search(words)
    found = text.Matches(
        words, tuple(text.Match(kind.name, kind.cloud, kind.title, kind.applies) for kind in shown), more
    )
    session.say(json.dump(found) if output is Format.JSON else text.matches_text(found, session.style(session.out)))


def _export(session: Session, target: Path, out: Path | None, every: bool, output: Format) -> None:
    from provisioner.render import json
    from provisioner.render import schema as text

    project = session.project()
    done = project.catalogue.export(target, out or project.directory / ".orch" / "schemas", every=every)
    view = text.Schemas(str(done.folder), dict(done.globs), done.types)
    session.say(json.dump(view) if output is Format.JSON else text.schemas_text(view, session.style(session.out)))
