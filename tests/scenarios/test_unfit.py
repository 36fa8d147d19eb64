"""What schemas tell of values beyond their shape, through `orch validate`: refused at its line, with what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stacks import Stacks

RG = "rg: {type: Microsoft.Resources/resourceGroups, name: rg}\n"
VPC = "vpc: {type: AWS::EC2::VPC, properties: {CidrBlock: 10.0.0.0/16}}\n"
SUBNET = "sn: {type: AWS::EC2::Subnet, properties: {CidrBlock: 10.0.1.0/24, VpcId: %s}}\n"


@pytest.fixture
def stacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stacks:
    return Stacks(tmp_path, {"aws": "http://127.0.0.1:1", "azure": "http://127.0.0.1:1"}, monkeypatch)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (RG + VPC + SUBNET % '{{ ref("rg").id }}',
         "4: sn: VpcId takes one of type AWS::EC2::VPC, and rg is a Microsoft.Resources/resourceGroups: entries of that type: vpc"),
        (VPC + SUBNET % '{{ ref("vpc").VpcId }}' + SUBNET.replace("sn:", "so:") % '{{ ref("sn").SubnetId }}',
         "4: so: VpcId takes one of type AWS::EC2::VPC, and sn is a AWS::EC2::Subnet: entries of that type: vpc"),
        (RG + VPC + "sn: {type: Microsoft.Network/virtualNetworks/subnets, parent: {{ ref('rg') }}, name: sn, "
         "properties: {addressPrefix: 10.0.1.0/24}}",
         "4: sn: parent takes one of type Microsoft.Network/virtualNetworks, and rg is a Microsoft.Resources/resourceGroups"),
        (VPC + "nsg: {type: Microsoft.Network/networkSecurityGroups, scope: {{ ref('vpc') }}, name: nsg}",
         "3: nsg: scope takes one of type Microsoft.Resources/resourceGroups, and vpc is a AWS::EC2::VPC"),
        (VPC.replace("{type", "{ignore_changes: [Tagz], type"), "2: vpc: ignore_changes names Tagz: AWS::EC2::VPC has no attribute"),
        ("nsg: {type: Microsoft.Network/networkSecurityGroups, scope: x, name: nsg, ignore_changes: [securityRules]}",
         "write properties.securityRules"),
        (VPC.replace("10.0.0.0/16", "'10.0.0.0/16 '"), "2: vpc: CidrBlock is '10.0.0.0/16 ', with space around it"),
        (VPC.replace("10.0.0.0/16", "10.0.0.0/99"), "2: vpc: CidrBlock is '10.0.0.0/99', which is no range of addresses"),
        (VPC.replace("16}", "16, Tags: [{Key: a, Value: b}, {Key: a, Value: c}]}"), "2: vpc: Tags has the Key 'a' twice"),
        ("sg: {type: AWS::EC2::SecurityGroup, properties: {GroupDescription: x, GroupName: sg-web}}",
         "2: sg: GroupName must not begin with sg-, as the ids of groups do"),
        (VPC.replace("10.0.0.0/16", "10.0.0.0/15"), "2: vpc: CidrBlock must be an IPv4 range from a /16 to a /28, not '10.0.0.0/15'"),
        (VPC + SUBNET.replace("/24", "/29") % '{{ ref("vpc").VpcId }}', "3: sn: CidrBlock must be an IPv4 range from a /16 to a /28"),
        ("b: {type: AWS::S3::Bucket, properties: {BucketName: a..b}}", "2: b: BucketName is 'a..b', which S3 refuses: no bucket's name has two dots in a row"),
        ("b: {type: AWS::S3::Bucket, properties: {BucketName: 192.0.2.1}}", "2: b: BucketName is '192.0.2.1', which S3 refuses: no bucket's name has two dots in a row"),
        ("b: {type: AWS::S3::Bucket, properties: {BucketName: xn--b}}", "2: b: BucketName is 'xn--b', which S3 refuses: no bucket's name has two dots in a row"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(stacks: Stacks, text: str, said: str) -> None:
    assert said in stacks.invalid("s", text)


@pytest.mark.parametrize(
    "text",
    [
        VPC + SUBNET % '{{ ref("vpc").VpcId }}' + "sg: {type: AWS::EC2::SecurityGroup, properties: "
        '{GroupDescription: x, VpcId: {{ ref("sn").VpcId }}}}',
        VPC.replace("16}", "16, Tags: [{Key: a, Value: b}, {Key: A, Value: c}]}"),
        VPC.replace("/16", "/28"),
        "b: {type: AWS::S3::Bucket, properties: {BucketName: a.b-xn--c.1}}",
        VPC.replace("{type", "{ignore_changes: [Tags, 'Tags[0].Value'], type"),
        "nsg: {type: Microsoft.Network/networkSecurityGroups, scope: x, name: nsg, ignore_changes: [tags.team, properties]}",
    ],
)
def test_what_fits_is_not(stacks: Stacks, text: str) -> None:
    stacks.project.validate(stacks.write("s", text))
