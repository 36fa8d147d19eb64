"""IoT: things. Follows the service's API reference and the type's schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from providers.aws.sandbox.cloud_control.adapter import Adapter, Model, generated_name, present


class Thing(Adapter):
    """``AWS::IoT::Thing``, which has attributes and no tags."""

    service = "iot"
    holds = ("ThingName", "AttributePayload")

    def create(self, want: Model) -> Model:
        name = want.get("ThingName") or generated_name()
        self.moto.create_thing(name, "", {"attributes": _attributes(want)})
        return {"ThingName": name}

    def read(self, keys: Model) -> Model | None:
        thing = self._find(keys)
        return thing and present(
            ThingName=thing.thing_name,
            Arn=thing.arn,
            Id=thing.thing_id,
            AttributePayload=present(Attributes=thing.attributes),
        )

    def update(self, keys: Model, want: Model) -> None:
        self._find(keys).attributes = _attributes(want)

    def delete(self, keys: Model) -> None:
        self.moto.delete_thing(keys["ThingName"])

    def every(self, of: Model) -> Iterator[Model]:
        yield from ({"ThingName": thing.thing_name} for thing in self.moto.things.values())

    def _find(self, keys: Model) -> Any:
        return next((each for each in self.moto.things.values() if each.thing_name == keys["ThingName"]), None)


def _attributes(want: Model) -> dict[str, str]:
    return dict(want.get("AttributePayload", {}).get("Attributes", {}))


ADAPTERS = {"AWS::IoT::Thing": Thing}
