"""A command group that imports a command only when it is typed: ``orch --help`` pays for none of them."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from provisioner.cli import overview
from provisioner.cli.overview import COMMANDS

UsageError: type[Any] = typer.BadParameter.__bases__[0]  # click's, which typer may bring with it under another name


class LazyGroup(TyperGroup):
    """The group of all commands above."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Their names, in the order in which one needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, imported now; None for an unknown name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].where.partition(":")
        found = getattr(import_module(f"provisioner.cli.{module}"), name)
        return _build(cmd_name, found)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The overview, whichever way it was asked for; it imports no command."""
        formatter.write(overview.text())

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """As the base does, but with the nearest names where there is no such command."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=2)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise UsageError(f"no such command: {args[0]}{hint}", ctx)
        return super().resolve_command(ctx, args)


def _build(name: str, found: typer.Typer | Callable[..., None]) -> TyperCommand | TyperGroup:
    if isinstance(found, typer.Typer):
        group = get_command(found)
        assert isinstance(group, TyperGroup)
        group.name = name
        return group
    single = typer.Typer(rich_markup_mode=None, add_completion=False)
    single.command(name, context_settings=CONTEXT)(found)
    command = get_command(single)
    assert isinstance(command, TyperCommand)
    return command


CONTEXT: dict[str, Any] = {"help_option_names": list(overview.HELP_WORDS), "max_content_width": overview.MOST_WIDTH}
