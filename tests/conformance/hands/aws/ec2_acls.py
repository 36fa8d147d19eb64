"""EC2's network ACLs and single rules through plain boto3. What each network and each ACL has by itself is left out."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients, found
from tests.conformance.hands.base import Found


def _revoke(direction: str) -> Call:
    arguments = {"GroupId": "{GroupId}", "SecurityGroupRuleIds": ["{SecurityGroupRuleId}"]}
    return Call(f"ec2.revoke_security_group_{direction}", arguments)


REMOVALS = {
    "AWS::EC2::NetworkAcl": Call("ec2.delete_network_acl", {"NetworkAclId": "{NetworkAclId}"}),
    "AWS::EC2::NetworkAclEntry": Call(
        "ec2.delete_network_acl_entry", {"NetworkAclId": "{NetworkAclId}", "RuleNumber": 100, "Egress": False}
    ),
    "AWS::EC2::SecurityGroupIngress": _revoke("ingress"),
    "AWS::EC2::SecurityGroupEgress": _revoke("egress"),
}


def inventory(clients: Clients, types: Collection[str]) -> Iterator[Found]:
    """ACLs and their entries; rules where they are entries of their own and not inside their group."""
    for item in clients.all("ec2", "describe_network_acls", "NetworkAcls"):
        if not item["IsDefault"]:
            yield found("AWS::EC2::NetworkAcl", item["NetworkAclId"], {**item, "Entries": []})
            yield from (_entry(item["NetworkAclId"], each) for each in item["Entries"] if each["RuleNumber"] < 32767)
    for item in clients.all("ec2", "describe_security_group_rules", "SecurityGroupRules"):
        kind = f"AWS::EC2::SecurityGroup{'Egress' if item['IsEgress'] else 'Ingress'}"
        by_itself = item["IsEgress"] and item["IpProtocol"] == "-1" and item.get("CidrIpv4") == "0.0.0.0/0"
        if kind in types and not by_itself:
            yield found(kind, item["SecurityGroupRuleId"], item)


def _entry(acl: str, item: dict[str, Any]) -> Found:
    identity = f"{acl}|{str(item['Egress']).lower()}|{item['RuleNumber']}"
    return Found("AWS::EC2::NetworkAclEntry", identity, identity, {}, {"NetworkAclId": acl, **item})
