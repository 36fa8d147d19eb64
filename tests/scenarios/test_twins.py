"""Two entries that name one object, over the sandboxes: refused before anything is made, and never taken from each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner.model.problem import StaleError
from tests.stacks import Stacks

RG = "{type: Microsoft.Resources/resourceGroups, name: %s}\n"
BUCKET = "{type: AWS::S3::Bucket, properties: {BucketName: %s}}\n"
NET = "{type: compute.googleapis.com/Network, properties: {name: %s, autoCreateSubnetworks: false}}\n"


@pytest.fixture
def stacks(tmp_path: Path, fresh_aws: str, fresh_azure: str, fresh_gcp: str, monkeypatch: pytest.MonkeyPatch) -> Stacks:
    return Stacks(tmp_path, {"aws": fresh_aws, "azure": fresh_azure, "gcp": fresh_gcp}, monkeypatch)


@pytest.mark.parametrize(("entry", "one", "other"), [(RG, "rg", "RG"), (BUCKET, "logs", "logs"), (NET, "net", "net")])
def test_two_entries_of_one_name_are_refused(stacks: Stacks, entry: str, one: str, other: str) -> None:
    said = stacks.invalid("s", f"a: {entry % one}b: {entry % other}")
    assert "s/blueprint.yaml.j2:3: b and a (s/blueprint.yaml.j2:2) both name" in said
    assert "take one of them out, or give it another name" in said
    stacks.project.validate(stacks.write("s", f"a: {entry % one}b: {entry % 'other'}"))


def test_so_are_two_that_get_it_by_reference_or_in_two_places(stacks: Stacks) -> None:
    said = stacks.invalid("s", f"""\
a: {RG % "rg"}
v: {{type: Microsoft.Network/virtualNetworks, scope: {{{{ ref("a") }}}}, name: vn, properties: {{addressSpace: {{addressPrefixes: [10.0.0.0/16]}}}}}}
w: {{type: Microsoft.Network/virtualNetworks, scope: RG, name: VN, properties: {{addressSpace: {{addressPrefixes: [10.0.0.0/16]}}}}}}
""")  # fmt: skip
    assert "w and v" in said
    stacks.places += "  far: {cloud: aws, account: '123456789012', region: us-west-2, endpoint: sandbox}\n"
    near = BUCKET.replace("{type", "{in: aws, type") % "logs"
    said = stacks.invalid("s", f"a: {near}b: {near.replace('in: aws', 'in: far')}")
    assert "b and a" in said, "a bucket's name is one in all regions"


def test_names_known_only_to_a_plan_are_refused_there(stacks: Stacks) -> None:
    stacks.apply("base", f"rg: {RG % 'rg'}outputs: {{name: {{{{ ref('rg').name }}}}}}".replace("outputs", "\noutputs"))
    said = stacks.refused("s", f"""a: {RG % "n-{{ output('base', 'name') }}"}b: {RG % "{{ 'N-' ~ 'rg' }}"}""")
    assert "s/blueprint.yaml.j2:3: b and a (s/blueprint.yaml.j2:2) both name" in said


@pytest.mark.parametrize(("entry", "one", "other"), [(RG, "rg", "RG"), (BUCKET, "logs", "logs"), (NET, "net", "net")])
def test_another_stacks_object_is_not_made_twice(stacks: Stacks, entry: str, one: str, other: str) -> None:
    stacks.apply("s", f"a: {entry % one}")
    assert "it is a of stack s in dev" in stacks.refused("t", f"b: {entry % other}")


@pytest.mark.parametrize(("entry", "one", "other"), [(RG, "rg", "RG"), (BUCKET, "logs", "logs"), (NET, "net", "net")])
def test_of_two_plans_for_one_name_the_second_fails(stacks: Stacks, entry: str, one: str, other: str) -> None:
    first, second = stacks.plan("s", f"a: {entry % one}"), stacks.plan("t", f"b: {entry % other}")
    stacks.project.apply(first)
    with pytest.raises(StaleError, match="exists now; the plan takes it for absent"):
        stacks.project.apply(second)
    assert stacks.plan("s").plan.empty and [row.address for row in stacks.project.rows()] == ["a"]
