"""``orch schema``: what a resource type's properties are, which types there are, and JSON Schemas for editors."""

from __future__ import annotations

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
        str, typer.Argument(metavar="[PATH]", help="Only this property and what is in it: A.B.", show_default=False)
    ] = "",
    search: Annotated[
        str | None, typer.Option("--search", metavar="WORDS", help="Find types by their names.", show_default=False)
    ] = None,
    depth: Annotated[int, typer.Option("--depth", metavar="N", min=1, max=50, help="How many levels to show.")] = 2,
    output: Formats = Format.TEXT,
) -> None:
    """Show what a resource type's properties are, with the smallest entry that is valid; or find types. Calls no cloud.

    \b
    Examples:
      orch schema AWS::EC2::Subnet
      orch schema Microsoft.Network/virtualNetworks properties.subnets
      orch schema --search "dns zone"
    """
    session: Session = context.obj
    if search is not None:
        _search(session, search, output)
    elif type_name is not None:
        _show(session, type_name, path, depth, output)
    else:
        raise typer.BadParameter("name a type, or search for one with --search", param_hint="TYPE")


def _show(session: Session, type_name: str, path: str, depth: int, output: Format) -> None:
    from provisioner.document import did_you_mean
    from provisioner.model.problem import OrchError
    from provisioner.render import json
    from provisioner.render import schema as text
    from provisioner.render.properties import NoSuchPropertyError, view

    kind, example = session.project().schema(type_name)
    try:
        seen = view(kind, example, path, depth)
    except NoSuchPropertyError as error:
        message = f"{path}: {error.name!r} is not a known property of {kind.name}"
        raise OrchError(message, hint=did_you_mean(error.name, error.known, else_list="known here")) from None
    session.say(json.dump(seen) if output is Format.JSON else text.text(seen, session.style(session.out)))


def _search(session: Session, words: str, output: Format) -> None:
    from provisioner.render import json
    from provisioner.render import schema as text

    shown, more = session.project().types(words)
    found = text.Matches(words, tuple(text.Match(kind.name, kind.cloud, kind.title) for kind in shown), more)
    session.say(json.dump(found) if output is Format.JSON else text.matches_text(found, session.style(session.out)))
