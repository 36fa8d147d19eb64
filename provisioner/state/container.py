"""The plan file: a zip with a digested body, attachments with their digests, and signatures outside the digest.

``manifest.json`` names every digested member with its SHA-256; the plan's digest is the SHA-256 of the manifest's canonical
bytes. Whatever is read here is hostile until it is parsed. This module must not ask a clock: the same plan, the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import msgspec

from provisioner.model.plan import Plan
from provisioner.model.problem import OrchError
from provisioner.model.value import EMPTY, Map
from provisioner.state import codec

FORMAT = "orch-plan"
FORMAT_VERSION = 1
_BODY, _MANIFEST = "plan.json", "manifest.json"
_AGAIN = "make it again: orch plan BLUEPRINT --out FILE"
_BEGINS, _END, _END_SIZE = b"PK\x03\x04", b"PK\x05\x06", 22  # of a zip without a comment
_LIMIT = 1 << 30  # bytes a member may unpack to: more is an attack or a mistake


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan as it was reviewed: ``digest`` is ``sha256:`` and 64 hex digits; ``data`` the container's bytes; ``given`` the
    sensitive parameters that it was made with, kept in memory alone."""

    plan: Plan
    digest: str
    data: bytes
    given: Map = field(default=EMPTY, repr=False, compare=False)


def pack(plan: Plan) -> PlanFile:
    """The container of a plan."""
    out = io.BytesIO()
    digest, size = hashlib.sha256(), 0
    with zipfile.ZipFile(out, "w") as archive:
        with archive.open(_info(_BODY), "w") as member:
            for piece in codec.pieces(plan):
                digest.update(piece)
                size += len(piece)
                member.write(piece)
        members = {_BODY: {"sha256": digest.hexdigest(), "size": size}}
        manifest = _canonical({"format": FORMAT, "format_version": FORMAT_VERSION, "members": members})
        archive.writestr(_info(_MANIFEST), manifest)
    return PlanFile(plan, _digest(manifest), out.getvalue())


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


def unpack(data: bytes, name: str = "plan") -> PlanFile:
    """Read a container. ``OrchError`` for anything but an intact plan of a known format; ``name`` is for the message."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            manifest_bytes = _member(archive, _MANIFEST)
            manifest = _manifest(manifest_bytes, name)
            body = _member(archive, _BODY)
            _nothing_else(archive, len(data))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError, zlib.error, RuntimeError) as error:
        raise OrchError(_unreadable(data, name), hint=_AGAIN) from error
    if hashlib.sha256(body).hexdigest() != manifest["members"].get(_BODY, {}).get("sha256"):
        raise OrchError(f"{name} was changed after it was written: its body does not match its digest", hint=_AGAIN)
    try:
        plan = codec.decode(body, Plan)
    except (msgspec.DecodeError, RecursionError) as error:
        raise OrchError(f"{name} holds no valid plan: {error}", hint=_AGAIN) from error
    if wrong := _disorder(plan):
        raise OrchError(f"{name} holds no valid plan: {wrong}", hint=_AGAIN)
    return PlanFile(plan, _digest(manifest_bytes), data)


def _unreadable(data: bytes, name: str) -> str:
    """Why a file could not be unpacked: it was never a plan, or something has cut or changed it."""
    if not data:
        return f"{name} is empty"
    if data[: len(_BEGINS)] != _BEGINS[: len(data)]:
        return f"{name} is no plan file"
    if 0 <= data.rfind(_END) < len(data) - _END_SIZE:
        return f"{name} has bytes behind its end: it was changed after it was written"
    if not data[-_END_SIZE:].startswith(_END):
        return f"the plan file {name} is cut short"
    return f"{name} is no plan file, or it was changed after it was written"


def _disorder(plan: Plan) -> str:
    """What is wrong with the order of a plan's steps: whoever made the file may not have been a planner."""
    after = {step.id: step.after for step in plan.steps}
    if len(after) != len(plan.steps):
        return "two of its steps have one id"
    if lost := {other for others in after.values() for other in others} - after.keys():
        return f"its steps wait for {', '.join(sorted(lost))}, which it does not have"
    try:
        TopologicalSorter(after).prepare()
    except CycleError as error:
        return f"its steps wait for each other: {', '.join(error.args[1][1:])}"
    return ""


def read(path: Path) -> PlanFile:
    """Read a plan file."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise OrchError(f"cannot read the plan {path}: {error.strerror}", hint=_AGAIN) from error
    return unpack(data, str(path))


def write(file: PlanFile, path: Path) -> None:
    """Write a plan file, readable by its owner alone, whole or not at all."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        temporary.touch(mode=0o600)
        temporary.write_bytes(file.data)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OrchError(f"cannot write {path}: {error.strerror}") from error


def _manifest(data: bytes, name: str) -> dict[str, Any]:
    try:
        manifest = json.loads(data)
        version = manifest["format_version"] if manifest["format"] == FORMAT else None
        members = manifest["members"]
    except (ValueError, KeyError, TypeError) as error:
        raise OrchError(f"{name} is not an orch plan file: its manifest cannot be read", hint=_AGAIN) from error
    if not isinstance(version, int) or not isinstance(members, dict) or _canonical(manifest) != data:
        raise OrchError(f"{name} is not an orch plan file, or its manifest was changed", hint=_AGAIN)
    if version > FORMAT_VERSION:
        raise OrchError(
            f"{name} has plan format {version}; this orch reads up to {FORMAT_VERSION}",
            hint="use a newer orch, or plan again",
        )
    return dict(manifest)


def _nothing_else(archive: zipfile.ZipFile, size: int) -> None:
    """``BadZipFile`` unless each byte of the file belongs to the two members: what no digest covers has not been reviewed."""
    members = archive.infolist()
    names = [member.filename for member in members]
    held = sum(30 + len(m.filename) + len(m.extra) + m.compress_size for m in members)  # their headers and contents
    listed = sum(46 + len(m.filename) + len(m.extra) + len(m.comment) for m in members)  # the directory of them
    if sorted(names) != sorted((_BODY, _MANIFEST)) or archive.comment or held + listed + _END_SIZE != size:
        raise zipfile.BadZipFile("it holds more than a plan")


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > _LIMIT:
        raise zipfile.BadZipFile(f"{name} is too large")
    return archive.read(name)


def _canonical(content: object) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def _digest(manifest: bytes) -> str:
    return f"sha256:{hashlib.sha256(manifest).hexdigest()}"
