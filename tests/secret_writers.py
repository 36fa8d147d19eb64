"""Secrets written as their owners would, with the clouds' own SDKs or one request, and none of our code."""

from __future__ import annotations

import base64
import json
from urllib.request import ProxyHandler, Request, build_opener

from tests.listing import client

_OPENER = build_opener(ProxyHandler({}))


def aws_secret(endpoint: str, name: str, value: str | bytes, region: str = "eu-west-1") -> None:
    """Create it, or give it a new version."""
    manager = client("secretsmanager", endpoint, region)
    content = {"SecretString": value} if isinstance(value, str) else {"SecretBinary": value}
    try:
        manager.create_secret(Name=name, **content)
    except manager.exceptions.ResourceExistsException:
        manager.put_secret_value(SecretId=name, **content)


def aws_parameter(endpoint: str, name: str, value: str, region: str = "eu-west-1") -> None:
    """A SecureString, or a new version of it."""
    client("ssm", endpoint, region).put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)


def azure_secret(endpoint: str, vault: str, name: str, value: str) -> None:
    """A secret of a vault, or a new version of it."""
    _send("PUT", f"{endpoint}/keyvault/{vault}/secrets/{name}?api-version=7.4", {"value": value})


def gcp_secret(endpoint: str, project: str, name: str, value: str) -> None:
    """A secret of a project, or a new version of it."""
    base = f"{endpoint}/v1/projects/{project}/secrets"
    try:
        _send("POST", f"{base}?secretId={name}", {"replication": {"automatic": {}}})
    except OSError as error:
        if getattr(error, "code", 0) != 409:
            raise
    _send("POST", f"{base}/{name}:addVersion", {"payload": {"data": base64.b64encode(value.encode()).decode()}})


def _send(method: str, url: str, body: object) -> None:
    headers = {"Content-Type": "application/json", "Authorization": "Bearer sandbox"}
    with _OPENER.open(Request(url, json.dumps(body).encode(), headers, method=method), timeout=30):
        pass
