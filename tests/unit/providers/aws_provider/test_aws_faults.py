"""Failures: each is one of the nine faults and says which call it was; nothing is sent twice by the provider itself."""

from __future__ import annotations

import socket

import pytest
from aws_rig import ATTACHMENT, BUCKET, EIP, GATEWAY, GROUP, SUBNET, TOKEN, VPC, Aws, answering

from providers.aws.faults import Request, fault_of, refused, remedy
from providers.kit.server import Response
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.place import Place
from provisioner.model.value import Map
from provisioner.protocols.provider import Done, Pending

NET = {"CidrBlock": "10.0.0.0/16"}

CODES = {
    Fault.THROTTLED: """RequestLimitExceeded:503 Throttling:400 ThrottlingException:400 SlowDown:503 EC2ThrottledException:503
        TooManyRequestsException:429 ProvisionedThroughputExceededException:400 Whatever:429""",
    Fault.DENIED: """UnauthorizedOperation:403 AccessDenied:403 AccessDeniedException:400 AuthFailure:401 ExpiredToken:400
        InvalidClientTokenId:403 SignatureDoesNotMatch:403 403:403 Whatever:403""",
    Fault.NOT_FOUND: """InvalidVpcID.NotFound:400 InvalidSubnetID.NotFound:400 InvalidGroup.NotFound:400 NoSuchBucket:404
        InvalidAllocationID.NotFound:400 InvalidInternetGatewayID.NotFound:400 Gateway.NotAttached:400 404:404
        ResourceNotFoundException:400 NoSuchEntity:404 DBInstanceNotFoundFault:404 NatGatewayNotFound:400
        QueueDoesNotExist:400""",
    Fault.CONFLICT: """DependencyViolation:400 InvalidIPAddress.InUse:400 InvalidGroup.InUse:400 BucketNotEmpty:409
        BucketAlreadyOwnedByYou:409 InvalidGroup.Duplicate:400 InvalidSubnet.Conflict:400
        InvalidPermission.Duplicate:400 EntityAlreadyExists:409 ResourceInUseException:400
        ConcurrentModificationException:409 DBInstanceAlreadyExists:400""",
    Fault.NOT_READY: "IncorrectState:400 IncorrectInstanceState:400 OperationAborted:409 InvalidDBInstanceStateFault:400",
    Fault.QUOTA: """VpcLimitExceeded:400 AddressLimitExceeded:400 RulesPerSecurityGroupLimitExceeded:400 TooManyBuckets:400
        LimitExceededException:400 ServiceQuotaExceededException:402 InsufficientInstanceCapacity:500
        InsufficientFreeAddressesInSubnet:400""",
    Fault.TRANSIENT: "InternalError:500 ServiceUnavailable:503 Unavailable:503 Whatever:502 RequestTimeout:400",
    Fault.INVALID: """BucketAlreadyExists:409 InvalidParameterValue:400 InvalidVpcRange:400 MalformedPolicyDocument:400 InvalidBucketName:400
        Resource.AlreadyAssociated:400""",
}


@pytest.mark.parametrize(
    ("code", "status", "fault"),
    [(*each.split(":"), fault) for fault, codes in CODES.items() for each in codes.split()],
)
def test_codes(code: str, status: str, fault: Fault) -> None:
    assert fault_of(code, int(status)) is fault


def test_an_error_says_which_call_it_was(aws: Aws) -> None:
    with pytest.raises(ProviderError) as caught:
        aws.create(SUBNET, {"VpcId": "vpc-0123456789abcdef0", "CidrBlock": "10.0.0.0/24"})
    error = caught.value
    assert (error.fault, error.code) == (Fault.NOT_FOUND, "InvalidVpcID.NotFound")
    assert (error.cloud, error.service, error.operation, error.region) == ("aws", "ec2", "CreateSubnet", "eu-west-1")
    assert error.request_id and "ec2:CreateSubnet in eu-west-1" in str(error)


def test_a_throttled_second_call_of_a_vpc_is_sent_again_alone(aws: Aws) -> None:
    want = aws.want(VPC, NET | {"EnableDnsHostnames": True})
    first = aws.provider.create(want, TOKEN)
    assert isinstance(first, Pending)
    aws.faults({"kind": "throttle", "operation": "ModifyVpcAttribute"})
    with pytest.raises(ProviderError) as caught:
        aws.provider.advance(first, None, want, None, TOKEN)
    assert caught.value.fault is Fault.THROTTLED
    done = aws.provider.advance(first, None, want, None, TOKEN)
    assert isinstance(done, Done) and done.identity == first.identity
    assert aws.calls() == ["CreateVpc", "ModifyVpcAttribute", "ModifyVpcAttribute"]
    assert [vpc["VpcId"] for vpc in aws.client("ec2").describe_vpcs()["Vpcs"]] == [done.identity]
    assert aws.one(VPC, done.identity).body["EnableDnsHostnames"] is True


@pytest.mark.parametrize(
    ("kind", "fault"),
    [("throttle", Fault.THROTTLED), ("deny", Fault.DENIED), ("error", Fault.TRANSIENT), ("lost", Fault.UNCERTAIN)],
)
@pytest.mark.parametrize("verb", ["create", "delete"])
def test_injected_faults(aws: Aws, verb: str, kind: str, fault: Fault) -> None:
    have = aws.one(GATEWAY, aws.made(GATEWAY, {}))
    want = aws.want(GATEWAY, {})
    aws.calls()
    aws.faults({"kind": kind, "operation": "InternetGateway"})
    with pytest.raises(ProviderError) as caught:
        if verb == "create":
            aws.provider.create(want, TOKEN)
        else:
            aws.provider.delete(have, TOKEN)
    assert caught.value.fault is fault
    assert len(aws.calls()) == 1, "the SDK sends nothing again"
    if kind == "deny":
        assert caught.value.subject.startswith("ec2:")


def test_a_lost_create_is_found_by_its_owner(aws: Aws) -> None:
    want = aws.want(EIP, {})
    aws.faults({"kind": "lost", "operation": "AllocateAddress"})
    with pytest.raises(ProviderError) as caught:
        aws.provider.create(want, TOKEN)
    assert caught.value.fault is Fault.UNCERTAIN and aws.url in caught.value.message
    found, _ = aws.look(EIP, owner=want.owner)
    assert len(found) == 1 and not aws.diff(want, found[0])


def test_a_lost_answer_to_a_read_has_changed_nothing(aws: Aws) -> None:
    aws.faults({"kind": "lost", "operation": "DescribeVpcs"})
    with pytest.raises(ProviderError) as caught:
        aws.look(VPC)
    assert caught.value.fault is Fault.TRANSIENT


def test_a_group_that_is_not_known_everywhere_yet_is_not_ready(aws: Aws) -> None:
    vpc = aws.made(VPC, NET)
    rule = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "CidrIp": "10.0.0.0/8"}
    want = aws.want(GROUP, {"VpcId": vpc, "GroupDescription": "d", "SecurityGroupIngress": [rule]})
    first = aws.provider.create(want, TOKEN)
    assert isinstance(first, Pending) and first.identity
    aws.client("ec2").delete_security_group(GroupId=first.identity)
    with pytest.raises(ProviderError) as caught:
        aws.provider.advance(first, None, want, None, TOKEN)
    assert caught.value.fault is Fault.NOT_READY


def test_what_is_in_use_is_a_conflict(aws: Aws) -> None:
    vpc, gateway = aws.made(VPC, NET), aws.made(GATEWAY, {})
    aws.made(ATTACHMENT, {"VpcId": vpc, "InternetGatewayId": gateway})
    for kind, identity in ((VPC, vpc), (GATEWAY, gateway)):
        with pytest.raises(ProviderError) as caught:
            aws.provider.delete(aws.one(kind, identity), TOKEN)
        assert (caught.value.fault, caught.value.code) == (Fault.CONFLICT, "DependencyViolation")


def test_an_endpoint_that_is_down_is_named() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    aws = Aws(url)
    with pytest.raises(ProviderError) as caught:
        aws.provider.identify(aws.place())
    assert caught.value.fault is Fault.TRANSIENT and url in caught.value.message
    with pytest.raises(ProviderError) as caught:
        aws.create(GATEWAY, {})
    assert caught.value.fault is Fault.TRANSIENT and caught.value.unsent, "never sent, so never uncertain"


def test_an_answer_that_makes_no_sense_leaves_a_create_uncertain() -> None:
    with answering(Response(200, b"<html>login</html", {"Content-Type": "text/html"})) as aws:
        with pytest.raises(ProviderError) as caught:
            aws.create(GATEWAY, {})
        assert caught.value.fault is Fault.UNCERTAIN
        with pytest.raises(ProviderError) as caught:
            aws.look(GATEWAY)
        assert caught.value.fault is Fault.TRANSIENT


def test_retry_after_is_passed_on() -> None:
    body = b"<Error><Code>SlowDown</Code><Message>less</Message></Error>"
    with answering(Response(503, body, {"Retry-After": "7"})) as aws:
        with pytest.raises(ProviderError) as caught:
            aws.create(BUCKET, {"BucketName": "slow-down"})
        assert (caught.value.fault, caught.value.retry_after) == (Fault.THROTTLED, 7.0)


def test_a_request_that_the_sdk_refuses_is_invalid(aws: Aws) -> None:
    with pytest.raises(ProviderError) as caught:
        aws.create(BUCKET, {"BucketName": "no spaces"})
    assert (caught.value.fault, caught.value.operation) == (Fault.INVALID, "CreateBucket")
    assert aws.calls() == []


@pytest.mark.parametrize(
    ("code", "credentials", "told"),
    [
        ("ExpiredToken", {"profile": "dev"}, "renew them: aws sso login --profile dev"),
        ("RequestExpired", {}, "renew them: aws sso login, or new keys"),
        ("RequestTimeTooSkewed", {}, "clock"),
        ("InvalidClientTokenId", {"profile": "dev"}, "aws sts get-caller-identity --profile dev"),
        ("ProfileNotFound", {"profile": "dve"}, "aws configure list-profiles"),
        ("NoCredentialsError", {}, "aws configure sso"),
    ],
)
def test_what_to_do_about_credentials(code: str, credentials: dict[str, str], told: str) -> None:
    place = Place("prod", "aws", "1", region="eu-west-1", credentials=Map(credentials))
    assert told in remedy(Request(place, "ec2", "CreateVpc", writes=True), code)


def test_what_is_denied_is_named_as_a_policy_names_it() -> None:
    said = {"Error": {"Code": "AccessDenied", "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
    place = Place("prod", "aws", "1", credentials=Map(role_arn="arn:aws:iam::1:role/r"))
    failed = refused(Request(place, "elasticloadbalancingv2", "CreateLoadBalancer", writes=True), said)
    assert failed.subject == "elasticloadbalancing:CreateLoadBalancer"
    assert failed.remedy == "have elasticloadbalancing:CreateLoadBalancer allowed for the role arn:aws:iam::1:role/r"
    place = Place("prod", "aws", "1")
    assert "for the credentials of place prod" in refused(Request(place, "ec2", "CreateVpc", writes=True), said).remedy


def test_expired_credentials_come_with_the_command_that_renews_them(aws: Aws) -> None:
    aws.faults({"kind": "expired", "operation": "CreateVpc"})
    with pytest.raises(ProviderError) as caught:
        aws.create(VPC, NET)
    assert caught.value.fault is Fault.DENIED and "aws sso login" in caught.value.remedy and caught.value.request_id
