"""Where moto's EC2 differs from AWS for networks: parameters as AWS reads them, refusals, what a delete takes along.

Each rule follows the EC2 API reference of its operation. Works on moto's model; sends and answers nothing.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from providers.aws.sandbox import ec2_links, ec2_routes
from providers.aws.sandbox.errors import RefusedError

Form = Mapping[str, str]
_CIDR = re.compile(r"(?:^|\.)(?:\w*CidrBlock|CidrIp|CidrIpv6)$")
_PERMISSION_PROTOCOL = re.compile(r"(IpPermissions\.\d+)\.IpProtocol")
_PROTOCOLS = {"icmp": "1", "tcp": "6", "udp": "17", "icmpv6": "58"}
_TAG_KEY = re.compile(r"(?:^|\.)Tag\.\d+\.Key$")
_PERMISSION_END = re.compile(
    r"(IpPermissions\.\d+)\.(?:IpRanges|Ipv6Ranges|Groups|PrefixListIds)\.\d+\.(CidrIp|CidrIpv6|GroupId|PrefixListId)"
)
_SUBNET_ID = re.compile(rb"<subnetId>([^<]+)<")
_TRUE_OF_DEFAULT = re.compile(rb"<(defaultForAz|mapPublicIpOnLaunch)>true<[^>]+>")
_ADDRESSES = ipaddress.ip_network("198.18.0.0/17")  # of the range for benchmarks, of which each cloud has a part
_ONE_POOL = ("MapCustomerOwnedIpOnLaunch", "CustomerOwnedIpv4Pool")  # two parameters that act as one attribute


def as_read(form: Form) -> dict[str, str]:
    """The parameters as EC2 reads them: CIDRs without host bits, rules with names of protocols."""
    read = {key: _canonical(value) if _CIDR.search(key) else value for key, value in form.items()}
    for key in [key for key in read if _PERMISSION_PROTOCOL.fullmatch(key)]:
        if read[key] == "58":
            read[key] = "icmpv6"
    return read


def _canonical(cidr: str) -> str:
    try:
        return str(ipaddress.ip_network(cidr, strict=False))
    except ValueError:
        return cidr  # moto refuses it


def remove_default_vpc(ec2: Any) -> None:
    """Make a region that moto has just furnished with a default VPC an empty one."""
    for content in (ec2.vpcs, ec2.subnets, ec2.route_tables, ec2.network_acls, ec2.groups):
        content.clear()


def refuse(operation: str, form: Form, ec2: Any) -> None:
    """``RefusedError`` for what AWS refuses and moto does not."""
    if form.get("DryRun", "").lower() == "true":
        raise RefusedError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
    _check_tags(form)
    if check := _REFUSALS.get(operation):
        check(form, ec2)


def _check_tags(form: Form) -> None:
    for key in (value for name, value in form.items() if _TAG_KEY.search(name)):
        if key.lower().startswith("aws:"):
            raise RefusedError("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")


def before(operation: str, form: dict[str, str], ec2: Any) -> dict[str, str]:
    """The parameters that moto needs to do as AWS does."""
    if operation == "AllocateAddress":
        return {**form, "Domain": "vpc", "Address": form.get("Address") or _free_address(ec2)}
    if operation == "DeleteVpc":
        ec2_links.let_go(form.get("VpcId", ""), ec2)
    prepared = _PREPARATIONS.get(operation)
    return prepared(form) if prepared else form


def after(operation: str, form: Form, ec2: Any, body: bytes) -> bytes:
    """Bring moto's model to what AWS has after this operation succeeded; moto's answer, corrected alike."""
    change = _SETTLEMENTS.get(operation)
    return change(form, ec2, body) if change else body


def _delete_vpc(form: Form, ec2: Any) -> None:
    vpc_id = form.get("VpcId", "")
    if vpc_id in ec2.vpcs and any(_inside(vpc_id, ec2)):
        raise RefusedError("DependencyViolation", f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")


def _inside(vpc_id: str, ec2: Any) -> Iterator[bool]:
    """Whether anything stands in a VPC that its deletion does not take along, kind by kind."""
    yield any(gateway.vpc and gateway.vpc.id == vpc_id for gateway in ec2.internet_gateways.values())
    yield any(gateway.vpc_id == vpc_id for gateway in ec2.egress_only_internet_gateways.values())
    yield any(group.name != "default" for group in ec2.groups.get(vpc_id, {}).values())
    yield any(subnet.vpc_id == vpc_id for subnets in ec2.subnets.values() for subnet in subnets.values())
    yield any(eni.subnet.vpc_id == vpc_id for eni in ec2.enis.values())
    yield any(acl.vpc_id == vpc_id and not acl.default for acl in ec2.network_acls.values())
    yield any(table.vpc_id == vpc_id and not table.main_association_id for table in ec2.route_tables.values())
    yield any(each.resource_id == vpc_id for each in ec2.transit_gateway_attachments.values())
    yield any(endpoint.vpc_id == vpc_id and endpoint.state != "deleted" for endpoint in ec2.vpc_end_points.values())


def _forget_vpc(form: Form, ec2: Any, body: bytes) -> bytes:
    vpc_id = form["VpcId"]
    ec2.groups.pop(vpc_id, None)
    ec2.subnets.pop(vpc_id, None)
    for kind in (ec2.network_acls, ec2.route_tables):
        for name in [name for name, one in kind.items() if one.vpc_id == vpc_id]:
            del kind[name]
    return body


def _modify_vpc(form: Form, ec2: Any) -> None:
    _one_attribute(form)
    vpc = ec2.vpcs.get(form.get("VpcId", ""))
    names, support = form.get("EnableDnsHostnames.Value"), form.get("EnableDnsSupport.Value")
    if vpc is None:
        return
    if (names == "true" and not _true(vpc.enable_dns_support)) or (
        support == "false" and _true(vpc.enable_dns_hostnames)
    ):
        raise RefusedError("InvalidParameterCombination", "DNS hostnames need DNS support to be enabled.")


def _true(value: object) -> bool:
    return str(value).lower() == "true"


def _one_attribute(form: Form) -> None:
    given = {key.split(".")[0] for key in form if key.split(".")[0] not in ("Action", "Version", "VpcId", "SubnetId")}
    if len(given - {_ONE_POOL[1]}) > 1:
        raise RefusedError("InvalidParameterCombination", "Fields for multiple attribute types specified")


def _delete_subnet(form: Form, ec2: Any) -> None:
    subnet_id = form.get("SubnetId", "")
    attachments = ec2.transit_gateway_attachments.values()
    if any(eni.subnet.id == subnet_id for eni in ec2.enis.values()) or any(
        subnet_id in getattr(each, "subnet_ids", ()) for each in attachments
    ):
        raise RefusedError("DependencyViolation", f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")


def _plain_subnet(form: Form, ec2: Any, body: bytes) -> bytes:
    """moto takes the first subnet of a zone for a default one, which gives public addresses."""
    found = _SUBNET_ID.search(body)
    default = ec2.get_default_vpc()
    if found is None or (default and default.id == form["VpcId"]):
        return body
    subnet = ec2.get_subnet(found[1].decode())
    subnet.default_for_az = subnet.map_public_ip_on_launch = False
    return _TRUE_OF_DEFAULT.sub(rb"<\1>false</\1>", body)


def _settle_subnet(form: Form, ec2: Any, body: bytes) -> bytes:
    """The attributes that moto accepts and forgets."""
    subnet = ec2.get_subnet(form["SubnetId"])
    options = subnet.private_dns_name_options_on_launch
    if value := form.get("PrivateDnsHostnameTypeOnLaunch"):
        options["HostnameType"] = value
    if value := form.get("EnableResourceNameDnsAAAARecordOnLaunch.Value"):
        options["EnableResourceNameDnsAAAARecord"] = _true(value)
    if value := form.get("EnableDns64.Value"):
        subnet.enable_dns64 = _true(value)
    return body


def _free_address(ec2: Any) -> str:
    """An address of the range for benchmarks: moto's own are all loopback, which no firewall rule would name."""
    taken = {address.public_ip for address in ec2.addresses}
    while (address := str(_ADDRESSES[1 + secrets.randbelow(_ADDRESSES.num_addresses - 2)])) in taken:
        pass
    return address


def _settle_address(form: Form, ec2: Any, body: bytes) -> bytes:
    border = form.get("NetworkBorderGroup", ec2.region_name)
    for address in ec2.addresses:
        if address.public_ip == form["Address"]:
            address.public_ipv4_pool, address.network_border_group = "amazon", border
    pool = f"<publicIpv4Pool>amazon</publicIpv4Pool><networkBorderGroup>{border}</networkBorderGroup>"
    return body.replace(b"</AllocateAddressResponse>", f"{pool}</AllocateAddressResponse>".encode())


def _create_group(form: Form, ec2: Any) -> None:
    if form.get("GroupName", "").startswith("sg-"):
        raise RefusedError("InvalidParameterValue", "Group names may not be in the format sg-*.")
    if "VpcId" not in form:
        default = ec2.get_default_vpc()
        if default is None:
            raise RefusedError("VPCIdNotSpecified", "No default VPC for this user")
        ec2.default_vpc = default


def _delete_group(form: Form, ec2: Any) -> None:
    group = ec2.get_security_group_from_id(form.get("GroupId", ""))
    if group is None:
        return
    if group.name == "default":
        words = f'the specified group: "{group.id}" name: "default" cannot be deleted by a user'
        raise RefusedError("CannotDelete", words)
    others = [other for groups in ec2.groups.values() for other in groups.values() if other.id != group.id]
    rules = [rule for other in others for rule in (*other.ingress_rules, *other.egress_rules)]
    if any(rule.source_group.get("GroupId") == group.id for rule in rules) or any(
        one.id == group.id for eni in ec2.enis.values() for one in eni.group_set
    ):
        raise RefusedError("DependencyViolation", f"resource {group.id} has a dependent object")


def _authorize(form: Form, _ec2: Any) -> None:
    for key, protocol in form.items():
        if found := _PERMISSION_PROTOCOL.fullmatch(key):
            _check_permission(form, found[1], protocol)
    named = list(_permissions(form))
    if len(set(named)) < len(named):
        raise RefusedError("InvalidParameterValue", "The same permission must not appear multiple times")


def _check_permission(form: Form, permission: str, protocol: str) -> None:
    kind = _PROTOCOLS.get(protocol.lower(), protocol)
    if not re.fullmatch(r"-1|\d{1,3}", kind) or int(kind) > 255:
        raise RefusedError("InvalidParameterValue", f"Invalid value '{protocol}' for IP protocol. Unknown protocol.")
    ends = [form[f"{permission}.{name}"] for name in ("FromPort", "ToPort") if f"{permission}.{name}" in form]
    if kind in ("6", "17"):
        if len(ends) < 2:
            words = "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange."
            raise RefusedError("InvalidParameterValue", words)
        first, last = map(int, ends)
        if beyond := [port for port in (first, last) if not 0 <= port <= 65535]:
            raise RefusedError("InvalidPermission.Malformed", f"TCP/UDP port ({beyond[0]}) out of range")
        if first > last:
            raise RefusedError("InvalidParameterValue", f"Invalid TCP/UDP port range ({first}:{last})")
    if kind in ("1", "58") and len(ends) == 2:
        type_, code = map(int, ends)
        if not (-1 <= type_ <= 255 and -1 <= code <= 255) or (type_ == -1 and code != -1):
            raise RefusedError("InvalidParameterValue", f"ICMP type ({type_}) and code ({code}) are not valid")


def _permissions(form: Form) -> Iterator[tuple[str, ...]]:
    """The single permissions that a call names, without their descriptions."""
    for key, value in form.items():
        if end := _PERMISSION_END.fullmatch(key):
            about = (form.get(f"{end[1]}.{name}", "") for name in ("IpProtocol", "FromPort", "ToPort"))
            yield (*about, end[2], value)


def _attach_gateway(form: Form, ec2: Any) -> None:
    vpc_id = form.get("VpcId", "")
    for gateway in ec2.internet_gateways.values():
        if gateway.vpc and gateway.vpc.id == vpc_id and gateway.id != form.get("InternetGatewayId"):
            raise RefusedError("InvalidParameterValue", f"Network {vpc_id} already has an internet gateway attached")


def _detach_gateway(form: Form, ec2: Any) -> None:
    vpc_id = form.get("VpcId", "")
    if any(address.eni and address.eni.subnet.vpc_id == vpc_id for address in ec2.addresses):
        words = f"Network {vpc_id} has some mapped public address(es). Please unmap those before detaching the gateway."
        raise RefusedError("DependencyViolation", words)


def _release_address(form: Form, ec2: Any) -> None:
    wanted = (form.get("AllocationId"), form.get("PublicIp"))
    for address in ec2.addresses:
        if (address.allocation_id in wanted or address.public_ip in wanted) and address.association_id:
            raise RefusedError("InvalidIPAddress.InUse", f"Address {address.public_ip} is in use.")


_Rule = Callable[[Form, Any], None]

_REFUSALS: Mapping[str, _Rule] = {
    "AttachInternetGateway": _attach_gateway,
    "AuthorizeSecurityGroupEgress": _authorize,
    "AuthorizeSecurityGroupIngress": _authorize,
    "CreateSecurityGroup": _create_group,
    "DeleteSecurityGroup": _delete_group,
    "DeleteSubnet": _delete_subnet,
    "DeleteVpc": _delete_vpc,
    "DetachInternetGateway": _detach_gateway,
    "ModifySubnetAttribute": lambda form, _ec2: _one_attribute(form),
    "ModifyVpcAttribute": _modify_vpc,
    "ReleaseAddress": _release_address,
    **ec2_links.REFUSALS,
    **ec2_routes.REFUSALS,
}

_PREPARATIONS: Mapping[str, Callable[[dict[str, str]], dict[str, str]]] = {
    **ec2_links.PREPARATIONS,
    **ec2_routes.PREPARATIONS,
}

_SETTLEMENTS: Mapping[str, Callable[[Form, Any, bytes], bytes]] = {
    "AllocateAddress": _settle_address,
    "CreateSubnet": _plain_subnet,
    "DeleteVpc": _forget_vpc,
    "DescribeTags": lambda _form, _ec2, body: body.replace(b">vpc-elastic-ip<", b">elastic-ip<"),
    "ModifySubnetAttribute": _settle_subnet,
    **ec2_links.SETTLEMENTS,
    **ec2_routes.SETTLEMENTS,
}
