"""Lists in plans, item by item: what comes, goes and changes, beside a secret too, which is in nothing that is printed or kept."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from provisioner.cli.app import main
from tests import listing
from tests.canaries import found_in

PLACES = """\
places:
  aws: {cloud: aws, account: '123456789012', region: us-east-1, endpoint: sandbox}
  azure: {cloud: azure, subscription: 00000000-0000-0000-0000-000000000000, location: westeurope, endpoint: sandbox}
"""
PARAMETERS = """\
parameters:
  cid: {type: string, sensitive: true}
  pw: {type: string, sensitive: true}
  late: {type: boolean, default: false}
"""
NSG = "direction: Inbound, access: Allow, protocol: Tcp, sourceAddressPrefix: {{ cid }}, sourcePortRange: '*', destinationAddressPrefix: '*'"
TEMPLATE = f"""\
stack: listed
resources:
  vpc: {{type: AWS::EC2::VPC, properties: {{CidrBlock: 10.0.0.0/16}}}}
  group:
    type: AWS::EC2::SecurityGroup
    properties:
      GroupDescription: g
      VpcId: {{{{ ref("vpc").VpcId }}}}
      SecurityGroupIngress:
        - {{IpProtocol: tcp, FromPort: 9000, ToPort: 9000, CidrIp: {{{{ cid }}}}}}
        - {{IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 10.0.0.0/8}}
{{% if late %}}
        - {{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0}}
{{% else %}}
        - {{IpProtocol: tcp, FromPort: 8080, ToPort: 8080, CidrIp: 10.0.0.0/8}}
{{% endif %}}
      Tags:
        - {{Key: p, Value: {{{{ pw }}}}}}
        - {{Key: o, Value: {{{{ "new" if late else "old" }}}}}}
{{% if not late %}}
        - {{Key: gone, Value: x}}
{{% endif %}}
  rg: {{type: Microsoft.Resources/resourceGroups, name: listed, location: westeurope}}
  nsg:
    type: Microsoft.Network/networkSecurityGroups
    scope: {{{{ ref("rg") }}}}
    name: guard
    properties:
      securityRules:
        - {{name: a, properties: {{description: {{{{ pw }}}}, priority: 100, destinationPortRange: '1', {NSG}}}}}
        - {{name: b, properties: {{description: b, priority: {{{{ 120 if late else 110 }}}}, destinationPortRange: '2', {NSG}}}}}
{{% if late %}}
        - {{name: c, properties: {{priority: 130, destinationPortRange: '3', {NSG}}}}}
{{% else %}}
        - {{name: d, properties: {{priority: 140, destinationPortRange: '4', {NSG}}}}}
{{% endif %}}
"""
NET, WORD, HAND = "203.0.113.77/32", "canary-word-one", "198.51.100.66/32"
GIVEN = ["-p", f"cid={NET}", "-p", f"pw={WORD}"]
LATE = [*GIVEN, "-p", "late=true"]


def _forms(text: str) -> Iterator[str]:
    yield text
    data = text.encode()
    yield from (data.hex(), base64.b64encode(data).decode().rstrip("="), json.dumps(text)[1:-1])
    yield from (hashlib.new(name, data).hexdigest() for name in ("md5", "sha1", "sha256"))


SECRETS = [form for text in (NET, WORD, HAND, "203.0.113.77", "198.51.100.66") for form in _forms(text)]


class Orch:
    """Runs commands and looks for the secrets in what they say and leave."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys

    def __call__(self, *words: str) -> str:
        got = main([*words])
        told = self._capsys.readouterr()
        assert got == 0, told.out + told.err
        for form in SECRETS:
            assert form not in told.out + told.err, (form, words, told.out)
            assert not found_in(self.folder, form), (form, words)
        return told.out

    def tidy(self, *words: str) -> list[str]:
        return [line.strip() for line in self(*words).splitlines()]


@pytest.fixture
def orch(
    tmp_path: Path,
    fresh_aws: str,
    fresh_azure: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Orch:
    monkeypatch.setattr("provisioner.sandbox.endpoints", lambda _directory: {"aws": fresh_aws, "azure": fresh_azure})
    monkeypatch.setenv("COLUMNS", "160")
    (tmp_path / "b" / "environments").mkdir(parents=True)
    (tmp_path / "b" / "environments" / "dev.yaml").write_text(PLACES)
    (tmp_path / "b" / "parameters.yaml").write_text(PARAMETERS)
    (tmp_path / "b" / "blueprint.yaml.j2").write_text(TEMPLATE)
    (tmp_path / "orch.yaml").write_text("policy: {packs: [baseline]}\n")
    monkeypatch.chdir(tmp_path)
    runs = Orch(tmp_path, capsys)
    runs("apply", "b", *GIVEN, "--yes")
    return runs


def _edits(document: str, address: str) -> dict[str, Any]:
    (change,) = (change for change in json.loads(document)["changes"] if change["address"] == address)
    return {edit["path"]: edit for edit in change["edits"]}


def _rest(lines: list[str], name: str) -> list[str]:
    at = next(at for at, line in enumerate(lines) if line.split("  ")[0] == name)
    return [re.sub(r"\{([^{}]*)\}", _sorted, line) for line in lines[at + 1 :]]


def _sorted(found: re.Match[str]) -> str:
    """A map with its keys in order, for a ledger keeps them so and a blueprint does not."""
    return "{" + ", ".join(sorted(found[1].split(", "))) + "}"


def test_an_update_tells_every_item_but_the_secret(orch: Orch) -> None:
    lines = orch.tidy("plan", "b", *LATE, "--out", "late.orch")
    assert _rest(lines, "SecurityGroupIngress")[:3] == [
        '- {CidrIp: "10.0.0.0/8", FromPort: 8080, IpProtocol: "tcp", ToPort: 8080}',
        '+ {CidrIp: "0.0.0.0/0", FromPort: 443, IpProtocol: "tcp", ToPort: 443}',
        "2 items unchanged",
    ]
    assert _rest(lines, "Tags")[:3] == [
        '~ {Key: "o"}  Value  "old" → "new"',
        '- {Key: "gone", Value: "x"}',
        "1 item unchanged",
    ]
    rules = _rest(lines, "properties.securityRules")
    assert rules[0] == '~ {name: "b"}  properties.priority  110 → 120'
    assert rules.index("1 item unchanged") < 30
    told = "\n".join(rules[: rules.index("1 item unchanged")])
    assert 'name: "d"' in told and 'name: "c"' in told and "priority: 140" in told
    assert "provisioningState" not in told and "etag" not in told and "/subscriptions/" not in told and "[]" not in told
    again = orch.tidy("show", "late.orch")
    assert all(_rest(again, name)[:3] == _rest(lines, name)[:3] for name in ("SecurityGroupIngress", "Tags"))


def test_programs_are_told_the_same(orch: Orch) -> None:
    edits = _edits(orch("plan", "b", *LATE, "--format", "json"), "group")
    ingress = edits["SecurityGroupIngress"]
    assert {rule["FromPort"]: rule["CidrIp"] for rule in ingress["before"]["value"]} == {
        9000: "(sensitive)",
        22: "10.0.0.0/8",
        8080: "10.0.0.0/8",
    }
    assert {rule["FromPort"]: rule["CidrIp"] for rule in ingress["after"]["value"]} == {
        9000: {"$secret": "param://cid"},
        22: "10.0.0.0/8",
        443: "0.0.0.0/0",
    }
    assert [(one["mark"], one["item"]["value"]["FromPort"]) for one in ingress["items"]["changed"]] == [
        ("-", 8080),
        ("+", 443),
    ]
    assert ingress["items"]["unchanged"] == 2


def test_another_secret_is_told_as_a_change_of_its_item(orch: Orch) -> None:
    lines = orch.tidy("plan", "b", "-p", f"cid={HAND}", "-p", f"pw={WORD}")
    assert _rest(lines, "SecurityGroupIngress")[:2] == [
        '~ {FromPort: 9000, IpProtocol: "tcp", ToPort: 9000}  CidrIp  (sensitive) → (secret: param://cid)',
        "2 items unchanged",
    ]


def test_what_is_changed_by_hand_is_told_item_by_item(orch: Orch, fresh_aws: str) -> None:
    ec2 = listing.client("ec2", fresh_aws, "us-east-1")
    (group,) = (g for g in ec2.describe_security_groups()["SecurityGroups"] if g["Description"] == "g")

    def rule(port: int, cidr: str) -> dict[str, Any]:
        opened = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}
        return {"GroupId": group["GroupId"], "IpPermissions": [opened]}

    ec2.revoke_security_group_ingress(**rule(9000, NET))
    ec2.authorize_security_group_ingress(**rule(9000, HAND))
    ec2.revoke_security_group_ingress(**rule(22, "10.0.0.0/8"))
    ec2.authorize_security_group_ingress(**rule(23, "172.16.0.0/12"))
    ec2.create_tags(Resources=[group["GroupId"]], Tags=[{"Key": "o", "Value": "hand"}, {"Key": "p", "Value": HAND}])
    for words in (("drift", "b", *GIVEN), ("plan", "b", *GIVEN, "--out", "back.orch"), ("show", "back.orch")):
        lines = orch.tidy(*words)
        at = lines.index(next(line for line in lines if line.startswith("Changed outside orch")))
        assert set(_rest(lines[at:], "SecurityGroupIngress")[:4]) == {
            '~ {FromPort: 9000, IpProtocol: "tcp", ToPort: 9000}  CidrIp  (sensitive) → (sensitive)',
            '- {CidrIp: "10.0.0.0/8", FromPort: 22, IpProtocol: "tcp", ToPort: 22}',
            '+ {CidrIp: (sensitive), FromPort: 23, IpProtocol: "tcp", ToPort: 23}',  # nobody can tell whose it is
            "1 item unchanged",
        }
        assert set(_rest(lines[at:], "Tags")[:3]) == {
            '~ {Key: "o"}  Value  "old" → "hand"',
            '~ {Key: "p"}  Value  (sensitive) → (sensitive)',
            "1 item unchanged",
        }
    orch("drift", "b", *GIVEN, "--format", "json")
    orch("apply", "back.orch", *GIVEN, "--yes")
    assert "No drift" in orch("drift", "b", *GIVEN)


def test_a_plain_value_that_is_to_become_secret_is_hidden_where_it_stands(orch: Orch, fresh_aws: str) -> None:
    """What somebody has put there by hand may be the very secret."""
    ec2 = listing.client("ec2", fresh_aws, "us-east-1")
    (group,) = (g for g in ec2.describe_security_groups()["SecurityGroups"] if g["Description"] == "g")
    ec2.create_tags(Resources=[group["GroupId"]], Tags=[{"Key": "o", "Value": HAND}])
    file = orch.folder / "b" / "blueprint.yaml.j2"
    file.write_text(file.read_text().replace('{{ "new" if late else "old" }}', "{{ cid }}"))
    lines = orch.tidy("plan", "b", *GIVEN, "--out", "p.orch")
    assert _rest(lines, "Tags")[0] == '~ {Key: "o"}  Value  (sensitive) → (secret: param://cid)'


def test_the_ledger_shows_the_items_too(orch: Orch) -> None:
    shown = orch("state", "show", "group")
    assert '"10.0.0.0/8"' in shown and "(secret: param://cid)" in shown and "(sensitive)" in shown
