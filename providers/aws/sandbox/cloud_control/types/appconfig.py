"""AppConfig: applications. Follows the service's API reference and the type's schema."""

from __future__ import annotations

from collections.abc import Iterator

from providers.aws.sandbox.cloud_control.adapter import Adapter, Model, listed, mapped, present, retag, tags_of


class Application(Adapter):
    """``AWS::AppConfig::Application``, which its id identifies; names need not differ."""

    service = "appconfig"
    holds = ("Name", "Description", "Tags")

    def create(self, want: Model) -> Model:
        made = self.moto.create_application(want["Name"], want.get("Description"), mapped(want.get("Tags")))
        return {"ApplicationId": made.id}

    def read(self, keys: Model) -> Model | None:
        found = self.moto.applications.get(keys["ApplicationId"])
        return found and present(
            ApplicationId=found.id,
            Name=found.name,
            Description=found.description,
            Tags=listed(tags_of(self.moto, found.arn)),
        )

    def update(self, keys: Model, want: Model) -> None:
        found = self.moto.applications[keys["ApplicationId"]]
        found.name, found.description = want["Name"], want.get("Description")
        retag(self.moto, found.arn, mapped(want.get("Tags")))

    def delete(self, keys: Model) -> None:
        retag(self.moto, self.moto.applications[keys["ApplicationId"]].arn, {})
        self.moto.delete_application(keys["ApplicationId"])

    def every(self, of: Model) -> Iterator[Model]:
        yield from ({"ApplicationId": name} for name in self.moto.applications)


ADAPTERS = {"AWS::AppConfig::Application": Application}
