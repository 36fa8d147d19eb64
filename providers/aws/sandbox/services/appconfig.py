"""Where moto's AppConfig differs from AWS: it lists no applications (API reference: ListApplications)."""

from __future__ import annotations

from providers.aws.sandbox.call import Call
from providers.aws.sandbox.corrections import Work, answer
from providers.kit.server import Response


def _list_applications(call: Call, work: Work) -> Response:
    """All on one page."""
    return answer(call, {"Items": [each.to_json() for each in work.model().applications.values()]})


HANDLERS = {"ListApplications": _list_applications}
