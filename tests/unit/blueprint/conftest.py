"""Shared by the blueprint tests: render templates of a test, and load blueprints against a few small types."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from provisioner import blueprint
from provisioner.blueprint import Outside, template
from provisioner.document import Located, near
from provisioner.model.environment import Environment, Given
from provisioner.model.fault import UnknownTypeError
from provisioner.model.place import Place
from provisioner.model.problem import BlueprintError
from provisioner.model.resource_type import ResourceType
from provisioner.model.source import Source
from provisioner.model.stack import Stack
from provisioner.model.value import freeze


def written(folder: Path, files: Mapping[str, str] | str) -> Path:
    """The folder, with files whose common indentation is dropped; a lone text is the template."""
    for name, text in ({template.TEMPLATE: files} if isinstance(files, str) else files).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(textwrap.dedent(text).lstrip("\n"))
    return folder


@pytest.fixture
def render(tmp_path: Path) -> Callable[..., Located]:
    """Render a template (or files by name) with variables; its located document."""

    def run(files: Mapping[str, str] | str, *, outside: Outside | None = None, **variables: Any) -> Located:
        return template.document(written(tmp_path, files), variables, {}, outside or Outside())

    return run


@pytest.fixture
def value(render: Callable[..., Located]) -> Callable[..., Any]:
    """Render; the value."""
    return lambda files, **variables: render(files, **variables).value


@pytest.fixture
def error(tmp_path: Path, render: Callable[..., Located]) -> Callable[..., str]:
    """Render what must fail; the message, paths relative to the blueprint's folder."""

    def run(files: Mapping[str, str] | str, **variables: Any) -> str:
        with pytest.raises(BlueprintError) as caught:
            render(files, **variables)
        assert all(problem.source is not None for problem in caught.value.problems)
        return str(caught.value).replace(f"{tmp_path}/", "")

    return run


_TAGS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"Key": {"type": "string"}, "Value": {"type": "string"}},
        "required": ["Key", "Value"],
        "additionalProperties": False,
    },
}

TYPES = (
    ResourceType(
        name="T::Net::Net",
        cloud="tee",
        version="2024-01-01",
        schema=freeze(
            {
                "type": "object",
                "properties": {
                    "Cidr": {"type": "string", "pattern": r"^[0-9.]+/[0-9]+$"},
                    "Mode": {"type": "string", "enum": ["shared", "dedicated"]},
                    "Dns": {"type": "boolean"},
                    "Tags": _TAGS,
                    "NetId": {"type": "string"},
                    "Ids": {"type": "array", "items": {"type": "string"}},
                    "Info": {"$ref": "#/$defs/Info"},
                },
                "required": ["Cidr"],
                "additionalProperties": False,
                "$defs": {
                    "Info": {
                        "type": "object",
                        "properties": {"State": {"type": "string"}},
                        "additionalProperties": False,
                    }
                },
            }
        ),
        read_only=(("NetId",), ("Ids",), ("Info", "State")),
    ),
    ResourceType(
        name="T::Net::Door",
        cloud="tee",
        schema=freeze(
            {
                "type": "object",
                "properties": {
                    "Net": {"type": "string"},
                    "Port": {"type": "integer", "minimum": 1, "maximum": 65535},
                    "From": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
                    "FromDoor": {"type": "string"},
                    "DoorId": {"type": "string"},
                    "Free": {"type": "object"},
                    "Limit": {"anyOf": [{"type": "integer"}, {"type": "object", "required": ["Max"]}]},
                    "Tags": _TAGS,
                },
                "required": ["Net"],
                "anyOf": [{"required": ["From"]}, {"required": ["FromDoor"]}],
                "additionalProperties": False,
            }
        ),
        read_only=(("DoorId",),),
    ),
    ResourceType(
        name="Arm.Like/things",
        cloud="arm",
        version="2024-05-01",
        schema=freeze(
            {
                "type": "object",
                "properties": {
                    "id": {"type": "string"},
                    "location": {"type": "string"},
                    "tags": {"type": "object", "additionalProperties": {"type": "string"}},
                    "properties": {
                        "type": "object",
                        "properties": {"size": {"type": "integer"}, "state": {"type": "string"}},
                        "additionalProperties": False,
                    },
                },
                "required": ["location"],
                "additionalProperties": False,
            }
        ),
        body_keys=("location", "tags", "properties"),
        place_keys=("name", "scope", "parent"),
        read_only=(("id",), ("properties", "state")),
    ),
)


def resource_type(name: str) -> ResourceType:
    """As the registry answers."""
    for found in TYPES:
        if found.name == name:
            return found
    raise UnknownTypeError(name, near(name, (found.name for found in TYPES)))


def cloud_of(name: str) -> str:
    """As the registry answers."""
    if name.startswith("T::"):
        return "tee"
    if "/" in name:
        return "arm"
    raise UnknownTypeError(name)


TEE = Place("tee", "tee", "123456789012", "here-1")
ARM = Place("arm", "arm", "subscription-1", "westeurope")


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Stack]:
    """Load a blueprint against the types above."""

    def run(
        files: Mapping[str, str] | str,
        *,
        places: tuple[Place, ...] = (TEE, ARM),
        given: Mapping[str, Any] | None = None,
        parameters: Mapping[str, object] | None = None,
        params_file: Path | None = None,
        environ: Mapping[str, str] | None = None,
        outside: Outside | None = None,
    ) -> Stack:
        file = "environments/dev.yaml"
        return blueprint.load(
            written(tmp_path, files),
            environment=Environment(
                "dev",
                places,
                {name: Given(freeze(item), Source(file, 9)) for name, item in (given or {}).items()},
                file=file,
            ),
            parameters=parameters or {},
            params_file=params_file,
            environ=environ or {},
            resource_type=resource_type,
            cloud_of=cloud_of,
            outside=outside,
        )

    return run


@pytest.fixture
def refused(tmp_path: Path, load: Callable[..., Stack]) -> Callable[..., str]:
    """Load what must fail; the message, paths relative to the blueprint's folder."""

    def run(files: Mapping[str, str] | str, **how: Any) -> str:
        with pytest.raises(BlueprintError) as caught:
            load(files, **how)
        return str(caught.value).replace(f"{tmp_path}/", "").replace(str(tmp_path), ".")

    return run
