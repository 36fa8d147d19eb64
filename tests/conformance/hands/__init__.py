"""The clouds' plain clients: what a person would use to look and to meddle. Nothing here may import our providers."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import cast

from provisioner.model.place import Place
from tests.conformance.hands.base import Hands


def hands_of(place: Place, endpoint: str, types: Iterable[str]) -> Hands:
    """The plain client of a place's cloud at an endpoint, for whoever looks at these types."""
    module = importlib.import_module(f"tests.conformance.hands.{place.cloud}")
    return cast(Hands, module.Plain(endpoint, place.account, place.region, types))
