"""Cases of AWS, one module per service. A call is ``service.method`` of boto3 with its arguments; ``{…}`` is a field of the object as
``hands`` list it."""

from __future__ import annotations

import importlib
import pkgutil

from tests.conformance.case import Case

_MODULES = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]

CASES: tuple[Case, ...] = tuple(case for module in _MODULES for case in getattr(module, "CASES", ()))
