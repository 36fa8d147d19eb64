"""Every verb of every type against the sandbox: what is read back is what was wanted, and nothing else is touched."""

from __future__ import annotations

from typing import Any

import pytest
from aws_rig import ATTACHMENT, BUCKET, EIP, GATEWAY, GROUP, LINEAGE, SUBNET, TOKEN, VPC, Aws

from provisioner.model.change import Diff, Edit
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.resource import NOBODY, Owner
from provisioner.model.value import ABSENT, Map, freeze
from provisioner.protocols.provider import Done, Pending

NET = {"CidrBlock": "10.0.0.0/16"}


@pytest.fixture
def vpc(aws: Aws) -> str:
    made = aws.made(VPC, NET)
    aws.calls()
    return made


def lifecycle(aws: Aws, kind: str, body: dict[str, Any]) -> None:
    """Create, read back, no difference, delete, delete again."""
    want, done = aws.create(kind, body)
    have = aws.one(kind, done.identity)
    assert not aws.diff(want, have)
    assert {key: have.body.get(key) for key in done.attributes} == done.attributes
    assert have.owner == (want.owner if aws.provider.resource_type(kind).tags else None)
    assert not {"orch-owner", "orch-lineage"} & {tag["Key"] for tag in have.body.get("Tags", ())}
    assert aws.provider.delete(have, TOKEN).identity == done.identity
    assert aws.look(kind, identities=(done.identity,)) == ([], [])
    assert isinstance(aws.provider.delete(have, TOKEN), Done), "not-found is success"


TAGS = [{"Key": "Name", "Value": "n"}, {"Key": "a:b", "Value": ""}]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"Tags": TAGS},
        {"EnableDnsHostnames": True, "EnableDnsSupport": True, "InstanceTenancy": "default"},
        {"EnableDnsSupport": False},
        {"InstanceTenancy": "dedicated"},
    ],
)
def test_vpc(aws: Aws, body: dict[str, Any]) -> None:
    lifecycle(aws, VPC, NET | body)


@pytest.mark.parametrize(
    "body",
    [
        {"AvailabilityZone": "eu-west-1b", "Tags": TAGS},
        {"MapPublicIpOnLaunch": True},
        {"PrivateDnsNameOptionsOnLaunch": {"HostnameType": "resource-name", "EnableResourceNameDnsARecord": True}},
    ],
)
def test_subnet(aws: Aws, vpc: str, body: dict[str, Any]) -> None:
    lifecycle(aws, SUBNET, {"VpcId": vpc, "CidrBlock": "10.0.1.0/24"} | body)


def test_eip(aws: Aws) -> None:
    lifecycle(aws, EIP, {"Domain": "standard", "Tags": TAGS})
    _, done = aws.create(EIP, {})
    assert done.identity == f"{done.attributes['PublicIp']}|{done.attributes['AllocationId']}"


def test_internet_gateway(aws: Aws) -> None:
    lifecycle(aws, GATEWAY, {"Tags": TAGS})


def test_attachment(aws: Aws, vpc: str) -> None:
    gateway = aws.made(GATEWAY, {})
    want, done = aws.create(ATTACHMENT, {"VpcId": vpc, "InternetGatewayId": gateway})
    assert done.identity == want.identity == f"IGW|{vpc}"
    have = aws.one(ATTACHMENT, done.identity)
    assert (have.parent, have.body["InternetGatewayId"]) == (vpc, gateway)
    lifecycle_free = aws.provider.delete(have, TOKEN)
    assert lifecycle_free.identity == done.identity
    lifecycle(aws, ATTACHMENT, {"VpcId": vpc, "InternetGatewayId": gateway})


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_bucket(aws: Aws, region: str) -> None:
    place = aws.place(region)
    body = {
        "BucketName": f"bucket-{region}",
        "Tags": TAGS,
        "VersioningConfiguration": {"Status": "Enabled"},
        "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "IgnorePublicAcls": False},
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]},
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/k"}}
            ]
        },
    }
    want, done = aws.create(BUCKET, body, place)
    assert done.identity == want.identity == body["BucketName"]
    assert done.attributes["Arn"] == f"arn:aws:s3:::{done.identity}"
    assert done.attributes["RegionalDomainName"] == f"{done.identity}.s3.{region}.amazonaws.com"
    have = aws.one(BUCKET, done.identity, place)
    assert not aws.diff(want, have) and have.owner == want.owner
    assert aws.client("s3", region).head_bucket(Bucket=done.identity)["BucketRegion"] == region
    aws.provider.delete(have, TOKEN)
    assert aws.look(BUCKET, place, identities=(done.identity,)) == ([], [])
    aws.provider.delete(have, TOKEN)


def test_a_bare_bucket_is_one_call_and_already_owned(aws: Aws) -> None:
    want, _ = aws.create(BUCKET, {"BucketName": "bare"})
    assert aws.calls() == ["CreateBucket"]
    assert aws.one(BUCKET, "bare").owner == want.owner


def test_a_bucket_is_never_emptied(aws: Aws) -> None:
    aws.made(BUCKET, {"BucketName": "full"})
    aws.client("s3").put_object(Bucket="full", Key="k", Body=b"x")
    with pytest.raises(ProviderError) as caught:
        aws.provider.delete(aws.one(BUCKET, "full"), TOKEN)
    assert (caught.value.fault, caught.value.code) == (Fault.CONFLICT, "BucketNotEmpty")
    assert aws.client("s3").get_object(Bucket="full", Key="k")["Body"].read() == b"x"


def test_owner_tags_travel_in_the_creating_call(aws: Aws, vpc: str) -> None:
    for kind, body in (
        (SUBNET, {"VpcId": vpc, "CidrBlock": "10.0.9.0/24"}),
        (GROUP, {"VpcId": vpc, "GroupDescription": "d"}),
        (EIP, {}),
        (GATEWAY, {}),
    ):
        aws.calls()
        want, _ = aws.create(kind, body)
        assert len(aws.calls()) == 1
        found, _ = aws.look(kind, owner=want.owner)
        assert [each.owner for each in found] == [want.owner]


# --- programs -------------------------------------------------------------------------------------------------------------


def test_a_vpc_modifies_only_what_is_not_the_default(aws: Aws) -> None:
    aws.create(VPC, NET | {"EnableDnsSupport": True, "EnableDnsHostnames": False})
    assert aws.calls() == ["CreateVpc"]
    aws.create(VPC, NET | {"EnableDnsHostnames": True})
    assert aws.calls() == ["CreateVpc", "ModifyVpcAttribute"]


def test_each_answer_of_a_program_names_the_object_and_never_a_value(aws: Aws) -> None:
    want = aws.want(VPC, NET | {"EnableDnsHostnames": True, "Tags": [{"Key": "k", "Value": "hush"}]})
    first = aws.provider.create(want, TOKEN)
    assert isinstance(first, Pending) and first.writes
    assert first.identity and first.identity.startswith("vpc-")
    assert first.continuation == {"verb": "create", "left": ("ModifyVpcAttribute:EnableDnsHostnames.after",)}
    done = aws.provider.advance(first, None, want, None, TOKEN)
    assert isinstance(done, Done) and done.attributes["VpcId"] == first.identity
    assert aws.calls() == ["CreateVpc", "ModifyVpcAttribute"]


@pytest.mark.parametrize(("on", "order"), [(True, ["Support", "Hostnames"]), (False, ["Hostnames", "Support"])])
def test_hostnames_follow_dns_support_up_and_precede_it_down(aws: Aws, on: bool, order: list[str]) -> None:
    want, done = aws.create(VPC, NET | {"EnableDnsSupport": not on} | ({} if on else {"EnableDnsHostnames": True}))
    have = aws.one(VPC, done.identity)
    changed = aws.again(want, EnableDnsSupport=on, EnableDnsHostnames=on)
    changes = aws.diff(changed, have)
    first = aws.provider.update(have, changed, changes, TOKEN)
    assert isinstance(first, Pending)
    assert order[1] in first.continuation["left"][0] and len(first.continuation["left"]) == 1
    aws.finish(first, have, changed, changes)
    assert not aws.diff(changed, aws.one(VPC, done.identity))


# --- updates --------------------------------------------------------------------------------------------------------------


def updated(aws: Aws, kind: str, body: dict[str, Any], **changes: Any) -> list[str]:
    """Create, change, read back; which calls the change took."""
    want, done = aws.create(kind, body)
    changed = aws.again(want, **changes)
    have = aws.one(kind, done.identity)
    aws.calls()
    aws.update(have, changed, want.body)
    calls = aws.calls()
    have = aws.one(kind, done.identity)
    assert not aws.diff(changed, have, changed.body)
    assert have.owner == want.owner
    return calls


def test_update_subnet(aws: Aws, vpc: str) -> None:
    body: dict[str, Any] = {"VpcId": vpc, "CidrBlock": "10.0.1.0/24", "MapPublicIpOnLaunch": True}
    assert updated(aws, SUBNET, body, MapPublicIpOnLaunch=False) == ["ModifySubnetAttribute"]
    options = {"HostnameType": "resource-name"}
    body["CidrBlock"] = "10.0.2.0/24"
    assert updated(aws, SUBNET, body, PrivateDnsNameOptionsOnLaunch=options) == ["ModifySubnetAttribute"]


def test_what_leaves_the_blueprint_goes_back_to_its_default(aws: Aws, vpc: str) -> None:
    body = {"VpcId": vpc, "CidrBlock": "10.0.1.0/24", "MapPublicIpOnLaunch": True, "Tags": TAGS}
    calls = updated(aws, SUBNET, body, MapPublicIpOnLaunch=None, Tags=None)
    assert calls == ["ModifySubnetAttribute", "DeleteTags"]
    found, _ = aws.look(SUBNET)
    assert found[0].body["MapPublicIpOnLaunch"] is False and "Tags" not in found[0].body


def test_one_of_several_nested_settings_can_leave(aws: Aws, vpc: str) -> None:
    options = {"HostnameType": "resource-name", "EnableResourceNameDnsARecord": True}
    body = {"VpcId": vpc, "CidrBlock": "10.0.1.0/24", "PrivateDnsNameOptionsOnLaunch": options}
    less = {"HostnameType": "resource-name"}
    assert updated(aws, SUBNET, body, PrivateDnsNameOptionsOnLaunch=less) == ["ModifySubnetAttribute"]
    found, _ = aws.look(SUBNET)
    assert found[0].body["PrivateDnsNameOptionsOnLaunch"]["EnableResourceNameDnsARecord"] is False


@pytest.mark.parametrize("kind", [VPC, EIP, GATEWAY])
def test_tags_change_by_difference_and_owner_tags_stay(aws: Aws, kind: str) -> None:
    body = (NET if kind == VPC else {}) | {"Tags": [{"Key": "keep", "Value": "1"}, {"Key": "old", "Value": "1"}]}
    new = freeze([{"Key": "keep", "Value": "1"}, {"Key": "new", "Value": "2"}])
    assert updated(aws, kind, body, Tags=new) == ["CreateTags", "DeleteTags"]


def test_update_bucket(aws: Aws) -> None:
    body = {"BucketName": "bucket", "Tags": TAGS, "VersioningConfiguration": {"Status": "Enabled"}}
    blocked = Map(BlockPublicAcls=False, BlockPublicPolicy=True, IgnorePublicAcls=True, RestrictPublicBuckets=True)
    new = freeze([{"Key": "Name", "Value": "m"}])
    calls = updated(aws, BUCKET, body, Tags=new, PublicAccessBlockConfiguration=blocked, VersioningConfiguration=None)
    assert calls == ["PutPublicAccessBlock", "PutBucketVersioning", "PutBucketTagging"]
    found, _ = aws.look(BUCKET)
    assert found[0].body["VersioningConfiguration"] == {"Status": "Suspended"}


def test_what_a_map_wanted_in_part_does_not_say_stays(aws: Aws) -> None:
    """S3 takes the whole block: what the plan does not show must not change with what it does."""
    _, done = aws.create(BUCKET, {"BucketName": "partly"})
    want = aws.want(BUCKET, {"BucketName": "partly", "PublicAccessBlockConfiguration": {"BlockPublicPolicy": False}})
    aws.update(aws.one(BUCKET, done.identity), want)
    found = aws.one(BUCKET, done.identity).body["PublicAccessBlockConfiguration"]
    assert found == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": False,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }


def test_the_last_tag_of_the_user_goes_and_the_owner_stays(aws: Aws) -> None:
    assert updated(aws, BUCKET, {"BucketName": "bucket", "Tags": TAGS}, Tags=()) == ["PutBucketTagging"]


def test_tags_that_the_diff_leaves_alone_are_left_alone(aws: Aws) -> None:
    want, done = aws.create(VPC, NET | {"Tags": [{"Key": "a", "Value": "1"}]})
    aws.client("ec2").create_tags(Resources=[done.identity], Tags=[{"Key": "theirs", "Value": "x"}])
    have = aws.one(VPC, done.identity)
    changes = Diff((Edit(("EnableDnsHostnames",), False, True),))
    aws.calls()
    aws.finish(aws.provider.update(have, aws.again(want, EnableDnsHostnames=True), changes, TOKEN), have, want, changes)
    assert aws.calls() == ["ModifyVpcAttribute"]


def test_an_update_with_nothing_to_do_sends_nothing(aws: Aws) -> None:
    want, done = aws.create(VPC, NET)
    have = aws.one(VPC, done.identity)
    aws.calls()
    assert aws.provider.update(have, want, Diff(), TOKEN) == Done(done.identity)
    assert aws.calls() == []


def test_owner_tags_can_be_given_and_taken_without_touching_anything_else(aws: Aws) -> None:
    client = aws.client("ec2")
    made = client.create_vpc(
        CidrBlock="10.0.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "a", "Value": "1"}]}]
    )["Vpc"]["VpcId"]
    owner = Owner(LINEAGE, "adopted", 1)
    want = aws.want(VPC, NET, owner=owner)
    aws.update(aws.one(VPC, made), want)
    have = aws.one(VPC, made)
    assert have.owner == owner and have.body["Tags"] == ({"Key": "a", "Value": "1"},)
    aws.finish(aws.provider.update(have, aws.want(VPC, NET, owner=NOBODY), Diff(), TOKEN), have, want, Diff())
    assert aws.one(VPC, made).owner is None


def test_an_edit_that_no_call_makes_is_an_error(aws: Aws) -> None:
    want, done = aws.create(VPC, NET)
    have = aws.one(VPC, done.identity)
    with pytest.raises(ProviderError, match="CidrBlock cannot be changed in place") as caught:
        aws.provider.update(have, want, Diff((Edit(("CidrBlock",), "10.0.0.0/16", "10.1.0.0/16"),)), TOKEN)
    assert caught.value.fault is Fault.INVALID


def test_what_has_no_default_is_left_when_it_leaves_the_blueprint(aws: Aws) -> None:
    want, done = aws.create(SUBNET, {"VpcId": aws.made(VPC, NET), "CidrBlock": "10.0.1.0/24"})
    have = aws.one(SUBNET, done.identity)
    gone = Diff((Edit(("AvailabilityZone",), "eu-west-1a", ABSENT),))
    assert aws.provider.update(have, want, gone, TOKEN) == Done(done.identity)


# --- wanted ---------------------------------------------------------------------------------------------------------------


def test_default_tags_lie_beneath_the_entrys_own(aws: Aws) -> None:
    place = aws.place(default_tags=Map(team="base", cost=7))
    want = aws.want(VPC, NET | {"Tags": [{"Key": "team", "Value": "own"}]}, place)
    assert want.body["Tags"] == ({"Key": "team", "Value": "own"}, {"Key": "cost", "Value": "7"})
    assert aws.provider.normalize(want) == want
    assert "Tags" not in aws.want(ATTACHMENT, {"VpcId": "v", "InternetGatewayId": "i"}, place).body
    assert "Tags" not in aws.want(VPC, NET).body
