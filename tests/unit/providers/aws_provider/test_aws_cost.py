"""How many calls a network of 1 VPC, 50 subnets and 50 security groups costs, beside a minimal boto3 script."""

from __future__ import annotations

from typing import Any

from aws_rig import GROUP, LINEAGE, SUBNET, VPC, Aws

from provisioner.protocols.provider import Ask

COUNT = 50


def rule(port: int) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": "10.0.0.0/8"}


def minimal_script(aws: Aws) -> None:
    """What one would write by hand, tags left out."""
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    for i in range(COUNT):
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{i}.0/24")
        group = ec2.create_security_group(VpcId=vpc, GroupName=f"g{i}", Description="d")["GroupId"]
        permission = {"IpProtocol": "tcp", "FromPort": i + 1, "ToPort": i + 1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])


def test_an_apply_costs_no_more_than_a_script_and_a_no_op_at_most_ten_calls(aws: Aws) -> None:
    minimal_script(aws)
    script = len(aws.calls())
    aws.control("POST", "reset")
    aws._seen = 0

    wants = [aws.create(VPC, {"CidrBlock": "10.0.0.0/16", "EnableDnsHostnames": True})]
    vpc = wants[0][1].identity
    for i in range(COUNT):
        wants.append(aws.create(SUBNET, {"VpcId": vpc, "CidrBlock": f"10.0.{i}.0/24"}))
        group = {"VpcId": vpc, "GroupDescription": "d", "SecurityGroupIngress": [rule(i + 1)]}
        wants.append(aws.create(GROUP, group))
    ours = len(aws.calls())
    assert ours <= script * 1.15
    assert ours == script == 2 + 3 * COUNT

    aws.provider.identify(aws.place())
    have = {each.identity: each for kind in (VPC, SUBNET, GROUP) for each in aws.look(kind, lineage=LINEAGE)[0]}
    assert len(aws.calls()) == 6 <= 10
    assert all(not aws.diff(want, have[done.identity]) for want, done in wants)
    for kind in (SUBNET, GROUP):
        identities = tuple(done.identity for want, done in wants if want.type == kind)
        assert len(aws.provider.reads(Ask(aws.place(), kind, identities=identities))) == 1
