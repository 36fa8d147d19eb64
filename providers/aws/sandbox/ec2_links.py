"""Where moto's EC2 differs from AWS for what links networks: gateways, endpoints, peerings, DHCP options, flow logs, transit.

Each rule follows the EC2 API reference of its operation. Works on moto's model; sends and answers nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from providers.aws.sandbox.errors import RefusedError

Form = Mapping[str, str]
_TAG = re.compile(r"(TagSpecifications?\.\d+\.Tag\.\d+)\.Key")


def _made(body: bytes, element: str, content: Mapping[str, Any]) -> Any:
    """The object that an answer names."""
    found = re.search(rf"<{element}>(?:<item>)?([^<]+)<".encode(), body)
    return content[found[1].decode()] if found else None


def _known(parameter: str, content: str, code: str) -> Callable[[Form, Any], None]:
    """A refusal of what is not there, on which moto breaks or which it does not notice."""

    def check(form: Form, ec2: Any) -> None:
        if form.get(parameter) not in getattr(ec2, content):
            raise RefusedError(code, f"The ID '{form.get(parameter)}' does not exist")

    return check


def _listed(form: Form, name: str) -> list[str]:
    return [value for key, value in form.items() if re.fullmatch(rf"{re.escape(name)}\.\d+", key)]


# --- NAT gateways ---------------------------------------------------------------------------------------------------------


def _create_nat(form: Form, ec2: Any) -> None:
    public = form.get("ConnectivityType", "public") == "public"
    if public and "AllocationId" not in form:
        raise RefusedError("MissingParameter", "The request must contain the parameter AllocationId")
    for address in ec2.addresses:
        if address.allocation_id in (form.get("AllocationId"), *_listed(form, "SecondaryAllocationId")):
            if not public:
                raise RefusedError("InvalidParameter", "A private NAT gateway has no address")
            if address.association_id:
                words = f"resource {address.allocation_id} is already associated with {address.association_id}"
                raise RefusedError("Resource.AlreadyAssociated", words)


def _furnish_nat(form: Form, ec2: Any, body: bytes) -> bytes:
    """Its own address and the others, each with its place; moto knows but one, and not the private one that is asked for."""
    gateway = _made(body, "natGatewayId", ec2.nat_gateways)
    gateway.connectivity_type = form.get("ConnectivityType", "public")
    if wanted := form.get("PrivateIpAddress"):
        gateway._eni.private_ip_addresses[0]["PrivateIpAddress"] = wanted
    eni = gateway._eni
    place = {"NetworkInterfaceId": eni.id, "Status": "succeeded"}
    own = {**place, "PrivateIp": wanted or eni.private_ip_address, "IsPrimary": True}
    gateway.address_set = [{**own, **_public(form.get("AllocationId"), ec2)}]
    privates = _listed(form, "SecondaryPrivateIpAddress")
    for at, allocation in enumerate(_listed(form, "SecondaryAllocationId")):
        ec2.associate_address(eni=eni, allocation_id=allocation)
        private = {"PrivateIp": privates[at]} if at < len(privates) else {}
        gateway.address_set.append({**place, **private, **_public(allocation, ec2), "IsPrimary": False})
    return body


def _public(allocation: str | None, ec2: Any) -> dict[str, str]:
    for address in ec2.addresses:
        if allocation and address.allocation_id == allocation:
            return {
                "AllocationId": allocation,
                "PublicIp": address.public_ip,
                "AssociationId": address.association_id,
            }
    return {}


def _forget_nat(form: Form, ec2: Any, body: bytes) -> bytes:
    """What was its own goes with it."""
    gateway = ec2.nat_gateways[form["NatGatewayId"]]
    for address in ec2.addresses:
        if address.eni is gateway._eni:
            ec2.disassociate_address(association_id=address.association_id)
    ec2.enis.pop(gateway._eni.id, None)
    return body


def _associate_address(form: Form, ec2: Any) -> None:
    if form.get("AllowReassociation", "true") != "false":
        return
    wanted = (form.get("AllocationId"), form.get("PublicIp"))
    for address in ec2.addresses:
        if address.association_id and (address.allocation_id in wanted or address.public_ip in wanted):
            words = f"resource {address.allocation_id} is already associated with {address.association_id}"
            raise RefusedError("Resource.AlreadyAssociated", words)


def _let_go(form: Form, ec2: Any, body: bytes) -> bytes:
    """A place that is given an address lets go of the one it had."""
    wanted = (form.get("AllocationId"), form.get("PublicIp"))
    for address in ec2.addresses:
        there = address.network_interface_id == form.get("NetworkInterfaceId", "-")
        same = form.get("PrivateIpAddress", address.private_ip_address) == address.private_ip_address
        if address.association_id and there and same and not {address.allocation_id, address.public_ip} & {*wanted}:
            ec2.disassociate_address(association_id=address.association_id)
    return body


# --- endpoints ------------------------------------------------------------------------------------------------------------


def endpoint(form: dict[str, str]) -> dict[str, str]:
    """An endpoint's parameters with what EC2 takes where nothing is said."""
    kind = form.get("VpcEndpointType", "Gateway")
    return {**form, "VpcEndpointType": kind, **({} if kind == "Interface" else {"PrivateDnsEnabled": "false"})}


def _furnish_endpoint(form: Form, ec2: Any, body: bytes) -> bytes:
    made = _made(body, "vpcEndpointId", ec2.vpc_end_points)
    made.service_region = form.get("ServiceRegion", ec2.region_name)
    if made.vpc_endpoint_type == "Interface":
        made.ip_address_type = form.get("IpAddressType", "ipv4")
        made.dns_options = {"DnsRecordIpType": "ipv4", **_dns(form)}
        if not made.security_group_ids:
            made.security_group_ids = [ec2.get_default_security_group(made.vpc_id).id]
    return body


def _settle_endpoint(form: Form, ec2: Any, body: bytes) -> bytes:
    """The parameters that moto forgets, and the routes that go with the tables of a gateway endpoint."""
    one = ec2.vpc_end_points[form["VpcEndpointId"]]
    if "PrivateDnsEnabled" in form:
        one.private_dns_enabled = form["PrivateDnsEnabled"] == "true"
    if "IpAddressType" in form:
        one.ip_address_type = form["IpAddressType"]
    if _dns(form):
        one.dns_options = {**getattr(one, "dns_options", {}), **_dns(form)}
    if form.get("ResetPolicy") == "true":
        one.policy_document = json.dumps(one.DEFAULT_POLICY)
    if one.destination_prefix_list_id:
        _route(one, ec2)
    return body


def _dns(form: Form) -> dict[str, str]:
    return {key.removeprefix("DnsOptions."): value for key, value in form.items() if key.startswith("DnsOptions.")}


def _route(one: Any, ec2: Any) -> None:
    for table in ec2.route_tables.values():
        there = f"{table.id}~{one.destination_prefix_list_id}" in table._routes
        if table.id in one.route_table_ids and not there:
            ec2.create_route(
                table.id, None, gateway_id=one.id, destination_prefix_list_id=one.destination_prefix_list_id
            )
        elif there and table.id not in one.route_table_ids and table.vpc_id == one.vpc_id:
            ec2.delete_route(table.id, one.destination_prefix_list_id)


def _delete_endpoints(form: Form, ec2: Any) -> None:
    """Tables that are gone have taken their routes along."""
    for one in (ec2.vpc_end_points.get(identity) for identity in _listed(form, "VpcEndpointId")):
        if one and one.route_table_ids:
            one.route_table_ids = [name for name in one.route_table_ids if name in ec2.route_tables]
            if one.destination_prefix_list_id is None or one.state == "deleted":
                one.route_table_ids = []


# --- DHCP options, flow logs ----------------------------------------------------------------------------------------------


def _furnish_options(form: Form, ec2: Any, body: bytes) -> bytes:
    """Its tags, and the option that moto does not know."""
    made = _made(body, "dhcpOptionsId", ec2.dhcp_options_sets)
    made.add_tags(dict(_tags(form)))
    for key, name in form.items():
        if name == "ipv6-address-preferred-lease-time":
            made._options[name] = [form[f"{key.removesuffix('.Key')}.Value.1"]]
    return body if not (tags := made.get_tags()) else _with_tags(body, tags)


def _with_tags(body: bytes, tags: list[dict[str, str]]) -> bytes:
    items = "".join(f"<item><key>{tag['key']}</key><value>{tag['value']}</value></item>" for tag in tags)
    return re.sub(rb"<tagSet\s*/>", f"<tagSet>{items}</tagSet>".encode(), body)


def _tags(form: Form) -> Iterator[tuple[str, str]]:
    for key, name in form.items():
        if found := _TAG.fullmatch(key):
            yield name, form.get(f"{found[1]}.Value", "")


def _settle_options(_form: Form, ec2: Any, body: bytes) -> bytes:
    """Whose options a set is; moto does not notice when a network gets another set."""
    for one in ec2.dhcp_options_sets.values():
        one.vpc = next((vpc for vpc in ec2.vpcs.values() if vpc.dhcp_options is one), None)
    return body


def let_go(vpc_id: str, ec2: Any) -> None:
    """Before a network is deleted: moto would delete its options with it."""
    if vpc_id in ec2.vpcs:
        ec2.vpcs[vpc_id].dhcp_options = None
        _settle_options({}, ec2, b"")


class _Alone(str):
    """The target of a log, which is like no other's to moto: that refuses two logs to one target, EC2 only two alike."""

    def __eq__(self, _other: object) -> bool:
        return False

    __hash__ = str.__hash__


_ALIKE = ("TrafficType", "LogDestination", "LogGroupName", "LogFormat", "MaxAggregationInterval")


def _create_log(form: Form, ec2: Any) -> None:
    said = [form.get(name) for name in _ALIKE]
    for one in ec2.flow_logs.values():
        if one.resource_id in _listed(form, "ResourceId") and one.said == said:
            words = "There is an existing Flow Log with the same configuration and log destination."
            raise RefusedError("FlowLogAlreadyExists", words)


def _furnish_log(form: Form, ec2: Any, body: bytes) -> bytes:
    made = _made(body, "flowLogIdSet", ec2.flow_logs)
    if made is None:
        return body
    made.said = [form.get(name) for name in _ALIKE]
    made.log_destination = made.log_destination and _Alone(made.log_destination)
    made.log_group_name = made.log_group_name and _Alone(made.log_group_name)
    made.deliver_cross_account_role = form.get("DeliverCrossAccountRole")
    options = {key.partition(".")[2]: value for key, value in form.items() if key.startswith("DestinationOptions.")}
    flags = {key: value == "true" for key, value in options.items() if key != "FileFormat"}
    made.destination_options = {**options, **flags} if options else None
    return body


# --- transit gateways -----------------------------------------------------------------------------------------------------


def _furnish_transit(_form: Form, ec2: Any, body: bytes) -> bytes:
    made = _made(body, "transitGatewayId", ec2.transit_gateways)
    made.options.setdefault("SecurityGroupReferencingSupport", "disable")
    return body


def _settle_transit(form: Form, ec2: Any, body: bytes) -> bytes:
    one = ec2.transit_gateways[form["TransitGatewayId"]]
    if "Description" in form:
        one.description = form["Description"]
    kept = [each for each in one.options["TransitGatewayCidrBlocks"] if each not in _ranges(form, "Remove")]
    one.options["TransitGatewayCidrBlocks"] = [*kept, *_ranges(form, "Add")]
    return body


def _ranges(form: Form, verb: str) -> list[str]:
    return _listed(form, f"Options.{verb}TransitGatewayCidrBlocks")


def _delete_transit(form: Form, ec2: Any) -> None:
    name = form.get("TransitGatewayId", "")
    _known("TransitGatewayId", "transit_gateways", "InvalidTransitGatewayID.NotFound")(form, ec2)
    if any(each.transit_gateway_id == name for each in ec2.transit_gateway_attachments.values()):
        raise RefusedError("IncorrectState", f"{name} has non-deleted VPC Attachments.")


def _furnish_attachment(form: Form, ec2: Any, body: bytes) -> bytes:
    """moto looks for its tags among those of another kind."""
    made = _made(body, "transitGatewayAttachmentId", ec2.transit_gateway_attachments)
    made.add_tags(dict(_tags(form)))
    return body


_ATTACHMENT = _known(
    "TransitGatewayAttachmentId", "transit_gateway_attachments", "InvalidTransitGatewayAttachmentID.NotFound"
)

REFUSALS: Mapping[str, Callable[[Form, Any], None]] = {
    "AssociateAddress": _associate_address,
    "CreateFlowLogs": _create_log,
    "CreateNatGateway": _create_nat,
    "DeleteNatGateway": _known("NatGatewayId", "nat_gateways", "NatGatewayNotFound"),
    "DeleteTransitGateway": _delete_transit,
    "DeleteTransitGatewayVpcAttachment": _ATTACHMENT,
    "DeleteVpcEndpoints": _delete_endpoints,
    "ModifyTransitGateway": _known("TransitGatewayId", "transit_gateways", "InvalidTransitGatewayID.NotFound"),
    "ModifyTransitGatewayVpcAttachment": _ATTACHMENT,
}
PREPARATIONS: Mapping[str, Callable[[dict[str, str]], dict[str, str]]] = {"CreateVpcEndpoint": endpoint}
SETTLEMENTS: Mapping[str, Callable[[Form, Any, bytes], bytes]] = {
    "AssociateAddress": _let_go,
    "AssociateDhcpOptions": _settle_options,
    "CreateDhcpOptions": _furnish_options,
    "CreateFlowLogs": _furnish_log,
    "CreateNatGateway": _furnish_nat,
    "CreateTransitGateway": _furnish_transit,
    "CreateTransitGatewayVpcAttachment": _furnish_attachment,
    "CreateVpcEndpoint": _furnish_endpoint,
    "DeleteNatGateway": _forget_nat,
    "ModifyTransitGateway": _settle_transit,
    "ModifyVpcEndpoint": _settle_endpoint,
}
