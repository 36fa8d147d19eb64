"""Cases of the blueprint language that are written down but not yet kept; issue 3 takes them off this list."""

from __future__ import annotations

import pytest

NOT_YET = (
    "test_known[keys of a map are text]",
    "test_known[block scalars]",
    "test_wrong[a: {{ 1e999 }}]",
    "test_nothing_grows_without_bound[",
    "test_all_undefined_variables_are_told_at_once",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let them fail without failing the suite."""
    for item in items:
        if item.name.startswith(NOT_YET):
            item.add_marker(pytest.mark.xfail(strict=False, reason="not yet kept"))
