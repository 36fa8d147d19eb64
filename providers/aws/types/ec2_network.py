"""Tables of EC2's networks: VPC, Subnet, InternetGateway, VPCGatewayAttachment, EIP. Data and hooks, no request."""

from __future__ import annotations

from collections.abc import Callable

from providers.aws.table import Bulk, Call, Detail, Table
from providers.aws.terms import Frame
from providers.aws.types import ec2_refusals, ec2_tags
from providers.aws.words import column, const, filled, ident, same, was
from provisioner.model.place import Place
from provisioner.model.resource_type import Condition, Effect, EffectKind
from provisioner.model.value import ABSENT, Map, Value


def _modify(operation: str, part: str, name: str, *, when: Callable[[Frame], bool] = lambda _frame: True) -> Call:
    """EC2's ``Modify…Attribute``: one attribute a call, in a box."""
    return Call(operation, {part: ident(part), f"{name}.Value": name}, when=when)


# --- VPC ------------------------------------------------------------------------------------------------------------------


def _ranges(item: Map) -> list[str]:
    associations = item.get("Ipv6CidrBlockAssociationSet", ())
    return [each["Ipv6CidrBlock"] for each in associations if _state(each) in ("associated", "associating")]


def _state(association: Map) -> str:
    return str(association.get("Ipv6CidrBlockState", {}).get("State", "associated"))


def _all_ranges(item: Map) -> Value:
    return tuple(_ranges(item))


def _first_range(item: Map) -> Value:
    return next(iter(_ranges(item)), ABSENT)


def _vpc_attribute(name: str) -> Detail:
    attribute = name[0].lower() + name[1:]
    params = {"VpcId": ident("VpcId"), "Attribute": const(attribute)}
    return Detail(name, "DescribeVpcAttribute", params, f"{name}.Value")


def _hostnames(wanted: bool) -> Call:
    """Hostnames need DNS support: they go on after it and off before it."""
    return Call(
        "ModifyVpcAttribute",
        {"VpcId": ident("VpcId"), "EnableDnsHostnames.Value": "EnableDnsHostnames"},
        when=lambda frame: frame.want.get("EnableDnsHostnames") is wanted,
        label="EnableDnsHostnames.after" if wanted else "EnableDnsHostnames.before",
    )


_TENANCY: tuple[str, ...] = ("InstanceTenancy",)

VPC = Table(
    "AWS::EC2::VPC",
    create=Call(
        "CreateVpc",
        same("CidrBlock", "InstanceTenancy", "Ipv4IpamPoolId", "Ipv4NetmaskLength") | ec2_tags.in_create("vpc"),
    ),
    answer="Vpc",
    updates=(
        _hostnames(False),
        _modify("ModifyVpcAttribute", "VpcId", "EnableDnsSupport"),
        _hostnames(True),
        Call("ModifyVpcTenancy", {"VpcId": ident("VpcId"), "InstanceTenancy": "InstanceTenancy"}),
    ),
    tags=ec2_tags.calls("VpcId"),
    delete=Call("DeleteVpc", {"VpcId": ident("VpcId")}),
    refuses=(ec2_refusals.size, ec2_refusals.hostnames, ec2_refusals.tenancy),
    bulk=Bulk("DescribeVpcs", "Vpcs", by_id=("vpc-id", "VpcId"), by_tag=True),
    # DefaultNetworkAcl and DefaultSecurityGroup would cost two more calls per VPC and are not read.
    body=same("VpcId", "CidrBlock", "InstanceTenancy", "Tags")
    | {
        "CidrBlockAssociations": column("CidrBlockAssociationSet", "AssociationId"),
        "Ipv6CidrBlocks": _all_ranges,
    },
    details=(_vpc_attribute("EnableDnsSupport"), _vpc_attribute("EnableDnsHostnames")),
    effects=(
        Effect(
            _TENANCY,
            EffectKind.IN_PLACE,
            (
                Condition(_TENANCY, "before", "equals", "dedicated"),
                Condition(_TENANCY, "after", "equals", "default"),
            ),
        ),
        Effect(_TENANCY, EffectKind.REPLACE),
    ),
    defaults={"EnableDnsSupport": True, "EnableDnsHostnames": False, "InstanceTenancy": "default"},
)


# --- Subnet ---------------------------------------------------------------------------------------------------------------

_ON_LAUNCH = "PrivateDnsNameOptionsOnLaunch"


def _subnet_flag(name: str) -> Call:
    return _modify("ModifySubnetAttribute", "SubnetId", name)


SUBNET = Table(
    "AWS::EC2::Subnet",
    create=Call(
        "CreateSubnet",
        same(
            "VpcId", "CidrBlock", "AvailabilityZone", "AvailabilityZoneId", "Ipv6CidrBlock", "Ipv6Native", "OutpostArn"
        )
        | same("Ipv4IpamPoolId", "Ipv4NetmaskLength", "Ipv6IpamPoolId", "Ipv6NetmaskLength")
        | ec2_tags.in_create("subnet"),
    ),
    answer="Subnet",
    updates=(
        _subnet_flag("MapPublicIpOnLaunch"),
        _subnet_flag("AssignIpv6AddressOnCreation"),
        _subnet_flag("EnableDns64"),
        Call(
            "ModifySubnetAttribute",
            {"SubnetId": ident("SubnetId"), "PrivateDnsHostnameTypeOnLaunch": f"{_ON_LAUNCH}.HostnameType"},
        ),
        *(
            Call(
                "ModifySubnetAttribute",
                {"SubnetId": ident("SubnetId"), f"{ours}OnLaunch.Value": f"{_ON_LAUNCH}.{ours}"},
            )
            for ours in ("EnableResourceNameDnsARecord", "EnableResourceNameDnsAAAARecord")
        ),
        Call("ModifySubnetAttribute", {"SubnetId": ident("SubnetId"), **same("EnableLniAtDeviceIndex")}),
    ),
    tags=ec2_tags.calls("SubnetId"),
    refuses=(ec2_refusals.size, ec2_refusals.zone),
    delete=Call("DeleteSubnet", {"SubnetId": ident("SubnetId")}),
    bulk=Bulk(
        "DescribeSubnets",
        "Subnets",
        by_id=("subnet-id", "SubnetId"),
        by_parent="vpc-id",
        by_name={"vpc-id": "VpcId", "cidr-block": "CidrBlock"},
        by_tag=True,
    ),
    body=same("SubnetId", "VpcId", "CidrBlock", "AvailabilityZone", "AvailabilityZoneId", "Ipv6Native", "Tags")
    | same("MapPublicIpOnLaunch", "AssignIpv6AddressOnCreation", "EnableDns64", "BlockPublicAccessStates", _ON_LAUNCH)
    | {"OutpostArn": filled("OutpostArn"), "Ipv6CidrBlock": _first_range, "Ipv6CidrBlocks": _all_ranges},
    parent="VpcId",
    effects=(Effect(("Ipv6CidrBlock",), EffectKind.REPLACE),),
    defaults={
        "MapPublicIpOnLaunch": False,
        "AssignIpv6AddressOnCreation": False,
        "EnableDns64": False,
        "Ipv6Native": False,
        f"{_ON_LAUNCH}.HostnameType": "ip-name",
        f"{_ON_LAUNCH}.EnableResourceNameDnsARecord": False,
        f"{_ON_LAUNCH}.EnableResourceNameDnsAAAARecord": False,
    },
    unique=((("VpcId",), ("CidrBlock",)), (("VpcId",), ("Ipv6CidrBlock",))),
)


# --- InternetGateway and its attachment -----------------------------------------------------------------------------------

INTERNET_GATEWAY = Table(
    "AWS::EC2::InternetGateway",
    create=Call("CreateInternetGateway", ec2_tags.in_create("internet-gateway")),
    answer="InternetGateway",
    tags=ec2_tags.calls("InternetGatewayId"),
    delete=Call("DeleteInternetGateway", {"InternetGatewayId": ident("InternetGatewayId")}),
    bulk=Bulk(
        "DescribeInternetGateways",
        "InternetGateways",
        by_id=("internet-gateway-id", "InternetGatewayId"),
        by_tag=True,
    ),
    body=same("InternetGatewayId", "Tags"),
)


def _attachments(answer: Map) -> Value:
    """One item per attachment; what is on its way off counts as gone."""
    return tuple(
        Map(InternetGatewayId=gateway["InternetGatewayId"], VpcId=attachment["VpcId"])
        for gateway in answer.get("InternetGateways", ())
        for attachment in gateway.get("Attachments", ())
        if attachment.get("State") not in ("detaching", "detached")
    )


VPC_GATEWAY_ATTACHMENT = Table(
    "AWS::EC2::VPCGatewayAttachment",
    create=Call("AttachInternetGateway", same("InternetGatewayId", "VpcId")),
    delete=Call("DetachInternetGateway", {"InternetGatewayId": was("InternetGatewayId"), "VpcId": ident("VpcId")}),
    bulk=Bulk(
        "DescribeInternetGateways",
        _attachments,
        by_id=("attachment.vpc-id", "VpcId"),
        by_parent="attachment.vpc-id",
    ),
    body=same("InternetGatewayId", "VpcId"),
    constants=Map(AttachmentType="IGW"),  # VPN gateways are attached by other calls and are not written yet
    required=("InternetGatewayId",),
    parent="VpcId",
    effects=(Effect(("InternetGatewayId",), EffectKind.REPLACE),),
    unique=((("VpcId",),), (("InternetGatewayId",),)),  # one gateway per VPC, one VPC per gateway
)


# --- EIP ------------------------------------------------------------------------------------------------------------------


def _in_vpc(body: Map, _place: Place) -> Map:
    """``standard`` was EC2-Classic's; every address is a VPC's now, whatever ``Domain`` says."""
    return Map({**body, "Domain": "vpc"}) if isinstance(body.get("Domain"), str) else body


EIP = Table(
    "AWS::EC2::EIP",
    create=Call(
        "AllocateAddress",
        {"Domain": const("vpc"), **same("Address", "IpamPoolId", "NetworkBorderGroup", "PublicIpv4Pool")}
        | ec2_tags.in_create("elastic-ip"),
        sets=("Domain", "Address", "IpamPoolId", "NetworkBorderGroup", "PublicIpv4Pool"),
    ),
    tags=ec2_tags.calls("AllocationId"),
    delete=Call("ReleaseAddress", {"AllocationId": ident("AllocationId")}),
    bulk=Bulk(
        "DescribeAddresses",
        "Addresses",
        by_id=("allocation-id", "AllocationId"),
        by_part=("public-ip",),
        by_tag=True,
        limit=None,
    ),
    body=same("PublicIp", "AllocationId", "Domain", "Tags")
    | {name: filled(name) for name in ("NetworkBorderGroup", "PublicIpv4Pool")},
    canonical=_in_vpc,
    named_by=(("Address",),),
    effects=(Effect(("PublicIpv4Pool",), EffectKind.REPLACE), Effect(("Domain",), EffectKind.REPLACE)),
    defaults={"Domain": "vpc", "PublicIpv4Pool": "amazon"},
    unique=((("Address",),),),
)

TABLES = (VPC, SUBNET, INTERNET_GATEWAY, VPC_GATEWAY_ATTACHMENT, EIP)
