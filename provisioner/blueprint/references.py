"""Checks on references: the resource exists, it can have that attribute, and no circle is closed.

Must not resolve a reference.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from provisioner.blueprint.outside import LOOKUP, OUTPUT
from provisioner.blueprint.tokens import EACH
from provisioner.document import Located, did_you_mean, near
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.resource_type import ResourceType
from provisioner.model.secret import PARAMETER, part_of_parameter, secrets
from provisioner.model.source import Source
from provisioner.model.value import ABSENT, Path, Reference, Value, path_text, references

_SHAPE = frozenset({"type", "properties", "additionalProperties", "patternProperties", "items", "$ref"})
_SEARCH = 2_000_000  # edges looked at before the shortest circle so far is shown


class References:
    """The references of one stack. nodes: the entry of each address, for lines outside of the body · groups: addresses that stand
    for many resources, for near names · lookups: the types of what was looked up."""

    def __init__(
        self,
        resources: Mapping[str, tuple[Resource, ResourceType]],
        nodes: Mapping[str, Located],
        groups: frozenset[str] = frozenset(),
        lookups: Mapping[str, ResourceType] = MappingProxyType({}),
    ) -> None:
        self._resources = resources
        self._nodes = nodes
        self._groups = groups
        self._lookups = lookups
        self._judged: dict[tuple[str, Path], tuple[str, str] | None] = {}

    def problems(self, outputs: Mapping[str, Located]) -> Iterator[Problem]:
        """Every wrong reference, then the shortest circle if there is one. outputs: by module, of the stack under ``""``."""
        edges: dict[str, dict[str, tuple[str, Source | None]]] = {}
        for address, (resource, _) in self._resources.items():
            edges[address] = {}
            depends_on = set(resource.options.depends_on) - {one for _, one in references(resource.within)}
            for reference, source, whole in self._of(resource):
                if problem := self._judge(address, reference, source, whole):
                    yield problem
                elif reference.address in self._resources:
                    said = (
                        f"depends_on {reference.address}"
                        if reference in depends_on
                        else f"needs {_expression(reference)}"
                    )
                    edges[address].setdefault(reference.address, (said, source))
            for check in resource.checks:  # of the object itself too, which stands by then
                for _, reference in references(check.target):
                    if problem := self._judge(address, reference, check.source, whole=False):
                        yield problem
                    elif reference.address in self._resources and reference.address != address:
                        said = f"needs {_expression(reference)}"
                        edges[address].setdefault(reference.address, (said, check.source))
        for module, node in outputs.items():
            lines = dict(node.lines())
            for path, reference in references(node.value):
                source = next(
                    (lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in lines), node.source
                )
                # A module may hand out a resource as a whole: what uses it names the attribute.
                where = f"{module}{': ' if module else ''}outputs.{path_text(path)}"
                if problem := self._judge(where, reference, source, whole=bool(module)):
                    yield problem
        if circle := _shortest_circle({address: list(targets) for address, targets in edges.items()}):
            yield _circle_problem(circle, edges)

    def _of(self, resource: Resource) -> Iterator[tuple[Reference, Source | None, bool]]:
        """Reference, line, and whether a resource itself is expected there."""
        for path, reference in references(resource.body):
            yield reference, resource.line_of(path), False
        for path, reference in references(resource.within):
            whole = path[0] in ("parent", "scope")
            yield reference, self._nodes[resource.address].child(path[0]).source, whole
        for reference in resource.options.depends_on:
            yield reference, self._nodes[resource.address].child("depends_on").source, True

    def _judge(self, where: str, reference: Reference, source: Source | None, whole: bool) -> Problem | None:
        address = where if where in self._resources else ""
        if reference.address == EACH:
            return Problem(f"{where}: 'each' is known only in an entry with for_each", source, address)
        if reference.address.startswith((LOOKUP, OUTPUT)):
            return self._outside(where, address, reference, source)
        # What is written in a module's template names the module's own.
        scope = f"{source.module}/" if source and source.module else ""
        name = reference.address.removeprefix(scope)
        if reference.address not in self._nodes:
            known = (name.removeprefix(scope) for name in (*self._nodes, *self._groups) if name.startswith(scope))
            hint = did_you_mean(name, known, else_list=f"resources of this {'module' if scope else 'blueprint'}")
            return Problem(f"{where}: there is no resource {name!r} to refer to", source, address, hint)
        if reference.address not in self._resources:
            return None  # its own entry is wrong, which is told already
        kind = self._resources[reference.address][1]
        if not reference.path:
            if whole:
                return None
            message = f'{where}: ref("{name}") is a resource, and a value is needed here'
            return Problem(message, source, address, f"choose an attribute: {_offered(kind, name)}")
        if (wrong := self._attribute(kind, reference.path)) is None:
            return None
        message, hint = wrong
        return Problem(f"{where}: {message} (in {_expression(Reference(name, reference.path))})", source, address, hint)

    def _outside(self, where: str, address: str, reference: Reference, source: Source | None) -> Problem | None:
        """A reference to what is no resource of this stack: a lookup may stand for the object (its id) or one of its values."""
        kind = self._lookups.get(reference.address)
        if kind is None or not reference.path:
            return None
        if (wrong := self._attribute(kind, reference.path)) is None:
            return None
        return Problem(f"{where}: {wrong[0]} (in {reference})", source, address, wrong[1])

    def _attribute(self, kind: ResourceType, path: Path) -> tuple[str, str] | None:
        key = (kind.name, path)
        if key not in self._judged:
            self._judged[key] = attribute(kind, path)
        return self._judged[key]


def parts_that_lack(
    resources: Iterable[Resource], outputs: Located, sensitive: Mapping[str, Value]
) -> Iterator[Problem]:
    """Parts of sensitive parameters that are not there, such as ``creds.pasword``."""
    lines = dict(outputs.lines())
    bodies = [(one.address, one.body, one.line_of) for one in resources]
    for where, body, line_of in (*bodies, ("outputs", outputs.value, lambda path: lines.get(path, outputs.source))):
        for path, secret in secrets(body):
            if secret.uri.startswith(PARAMETER) and part_of_parameter(secret.uri, sensitive) is ABSENT:
                name, *parts = secret.uri.removeprefix(PARAMETER).split("/")
                message = (
                    f"{where}: the sensitive parameter {name!r} has no {'.'.join(parts)!r} in the value that is given"
                )
                yield Problem(message, line_of(path), where if where != "outputs" else "")


def _expression(reference: Reference) -> str:
    return f'ref("{reference.address}"){path_text(reference.path, leading_dot=True)}'


def _offered(kind: ResourceType, address: str, limit: int = 6) -> str:
    paths = [path for path in kind.read_only if "*" not in path] or [
        (name,) for name in kind.schema.get("properties", {})
    ]
    paths = sorted(paths, key=len)
    more = ", …" if len(paths) > limit else ""
    return ", ".join(f'ref("{address}").{path_text(path)}' for path in paths[:limit]) + more


def attribute(kind: ResourceType, path: Path) -> tuple[str, str] | None:
    """Message and hint where a type cannot have that attribute."""
    schemas = _expand([kind.schema], kind.schema)
    for index, part in enumerate(path):
        following, open_ended = _step(schemas, part)
        if not following:
            if open_ended:
                return None
            return _no_attribute(kind, path[: index + 1], schemas)
        schemas = _expand(following, kind.schema)
    return None


def described(kind: ResourceType, path: Path) -> list[Any]:
    """The schemas of what stands at a path of a type; empty where none says."""
    schemas = _expand([kind.schema], kind.schema)
    for part in path:
        schemas = _expand(_step(schemas, part)[0], kind.schema)
    return schemas


def _step(schemas: list[Any], part: str | int) -> tuple[list[Any], bool]:
    """The schemas one step down, and whether anything might stand there."""
    found: list[Any] = []
    open_ended = False
    closed = any(isinstance(schema, Mapping) and schema.get("additionalProperties") is False for schema in schemas)
    for schema in schemas:
        if closed and isinstance(schema, Mapping) and not schema.keys() & _SHAPE:
            continue  # one of its conditions, such as which properties go together
        if not isinstance(schema, Mapping):
            open_ended = open_ended or schema is True
        elif isinstance(part, int):
            items = schema.get("items")
            if items is not None:
                found.append(items)
            open_ended = open_ended or (items is None and _may_be(schema, "array"))
        elif part in schema.get("properties", ()):
            found.append(schema["properties"][part])
        elif isinstance(rest := schema.get("additionalProperties"), Mapping):
            found.append(rest)
        elif "patternProperties" in schema or (rest is not False and _may_be(schema, "object")):
            open_ended = True
    return found, open_ended


def _may_be(schema: Mapping[str, Any], name: str) -> bool:
    types = schema.get("type", name)
    if "anyOf" in schema or "oneOf" in schema or "allOf" in schema or "$ref" in schema:
        return False  # its branches are judged by themselves
    return name in ((types,) if isinstance(types, str) else types)


def _expand(schemas: Iterable[Any], root: Mapping[str, Any]) -> list[Any]:
    """The schemas and all that they are made of: references followed, branches included."""
    out: list[Any] = []
    seen: set[int] = set()
    waiting = list(schemas)
    while waiting:
        schema = waiting.pop()
        if id(schema) in seen:
            continue
        seen.add(id(schema))
        out.append(schema)
        if not isinstance(schema, Mapping):
            continue
        if isinstance(target := schema.get("$ref"), str) and target.startswith("#/"):
            found: Any = root
            for part in target[2:].split("/"):
                found = found.get(part.replace("~1", "/").replace("~0", "~"), {}) if isinstance(found, Mapping) else {}
            waiting.append(found)
        for word in ("allOf", "anyOf", "oneOf"):
            waiting.extend(schema.get(word, ()))
    return out


def _no_attribute(kind: ResourceType, path: Path, schemas: list[Any]) -> tuple[str, str]:
    inside = path_text(path[:-1])
    what = f"{inside} of {kind.name}" if inside else kind.name
    part = path[-1]
    if isinstance(part, int):
        return f"{what} is no list", ""
    names = list(
        dict.fromkeys(
            name for schema in schemas if isinstance(schema, Mapping) for name in schema.get("properties", ())
        )
    )
    if not names:
        return f"{what} has no attributes", ""
    first = [name for name in names if kind.is_read_only((*path[:-1], name))]
    listed = first or names
    shown = ", ".join(listed[:12]) + (f" and {len(listed) - 12} more" if len(listed) > 12 else "")
    hint = f"did you mean {' or '.join(close)}? " if (close := near(part, names)) else ""
    return f"{what} has no attribute {part!r}", f"{hint}{'known after apply' if first else 'it has'}: {shown}"


def _shortest_circle(edges: Mapping[str, list[str]]) -> list[str]:
    """The addresses of the shortest circle, in order; empty where there is none."""
    core = _core(edges)
    best: list[str] = []
    looked = 0
    for start in core:
        before: dict[str, str] = {}
        depth = {start: 0}
        waiting = deque([start])
        while waiting:
            node = waiting.popleft()
            if best and depth[node] + 1 >= len(best):
                break
            for target in core[node]:
                looked += 1
                if target == start:
                    best = [node]
                    while best[0] != start:
                        best.insert(0, before[best[0]])
                    waiting.clear()
                    break
                if target not in depth:
                    depth[target] = depth[node] + 1
                    before[target] = node
                    waiting.append(target)
        if len(best) == 1 or (best and looked > _SEARCH):
            break
    return best


def _core(edges: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """What is left when everything that lies on no circle's way is taken away from both ends."""
    core = {node: list(targets) for node, targets in edges.items()}
    for _ in range(2):
        counts = {node: len(targets) for node, targets in core.items()}
        users: dict[str, list[str]] = {node: [] for node in core}
        for node, targets in core.items():
            for target in targets:
                users[target].append(node)
        free = [node for node, count in counts.items() if not count]
        while free:
            node = free.pop()
            for user in users[node]:
                counts[user] -= 1
                if not counts[user]:
                    free.append(user)
        left = {node for node, count in counts.items() if count}
        # Turned round, so that the second pass trims from the other end and the edges point forward again.
        core = {node: [user for user in users[node] if user in left] for node in users if node in left}
    return core


def _circle_problem(circle: list[str], edges: Mapping[str, Mapping[str, tuple[str, Source | None]]]) -> Problem:
    ring = [*circle, circle[0]]
    lines = []
    for one, other in pairwise(ring):
        said, source = edges[one][other]
        lines.append(f"{one} {said} ({source})")
    first = edges[ring[0]][ring[1]][1]
    message = f"a circle of references: {' → '.join(ring)}"
    return Problem(message, first, circle[0], "\n".join(lines))
