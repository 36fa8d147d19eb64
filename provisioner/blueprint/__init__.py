"""Blueprints: a folder of templates and parameters -> the stack it wants in one environment.

``load`` gives the checked stack, ``render`` what the template says before any check against the clouds' schemas. Neither calls a
cloud. This room must not know providers, plans or policies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from provisioner import collector
from provisioner.blueprint.outside import Lookups, Outside
from provisioner.document import LinePool, Located
from provisioner.model.environment import Environment
from provisioner.model.problem import BlueprintError, Problem, in_order
from provisioner.model.resource import Resource
from provisioner.model.resource_type import ResourceType
from provisioner.model.source import Source
from provisioner.model.stack import Stack
from provisioner.model.value import Map, Path, freeze
from provisioner.sources import Sources

if TYPE_CHECKING:
    from provisioner.blueprint.modules import Expanded
    from provisioner.blueprint.parameters import Values
    from provisioner.blueprint.resources import Builder

__all__ = ["Outside", "Rendered", "RenderedEntry", "load", "name_of", "render", "smallest"]


def _as_it_is(resource: Resource) -> Resource:
    return resource


def _nothing(_resource: Resource) -> Iterable[Problem]:
    return ()


@dataclass(frozen=True, slots=True)
class RenderedEntry:
    """One entry of ``resources``: value as written, with references; lines of all in it, by path from the entry."""

    address: str
    value: Map
    source: Source
    lines: tuple[tuple[Path, Source], ...]


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a blueprint says in one environment, before types and schemas are looked at."""

    stack: str
    entries: tuple[RenderedEntry, ...]
    outputs: Map
    output_lines: tuple[tuple[Path, Source], ...]
    parameters: Map


def smallest(kind: ResourceType) -> Mapping[str, object]:
    """The smallest entry of a type."""
    from provisioner.blueprint import example

    return example.entry(kind)


def load(
    folder: FilePath,
    *,
    environment: Environment,
    parameters: Mapping[str, object],
    params_file: FilePath | None,
    environ: Mapping[str, str],
    resource_type: Callable[[str], ResourceType],
    cloud_of: Callable[[str], str],
    normalize: Callable[[Resource], Resource] = _as_it_is,
    refusals: Callable[[Resource], Iterable[Problem]] = _nothing,
    sources: Sources | None = None,
    outside: Outside | None = None,
) -> Stack:
    """The stack that a blueprint's folder wants, checked as far as that goes without a cloud.

    parameters: values of ``-p`` · environ: for ``ORCH_PARAM_<NAME>`` · resource_type, cloud_of: as the registry answers them, by
    type name; an unknown one raises ``UnknownTypeError`` · normalize, refusals: the provider's, for what a schema cannot
    say (where an entry belongs, ports in the wrong order) · sources: of modules (default: what is there and locked) · outside:
    what its functions may ask (default: nothing). Raises ``BlueprintError`` with all problems of a stage: parameters,
    template, modules, then everything about entries, bodies and references together.
    """
    from provisioner.blueprint import resources

    with collector.off():
        problems: list[Problem] = []
        outside = outside or Outside()
        name, expanded, values = _expanded(
            folder, environment, parameters, params_file, environ, sources, outside, problems
        )
        if problems and expanded.groups:
            raise BlueprintError(*in_order(problems))
        lookups = Lookups(outside, environment, resource_type, problems)
        warnings = [*values.warnings, *expanded.warnings]
        builder = resources.Builder(environment, resource_type, cloud_of, problems, warnings)
        built = _built(expanded, builder, lookups.types, values, problems, warnings, normalize, refusals)
        if problems:
            raise BlueprintError(*in_order(problems))
        return Stack(
            name=name,
            environment=environment.name,
            blueprint=str(folder),
            resources=built,
            outputs=expanded.outputs[""].value,
            parameters=freeze(values.shown),
            places=environment.places,
            output_lines=expanded.outputs[""].lines(),
            sensitive=freeze(values.sensitive),
            asks=freeze(values.asks),
            lookups=lookups.found,
            outputs_read=outside.outputs_read(),
            warnings=tuple(in_order(warnings)),
        )


def _built(
    expanded: Expanded,
    builder: Builder,
    lookups: Mapping[str, ResourceType],
    values: Values,
    problems: list[Problem],
    warnings: list[Problem],
    normalize: Callable[[Resource], Resource],
    refusals: Callable[[Resource], Iterable[Problem]],
) -> tuple[Resource, ...]:
    """The resources of all entries, judged by the schemas of their types, with every reference looked at."""
    from provisioner.blueprint.doubts import doubts
    from provisioner.blueprint.fitting import misplaced, unfit
    from provisioner.blueprint.names import secret_names
    from provisioner.blueprint.quoted import unquoted
    from provisioner.blueprint.references import References, parts_that_lack
    from provisioner.blueprint.twins import Names, addressed, alike, listed, twins, unordered
    from provisioner.blueprint.validate import Validators

    validators = Validators()
    built: dict[str, tuple[Resource, ResourceType]] = {}
    sound: set[str] = set()
    nodes: dict[str, Located] = {}
    for entry in expanded.entries:
        nodes[entry.address] = entry.node
        if (pair := builder.build(entry)) is not None:
            built[entry.address] = pair
    built = unquoted(built, lookups, problems)
    for address, (resource, kind) in built.items():
        found = [] if resource.options.unchecked else list(validators.problems(resource, kind))
        problems.extend(found)
        sound.update(() if found else (address,))
        if not resource.options.unchecked:
            problems.extend(addressed(refusals(resource)))
            warnings.extend(doubts(resource, kind))
    problems.extend(secret_names(built))
    names = Names(built, sound, normalize)
    elsewhere = list(misplaced(built))
    problems.extend((*elsewhere, *unfit(built, nodes)))
    problems.extend((*twins(built, names), *alike(built, names), *listed(built, names), *unordered(built, names)))
    told = {(problem.address, problem.source) for problem in elsewhere}
    problems.extend(problem for problem in names.problems if (problem.address, problem.source) not in told)
    problems.extend(References(built, nodes, expanded.groups, lookups).problems(expanded.outputs))
    if any(resource.checks for resource, _ in built.values()):
        from provisioner.blueprint.checks import judged

        problems.extend(judged(built))
    resources = tuple(resource for resource, _ in built.values())
    problems.extend(parts_that_lack(resources, expanded.outputs[""], values.sensitive))
    return resources


def name_of(folder: FilePath) -> str:
    """The name of the stack of a blueprint, where it can be told without rendering it; else empty."""
    from provisioner.blueprint import builtins, template

    return builtins.plain_stack(folder / template.TEMPLATE, _folder_name(folder))


def render(
    folder: FilePath,
    *,
    environment: Environment,
    parameters: Mapping[str, object],
    params_file: FilePath | None,
    environ: Mapping[str, str],
    sources: Sources | None = None,
    outside: Outside | None = None,
) -> Rendered:
    """What the template and its modules say, with the line of everything; arguments and errors as those of ``load``."""
    with collector.off():
        problems: list[Problem] = []
        name, expanded, values = _expanded(
            folder, environment, parameters, params_file, environ, sources, outside or Outside(), problems
        )
        if problems:
            raise BlueprintError(*in_order(problems))
        pool = LinePool()
        outputs = expanded.outputs[""]
        return Rendered(
            stack=name,
            entries=tuple(
                RenderedEntry(entry.address, entry.node.value, entry.source, entry.node.lines(pool))
                for entry in expanded.entries
            ),
            outputs=outputs.value,
            output_lines=outputs.lines(pool),
            parameters=freeze(values.shown),
        )


def _expanded(
    folder: FilePath,
    environment: Environment,
    options: Mapping[str, object],
    params_file: FilePath | None,
    environ: Mapping[str, str],
    sources: Sources | None,
    outside: Outside,
    problems: list[Problem],
) -> tuple[str, Expanded, Values]:
    """The stack's name, its entries, and the values of its parameters."""
    from provisioner.blueprint import builtins, parameters, resources, template
    from provisioner.blueprint.modules import Expander

    if not folder.is_dir():
        hint = "name the folder that holds it" if folder.is_file() else ""
        raise BlueprintError(Problem("a blueprint is a folder, and this is none", Source(str(folder)), hint=hint))
    values = parameters.resolve(
        parameters.declared(folder),
        environment=environment.parameters,
        environment_file=environment.file,
        file=params_file,
        environ=environ,
        options=options,
    )
    known = builtins.builtins(environment, folder / template.TEMPLATE, _folder_name(folder))
    document = template.document(folder, values.given, known, outside)
    if not isinstance(document.value, Map):
        raise BlueprintError(Problem("a blueprint is a map with 'resources'", document.source))
    name = resources.stack_name(document, _folder_name(folder), problems)
    expander = Expander(environment, sources or Sources(folder), known, outside, problems)
    return name, expander.run(document), values


def _folder_name(folder: FilePath) -> str:
    return folder.resolve().name
