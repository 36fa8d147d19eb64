"""Which paths a rule reads, found in its compiled form: so a rule can be put off *before* it judges a value not known yet.

CEL has no unknowns: ``has(after.x)`` is false and a placeholder compares unequal where ``x`` is only known later, so a rule
that was evaluated anyway would fail open. This module must err towards reading too much, never too little.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from provisioner.cel.syntax import Call, Comprehension, Const, Ident, Literal, Node, Select
from provisioner.model.value import Path

ROOTS = ("before", "after", "change", "resource", "stack", "plan")

_INDEX = {"_[_]", "_?._", "_[?_]"}
_SAME = {"orValue", "or", "value", "optional.of"}  # the result is one of the arguments
_LOGIC = {"_&&_", "_||_"}
_ITEM = "\0item"  # in a path: the item that a positive ``exists`` looks at; ``"*"`` once recorded
_SHAPE = {"size", "hasValue"}  # needs the value to be there, not what is in it


@dataclass(frozen=True, slots=True)
class Read:
    """One path that a rule reads: its variable first, ``"*"`` for an index that is not a literal.

    deep: what lies beneath matters too · each: the list or map whose items are only asked "does any of them…?", so that
    leaving unknown ones out can hide a violation but never invent one; None where that is not so.
    """

    path: Path
    deep: bool
    each: Path | None = None

    def meets(self, unknown: Path) -> bool:
        """Whether the value at this read can depend on what is unknown at a path."""
        if len(unknown) > len(self.path) and not self.deep:
            return False
        return all(mine in ("*", theirs) for mine, theirs in zip(self.path, unknown, strict=False))


def reads(node: Node) -> tuple[Read, ...]:
    """All that an expression may read, in order of appearance, without duplicates."""
    walk = _Walk()
    walk.consume(node, {}, True)
    return tuple(dict.fromkeys(walk.found))


Scope = Mapping[str, frozenset[Path]]
_NONE: frozenset[Path] = frozenset()


@dataclass(slots=True)
class _Walk:
    """One pass over a tree. ``positive``: the expression gets truer as this node does."""

    found: list[Read] = field(default_factory=list)

    def consume(self, node: Node, scope: Scope, positive: bool = False) -> None:
        """The node's value is used: whatever paths it may be are read, with all beneath them."""
        self._record(self.paths(node, scope, positive), deep=True)

    def _record(self, paths: Iterable[Path], *, deep: bool) -> None:
        for path in sorted(paths, key=str):
            each = path[: path.index(_ITEM)] if _ITEM in path else None
            self.found.append(Read(tuple("*" if part == _ITEM else part for part in path), deep, each))

    def paths(self, node: Node, scope: Scope, positive: bool) -> frozenset[Path]:
        """The paths that a node's value may be, where it is nothing but a value found somewhere."""
        match node:
            case Ident(name):
                return scope.get(name, frozenset({(name,)}) if name in ROOTS else _NONE)
            case Select(operand, name, test):
                paths = frozenset((*path, name) for path in self.paths(operand, scope, False))
                if not test:
                    return paths
                self._record(paths, deep=False)
            case Call(function, args):
                return self._call(function, args, scope, positive)
            case Literal(items):
                for item in items:
                    self.consume(item, scope)
            case Comprehension():
                return self._comprehension(node, scope, positive)
            case Const():
                pass
        return _NONE

    def _call(self, function: str, args: tuple[Node, ...], scope: Scope, positive: bool) -> frozenset[Path]:
        if function in _INDEX and len(args) == 2:
            key = args[1].value if isinstance(args[1], Const) else None
            if not isinstance(args[1], Const):
                self.consume(args[1], scope)
            part = "*" if key is None else key
            return frozenset((*path, part) for path in self.paths(args[0], scope, False))
        if function == "_?_:_" and len(args) == 3:
            self.consume(args[0], scope)
            return self.paths(args[1], scope, positive) | self.paths(args[2], scope, positive)
        if function in _SAME:
            return _NONE.union(*(self.paths(arg, scope, positive) for arg in args))
        if function in _SHAPE and len(args) == 1:
            self._record(self.paths(args[0], scope, False), deep=False)
            return _NONE
        for arg in args:
            self.consume(arg, scope, positive and function in _LOGIC)
        return _NONE

    def _comprehension(self, node: Comprehension, scope: Scope, positive: bool) -> frozenset[Path]:
        over = self.paths(node.over, scope, False)
        self._record(over, deep=False)
        pruned = positive and _is_exists(node) and not any(_ITEM in path for path in over)
        items = frozenset((*path, _ITEM if pruned else "*") for path in over)
        inner = {**scope, **dict.fromkeys(node.variables, items)}
        inner[node.accumulator] = self.paths(node.init, scope, False)
        self.consume(node.condition, inner)
        inner[node.accumulator] |= self.paths(node.step, inner, False)
        binds = node.condition == Const(False)  # cel.bind: the loop never runs, the result is the body
        return self.paths(node.result, inner, positive and binds)


def _is_exists(node: Comprehension) -> bool:
    accumulator = Ident(node.accumulator)
    folds = isinstance(node.step, Call) and node.step.function == "_||_" and node.step.args[0] == accumulator
    return node.init == Const(False) and folds and node.result == accumulator
