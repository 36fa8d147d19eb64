"""EC2: what of it is reached through Cloud Control. Follows the service's API reference and the types' schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from providers.aws.sandbox.cloud_control.adapter import Adapter, HandlerError, Model, listed, mapped, present


class _Tagged(Adapter):
    service = "ec2"

    def _tags(self, identity: str) -> list[dict[str, str]]:
        return listed(self.moto.tags.get(identity, {}))

    def _retag(self, identity: str, tags: Mapping[str, str]) -> None:
        self.moto.tags.pop(identity, None)
        if tags:
            self.moto.create_tags([identity], dict(tags))


class PrefixList(_Tagged):
    """``AWS::EC2::PrefixList``. Those of AWS are listed too; a change of the entries makes another version."""

    holds = ("PrefixListName", "AddressFamily", "MaxEntries", "Entries", "Tags")

    def create(self, want: Model) -> Model:
        entries: list[Model] = want.get("Entries", [])
        self._check(want, entries)
        made = self.moto.create_managed_prefix_list(
            want["AddressFamily"],
            [dict(entry) for entry in entries],
            want.get("MaxEntries", len(entries) or 1),
            want["PrefixListName"],
            mapped(want.get("Tags")),
        )
        return {"PrefixListId": made.id}

    def read(self, keys: Model) -> Model | None:
        found = self.moto.managed_prefix_lists.get(keys["PrefixListId"])
        if found is None or found.state.startswith("delete"):
            return None
        entries: Any = found.entries.get(found.version) or next(iter(found.entries.values()), [])
        return present(
            PrefixListId=found.id,
            PrefixListName=found.prefix_list_name,
            AddressFamily=found.address_family,
            MaxEntries=found.max_entries and int(found.max_entries),
            Entries=[present(**entry) for entry in entries],
            Arn=found.prefix_list_arn,
            OwnerId=found.owner_id,
            Version=found.version,
            Tags=self._tags(found.id),
        )

    def update(self, keys: Model, want: Model) -> None:
        found = self.moto.managed_prefix_lists[keys["PrefixListId"]]
        entries = [dict(entry) for entry in want.get("Entries", [])]
        self._check(want, entries)
        if want["AddressFamily"] != found.address_family:
            raise HandlerError("NotUpdatable", "The address family of a prefix list cannot be changed.")
        found.prefix_list_name, found.max_entries = want["PrefixListName"], want.get("MaxEntries", found.max_entries)
        if entries != (found.entries.get(found.version) or []):
            found.version += 1
            found.entries[found.version] = entries
        self._retag(found.id, mapped(want.get("Tags")))

    @staticmethod
    def _check(want: Model, entries: list[Model]) -> None:
        if len(entries) > want.get("MaxEntries", len(entries) or 1):
            raise HandlerError("InvalidRequest", "The prefix list has more entries than MaxEntries.")

    def delete(self, keys: Model) -> None:
        if self.moto.managed_prefix_lists[keys["PrefixListId"]].owner_id == "AWS":
            raise HandlerError("AccessDenied", f"{keys['PrefixListId']} is managed by AWS.")
        del self.moto.managed_prefix_lists[keys["PrefixListId"]]
        self._retag(keys["PrefixListId"], {})

    def every(self, of: Model) -> Iterator[Model]:
        for found in list(self.moto.managed_prefix_lists.values()):
            if not found.state.startswith("delete"):
                yield {"PrefixListId": found.id}


class EgressOnlyInternetGateway(_Tagged):
    """``AWS::EC2::EgressOnlyInternetGateway``."""

    holds = ("VpcId", "Tags")

    def create(self, want: Model) -> Model:
        return {"Id": self.moto.create_egress_only_internet_gateway(want["VpcId"], mapped(want.get("Tags"))).id}

    def read(self, keys: Model) -> Model | None:
        found = self.moto.egress_only_internet_gateways.get(keys["Id"])
        return found and present(Id=found.id, VpcId=found.vpc_id, Tags=self._tags(found.id))

    def update(self, keys: Model, want: Model) -> None:
        self._retag(keys["Id"], mapped(want.get("Tags")))

    def delete(self, keys: Model) -> None:
        self.moto.delete_egress_only_internet_gateway(keys["Id"])
        self._retag(keys["Id"], {})

    def every(self, of: Model) -> Iterator[Model]:
        yield from ({"Id": name} for name in self.moto.egress_only_internet_gateways)


class CustomerGateway(_Tagged):
    """``AWS::EC2::CustomerGateway``. One that was deleted is still described for a while, and is gone for all that."""

    holds = ("Type", "IpAddress", "BgpAsn", "Tags")

    def create(self, want: Model) -> Model:
        made = self.moto.create_customer_gateway(
            want["Type"], want["IpAddress"], str(want.get("BgpAsn", 65000)), mapped(want.get("Tags"))
        )
        return {"CustomerGatewayId": made.id}

    def read(self, keys: Model) -> Model | None:
        found = self._there().get(keys["CustomerGatewayId"])
        return found and present(
            CustomerGatewayId=found.id,
            Type=found.type,
            IpAddress=found.ip_address,
            BgpAsn=int(found.bgp_asn),
            Tags=self._tags(found.id),
        )

    def update(self, keys: Model, want: Model) -> None:
        self._retag(keys["CustomerGatewayId"], mapped(want.get("Tags")))

    def delete(self, keys: Model) -> None:
        self.moto.delete_customer_gateway(keys["CustomerGatewayId"])

    def every(self, of: Model) -> Iterator[Model]:
        yield from ({"CustomerGatewayId": name} for name in self._there())

    def _there(self) -> dict[str, Any]:
        found = self.moto.customer_gateways.items()
        return {name: each for name, each in found if each.state != "deleted"}


ADAPTERS = {
    "AWS::EC2::PrefixList": PrefixList,
    "AWS::EC2::EgressOnlyInternetGateway": EgressOnlyInternetGateway,
    "AWS::EC2::CustomerGateway": CustomerGateway,
}
