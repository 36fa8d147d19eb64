"""SSM where moto is not it (SSM API reference): what the policies of a parameter are shown as, and what it does not show."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from providers.aws.sandbox.call import Call
from providers.aws.sandbox.corrections import Handler, Work, edited
from providers.kit.server import Response

_NOT_LISTED = ("Value", "ARN")


def _policies(text: str | None) -> list[dict[str, str]]:
    """Each by itself. One that says nothing is none: that is how they are taken off."""
    return [
        {"PolicyText": json.dumps(one), "PolicyType": one["Type"], "PolicyStatus": "Pending"}
        for one in json.loads(text or "[]")
        if one
    ]


def _describe(_call: Call, work: Work) -> Response:
    """A listing shows no values."""
    model = work.model()

    def listed(item: dict[str, Any]) -> dict[str, Any]:
        shown = {name: value for name, value in item.items() if name not in _NOT_LISTED}
        return {**shown, "Policies": _policies(model.get_parameter(item["Name"]).policies)}

    return edited(work(), lambda found: {**found, "Parameters": [listed(item) for item in found["Parameters"]]})


HANDLERS: Mapping[str, Handler] = {"DescribeParameters": _describe}
