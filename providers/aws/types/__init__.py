"""The tables of AWS's types, in modules named after their service (``ec2_network``, ``s3``), imported when a type of it is met.

To add a type: write its ``Table`` in a module of its service and list it there in ``TABLES``.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Mapping

from providers.aws.table import Table


def table_of(name: str) -> Table | None:
    """The table of a type; None where there is none."""
    return _service(_named(name)).get(name)


def beside(name: str) -> tuple[str, ...]:
    """The types of the same service that have a table."""
    return tuple(sorted(_service(_named(name))))


def tables() -> tuple[Table, ...]:
    """All tables there are, by their types' names."""
    found = [table for service in _modules() for table in _service(service).values()]
    return tuple(sorted(found, key=lambda table: table.type))


def _named(type_name: str) -> str:
    return type_name.split("::")[1].lower()


@functools.cache
def _modules() -> Mapping[str, tuple[str, ...]]:
    """The modules of each service."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__))
    services = {name.partition("_")[0] for name in names}
    return {service: tuple(name for name in names if name.partition("_")[0] == service) for service in services}


@functools.cache
def _service(name: str) -> Mapping[str, Table]:
    modules = [importlib.import_module(f"{__name__}.{module}") for module in _modules().get(name, ())]
    return {table.type: table for module in modules for table in getattr(module, "TABLES", ())}
