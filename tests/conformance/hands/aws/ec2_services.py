"""EC2's DHCP options, endpoints, flow logs and transit gateways through plain boto3."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients, found
from tests.conformance.hands.base import Found

REMOVALS = {
    "AWS::EC2::DHCPOptions": Call("ec2.delete_dhcp_options", {"DhcpOptionsId": "{DhcpOptionsId}"}),
    "AWS::EC2::VPCDHCPOptionsAssociation": Call(
        "ec2.associate_dhcp_options", {"DhcpOptionsId": "default", "VpcId": "{VpcId}"}
    ),
    "AWS::EC2::VPCEndpoint": Call("ec2.delete_vpc_endpoints", {"VpcEndpointIds": ["{VpcEndpointId}"]}),
    "AWS::EC2::FlowLog": Call("ec2.delete_flow_logs", {"FlowLogIds": ["{FlowLogId}"]}),
    "AWS::EC2::TransitGateway": Call("ec2.delete_transit_gateway", {"TransitGatewayId": "{TransitGatewayId}"}),
    "AWS::EC2::TransitGatewayAttachment": Call(
        "ec2.delete_transit_gateway_vpc_attachment", {"TransitGatewayAttachmentId": "{TransitGatewayAttachmentId}"}
    ),
}

_PLAIN = (
    ("AWS::EC2::DHCPOptions", "describe_dhcp_options", "DhcpOptions", "DhcpOptionsId"),
    ("AWS::EC2::FlowLog", "describe_flow_logs", "FlowLogs", "FlowLogId"),
    ("AWS::EC2::TransitGateway", "describe_transit_gateways", "TransitGateways", "TransitGatewayId"),
    (
        "AWS::EC2::TransitGatewayAttachment",
        "describe_transit_gateway_vpc_attachments",
        "TransitGatewayVpcAttachments",
        "TransitGatewayAttachmentId",
    ),
    ("AWS::EC2::VPCEndpoint", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
)


def inventory(clients: Clients, _types: Collection[str]) -> Iterator[Found]:
    """All of them, and which network has which options; what is deleted stays listed for a while and is left out."""
    for kind, method, key, name in _PLAIN:
        for item in clients.all("ec2", method, key):
            if item.get("State") != "deleted":
                yield found(kind, item[name], item)
    for item in clients.all("ec2", "describe_vpcs", "Vpcs"):
        if item["DhcpOptionsId"] != "default":
            identity = f"{item['DhcpOptionsId']}|{item['VpcId']}"
            yield Found("AWS::EC2::VPCDHCPOptionsAssociation", identity, identity, {}, item)
