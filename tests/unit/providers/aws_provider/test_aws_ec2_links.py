"""What EC2's links are called, how they are found, what is waited for, and what is refused of them."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from aws_rig import ACCOUNT, ATTACHMENT, EIP, GATEWAY, GROUP, SUBNET, TOKEN, VPC, Aws, answering

from providers.aws.types import table_of
from providers.kit.server import Response
from provisioner.model.change import Diff
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.resource import Observed
from provisioner.model.value import ABSENT, Map, freeze, thaw
from provisioner.protocols.provider import Ask, Done, Pending

TABLE, ROUTE, ASSOCIATION = "AWS::EC2::RouteTable", "AWS::EC2::Route", "AWS::EC2::SubnetRouteTableAssociation"
ACL, ENTRY, INGRESS = "AWS::EC2::NetworkAcl", "AWS::EC2::NetworkAclEntry", "AWS::EC2::SecurityGroupIngress"
NAT, PLACED, PEERING = "AWS::EC2::NatGateway", "AWS::EC2::EIPAssociation", "AWS::EC2::VPCPeeringConnection"
OPTIONS, ENDPOINT, LOG = "AWS::EC2::DHCPOptions", "AWS::EC2::VPCEndpoint", "AWS::EC2::FlowLog"


def made(aws: Aws, kind: str, body: dict[str, Any]) -> str:
    """As ``Aws.made``, through waits too."""
    want = aws.want(kind, body)
    result: Done | Pending = aws.provider.create(want, TOKEN)
    while isinstance(result, Pending):
        result = aws.provider.advance(result, None, want, Diff(), TOKEN)
    return result.identity


@pytest.fixture
def vpc(aws: Aws) -> str:
    return aws.made(VPC, {"CidrBlock": "10.0.0.0/16"})


# --- identities -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("destination", "named"),
    [
        ({"DestinationCidrBlock": "10.1.2.3/8"}, "rtb-1|10.0.0.0/8"),
        ({"DestinationIpv6CidrBlock": "2001:DB8:0::/32"}, "rtb-1|2001:db8::/32"),
        ({"DestinationPrefixListId": "pl-1"}, "rtb-1|pl-1"),
        ({}, None),
    ],
)
def test_a_route_is_called_by_its_destination(aws: Aws, destination: dict[str, str], named: str | None) -> None:
    assert aws.want(ROUTE, {"RouteTableId": "rtb-1", "GatewayId": "igw-1", **destination}).identity == named


def test_an_entry_is_called_by_its_number(aws: Aws) -> None:
    body = {"NetworkAclId": "acl-1", "RuleNumber": 100, "Protocol": -1, "RuleAction": "ALLOW"}
    want = aws.want(ENTRY, body)
    assert (want.identity, want.body["RuleAction"]) == ("acl-1|false|100", "allow")
    assert aws.want(ENTRY, body | {"Egress": True}).identity == "acl-1|true|100"


# --- what one item of an answer holds -------------------------------------------------------------------------------------


def test_of_a_table_only_what_was_asked_for_is_found(aws: Aws, vpc: str) -> None:
    table, gateway = aws.made(TABLE, {"VpcId": vpc}), aws.made(GATEWAY, {})
    aws.made(ATTACHMENT, {"VpcId": vpc, "InternetGatewayId": gateway})
    ranges = ("10.1.0.0/16", "10.2.0.0/16")
    routes = [
        aws.made(ROUTE, {"RouteTableId": table, "DestinationCidrBlock": each, "GatewayId": gateway}) for each in ranges
    ]
    subnets = [aws.made(SUBNET, {"VpcId": vpc, "CidrBlock": f"10.0.{at}.0/24"}) for at in range(2)]
    uses = [aws.made(ASSOCIATION, {"RouteTableId": table, "SubnetId": each}) for each in subnets]
    aws.calls()
    assert [each.identity for each in aws.look(ROUTE, identities=(routes[1],))[0]] == [routes[1]]
    assert [each.identity for each in aws.look(ASSOCIATION, identities=(uses[1],))[0]] == [uses[1]]
    wanted = aws.want(ASSOCIATION, {"RouteTableId": "rtb-other", "SubnetId": subnets[1]})
    assert [each.identity for each in aws.look(ASSOCIATION, want=wanted)[0]] == [uses[1]]
    assert sorted(each.identity for each in aws.look(ROUTE, parents=(table,))[0]) == routes  # without the local one
    assert set(aws.calls()) == {"DescribeRouteTables"}


def test_a_route_that_a_gateway_spreads_or_an_endpoint_has_is_nobodys_entry() -> None:
    table = table_of(ROUTE)
    assert table and table.bulk and callable(table.bulk.items)
    routes = [
        {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "Origin": "CreateRouteTable"},
        {"DestinationCidrBlock": "10.9.0.0/16", "GatewayId": "vgw-1", "Origin": "EnableVgwRoutePropagation"},
        {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1", "Origin": "CreateRoute"},
        {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "vpce-2", "Origin": "CreateRoute"},
    ]
    answer: Any = freeze({"RouteTables": [{"RouteTableId": "rtb-1", "Routes": routes}]})
    found: Any = table.bulk.items(answer)
    assert [(each["CidrBlock"], each["VpcEndpointId"]) for each in found] == [("0.0.0.0/0", "vpce-2")]
    assert "GatewayId" not in found[0]


@pytest.mark.parametrize(
    ("wanted", "filtered"),
    [
        ({"AllocationId": "eipalloc-1"}, ("allocation-id", ("eipalloc-1",))),
        ({"EIP": "198.18.0.1"}, ("public-ip", ("198.18.0.1",))),
        ({}, None),
    ],
)
def test_a_place_of_an_address_is_looked_for_by_whichever_name_it_has(aws: Aws, wanted: Any, filtered: Any) -> None:
    reads = aws.provider.reads(
        Ask(aws.place(), PLACED, want=aws.want(PLACED, {"NetworkInterfaceId": "eni-1", **wanted}))
    )
    assert [read.arguments["filters"] for read in reads] == ([(filtered,)] if filtered else [])
    assert [read.arguments["alike"] for read in reads] == ([Map(NetworkInterfaceId="eni-1")] if filtered else [])


def test_a_rule_is_found_again_by_what_it_says(aws: Aws, vpc: str) -> None:
    group = aws.made(GROUP, {"VpcId": vpc, "GroupDescription": "web"})
    rule = {"GroupId": group, "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/8"}
    ids = [aws.made(INGRESS, rule | {"CidrIp": each}) for each in ("10.0.0.0/8", "192.0.2.0/24")]
    assert [each.identity for each in aws.look(INGRESS, want=aws.want(INGRESS, rule))[0]] == [ids[0]]
    assert aws.look(INGRESS, want=aws.want(INGRESS, rule | {"ToPort": 444}))[0] == []


# --- programs -------------------------------------------------------------------------------------------------------------


def test_one_accepts_ones_own_request_and_nobody_elses(aws: Aws, vpc: str) -> None:
    other = aws.made(VPC, {"CidrBlock": "10.1.0.0/16"})
    aws.calls()
    made(aws, PEERING, {"VpcId": vpc, "PeerVpcId": other})
    accept = "AcceptVpcPeeringConnection"
    look = "DescribeVpcPeeringConnections"
    assert aws.calls() == ["CreateVpcPeeringConnection", look, accept, look]
    table = table_of(PEERING)
    assert table and table.updates[0].operation == accept
    place = aws.place()
    for asked in ({"PeerOwnerId": "999999999999"}, {"PeerRegion": "us-west-2"}):
        from providers.aws.terms import Frame

        assert not table.updates[0].when(Frame(place, want=Map(asked)))


@pytest.mark.parametrize(("status", "leads"), [("active", "vpc-2"), ("pending-acceptance", ABSENT)])
def test_a_request_that_is_not_accepted_leads_nowhere(status: str, leads: Any) -> None:
    table = table_of(PEERING)
    assert table and callable(table.body["PeerVpcId"])
    ours = {"OwnerId": ACCOUNT, "Region": "eu-west-1", "VpcId": "vpc-2"}
    item: Any = freeze(
        {"AccepterVpcInfo": ours, "RequesterVpcInfo": {**ours, "VpcId": "vpc-1"}, "Status": {"Code": status}}
    )
    assert table.body["PeerVpcId"](item) == leads
    theirs: Any = freeze({**item, "AccepterVpcInfo": {**ours, "OwnerId": "999999999999"}})
    assert table.body["PeerVpcId"](theirs) == "vpc-2"


def test_a_gateway_is_waited_for_in_both_directions(aws: Aws, vpc: str) -> None:
    subnet, address = aws.made(SUBNET, {"VpcId": vpc, "CidrBlock": "10.0.0.0/24"}), aws.made(EIP, {})
    aws.calls()
    gateway = made(aws, NAT, {"SubnetId": subnet, "AllocationId": address.partition("|")[2]})
    have = aws.one(NAT, gateway)
    result = aws.provider.delete(have, TOKEN)
    assert isinstance(result, Pending) and not result.writes
    assert isinstance(aws.provider.advance(result, have, None, Diff(), TOKEN), Done)
    look = "DescribeNatGateways"
    assert aws.calls() == ["CreateNatGateway", look, look, "DeleteNatGateway", look]
    assert aws.look(NAT, identities=(gateway,)) == ([], [])


def test_what_ec2_could_not_do_of_several_is_an_error() -> None:
    failed = "<item><resourceId>fl-1</resourceId><error><code>InvalidFlowLogId.NotFound</code><message>no</message></error></item>"
    space = "http://ec2.amazonaws.com/doc/2016-11-15/"
    text = f'<DeleteFlowLogsResponse xmlns="{space}"><unsuccessful>{failed}</unsuccessful></DeleteFlowLogsResponse>'
    with answering(Response(200, text.encode(), {"Content-Type": "text/xml"})) as aws:
        done = aws.provider.delete(Observed(LOG, aws.place(), "fl-1"), TOKEN)
        assert isinstance(done, Done) and done.missing
    with answering(Response(200, text.replace("InvalidFlowLogId.NotFound", "Other").encode(), {})) as aws:
        with pytest.raises(ProviderError) as caught:
            aws.provider.delete(Observed(LOG, aws.place(), "fl-1"), TOKEN)
        assert (caught.value.fault, caught.value.code) == (Fault.INVALID, "Other")


def test_a_route_waits_for_what_nothing_in_it_names(aws: Aws, vpc: str) -> None:
    table, gateway = aws.made(TABLE, {"VpcId": vpc}), aws.made(GATEWAY, {})
    want = aws.want(ROUTE, {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway})
    with pytest.raises(ProviderError) as caught:
        aws.provider.create(want, TOKEN)
    assert caught.value.fault is Fault.NOT_READY


def test_an_interface_gets_names_of_its_own_only_when_it_is_asked_for_them(aws: Aws) -> None:
    from providers.aws.terms import Frame

    table = table_of(ENDPOINT)
    assert table

    def sent(**want: Any) -> Any:
        return table.create.parameters(Frame(aws.place(), want=Map(want), token=TOKEN)).get("PrivateDnsEnabled", ABSENT)

    assert sent(VpcEndpointType="Interface") is False
    assert sent(VpcEndpointType="Interface", PrivateDnsEnabled=True) is True
    assert sent(VpcEndpointType="Gateway") is ABSENT


# --- what has to be there --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "body", "right"),
    [
        (ROUTE, {"RouteTableId": "rtb-1", "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}, True),
        (ROUTE, {"RouteTableId": "rtb-1", "GatewayId": "igw-1"}, False),
        (
            ROUTE,
            {"RouteTableId": "r", "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "i", "NatGatewayId": "n"},
            False,
        ),
        (PLACED, {"AllocationId": "eipalloc-1", "InstanceId": "i-1"}, True),
        (PLACED, {"AllocationId": "eipalloc-1", "EIP": "198.18.0.1", "InstanceId": "i-1"}, False),
        (PLACED, {"AllocationId": "eipalloc-1"}, False),
        (OPTIONS, {"DomainName": "one.example", "NtpServers": ["10.0.0.1"]}, True),
        (OPTIONS, {}, False),
        (NAT, {"AllocationId": "eipalloc-1"}, False),
        (
            ENTRY,
            {"NetworkAclId": "a", "RuleNumber": 32767, "Protocol": -1, "RuleAction": "deny", "CidrBlock": "::/0"},
            False,
        ),
    ],
)
def test_what_an_entry_has_to_say(aws: Aws, kind: str, body: dict[str, Any], right: bool) -> None:
    schema = thaw(aws.provider.resource_type(kind).schema)
    assert jsonschema_rs.Draft202012Validator(schema).is_valid(body) is right
