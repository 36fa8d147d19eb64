"""Cases of EC2's DHCP options, endpoints, flow logs and transit gateways."""

from __future__ import annotations

from provisioner.model.value import ABSENT
from tests.conformance.case import Behind, Call, Case, Entry, ref
from tests.conformance.cases.aws.ec2_routes import (
    OTHER_SUBNET,
    OTHER_TABLE,
    OTHER_VPC,
    SUBNET,
    TABLE,
    VPC,
)
from tests.conformance.cases.aws.words import tags

OPTIONS = Entry("options", "AWS::EC2::DHCPOptions", {"DomainName": "one.example"})
OTHER_OPTIONS = Entry("other-options", "AWS::EC2::DHCPOptions", {"DomainName": "two.example"})
BUCKET = Entry("bucket", "AWS::S3::Bucket", {"BucketName": "orch-conformance-flows"})
OTHER_BUCKET = Entry("other-bucket", "AWS::S3::Bucket", {"BucketName": "orch-conformance-flows-2"})
TRANSIT = Entry("transit", "AWS::EC2::TransitGateway", {"Tags": tags(name="one")})
OTHER_TRANSIT = Entry("other-transit", "AWS::EC2::TransitGateway", {"Tags": tags(name="two")})


def _behind(ident: str) -> Behind:
    return Behind("Tags", Call("ec2.create_tags", {"Resources": [ident], "Tags": tags(team="another")}))


_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}],
}

CASES = (
    Case(
        Entry(
            "subject",
            "AWS::EC2::DHCPOptions",
            {
                "DomainName": "corp.example",
                "DomainNameServers": ["10.0.0.2", "AmazonProvidedDNS"],
                "NtpServers": ["10.0.0.5"],
                "NetbiosNameServers": ["10.0.0.6"],
                "NetbiosNodeType": 2,
                "Ipv6AddressPreferredLeaseTime": 3600,
                "Tags": tags(team="a"),
            },
        ),
        needs=(VPC,),
        dependents=(
            Entry(
                "association",
                "AWS::EC2::VPCDHCPOptionsAssociation",
                {"DhcpOptionsId": ref("subject", "DhcpOptionsId"), "VpcId": ref("vpc", "VpcId")},
            ),
        ),
        updates=({"Tags": tags(team="b", stage="test")},),
        replaces=({"DomainName": "other.example"}, {"DomainNameServers": ["10.0.0.3"]}, {"NetbiosNodeType": ABSENT}),
        behind=_behind("{DhcpOptionsId}"),
    ),
    Case(
        Entry(
            "subject",
            "AWS::EC2::VPCDHCPOptionsAssociation",
            {"DhcpOptionsId": ref("options", "DhcpOptionsId"), "VpcId": ref("vpc", "VpcId")},
        ),
        needs=(VPC, OTHER_VPC, OPTIONS, OTHER_OPTIONS),
        replaces=({"DhcpOptionsId": ref("other-options", "DhcpOptionsId")}, {"VpcId": ref("other-vpc", "VpcId")}),
    ),
    Case(
        Entry(
            "subject",
            "AWS::EC2::VPCEndpoint",
            {
                "VpcId": ref("vpc", "VpcId"),
                "ServiceName": "com.amazonaws.us-east-1.s3",
                "RouteTableIds": [ref("table", "RouteTableId")],
                "PolicyDocument": _POLICY,
                "Tags": tags(team="a"),
            },
        ),
        needs=(VPC, SUBNET, OTHER_SUBNET, TABLE, OTHER_TABLE),
        dependents=(Entry("address", "AWS::EC2::EIP", {"Tags": tags(near=ref("subject", "Id"))}),),
        updates=(
            {"RouteTableIds": [ref("other-table", "RouteTableId"), ref("table", "RouteTableId")]},
            {"RouteTableIds": [ref("other-table", "RouteTableId")], "PolicyDocument": ABSENT},
            {"Tags": tags(team="b", stage="test")},
        ),
        replaces=(
            {"ServiceName": "com.amazonaws.us-east-1.dynamodb"},
            {
                "VpcEndpointType": "Interface",
                "ServiceName": "com.amazonaws.us-east-1.sqs",
                "RouteTableIds": ABSENT,
                "PolicyDocument": ABSENT,
                "SubnetIds": [ref("subnet", "SubnetId")],
                "PrivateDnsEnabled": True,
                "IpAddressType": "ipv4",
                "DnsOptions": {"DnsRecordIpType": "ipv4"},
            },
        ),
        behind=Behind(
            "PolicyDocument",
            Call("ec2.modify_vpc_endpoint", {"VpcEndpointId": "{VpcEndpointId}", "ResetPolicy": True}),
        ),
    ),
    Case(
        Entry(
            "subject",
            "AWS::EC2::FlowLog",
            {
                "ResourceType": "VPC",
                "ResourceId": ref("vpc", "VpcId"),
                "TrafficType": "REJECT",
                "LogDestinationType": "s3",
                "LogDestination": ref("bucket", "Arn"),
                "MaxAggregationInterval": 60,
                "DestinationOptions": {
                    "FileFormat": "parquet",
                    "HiveCompatiblePartitions": False,
                    "PerHourPartition": True,
                },
                "Tags": tags(team="a"),
            },
        ),
        needs=(VPC, SUBNET, BUCKET, OTHER_BUCKET),
        dependents=(Entry("address", "AWS::EC2::EIP", {"Tags": tags(log=ref("subject", "Id"))}),),
        updates=({"Tags": tags(team="b", stage="test")},),
        replaces=(
            {"TrafficType": "ALL"},
            {"LogDestination": ref("other-bucket", "Arn")},
            {"ResourceType": "Subnet", "ResourceId": ref("subnet", "SubnetId"), "MaxAggregationInterval": 600},
        ),
        behind=_behind("{FlowLogId}"),
    ),
    Case(
        Entry(
            "subject",
            "AWS::EC2::TransitGateway",
            {
                "Description": "between networks",
                "AmazonSideAsn": 64600,
                "DnsSupport": "disable",
                "TransitGatewayCidrBlocks": ["10.99.0.0/24"],
                "Tags": tags(team="a"),
            },
        ),
        needs=(VPC, SUBNET),
        dependents=(
            Entry(
                "attachment",
                "AWS::EC2::TransitGatewayAttachment",
                {
                    "TransitGatewayId": ref("subject", "Id"),
                    "VpcId": ref("vpc", "VpcId"),
                    "SubnetIds": [ref("subnet", "SubnetId")],
                },
            ),
        ),
        updates=(
            {
                "Description": "between all networks",
                "DnsSupport": "enable",
                "SecurityGroupReferencingSupport": "enable",
            },
            {"Description": ABSENT, "DnsSupport": ABSENT, "TransitGatewayCidrBlocks": ["10.98.0.0/24"]},
            {"TransitGatewayCidrBlocks": ABSENT, "Tags": tags(team="b", stage="test")},
        ),
        replaces=({"AmazonSideAsn": 64601}, {"MulticastSupport": "enable"}),
        behind=Behind(
            "DnsSupport",
            Call(
                "ec2.modify_transit_gateway",
                {"TransitGatewayId": "{TransitGatewayId}", "Options": {"DnsSupport": "enable"}},
            ),
        ),
    ),
    Case(
        Entry(
            "subject",
            "AWS::EC2::TransitGatewayAttachment",
            {
                "TransitGatewayId": ref("transit", "Id"),
                "VpcId": ref("vpc", "VpcId"),
                "SubnetIds": [ref("subnet", "SubnetId")],
                "Options": {"ApplianceModeSupport": "enable"},
                "Tags": tags(team="a"),
            },
        ),
        needs=(VPC, SUBNET, OTHER_SUBNET, TRANSIT, OTHER_TRANSIT, TABLE),
        dependents=(
            Entry(
                "route",
                "AWS::EC2::Route",
                {
                    "RouteTableId": ref("table", "RouteTableId"),
                    "DestinationCidrBlock": "10.0.0.0/8",
                    "TransitGatewayId": ref("subject", "TransitGatewayId"),
                },
            ),
        ),
        updates=(
            {"SubnetIds": [ref("other-subnet", "SubnetId"), ref("subnet", "SubnetId")]},
            {"SubnetIds": [ref("other-subnet", "SubnetId")], "Options": {"ApplianceModeSupport": "disable"}},
            {"Options": {"DnsSupport": "disable"}},
            {"Options": ABSENT, "Tags": tags(team="b", stage="test")},
        ),
        replaces=({"TransitGatewayId": ref("other-transit", "Id")},),
        behind=Behind(
            "Options.ApplianceModeSupport",
            Call(
                "ec2.modify_transit_gateway_vpc_attachment",
                {
                    "TransitGatewayAttachmentId": "{TransitGatewayAttachmentId}",
                    "Options": {"ApplianceModeSupport": "disable"},
                },
            ),
        ),
    ),
)
