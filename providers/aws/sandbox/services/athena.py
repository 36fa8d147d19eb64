"""Where moto's Athena differs from AWS: it deletes no named query (API reference: DeleteNamedQuery)."""

from __future__ import annotations

from providers.aws.sandbox.call import Call
from providers.aws.sandbox.corrections import Work, answer
from providers.aws.sandbox.errors import RefusedError
from providers.kit.server import Response


def _delete_named_query(call: Call, work: Work) -> Response:
    identity, queries = call.parameters()["NamedQueryId"], work.model().named_queries
    if identity not in queries:
        raise RefusedError("InvalidRequestException", f"NamedQuery {identity} was not found.")
    del queries[identity]
    return answer(call, {})


HANDLERS = {"DeleteNamedQuery": _delete_named_query}
