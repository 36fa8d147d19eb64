"""An object that goes while another stack stands on it, over the sandboxes: the plan and the failure name who does."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner.model.problem import RefusedError, StaleError
from provisioner.service import PartlyAppliedError
from tests.stacks import Stacks

VPC = """
vpc: {type: AWS::EC2::VPC, properties: {CidrBlock: 10.%d.0.0/16}}

outputs: {id: {{ ref("vpc").VpcId }}}
"""
SUBNET = """
sn: {type: AWS::EC2::Subnet, properties: {VpcId: {{ output("net", "id") }}, CidrBlock: 10.0.1.0/24}}
"""
ROUTES = "igw: {type: AWS::EC2::InternetGateway}\n"
GROUP = """
rg: {type: Microsoft.Resources/resourceGroups, name: rg, location: %s}

outputs: {id: {{ ref("rg").id }}}
"""
VN = """
vn:
  type: Microsoft.Network/virtualNetworks
  scope: %s
  name: vn
  location: westeurope
  properties: {addressSpace: {addressPrefixes: [10.0.0.0/16]}}
"""


@pytest.fixture
def stacks(tmp_path: Path, fresh_aws: str, fresh_azure: str, monkeypatch: pytest.MonkeyPatch) -> Stacks:
    return Stacks(tmp_path, {"aws": fresh_aws, "azure": fresh_azure}, monkeypatch)


def test_a_replacement_names_the_stack_that_uses_the_old_one(stacks: Stacks) -> None:
    stacks.apply("net", VPC % 0)
    stacks.apply("app", SUBNET)
    file = stacks.plan("net", VPC % 1)
    (question,) = file.plan.confirm
    assert "vpc (vpc-" in question.text and "would be replaced" in question.text
    assert "stack app in dev still uses it: sn (app/blueprint.yaml.j2:2)" in question.text
    way = 'orch apply app -e dev (which moves over where it reads output("net", "id"))'
    assert f"until that lets go of it; apply this, then {way}, then: orch resume" in question.text
    with pytest.raises(RefusedError, match="stack app in dev still uses it"):
        stacks.project.apply(file)
    with pytest.raises(PartlyAppliedError) as caught:
        stacks.project.apply(file, confirmed=True)
    (failure,) = caught.value.report.failures
    run = caught.value.report.run.id
    assert failure.code == "DependencyViolation"
    assert failure.hint == (
        f"stack app in dev still uses it: sn (app/blueprint.yaml.j2:2); {way}, then: orch resume {run}"
    )
    moved = SUBNET.replace("10.0.", "10.1.")
    (change,) = stacks.plan("app", moved).plan.changes
    assert [why.message for why in change.because][:2] == [
        "CidrBlock can only be set at creation",
        'VpcId can only be set at creation, which is what output("net", "id") reads now',
    ]
    stacks.apply("app", moved)
    stacks.project.resume(run)
    assert stacks.plan("net").plan.empty
    assert stacks.plan("app").plan.empty


def test_one_that_no_output_names_is_to_be_let_go_of(stacks: Stacks) -> None:
    made = stacks.apply("net", VPC % 0)
    stacks.apply("app", SUBNET.replace('{{ output("net", "id") }}', str(made.outputs["id"])))
    file = stacks.plan("net", VPC.partition("outputs")[0] % 1)
    assert file.plan.confirm[0].text.endswith("its deletion fails until that lets go of it")
    with pytest.raises(PartlyAppliedError) as caught:
        stacks.project.apply(file, confirmed=True)
    (failure,) = caught.value.report.failures
    run = caught.value.report.run.id
    assert failure.hint.endswith(f"take that out there and apply (or orch destroy that stack), then: orch resume {run}")
    stacks.apply("app", ROUTES)
    stacks.project.resume(run)
    assert stacks.plan("net").plan.empty


def test_a_plan_without_changes_is_stale_too_once_what_it_read_has_gone(stacks: Stacks) -> None:
    stacks.apply("net", VPC % 0)
    stacks.apply("app", SUBNET)
    file = stacks.plan("app")
    assert file.plan.empty
    stacks.project.apply(file)
    stacks.apply("net", VPC.partition("outputs")[0] % 0)
    with pytest.raises(StaleError, match=r'output\("net", "id"\) has changed since the plan was made'):
        stacks.project.apply(file)


def test_what_a_first_apply_has_not_got_to_is_told_with_its_run(stacks: Stacks) -> None:
    net = VPC.partition("outputs")[0] % 0 + (
        'part: {type: AWS::EC2::Subnet, properties: {VpcId: {{ ref("vpc").VpcId }}, CidrBlock: 192.168.0.0/24}}\n'
        'outputs: {id: {{ ref("part").VpcId }}}\n'
    )
    with pytest.raises(PartlyAppliedError) as caught:
        stacks.apply("net", net)
    run = caught.value.report.run.id
    said = stacks.refused("app", SUBNET)
    assert f"the stack 'net' has no output 'id' yet: run {run} of it is not finished: orch resume {run}" in said
    stacks.project.rollback(run)
    assert "apply it first: orch apply net -e dev" in stacks.refused("app")
    stacks.apply("net", VPC % 0)
    destroyed = stacks.project.apply(stacks.plan("net", destroy=True)).run.id
    assert f"run {destroyed} has destroyed it; apply it first: orch apply net -e dev" in stacks.refused("app")
    stacks.project.validate(Path("app"))


def test_what_is_named_is_what_is_used_and_by_the_output_that_is_read(stacks: Stacks) -> None:
    net = VPC.partition("outputs")[0] + (
        "igw: {type: AWS::EC2::InternetGateway}\n"
        "at:\n"
        "  type: AWS::EC2::VPCGatewayAttachment\n"
        '  properties: {VpcId: {{ ref("vpc").VpcId }}, InternetGatewayId: {{ ref("igw").InternetGatewayId }}}\n\n'
        "outputs:\n"
        '  id: {{ ref("vpc").VpcId }}\n'
        '  cidr: {{ ref("vpc").CidrBlock }}\n'
        '  mix: {{ "vpc is " ~ ref("vpc").VpcId }}\n'
    )
    stacks.apply("net", net % 0)
    stacks.apply("app", SUBNET)
    tag = 'igw: {type: AWS::EC2::InternetGateway, properties: {Tags: [{Key: net, Value: {{ output("net", "id") }}}]}}'
    stacks.apply("told", tag)
    file = stacks.plan("net", net % 1)
    (question,) = file.plan.confirm
    assert question.text.startswith("vpc (vpc-") and "told" not in question.text
    assert 'where it reads output("net", "id"))' in question.text
    with pytest.raises(PartlyAppliedError) as caught:
        stacks.project.apply(file, confirmed=True)
    (failure,) = caught.value.report.failures
    assert failure.address == "vpc" and 'where it reads output("net", "id"))' in failure.hint
    assert "told" not in failure.hint


def test_so_does_the_plan_that_destroys_it(stacks: Stacks) -> None:
    stacks.apply("net", VPC % 0)
    stacks.apply("app", SUBNET)
    (question,) = stacks.plan("net", destroy=True).plan.confirm
    assert "would be deleted, and stack app in dev still uses it: sn" in question.text
    stacks.project.apply(stacks.plan("app", destroy=True))
    file = stacks.plan("net", destroy=True)
    assert not file.plan.confirm
    stacks.project.apply(file)


def test_what_lies_in_a_group_is_not_deleted_with_it(stacks: Stacks) -> None:
    stacks.apply("base", GROUP % "westeurope")
    stacks.apply("app", VN % '{{ output("base", "id") }}')
    words = "and vn of stack app in dev, which lies in it, would go with it"
    assert f"would be deleted, {words}" in stacks.refused("base", destroy=True)
    assert f"would be replaced, {words}" in stacks.refused("base", GROUP % "northeurope")
    stacks.project.apply(stacks.plan("app", destroy=True))
    stacks.project.apply(stacks.plan("base", GROUP % "westeurope", destroy=True))
    assert not stacks.project.rows()


def test_nor_is_what_only_waits_for_its_group(stacks: Stacks) -> None:
    group = GROUP.partition("outputs")[0]
    stacks.apply("base", group % "westeurope" + VN % "RG\n  depends_on: rg")
    said = stacks.refused("base", group % "northeurope" + VN % "RG\n  depends_on: rg")
    assert "rg (/subscriptions/" in said and "and vn, which lies in it, would go with it" in said
    assert 'write {{ ref("rg") }} instead of the name in vn' in said


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        ("RG", 'scope is rg in plain text, so nothing says that rg is made first: write scope: {{ ref("rg") }}'),
        ("srg", "scope takes a name or an id, and srg is the address of an entry, which is called otherwise"),
        ('{{ ref("rg") }}', ""),
        ('{{ ref("rg").name }}', ""),
        ("RG\n  depends_on: rg", ""),
        ("elsewhere", ""),
    ],
)
def test_a_scope_in_plain_text_is_no_order(stacks: Stacks, scope: str, said: str) -> None:
    text = (
        GROUP.partition("outputs")[0] % "westeurope"
        + "srg: {type: Microsoft.Resources/resourceGroups, name: s}"
        + VN % scope
    )
    if said:
        assert f"s/blueprint.yaml.j2:7: vn: {said}" in stacks.invalid("s", text)
    else:
        stacks.project.validate(stacks.write("s", text))


@pytest.mark.parametrize("spelling", ["global/networks/net", "projects/demo-project/global/networks/net"])
def test_a_use_in_short_words_is_a_use(
    tmp_path: Path, fresh_gcp: str, monkeypatch: pytest.MonkeyPatch, spelling: str
) -> None:
    stacks = Stacks(tmp_path, {"gcp": fresh_gcp}, monkeypatch)
    stacks.apply(
        "a", "net: {type: compute.googleapis.com/Network, properties: {name: net, autoCreateSubnetworks: false}}\n"
    )
    rule = f"{{name: fw, network: {spelling}, allowed: [{{IPProtocol: tcp}}], sourceRanges: [10.0.0.0/8]}}"
    stacks.apply("b", f"fw: {{type: compute.googleapis.com/Firewall, properties: {rule}}}\n")
    stacks.write("a", "{}")
    (question,) = stacks.plan("a").plan.confirm
    assert "stack b in dev still uses it: fw" in question.text
