"""The tagging API over what moto leaves out, or calls otherwise than AWS. A service's module says what it has: ``TAGGED``.

``TAGGED``: moto's folder of the service, how types begin (``lambda``) that are then told by us alone, and a function of a region
that gives ARN, type and tags of all that is tagged. Knows no service itself.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from providers.aws.sandbox import services
from providers.aws.sandbox.call import Call
from providers.aws.sandbox.corrections import Handler, Work
from providers.kit.server import Response

Tagged = Callable[[str], Iterator[tuple[str, str, Mapping[str, str]]]]


@dataclass(frozen=True, slots=True)
class _Ours:
    """A service's objects in the shape in which moto collects them."""

    tagged: Tagged
    region: str

    def iter_tagged_resources(self) -> Iterator[Any]:
        from moto.core.resource_tagging import TaggedResource

        for arn, kind, tags in self.tagged(self.region):
            yield TaggedResource(arn=arn, tags=dict(tags), resource_type=kind)


@dataclass(frozen=True, slots=True)
class _Theirs:
    """A model of moto, without the types that we tell."""

    model: Any
    told: frozenset[str]

    def iter_tagged_resources(self) -> Iterator[Any]:
        return (
            each for each in self.model.iter_tagged_resources() if each.resource_type.split(":")[0] not in self.told
        )


@functools.cache
def _modules() -> tuple[tuple[str, str, Tagged], ...]:
    names = sorted(found.name for found in pkgutil.iter_modules(services.__path__))
    modules = [importlib.import_module(f"{services.__name__}.{name}") for name in names]
    return tuple(module.TAGGED for module in modules if hasattr(module, "TAGGED"))


def _resources(call: Call, work: Work) -> Response:
    """moto's answer, for which it is shown other sources. A service that nobody has called has none."""
    from moto.resourcegroupstaggingapi import models

    moto_sources = models.iter_taggable_backends

    def sources(account: str, region: str) -> Iterator[Any]:
        told = frozenset(kinds for _, kinds, _ in _modules())
        yield from (_Theirs(model, told) for model in moto_sources(account, region))
        yield from (
            _Ours(tagged, call.region) for name, _, tagged in _modules() if f"moto.{name}.models" in sys.modules
        )

    models.iter_taggable_backends = sources
    try:
        return work()
    finally:
        models.iter_taggable_backends = moto_sources


HANDLERS: dict[str, Handler] = {"GetResources": _resources}
