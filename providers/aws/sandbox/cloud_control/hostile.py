"""The models in Cloud Control's answers in a hostile mode: tags in another order, properties of a later version of a schema.

A model is text within an answer, of which the service's own published model says nothing. It changes answers alone, and knows no
resource type.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

from providers.kit.hostile import shuffled

_NOBODY_KNOWS = "PropertyOfALaterVersion"


def remodelled(dice: Random, body: bytes) -> bytes:
    """An answer whose models say the same in other words."""
    said = json.loads(body)
    found = said.get("ResourceDescription")
    for one in [*said.get("ResourceDescriptions", ()), *([found] if found else ())]:
        properties = _reordered(dice, json.loads(one["Properties"]))
        unknown = {_NOBODY_KNOWS: dice.randint(1, 9)} if dice.random() < 0.5 else {}
        one["Properties"] = json.dumps(properties | unknown)
    return json.dumps(said).encode()


def _reordered(dice: Random, value: Any) -> Any:
    """Maps and tags are sets; of other lists nothing says that they are."""
    if isinstance(value, dict):
        return {name: _reordered(dice, value[name]) for name in shuffled(dice, list(value))}
    if isinstance(value, list):
        items = [_reordered(dice, item) for item in value]
        tags = all(isinstance(item, dict) and set(item) == {"Key", "Value"} for item in items)
        return shuffled(dice, items) if tags else items
    return value
