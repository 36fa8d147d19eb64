"""The house keeps its shape: layers, sizes, docstrings, start-up, and nothing that does not belong here."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(p for room in ("provisioner", "providers") for p in (ROOT / room).rglob("*.py"))


def _ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_layers() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([lint], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout[-3000:]


@pytest.mark.parametrize("path", MODULES, ids=_ids)
def test_a_module_says_what_it_is_and_stays_small(path: Path) -> None:
    source = path.read_text()
    assert source.count("\n") <= 340, "a room this large has two purposes"
    if source.strip():
        assert ast.get_docstring(ast.parse(source)), "no module docstring"


def _functions() -> Iterator[tuple[Path, ast.FunctionDef]]:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                yield path, node


def test_functions_stay_small() -> None:
    long = [
        f"{_ids(path)}:{node.lineno} {node.name}"
        for path, node in _functions()
        if (node.end_lineno or 0) - node.lineno + 1 > 60
    ]
    assert not long


def test_no_test_sleeps() -> None:
    """Time is injected; a sleep in a test is a race that has not happened yet. Only what kills processes waits for real ones."""
    sleeping = [
        _ids(path)
        for path in (ROOT / "tests").rglob("*.py")
        if "crash" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "time.sleep"
    ]
    assert not sleeping


SDKS = ("typer", "boto3", "botocore", "azure", "google", "moto", "flask", "rich", "jinja2", "yaml", "pydantic")


def test_help_imports_no_sdk() -> None:
    code = (
        "import sys\nfrom provisioner.cli import main\n"
        "try:\n    sys.argv = ['orch', '--help']\n    main()\nexcept SystemExit:\n    pass\n"
        f"print(sorted(m for m in {SDKS!r} if m in sys.modules), file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "plan" in result.stdout
    assert result.stderr.strip().splitlines()[-1] == "[]"
