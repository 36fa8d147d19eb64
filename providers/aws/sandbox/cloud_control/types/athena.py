"""Athena: work groups and named queries. Follows the service's API reference and the types' schemas."""

from __future__ import annotations

import copy
import time
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
    tags_of,
)


def created(group: Any) -> float:
    """When a work group was made, which moto does not keep: when somebody first asked."""
    made: float = vars(group).setdefault("orch_created", time.time())
    return made


class WorkGroup(Adapter):
    """``AWS::Athena::WorkGroup``. ``RecursiveDeleteOption`` is what its deletion in a stack goes by; nothing keeps it."""

    service = "athena"
    holds = ("Name", "Description", "State", "WorkGroupConfiguration", "Tags", "RecursiveDeleteOption")

    def create(self, want: Model) -> Model:
        name, configuration = want["Name"], copy.deepcopy(want.get("WorkGroupConfiguration", {}))
        self.moto.create_work_group(name, configuration, want.get("Description", ""), want.get("Tags", []))
        self.moto.work_groups[name].state = want.get("State", "ENABLED")
        return {"Name": name}

    def read(self, keys: Model) -> Model | None:
        group = self.moto.work_groups.get(keys["Name"])
        if group is None:
            return None
        no_property = "EnableMinimumEncryptionConfiguration"  # of the API alone
        configuration = {name: value for name, value in group.configuration.items() if name != no_property}
        return present(
            Name=group.name,
            Description=group.description,
            State=group.state,
            CreationTime=str(created(group)),
            WorkGroupConfiguration=configuration,
            Tags=listed(tags_of(self.moto, group.arn)),
        )

    def update(self, keys: Model, want: Model) -> None:
        """A configuration is changed by what is given of it; a whole one is what a handler always gives."""
        group = self.moto.work_groups[keys["Name"]]
        group.description, group.state = want.get("Description", ""), want.get("State", "ENABLED")
        made = type(group)(self.moto, group.name, copy.deepcopy(want.get("WorkGroupConfiguration", {})), "", [])
        group.configuration = made.configuration
        group.configuration.setdefault("EngineVersion", {}).setdefault(
            "EffectiveEngineVersion", "Athena engine version 3"
        )
        retag(self.moto, group.arn, mapped(want.get("Tags")))

    def delete(self, keys: Model) -> None:
        if keys["Name"] == "primary":
            raise HandlerError("InvalidRequest", "The primary workgroup cannot be deleted.")
        retag(self.moto, self.moto.work_groups[keys["Name"]].arn, {})
        self.moto.delete_work_group(keys["Name"])

    def every(self, of: Model) -> Iterator[Model]:
        yield from ({"Name": name} for name in self.moto.work_groups)


class NamedQuery(Adapter):
    """``AWS::Athena::NamedQuery``, which cannot be changed."""

    service = "athena"
    holds = ("Name", "Description", "Database", "QueryString", "WorkGroup")

    def create(self, want: Model) -> Model:
        group = want.get("WorkGroup", "primary")
        if group not in self.moto.work_groups:
            raise HandlerError("InvalidRequest", f"WorkGroup {group} is not found.")
        name, words = want.get("Name") or generated_name(), want.get("Description", "")
        return {"NamedQueryId": self.moto.create_named_query(name, words, want["Database"], want["QueryString"], group)}

    def read(self, keys: Model) -> Model | None:
        query = self.moto.named_queries.get(keys["NamedQueryId"])
        return query and present(
            NamedQueryId=query.id,
            Name=query.name,
            Description=query.description,
            Database=query.database,
            QueryString=query.query_string,
            WorkGroup=query.workgroup.name,
        )

    def delete(self, keys: Model) -> None:
        del self.moto.named_queries[keys["NamedQueryId"]]

    def every(self, of: Model) -> Iterator[Model]:
        yield from ({"NamedQueryId": name} for name in self.moto.named_queries)


ADAPTERS = {"AWS::Athena::WorkGroup": WorkGroup, "AWS::Athena::NamedQuery": NamedQuery}
