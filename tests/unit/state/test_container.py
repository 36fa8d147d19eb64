"""The plan file: what was written comes back; anything else is refused in words."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from provisioner.model.change import Action, Change
from provisioner.model.place import Place
from provisioner.model.plan import Plan, Step, Verb
from provisioner.model.problem import OrchError
from provisioner.model.resource import Options, Resource
from provisioner.model.value import Map, Reference, freeze
from provisioner.state import codec, container

PLAN = Plan("s", "e", "l", "2026-01-01T00:00:00Z", outputs=Map(x=Reference("a", ("b", 0)), y=freeze([1, {"z": None}])))


def test_a_plan_comes_back_as_it_was(tmp_path: Path) -> None:
    file = container.pack(PLAN)
    container.write(file, tmp_path / "p")
    again = container.read(tmp_path / "p")
    assert again.plan == PLAN and again.digest == file.digest
    assert (tmp_path / "p").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("more", ["extra.txt", "plan.json", "manifest.json"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_more_is_a_change(more: str) -> None:
    data = io.BytesIO(container.pack(PLAN).data)
    with zipfile.ZipFile(data, "a") as archive:
        archive.writestr(more, zipfile.ZipFile(io.BytesIO(data.getvalue())).read("plan.json"))
    with pytest.raises(OrchError, match=r"changed|manifest"):
        container.unpack(data.getvalue())


def test_bytes_beside_the_members_are_a_change() -> None:
    data = container.pack(PLAN).data
    commented = io.BytesIO(data)
    with zipfile.ZipFile(commented, "a") as archive:
        archive.comment = b"more"
    for changed in (data + b"x", data + bytes(22), b"x" + data, commented.getvalue()):
        with pytest.raises(OrchError):
            container.unpack(changed)
    with pytest.raises(OrchError, match="has bytes behind its end"):
        container.unpack(data + b"x")


def test_references_in_options_come_back_too() -> None:
    place = Place("p", "c", "a")
    want = Resource("a", "T", place, options=Options(depends_on=(Reference("b"),)))
    plan = replace(PLAN, changes=(Change("a", "T", place, Action.CREATE, "u", 1, want=want),))
    assert container.unpack(container.pack(plan).data).plan == plan


def test_the_same_plan_has_the_same_digest_and_bytes() -> None:
    assert container.pack(PLAN) == container.pack(PLAN)


def rewritten(**members: bytes) -> bytes:
    out = io.BytesIO()
    original = zipfile.ZipFile(io.BytesIO(container.pack(PLAN).data))
    with zipfile.ZipFile(out, "w") as archive:
        for name in original.namelist():
            archive.writestr(name, members.get(name.split(".")[0], original.read(name)))
    return out.getvalue()


def test_an_edited_body_is_refused() -> None:
    body = codec.encode(PLAN).replace(b'"s"', b'"t"', 1)
    with pytest.raises(OrchError, match="changed after it was written"):
        container.unpack(rewritten(plan=body))


def test_an_edited_manifest_is_refused() -> None:
    manifest = json.dumps({"format": "orch-plan", "format_version": 1, "members": {}}, indent=1).encode()
    with pytest.raises(OrchError, match="manifest was changed"):
        container.unpack(rewritten(manifest=manifest))


def test_a_newer_format_is_refused() -> None:
    manifest = b'{"format":"orch-plan","format_version":2,"members":{}}'
    with pytest.raises(OrchError, match="plan format 2"):
        container.unpack(rewritten(manifest=manifest))


@pytest.mark.parametrize("cut", [1, 3, 100, -1, -30])
def test_a_cut_short_file_is_refused(cut: int) -> None:
    with pytest.raises(
        OrchError, match=r"^the plan file p.orch is cut short\n  make it again: orch plan BLUEPRINT --out FILE$"
    ):
        container.unpack(container.pack(PLAN).data[:cut], "p.orch")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"^p.orch is empty\n"),
        (b"hello", r"^p.orch is no plan file\n"),
        (b"PK\x03\x04" + bytes(40) + b"PK\x05\x06" + bytes(18), "^p.orch is no plan file, or it was changed after it was written"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_plan_is_refused_without_insides(data: bytes, message: str) -> None:
    with pytest.raises(OrchError, match=message):
        container.unpack(data, "p.orch")


@given(st.binary(max_size=300))
def test_any_other_file_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(OrchError):
        container.unpack(data)


@example(575, 2)  # an offset before the file's beginning
@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_flipped_byte_never_gives_another_plan(position: int, value: int) -> None:
    data = bytearray(container.pack(PLAN).data)
    data[position % len(data)] = value
    with contextlib.suppress(OrchError):
        assert container.unpack(bytes(data)).plan == PLAN


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(OrchError, match=r"cannot read .*nothing"):
        container.read(tmp_path / "nothing")


@given(st.lists(st.text('aé"\\'), max_size=3), st.booleans())
def test_a_plan_in_pieces_is_the_plan(notes: list[str], empty: bool) -> None:
    place = Place("p", "c", "a")
    want = Resource("a", "T", place, body=PLAN.outputs, options=Options(depends_on=(Reference("b"),)))
    changes = (Change("a", "T", place, Action.CREATE, "u", 1, want=want), Change("b", "T", place, Action.NOOP, "v", 2))
    plan = replace(PLAN, notes=tuple(notes), changes=() if empty else changes)
    assert b"".join(codec.pieces(plan)) == codec.encode(plan)


def test_equal_texts_of_one_document_are_kept_once() -> None:
    first, second = codec.decode(codec.encode(freeze({"a": {"x": "same text"}, "b": {"y": "same text"}})), Map).values()
    assert first["x"] is second["y"]


@pytest.mark.parametrize(
    ("after", "message"),
    [
        ({"s1": ("s2",), "s2": ("s3",), "s3": ("s1",)}, "wait for each other: s"),
        ({"s1": ("s1",)}, "wait for each other: s1"),
        ({"s1": ("s9",), "s2": ()}, "wait for s9, which it does not have"),
    ],
)
def test_steps_in_no_order_are_refused(after: dict[str, tuple[str, ...]], message: str) -> None:
    """A plan that was made by hand, digest and all."""
    place = Place("p", "c", "a")
    steps = tuple(Step(ident, Verb.DELETE, ident, "T", place, ident, 1, others) for ident, others in after.items())
    with pytest.raises(OrchError, match=message):
        container.unpack(container.pack(replace(PLAN, steps=steps)).data)
    with pytest.raises(OrchError, match="two of its steps have one id"):
        container.unpack(container.pack(replace(PLAN, steps=(steps[0], steps[0]))).data)
