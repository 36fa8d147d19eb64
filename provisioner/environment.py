"""Environments of a blueprint: named places, parameter values and default tags, each file over the one that it extends.

Nothing is taken from ambient configuration that is not named here. Must not know templates, providers or a sandbox.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal

from provisioner.document import Located, check, did_you_mean, near, read
from provisioner.model.environment import Environment, Given
from provisioner.model.place import Place
from provisioner.model.problem import BlueprintError, OrchError, Problem, in_order
from provisioner.model.source import Source
from provisioner.model.value import EMPTY, Map
from provisioner.model.value import Path as ValuePath

if TYPE_CHECKING:
    from pydantic import BaseModel

FOLDER = "environments"
_PLACE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
_EXAMPLE = 'places: {aws: {cloud: aws, account: "123456789012", region: eu-west-1}}'
_MERGED: tuple[ValuePath, ...] = ((), ("parameters",), ("places",), ("places", "*"), ("default_tags",))
"""Where an environment and the one that it extends are put together key by key; elsewhere its own value replaces the other."""

_SETTLED = 1.0  # seconds
"""By then a sandbox shows what it has made, and has made what a process asked for that died meanwhile."""


def environment_names(blueprint: Path) -> tuple[str, ...]:
    """The environments of a blueprint, sorted."""
    return tuple(sorted(path.stem for path in (blueprint / FOLDER).glob("*.yaml")))


def load_environment(
    blueprint: Path,
    name: str | None,
    sandbox_endpoints: Callable[[], Mapping[str, str]],
    sandbox_lags: Callable[[], Collection[str]] = tuple,
) -> Environment:
    """The environment ``<blueprint>/environments/<name>.yaml``; without a name, the only one there is.

    sandbox_endpoints: URL by cloud, asked only where a place says ``endpoint: sandbox``; raises ``OrchError`` where no sandbox
    runs · sandbox_lags: the clouds whose sandbox shows late what is new. Raises ``BlueprintError`` with all that is wrong with
    the file and those that it extends.
    """
    names = _names(blueprint)
    chosen = _chosen(blueprint, names, name)
    problems: list[Problem] = []
    document = _whole(blueprint, names, chosen, problems)
    tags = document.value.get("default_tags")
    default_tags = tags if isinstance(tags, Map) else EMPTY
    endpoints = _Endpoints(sandbox_endpoints, sandbox_lags)
    places = tuple(_places(document, default_tags, endpoints, problems))
    if problems:
        raise BlueprintError(*in_order(problems))
    return Environment(
        name=chosen,
        places=places,
        parameters=MappingProxyType(
            {key: Given(node.value, node.source, node.lines()) for key, node in _children(document, "parameters")}
        ),
        default_tags=default_tags,
        file=str(_file(blueprint, chosen)),
    )


def _file(blueprint: Path, name: str) -> Path:
    return blueprint / FOLDER / f"{name}.yaml"


def _names(blueprint: Path) -> tuple[str, ...]:
    """The environments that there are; ``BlueprintError`` where there is none, or no blueprint."""
    if blueprint.is_file():
        hint = f"name the folder that holds it: {blueprint.parent}"
        raise BlueprintError(Problem("a blueprint is a folder, and this is a file", Source(str(blueprint)), hint=hint))
    if not blueprint.is_dir():
        folders = (
            [path.name for path in blueprint.parent.iterdir() if path.is_dir()] if blueprint.parent.is_dir() else []
        )
        close = [str(blueprint.parent / found) for found in near(blueprint.name, folders, 1)]
        hint = f"did you mean {close[0]}?" if close else ""
        raise BlueprintError(Problem(f"there is no folder {str(blueprint)!r}", hint=hint))
    if names := environment_names(blueprint):
        return names
    where = Source(str(blueprint / FOLDER))
    raise BlueprintError(
        Problem("there is no environment", where, hint=f"write one, such as {_file(blueprint, 'dev')} with\n{_EXAMPLE}")
    )


def _chosen(blueprint: Path, names: tuple[str, ...], name: str | None) -> str:
    where = Source(str(blueprint / FOLDER))
    if name is None:
        if len(names) > 1:
            raise BlueprintError(Problem("which environment?", where, hint=f"choose one: -e {', -e '.join(names)}"))
        return names[0]
    if name not in names:
        raise BlueprintError(
            Problem(f"there is no environment {name!r}", where, hint=did_you_mean(name, names, else_list="there are"))
        )
    return name


def _whole(
    blueprint: Path,
    names: tuple[str, ...],
    name: str,
    problems: list[Problem],
    below: tuple[tuple[str, Source], ...] = (),
) -> Located:
    """An environment's document over those that it extends; every value keeps the line of the file where it stands."""
    document = read(_file(blueprint, name))
    try:
        check(document, _environment_model())
    except BlueprintError as error:
        problems.extend(error.problems)
    base = document.value.get("extends") if isinstance(document.value, Map) else None
    if not isinstance(base, str):
        return document if isinstance(document.value, Map) else Located(EMPTY, document.source, {})
    source = document.child("extends").source
    chain = (*below, (name, source))
    if base in [known for known, _ in chain]:
        problems.append(_circle(base, chain))
    elif base not in names:
        hint = did_you_mean(base, names, else_list="there are")
        missing = Problem(f"there is no environment {base!r} to extend", source, hint=hint)
        raise BlueprintError(*in_order([*problems, missing]))  # what it would have given lacks, and is no mistake
    else:
        return document.over(_whole(blueprint, names, base, problems, chain), _MERGED)
    return document


def _circle(base: str, chain: tuple[tuple[str, Source], ...]) -> Problem:
    ring = chain[[name for name, _ in chain].index(base) :]
    path = " → ".join([*(name for name, _ in ring), base])
    lines = "\n".join(
        f"{name} extends {other} ({source})"
        for (name, source), other in zip(ring, [*(name for name, _ in ring[1:]), base], strict=True)
    )
    return Problem(f"environments extend each other in a circle: {path}", ring[-1][1], hint=lines)


def _children(document: Located, key: str) -> Iterator[tuple[str, Located]]:
    if key in document.value:
        yield from document.child(key).items()


@dataclass(slots=True)
class _Endpoints:
    """The sandbox's endpoints, asked for once, and only when needed. lags: the clouds whose sandbox shows late what is new."""

    ask: Callable[[], Mapping[str, str]]
    lags: Callable[[], Collection[str]]
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
            yield _place(name, check(node, models[cloud]), tags, endpoints, node.source)
        except BlueprintError as error:
            problems.extend(replace(problem, message=f"{name}: {problem.message}") for problem in error.problems)


def _place(name: str, model: Any, tags: Map, endpoints: _Endpoints, source: Source) -> Place:
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
        visible_within=_SETTLED if endpoint == "sandbox" and cloud not in endpoints.lags() else None,
        source=source,
    )


@functools.cache
def _environment_model() -> type[BaseModel]:
    from pydantic import BaseModel, ConfigDict, Field

    class EnvironmentFile(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True)
        extends: str | None = None
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
    named = {"type": "object", "propertyNames": {"pattern": f"^{_PLACE_NAME.pattern}$"}}
    schema["properties"]["places"] = named
    keys = sorted({key for definition in definitions.values() for key in definition["properties"]})
    partial = {"type": "object", "propertyNames": {"enum": keys}}  # the rest stands in the file that is extended
    schema["if"] = {"required": ["extends"]}
    schema["then"] = {"properties": {"places": {"additionalProperties": partial}}}
    schema["else"] = {"properties": {"places": {"additionalProperties": place}}}
    return {**schema, "$defs": {**schema.get("$defs", {}), **definitions}}


def _place_schema(model: type[BaseModel]) -> dict[str, Any]:
    """A place's schema; a number without leading zeros is the same account."""
    schema = model.model_json_schema()
    for name in ("account", "subscription"):
        if name in schema["properties"]:
            schema["properties"][name]["type"] = ["string", "integer"]
    return schema
