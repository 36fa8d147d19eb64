"""Sessions: one per endpoint and credentials, shared by all threads; sends one request and classifies what goes wrong.

The session is google-cloud-compute's own (its credentials, endpoint and TLS), but bodies travel as the REST JSON that the
schema archive describes, not as that library's messages. Three reasons: a message cannot hold ``null``, which is how a patch
removes a property; it drops, silently, each property that is newer than the installed release; and a page of 500 takes 38 ms
to parse and turn into a dict, against 2.4 ms. Must not retry, wait or know any type.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from providers.gcp import faults
from providers.gcp.links import spelled
from providers.kit.importing import IMPORTING
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.place import Place
from provisioner.model.value import EMPTY

_CONNECT_SECONDS, _ANSWER_SECONDS = 10.0, 90.0
_POOL = 64  # connections kept; the default of 10 would open a new one for every call of a wide run
_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)


@dataclass(frozen=True, slots=True)
class Call:
    """One request. path: with the service's root (``compute/v1/projects/p``) · body: JSON, or None · host: of another service
    than Compute (``https://secretmanager.googleapis.com``), where the place has no endpoint of its own."""

    place: Place
    http: str
    path: str
    context: faults.Context
    query: Mapping[str, str] = EMPTY
    body: Any = None
    host: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that was a success."""

    body: Mapping[str, Any]
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class _Session:
    http: Any  # google.auth.transport.requests.AuthorizedSession
    host: str
    principal: str


class Clients:
    """The sessions of a process. Thread-safe."""

    def __init__(self) -> None:
        self._sessions: dict[tuple[str, Mapping[str, Any]], _Session] = {}

    def principal(self, place: Place) -> str:
        """Whose credentials a place uses, as far as they say it themselves: a service account's mail address."""
        return self._session(place).principal

    def send(self, call: Call) -> Reply:
        """Send once. Every failure is a ``ProviderError``."""
        with IMPORTING:
            from google.auth import exceptions as auth
            from requests import exceptions as http
        try:
            session = self._session(call.place)
            answer = session.http.request(
                call.http,
                f"{_host(call, session)}/{call.path}",
                params=call.query,
                data=None if call.body is None else json.dumps(call.body).encode(),
                headers={"Content-Type": "application/json"} if call.body is not None else None,
                timeout=(_CONNECT_SECONDS, _ANSWER_SECONDS),
                allow_redirects=False,
            )
        except auth.TransportError as error:  # while fetching a token
            raise faults.unsent(call.context, f"no token: {error}") from error
        except auth.GoogleAuthError as error:
            raise faults.unsent(call.context, f"no credentials: {error}", Fault.DENIED) from error
        except (http.ConnectionError, http.Timeout, http.ChunkedEncodingError) as error:
            raise _lost(call, _host(call, session), error) from error
        except http.RequestException as error:
            raise faults.unsent(call.context, str(error), Fault.INVALID) from error
        return _reply(call, answer)

    def _session(self, place: Place) -> _Session:
        key = (place.endpoint, place.credentials)
        if key not in self._sessions:
            with IMPORTING:
                if key not in self._sessions:
                    self._sessions[key] = _open(place)
        return self._sessions[key]


def _host(call: Call, session: _Session) -> str:
    return session.host if call.place.endpoint or not call.host else call.host


def _reply(call: Call, answer: Any) -> Reply:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    if answer.status_code >= 300:
        raise faults.of_response(call.context, answer.status_code, headers, answer.content)
    try:
        body = json.loads(answer.content or b"{}")
    except ValueError as error:
        raise faults.unanswered(call.context, f"HTTP {answer.status_code}, but not JSON: {error}") from error
    return Reply(spelled(body, answer.content), faults.request_id(headers))


def _lost(call: Call, host: str, error: Exception) -> ProviderError:
    """No answer: was anything sent? Only a connection that never stood says no for sure. TLS may break at any time."""
    from requests.exceptions import ConnectTimeout, SSLError
    from urllib3.exceptions import NewConnectionError

    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(error, (ConnectTimeout, SSLError)) or isinstance(reason, NewConnectionError):
        failed = faults.unsent(call.context, f"cannot connect to {host}: {reason or error}")
        failed.unsent = not isinstance(error, SSLError)
        return failed
    return faults.unanswered(call.context, f"no answer from {host}: {error}")


def _open(place: Place) -> _Session:
    from google.api_core.client_options import ClientOptions
    from google.cloud import compute_v1
    from requests.adapters import HTTPAdapter

    credentials = _credentials(place)
    options = ClientOptions(api_endpoint=place.endpoint.rstrip("/")) if place.endpoint else ClientOptions()
    transport = compute_v1.ProjectsClient(credentials=credentials, client_options=options).transport
    session = transport._session  # all clients of the library have one alike; it is the one thing needed of them
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=_POOL))  # retries nothing
    session.trust_env = not place.endpoint  # no proxy stands before a sandbox
    return _Session(session, transport.host, str(getattr(credentials, "service_account_email", "")))


def _credentials(place: Place) -> Any:
    """Keys of ``place.credentials``: ``file`` (a credentials file instead of the default ones), ``impersonate`` (a service
    account's mail address), ``quota_project``."""
    import google.auth
    from google.auth import impersonated_credentials
    from google.auth.credentials import AnonymousCredentials

    if place.endpoint:
        return AnonymousCredentials()
    named = place.credentials
    quota = named.get("quota_project")
    if "file" in named:
        found = _from_file(named["file"])
        found = found.with_quota_project(quota) if quota else found
    else:
        found, _ = google.auth.default(scopes=_SCOPES, quota_project_id=quota)
    if "impersonate" in named:
        return impersonated_credentials.Credentials(
            source_credentials=found,
            target_principal=named["impersonate"],
            target_scopes=list(_SCOPES),
            quota_project_id=quota,
        )
    return found


def _from_file(path: str) -> Any:
    """A service account's key or a person's sign-in. Of no other type: a federated one says which file or URL is sent where, and
    an environment may come with a stranger's blueprint."""
    from google.auth.exceptions import DefaultCredentialsError
    from google.oauth2 import credentials, service_account

    try:
        said = json.loads(Path(path).read_text())
        kind = said.get("type")
    except (OSError, ValueError, AttributeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no JSON object"
        raise DefaultCredentialsError(f"cannot read {path}: {reason}") from error
    if kind == "service_account":
        return service_account.Credentials.from_service_account_info(said, scopes=_SCOPES)
    if kind == "authorized_user":
        return credentials.Credentials.from_authorized_user_info(said, scopes=_SCOPES)
    raise DefaultCredentialsError(
        f"{path} is of type {kind!r}; a place takes service_account and authorized_user, any other type only as the default one, "
        "in the variable GOOGLE_APPLICATION_CREDENTIALS"
    )
