"""A blueprint, one of its environments and a project's settings -> the stack that is wanted. Calls no cloud.

Endpoints of a sandbox are asked for only where somebody will speak to them. Must not know runs or plans.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict, Unpack

from provisioner import blueprint as blueprints
from provisioner.environment import environment_names, load_environment
from provisioner.model.environment import Environment
from provisioner.model.problem import BlueprintError
from provisioner.model.resource import Resource
from provisioner.model.run import Run
from provisioner.model.stack import Stack
from provisioner.model.value import Map
from provisioner.registry import Registry
from provisioner.sources import Sources
from provisioner.stores import Stores


class Inputs(TypedDict, total=False):
    """What a blueprint is rendered with. environment: by name, needless where there is only one · parameters: values by name,
    before all others · params_file: a YAML file with more of them."""

    environment: str | None
    parameters: Mapping[str, object]
    params_file: Path | str | None


class _Given(TypedDict):
    environment: Environment
    parameters: Mapping[str, object]
    params_file: Path | None
    environ: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Loader:
    """outputs_of: what the ledger has for a stack of an environment, None where it was never applied · last_run: the newest of
    such a stack · endpoints: of the running sandbox, by cloud · lags: the clouds of it that show late what is new · environ: the
    process's variables · env_vars: those that templates may read."""

    registry: Registry
    outputs_of: Callable[[str, str], Map | None]
    last_run: Callable[[str, str], Run | None]
    endpoints: Callable[[], Mapping[str, str]]
    lags: Callable[[], Collection[str]]
    environ: Mapping[str, str]
    env_vars: tuple[str, ...] = ()

    def stack(self, blueprint: Path | str, *, live: bool = False, **inputs: Unpack[Inputs]) -> Stack:
        """The rendered and checked stack. ``BlueprintError`` with every problem found.

        live: it will be planned, so places have their endpoints, and outputs of a stack that was never applied are an error.
        """
        blueprint = Path(blueprint)
        given = self._given(blueprint, inputs, live=live)
        stack = blueprints.load(
            blueprint,
            **given,
            resource_type=self.registry.resource_type,
            cloud_of=self.registry.cloud_of,
            normalize=lambda resource: self.registry.provider(resource.place.cloud).normalize(resource),
            refusals=lambda resource: self.registry.provider(resource.place.cloud).refusals(resource),
            outside=replace(
                self._outside(given["environment"].name),
                must=live,
                how_to_apply=lambda stack: _how_to_apply(stack, blueprint, given["environment"].name),
            ),
        )
        if problems := Stores(self.registry).at(stack.places).wrong(stack.resources, stack.outputs):
            raise BlueprintError(*problems)
        return replace(stack, resources=tuple(self._guarded(resource) for resource in stack.resources))

    def doomed(self, blueprint: Path | str, **inputs: Unpack[Inputs]) -> Stack:
        """The stack as far as it takes to destroy it: name and places. What it wanted need not even be renderable."""
        blueprint = Path(blueprint)
        name = blueprints.name_of(blueprint)
        if not name:
            return self.stack(blueprint, live=True, **inputs)
        found = self._given(blueprint, inputs, live=True)["environment"]
        return Stack(name, found.name, str(blueprint), places=found.places)

    def rendered(self, blueprint: Path | str, **inputs: Unpack[Inputs]) -> blueprints.Rendered:
        """What the template says, before any check against the clouds' schemas."""
        blueprint = Path(blueprint)
        given = self._given(blueprint, inputs)
        return blueprints.render(blueprint, **given, outside=self._outside(given["environment"].name))

    def lock(self, blueprint: Path | str, *, update: bool = False, **inputs: Unpack[Inputs]) -> Sources:
        """Fetch the git modules that a blueprint uses, in one environment or in all, and fix their content in ``orch.lock``."""
        blueprint = Path(blueprint)
        found = Sources(blueprint, fetch=True, update=update)
        chosen = inputs.get("environment")
        for name in (chosen,) if chosen else environment_names(blueprint) or (None,):
            given = self._given(blueprint, {**inputs, "environment": name})
            blueprints.render(blueprint, **given, sources=found, outside=self._outside(given["environment"].name))
        found.save()
        return found

    def _given(self, blueprint: Path, inputs: Inputs, *, live: bool = False) -> _Given:
        unasked = dict.fromkeys(self.registry.clouds(), "")
        asked = (self.endpoints, self.lags) if live else (lambda: unasked, tuple)
        return _Given(
            environment=load_environment(blueprint, inputs.get("environment"), *asked),
            parameters=inputs.get("parameters", {}),
            params_file=Path(file) if (file := inputs.get("params_file")) else None,
            environ=self.environ,
        )

    def _outside(self, environment: str) -> blueprints.Outside:
        """What templates may ask in an environment."""
        return blueprints.Outside(
            outputs_of=lambda stack: self.outputs_of(stack, environment),
            last_run=lambda stack: self.last_run(stack, environment),
            variables={name: self.environ.get(name) for name in self.env_vars},
        )

    def _guarded(self, resource: Resource) -> Resource:
        """The resource with what its type's data holds to be secret."""
        return replace(resource, secrets=(*resource.secrets, *self.registry.resource_type(resource.type).sensitive))


def _how_to_apply(stack: str, blueprint: Path, environment: str) -> str:
    """The command that applies another stack, whose blueprint probably lies beside this one."""
    from provisioner.blueprint.template import TEMPLATE
    from provisioner.document import did_you_mean

    try:
        beside = [
            folder
            for folder in sorted(blueprint.parent.iterdir())
            if folder != blueprint and (folder / TEMPLATE).is_file()
        ]
    except OSError:
        beside = []
    names = {blueprints.name_of(folder): folder for folder in beside}
    if stack in names:
        return f"apply it first: orch apply {names[stack]} -e {environment}"
    return did_you_mean(stack, names) or f"apply its blueprint first: orch apply FOLDER -e {environment}"
