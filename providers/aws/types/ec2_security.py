"""The table of EC2's SecurityGroup with its rules inline, as CloudFormation has them. Data and hooks, no request.

Without ``SecurityGroupEgress`` the rule that AWS gives every new group stays; with it, the list is all there is.
"""

from __future__ import annotations

from collections.abc import Callable

from providers.aws.table import Bulk, Call, Table
from providers.aws.terms import Frame
from providers.aws.types import ec2_refusals, ec2_rules, ec2_tags
from providers.aws.types.ec2_rules import ALL_OUT, ALL_OUT_V6, EGRESS, INGRESS, Direction, Moves
from providers.aws.words import ident, same
from provisioner.model.place import Place
from provisioner.model.resource_type import Entered, Equality, Sameness
from provisioner.model.value import Map, Value

_MOST_RULES = 60  # AWS's default for one direction; beyond it what goes has to go before what comes


def _moves(frame: Frame, direction: Direction) -> Moves:
    name = direction.property
    return ec2_rules.moves(frame.have.get(name), frame.want.get(name), frame.place.account)


def _rule_call(operation: str, direction: Direction, part: str, only: Callable[[Frame], bool], label: str = "") -> Call:
    def rules(frame: Frame) -> Value:
        return ec2_rules.permissions(getattr(_moves(frame, direction), part), direction)

    return Call(
        f"{operation}{direction.ending}",
        {"GroupId": ident("Id"), "IpPermissions": rules},
        sets=(direction.property,),
        when=lambda frame: only(frame) and bool(rules(frame)),
        label=label,
    )


def _rule_calls(direction: Direction) -> tuple[Call, ...]:
    """What comes is opened before what goes is closed, so that traffic allowed by both is never cut."""

    def crowded(frame: Frame) -> bool:
        before = frame.have.get(direction.property) or ()
        return len(before) + len(_moves(frame, direction).added) > _MOST_RULES

    def roomy(frame: Frame) -> bool:
        return not crowded(frame)

    def always(_frame: Frame) -> bool:
        return True

    return (
        _rule_call("RevokeSecurityGroup", direction, "removed", crowded, label=f"{direction.property}.before"),
        _rule_call("AuthorizeSecurityGroup", direction, "added", always),
        _rule_call("UpdateSecurityGroupRuleDescriptions", direction, "described", always),
        _rule_call("RevokeSecurityGroup", direction, "removed", roomy),
    )


_REVOKE_IPV6_DEFAULT = Call(
    "RevokeSecurityGroupEgress",
    {"GroupId": ident("Id"), "IpPermissions": lambda _frame: ec2_rules.permissions((ALL_OUT_V6,), EGRESS)},
    sets=(EGRESS.property,),
    # Only a VPC with IPv6 gives this rule, and nothing that we have been told says whether this one does.
    when=lambda frame: frame.new,
    even_default=True,
    tolerates=("InvalidPermission.NotFound",),
    label=f"{EGRESS.property}.ipv6-default",
)


def _name(frame: Frame) -> Value:
    """EC2 wants a name. Where the blueprint gives none, one that no other generation of the object has."""
    return frame.want.get("GroupName") or f"orch-{frame.owner.tag if frame.owner else frame.token}"


def _canonical(body: Map, place: Place) -> Map:
    rules = {
        direction.property: ec2_rules.canonical(body[direction.property], place.account)
        for direction in (INGRESS, EGRESS)
        if direction.property in body
    }
    return Map({**body, **rules}) if rules else body


SECURITY_GROUP = Table(
    "AWS::EC2::SecurityGroup",
    create=Call(
        "CreateSecurityGroup",
        same("VpcId") | {"Description": "GroupDescription", "GroupName": _name} | ec2_tags.in_create("security-group"),
        sets=("GroupName", "GroupDescription", "VpcId"),
    ),
    updates=(*_rule_calls(INGRESS), _REVOKE_IPV6_DEFAULT, *_rule_calls(EGRESS)),
    tags=ec2_tags.calls("Id"),
    delete=Call("DeleteSecurityGroup", {"GroupId": ident("Id")}),
    bulk=Bulk(
        "DescribeSecurityGroups",
        "SecurityGroups",
        by_id=("group-id", "Id"),
        by_parent="vpc-id",
        by_name={"vpc-id": "VpcId", "group-name": "GroupName"},
        by_tag=True,
    ),
    body={"Id": "GroupId", "GroupDescription": "Description"}
    | same("GroupId", "GroupName", "VpcId", "Tags")
    | {
        INGRESS.property: lambda group: ec2_rules.flattened(group, INGRESS),
        EGRESS.property: lambda group: ec2_rules.flattened(group, EGRESS),
    },
    derive=lambda body, _place: {"GroupId": body["Id"]},
    canonical=_canonical,
    equalities=tuple(Equality((each.property,), Sameness.SET, "Description") for each in (INGRESS, EGRESS)),
    parent="VpcId",
    unsupported=((INGRESS.property, "*", "SourceSecurityGroupName"),),  # EC2-Classic's; AWS gives back the id
    refuses=(ec2_refusals.group_name, ec2_refusals.rules),
    defaults={INGRESS.property: (), EGRESS.property: (ALL_OUT,)},
    unique=((("VpcId",), ("GroupName",)),),
    # A group without rules of its own leaves them to entries of these types; one with rules has no others.
    entered=tuple(Entered((each.property,), f"AWS::EC2::{each.property}", "GroupId") for each in (INGRESS, EGRESS)),
)

TABLES = (SECURITY_GROUP,)
