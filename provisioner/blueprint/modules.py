"""Entries with ``module`` or ``for_each`` -> the entries that they stand for, under addresses of their own.

A module is another blueprint's folder: rendered with the values that its entry hands in, its resources ``net/vpc`` where the
entry is ``net``, its outputs put where ``ref("net").outputs`` stands. Must not build resources or fetch anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path as FilePath
from typing import Any

from provisioner.blueprint import template
from provisioner.blueprint.beneath import MODULE_KEYS, Beneath, spread
from provisioner.blueprint.handing import handed_in, in_module
from provisioner.blueprint.instances import Instances, combined, formerly, instances, of_all, strange
from provisioner.blueprint.outputs import outputs_of, part_of
from provisioner.blueprint.outside import Outside
from provisioner.blueprint.resources import Entry, entries
from provisioner.blueprint.tokens import EACH, kind
from provisioner.blueprint.weaving import Loom
from provisioner.document import Located, did_you_mean
from provisioner.model.environment import Environment
from provisioner.model.problem import BlueprintError, Problem
from provisioner.model.source import Source, Via
from provisioner.model.value import EMPTY, Map, Reference, Value, references
from provisioner.sources import Home, SourceError, Sources

_DEPTH = 20  # modules inside of modules
_COUNT = 1_000  # modules of one blueprint, each instance counted


@dataclass(frozen=True, slots=True)
class Expanded:
    """entries: of the blueprint and all its modules · outputs: by module, those of the blueprint under ``""`` · groups:
    addresses that stand for many resources · warnings: what is no error, and should be known."""

    entries: tuple[Entry, ...]
    outputs: Mapping[str, Located]
    groups: frozenset[str] = frozenset()
    warnings: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Scope:
    """One document while it is expanded. prefix: what its addresses begin with · folders: those of the modules around it, and
    its own · done: what its modules and loops stand for · busy: those under way, for circles."""

    prefix: str
    home: Home
    folders: tuple[FilePath, ...]
    beneath: Beneath = field(default_factory=Beneath)
    entries: dict[str, Entry] = field(default_factory=dict)
    done: dict[str, list[Entry]] = field(default_factory=dict)
    busy: list[str] = field(default_factory=list)


class Expander:
    """Expands one blueprint. builtins: what every template finds defined · outside: what its functions may ask."""

    def __init__(
        self,
        environment: Environment,
        sources: Sources,
        builtins: Mapping[str, Any],
        outside: Outside,
        problems: list[Problem],
    ) -> None:
        self._environment = environment
        self._sources = sources
        self._builtins = builtins
        self._outside = outside
        self._problems = problems
        self._warnings: list[Problem] = []
        self._loom = Loom()
        self._groups: set[str] = set()
        self._many: dict[str, tuple[bool, dict[str, str]]] = {}  # for_each: a list?, and its instances by key
        self._outputs: dict[str, Located] = {}
        self._failed: set[str] = set()  # modules that are wrong themselves: nothing more is said of what needs them
        self._count = 0

    def run(self, document: Located) -> Expanded:
        """Everything that a blueprint's document stands for. What is wrong is added to the problems."""
        problems: list[Problem] = []
        found = entries(document, problems)
        if not any(_is_group(entry) or "moved_from" in entry.node.value for entry in found):
            self._problems += problems
            return Expanded(found, {"": outputs_of(document)})
        home = self._sources.home()
        scope = _Scope("", home, (home.folder.resolve(),))
        all_of_them = self._document(scope, self._loom.take(document))
        groups = frozenset(self._groups)
        return Expanded(spread(all_of_them, groups, self._loom), self._outputs, groups, tuple(self._warnings))

    # --- documents ---------------------------------------------------------------------------------------------------

    def _document(self, scope: _Scope, document: Located) -> list[Entry]:
        scope.entries = {entry.address: entry for entry in entries(document, self._problems)}
        self._groups |= {scope.prefix + key for key, entry in scope.entries.items() if _is_group(entry)}
        out: list[Entry] = []
        for key, entry in scope.entries.items():
            if _is_group(entry):
                out += self._expanded(scope, key, entry.source)
            else:
                out.append(
                    self._resource(
                        scope,
                        scope.prefix + key,
                        formerly(entry.node, self._woven(scope, entry.node), None, self._loom),
                    )
                )
        change = partial(self._change, scope, None, False)
        self._outputs[scope.prefix.removesuffix("/")] = self._loom.woven(outputs_of(document), change)
        return out

    def _woven(self, scope: _Scope, entry: Located, each: Map | None = None) -> Located:
        """An entry with what is known of its references put in."""
        items = {
            key: self._loom.woven(node, partial(self._change, scope, each, key in ("depends_on", "parameters")))
            for key, node in entry.items()
            if key != "for_each"
        }
        return self._loom.map(items, entry.source)

    def _resource(self, scope: _Scope, address: str, node: Located) -> Entry:
        below = scope.beneath
        return Entry(address, below.laid(scope.prefix, address, node, self._loom), below.places)

    def _expanded(self, scope: _Scope, key: str, source: Source) -> list[Entry]:
        """What a module or a loop stands for; at most once, and only as soon as somebody needs to know."""
        if key in scope.busy:
            ring = [scope.prefix + name for name in (*scope.busy[scope.busy.index(key) :], key)]
            self._failed.update(ring)
            self._problem(ring[0], f"a circle: {' → '.join(ring)}; each needs outputs of the next first", source)
        elif key not in scope.done:
            scope.busy.append(key)
            scope.done[key] = self._group(scope, key)
            scope.busy.pop()
        return scope.done.get(key, [])

    def _group(self, scope: _Scope, key: str) -> list[Entry]:
        entry, address = scope.entries[key].node, scope.prefix + key
        if "for_each" not in entry.value:
            return self._one(scope, address, formerly(entry, self._woven(scope, entry), None, self._loom))
        over = self._loom.woven(entry.child("for_each"), partial(self._change, scope, None, False))
        found: Instances = instances(address, over, self._problems)
        self._warnings += strange(address, entry, found)
        self._many[address] = found.listed, {name: f"{address}/{name}" for name in found.each}
        self._groups |= {f"{address}/{name}" for name in found.each if "module" in entry.value}
        return [
            made
            for name, each in found.each.items()
            for made in self._one(
                scope, f"{address}/{name}", formerly(entry, self._woven(scope, entry, each), name, self._loom)
            )
        ]

    def _one(self, scope: _Scope, address: str, node: Located) -> list[Entry]:
        if "module" not in node.value:
            self._loom.spend(node.value, node.source)
            return [self._resource(scope, address, node)]
        made = self._module(scope, address, node)
        if made is None:
            self._failed.add(address)
        return made or []

    # --- modules -----------------------------------------------------------------------------------------------------

    def _module(self, scope: _Scope, address: str, node: Located) -> list[Entry] | None:
        """What a module stands for; None where that cannot be told, which is a problem already."""
        for key in node.value.keys() - MODULE_KEYS:
            hint = did_you_mean(key, MODULE_KEYS) or f"a module takes {', '.join(sorted(MODULE_KEYS))}"
            self._problem(address, f"{key!r} makes no sense on a module", node.child(key).source, hint)
        home = self._home(scope, address, node.child("module"))
        below = scope.beneath.under(scope.prefix, address, node, self._environment, self._loom, self._problems)
        if home is None:
            return None
        via = Via(address, node.source)
        try:
            given = handed_in(home.folder, address, node, via)
            if any(needed.address in self._failed for _, needed in references(node.value)):
                return None
            before = set(self._outside.asked)
            rendered = template.document(home.folder, given, self._builtins, self._outside, f"{address}/")
        except BlueprintError as error:
            self._tell(in_module(problem, via, address) for problem in error.problems)
            return None
        for name in self._outside.asked.keys() - before:
            asked = self._outside.asked[name]
            self._outside.asked[name] = replace(asked, source=replace(asked.source, via=via))
        document = self._loom.take(rendered, via)
        if not isinstance(document.value, Map):
            self._problem(address, "a blueprint is a map with 'resources'", document.source)
            return None
        inner = _Scope(f"{address}/", home, (*scope.folders, home.folder.resolve()), below)
        return self._document(inner, document)

    def _home(self, scope: _Scope, address: str, node: Located) -> Home | None:
        if not isinstance(node.value, str):
            self._problem(
                address, f"module takes a folder or a git source as text, not {kind(node.value)}", node.source
            )
            return None
        if not node.value.strip():
            self._problem(address, "module names no folder", node.source, "as in module: ../network")
            return None
        try:
            home = self._sources.find(node.value, scope.home)
        except SourceError as error:
            self._tell([Problem(f"{address}: {error.message}", node.source, address, error.hint)])
            return None
        self._count += 1
        real = home.folder.resolve()
        if real in scope.folders:
            ring = " → ".join(folder.name for folder in (*scope.folders[scope.folders.index(real) :], real))
            self._problem(address, f"a circle of modules: {ring}", node.source)
            return None
        if len(scope.folders) > _DEPTH or self._count > _COUNT:
            limit = f"{_DEPTH} inside of each other" if len(scope.folders) > _DEPTH else f"{_COUNT:,}"
            raise BlueprintError(Problem(f"{address}: more modules than {limit}", node.source, address))
        return home

    # --- references --------------------------------------------------------------------------------------------------

    def _change(
        self, scope: _Scope, each: Map | None, whole: bool, reference: Reference, source: Source, in_text: bool
    ) -> Value:
        """What stands for a reference in a document. whole: where the resources of a whole module may be meant."""
        try:
            found = self._meant(scope, each, whole, reference, source)
        except LookupError as error:
            message, hint = error.args
            self._problem("", message, source, hint)
            return reference
        if in_text and (found is None or isinstance(found, (Map, tuple))):
            self._problem("", f"{kind(found)} cannot be put inside text", source)
            return reference
        if found is not reference:
            self._loom.spend(found, source)
        return found

    def _meant(self, scope: _Scope, each: Map | None, whole: bool, reference: Reference, source: Source) -> Value:
        """``LookupError`` with message and hint where it means nothing."""
        address, path = reference.address, reference.path
        written = f'ref("{address.removeprefix(scope.prefix)}")'
        if address == EACH:
            if each is None or not path:
                hint = "write for_each beside it" if each is None else "take each.key or each.value"
                raise LookupError(
                    "'each' is known only in an entry with for_each" if each is None else "'each' alone", hint
                )
            return part_of(each, path, "each")
        self._ensure(scope, reference, source)
        if address in self._failed:
            return reference
        if path and address in self._many:
            listed, addresses = self._many[address]
            return combined(
                listed,
                {
                    key: self._meant(scope, each, whole, one, source)
                    for key, one in of_all(addresses, reference).items()
                },
            )
        if path and address in self._outputs:
            if path[0] == "outputs":
                return part_of(self._outputs[address].value, path[1:], f"{written}.outputs")
            raise LookupError(
                f"{written} is a module, and only its outputs can be referred to", self._offered(address, written)
            )
        if address in self._groups and not whole:
            raise LookupError(
                f"{written} is many resources, and a value is needed here", self._offered(address, written)
            )
        return reference

    def _offered(self, address: str, written: str) -> str:
        names = self._outputs[address].value if address in self._outputs else EMPTY
        return f"choose one: {', '.join(f'{written}.outputs.{name}' for name in list(names)[:6])}" if names else ""

    def _ensure(self, scope: _Scope, reference: Reference, source: Source) -> None:
        """See to it that the module or loop that a reference asks is expanded."""
        if not reference.path or not reference.address.startswith(scope.prefix):
            return
        local = reference.address.removeprefix(scope.prefix)
        key = local.partition("/")[0]
        asks = key == local or reference.path[0] == "outputs"
        if asks and key in scope.entries and _is_group(scope.entries[key]):
            self._expanded(scope, key, source)

    def _tell(self, problems: Iterable[Problem]) -> None:
        """Each problem of a module once, however many there are of it."""
        for problem in problems:
            if _essence(problem) not in map(_essence, self._problems):
                self._problems.append(problem)

    def _problem(self, address: str, message: str, source: Source, hint: str = "") -> None:
        text = f"{address}: {message}" if address else message
        self._problems.append(Problem(text, source, address, hint))


def _essence(problem: Problem) -> tuple[str, str, int]:
    """What it says and where, in whichever module or instance."""
    at = problem.source
    return problem.message.removeprefix(f"{problem.address}: "), at.file if at else "", at.line if at else 0


def _is_group(entry: Entry) -> bool:
    return "module" in entry.node.value or "for_each" in entry.node.value
