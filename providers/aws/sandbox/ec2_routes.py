"""Where moto's EC2 differs from AWS for routing, ACLs and rules: refusals, and what it accepts and forgets.

Each rule follows the EC2 API reference of its operation. Works on moto's model; sends and answers nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from providers.aws.sandbox.errors import RefusedError

Form = Mapping[str, str]
_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
_ACL_ID = re.compile(rb"<networkAclId>([^<]+)<")
_DESCRIPTION = re.compile(r"(SecurityGroupRuleDescription\.\d+)\.SecurityGroupRuleId")


# --- routing --------------------------------------------------------------------------------------------------------------


def _associate(form: Form, ec2: Any) -> None:
    subnet_id = form.get("SubnetId", "")
    for table in ec2.route_tables.values():
        if subnet_id and subnet_id in table._associations.values():
            words = f"the specified association for route table {table.id} conflicts with an existing association"
            raise RefusedError("Resource.AlreadyAssociated", words)
    table = ec2.route_tables.get(form.get("RouteTableId", ""))
    if table and subnet_id and ec2.get_subnet(subnet_id).vpc_id != table.vpc_id:
        words = f"Route table {table.id} and subnet {subnet_id} belong to different networks"
        raise RefusedError("InvalidParameterValue", words)


def _create_route(form: Form, ec2: Any) -> None:
    table = ec2.route_tables.get(form.get("RouteTableId", ""))
    if table is None:
        return
    wanted = next((form[name] for name in _DESTINATIONS if name in form), "")
    if f"{table.id}~{wanted}" in table._routes:
        raise RefusedError("RouteAlreadyExists", f"The route identified by {wanted} already exists.")
    _check_target(form, ec2, table)


def _check_target(form: Form, ec2: Any, table: Any) -> None:
    gateway = ec2.internet_gateways.get(form.get("GatewayId", ""))
    if gateway and not (gateway.vpc and gateway.vpc.id == table.vpc_id):
        words = f"route table {table.id} and network gateway {gateway.id} belong to different networks"
        raise RefusedError("InvalidParameterValue", words)
    link = ec2.vpc_pcxs.get(form.get("VpcPeeringConnectionId", ""))
    if link and link.status["Code"] != "active":
        words = f"VpcPeeringConnection {link.id} is not active"
        raise RefusedError("InvalidStateTransition", words)
    nat = ec2.nat_gateways.get(form.get("NatGatewayId", ""))
    if "NatGatewayId" in form and (nat is None or nat.state != "available"):
        raise RefusedError("InvalidNatGatewayID.NotFound", f"The natGateway ID '{form['NatGatewayId']}' does not exist")


def _replace_route(form: Form, ec2: Any) -> None:
    table = ec2.route_tables.get(form.get("RouteTableId", ""))
    if table:
        _check_target(form, ec2, table)


def _delete_table(form: Form, ec2: Any) -> None:
    table = ec2.route_tables.get(form.get("RouteTableId", ""))
    if table and table.main_association_id:
        words = f"The routeTable '{table.id}' has dependencies and cannot be deleted."
        raise RefusedError("DependencyViolation", words)


# --- ACLs -----------------------------------------------------------------------------------------------------------------


def acl_entry(form: dict[str, str]) -> dict[str, str]:
    """An entry's parameters without what its protocol has not got."""
    kind = form.get("Protocol", "")
    gone = [name for name, kinds in (("PortRange.", ("6", "17")), ("Icmp.", ("1", "58"))) if kind not in kinds]
    return {key: value for key, value in form.items() if not key.startswith(tuple(gone))}


def _change_entry(form: Form, ec2: Any) -> None:
    acl = ec2.network_acls.get(form.get("NetworkAclId", ""))
    if acl is None:
        raise RefusedError("InvalidNetworkAclID.NotFound", "The networkAcl ID does not exist")
    wanted = (form.get("RuleNumber"), form.get("Egress"))
    if wanted not in [(str(entry.rule_number), str(entry.egress).lower()) for entry in acl.network_acl_entries]:
        raise RefusedError("InvalidNetworkAclEntry.NotFound", f"There is no entry with the number {wanted[0]}")


def _furnish_acl(_form: Form, ec2: Any, body: bytes) -> bytes:
    """An ACL denies what no entry lets through, by two entries that it always has."""
    found = _ACL_ID.search(body)
    acl = ec2.network_acls[found[1].decode()] if found else None
    if acl and not acl.network_acl_entries:
        nothing = dict.fromkeys(("icmp_code", "icmp_type", "port_range_from", "port_range_to", "ipv6_cidr_block"))
        for egress in (True, False):
            ec2.create_network_acl_entry(acl.id, 32767, "-1", "deny", egress, "0.0.0.0/0", **nothing)
    return body


def _keep_icmp(form: Form, ec2: Any, body: bytes) -> bytes:
    """The type and code of ICMP, which moto looks for under other names than it is given."""
    for entry in ec2.network_acls[form["NetworkAclId"]].network_acl_entries:
        if (str(entry.rule_number), str(entry.egress).lower()) == (form["RuleNumber"], form["Egress"]):
            entry.icmp_code, entry.icmp_type = form.get("Icmp.Code"), form.get("Icmp.Type")
    return body


# --- rules of security groups ---------------------------------------------------------------------------------------------


def _describe_rules(form: Form, ec2: Any, body: bytes) -> bytes:
    """Descriptions by the ids of rules, which moto does not know."""
    for key, rule_id in form.items():
        if found := _DESCRIPTION.fullmatch(key):
            for rule in _rules(ec2):
                if rule.id == rule_id:
                    _describe(rule, form.get(f"{found[1]}.Description", ""))
    return body


def _keep_descriptions(_form: Form, ec2: Any, body: bytes) -> bytes:
    """moto shows the description of a rule by its id only where its far end is a range."""
    for rule in _rules(ec2):
        if rule.source_group.get("Description"):
            _describe(rule, rule.source_group["Description"])
    return body


def _describe(rule: Any, text: str) -> None:
    for end in (rule.ip_range, *([rule.source_group] if rule.source_group else [])):
        end["Description"] = text
        if not text:
            del end["Description"]


def _rules(ec2: Any) -> list[Any]:
    groups = [group for inside in ec2.groups.values() for group in inside.values()]
    return [rule for group in groups for rule in (*group.ingress_rules, *group.egress_rules)]


REFUSALS: Mapping[str, Callable[[Form, Any], None]] = {
    "AssociateRouteTable": _associate,
    "CreateRoute": _create_route,
    "DeleteNetworkAclEntry": _change_entry,
    "DeleteRouteTable": _delete_table,
    "ReplaceNetworkAclEntry": _change_entry,
    "ReplaceRoute": _replace_route,
}
PREPARATIONS: Mapping[str, Callable[[dict[str, str]], dict[str, str]]] = {
    "CreateNetworkAclEntry": acl_entry,
    "ReplaceNetworkAclEntry": acl_entry,
}
SETTLEMENTS: Mapping[str, Callable[[Form, Any, bytes], bytes]] = {
    "AuthorizeSecurityGroupEgress": _keep_descriptions,
    "AuthorizeSecurityGroupIngress": _keep_descriptions,
    "CreateNetworkAcl": _furnish_acl,
    "CreateNetworkAclEntry": _keep_icmp,
    "ReplaceNetworkAclEntry": _keep_icmp,
    "UpdateSecurityGroupRuleDescriptionsEgress": _describe_rules,
    "UpdateSecurityGroupRuleDescriptionsIngress": _describe_rules,
}
