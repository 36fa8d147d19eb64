"""Golden files: what is printed, kept as a file that people review. ``pytest --update-golden`` writes them anew."""

from __future__ import annotations

from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "golden"


def compare(request: pytest.FixtureRequest, name: str, printed: str) -> None:
    """Fail where the output is not the golden file's, or write the file where that was asked for."""
    file = FOLDER / name
    if request.config.getoption("--update-golden"):
        file.write_text(printed)
    assert file.exists(), f"no golden file {name}: pytest --update-golden writes it"
    assert printed == file.read_text()
