"""What the handlers of a resource type look like, and the words that many of them are made of.

An adapter does to moto's objects what AWS's handlers do through the service: models go in and come out as the registry's schema
has them. It knows no request, and judges nothing that the schema judges.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import random
import string
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

Model = dict[str, Any]
"""A resource's properties, or those of them that identify it."""

_PACKAGE = "providers.aws.sandbox.cloud_control.types"


class HandlerError(Exception):
    """What a handler fails with. code: one of ``HandlerErrorCode``."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(f"{code}: {message}")


class Adapter:
    """One type's handlers over moto's model of its service in one region.

    service: moto's folder · holds: the properties that moto can hold · listed_by: what a list must be told. A list is of
    everything that AWS's own would show, an object that nobody made included.
    """

    service: ClassVar[str]
    holds: ClassVar[tuple[str, ...]]
    listed_by: ClassVar[tuple[str, ...]] = ()

    def __init__(self, moto: Any) -> None:
        self.moto = moto

    def create(self, want: Model) -> Model:
        """Make one; the properties that identify it."""
        raise NotImplementedError

    def read(self, keys: Model) -> Model | None:
        """What a resource is now; None where there is none."""
        raise NotImplementedError

    def update(self, keys: Model, want: Model) -> None:
        """Make a resource what is wanted, as a whole."""
        raise NotImplementedError

    def delete(self, keys: Model) -> None:
        """Delete a resource that there is."""
        raise NotImplementedError

    def every(self, of: Model) -> Iterator[Model]:
        """The keys of all resources, or of those within what ``of`` names."""
        raise NotImplementedError


@functools.cache
def adapters(service: str) -> Mapping[str, type[Adapter]]:
    """The adapters of a service, which is a type name's second part in lower case; none where there are none."""
    if importlib.util.find_spec(f"{_PACKAGE}.{service}") is None:
        return {}
    found: Mapping[str, type[Adapter]] = importlib.import_module(f"{_PACKAGE}.{service}").ADAPTERS
    return found


# --- words ----------------------------------------------------------------------------------------------------------------


def generated_name(letters: str = string.ascii_letters + string.digits) -> str:
    """A name as handlers make them for a resource without one."""
    return "-".join("".join(random.choices(letters, k=count)) for count in (20, 12))  # noqa: S311 - a name


def present(**properties: Any) -> Model:
    """A model without what is not set: handlers leave it out."""
    return {name: value for name, value in properties.items() if value not in (None, "", [], {})}


def listed(tags: Mapping[str, str | None]) -> list[dict[str, str]]:
    """Tags as most types have them, of a map."""
    return [{"Key": key, "Value": value or ""} for key, value in tags.items()]


def mapped(tags: list[dict[str, str]] | None) -> dict[str, str]:
    """A map of tags as most types have them."""
    return {tag["Key"]: tag.get("Value", "") for tag in tags or ()}


def tags_of(moto: Any, arn: str) -> dict[str, str | None]:
    """What moto's tagging service has of an ARN."""
    found: dict[str, str | None] = moto.tagger.get_tag_dict_for_resource(arn)
    return found


def retag(moto: Any, arn: str, tags: Mapping[str, str]) -> None:
    """Make these the tags of an ARN in moto's tagging service; an object's end takes them all."""
    moto.tagger.delete_all_tags_for_resource(arn)
    moto.tagger.tag_resource(arn, listed(tags))


def moment(seconds: float | None) -> str | None:
    """A time as schemas write it."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
