"""The ``check:`` of an entry -> ``Check``s, every wrong one a problem at its line.

A probe connects to wherever a blueprint says, so nothing secret may stand in one. Must not connect to anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from provisioner.blueprint.options import WrongError, seconds
from provisioner.blueprint.references import attribute, described
from provisioner.blueprint.tokens import kind as kind_of
from provisioner.document import Located, did_you_mean
from provisioner.model.check import WITHIN, Check, CheckKind, TargetError, host_and_port
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.resource_type import ResourceType
from provisioner.model.secret import secret_paths, secrets
from provisioner.model.value import Interpolation, Map, Path, Reference, Value, matches, path_text, references

CHECK = "check"
"""The key."""

_KINDS = tuple(str(one) for one in CheckKind)
_KEYS = (*_KINDS, "within", "status")
_FORM = "write one of that, tcp and http: check: {that: \"self.State == 'available'\", within: 5m}"
Built = Mapping[str, tuple[Resource, ResourceType]]


def checks(address: str, entry: Located, problems: list[Problem]) -> tuple[Check, ...]:
    """The checks of an entry, in their order; a wrong one is noted and left out."""
    if CHECK not in entry.value:
        return ()
    node = entry.child(CHECK)
    nodes = [node.child(index) for index in range(len(node.value))] if isinstance(node.value, tuple) else [node]
    found = (_check(address, one, problems) for one in nodes)
    return tuple(check for check in found if check is not None)


def _check(address: str, node: Located, problems: list[Problem]) -> Check | None:
    def wrong(message: str, at: Located, hint: str = "") -> None:
        problems.append(Problem(f"{address}: {message}", at.source, address, hint))

    if not isinstance(node.value, Map):
        wrong(f"check must be a map, or a list of maps, not {kind_of(node.value)}", node, _FORM)
        return None
    for key, child in node.items():
        if key not in _KEYS:
            wrong(f"unknown key {key!r} of a check", child, did_you_mean(key, _KEYS, else_list="known"))
    named = [name for name in _KINDS if name in node.value]
    if len(named) != 1:
        wrong("a check is one of that, tcp and http" + (", not several" if named else ""), node, _FORM)
        return None
    what = CheckKind(named[0])
    target = node.child(what)
    within, status = WITHIN, 200
    if "within" in node.value:
        try:
            within = seconds(node.value["within"])
        except WrongError as error:
            wrong(f"within {error}, not {kind_of(node.value['within'])}", node.child("within"))
    if "status" in node.value:
        status = node.value["status"]
        if what is not CheckKind.HTTP or type(status) is not int or not 100 <= status <= 599:
            wrong("status goes with http, and is a number from 100 to 599", node.child("status"))
    try:
        _fits(what, target.value)
    except WrongError as error:
        wrong(f"{what} of a check {error}", target)
        return None
    return Check(what, target.value, within, status, target.source)


def _fits(what: CheckKind, target: Value) -> None:
    if next(secrets(target), None):
        raise WrongError("cannot have a secret in it: a plan shows it, and it is sent to wherever it leads")
    if what is CheckKind.THAT:
        if not isinstance(target, str) or not target.strip():
            raise WrongError("must be an expression over self, its text known when it is planned")
        return
    if isinstance(target, str):
        try:
            host_and_port(what, target)
        except TargetError as error:
            raise WrongError(str(error)) from None
    elif not isinstance(target, (Reference, Interpolation)):
        raise WrongError(f"must be text, not {kind_of(target)}")


def judged(built: Built) -> Iterator[Problem]:
    """What the types say against the checks of all resources: conditions that do not compile, that read what is not there, or
    what nobody may read."""
    for resource, kind in built.values():
        for check in resource.checks:
            where = (check.source, resource.address)
            if check.kind is CheckKind.THAT:
                for message, hint in _condition(resource, kind, str(check.target)):
                    yield Problem(f"{resource.address}: {message}", *where, hint)
                continue
            for _, reference in references(check.target):
                if reference.address in built and _hidden(*built[reference.address], reference.path):
                    message = f"{reference} is secret, and a check is sent to wherever it leads"
                    yield Problem(f"{resource.address}: {message}", *where)


def _condition(resource: Resource, kind: ResourceType, text: str) -> Iterator[tuple[str, str]]:
    """Each thing that is wrong with a condition, with what to write instead."""
    from provisioner.cel import ExpressionError, condition

    try:
        expression = condition.compiled(text)
        paths = condition.reads(expression)
        other = () if resource.options.unchecked else _other_kinds(kind, condition.bare(expression))
        if other:
            raise condition.no_condition(" or ".join(other))
    except ExpressionError as error:
        at = f"line {error.line}" if error.line > 1 else f"column {error.column}"
        hint = "it is a CEL expression over self, what the cloud says of the object: self.State == 'available'"
        found = re.match(r"undeclared reference to '([^']+)'", error.message)
        message = f"there is no {found[1]!r}, only self" if found else error.message
        yield f"that of a check: {message} ({at} of it)", hint
        return
    for path in paths:
        if _hidden(resource, kind, path):
            yield f"that of a check reads {path_text(path)}, which is secret or never shown by the cloud", ""
        elif any(known[: len(path)] == path for known in secret_paths(resource.body)):
            hint = "name what it reads, each by its own name: self.Tags.team == 'a'"
            yield f"that of a check reads all of {path_text(path) or 'self'}, and a part of that is secret", hint
        elif not resource.options.unchecked and (wrong := attribute(kind, path)):
            yield f"that of a check: {wrong[0]}", wrong[1]


def _other_kinds(kind: ResourceType, path: Path | None) -> tuple[str, ...]:
    """What an attribute is instead of true or false; empty where it may be that, or nothing says."""
    kinds: list[str] = []
    for schema in described(kind, path) if path else ():
        said = schema.get("type", ()) if isinstance(schema, Mapping) else ()
        kinds += [said] if isinstance(said, str) else said
    return () if "boolean" in kinds else tuple(dict.fromkeys(kinds))


def _hidden(resource: Resource, kind: ResourceType, path: Path) -> bool:
    """Whether a path holds, or is part of, what is secret or cannot be read back."""
    own = [known for known in secret_paths(resource.body) if path[: len(known)] == known]
    own += [known for known in kind.sensitive if matches(known, path[: len(known)])]
    return bool(own) or kind.is_write_only(path)
