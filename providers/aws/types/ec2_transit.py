"""Tables of EC2's transit gateways: TransitGateway, TransitGatewayAttachment. Data and hooks, no request."""

from __future__ import annotations

from providers.aws.table import GONE, Bulk, Call, Table, Wait
from providers.aws.terms import Field, Term
from providers.aws.types import ec2_tags
from providers.aws.words import added, first, ident, idents, in_state, removed, same, some
from provisioner.model.resource_type import Equality, Sameness
from provisioner.model.value import Map

_OVER = ("deleted", "failed", "rejected")
_GONE = (*_OVER, "failing")


def _wait(kind: str, ids: str, ready: tuple[str, ...], failed: tuple[str, ...] = ()) -> Wait:
    return Wait(f"Describe{kind}", {ids: idents("Id")}, first(kind, "State"), ready, failed, every=10.0)


# --- TransitGateway -------------------------------------------------------------------------------------------------------

_SWITCHES = (
    "AutoAcceptSharedAttachments", "DefaultRouteTableAssociation", "DefaultRouteTablePropagation", "DnsSupport",
    "SecurityGroupReferencingSupport", "VpnEcmpSupport",
)  # fmt: skip
_TABLES = ("AssociationDefaultRouteTableId", "PropagationDefaultRouteTableId")
_AT_BIRTH = ("AmazonSideAsn", "MulticastSupport", *_SWITCHES)
_RANGES = "TransitGatewayCidrBlocks"


def _options(*names: str) -> dict[str, Term]:
    return {f"Options.{name}": name for name in names}


def _option(name: str) -> Field:
    return f"Options.{name}"


_GATEWAY = {"TransitGatewayId": ident("Id")}

TRANSIT_GATEWAY = Table(
    "AWS::EC2::TransitGateway",
    create=Call(
        "CreateTransitGateway",
        same("Description") | _options(*_AT_BIRTH, _RANGES) | ec2_tags.in_create("transit-gateway"),
        sets=("Description", *_AT_BIRTH, _RANGES),
    ),
    answer="TransitGateway",
    updates=(
        Call("ModifyTransitGateway", {**_GATEWAY, **same("Description")}, sets=("Description",)),
        Call("ModifyTransitGateway", {**_GATEWAY, **_options(*_SWITCHES)}, sets=_SWITCHES),
        Call("ModifyTransitGateway", {**_GATEWAY, **_options(*_TABLES)}, sets=_TABLES),
        Call(
            "ModifyTransitGateway",
            {
                **_GATEWAY,
                "Options.AddTransitGatewayCidrBlocks": some(added(_RANGES)),
                "Options.RemoveTransitGatewayCidrBlocks": some(removed(_RANGES)),
            },
            sets=(_RANGES,),
        ),
    ),
    tags=ec2_tags.calls("Id"),
    delete=Call("DeleteTransitGateway", {"TransitGatewayId": ident("Id")}),
    settles=_wait("TransitGateways", "TransitGatewayIds", ("available",), ("deleting", *_OVER)),
    ends=_wait("TransitGateways", "TransitGatewayIds", ("deleted", GONE)),
    absent=in_state("State", "deleted"),
    bulk=Bulk("DescribeTransitGateways", "TransitGateways", by_id=("transit-gateway-id", "Id"), by_tag=True),
    body={
        "Id": "TransitGatewayId",
        **same("TransitGatewayArn", "Description", "Tags"),
        **{name: _option(name) for name in (*_AT_BIRTH, *_TABLES, _RANGES)},
        "EncryptionSupportState": "Options.EncryptionSupport.EncryptionState",
    },
    equalities=(Equality((_RANGES,), Sameness.UNORDERED),),
    defaults={
        "AmazonSideAsn": 64512,
        "MulticastSupport": "disable",
        "AutoAcceptSharedAttachments": "disable",
        "DefaultRouteTableAssociation": "enable",
        "DefaultRouteTablePropagation": "enable",
        "DnsSupport": "enable",
        "SecurityGroupReferencingSupport": "disable",
        "VpnEcmpSupport": "enable",
        "Description": "",
        _RANGES: (),
    },
)


# --- TransitGatewayAttachment ---------------------------------------------------------------------------------------------

_SUPPORT = ("ApplianceModeSupport", "DnsSupport", "Ipv6Support", "SecurityGroupReferencingSupport")
_SUPPORT_PATHS = tuple(f"Options.{name}" for name in _SUPPORT)
_ATTACHMENT = {"TransitGatewayAttachmentId": ident("Id")}
_ATTACHMENTS: tuple[str, str] = ("TransitGatewayVpcAttachments", "TransitGatewayAttachmentIds")

TRANSIT_GATEWAY_ATTACHMENT = Table(
    "AWS::EC2::TransitGatewayAttachment",
    create=Call(
        "CreateTransitGatewayVpcAttachment",
        same("TransitGatewayId", "VpcId", "SubnetIds", *_SUPPORT_PATHS)
        | ec2_tags.in_create("transit-gateway-attachment"),
        sets=("TransitGatewayId", "VpcId", "SubnetIds", "Options"),
    ),
    answer="TransitGatewayVpcAttachment",
    updates=(
        Call(
            "ModifyTransitGatewayVpcAttachment",
            {
                **_ATTACHMENT,
                "AddSubnetIds": some(added("SubnetIds")),
                "RemoveSubnetIds": some(removed("SubnetIds")),
            },
            sets=("SubnetIds",),
        ),
        Call("ModifyTransitGatewayVpcAttachment", {**_ATTACHMENT, **same(*_SUPPORT_PATHS)}, sets=_SUPPORT_PATHS),
    ),
    tags=ec2_tags.calls("Id"),
    delete=Call("DeleteTransitGatewayVpcAttachment", _ATTACHMENT),
    settles=_wait(*_ATTACHMENTS, ("available", "pendingAcceptance"), ("deleting", *_GONE)),
    ends=_wait(*_ATTACHMENTS, ("deleted", GONE)),
    absent=in_state("State", *_OVER),
    bulk=Bulk(
        "DescribeTransitGatewayVpcAttachments",
        "TransitGatewayVpcAttachments",
        by_id=("transit-gateway-attachment-id", "Id"),
        by_parent="vpc-id",
        by_tag=True,
    ),
    body={
        "Id": "TransitGatewayAttachmentId",
        **same("TransitGatewayId", "VpcId", "SubnetIds", "Tags"),
        "Options": lambda item: Map(
            {name: item["Options"][name] for name in _SUPPORT if name in item.get("Options", {})}
        ),
    },
    parent="VpcId",
    defaults={
        "Options.ApplianceModeSupport": "disable",
        "Options.DnsSupport": "enable",
        "Options.Ipv6Support": "disable",
        "Options.SecurityGroupReferencingSupport": "enable",
    },
    unique=((("TransitGatewayId",), ("VpcId",)),),
)

TABLES = (TRANSIT_GATEWAY, TRANSIT_GATEWAY_ATTACHMENT)
