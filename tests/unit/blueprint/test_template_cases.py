"""The cases of ``tests/cases/templates.yaml``, rendered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from provisioner.model.value import Interpolation, Reference

CASES = yaml.safe_load((Path(__file__).parents[2] / "cases" / "templates.yaml").read_text())


def shown(value: Any) -> Any:
    """The value in the words of the file."""
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [shown(item) for item in value]
    if isinstance(value, (Reference, Interpolation)):
        return {"ref" if isinstance(value, Reference) else "text": str(value)}
    return value


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(value: Callable[..., Any], error: Callable[..., str], case: dict[str, Any]) -> None:
    variables = case.get("variables", {})
    if "error" in case:
        assert error(case["files"], **variables).splitlines()[0] == case["error"]
    else:
        assert shown(value(case["files"], **variables)) == case["value"]
