"""Rules of a security group that are entries of their own, over the AWS sandbox: they and their group leave each other alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.stacks import Stacks

GROUP = """
  vpc: {type: AWS::EC2::VPC, properties: {CidrBlock: 10.0.0.0/16}}
  web:
    type: AWS::EC2::SecurityGroup
    properties:
      VpcId: {{ ref("vpc").VpcId }}
      GroupDescription: %s
%s
"""
RULE = """
  %s:
    type: AWS::EC2::SecurityGroup%s
    properties: {GroupId: {{ ref("web").GroupId }}, IpProtocol: tcp, FromPort: %d, ToPort: %d, CidrIp: 10.0.0.0/8}
"""
INLINE = "      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 10.0.0.0/8}]"
HTTPS, HTTP, OUT = (
    RULE % ("https", "Ingress", 443, 443),
    RULE % ("http", "Ingress", 80, 80),
    RULE % ("out", "Egress", 25, 25),
)


@pytest.fixture
def stacks(tmp_path: Path, fresh_aws: str, monkeypatch: pytest.MonkeyPatch) -> Stacks:
    return Stacks(tmp_path, {"aws": fresh_aws}, monkeypatch)


def client(stacks: Stacks) -> Any:
    import boto3

    keys: dict[str, Any] = {"aws_access_key_id": "t", "aws_secret_access_key": "t"}
    return boto3.client("ec2", "us-east-1", endpoint_url=stacks.endpoints["aws"], **keys)


def rules(stacks: Stacks) -> list[tuple[bool, int]]:
    """Which way and from which port, without what every group has by itself."""
    found = client(stacks).describe_security_group_rules()["SecurityGroupRules"]
    return sorted((rule["IsEgress"], rule["FromPort"]) for rule in found if rule["IpProtocol"] != "-1")


def test_a_group_without_rules_leaves_them_to_entries(stacks: Stacks) -> None:
    group = GROUP % ("web", "")
    stacks.apply("net", group + HTTPS)
    for entries in (HTTPS + OUT + HTTP, HTTP):  # those that come later, and those that go, are no drift of the group
        stacks.apply("net", group + entries)
        file = stacks.plan("net")
        assert not stacks.changes(file) and not file.plan.drift and not file.plan.notes
    assert rules(stacks) == [(False, 80)]


def test_what_somebody_opens_by_hand_is_drift_all_the_same(stacks: Stacks) -> None:
    stacks.apply("net", GROUP % ("web", "") + HTTPS)
    group = next(str(row.identity) for row in stacks.project.rows() if row.address == "web")
    opened = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}
    client(stacks).authorize_security_group_ingress(GroupId=group, **opened)
    stacks.apply("net", GROUP % ("web", "") + HTTPS + HTTP)
    (drift,) = stacks.plan("net").plan.drift
    assert drift.address == "web"
    (edit,) = drift.diff.edits
    assert edit.path == ("SecurityGroupIngress",) and [rule["FromPort"] for rule in edit.after] == [22]
    client(stacks).revoke_security_group_ingress(GroupId=group, **opened)
    every = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    client(stacks).revoke_security_group_egress(GroupId=group, IpPermissions=[every])
    (drift,) = stacks.plan("net").plan.drift
    assert [edit.path for edit in drift.diff.edits] == [("SecurityGroupEgress",)]


def test_they_follow_their_group_and_are_not_written_into_it_by_an_undo(stacks: Stacks) -> None:
    stacks.apply("net", GROUP % ("web", "") + HTTPS)
    report = stacks.apply("net", GROUP % ("other", "") + HTTPS)
    assert rules(stacks) == [(False, 443)]
    stacks.project.rollback(report.run.id)
    assert rules(stacks) == [(False, 443)]
    file = stacks.plan("net", GROUP % ("web", "") + HTTPS)
    assert not stacks.changes(file) and not file.plan.drift


def test_a_group_with_rules_of_its_own_has_no_others(stacks: Stacks) -> None:
    said = stacks.invalid("net", GROUP % ("web", INLINE) + HTTPS)
    assert "https is one of the SecurityGroupIngress of web, which lists them itself in SecurityGroupIngress" in said
    assert "(net/blueprint.yaml.j2:8)" in said and "write it in one place" in said
    stacks.project.validate(stacks.write("net", GROUP % ("web", INLINE) + OUT))  # the other direction is its own affair


def test_rules_of_a_group_are_a_property_like_any_other(stacks: Stacks) -> None:
    stacks.apply("net", GROUP % ("web", INLINE))
    file = stacks.plan("net", GROUP % ("web", INLINE.replace("22", "2222")))
    assert stacks.changes(file) == {"web": "update"}
    report = stacks.project.apply(file)
    assert rules(stacks) == [(False, 2222)]
    stacks.project.rollback(report.run.id)
    assert rules(stacks) == [(False, 22)]


def test_an_undo_gives_a_group_back_what_it_had_when_it_had_no_rules_of_its_own(stacks: Stacks) -> None:
    stacks.apply("net", GROUP % ("web", ""))
    report = stacks.apply("net", GROUP % ("web", INLINE))
    stacks.project.rollback(report.run.id)
    assert rules(stacks) == []


def test_rules_move_out_of_their_group(stacks: Stacks) -> None:
    stacks.apply("net", GROUP % ("web", INLINE))
    stacks.apply("net", GROUP % ("web", "") + RULE % ("ssh", "Ingress", 22, 22))
    assert rules(stacks) == [(False, 22)]
    assert not stacks.changes(stacks.plan("net"))
