"""The tables of AWS's types, one module per service, imported when a type of the service is met.

To add a type: write its ``Table`` in its service's module and list it there in ``TABLES``.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping

from providers.aws.table import Table

_MODULES: Mapping[str, tuple[str, ...]] = {"EC2": ("ec2_network", "ec2_security"), "S3": ("s3",)}


def table_of(name: str) -> Table | None:
    """The table of a type; None where there is none."""
    return _service(name.split("::")[1]).get(name)


def beside(name: str) -> tuple[str, ...]:
    """The types of the same service that have a table."""
    return tuple(sorted(_service(name.split("::")[1])))


def tables() -> tuple[Table, ...]:
    """All tables there are."""
    return tuple(table for service in _MODULES for table in _service(service).values())


@functools.cache
def _service(name: str) -> Mapping[str, Table]:
    modules = [importlib.import_module(f"{__name__}.{module}") for module in _MODULES.get(name, ())]
    return {table.type: table for module in modules for table in module.TABLES}
