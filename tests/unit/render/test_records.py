"""The ledger as a table."""

from __future__ import annotations

from dataclasses import replace

from provisioner.model.ledger import LedgerRow, Role
from provisioner.model.place import Place
from provisioner.render import records


def test_the_two_objects_of_an_unfinished_replacement_are_told_apart() -> None:
    new = LedgerRow("u", 2, "s", "e", "a", "T", Place("p", "memory", "a"), "id-2")
    old = replace(new, generation=1, identity="id-1", role=Role.SUPERSEDED)
    text = records.rows_text(records.rows([old, new]))
    assert "a (superseded)" in text and text.count("superseded") == 1
