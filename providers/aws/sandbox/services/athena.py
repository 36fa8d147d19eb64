"""Where moto's Athena differs from AWS: it deletes no named query, and says of every work group that it was made just now.

After the API reference: DeleteNamedQuery, GetWorkGroup, ListWorkGroups.
"""

from __future__ import annotations

from typing import Any

from providers.aws.sandbox.call import Call
from providers.aws.sandbox.cloud_control.types.athena import created
from providers.aws.sandbox.corrections import Work, answer, edited
from providers.aws.sandbox.errors import RefusedError
from providers.kit.server import Response


def _delete_named_query(call: Call, work: Work) -> Response:
    identity, queries = call.parameters()["NamedQueryId"], work.model().named_queries
    if identity not in queries:
        raise RefusedError("InvalidRequestException", f"NamedQuery {identity} was not found.")
    del queries[identity]
    return answer(call, {})


def _work_groups(_call: Call, work: Work) -> Response:
    groups = work.model().work_groups

    def dated(content: Any) -> Any:
        for each in [*content.get("WorkGroups", ()), *([content["WorkGroup"]] if "WorkGroup" in content else ())]:
            each["CreationTime"] = created(groups[each["Name"]])
        return content

    return edited(work(), dated)


HANDLERS = {
    "DeleteNamedQuery": _delete_named_query,
    "GetWorkGroup": _work_groups,
    "ListWorkGroups": _work_groups,
}
