"""From a diff to calls: which methods change what differs, and what each of them is sent.

Pure functions of the object found, the resource wanted and the diff, so that a journal needs to keep only the names of the
calls that are left. Must not send anything.

Compute's patch follows JSON merge patch: what is ``null`` goes back to the service's default, lists are replaced whole. With
an update mask a property that is named in the mask but not in the body is cleared.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from providers.gcp.kinds import Kind, Method
from providers.gcp.types import SPECIAL
from providers.kit import tags
from provisioner.model.change import Diff
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.resource import Observed, Resource
from provisioner.model.value import ABSENT, EMPTY, Map, Path, Value, get, is_known, put, thaw

LABELS, FINGERPRINT, LABEL_FINGERPRINT = "labels", "fingerprint", "labelFingerprint"
SET_LABELS = "setLabels"
_PARTIAL = ("patch", "update")
_PATCH_NEEDS: Mapping[str, tuple[str, ...]] = {"firewalls": ("name",)}  # annotated as required there, and only there


def creating(kind: Kind, want: Resource) -> tuple[str, ...]:
    """The calls of a create."""
    later = kind.labels_after and tags.join(want.body.get(LABELS) or {}, want.owner)
    return ("insert", SET_LABELS) if later else ("insert",)


def inserted(kind: Kind, want: Resource) -> dict[str, Any]:
    """The body of an insert, labels included where it takes them."""
    body: dict[str, Any] = thaw(want.body)
    labels = tags.join(body.pop(LABELS, None) or {}, want.owner)
    return body | ({LABELS: labels} if labels and kind.cloud["labels_on_insert"] else {})


def updating(kind: Kind, have: Observed, want: Resource, diff: Diff) -> tuple[str, ...]:
    """The calls of an update: what one patch can change together first, labels last."""
    found = {_call(kind, str(path[0])) for path in _changes(have, want, diff)}
    if kind.labelled and SET_LABELS in kind.methods and want.owner is not None and want.owner != have.owner:
        found.add(SET_LABELS)
    return tuple(sorted(found, key=lambda name: (name not in _PARTIAL, name == SET_LABELS, name)))


def payload(
    kind: Kind, call: str, have: Observed, want: Resource, diff: Diff, fresh: Mapping[str, Any]
) -> tuple[dict[str, str], dict[str, Any] | None]:
    """Query and body of one call of an update. fresh: fingerprints newer than those of ``have``."""
    method = kind.methods[call]
    changes = _changes(have, want, diff)
    mine = {path: value for path, value in changes.items() if _call(kind, str(path[0])) == call}
    marks = {key: fresh.get(key) or have.body.get(key) for key in (FINGERPRINT, LABEL_FINGERPRINT)}
    if call == SET_LABELS:
        labels = _applied(have.body, mine).get(LABELS) or {}
        return {}, {
            LABELS: tags.join(labels, want.owner or have.owner),
            LABEL_FINGERPRINT: marks[LABEL_FINGERPRINT] or "",
        }
    if call not in _PARTIAL:
        return _set(kind, method, have, mine, marks)
    mark = {FINGERPRINT: marks[FINGERPRINT]} if kind.has_fingerprint and marks[FINGERPRINT] else {}
    if method.http == "PUT":
        after = _applied(have.body, mine)  # what is neither the schema's nor the entry's would be refused
        body = Map({name: item for name, item in after.items() if name in kind.properties or name in want.body})
        owned = tags.join(body.get(LABELS) or {}, want.owner or have.owner) if kind.labelled else {}
        return {}, {**thaw(body), **({LABELS: owned} if owned else {}), **mark}
    needed = {name: have.body[name] for name in _PATCH_NEEDS.get(kind.collection, ()) if name in have.body}
    if "updateMask" in method.query:
        after = _applied(have.body, mine)
        names = sorted({str(path[0]) for path in mine})
        sent = {name: thaw(after[name]) for name in names if name in after}
        return {"updateMask": ",".join(names)}, {**needed, **sent, **mark}
    patch: Value = EMPTY
    for path, value in mine.items():
        patch = put(patch, path, None if value is ABSENT else value)
    return {}, {**needed, **thaw(patch), **mark}


def needs_fingerprint(kind: Kind, call: str) -> bool:
    """Whether a call sends a fingerprint back that an earlier call of the same verb has made stale."""
    if call in _PARTIAL:
        return kind.has_fingerprint
    return call == SET_LABELS or FINGERPRINT in kind.fields(kind.methods[call].request)


def _call(kind: Kind, name: str) -> str:
    """The method that changes a property."""
    special = SPECIAL.get((kind.collection, name)) or (kind.cloud["setters"].get(name))
    if special:
        return str(special)
    found = next((method for method in _PARTIAL if method in kind.methods), None)
    if found is None:
        raise _impossible(kind, name)
    return found


def _set(
    kind: Kind, method: Method, have: Observed, mine: Mapping[Path, Value], marks: Mapping[str, Any]
) -> tuple[dict[str, str], dict[str, Any] | None]:
    """The request of a method that changes one property. It takes the property under its own name, as its query
    parameter, as its only field, or as the body itself; the document says which."""
    name = str(next(iter(mine))[0])
    value = thaw(_applied(have.body, mine).get(name))
    if not method.request:
        return ({name: str(value).lower()}, None) if name in method.query else ({}, None)
    fields = kind.fields(method.request)
    mark = {FINGERPRINT: marks[FINGERPRINT]} if FINGERPRINT in fields and marks[FINGERPRINT] else {}
    if name in fields:
        return {}, {name: value, **mark}
    if str(kind.properties[name].get("$ref", "")).endswith(f"/{method.request}"):
        return {}, dict(value or {})
    if len(fields - {FINGERPRINT}) == 1:
        return {}, {next(iter(fields - {FINGERPRINT})): value, **mark}
    raise _impossible(kind, name)


def _changes(have: Observed, want: Resource, diff: Diff) -> dict[Path, Value]:
    """What each path becomes; ``ABSENT`` where it is to be unset. A list changes as a whole, so no path goes into one."""
    out: dict[Path, Value] = {}
    for edit in diff.edits:
        path = _outside_lists(edit.path, have.body, want.body)
        value = get(want.body, path)
        if value is ABSENT and path == edit.path and is_known(edit.after):
            value = edit.after  # it has left the blueprint, and this is the cloud's default
        out[path] = value
    return {path: value for path, value in out.items() if not any(path[:end] in out for end in range(1, len(path)))}


def _outside_lists(path: Path, *bodies: Map) -> Path:
    for end in range(1, len(path)):
        if isinstance(path[end], int) or any(isinstance(get(body, path[:end]), tuple) for body in bodies):
            return path[:end]
    return path


def _applied(body: Map, changes: Mapping[Path, Value]) -> Map:
    """A body with the changes made."""
    after: Value = body
    for path, value in changes.items():
        after = put(after, path, value)
    return Map(after)


def _impossible(kind: Kind, name: str) -> ProviderError:
    message = f"{kind.name} has no method that changes {name}"
    return ProviderError(Fault.INVALID, message, cloud="gcp", service=kind.service, operation=kind.collection)
