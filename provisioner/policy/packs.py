"""Reads policy packs: folders of YAML files with rules. Every problem of every file is reported together; none is skipped.

Does not judge plans.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path as FilePath

from provisioner.cel import ExpressionError
from provisioner.document import Located, check, read
from provisioner.model.problem import OrchError, Problem
from provisioner.model.value import Map, Reference, Value, freeze
from provisioner.policy.cel import Program, compile_condition, compile_value
from provisioner.policy.facts import LATER
from provisioner.policy.rule import Case, CaseFile, Pack, PackFile, Rule, RuleFile, split_message

_UNKNOWN = Reference("another", ("Attribute",))


def load(folders: Iterable[FilePath]) -> tuple[Pack, ...]:
    """One pack per folder, in the order given, its files in the order of their names.

    ``OrchError`` with every problem: a folder that is absent or holds no rule, broken YAML, a rule that does not compile
    (with line and caret), two rules of one id, two packs of one name.
    """
    problems: list[Problem] = []
    packs: list[Pack] = []
    for folder in folders:
        if any(pack.name == folder.name for pack in packs):
            problems.append(Problem(f"two policy packs are called {folder.name!r}"))
            continue
        try:
            packs.append(_pack(folder))
        except OrchError as error:
            problems += error.problems
    if problems:
        raise OrchError(*problems)
    return tuple(packs)


def _pack(folder: FilePath) -> Pack:
    files = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
    if not files:
        reason = "holds no *.yaml file" if folder.is_dir() else "does not exist"
        raise OrchError(f"policy pack {folder} {reason}", hint="name the folder of a pack, as in policies/baseline")
    digest = hashlib.sha256()
    problems: list[Problem] = []
    rules: dict[str, Rule] = {}
    for file in files:
        try:
            found = list(_rules(read(file), folder.name))
            content = file.read_bytes()
        except OrchError as error:
            problems += error.problems
            continue
        digest.update(f"{file.name}\0{len(content)}\0".encode() + content)
        for rule in found:
            if rule.id in rules:
                problems.append(Problem(f"rule {rule.id} was already there at {rules[rule.id].source}", rule.source))
            rules[rule.id] = rule
    if problems:
        raise OrchError(*problems)
    return Pack(folder.name, digest.hexdigest(), tuple(rules.values()))


def _rules(document: Located, pack: str) -> Iterator[Rule]:
    content = check(document, PackFile)
    problems: list[Problem] = []
    for index, entry in enumerate(content.rules):
        try:
            yield _rule(document.child("rules").child(index), pack, entry)
        except OrchError as error:
            problems += error.problems
    if problems:
        raise OrchError(*problems)


def _rule(document: Located, pack: str, entry: RuleFile) -> Rule:
    name = f"{pack}/{entry.id}"
    problems: list[Problem] = []
    programs: dict[str, Program] = {}  # types that share an expression share its program
    deny = document.child("deny")
    for pattern, text in entry.clauses.items():
        if text not in programs:
            at = deny if isinstance(entry.deny, str) else deny.child(pattern)
            try:
                programs[text] = compile_condition(text, entry.given)
            except ExpressionError as error:
                problems.append(_broken(at, name, text, error))
    message: list[str | Program] = []
    for index, part in enumerate(split_message(entry.message)):
        try:
            message.append(compile_value(part.strip(), entry.given) if index % 2 else part)
        except ExpressionError as error:
            problems.append(_broken(document.child("message"), name, part.strip(), error))
    if problems:
        raise OrchError(*problems)
    return Rule(
        id=name,
        title=entry.title,
        severity=entry.severity,
        level=entry.level,
        actions=frozenset(entry.actions),
        clauses=tuple((pattern, programs[text]) for pattern, text in entry.clauses.items()),
        message=tuple(message),
        remediation=" ".join(entry.remediation.split()),
        references=tuple(entry.references),
        source=document.child("id").source,
        cases=tuple(_case(case, next(iter(entry.clauses))) for case in entry.tests),
    )


def _case(case: CaseFile, only_type: str) -> Case:
    before, after = freeze(case.before), _unknowns(freeze(case.after))
    return Case(case.name, case.expect, case.type or only_type, case.action, before, after)


def _unknowns(value: Value) -> Value:
    if isinstance(value, Map):
        return Map({key: _unknowns(item) for key, item in value.items()})
    if isinstance(value, tuple):
        return tuple(_unknowns(item) for item in value)
    return _UNKNOWN if value == LATER else value


def _broken(document: Located, rule: str, text: str, error: ExpressionError) -> Problem:
    lines = text.split("\n")
    caret = " " * (error.column - 1) + "^"
    where = f"{rule}, line {error.line} of the expression" if len(lines) > 1 else rule
    hint = f"| {lines[error.line - 1]}\n  | {caret}"
    return Problem(f"rule {where} does not compile: {error.message}", document.source, hint=hint)
