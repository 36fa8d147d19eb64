"""``moved_from`` that is mistyped, over the sandbox: no object is deleted without a loud word."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stacks import Stacks

VPC = "{type: AWS::EC2::VPC, properties: {CidrBlock: 10.%d.0.0/16}%s}\n"


@pytest.fixture
def stacks(tmp_path: Path, fresh_aws: str, monkeypatch: pytest.MonkeyPatch) -> Stacks:
    return Stacks(tmp_path, {"aws": fresh_aws}, monkeypatch)


def test_an_entry_was_never_of_another_type(stacks: Stacks) -> None:
    gate = "gate: {type: AWS::EC2::InternetGateway}\n"
    stacks.apply("s", gate + f"old: {VPC % (0, '')}")
    said = stacks.refused("s", gate + f"new: {VPC % (0, ', moved_from: gate')}")
    assert "s/blueprint.yaml.j2:3: moved_from names gate, which is a AWS::EC2::InternetGateway" in said


def test_a_name_that_there_never_was_is_told_before_all_else(stacks: Stacks) -> None:
    fresh = stacks.plan("s", f"new: {VPC % (1, ', moved_from: old')}")
    assert not fresh.plan.proposals and not fresh.plan.notes, "nothing was there that it could have meant"
    stacks.apply("s", f"old: {VPC % (0, '')}")
    for name in ("odl", "new"):  # itself, as after a for_each that it never had
        plan = stacks.plan("s", f"new: {VPC % (1, f', moved_from: {name}')}").plan
        (told,) = plan.proposals
        assert [question.text for question in plan.confirm] == [told.message], "and a yes is not enough"
        assert told.message == f"new says it was {name}, which this stack does not have, and old is about to be deleted"
    assert told.write == "moved_from: old" and told.address == "new"


def test_a_key_that_there_is_not_is_a_warning(stacks: Stacks) -> None:
    stacks.apply("s", f"old: {VPC % (0, '')}")
    many = VPC % (0, ", for_each: [east, west], moved_from: {eats: old}")
    (warning,) = stacks.project.validate(stacks.write("s", f"net: {many}")).warnings
    assert warning.message == "net: moved_from has the key 'eats', and for_each has not: nothing is moved from old"
    assert warning.hint == "did you mean east?" and str(warning.source) == "s/blueprint.yaml.j2:2"
    assert any("nothing is moved from old" in note for note in stacks.plan("s").plan.notes)
