"""Tables of security-group rules that are entries of their own: SecurityGroupIngress, SecurityGroupEgress. Data and hooks,
no request."""

from __future__ import annotations

from collections.abc import Callable

from providers.aws.table import Bulk, Call, Table
from providers.aws.terms import Frame
from providers.aws.types import ec2_refusals, ec2_rules
from providers.aws.types.ec2_rules import EGRESS, INGRESS, Direction
from providers.aws.words import idents, same, was
from provisioner.model.place import Place
from provisioner.model.resource_type import Effect, EffectKind
from provisioner.model.value import Map, Value

_MEANING = ("IpProtocol", "FromPort", "ToPort", "CidrIp", "CidrIpv6")


def _ends(direction: Direction) -> tuple[str, ...]:
    owner = ("SourceSecurityGroupOwnerId",) if direction is INGRESS else ()
    return (f"{direction.far}SecurityGroupId", f"{direction.far}PrefixListId", *owner)


def _rules(direction: Direction) -> Callable[[Map], Value]:
    """The rules of one direction out of an answer, as CloudFormation writes them."""

    def listed(answer: Map) -> Value:
        found = answer.get("SecurityGroupRules", ())
        return tuple(_rule(item, direction) for item in found if item.get("IsEgress", False) is (direction is EGRESS))

    return listed


def _rule(item: Map, direction: Direction) -> Map:
    group = item.get("ReferencedGroupInfo", Map())
    rule = {
        **{
            name: item[name] for name in ("IpProtocol", "FromPort", "ToPort", "CidrIpv6", "Description") if name in item
        },
        "CidrIp": item.get("CidrIpv4"),
        f"{direction.far}SecurityGroupId": group.get("GroupId"),
        f"{direction.far}PrefixListId": item.get("PrefixListId"),
        **({"SourceSecurityGroupOwnerId": group.get("UserId")} if direction is INGRESS else {}),
    }
    plain = ec2_rules.canonical_rule(rule, str(item.get("GroupOwnerId", "")))
    assert isinstance(plain, Map)
    return Map({**plain, "Id": item["SecurityGroupRuleId"], "GroupId": item["GroupId"]})


def _canonical(body: Map, place: Place) -> Map:
    rule = ec2_rules.canonical_rule(body, place.account)
    assert isinstance(rule, Map)
    return rule


def _described(frame: Frame) -> Value:
    rule = {"SecurityGroupRuleId": frame.identity["Id"]}
    text = frame.want.get("Description")
    return (Map({**rule, "Description": text} if text else rule),)


def _entry(direction: Direction) -> Table:
    properties = (*_MEANING, *_ends(direction))

    def permission(frame: Frame) -> Value:
        return ec2_rules.permissions((frame.want,), direction)

    def first(answer: Map) -> Value:
        rules = _rules(direction)(answer)
        return rules[0] if isinstance(rules, tuple) and rules else Map()

    return Table(
        f"AWS::EC2::{direction.property}",
        create=Call(
            f"AuthorizeSecurityGroup{direction.ending}",
            {**same("GroupId"), "IpPermissions": permission},
            sets=("GroupId", *properties, "Description"),
        ),
        answer=first,
        updates=(
            Call(
                f"UpdateSecurityGroupRuleDescriptions{direction.ending}",
                {"GroupId": was("GroupId"), "SecurityGroupRuleDescriptions": _described},
                sets=("Description",),
            ),
        ),
        delete=Call(
            f"RevokeSecurityGroup{direction.ending}",
            {"GroupId": was("GroupId"), "SecurityGroupRuleIds": idents("Id")},
        ),
        refuses=(ec2_refusals.rule,),
        bulk=Bulk(
            "DescribeSecurityGroupRules",
            _rules(direction),
            by_id=("security-group-rule-id", "Id"),
            by_parent="group-id",
            by_name={"group-id": "GroupId"},
            alike=properties,
        ),
        body=same("Id", "GroupId", *properties, "Description"),
        canonical=_canonical,
        widened={"IpProtocol": {"pattern": "^(-1|[0-9]{1,3}|[A-Za-z]{2,5}6?)$"}},
        required=("GroupId",),  # a group's name was enough in EC2-Classic, and is in default networks
        parent="GroupId",
        effects=tuple(Effect((name,), EffectKind.REPLACE) for name in ("GroupId", *properties)),
        defaults={"Description": ""},
    )


TABLES = (_entry(INGRESS), _entry(EGRESS))
