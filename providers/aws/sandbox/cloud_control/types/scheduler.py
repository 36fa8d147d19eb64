"""EventBridge Scheduler: groups and schedules. Follows the service's API reference and the types' schemas."""

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
    moment,
    present,
    retag,
    tags_of,
)


class ScheduleGroup(Adapter):
    """``AWS::Scheduler::ScheduleGroup``: nothing but its tags can be changed."""

    service = "scheduler"
    holds = ("Name", "Tags")

    def create(self, want: Model) -> Model:
        name = want.get("Name") or generated_name()
        self.moto.create_schedule_group(name, want.get("Tags", []))
        return {"Name": name}

    def read(self, keys: Model) -> Model | None:
        group = self.moto.schedule_groups.get(keys["Name"])
        return group and present(
            Name=group.name,
            Arn=group.arn,
            State="ACTIVE",
            CreationDate=moment(group.created_on),
            LastModificationDate=moment(group.last_modified),
            Tags=listed(tags_of(self.moto, group.arn)),
        )

    def update(self, keys: Model, want: Model) -> None:
        retag(self.moto, self.moto.schedule_groups[keys["Name"]].arn, mapped(want.get("Tags")))

    def delete(self, keys: Model) -> None:
        if keys["Name"] == "default":
            raise HandlerError("InvalidRequest", "The default schedule group cannot be deleted.")
        retag(self.moto, self.moto.schedule_groups[keys["Name"]].arn, {})
        self.moto.delete_schedule_group(keys["Name"])

    def every(self, of: Model) -> Iterator[Model]:
        yield from ({"Name": name} for name in self.moto.schedule_groups)


class Schedule(Adapter):
    """``AWS::Scheduler::Schedule``, which its name identifies alone: names are looked for in every group."""

    service = "scheduler"
    holds = (
        "Name",
        "GroupName",
        "Description",
        "ScheduleExpression",
        "ScheduleExpressionTimezone",
        "FlexibleTimeWindow",
        "Target",
        "State",
        "KmsKeyArn",
    )

    def create(self, want: Model) -> Model:
        name, group = want.get("Name") or generated_name(), want.get("GroupName", "default")
        if group not in self.moto.schedule_groups:
            raise HandlerError("NotFound", f"Schedule group {group} does not exist.")
        settings = {**_settings(want), "start_date": None, "end_date": None}
        self.moto.create_schedule(name=name, group_name=group, action_after_completion=None, **settings)
        return {"Name": name}

    def read(self, keys: Model) -> Model | None:
        found = self._find(keys)
        return found and present(
            Name=found.name,
            Arn=found.arn,
            GroupName=found.group_name,
            Description=found.description,
            ScheduleExpression=found.schedule_expression,
            ScheduleExpressionTimezone=found.schedule_expression_timezone,
            FlexibleTimeWindow=found.flexible_time_window,
            Target=found.target,
            State=found.state,
            KmsKeyArn=found.kms_key_arn,
        )

    def update(self, keys: Model, want: Model) -> None:
        found = self._find(keys)
        if want.get("GroupName", found.group_name) != found.group_name:
            raise HandlerError("NotFound", f"Schedule {keys['Name']} does not exist in group {want['GroupName']}.")
        found.update(**{**_settings(want), "start_date": found.start_date, "end_date": found.end_date})

    def delete(self, keys: Model) -> None:
        self.moto.delete_schedule(self._find(keys).group_name, keys["Name"])

    def every(self, of: Model) -> Iterator[Model]:
        groups = self.moto.schedule_groups.values()
        yield from ({"Name": name} for group in groups for name in group.schedules)

    def _find(self, keys: Model) -> Any:
        groups = self.moto.schedule_groups.values()
        return next((group.schedules[keys["Name"]] for group in groups if keys["Name"] in group.schedules), None)


def _settings(want: Model) -> dict[str, Any]:
    return {
        "description": want.get("Description"),
        "flexible_time_window": want["FlexibleTimeWindow"],
        "kms_key_arn": want.get("KmsKeyArn"),
        "schedule_expression": want["ScheduleExpression"],
        "schedule_expression_timezone": want.get("ScheduleExpressionTimezone", "UTC"),
        "state": want.get("State", "ENABLED"),
        "target": want["Target"],
    }


ADAPTERS = {"AWS::Scheduler::ScheduleGroup": ScheduleGroup, "AWS::Scheduler::Schedule": Schedule}
