"""Where moto's EventBridge differs: the tagging API is to know its rules. Sends nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from providers.aws.sandbox.corrections import Handler
from providers.aws.sandbox.moto_app import ACCOUNT


def _tagged(region: str) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    from moto.events.models import events_backends

    model = events_backends[ACCOUNT][region]
    for bus in model.event_buses.values():
        yield bus.arn, "events:event-bus", model.tagger.get_tag_dict_for_resource(bus.arn)
        for rule in bus.rules.values():
            yield rule.arn, "events:rule", model.tagger.get_tag_dict_for_resource(rule.arn)


TAGGED = ("events", "events", _tagged)

HANDLERS: dict[str, Handler] = {}
