"""The tagging API over what moto leaves out, or calls otherwise than AWS. A service's module says what it has: ``TAGGED``.

``TAGGED``: moto's name of the service, and a function of its model that gives the ARN, type and tags of all that is tagged; it
stands for all that moto would say of that service. Knows no service itself.
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

Tagged = Callable[[Any], Iterator[tuple[str, str, Mapping[str, str]]]]


@dataclass(frozen=True, slots=True)
class _Source:
    """A service's objects in the shape in which moto collects them."""

    model: Any
    tagged: Tagged

    def iter_tagged_resources(self) -> Iterator[Any]:
        from moto.core.resource_tagging import TaggedResource

        for arn, kind, tags in self.tagged(self.model):
            yield TaggedResource(arn=arn, tags=dict(tags), resource_type=kind)


@functools.cache
def _told() -> Mapping[str, Tagged]:
    """By moto's name of a service, how a module of ours tells of it."""
    names = sorted(found.name for found in pkgutil.iter_modules(services.__path__))
    modules = [importlib.import_module(f"{services.__name__}.{name}") for name in names]
    return dict(module.TAGGED for module in modules if hasattr(module, "TAGGED"))


def _resources(_call: Call, work: Work) -> Response:
    """moto's answer, for which it is shown other sources."""
    from moto.resourcegroupstaggingapi import models

    moto_sources = models.iter_taggable_backends

    def sources(account: str, region: str) -> Iterator[Any]:
        used = {name: told for name, told in _told().items() if f"moto.{name}.models" in sys.modules}
        ours = {name: work.model(name) for name in used}
        theirs = moto_sources(account, region)
        yield from (each for each in theirs if not any(each is model for model in ours.values()))
        yield from (_Source(model, used[name]) for name, model in ours.items())

    models.iter_taggable_backends = sources
    try:
        return work()
    finally:
        models.iter_taggable_backends = moto_sources


HANDLERS: dict[str, Handler] = {"GetResources": _resources}
