"""One pooled azure-mgmt-resource pipeline per place, and one request through it.

It must not retry, sleep, register resource providers or follow long operations: one call is one request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from providers.azure import faults
from providers.kit.importing import IMPORTING
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.place import Place

_CONNECT_SECONDS = 10.0
_READ_SECONDS = 120.0  # ARM itself gives up on a resource provider after 60
_POOL = 128
_SAFE = "/:@!$&'()*,;=-._~"


@dataclass(frozen=True, slots=True)
class Call:
    """One request to ARM, or to the service that its ``Clients`` speak to.

    target: a path beneath the endpoint, or the absolute URL that ARM named (a poll, a next page) · type: the resource type
    it is about, for errors · verb: what it serves (``read``, ``create``, ``update``, ``delete``), which decides what a
    not-found and a lost answer mean; a poll is a ``read``, whatever it polls.
    """

    place: Place
    type: str
    method: str
    target: str
    verb: str = "read"
    api_version: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    @property
    def operation(self) -> str:
        """``PUT virtualNetworks/subnets``: what people know the call by."""
        return f"{self.method} {self.type.partition('@')[0].partition('/')[2] or self.type}"

    @property
    def service(self) -> str:
        """The resource provider's namespace."""
        return self.type.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: header names in lower case; ``body`` is parsed JSON, None where there is none."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def request_id(self) -> str:
        """ARM's own id of the request."""
        return self.headers.get("x-ms-request-id") or self.headers.get("x-ms-correlation-request-id", "")

    @property
    def remaining(self) -> int | None:
        """What is left of the least full of ARM's token buckets that this call counted against."""
        left = (value for name, value in self.headers.items() if name.startswith("x-ms-ratelimit-remaining-"))
        return min((int(value) for value in left if value.isdecimal()), default=None)


class Clients:
    """The pipelines of all places, made when first needed and shared by all threads. service: the base URL of the service, for
    which the tokens are asked too, unless a place has an endpoint of its own · audience: if tokens are asked for another."""

    def __init__(self, service: str = "https://management.azure.com", audience: str = "") -> None:
        self._service, self._audience = service, audience or service
        self._made: dict[tuple[Any, ...], Any] = {}

    def send(self, call: Call) -> Answer:
        """The answer to one request. ``ProviderError`` for every status but 2xx and for every broken connection."""
        with IMPORTING:
            from azure.core.exceptions import AzureError
            from azure.core.rest import HttpRequest
        client = self._client(call.place)
        headers = {"Accept": "application/json", **call.headers}
        request = HttpRequest(call.method, self._url(call), headers=headers, json=call.body)
        try:
            response = client.send_request(request)
            text = response.text()
        except AzureError as error:
            raise _broken(call, self._base(call.place), error) from error
        lowered = {str(name).lower(): str(value) for name, value in response.headers.items()}
        answer = Answer(response.status_code, lowered, faults.parse(text))
        if not 200 <= answer.status < 300:  # a redirect too: ARM needs none, and our token is not for others
            raise faults.refused(call, answer)
        if answer.body is None and text.strip():
            raise faults.error(call, Fault.TRANSIENT, "the answer is not JSON", request_id=answer.request_id)
        return answer

    def _client(self, place: Place) -> Any:
        key = (place.account, place.endpoint, place.credentials)
        if key not in self._made:
            with IMPORTING:
                if key not in self._made:
                    self._made[key] = _make(place, self._base(place), self._audience)
        return self._made[key]

    def _base(self, place: Place) -> str:
        return (place.endpoint or self._service).rstrip("/")

    def _url(self, call: Call) -> str:
        base = self._base(call.place)
        if call.target.startswith("/"):
            pairs = {**call.query, **({"api-version": call.api_version} if call.api_version else {})}
            query = "&".join(f"{quote(name)}={quote(value, safe='-._~')}" for name, value in pairs.items())
            url = f"{base}{quote(call.target, safe=_SAFE)}{'?' if query else ''}{query}"
            return url.replace("{", "%7B").replace("}", "%7D")  # the pipeline formats its URLs
        ours, named = urlsplit(base), urlsplit(call.target)
        if named.netloc != ours.netloc and not (named.hostname or "").endswith(f".{ours.hostname}"):
            raise faults.error(
                call, Fault.INVALID, f"ARM names {named.netloc}, which is not {ours.netloc}: not followed"
            )
        if named.scheme != ours.scheme:
            raise faults.error(
                call, Fault.INVALID, f"ARM names {call.target}, which is not {ours.scheme}: not followed"
            )
        return call.target.replace("{", "%7B").replace("}", "%7D")


def _make(place: Place, base: str, audience: str) -> Any:
    """A client whose pipeline does nothing unasked: no retries, no registration of resource providers, no redirects."""
    import requests
    from azure.core.pipeline import policies
    from azure.core.pipeline.transport import RequestsTransport
    from azure.mgmt.resource.resources import ResourceManagementClient
    from requests.adapters import HTTPAdapter

    session = requests.Session()
    session.trust_env = not place.endpoint  # a proxy of the environment is for the real cloud
    adapter = HTTPAdapter(pool_connections=4, pool_maxsize=_POOL, max_retries=0)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    credential, authentication = _credential(place, audience)
    chain = [policies.HeadersPolicy(), policies.UserAgentPolicy("orch"), policies.ProxyPolicy(), authentication]
    return ResourceManagementClient(
        credential,
        place.account,
        base_url=base,
        policies=chain,
        authentication_policy=authentication,
        transport=RequestsTransport(
            session=session, connection_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS, use_env_settings=False
        ),
    )


def _credential(place: Place, audience: str) -> tuple[Any, Any]:
    """The credential of a place and the policy that signs with it. A sandbox checks none, so it is sent no secret."""
    if place.endpoint:
        from azure.core.pipeline.policies import SansIOHTTPPolicy

        class _Unsigned(SansIOHTTPPolicy):  # type: ignore[misc]
            def on_request(self, request: Any) -> None:
                request.http_request.headers["Authorization"] = "Bearer sandbox"

        return object(), _Unsigned()
    from azure.identity import DefaultAzureCredential
    from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

    tenant = str(place.credentials.get("tenant", ""))
    options: dict[str, Any] = {"additionally_allowed_tenants": [tenant]} if tenant else {}
    if client_id := place.credentials.get("client_id"):
        options |= {"managed_identity_client_id": client_id, "workload_identity_client_id": client_id}
    credential = _Tenant(DefaultAzureCredential(**options), tenant)
    return credential, ARMChallengeAuthenticationPolicy(credential, f"{audience}/.default")


class _Tenant:
    """A credential that asks for its tokens in one tenant, which the default credential cannot be told at once."""

    def __init__(self, credential: Any, tenant: str) -> None:
        self._credential, self._tenant = credential, tenant

    def get_token(self, *scopes: str, **options: Any) -> Any:
        if self._tenant:
            options.setdefault("tenant_id", self._tenant)
        return self._credential.get_token(*scopes, **options)


def _broken(call: Call, base: str, error: Exception) -> ProviderError:
    """A request without an answer: not sent, or sent and lost."""
    from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    reason = _reason(error)
    if isinstance(error, ClientAuthenticationError):
        return faults.error(call, Fault.DENIED, f"no token for {base}: {reason}", code="Unauthenticated")
    if isinstance(error, ServiceRequestError):
        failed = faults.error(call, Fault.TRANSIENT, f"cannot reach {base}: {reason}", code="ConnectionError")
        failed.unsent = isinstance(_innermost(error), (ConnectTimeoutError, NewConnectionError))
        return failed
    fault = Fault.TRANSIENT if call.verb == "read" else Fault.UNCERTAIN
    return faults.error(call, fault, f"{base} closed the connection without an answer: {reason}", code="NoAnswer")


def _reason(error: Exception) -> str:
    """Why a connection is broken, without the wrappings of each library on the way."""
    inner = _innermost(error)
    return str(inner).splitlines()[0] if str(inner) else type(error).__name__


def _innermost(error: Exception) -> Any:
    inner = getattr(error, "inner_exception", None) or error
    return getattr(inner.args[0], "reason", inner) if inner.args else inner
