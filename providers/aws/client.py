"""boto3 sessions and clients, one per place and service, and one request through them.

It must not retry, sleep or take an endpoint from the environment: one call is one request, to where the place says.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from providers.aws import faults, services
from providers.kit.importing import IMPORTING
from provisioner.model.place import Place

_CONNECT_SECONDS = 10.0
_READ_SECONDS = 60.0
_POOL = 128  # connections of one client, above what one process can keep busy
_SANDBOX_KEY = "orch"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the SDK's parsed body without its metadata."""

    body: Mapping[str, Any]
    request_id: str = ""


class Clients:
    """The sessions and clients of all places, made when first needed and shared by all threads."""

    def __init__(self) -> None:
        self._sessions: dict[tuple[Any, ...], Any] = {}
        self._clients: dict[tuple[Any, ...], Any] = {}

    def send(
        self, place: Place, service: str, operation: str, parameters: Mapping[str, Any], *, writes: bool = False
    ) -> Answer:
        """The answer to one request, named as the API names it (``CreateVpc``). Every failure is a ``ProviderError``."""
        with IMPORTING:
            from botocore import xform_name
            from botocore.exceptions import BotoCoreError, ClientError
            from botocore.parsers import ResponseParserError
        request = faults.Request(place, service, operation, writes, place.endpoint)
        try:
            client = self.client(place, service)
        except BotoCoreError as error:  # nothing was sent
            raise faults.broken(replace(request, writes=False), error) from error
        try:
            body = getattr(client, xform_name(operation))(**parameters)
        except ClientError as error:
            raise faults.refused(request, error.response) from error
        except (BotoCoreError, ResponseParserError) as error:
            raise faults.broken(request, error) from error
        meta = body.pop("ResponseMetadata", {})
        for failed in body.get("Unsuccessful") or ():  # how EC2 refuses where it is asked for several at once
            raise faults.refused(request, {"Error": failed.get("Error", {}), "ResponseMetadata": meta})
        return Answer(body, str(meta.get("RequestId", "")))

    def client(self, place: Place, service: str) -> Any:
        """The client of a service for a place."""
        service = services.SDK.get(service, service)
        session_key = (place.credentials, place.region, place.endpoint)
        key = (place.credentials, place.region, place.endpoint, service)
        made = self._clients.get(key)
        if made is None:
            with IMPORTING:
                made = self._clients.get(key)
                if made is None:
                    session = self._sessions.get(session_key)
                    if session is None:
                        session = self._sessions[session_key] = _session(place)
                    made = self._clients[key] = _client(session, place, service)
        return made


def _client(session: Any, place: Place, service: str) -> Any:
    from botocore.config import Config

    config = Config(
        retries={"total_max_attempts": 1, "mode": "standard"},
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        max_pool_connections=_POOL,
        user_agent_extra="orch",
        ignore_configured_endpoint_urls=True,
        **({"s3": {"addressing_style": "path"}, "proxies": {}} if place.endpoint else {}),
    )
    return session.client(service, region_name=place.region or None, endpoint_url=place.endpoint or None, config=config)


def _session(place: Place) -> Any:
    """A session that takes nothing from the environment but, for the real cloud, the SDK's credential chain. At an endpoint of
    its own a place needs no profile, and a role is assumed there too: that is how a sandbox has several accounts."""
    import boto3
    import botocore.session

    if place.endpoint:  # a profile that the environment names must not break, or reach, a sandbox
        core = botocore.session.Session(session_vars={"profile": (None, [], None, None)})
        core.get_component("credential_provider").providers = [_own_key()]
    else:
        core = botocore.session.Session(profile=place.credentials.get("profile") or None)
    if place.credentials.get("role_arn"):
        core.register_component("credential_provider", _assumed(core, place))
    return boto3.Session(botocore_session=core)


def _own_key() -> Any:
    """The key that a sandbox is sent, which is no secret."""
    from botocore.credentials import CredentialProvider, Credentials

    class _Own(CredentialProvider):  # type: ignore[misc]
        METHOD = "sandbox"

        def load(self) -> Any:
            return Credentials(_SANDBOX_KEY, _SANDBOX_KEY, method=self.METHOD)

    return _Own()


def _assumed(core: Any, place: Place) -> Any:
    """Credentials of a role (``role_arn``, ``external_id``, ``session_name``), fetched with the session's own and renewed
    by the SDK before they expire."""
    from botocore.config import Config
    from botocore.credentials import (
        AssumeRoleCredentialFetcher,
        CredentialProvider,
        CredentialResolver,
        DeferredRefreshableCredentials,
    )

    named = place.credentials
    own = core.get_component("credential_provider")
    config = Config(ignore_configured_endpoint_urls=True, **({"proxies": {}} if place.endpoint else {}))
    sts = functools.partial(
        core.create_client, region_name=place.region or None, endpoint_url=place.endpoint or None, config=config
    )
    extra = {"RoleSessionName": named.get("session_name") or "orch"}
    if named.get("external_id"):
        extra["ExternalId"] = named["external_id"]

    class _Role(CredentialProvider):  # type: ignore[misc]
        METHOD = "assume-role"

        def load(self) -> Any:
            fetcher = AssumeRoleCredentialFetcher(
                client_creator=sts,
                source_credentials=own.load_credentials(),
                role_arn=named["role_arn"],
                extra_args=extra,
            )
            return DeferredRefreshableCredentials(fetcher.fetch_credentials, self.METHOD)

    return CredentialResolver([_Role()])
