"""Reading: in bulk, in pages, by every kind of ask; and never taking what is denied for absent."""

from __future__ import annotations

from typing import Any

import pytest
from aws_rig import ATTACHMENT, BUCKET, EIP, GATEWAY, GROUP, LINEAGE, SUBNET, TOKEN, VPC, Aws, answering

from providers.kit.server import Response
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.resource import Resource
from provisioner.model.value import Map
from provisioner.protocols.provider import Ask

NET = {"CidrBlock": "10.0.0.0/16"}


def xml(operation: str, inside: str) -> Response:
    name = f"{operation}Response"
    space = "http://ec2.amazonaws.com/doc/2016-11-15/"
    text = f'<{name} xmlns="{space}"><requestId>r-1</requestId>{inside}</{name}>'
    return Response(200, text.encode(), {"Content-Type": "text/xml"})


def refusal(code: str, status: int = 403, **headers: str) -> Response:
    error = f"<Errors><Error><Code>{code}</Code><Message>no</Message></Error></Errors>"
    text = f"<Response>{error}<RequestID>r-9</RequestID></Response>"
    return Response(status, text.encode(), headers)


@pytest.fixture
def subnets(aws: Aws) -> tuple[str, str, list[str]]:
    """Two VPCs, the first with three subnets."""
    one, two = aws.made(VPC, NET), aws.made(VPC, NET)
    made = [aws.made(SUBNET, {"VpcId": one, "CidrBlock": f"10.0.{i}.0/24"}) for i in range(3)]
    aws.made(SUBNET, {"VpcId": two, "CidrBlock": "10.0.0.0/24"})
    aws.calls()
    return one, two, made


def test_many_identities_are_one_call_and_a_missing_one_spoils_nothing(
    aws: Aws, subnets: tuple[str, str, list[str]]
) -> None:
    _, _, made = subnets
    found, spots = aws.look(SUBNET, identities=(*made, "subnet-0123456789abcdef0", "nonsense"))
    assert sorted(each.identity for each in found) == sorted(made) and not spots
    assert aws.calls() == ["DescribeSubnets"]


def test_identities_are_asked_for_200_at_a_time(aws: Aws) -> None:
    reads = aws.provider.reads(Ask(aws.place(), SUBNET, identities=tuple(f"subnet-{i}" for i in range(450))))
    assert [len(read.arguments["filters"][0][1]) for read in reads] == [200, 200, 50]


def test_children_of_parents(aws: Aws, subnets: tuple[str, str, list[str]]) -> None:
    one, two, made = subnets
    found, _ = aws.look(SUBNET, parents=(one,))
    assert sorted(each.identity for each in found) == sorted(made)
    assert {each.parent for each in found} == {one}
    assert len(aws.look(SUBNET, parents=(one, two))[0]) == 4
    assert aws.provider.reads(Ask(aws.place(), EIP, parents=(one,))) == []


def test_by_lineage_and_by_owner(aws: Aws, subnets: tuple[str, str, list[str]]) -> None:
    want, done = aws.create(SUBNET, {"VpcId": subnets[0], "CidrBlock": "10.0.77.0/24"})
    aws.client("ec2").create_subnet(VpcId=subnets[0], CidrBlock="10.0.78.0/24")
    aws.calls()
    assert len(aws.look(SUBNET, lineage=LINEAGE)[0]) == 5
    assert aws.look(SUBNET, lineage="another")[0] == []
    assert [each.identity for each in aws.look(SUBNET, owner=want.owner)[0]] == [done.identity]
    assert set(aws.calls()) == {"DescribeSubnets"}
    assert len(aws.look(SUBNET)[0]) == 6


def test_what_cannot_be_tagged_answers_no_ask_by_tag(aws: Aws) -> None:
    assert aws.provider.reads(Ask(aws.place(), ATTACHMENT, lineage=LINEAGE)) == []
    assert aws.provider.reads(Ask(aws.place(), ATTACHMENT, owner=aws.want(VPC, NET).owner)) == []


def test_by_natural_key(aws: Aws, subnets: tuple[str, str, list[str]]) -> None:
    one, _, made = subnets
    want = aws.want(SUBNET, {"VpcId": one, "CidrBlock": "10.0.2.0/24"})
    assert [each.identity for each in aws.look(SUBNET, want=want)[0]] == [made[2]]
    aws.made(BUCKET, {"BucketName": "named"})
    raw = Resource("b", BUCKET, aws.place(), Map(BucketName="named"))
    assert [each.identity for each in aws.look(BUCKET, want=raw)[0]] == ["named"]
    assert aws.provider.reads(Ask(aws.place(), VPC, want=aws.want(VPC, NET))) == []
    assert aws.provider.reads(Ask(aws.place(), GROUP, want=aws.want(GROUP, {"GroupDescription": "d"}))) == []


def test_attachments_are_found_by_their_vpc(aws: Aws) -> None:
    vpc, gateway, idle = aws.made(VPC, NET), aws.made(GATEWAY, {}), aws.made(GATEWAY, {})
    identity = aws.made(ATTACHMENT, {"VpcId": vpc, "InternetGatewayId": gateway})
    for ask in ({"identities": (identity,)}, {"parents": (vpc,)}, {}):
        found, _ = aws.look(ATTACHMENT, **ask)
        assert [(each.identity, each.body["InternetGatewayId"]) for each in found] == [(identity, gateway)]
    assert idle in {each.identity for each in aws.look(GATEWAY)[0]}
    assert aws.look(ATTACHMENT, identities=("IGW|vpc-0123456789abcdef0",)) == ([], [])


def test_a_vpc_costs_two_more_calls(aws: Aws) -> None:
    made = aws.made(VPC, NET | {"EnableDnsHostnames": True})
    aws.calls()
    found, _ = aws.look(VPC, identities=(made,))
    assert aws.calls() == ["DescribeVpcs", "DescribeVpcAttribute", "DescribeVpcAttribute"]
    assert found[0].body["EnableDnsHostnames"] is True and found[0].body["EnableDnsSupport"] is True


def test_an_object_is_observed_only_when_its_last_read_is_in(aws: Aws) -> None:
    made = aws.made(VPC, NET)
    waiting = aws.provider.reads(Ask(aws.place(), VPC, identities=(made,)))
    observed: list[int] = []
    while waiting:
        result = aws.provider.read(waiting.pop())
        observed.append(len(result.observed))
        waiting += result.more
        assert result.request_id
    assert observed == [0, 0, 1]


def test_pages_are_followed() -> None:
    def page(name: str, token: str) -> Response:
        item = f"<subnetSet><item><subnetId>{name}</subnetId><vpcId>vpc-1</vpcId></item></subnetSet>"
        return xml("DescribeSubnets", item + token)

    with answering(page("subnet-1", "<nextToken>t2</nextToken>"), page("subnet-2", "")) as aws:
        first = aws.provider.reads(Ask(aws.place(), SUBNET, lineage="l"))[0]
        result = aws.provider.read(first)
        assert [each.identity for each in result.observed] == ["subnet-1"]
        (second,) = result.more
        assert second.arguments["page"] == "t2" and second.arguments["filters"] == first.arguments["filters"]
        result = aws.provider.read(second)
        assert [each.identity for each in result.observed] == ["subnet-2"] and not result.more


# --- buckets ----------------------------------------------------------------------------------------------------------------


def test_buckets_by_lineage_through_the_tagging_api(aws: Aws) -> None:
    want, done = aws.create(BUCKET, {"BucketName": "ours"})
    aws.client("s3").create_bucket(Bucket="theirs", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert [each.identity for each in aws.look(BUCKET, lineage=LINEAGE)[0]] == ["ours"]
    assert [each.identity for each in aws.look(BUCKET, owner=want.owner)[0]] == [done.identity]
    assert sorted(each.identity for each in aws.look(BUCKET)[0]) == ["ours", "theirs"]


def test_a_bucket_of_another_region_is_hidden_not_absent(aws: Aws) -> None:
    aws.made(BUCKET, {"BucketName": "faraway"}, aws.place("eu-west-1"))
    found, spots = aws.look(BUCKET, aws.place("us-east-1"), identities=("faraway",))
    assert not found and [(spot.identity, spot.path) for spot in spots] == [("faraway", ())]
    assert "eu-west-1" in spots[0].reason


def test_a_forbidden_bucket_exists_but_is_not_ours(aws: Aws) -> None:
    aws.made(BUCKET, {"BucketName": "secret"})
    aws.faults({"kind": "deny", "operation": "HeadBucket", "times": -1})
    found, spots = aws.look(BUCKET, identities=("secret",))
    assert not found and [(spot.identity, spot.type) for spot in spots] == [("secret", BUCKET)]
    assert spots[0].reason.startswith("denied: ")


def test_one_denied_property_is_a_blindspot_of_that_property(aws: Aws) -> None:
    aws.made(BUCKET, {"BucketName": "partly"})
    aws.faults({"kind": "deny", "operation": "GetBucketEncryption", "times": -1})
    found, spots = aws.look(BUCKET, identities=("partly",))
    assert [spot.path for spot in spots] == [("BucketEncryption",)] and spots[0].identity == "partly"
    assert "BucketEncryption" not in found[0].body and found[0].owner


def test_an_object_that_goes_away_while_it_is_read_is_absent(aws: Aws) -> None:
    made = aws.made(VPC, NET)
    result = aws.provider.read(aws.provider.reads(Ask(aws.place(), VPC, identities=(made,)))[0])
    aws.client("ec2").delete_vpc(VpcId=made)
    after = aws.provider.read(result.more[0])
    assert not after.observed and not after.more and not after.blindspots


# --- denied is never absent -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["UnauthorizedOperation", "AuthFailure", "AccessDenied"])
@pytest.mark.parametrize("ask", [{"identities": ("subnet-1",)}, {"lineage": "l"}, {}])
def test_a_denied_listing_is_a_blindspot(code: str, ask: dict[str, Any]) -> None:
    with answering(refusal(code)) as aws:
        found, spots = aws.look(SUBNET, **ask)
    assert not found
    assert [(spot.type, spot.code, spot.request_id) for spot in spots] == [(SUBNET, code, "r-9")]


@pytest.mark.parametrize(
    ("code", "status", "fault"),
    [("RequestLimitExceeded", 503, Fault.THROTTLED), ("InternalError", 500, Fault.TRANSIENT)],
)
def test_other_failures_are_raised(code: str, status: int, fault: Fault) -> None:
    with answering(refusal(code, status)) as aws, pytest.raises(ProviderError) as caught:
        aws.look(SUBNET, identities=("subnet-1",))
    assert caught.value.fault is fault


def test_not_found_is_nothing() -> None:
    with answering(refusal("InvalidSubnetID.NotFound", 400)) as aws:
        assert aws.look(SUBNET, identities=("subnet-1",)) == ([], [])


def test_foreign_tags_are_not_ours_to_manage() -> None:
    tags = "".join(
        f"<item><key>{key}</key><value>v</value></item>" for key in ("aws:cloudformation:stack-name", "mine", "orch-x")
    )
    item = f"<subnetSet><item><subnetId>subnet-1</subnetId><tagSet>{tags}</tagSet></item></subnetSet>"
    with answering(xml("DescribeSubnets", item)) as aws:
        found, _ = aws.look(SUBNET)
    assert [tag["Key"] for tag in found[0].body["Tags"]] == ["mine", "orch-x"]
    assert found[0].owner is None


def test_identity_of_the_credentials(aws: Aws) -> None:
    identity = aws.provider.identify(aws.place())
    assert identity.account == "123456789012" and identity.principal.startswith("arn:aws:")


def test_deleting_what_was_only_observed_needs_nothing_but_the_observation(aws: Aws) -> None:
    vpc, gateway = aws.made(VPC, NET), aws.made(GATEWAY, {})
    aws.made(ATTACHMENT, {"VpcId": vpc, "InternetGatewayId": gateway})
    for kind in (ATTACHMENT, GATEWAY, VPC):
        for have in aws.look(kind)[0]:
            aws.provider.delete(have, TOKEN)
    assert [aws.look(kind)[0] for kind in (ATTACHMENT, GATEWAY, VPC)] == [[], [], []]
