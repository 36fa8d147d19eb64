"""Security-group rules: one canonical form, compared by meaning, changed by as few calls as possible."""

from __future__ import annotations

from typing import Any

import pytest
from aws_rig import ACCOUNT, GROUP, VPC, Aws
from hypothesis import given
from hypothesis import strategies as st

from providers.aws.types import ec2_rules
from providers.aws.types.ec2_rules import ALL_OUT, EGRESS, INGRESS
from provisioner.model.value import Interpolation, Map, Reference, freeze

WEB = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}
SSH = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "10.0.0.0/8", "Description": "office"}


def canonical(*rules: dict[str, Any]) -> Any:
    return ec2_rules.canonical(freeze(rules), ACCOUNT)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (WEB | {"IpProtocol": "6"}, WEB),
        (WEB | {"IpProtocol": "TCP"}, WEB),
        (SSH | {"CidrIp": "10.1.2.3/8"}, SSH),
        (WEB | {"Description": ""}, WEB),
        (WEB | {"Description": None}, WEB),
        ({"IpProtocol": "-1", "FromPort": 0, "ToPort": 0, "CidrIp": "0.0.0.0/0"}, dict(ALL_OUT)),
        ({"IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "CidrIp": "0.0.0.0/0"}, dict(ALL_OUT)),
        (
            {"IpProtocol": "50", "FromPort": 1, "ToPort": 2, "CidrIp": "1.1.1.1/32"},
            {"IpProtocol": "50", "CidrIp": "1.1.1.1/32"},
        ),
        (
            {"IpProtocol": "1", "CidrIp": "1.1.1.1/32"},
            {"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1, "CidrIp": "1.1.1.1/32"},
        ),
        (
            {"IpProtocol": "icmpv6", "FromPort": 128, "ToPort": 0, "CidrIpv6": "2001:DB8:0:0::/64"},
            {"IpProtocol": "icmpv6", "FromPort": 128, "ToPort": 0, "CidrIpv6": "2001:db8::/64"},
        ),
        (
            {"IpProtocol": "-1", "SourceSecurityGroupId": "sg-1", "SourceSecurityGroupOwnerId": ACCOUNT},
            {"IpProtocol": "-1", "SourceSecurityGroupId": "sg-1"},
        ),
        (
            {"IpProtocol": "-1", "SourceSecurityGroupId": "sg-1", "SourceSecurityGroupOwnerId": "999999999999"},
            {"IpProtocol": "-1", "SourceSecurityGroupId": "sg-1", "SourceSecurityGroupOwnerId": "999999999999"},
        ),
    ],
)
def test_canonical(written: dict[str, Any], meant: dict[str, Any]) -> None:
    assert canonical(written) == (meant,)


def test_a_rule_written_twice_is_one_rule() -> None:
    assert canonical(WEB, WEB | {"IpProtocol": "6"}) == (WEB,)


def test_rules_that_differ_in_their_description_alone_are_one_rule() -> None:
    """EC2 has one description for one permission, and refuses a call that names a permission twice."""
    assert canonical(SSH, SSH | {"Description": "home"}, WEB) == (SSH, WEB)


def test_references_stay() -> None:
    reference = Reference("ip", ("PublicIp",))
    rule = Map(WEB | {"CidrIp": Interpolation((reference, "/32"))})
    assert ec2_rules.canonical((rule,), ACCOUNT) == (rule,)
    assert ec2_rules.canonical(reference, ACCOUNT) is reference


PORTS = st.sampled_from([{}, {"FromPort": 1, "ToPort": 9}, {"FromPort": 22, "ToPort": 22}])
FAR = st.sampled_from(
    [
        {"CidrIp": "10.0.0.0/8"},
        {"CidrIpv6": "::/0"},
        {"SourceSecurityGroupId": "sg-1"},
        {"SourceSecurityGroupId": "sg-1", "SourceSecurityGroupOwnerId": "999999999999"},
        {"SourcePrefixListId": "pl-1"},
    ]
)
SAID = st.sampled_from([{}, {"Description": "x"}])
RULE = st.builds(
    lambda protocol, ports, far, said: {"IpProtocol": protocol, **ports, **far, **said},
    st.sampled_from(["tcp", "udp", "icmp", "-1", "50"]),
    PORTS,
    FAR,
    SAID,
)
RULES = st.lists(RULE, max_size=6, unique_by=lambda rule: ec2_rules._meaning(canonical(rule)[0]))


def describe(rules: Any, direction: Any) -> Any:
    """The permissions as EC2 groups them: one per protocol and ports, with all far ends in it."""
    grouped: dict[Any, dict[str, Any]] = {}
    for permission in ec2_rules.permissions(rules, direction):
        key = tuple(permission.get(name) for name in ("IpProtocol", "FromPort", "ToPort"))
        into = grouped.setdefault(key, {k: v for k, v in permission.items() if not isinstance(v, tuple)})
        for name, value in permission.items():
            if isinstance(value, tuple):
                into[name] = (*into.get(name, ()), *value)
    return freeze({direction.field: list(grouped.values()), "OwnerId": ACCOUNT})


@given(RULES)
def test_grouped_permissions_flatten_back_to_the_same_rules(rules: list[dict[str, Any]]) -> None:
    wanted = canonical(*rules)
    assert set(ec2_rules.flattened(describe(wanted, INGRESS), INGRESS)) == set(wanted)
    assert canonical(*wanted) == wanted


@given(RULES, RULES)
def test_moves_lead_from_one_set_to_the_other(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    have, want = canonical(*before), canonical(*after)
    moves = ec2_rules.moves(have, want, ACCOUNT)
    meaning = ec2_rules._meaning
    reached = {meaning(rule): rule for rule in have if rule not in moves.removed}
    reached |= {meaning(rule): rule for rule in (*moves.added, *moves.described)}
    assert set(reached) == {meaning(rule) for rule in want}
    assert all("Description" not in rule or reached[meaning(rule)] == rule for rule in want)


# --- over HTTP --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def vpc(aws: Aws) -> str:
    return aws.made(VPC, {"CidrBlock": "10.0.0.0/16"})


def group(vpc: str, **more: Any) -> dict[str, Any]:
    return {"VpcId": vpc, "GroupDescription": "d", **more}


def test_egress_is_left_alone_unless_it_is_given(aws: Aws, vpc: str) -> None:
    want, done = aws.create(GROUP, group(vpc, SecurityGroupIngress=[WEB, SSH]))
    assert aws.calls()[-2:] == ["CreateSecurityGroup", "AuthorizeSecurityGroupIngress"]
    have = aws.one(GROUP, done.identity)
    assert set(have.body["SecurityGroupIngress"]) == set(canonical(WEB, SSH))
    assert have.body["SecurityGroupEgress"] == (ALL_OUT,)
    assert not aws.diff(want, have)


@pytest.mark.parametrize(
    "egress",
    [
        [],
        [dict(ALL_OUT)],
        [dict(ALL_OUT) | {"Description": "everything"}],
        [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/8"}],
        [{"IpProtocol": "-1", "CidrIpv6": "::/0"}],
        [dict(ALL_OUT), {"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "CidrIp": "10.0.0.2/32"}],
    ],
)
def test_egress_is_exactly_what_is_given(aws: Aws, vpc: str, egress: list[dict[str, Any]]) -> None:
    want, done = aws.create(GROUP, group(vpc, SecurityGroupEgress=egress))
    have = aws.one(GROUP, done.identity)
    assert set(have.body["SecurityGroupEgress"]) == set(canonical(*egress))
    assert not aws.diff(want, have)
    assert done.attributes["GroupId"] == done.identity


def test_every_kind_of_far_end(aws: Aws, vpc: str) -> None:
    other = aws.made(GROUP, group(vpc))
    rules = [
        WEB,
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIpv6": "2001:db8::/32"},
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "SourceSecurityGroupId": other, "Description": "peers"},
        {"IpProtocol": "-1", "SourcePrefixListId": "pl-12345678"},
        {"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, "CidrIp": "10.0.0.0/8"},
    ]
    out = [{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "DestinationSecurityGroupId": other}]
    want, done = aws.create(GROUP, group(vpc, SecurityGroupIngress=rules, SecurityGroupEgress=out))
    have = aws.one(GROUP, done.identity)
    assert set(have.body["SecurityGroupIngress"]) == set(canonical(*rules))
    assert set(have.body["SecurityGroupEgress"]) == set(canonical(*out))
    assert not aws.diff(want, have)


def changed(aws: Aws, vpc: str, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[str]:
    want, done = aws.create(GROUP, group(vpc, SecurityGroupIngress=before))
    wanted = aws.again(want, SecurityGroupIngress=freeze(after))
    have = aws.one(GROUP, done.identity)
    aws.calls()
    aws.update(have, wanted)
    calls = aws.calls()
    assert set(aws.one(GROUP, done.identity).body["SecurityGroupIngress"]) == set(canonical(*after))
    return calls


def test_rules_change_by_difference_opened_before_closed(aws: Aws, vpc: str) -> None:
    other = WEB | {"FromPort": 80, "ToPort": 80}
    assert changed(aws, vpc, [WEB, SSH], [SSH, other]) == [
        "AuthorizeSecurityGroupIngress",
        "RevokeSecurityGroupIngress",
    ]
    assert changed(aws, vpc, [WEB], []) == ["RevokeSecurityGroupIngress"]
    assert changed(aws, vpc, [], [WEB, SSH]) == ["AuthorizeSecurityGroupIngress"]


def test_another_description_closes_nothing(aws: Aws, vpc: str) -> None:
    assert changed(aws, vpc, [SSH, WEB], [SSH | {"Description": "home"}, WEB]) == [
        "UpdateSecurityGroupRuleDescriptionsIngress"
    ]


def test_a_full_group_is_closed_before_it_is_opened(aws: Aws, vpc: str) -> None:
    def rules(first: int) -> list[dict[str, Any]]:
        return [WEB | {"FromPort": port, "ToPort": port} for port in range(first, first + 31)]

    assert changed(aws, vpc, rules(1), rules(1001)) == ["RevokeSecurityGroupIngress", "AuthorizeSecurityGroupIngress"]


def test_rules_in_another_order_are_the_same_rules(aws: Aws, vpc: str) -> None:
    _, done = aws.create(GROUP, group(vpc, SecurityGroupIngress=[WEB, SSH]))
    want = aws.want(GROUP, group(vpc, SecurityGroupIngress=[SSH | {"CidrIp": "10.9.9.9/8"}, WEB | {"IpProtocol": "6"}]))
    assert not aws.diff(want, aws.one(GROUP, done.identity))


def test_a_rule_added_behind_our_back_is_one_edit(aws: Aws, vpc: str) -> None:
    want, done = aws.create(GROUP, group(vpc, SecurityGroupIngress=[SSH]))
    permission = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    aws.client("ec2").authorize_security_group_ingress(GroupId=done.identity, IpPermissions=[permission])
    have = aws.one(GROUP, done.identity)
    assert [edit.path for edit in aws.diff(want, have, want.body).edits] == [("SecurityGroupIngress",)]
    aws.update(have, want, want.body)
    assert not aws.diff(want, aws.one(GROUP, done.identity))


def test_removed_egress_goes_back_to_what_aws_gives(aws: Aws, vpc: str) -> None:
    want, done = aws.create(GROUP, group(vpc, SecurityGroupEgress=[WEB]))
    without = aws.again(want, SecurityGroupEgress=None)
    aws.update(aws.one(GROUP, done.identity), without, want.body)
    assert aws.one(GROUP, done.identity).body["SecurityGroupEgress"] == (ALL_OUT,)


def test_a_group_without_a_name_gets_one_of_its_own(aws: Aws, vpc: str) -> None:
    want, done = aws.create(GROUP, group(vpc))
    assert want.owner and aws.one(GROUP, done.identity).body["GroupName"] == f"orch-{want.owner.tag}"
    named, done = aws.create(GROUP, group(vpc, GroupName="web"))
    found, _ = aws.look(GROUP, want=named)
    assert [each.identity for each in found] == [done.identity]


def test_egress_has_its_own_words() -> None:
    rule = Map(IpProtocol="-1", DestinationPrefixListId="pl-1")
    assert ec2_rules.permissions((rule,), EGRESS) == (
        {"IpProtocol": "-1", "PrefixListIds": ({"PrefixListId": "pl-1"},)},
    )
