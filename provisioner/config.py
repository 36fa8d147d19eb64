"""Settings of a project (``orch.yaml``) and the environments of its blueprints: where, with which values, by whose credentials.

Nothing is taken from ambient configuration that is not named here. Must not know templates, providers or a sandbox.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal

from provisioner.document import Located, check, did_you_mean, read
from provisioner.model.environment import Environment, Given
from provisioner.model.place import Place
from provisioner.model.problem import BlueprintError, OrchError, Problem
from provisioner.model.source import Source
from provisioner.model.value import EMPTY, Map

if TYPE_CHECKING:
    from pydantic import BaseModel

SETTINGS = "orch.yaml"
_PLACE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
_REPOSITORY = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Settings:
    """What ``orch.yaml`` says, or would.

    directory: of that file, else where the search began · backend: path of the state database, from ``directory`` ·
    parallelism: steps at once · packs: policy packs that come with orch · folders: packs of one's own, from ``directory`` ·
    env_vars: variables that templates may read · secrets: patterns of the secrets that may be read (``env://APP_*``).
    """

    directory: Path
    backend: str = ".orch/state.db"
    parallelism: int = 32
    packs: tuple[str, ...] = ("baseline",)
    folders: tuple[str, ...] = ()
    env_vars: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()

    def policy_folders(self) -> tuple[Path, ...]:
        """The folders of all policy packs."""
        return (
            *(_content("policies") / pack for pack in self.packs),
            *(self.directory / name for name in self.folders),
        )


def load_settings(start: Path) -> Settings:
    """The settings that hold in a folder: those of the nearest ``orch.yaml`` there or above, else the defaults.

    ``OrchError`` with all that is wrong with the file.
    """
    for folder in (start, *start.resolve().parents):
        if (folder / SETTINGS).is_file():
            document = read(folder / SETTINGS)
            model: Any = check(document, _settings_model())
            known = _packs()
            problems = [
                Problem(
                    f"there is no policy pack {name!r}",
                    document.child("policy").child("packs").child(index).source,
                    hint=did_you_mean(name, known, else_list="there are"),
                )
                for index, name in enumerate(document.value.get("policy", EMPTY).get("packs", ()))
                if name not in known
            ]
            if problems:
                raise OrchError(*problems)
            return Settings(
                folder, model.backend, model.parallelism, tuple(model.policy.packs), tuple(model.policy.folders),
                tuple(model.env_vars), tuple(model.secrets),
            )  # fmt: skip
    return Settings(start)


def environment_names(blueprint: Path) -> tuple[str, ...]:
    """The environments of a blueprint, sorted."""
    return tuple(sorted(path.stem for path in (blueprint / "environments").glob("*.yaml")))


def load_environment(
    blueprint: Path, name: str | None, sandbox_endpoints: Callable[[], Mapping[str, str]]
) -> Environment:
    """The environment ``<blueprint>/environments/<name>.yaml``; without a name, the only one there is.

    sandbox_endpoints: URL by cloud, asked only where a place says ``endpoint: sandbox``; raises ``OrchError`` where no sandbox
    runs. Raises ``BlueprintError`` with all that is wrong with the file.
    """
    file = blueprint / "environments" / f"{_chosen(blueprint, name)}.yaml"
    document = read(file)
    model: Any = check(document, _environment_model())
    default_tags = Map(model.default_tags)
    problems: list[Problem] = []
    endpoints = _Endpoints(sandbox_endpoints)
    places = tuple(_places(document, default_tags, endpoints, problems))
    if problems:
        raise BlueprintError(*problems)
    return Environment(
        name=file.stem,
        places=places,
        parameters=MappingProxyType(
            {key: Given(node.value, node.source, node.lines()) for key, node in _children(document, "parameters")}
        ),
        default_tags=default_tags,
        file=str(file),
    )


def _chosen(blueprint: Path, name: str | None) -> str:
    if not blueprint.is_dir():
        raise BlueprintError(Problem("a blueprint is a folder, and this is none", Source(str(blueprint))))
    names = environment_names(blueprint)
    where = Source(str(blueprint / "environments"))
    if not names:
        raise BlueprintError(
            Problem("there is no environment", where, hint="write one: dev.yaml, with the places of each cloud")
        )
    if name is None:
        if len(names) > 1:
            raise BlueprintError(Problem("which environment?", where, hint=f"choose one: -e {', -e '.join(names)}"))
        return names[0]
    if name not in names:
        hint = did_you_mean(name, names) or f"there are {', '.join(names)}"
        raise BlueprintError(Problem(f"there is no environment {name!r}", where, hint=hint))
    return name


def _children(document: Located, key: str) -> Iterator[tuple[str, Located]]:
    if key in document.value:
        yield from document.child(key).items()


@dataclass(slots=True)
class _Endpoints:
    """The sandbox's endpoints, asked for once, and only when needed."""

    ask: Callable[[], Mapping[str, str]]
    _known: dict[str, str] | None = field(default=None)

    def of(self, cloud: str) -> str:
        if self._known is None:
            self._known = dict(self.ask())
        if cloud not in self._known:
            raise OrchError(f"the sandbox has no endpoint for {cloud}", hint="orch sandbox down, then orch sandbox up")
        return self._known[cloud]


def _places(document: Located, tags: Map, endpoints: _Endpoints, problems: list[Problem]) -> Iterator[Place]:
    for name, node in _children(document, "places"):
        if not _PLACE_NAME.fullmatch(name):
            problems.append(Problem(f"{name!r} is no name for a place: letters, digits, '-' and '_' only", node.source))
            continue
        cloud: Any = node.value.get("cloud") if isinstance(node.value, Map) else None
        models = _place_models()
        if cloud not in models:
            said = f", not {cloud!r}" if cloud is not None else ""
            at = node.child("cloud").source if cloud is not None else node.source
            hint = did_you_mean(str(cloud), models) if cloud is not None else "write which cloud it is: cloud: aws"
            problems.append(Problem(f"{name}: cloud must be one of {', '.join(models)}{said}", at, hint=hint))
            continue
        try:
            yield _place(name, check(node, models[cloud]), tags, endpoints)
        except BlueprintError as error:
            problems.extend(error.problems)


def _place(name: str, model: Any, tags: Map, endpoints: _Endpoints) -> Place:
    given = model.model_dump(exclude_none=True)
    cloud, endpoint = given.pop("cloud"), given.pop("endpoint", "")
    account = next(given.pop(word) for word in ("account", "subscription", "project") if word in given)
    region = next((given.pop(word) for word in ("region", "location") if word in given), "")
    return Place(
        name=name,
        cloud=cloud,
        account=str(account),
        region=region,
        zone=given.pop("zone", ""),
        credentials=Map(given) if given else EMPTY,
        endpoint=endpoints.of(cloud) if endpoint == "sandbox" else endpoint,
        default_tags=tags,
        visible_within=0.0 if endpoint == "sandbox" else None,
    )


def _content(folder: str) -> Path:
    """What comes with orch: inside of the package where it was installed, else beside it in the repository."""
    installed = Path(__file__).parent / "_content" / folder
    return installed if installed.is_dir() else _REPOSITORY / folder


def _packs() -> tuple[str, ...]:
    folder = _content("policies")
    return tuple(sorted(path.name for path in folder.iterdir() if path.is_dir())) if folder.is_dir() else ()


@functools.cache
def _settings_model() -> type[BaseModel]:
    from pydantic import BaseModel, ConfigDict, Field

    class Policy(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True)
        packs: list[str] = Field(default_factory=lambda: ["baseline"])
        folders: list[str] = Field(default_factory=list)

    class SettingsFile(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True)
        backend: Annotated[str, Field(min_length=1)] = ".orch/state.db"
        parallelism: Annotated[int, Field(ge=1, le=1024)] = 32
        policy: Policy = Field(default_factory=Policy)
        env_vars: list[str] = Field(default_factory=list)
        secrets: list[Annotated[str, Field(pattern=r"^(env|file)://\S+$")]] = Field(default_factory=list)

    return SettingsFile


@functools.cache
def _environment_model() -> type[BaseModel]:
    from pydantic import BaseModel, ConfigDict, Field

    class EnvironmentFile(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True)
        parameters: dict[str, Any] = Field(default_factory=dict)
        places: dict[str, Any] = Field(default_factory=dict)
        default_tags: dict[str, str] = Field(default_factory=dict)

    return EnvironmentFile


@functools.cache
def _place_models() -> Mapping[str, type[BaseModel]]:
    from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

    def as_text(value: Any) -> Any:
        """A number that lost nothing when YAML read it is the same account."""
        return str(value) if type(value) is int else value

    def account(value: Any) -> Any:
        if isinstance(value := as_text(value), str) and not re.fullmatch(r"[0-9]{12}", value):
            raise ValueError(f"an AWS account has 12 digits, not {value!r}")
        return value

    class _Place(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True)
        endpoint: Annotated[str | None, Field(pattern=r"^(sandbox|https?://\S+)$")] = None

    class Aws(_Place):
        cloud: Literal["aws"]
        account: Annotated[str, BeforeValidator(account)]
        region: Annotated[str, Field(min_length=1)]
        profile: str | None = None
        role_arn: Annotated[str | None, Field(pattern=r"^arn:[a-z-]+:iam::[0-9]{12}:role/\S+$")] = None
        external_id: str | None = None
        session_name: str | None = None

    class Azure(_Place):
        cloud: Literal["azure"]
        subscription: Annotated[str, BeforeValidator(as_text), Field(min_length=1)]
        location: Annotated[str, Field(min_length=1)]
        tenant: str | None = None
        client_id: str | None = None

    class Gcp(_Place):
        cloud: Literal["gcp"]
        project: Annotated[str, Field(min_length=1)]
        region: str | None = None
        zone: str | None = None
        file: str | None = None
        impersonate: str | None = None
        quota_project: str | None = None

        @model_validator(mode="after")
        def _zone_in_region(self) -> Gcp:
            if self.zone and self.region and not self.zone.startswith(f"{self.region}-"):
                raise ValueError(f"the zone {self.zone} does not lie in the region {self.region}")
            return self

    return {"aws": Aws, "azure": Azure, "gcp": Gcp}


def settings_schema() -> dict[str, Any]:
    """What ``orch.yaml`` may hold, as JSON Schema."""
    return _settings_model().model_json_schema()


def environment_schema() -> dict[str, Any]:
    """What a file of ``environments`` may hold, as JSON Schema; a place by its ``cloud``."""
    schema = _environment_model().model_json_schema()
    clouds = _place_models()
    definitions = {cloud: _place_schema(model) for cloud, model in clouds.items()}
    place = {
        "type": "object",
        "properties": {"cloud": {"enum": list(clouds)}},
        "required": ["cloud"],
        "allOf": [
            {
                "if": {"properties": {"cloud": {"const": cloud}}, "required": ["cloud"]},
                "then": {"$ref": f"#/$defs/{cloud}"},
            }
            for cloud in clouds
        ],
    }
    named = {"propertyNames": {"pattern": f"^{_PLACE_NAME.pattern}$"}, "additionalProperties": place}
    schema["properties"]["places"] = {"type": "object", **named}
    return {**schema, "$defs": {**schema.get("$defs", {}), **definitions}}


def _place_schema(model: type[BaseModel]) -> dict[str, Any]:
    """A place's schema; a number without leading zeros is the same account."""
    schema = model.model_json_schema()
    for name in ("account", "subscription"):
        if name in schema["properties"]:
            schema["properties"][name]["type"] = ["string", "integer"]
    return schema
