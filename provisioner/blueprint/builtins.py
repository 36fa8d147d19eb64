"""The variables that every template finds defined: ``env``, ``stack``, ``places`` (``ref`` belongs to the renderer).

Must not know a rendering.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

from provisioner.model.environment import Environment
from provisioner.model.place import Place

_WORDS: Mapping[str, tuple[str, str]] = {"azure": ("subscription", "location"), "gcp": ("project", "region")}
"""A cloud's own words for account and region, where they differ from ours."""

_STACK = re.compile(r"^stack:[ \t]*['\"]?([A-Za-z0-9_.-]+)['\"]?[ \t]*(#.*)?$", re.MULTILINE)
_ANY_STACK = re.compile(r"^stack:", re.MULTILINE)


def builtins(environment: Environment, template: FilePath, folder_name: str) -> dict[str, Any]:
    """``env``: the environment's name · ``places.<name>``: name, cloud, account, region, zone, and the cloud's own words for
    them · ``stack``: what the template's own ``stack:`` line says in plain text, the folder's name where it has none
    (undefined where that line is computed)."""
    known: dict[str, Any] = {
        "env": environment.name,
        "places": {place.name: _place(place) for place in environment.places},
    }
    if name := plain_stack(template, folder_name):
        known["stack"] = name
    return known


def plain_stack(template: FilePath, folder_name: str) -> str:
    """The stack's name as far as it can be told without rendering; empty where its line is computed."""
    text = template.read_text(encoding="utf-8", errors="replace") if template.is_file() else ""
    if found := _STACK.search(text):
        return found[1]
    return "" if _ANY_STACK.search(text) else folder_name


def _place(place: Place) -> dict[str, str]:
    account, region = _WORDS.get(place.cloud, ("account", "region"))
    ours = {
        "name": place.name,
        "cloud": place.cloud,
        "account": place.account,
        "region": place.region,
        "zone": place.zone,
    }
    return ours | {account: place.account, region: place.region}
