"""Schema archives: one zip per cloud, one compact JSON entry per resource type, read lazily and written reproducibly.

An entry has these keys; paths are lists of keys with ``"*"`` for any key or index:

``name``, ``version``, ``service``, ``title`` · ``schema``: JSON Schema (draft 2020-12) of the body, ``$defs`` inside,
closed with ``additionalProperties: false`` where the cloud publishes no free keys · ``read_only``, ``write_only``,
``create_only``, ``conditional_create_only``, ``sensitive``: lists of paths · ``cloud``: what only that cloud's provider and
sandbox read (identifier, methods, collection…). Absent keys are empty.

This module must not know any cloud.
"""

from __future__ import annotations

import difflib
import functools
import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path as FilePath
from typing import Any

from provisioner.model.fault import UnknownTypeError
from provisioner.model.resource_type import Effect, EffectKind, ResourceType
from provisioner.model.value import Path, freeze

_BIRTHS = frozenset(
    {
        "created",
        "createdat",
        "createddate",
        "createddatetime",
        "createdon",
        "createdtime",
        "createdate",
        "createtime",
        "creationdate",
        "creationtime",
        "creationtimestamp",
        "timecreated",
    }
)
"""What the clouds call the time of an object's making, in small letters."""
_INDEX = "index.json"  # name -> member, so that names need no escaping in the zip


class Archive:
    """The compiled schemas of one cloud. Opening it reads only the index."""

    def __init__(self, path: FilePath) -> None:
        self._path = path

    @functools.cached_property
    def _zip(self) -> zipfile.ZipFile:
        return zipfile.ZipFile(self._path)

    @functools.cached_property
    def _index(self) -> dict[str, str]:
        index: dict[str, str] = json.loads(self._zip.read(_INDEX))
        return index

    def names(self) -> tuple[str, ...]:
        """All type names, sorted."""
        return tuple(sorted(self._index))

    def __contains__(self, name: str) -> bool:
        return name in self._index

    def entry(self, name: str) -> dict[str, Any]:
        """The entry of a type; ``UnknownTypeError`` with near names where there is none."""
        if name not in self._index:
            raise UnknownTypeError(name, near(name, self._index))
        found: dict[str, Any] = json.loads(self._zip.read(self._index[name]))
        return found


def write(path: FilePath, entries: Iterable[Mapping[str, Any]]) -> None:
    """Write an archive; the same entries give the same bytes."""
    ordered = sorted(entries, key=lambda entry: str(entry["name"]))
    index = {str(entry["name"]): f"{number}.json" for number, entry in enumerate(ordered)}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
        members = [(_INDEX, index)] + [(index[str(entry["name"])], entry) for entry in ordered]
        for member, content in members:
            info = zipfile.ZipInfo(member, date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            out.writestr(info, json.dumps(content, separators=(",", ":"), sort_keys=True, ensure_ascii=False))


def near(name: str, names: Iterable[str], count: int = 3) -> tuple[str, ...]:
    """The closest names, best first: letters' case and word order forgiven. None where the last segment is like none: what all
    names of a cloud begin with makes any two of them alike."""
    folded = {candidate.lower(): candidate for candidate in names}
    wanted = name.lower()
    tail = _last(wanted)
    close = difflib.get_close_matches(wanted, folded, n=count, cutoff=0.6)
    close = [key for key in close if difflib.SequenceMatcher(None, tail, _last(key)).ratio() >= 0.5]
    if len(close) < count:  # the last segment alone: "AWS::S3::Buckets" typed as "Bucket"
        by_tail = {key: _last(key) for key in folded}
        tails = set(difflib.get_close_matches(tail, set(by_tail.values()), n=count, cutoff=0.8))
        more = sorted((key for key in folded if by_tail[key] in tails and key not in close), key=len)
        close = [*close, *more][:count]
    return tuple(folded[key] for key in close)


def _last(name: str) -> str:
    return name.replace("::", "/").rsplit("/", 1)[-1]


def paths(entry: Mapping[str, Any], key: str) -> tuple[Path, ...]:
    """The paths of one of an entry's lists."""
    return tuple(tuple(path) for path in entry.get(key, ()))


def base_type(entry: Mapping[str, Any], cloud: str, **more: Any) -> ResourceType:
    """A ``ResourceType`` with all that the archive says; ``more`` adds or replaces fields.

    Create-only paths become ``replace`` effects after those in ``more["effects"]``, which therefore decide first.
    """
    replaced = tuple(Effect(path, EffectKind.REPLACE) for path in paths(entry, "create_only"))
    fields: dict[str, Any] = {
        "version": entry.get("version", ""),
        "service": entry.get("service", ""),
        "title": entry.get("title", ""),
        "schema": freeze(entry.get("schema", {})),
        "read_only": paths(entry, "read_only"),
        "write_only": paths(entry, "write_only"),
        "sensitive": paths(entry, "sensitive"),
    }
    fields["born_at"] = tuple(path for path in fields["read_only"] if _tells_birth(path))
    fields |= more
    fields["effects"] = (*more.get("effects", ()), *replaced)
    return ResourceType(name=entry["name"], cloud=cloud, **fields)


def _tells_birth(path: Path) -> bool:
    """Whether a read-only path, of the body or of ARM's ``properties`` in it, tells when the object was made."""
    name = str(path[-1]).casefold()
    return name in _BIRTHS and (len(path) == 1 or path[:-1] == ("properties",))
