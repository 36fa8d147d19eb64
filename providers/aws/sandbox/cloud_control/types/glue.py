"""Glue: databases. Follows the service's API reference and the type's schema."""

from __future__ import annotations

import copy
import string
from collections.abc import Iterator

from providers.aws.sandbox.cloud_control.adapter import Adapter, HandlerError, Model, generated_name

_PERMISSIONS = [{"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["ALL"]}]


class Database(Adapter):
    """``AWS::Glue::Database``. Its name stands in two places, and is small; every new table of it is everybody's."""

    service = "glue"
    holds = ("CatalogId", "DatabaseName", "DatabaseInput")

    def create(self, want: Model) -> Model:
        given = want["DatabaseInput"]
        name = want.get("DatabaseName") or given.get("Name") or generated_name(string.ascii_lowercase + string.digits)
        if given.get("Name", name) != name:
            raise HandlerError("InvalidRequest", "DatabaseName and DatabaseInput.Name are not the same.")
        self.moto.create_database(name.lower(), _input(name.lower(), given))
        return {"DatabaseName": name.lower()}

    def read(self, keys: Model) -> Model | None:
        found = self.moto.databases.get(keys["DatabaseName"])
        if found is None:
            return None
        held = {name: value for name, value in found.input.items() if value not in (None, {}, "")}
        permissions = held.get("CreateTableDefaultPermissions", _PERMISSIONS)
        return {
            "CatalogId": found.catalog_id,
            "DatabaseName": found.name,
            "DatabaseInput": {**held, "Name": found.name, "CreateTableDefaultPermissions": permissions},
        }

    def update(self, keys: Model, want: Model) -> None:
        self.moto.update_database(keys["DatabaseName"], _input(keys["DatabaseName"], want["DatabaseInput"]))

    def delete(self, keys: Model) -> None:
        self.moto.delete_database(keys["DatabaseName"])

    def every(self, of: Model) -> Iterator[Model]:
        yield from ({"DatabaseName": name} for name in self.moto.databases)


def _input(name: str, given: Model) -> Model:
    return {**copy.deepcopy(given), "Name": name}


ADAPTERS = {"AWS::Glue::Database": Database}
