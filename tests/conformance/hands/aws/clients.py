"""Plain boto3 clients, and what listing with them takes."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.conformance.hands.base import Found


class Clients:
    """The clients of one endpoint, by service as boto3 calls it."""

    def __init__(self, endpoint: str, region: str) -> None:
        self._endpoint, self._region = endpoint, region

    def __call__(self, service: str) -> Any:
        return _client(self._endpoint, self._region, service)

    def all(self, service: str, method: str, key: str, **arguments: Any) -> Iterator[dict[str, Any]]:
        """The items of a listing, all its pages."""
        for page in self(service).get_paginator(method).paginate(**arguments):
            yield from page[key]


@functools.cache
def _client(endpoint: str, region: str, service: str) -> Any:
    import boto3
    from botocore.config import Config

    session = boto3.Session("test", "test", region_name=region)
    config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    return session.client(service, endpoint_url=endpoint, config=config)


def tagged(tags: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Tags by key."""
    return {tag["Key"]: tag["Value"] for tag in tags}


def found(kind: str, identity: str, item: dict[str, Any]) -> Found:
    """An object of an item that has its tags, and whose identity no other object ever has."""
    return Found(kind, identity, identity, tagged(item.get("Tags", ())), item)
