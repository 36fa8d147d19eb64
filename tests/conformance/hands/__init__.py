"""The clouds' plain clients: what a person would use to look and to meddle. Nothing here may import our providers."""

from __future__ import annotations

import importlib
from typing import cast

from tests.conformance.hands.base import Hands


def hands_of(cloud: str, endpoint: str, account: str, region: str) -> Hands:
    """The plain client of a cloud at an endpoint."""
    module = importlib.import_module(f"tests.conformance.hands.{cloud}")
    return cast(Hands, module.Plain(endpoint, account, region))
