"""What is wanted, as ARM will know it: location, tags and the id that its names decide. No request is sent here.

It must not guess: a place key that lacks is an error with the entry's line and what to write.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from providers.azure import ids
from providers.azure.ids import TypeName
from providers.azure.kinds import Kind
from provisioner.model.problem import BlueprintError, Problem
from provisioner.model.resource import Resource
from provisioner.model.secret import secrets
from provisioner.model.value import ABSENT, EMPTY, OPAQUE, Map, Value, is_known


def normalize(want: Resource, kind: Kind) -> Resource:
    """``Provider.normalize``. ``BlueprintError`` where the entry cannot be placed."""
    body = dict(_spelled(want.body, kind.type.schema, kind.type.schema) if want.options.unchecked else want.body)
    if "location" in kind.type.schema.get("properties", EMPTY):
        _locate(body, want)
    if kind.taggable and (want.place.default_tags or body.get("tags")):
        body["tags"] = _tags(body.get("tags"), want)
    return replace(want, body=Map(body), identity=_identity(want, kind))


def canonical_location(text: str) -> str:
    """``West Europe`` as ``westeurope``."""
    return text.replace(" ", "").lower()


def _spelled(value: Value, node: Map, root: Map) -> Any:
    """The value with its property names as the schema writes them: ARM takes any case, but policy and diff know only one."""
    if "$ref" in node:
        node = root["$defs"][str(node["$ref"]).rpartition("/")[2]]
    if isinstance(value, tuple):
        return tuple([_spelled(item, node.get("items", EMPTY), root) for item in value])
    if not isinstance(value, Map):
        return value
    known, free = node.get("properties", EMPTY), node.get("additionalProperties")
    names = {name.lower(): name for name in known}
    spelled = {names.get(key.lower(), key): item for key, item in value.items()}
    rest = free if isinstance(free, Map) else EMPTY
    return Map({name: _spelled(item, known.get(name, rest), root) for name, item in spelled.items()})


def _locate(body: dict[str, Value], want: Resource) -> None:
    location = body.get("location") or want.place.region
    if not location:
        raise _problem(want, "location is missing", f"write it, or give place {want.place.name} a region")
    body["location"] = canonical_location(location) if isinstance(location, str) else location


def _tags(own: Value, want: Resource) -> Value:
    if isinstance(own, OPAQUE):
        return own  # its defaults come beneath it once it is known
    return Map({**want.place.default_tags, **(own or {})})


def _identity(want: Resource, kind: Kind) -> str | None:
    name = _name(want, kind)
    enclosing = _enclosing(want, kind)
    if name is None or enclosing is None:
        return None
    identity = ids.child(kind.type.name, enclosing, name)
    account = want.place.account
    if not f"{identity}/".lower().startswith(f"{ids.subscription_id(account)}/".lower()) and kind.scope in (
        "resourceGroup",
        "subscription",
    ):
        raise _problem(want, f"{identity} lies outside place {want.place.name}, which is subscription {account}")
    return identity


def _told(value: Value) -> bool:
    """Whether a name is known, and may be: one that is secret is refused where its line is known."""
    return is_known(value) and next(secrets(value), None) is None


def _name(want: Resource, kind: Kind) -> str | None:
    name = want.within.get("name", ABSENT)
    if name is ABSENT or name in (None, ""):
        raise _problem(want, "name is missing", "write name: … beside properties")
    if not _told(name):
        return None
    text = str(name)
    if "/" in text:
        raise _problem(
            want,
            f"name {text!r} has a slash",
            "write the last segment alone, and parent: {{ ref(…) }} beside it",
            "name",
        )
    rules = kind.name_rules
    if "const" in rules and text.lower() != str(rules["const"]).lower():
        raise _problem(want, f"name must be {rules['const']!r}: there is only this one", at="name")
    if not rules.get("minLength", 0) <= len(text) <= rules.get("maxLength", len(text)):
        raise _problem(
            want,
            f"name {text!r} must have {rules.get('minLength', 1)} to {rules.get('maxLength')} characters",
            at="name",
        )
    if "pattern" in rules and not re.search(str(rules["pattern"]), text):
        raise _problem(want, f"name {text!r} does not match {rules['pattern']}", at="name")
    return text


def _enclosing(want: Resource, kind: Kind) -> str | None:
    """The id of what encloses the object; None where it is not known yet."""
    above = TypeName.parse(kind.type.name).parent
    if above is not None:
        return _parent(want, above)
    scope = want.within.get("scope")
    if kind.scope == "subscription" and not scope:
        return ids.subscription_id(want.place.account)
    if not scope:
        what = "resource group" if kind.scope == "resourceGroup" else "enclosing resource, group or subscription"
        raise _problem(want, f"{kind.type.name} needs its {what}", 'write scope: {{ ref("…") }}, a name or an id')
    return _scope_id(want, scope, kind.scope) if _told(scope) else None


def _scope_id(want: Resource, scope: Value, needed: str) -> str:
    text, account = str(scope), want.place.account
    if not text.startswith("/"):
        return ids.group_id(account, text)
    identity = ids.canonical(text, ids.type_of(text), account)
    if needed == "resourceGroup" and ids.type_of(identity) != ids.GROUPS:
        raise _problem(
            want, f"scope {text} is no resource group", "write its name, its id or a ref to its entry", "scope"
        )
    return identity


def _parent(want: Resource, above: TypeName) -> str | None:
    parent = want.within.get("parent")
    if not parent:
        raise _problem(want, f"{want.type} needs its parent, a {above}", 'write parent: {{ ref("…") }} or its id')
    if not _told(parent):
        return None
    text = str(parent)
    if text.startswith("/"):
        if ids.type_of(text).lower() != str(above).lower():
            raise _problem(want, f"parent {text} is no {above}", at="parent")
        return ids.canonical(text, str(above), want.place.account)
    scope = want.within.get("scope")
    if not scope or above.parent is not None:
        raise _problem(
            want, f"parent {text!r} is a bare name", "write its id or a ref to its entry, or add scope", "parent"
        )
    if not _told(scope):
        return None
    return ids.child(str(above), _scope_id(want, scope, "resourceGroup"), text)


def _problem(want: Resource, message: str, hint: str = "", at: str = "") -> BlueprintError:
    return BlueprintError(Problem(message, want.line_of((at,) if at else ()), want.address, hint))
