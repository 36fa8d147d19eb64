"""EventBridge: buses, archives, connections. Follows the service's API reference and the types' schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator

from providers.aws.sandbox.cloud_control.adapter import (
    Adapter,
    HandlerError,
    Model,
    generated_name,
    listed,
    present,
    retag,
    tags_of,
)


class EventBus(Adapter):
    """``AWS::Events::EventBus``."""

    service = "events"
    holds = ("Name", "Description", "KmsKeyIdentifier", "DeadLetterConfig", "Tags")

    def create(self, want: Model) -> Model:
        self.moto.create_event_bus(want["Name"])
        self.update(want, want)
        return {"Name": want["Name"]}

    def read(self, keys: Model) -> Model | None:
        bus = self.moto.event_buses.get(keys["Name"])
        return bus and present(
            Name=bus.name,
            Arn=bus.arn,
            Description=bus.description,
            KmsKeyIdentifier=bus.kms_key_identifier,
            DeadLetterConfig=bus.dead_letter_config,
            Tags=listed(tags_of(self.moto, bus.arn)),
        )

    def update(self, keys: Model, want: Model) -> None:
        bus = self.moto.event_buses[keys["Name"]]
        bus.description, bus.kms_key_identifier = want.get("Description"), want.get("KmsKeyIdentifier")
        bus.dead_letter_config = want.get("DeadLetterConfig")
        retag(self.moto, bus.arn, {tag["Key"]: tag["Value"] for tag in want.get("Tags", ())})

    def delete(self, keys: Model) -> None:
        self.moto.delete_event_bus(keys["Name"])

    def every(self, of: Model) -> Iterator[Model]:
        yield from ({"Name": name} for name in self.moto.event_buses)


class Archive(Adapter):
    """``AWS::Events::Archive``. Its pattern is a document or the text of one, and is read as a document."""

    service = "events"
    holds = ("ArchiveName", "SourceArn", "Description", "EventPattern", "RetentionDays")

    def create(self, want: Model) -> Model:
        name = want.get("ArchiveName") or generated_name()
        pattern = _text(want.get("EventPattern"))
        self.moto.create_archive(
            name, want["SourceArn"], want.get("Description", ""), pattern, want.get("RetentionDays", 0)
        )
        return {"ArchiveName": name}

    def read(self, keys: Model) -> Model | None:
        archive = self.moto.archives.get(keys["ArchiveName"])
        if archive is None:
            return None
        pattern = archive.event_pattern.dump()
        return present(
            ArchiveName=archive.name,
            Arn=archive.arn,
            SourceArn=archive.source_arn,
            Description=archive.description,
            EventPattern=json.loads(pattern) if pattern else None,
        ) | {"RetentionDays": int(archive.retention)}

    def update(self, keys: Model, want: Model) -> None:
        archive = self.moto.archives[keys["ArchiveName"]]
        archive.description, archive.retention = want.get("Description", ""), want.get("RetentionDays", 0)
        archive.event_pattern = type(archive.event_pattern).load(_text(want.get("EventPattern")))

    def delete(self, keys: Model) -> None:
        self.moto.delete_archive(keys["ArchiveName"])

    def every(self, of: Model) -> Iterator[Model]:
        yield from ({"ArchiveName": name} for name in self.moto.archives)


class Connection(Adapter):
    """``AWS::Events::Connection`` with basic or API key authorization, whose secrets are only written."""

    service = "events"
    holds = ("Name", "Description", "AuthorizationType", "AuthParameters")

    def create(self, want: Model) -> Model:
        name = want.get("Name") or generated_name()
        kind, parameters = want.get("AuthorizationType"), want.get("AuthParameters")
        if not kind or not parameters:
            raise HandlerError("InvalidRequest", "A connection needs AuthorizationType and AuthParameters.")
        self.moto.create_connection(name, want.get("Description"), kind, parameters)
        return {"Name": name}

    def read(self, keys: Model) -> Model | None:
        connection = self.moto.connections.get(keys["Name"])
        return connection and present(
            Name=connection.name,
            Arn=connection.arn,
            SecretArn=connection.secret_arn,
            Description=connection.description,
            AuthorizationType=connection.authorization_type,
            AuthParameters=connection.auth_parameters,
        )

    def update(self, keys: Model, want: Model) -> None:
        """A secret that a patch does not give stays as it is: the schema's required ones it always gives."""
        connection = self.moto.connections[keys["Name"]]
        connection.description = want.get("Description")
        connection.authorization_type = want["AuthorizationType"]
        connection.auth_parameters = want["AuthParameters"]

    def delete(self, keys: Model) -> None:
        self.moto.delete_connection(keys["Name"])

    def every(self, of: Model) -> Iterator[Model]:
        yield from ({"Name": name} for name in self.moto.connections)


def _text(pattern: object) -> str | None:
    return pattern if isinstance(pattern, str) or pattern is None else json.dumps(pattern)


ADAPTERS = {
    "AWS::Events::EventBus": EventBus,
    "AWS::Events::Archive": Archive,
    "AWS::Events::Connection": Connection,
}
