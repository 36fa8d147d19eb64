"""CloudWatch Logs: streams. Follows the service's API reference and the type's schema."""

from __future__ import annotations

from collections.abc import Iterator

from providers.aws.sandbox.cloud_control.adapter import Adapter, HandlerError, Model, generated_name


class LogStream(Adapter):
    """``AWS::Logs::LogStream``, of which nothing can be changed, and which is listed group by group."""

    service = "logs"
    holds = ("LogGroupName", "LogStreamName")
    listed_by = ("LogGroupName",)

    def create(self, want: Model) -> Model:
        group, name = want["LogGroupName"], want.get("LogStreamName") or generated_name()
        self.moto.create_log_stream(group, name)
        return {"LogGroupName": group, "LogStreamName": name}

    def read(self, keys: Model) -> Model | None:
        group = self.moto.groups.get(keys["LogGroupName"])
        there = group is not None and keys["LogStreamName"] in group.streams
        return dict(keys) if there else None

    def delete(self, keys: Model) -> None:
        self.moto.delete_log_stream(keys["LogGroupName"], keys["LogStreamName"])

    def every(self, of: Model) -> Iterator[Model]:
        group = self.moto.groups.get(of["LogGroupName"])
        if group is None:
            raise HandlerError("NotFound", f"The log group {of['LogGroupName']} does not exist.")
        yield from ({"LogGroupName": group.name, "LogStreamName": name} for name in group.streams)


ADAPTERS = {"AWS::Logs::LogStream": LogStream}
