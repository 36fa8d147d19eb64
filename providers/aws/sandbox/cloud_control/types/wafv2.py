"""WAF: sets of addresses. Follows the service's API reference and the type's schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from providers.aws.sandbox.cloud_control.adapter import (
    Adapter,
    HandlerError,
    Model,
    generated_name,
    listed,
    mapped,
    present,
    retag,
)


class IPSet(Adapter):
    """``AWS::WAFv2::IPSet``, which three properties identify, and which is listed scope by scope."""

    service = "wafv2"
    holds = ("Name", "Description", "Scope", "IPAddressVersion", "Addresses", "Tags")
    listed_by = ("Scope",)

    def create(self, want: Model) -> Model:
        name, scope = want.get("Name") or generated_name(), want["Scope"]
        if any((each.name, each.scope) == (name, scope) for each in self.moto.ip_sets.values()):
            raise HandlerError("AlreadyExists", f"AWS WAF couldn't perform the operation: there is a set {name}.")
        made = self.moto.create_ip_set(
            name, scope, want.get("Description"), want["IPAddressVersion"], want["Addresses"], want.get("Tags", [])
        )
        return {"Name": name, "Id": made.ip_set_id, "Scope": scope}

    def read(self, keys: Model) -> Model | None:
        found = self._find(keys)
        return found and present(
            Name=found.name,
            Id=found.ip_set_id,
            Scope=found.scope,
            Arn=found.arn,
            Description=found.description,
            IPAddressVersion=found.ip_address_version,
            Tags=listed(self.moto.tagging_service.get_tag_dict_for_resource(found.arn)),
        ) | {"Addresses": found.addresses}

    def update(self, keys: Model, want: Model) -> None:
        found = self._find(keys)
        found.ip_address_version = want["IPAddressVersion"]
        found.update(want.get("Description", ""), want["Addresses"])
        retag(_Tagged(self.moto), found.arn, mapped(want.get("Tags")))

    def delete(self, keys: Model) -> None:
        found = self._find(keys)
        retag(_Tagged(self.moto), found.arn, {})
        del self.moto.ip_sets[found.arn]

    def every(self, of: Model) -> Iterator[Model]:
        for each in self.moto.ip_sets.values():
            if each.scope == of["Scope"]:
                yield {"Name": each.name, "Id": each.ip_set_id, "Scope": each.scope}

    def _find(self, keys: Model) -> Any:
        wanted = (keys["Name"], keys["Id"], keys["Scope"])
        found = self.moto.ip_sets.values()
        return next((each for each in found if (each.name, each.ip_set_id, each.scope) == wanted), None)


class _Tagged:
    """WAF's tagging service under the name that other services have for theirs."""

    def __init__(self, moto: Any) -> None:
        self.tagger = moto.tagging_service


ADAPTERS = {"AWS::WAFv2::IPSet": IPSet}
