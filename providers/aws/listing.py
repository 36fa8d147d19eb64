"""The table of types in this folder's README, written from the tables themselves: ``python -m providers.aws.listing``.

A development tool: no command imports it.
"""

from __future__ import annotations

from pathlib import Path

from providers.aws.provider import AwsProvider
from providers.aws.table import Table
from providers.aws.types import tables
from provisioner.model.resource_type import EffectKind, Ownership, ResourceType
from provisioner.model.value import path_text

README = Path(__file__).parent / "README.md"
BEGIN = "<!-- types: written by python -m providers.aws.listing -->"
_OWNED = {
    Ownership.TAGGED: "tags, in the creating call",
    Ownership.TAGGED_AFTER: "tags, in a second call",
    Ownership.LEDGER: "ledger",
}


def rows() -> str:
    """A line for each type: what its verbs call, how it is known as ours, what makes a change a replacement."""
    provider = AwsProvider()
    lines = ["| type | create | update | delete | ours by | replaced by a change of |", "|---|---|---|---|---|---|"]
    lines += [_row(table, provider.resource_type(table.type)) for table in tables()]
    return "\n".join(lines) + "\n"


def _row(table: Table, kind: ResourceType) -> str:
    updates = dict.fromkeys(call.operation for call in (*table.updates, *table.tags))
    deletes = dict.fromkeys(call.operation for call in (*table.before_delete, table.delete))
    settable = {path[0] for path in table.settable}
    effects = [effect for effect in kind.effects if effect.kind is EffectKind.REPLACE and effect.path[0] in settable]
    named = (f"{path_text(effect.path)} (at times)" if effect.when else path_text(effect.path) for effect in effects)
    replaced = ", ".join(sorted(set(named)))
    cells = (
        table.type,
        table.create.operation,
        ", ".join(updates),
        ", ".join(deletes),
        _OWNED[kind.ownership],
        replaced,
    )
    return f"| {' | '.join(cell or '–' for cell in cells)} |"


def written(text: str) -> str:
    """The README with the table as it has to be."""
    return text[: text.index(BEGIN) + len(BEGIN)] + "\n\n" + rows()


if __name__ == "__main__":
    README.write_text(written(README.read_text()))
