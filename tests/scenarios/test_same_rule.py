"""Two rules of a security group that turn out to be one, over the AWS sandbox, and addresses that no two clouds give out."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest

from provisioner.model.value import get
from provisioner.service import Project
from tests import listing
from tests.sandboxes import operations

REGION = "us-east-1"
RULES = """\
stack: rules
resources:
  vpc:
    type: AWS::EC2::VPC
    properties: {CidrBlock: 10.0.0.0/16}
  web:
    type: AWS::EC2::SecurityGroup
    properties: {GroupDescription: web, VpcId: {{ ref("vpc").VpcId }}}
  app:
    type: AWS::EC2::SecurityGroup
    properties:
      GroupDescription: app
      VpcId: {{ ref("vpc").VpcId }}
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: {{ port }}, ToPort: {{ port }}, SourceSecurityGroupId: {{ ref("web").GroupId }}, Description: one}
        - {IpProtocol: tcp, FromPort: {{ port }}, ToPort: {{ port }}, SourceSecurityGroupId: {{ ref("web").Id }}, Description: two}
        - {IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/8}
"""
ADDRESSES = """\
stack: addresses
resources:
{% for number in range(8) %}
  aws-{{ number }}: {type: AWS::EC2::EIP}
  azure-{{ number }}:
    type: Microsoft.Network/publicIPAddresses
    scope: {{ ref("group") }}
    name: address-{{ number }}
    location: westeurope
    sku: {name: Standard}
    properties: {publicIPAllocationMethod: Static}
  gcp-{{ number }}:
    type: compute.googleapis.com/Address
    properties: {name: address-{{ number }}}
{% endfor %}
  group: {type: Microsoft.Resources/resourceGroups, name: group, location: westeurope}
"""
PLACES = f"""\
places:
  aws: {{cloud: aws, account: '123456789012', region: {REGION}, endpoint: sandbox}}
  azure: {{cloud: azure, subscription: 00000000-0000-0000-0000-000000000000, location: westeurope, endpoint: sandbox}}
  gcp: {{cloud: gcp, project: sandbox, region: europe-west1, endpoint: sandbox}}
"""


@pytest.fixture
def folder(tmp_path: Path, fresh_aws: str, fresh_azure: str, fresh_gcp: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    endpoints = {"aws": fresh_aws, "azure": fresh_azure, "gcp": fresh_gcp}
    monkeypatch.setattr("provisioner.sandbox.endpoints", lambda _directory: endpoints)
    monkeypatch.chdir(tmp_path)
    for name, template in (("rules", RULES), ("addresses", ADDRESSES)):
        (tmp_path / name / "environments").mkdir(parents=True)
        (tmp_path / name / "blueprint.yaml.j2").write_text(template)
        (tmp_path / name / "environments" / "dev.yaml").write_text(PLACES)
    (tmp_path / "rules" / "parameters.yaml").write_text("parameters: {port: {type: integer, default: 80}}\n")
    return tmp_path


def test_rules_that_turn_out_to_be_one_are_one(folder: Path, fresh_aws: str) -> None:
    project = Project.open(folder)
    for port in (80, 81):
        project.apply(project.plan(Path("rules"), parameters={"port": port}))
        groups = listing.client("ec2", fresh_aws, REGION).describe_security_groups()["SecurityGroups"]
        app = next(group for group in groups if group["Description"] == "app")
        assert sorted(rule["FromPort"] for rule in app["IpPermissions"]) == [port, 443]
        pairs = [pair for rule in app["IpPermissions"] for pair in rule["UserIdGroupPairs"]]
        assert [pair["Description"] for pair in pairs] == ["one"]
        after = project.plan(Path("rules"), parameters={"port": port}).plan
        assert after.empty and not after.drift
    assert operations(fresh_aws).count("AuthorizeSecurityGroupIngress") == 2
    project.rollback()
    assert project.plan(Path("rules")).plan.empty


def test_no_two_clouds_give_out_one_address(folder: Path) -> None:
    """A firewall rule that names one cloud's address must not let another's through by chance."""
    project = Project.open(folder)
    project.apply(project.plan(Path("addresses")))
    at = {"aws": ("PublicIp",), "azure": ("properties", "ipAddress"), "gcp": ("address",)}
    parts = {"aws": "198.18.0.0/17", "azure": "198.18.128.0/17", "gcp": "198.19.0.0/16"}
    seen = [(r.place.name, get(r.baseline, at[r.place.name])) for r in project.rows() if r.address != "group"]
    assert len(seen) == 24
    for cloud, address in seen:
        assert ipaddress.ip_address(str(address)) in ipaddress.ip_network(parts[cloud])
