"""Objects with entries of their own beside a parent that lists them, over the sandbox: no list deletes what an entry owns."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from providers.kit.server import Rule
from provisioner.applier.partly import PartlyAppliedError
from provisioner.model.change import Diff, Edit
from provisioner.model.plan import Step, Verb
from provisioner.model.problem import RefusedError
from provisioner.model.value import Value, freeze, get, put
from provisioner.state import container
from tests import listing
from tests.sandboxes import faults
from tests.stacks import SUBSCRIPTION, Stacks

VN = """
  rg: {type: Microsoft.Resources/resourceGroups, name: rg}
  vn:
    type: Microsoft.Network/virtualNetworks
    scope: {{ ref("rg") }}
    name: vn
%s
    properties:
      addressSpace: {addressPrefixes: [10.0.0.0/16]}
%s
"""
SN = """
  sn:
    type: Microsoft.Network/virtualNetworks/subnets
    parent: {{ ref("vn") }}
    name: sn
    protect: true
    properties: {addressPrefix: 10.0.1.0/24}
"""
EMPTY, OTHER = "      subnets: []", "      subnets: [{name: other, properties: {addressPrefix: 10.0.9.0/24}}]"
IGNORED = "    ignore_changes: [properties.subnets]"


@pytest.fixture
def stacks(tmp_path: Path, fresh_azure: str, monkeypatch: pytest.MonkeyPatch) -> Stacks:
    return Stacks(tmp_path, {"azure": fresh_azure}, monkeypatch)


def arm(stacks: Stacks, method: str, path: str, body: Any = None) -> Any:
    """One plain request, as somebody else would send it."""
    url = (
        f"{stacks.endpoints['azure']}/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network/{path}"
    )
    headers = {"Authorization": "Bearer plain", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{url}?{listing.ARM}", data, headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def subnets(stacks: Stacks) -> list[str]:
    return sorted(item["name"] for item in arm(stacks, "GET", "virtualNetworks/vn/subnets")["value"])


@pytest.mark.parametrize("inline", [EMPTY, OTHER, OTHER.replace("other", "SN")])
@pytest.mark.parametrize(
    "parent",
    [
        '{{ ref("vn") }}',
        '{{ ref("vn").id }}',
        f"/subscriptions/{SUBSCRIPTION}/resourcegroups/RG/providers/Microsoft.Network/virtualNetworks/VN",
    ],
)
def test_a_blueprint_that_says_both_is_refused(stacks: Stacks, inline: str, parent: str) -> None:
    said = stacks.invalid("net", VN % ("", inline) + SN.replace('{{ ref("vn") }}', parent))
    assert (
        "net/blueprint.yaml.j2:12: sn is one of the subnets of vn, which lists them itself in properties.subnets"
        in said
    )
    assert "(net/blueprint.yaml.j2:10)" in said and "write it in one place" in said


def test_so_is_one_that_says_it_by_for_each_and_by_name(stacks: Stacks) -> None:
    many = SN.replace("protect: true", "for_each: [a, b]").replace("name: sn", "name: {{ each.key }}")
    assert "sn/a is one of the subnets of vn" in stacks.invalid("net", VN % ("", EMPTY) + many)
    named = SN.replace('parent: {{ ref("vn") }}', 'parent: vn\n    scope: {{ ref("rg") }}')
    assert "sn is one of the subnets of vn" in stacks.invalid("net", VN % ("", EMPTY) + named)


def test_rules_of_a_security_group_too(stacks: Stacks) -> None:
    said = stacks.invalid("net", """
      nsg: {type: Microsoft.Network/networkSecurityGroups, scope: rg, name: nsg, properties: {securityRules: []}}
      rule:
        type: Microsoft.Network/networkSecurityGroups/securityRules
        parent: {{ ref("nsg") }}
        name: in
        properties: {priority: 100, direction: Inbound, access: Allow, protocol: Tcp, sourcePortRange: '*',
          destinationPortRange: '22', sourceAddressPrefix: 10.0.0.0/8, destinationAddressPrefix: '*'}
    """)  # fmt: skip
    assert "rule is one of the securityRules of nsg" in said


def test_a_module_that_lists_them_is_refused_too(stacks: Stacks) -> None:
    module = VN % ("", EMPTY)
    stacks.write("inner", f"{module}\noutputs: {{vn: {{{{ ref('vn').id }}}}}}")
    said = stacks.invalid("net", "  net: {module: ../inner}\n" + SN.replace('ref("vn")', 'ref("net").outputs.vn'))
    assert "sn is one of the subnets of net/vn" in said


def test_a_list_that_is_ignored_afterwards_stands_beside_entries(stacks: Stacks) -> None:
    stacks.apply("net", VN % (IGNORED, EMPTY) + SN)
    assert stacks.plan("net").plan.empty and subnets(stacks) == ["sn"]
    tagged = VN % (f"{IGNORED}\n    tags: {{a: b}}", EMPTY) + SN
    assert stacks.changes(stacks.plan("net", tagged)) == {"vn": "update"}
    stacks.apply("net")
    assert subnets(stacks) == ["sn"] and stacks.plan("net").plan.empty


def test_a_list_leaves_another_stacks_object_alone(stacks: Stacks) -> None:
    stacks.apply("net", VN % ("", "") + "\noutputs: {vn: {{ ref('vn').id }}}")
    stacks.apply("sub", SN.replace('ref("vn")', 'output("net", "vn")').replace("protect: true", "protect: false"))
    said = stacks.refused("net", VN % ("", EMPTY))
    assert "properties.subnets of vn leaves out sn, which is sn of stack sub in dev: the cloud would delete it" in said
    assert "net/blueprint.yaml.j2:10" in said and "an entry for each" in said
    assert subnets(stacks) == ["sn"]


def test_what_nobody_owns_is_a_deletion_in_the_plan(stacks: Stacks) -> None:
    stacks.apply("net", VN % ("", OTHER))
    now = arm(stacks, "GET", "virtualNetworks/vn")
    more = [{"name": f"byhand{n}", "properties": {"addressPrefix": f"10.0.{n}.0/24"}} for n in range(5)]
    now["properties"]["subnets"] += more
    arm(stacks, "PUT", "virtualNetworks/vn", {key: now[key] for key in ("location", "tags", "properties")})
    file = stacks.plan("net")
    deleted = {f"vn/subnets/byhand{n}": "delete" for n in range(5)}
    assert stacks.changes(file) == {"vn": "update", **deleted}
    assert [question.destroys for question in file.plan.confirm] == [5]
    with pytest.raises(RefusedError):
        stacks.project.apply(file)
    assert len(subnets(stacks)) == 6
    stacks.project.apply(file, confirm_destroy=5)
    assert subnets(stacks) == ["other"] and stacks.plan("net").plan.empty


def test_entries_become_a_list_and_a_list_becomes_entries(stacks: Stacks) -> None:
    free = SN.replace("    protect: true\n", "")
    stacks.apply("net", VN % ("", "") + free)
    inline = OTHER.replace("other", "sn").replace("10.0.9", "10.0.1")
    file = stacks.plan("net", VN % ("", inline))
    assert stacks.changes(file) == {"sn": "forget"}
    stacks.project.apply(file)
    assert subnets(stacks) == ["sn"] and stacks.plan("net").plan.empty
    identity = (
        f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vn/subnets/sn"
    )
    taking = free + f"    adopt: {identity}\n"
    stacks.apply("net", VN % (IGNORED, "") + taking)
    assert subnets(stacks) == ["sn"]
    assert stacks.plan("net", VN % ("", "") + free).plan.empty


NSG = """
  rg: {type: Microsoft.Resources/resourceGroups, name: rg}
  nsg:
    type: Microsoft.Network/networkSecurityGroups
    scope: {{ ref("rg") }}
    name: nsg
    properties: {%s}
"""
RULE = """
  r%s:
    type: Microsoft.Network/networkSecurityGroups/securityRules
    parent: {{ ref("nsg") }}
    name: r%s
    properties: {%s}
"""


def _said(port: int) -> str:
    return (
        f"priority: {port}, direction: Inbound, access: Allow, protocol: Tcp, sourcePortRange: '*', "
        f"destinationPortRange: '{port}', sourceAddressPrefix: '*', destinationAddressPrefix: '*'"
    )


def _subnet(name: str, number: int) -> str:
    return SN.replace("    protect: true\n", "").replace("sn", name).replace("10.0.1", f"10.0.{number}")


ENTRIES = {
    "virtualNetworks/vn/subnets": VN % ("", "") + _subnet("kept", 1) + _subnet("gone", 2),
    "networkSecurityGroups/nsg/securityRules": NSG % ""
    + "".join(RULE % (name, name, _said(port)) for name, port in (("kept", 443), ("gone", 2200))),
}
LISTS = {
    "virtualNetworks/vn/subnets": VN % ("", OTHER.replace("other", "kept").replace("10.0.9", "10.0.1")),
    "networkSecurityGroups/nsg/securityRules": NSG
    % f"securityRules: [{{name: rkept, properties: {{{_said(443)}}}}}, {{name: rnew, properties: {{{_said(180)}}}}}]",
}
BOTH = pytest.mark.parametrize("path", list(ENTRIES))


def children(stacks: Stacks, path: str) -> list[str]:
    return sorted(item["name"].removeprefix("r") for item in arm(stacks, "GET", path)["value"])


@BOTH
def test_the_undo_of_a_list_leaves_entries_as_they_were(stacks: Stacks, path: str) -> None:
    stacks.apply("net", ENTRIES[path])
    stacks.apply("net", LISTS[path])
    assert "gone" not in children(stacks, path)
    undo = {step.address.removeprefix("r"): step for step in stacks.project.rollback_plan().plan.steps}
    assert undo[path.split("/")[1]].id in undo["gone"].after
    stacks.project.rollback()
    assert children(stacks, path) == ["gone", "kept"]
    file = stacks.plan("net", ENTRIES[path])
    assert file.plan.empty and not file.plan.drift


@BOTH
@pytest.mark.parametrize("again", ["resume", "rollback"])
def test_such_an_undo_is_gone_on_with(stacks: Stacks, path: str, again: str, fresh_azure: str) -> None:
    stacks.apply("net", ENTRIES[path])
    stacks.apply("net", LISTS[path])
    faults(fresh_azure, Rule("deny", f"{path.rpartition('/')[2]}.put", times=-1))
    with pytest.raises(PartlyAppliedError):
        stacks.project.rollback()
    assert children(stacks, path) == ["kept"]
    faults(fresh_azure)
    getattr(stacks.project, again)()
    assert children(stacks, path) == ["gone", "kept"]
    assert stacks.plan("net", ENTRIES[path]).plan.empty


@BOTH
def test_it_keeps_what_others_have_put_into_the_list_since(stacks: Stacks, path: str) -> None:
    stacks.apply("net", ENTRIES[path])
    stacks.apply("net", LISTS[path])
    rule = {"priority": 300, "direction": "Inbound", "access": "Allow", "protocol": "Tcp", "sourcePortRange": "*"}
    rule |= {"destinationPortRange": "8443", "sourceAddressPrefix": "*", "destinationAddressPrefix": "*"}
    arm(
        stacks, "PUT", f"{path}/byhand", {"properties": {"addressPrefix": "10.0.7.0/24"} if "subnets" in path else rule}
    )
    stacks.project.rollback()
    assert children(stacks, path) == ["byhand", "gone", "kept"]


@BOTH
def test_the_undo_of_entries_leaves_the_list_as_it_was(stacks: Stacks, path: str) -> None:
    stacks.apply("net", LISTS[path])
    there = children(stacks, path)
    ident = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network/{path}/"
    ident += "kept" if "subnets" in path else "rkept"
    holder, _, kept = ENTRIES[path].partition('ref("rg") }}\n')
    kept = kept.replace(
        "\n    properties: {addressPrefix: 10.0.1", f"\n    adopt: {ident}\n    properties: {{addressPrefix: 10.0.1"
    )
    kept = kept.replace("\n    properties: {priority: 443", f"\n    adopt: {ident}\n    properties: {{priority: 443")
    ignored = f"    ignore_changes: [properties.{path.rpartition('/')[2]}]\n"
    stacks.apply("net", f'{holder}ref("rg") }}}}\n{ignored}{kept}')
    assert children(stacks, path) == sorted({*there, "gone"})
    stacks.project.rollback()
    assert children(stacks, path) == there
    file = stacks.plan("net", LISTS[path])
    assert file.plan.empty and not file.plan.drift


@BOTH
@pytest.mark.parametrize("stops", [False, True])
def test_an_undo_that_was_planned_with_the_whole_list_gets_to_its_end(
    stacks: Stacks, path: str, stops: bool, fresh_azure: str
) -> None:
    """Its own update makes what its create finds there."""
    key = path.rpartition("/")[2]
    stacks.apply("net", ENTRIES[path])
    whole = freeze(arm(stacks, "GET", path.rpartition("/")[0])["properties"][key])
    stacks.apply("net", LISTS[path])
    plan = stacks.project.rollback_plan().plan
    steps = [step if step.type.endswith(key) else _listing(step, ("properties", key), whole) for step in plan.steps]
    undo = container.pack(replace(plan, steps=tuple(steps)))
    if stops:
        faults(fresh_azure, Rule("deny", f"{key}.get", skip=1))
        with pytest.raises(PartlyAppliedError):
            stacks.project.apply(undo)
        faults(fresh_azure)
        stacks.project.resume()
    else:
        stacks.project.apply(undo)
    assert children(stacks, path) == ["gone", "kept"]
    assert stacks.plan("net", ENTRIES[path]).plan.empty


def _listing(step: Step, path: tuple[str, ...], whole: Value) -> Step:
    assert step.want and step.have
    want = replace(step.want, body=put(step.want.body, path, whole))
    edit = Edit(path, get(step.have.body, path), whole)
    return replace(step, verb=Verb.UPDATE, want=want, diff=Diff((edit,)))
