"""The AWS sandbox as an endpoint: names of requests, faults in every protocol, tokens, pages, reset."""

from __future__ import annotations

import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from providers.aws.sandbox import serve
from providers.aws.sandbox.call import Protocol, parse
from providers.kit.server import Request, Rule
from tests import sandboxes


def failed(call: Any, **parameters: Any) -> ClientError:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value


class TestNames:
    def test_requests_are_logged_by_operation(self, client: Any, fresh_aws: str) -> None:
        client("ec2").describe_vpcs()
        client("sts").get_caller_identity()
        s3 = client("s3")
        s3.create_bucket(Bucket="names")
        s3.put_bucket_tagging(Bucket="names", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
        s3.put_object(Bucket="names", Key="a/b", Body=b"text")
        s3.list_objects_v2(Bucket="names")
        s3.head_bucket(Bucket="names")
        s3.delete_object(Bucket="names", Key="a/b")
        s3.list_buckets()
        client("dynamodb").list_tables()
        client("lambda").list_functions()
        client("resourcegroupstaggingapi").get_resources()
        assert sandboxes.operations(fresh_aws) == [
            "DescribeVpcs",
            "sts:GetCallerIdentity",
            "s3:CreateBucket",
            "s3:PutBucketTagging",
            "s3:PutObject",
            "s3:ListObjectsV2",
            "s3:HeadBucket",
            "s3:DeleteObject",
            "s3:ListBuckets",
            "dynamodb:ListTables",
            "lambda:ListFunctions",
            "tagging:GetResources",
        ]

    @pytest.mark.parametrize(
        ("method", "path", "query", "headers", "operation"),
        [
            ("PUT", "/b/k", "partNumber=1&uploadId=u", {}, "UploadPart"),
            ("PUT", "/b/k", "", {"x-amz-copy-source": "/b/other"}, "CopyObject"),
            ("GET", "/b/", "", {}, "ListObjects"),
            ("GET", "/b/folder/", "", {}, "GetObject"),
            ("GET", "/b", "location=", {}, "GetBucketLocation"),
            ("GET", "/b", "lifecycle=", {}, "GetBucketLifecycleConfiguration"),
            ("PATCH", "/b", "", {}, ""),
        ],
    )
    def test_s3_paths(self, method: str, path: str, query: str, headers: dict[str, str], operation: str) -> None:
        assert parse(Request(method, path, query, headers, b"")).operation == operation

    def test_a_presigned_url_names_service_and_region(self) -> None:
        query = "X-Amz-Credential=AK%2F20260101%2Feu-west-1%2Fs3%2Faws4_request"
        call = parse(Request("GET", "/b/k", query, {}, b""))
        assert (call.service, call.region, call.protocol) == ("s3", "eu-west-1", Protocol.S3)


class TestFaults:
    @pytest.mark.parametrize(
        ("service", "call", "kind", "code", "status"),
        [
            ("ec2", "describe_vpcs", "throttle", "RequestLimitExceeded", 503),
            ("ec2", "describe_vpcs", "deny", "UnauthorizedOperation", 403),
            ("ec2", "describe_vpcs", "error", "InternalError", 500),
            ("s3", "list_buckets", "throttle", "SlowDown", 503),
            ("s3", "list_buckets", "deny", "AccessDenied", 403),
            ("s3", "list_buckets", "error", "InternalError", 500),
            ("sts", "get_caller_identity", "throttle", "Throttling", 400),
            ("sts", "get_caller_identity", "deny", "AccessDenied", 403),
            ("sts", "get_caller_identity", "error", "InternalFailure", 500),
            ("dynamodb", "list_tables", "throttle", "ThrottlingException", 400),
            ("dynamodb", "list_tables", "deny", "AccessDeniedException", 400),
            ("lambda", "list_functions", "throttle", "TooManyRequestsException", 429),
            ("lambda", "list_functions", "deny", "AccessDeniedException", 403),
            ("route53", "list_hosted_zones", "throttle", "Throttling", 400),
            ("resourcegroupstaggingapi", "get_resources", "error", "InternalServerError", 500),
            ("cloudwatch", "list_metrics", "throttle", "ThrottlingException", 400),
        ],
    )
    def test_each_protocol_has_its_words(
        self, client: Any, fresh_aws: str, service: str, call: str, kind: str, code: str, status: int
    ) -> None:
        sandboxes.faults(fresh_aws, Rule(kind))
        error = failed(getattr(client(service), call)).response
        assert error["Error"]["Code"] == code
        assert error["Error"]["Message"]
        assert error["ResponseMetadata"]["HTTPStatusCode"] == status
        assert error["ResponseMetadata"]["RequestId"]

    def test_a_denial_says_what_is_denied(self, ec2: Any, fresh_aws: str) -> None:
        sandboxes.faults(fresh_aws, Rule("deny", operation="DescribeVpcs"))
        ec2.describe_subnets()
        assert (
            "is not authorized to perform: ec2:DescribeVpcs" in failed(ec2.describe_vpcs).response["Error"]["Message"]
        )

    def test_a_lost_answer_is_of_work_done(self, ec2: Any, fresh_aws: str) -> None:
        sandboxes.faults(fresh_aws, Rule("lost", operation="CreateVpc"))
        with pytest.raises(ConnectionClosedError):
            ec2.create_vpc(CidrBlock="10.0.0.0/16")
        assert len(ec2.describe_vpcs()["Vpcs"]) == 1

    def test_a_refused_connection_is_of_work_not_done(self, ec2: Any, fresh_aws: str) -> None:
        sandboxes.faults(fresh_aws, Rule("refuse", operation="CreateVpc"))
        with pytest.raises(ConnectionClosedError):
            ec2.create_vpc(CidrBlock="10.0.0.0/16")
        assert ec2.describe_vpcs()["Vpcs"] == []

    def test_what_moto_lacks_is_said(self, client: Any) -> None:
        error = failed(client("ec2").describe_trunk_interface_associations).response
        assert error["Error"]["Code"] == "NotImplemented"
        assert "DescribeTrunkInterfaceAssociations" in error["Error"]["Message"]
        assert error["ResponseMetadata"]["HTTPStatusCode"] == 501


class TestTokens:
    def test_the_same_request_makes_one_object(self, ec2: Any, vpc: str) -> None:
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
        address = ec2.allocate_address()["AllocationId"]
        wanted = {"SubnetId": subnet, "AllocationId": address, "ClientToken": "t-1"}
        ids = {ec2.create_nat_gateway(**wanted)["NatGateway"]["NatGatewayId"] for _ in range(3)}
        assert len(ids) == 1
        assert len(ec2.describe_nat_gateways()["NatGateways"]) == 1

    def test_a_lost_answer_is_given_again(self, ec2: Any, fresh_aws: str, vpc: str) -> None:
        sandboxes.faults(fresh_aws, Rule("lost", operation="CreateRouteTable"))
        with pytest.raises(ConnectionClosedError):
            ec2.create_route_table(VpcId=vpc, ClientToken="t")
        made = ec2.create_route_table(VpcId=vpc, ClientToken="t")["RouteTable"]["RouteTableId"]
        tables = ec2.describe_route_tables()["RouteTables"]
        assert sorted(table["RouteTableId"] == made for table in tables) == [False, True]  # the main one beside it

    def test_other_parameters_are_a_mismatch(self, ec2: Any, vpc: str) -> None:
        ec2.create_route_table(VpcId=vpc, ClientToken="t")
        other = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
        error = failed(ec2.create_route_table, VpcId=other, ClientToken="t").response["Error"]
        assert error["Code"] == "IdempotentParameterMismatch"

    def test_a_token_is_of_its_region_and_operation(self, client: Any, ec2: Any, vpc: str) -> None:
        ec2.create_route_table(VpcId=vpc, ClientToken="t")
        elsewhere = client("ec2", "us-west-2")
        other = elsewhere.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
        elsewhere.create_route_table(VpcId=other, ClientToken="t")
        ec2.create_egress_only_internet_gateway(VpcId=vpc, ClientToken="t")

    def test_a_refused_request_leaves_its_token_free(self, ec2: Any, vpc: str) -> None:
        failed(ec2.create_route_table, VpcId="vpc-00000000000000000", ClientToken="t")
        ec2.create_route_table(VpcId=vpc, ClientToken="t")

    def test_json_services_too(self, client: Any) -> None:
        ecs = client("ecs")
        ecs.create_cluster(clusterName="c")
        task = {"family": "f", "containerDefinitions": [{"name": "n", "image": "i", "memory": 64}]}
        ecs.register_task_definition(**task)
        wanted = {"cluster": "c", "serviceName": "s", "taskDefinition": "f", "clientToken": "t"}
        one, other = (ecs.create_service(**wanted, desiredCount=0)["service"]["serviceArn"] for _ in range(2))
        assert one == other
        error = failed(ecs.create_service, **wanted, desiredCount=1).response["Error"]
        assert error["Code"] == "IdempotentParameterMismatchException"


class TestPages:
    @pytest.fixture
    def groups(self, ec2: Any, vpc: str) -> list[str]:
        """Thirteen groups with rules (items within items), oldest first, the default one among them."""
        default = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
        made = [
            ec2.create_security_group(GroupName=f"g{number}", Description="d", VpcId=vpc)["GroupId"]
            for number in range(12)
        ]
        rule = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
        for group in made[:6]:
            ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
        return [default, *made]

    def test_pages_are_the_whole_in_order(self, ec2: Any, groups: list[str]) -> None:
        whole = ec2.describe_security_groups()["SecurityGroups"]
        pages = list(ec2.get_paginator("describe_security_groups").paginate(PaginationConfig={"PageSize": 5}))
        assert [len(page["SecurityGroups"]) for page in pages] == [5, 5, 3]
        assert [group for page in pages for group in page["SecurityGroups"]] == whole
        assert [group["GroupId"] for group in whole] == groups
        assert "NextToken" not in pages[-1]

    def test_a_listing_neither_skips_nor_repeats(self, ec2: Any, vpc: str, groups: list[str]) -> None:
        first = ec2.describe_security_groups(MaxResults=5)
        ec2.delete_security_group(GroupId=groups[-1])
        ec2.create_security_group(GroupName="late", Description="d", VpcId=vpc)
        rest = ec2.describe_security_groups(MaxResults=1000, NextToken=first["NextToken"])
        assert [group["GroupId"] for page in (first, rest) for group in page["SecurityGroups"]] == groups

    def test_a_page_that_holds_all_has_no_token(self, ec2: Any, groups: list[str]) -> None:
        assert "NextToken" not in ec2.describe_security_groups(MaxResults=13)
        assert ec2.describe_subnets(MaxResults=5)["Subnets"] == []

    def test_a_filter_holds_for_all_pages(self, ec2: Any, groups: list[str]) -> None:
        some = [{"Name": "group-name", "Values": [f"g{number}" for number in range(6)]}]
        first = ec2.describe_security_groups(MaxResults=5, Filters=some)
        last = ec2.describe_security_groups(MaxResults=5, Filters=some, NextToken=first["NextToken"])
        assert [group["GroupId"] for page in (first, last) for group in page["SecurityGroups"]] == groups[1:7]

    @pytest.mark.parametrize("size", [4, 1001])
    def test_sizes_out_of_bounds_are_refused(self, ec2: Any, size: int) -> None:
        error = failed(ec2.describe_tags, MaxResults=size).response["Error"]
        assert error["Code"] == "InvalidParameterValue"

    def test_tokens_of_other_lists_are_refused(self, ec2: Any, groups: list[str]) -> None:
        token = ec2.describe_security_groups(MaxResults=5)["NextToken"]
        for wrong in (token, "nonsense", f"{token}x"):
            assert failed(ec2.describe_subnets, NextToken=wrong).response["Error"]["Code"] == "InvalidPaginationToken"

    def test_buckets_come_in_pages(self, client: Any) -> None:
        s3 = client("s3")
        names = [f"bucket-{number}" for number in range(5)]
        for name in reversed(names):
            s3.create_bucket(Bucket=name)
        first = s3.list_buckets(MaxBuckets=3)
        rest = s3.list_buckets(MaxBuckets=3, ContinuationToken=first["ContinuationToken"])
        assert [bucket["Name"] for page in (first, rest) for bucket in page["Buckets"]] == names
        assert first["Buckets"][0]["BucketRegion"] == "us-east-1"
        assert "ContinuationToken" not in rest
        assert failed(s3.list_buckets, ContinuationToken="?").response["Error"]["Code"] == "InvalidArgument"

    def test_buckets_are_filtered_by_prefix_and_region(self, client: Any) -> None:
        client("s3").create_bucket(Bucket="here-1")
        where = {"LocationConstraint": "eu-west-1"}
        client("s3", "eu-west-1").create_bucket(Bucket="there-1", CreateBucketConfiguration=where)
        s3 = client("s3")
        assert [bucket["Name"] for bucket in s3.list_buckets(BucketRegion="eu-west-1")["Buckets"]] == ["there-1"]
        assert [bucket["Name"] for bucket in s3.list_buckets(Prefix="he")["Buckets"]] == ["here-1"]
        assert len(s3.list_buckets()["Buckets"]) == 2


class TestBuckets:
    def test_us_east_1_accepts_a_bucket_that_is_there(self, client: Any) -> None:
        s3 = client("s3")
        s3.create_bucket(Bucket="twice", CreateBucketConfiguration={"Tags": [{"Key": "a", "Value": "1"}]})
        s3.delete_public_access_block(Bucket="twice")
        again = s3.create_bucket(Bucket="twice", CreateBucketConfiguration={"Tags": [{"Key": "a", "Value": "2"}]})
        assert again["ResponseMetadata"]["HTTPStatusCode"] == 200
        assert s3.get_bucket_tagging(Bucket="twice")["TagSet"] == [{"Key": "a", "Value": "1"}]
        code = failed(s3.get_public_access_block, Bucket="twice").response["Error"]["Code"]
        assert code == "NoSuchPublicAccessBlockConfiguration"

    def test_other_regions_refuse_it(self, client: Any) -> None:
        s3 = client("s3", "eu-west-1")
        where = {"LocationConstraint": "eu-west-1"}
        s3.create_bucket(Bucket="twice", CreateBucketConfiguration=where)
        error = failed(s3.create_bucket, Bucket="twice", CreateBucketConfiguration=where).response
        assert error["Error"]["Code"] == "BucketAlreadyOwnedByYou"
        assert error["ResponseMetadata"]["HTTPStatusCode"] == 409

    def test_a_new_one_is_closed_encrypted_and_its_owners(self, client: Any) -> None:
        s3 = client("s3")
        s3.create_bucket(Bucket="new")
        block = s3.get_public_access_block(Bucket="new")["PublicAccessBlockConfiguration"]
        assert set(block.values()) == {True}
        controls = s3.get_bucket_ownership_controls(Bucket="new")["OwnershipControls"]
        assert controls["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
        s3.delete_bucket_encryption(Bucket="new")
        rule = s3.get_bucket_encryption(Bucket="new")["ServerSideEncryptionConfiguration"]["Rules"][0]
        assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}

    def test_one_with_content_stays(self, client: Any) -> None:
        s3 = client("s3")
        s3.create_bucket(Bucket="full")
        s3.put_object(Bucket="full", Key="Zoë & co", Body=b"text", Metadata={"a": "b"})
        assert s3.get_object(Bucket="full", Key="Zoë & co")["Body"].read() == b"text"
        assert s3.head_object(Bucket="full", Key="Zoë & co")["ContentLength"] == 4
        assert failed(s3.delete_bucket, Bucket="full").response["Error"]["Code"] == "BucketNotEmpty"
        s3.delete_object(Bucket="full", Key="Zoë & co")
        s3.delete_bucket(Bucket="full")
        assert s3.list_buckets()["Buckets"] == []

    def test_a_new_bucket_has_nothing_of_a_deleted_one_of_its_name(self, client: Any, fresh_aws: str) -> None:
        s3 = client("s3")
        s3.create_bucket(Bucket="again")
        s3.put_bucket_tagging(Bucket="again", Tagging={"TagSet": [{"Key": "of", "Value": "the first"}]})
        s3.delete_bucket(Bucket="again")
        s3.create_bucket(Bucket="again")
        assert failed(s3.get_bucket_tagging, Bucket="again").response["Error"]["Code"] == "NoSuchTagSet"

    def test_a_request_whose_sender_died_before_its_end_does_nothing(self, client: Any, fresh_aws: str) -> None:
        at = urlsplit(fresh_aws)
        with socket.create_connection((at.hostname, at.port), timeout=10) as sender:
            sender.sendall(b"PUT /cut-short HTTP/1.1\r\nHost: localhost\r\nContent-Length: 400\r\n\r\n<CreateBucket")
            sender.shutdown(socket.SHUT_WR)
            assert sender.recv(1000) == b""
        assert client("s3").list_buckets()["Buckets"] == []


def test_reset_empties_the_account(client: Any, fresh_aws: str) -> None:
    ec2, s3 = client("ec2"), client("s3")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.create_route_table(VpcId=vpc, ClientToken="t")
    s3.create_bucket(Bucket="gone")
    sandboxes.reset(fresh_aws)
    assert sandboxes.requests(fresh_aws) == []
    assert ec2.describe_vpcs()["Vpcs"] == []
    assert s3.list_buckets()["Buckets"] == []
    assert (
        failed(ec2.create_route_table, VpcId=vpc, ClientToken="t").response["Error"]["Code"] == "InvalidVpcID.NotFound"
    )


def test_the_account_is_the_documented_one(client: Any) -> None:
    assert client("sts").get_caller_identity()["Account"] == "123456789012"


def test_an_unknown_region_is_refused(client: Any) -> None:
    assert failed(client("ec2", "eu-west-99").describe_vpcs).response["Error"]["Code"] == "AuthFailure"


def test_many_callers_at_once_lose_nothing(ec2: Any, vpc: str) -> None:
    def make(number: int) -> str:
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24")["Subnet"]["SubnetId"]
        ec2.describe_subnets()
        return str(made)

    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(make, range(40)))
    assert {subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]} == made
    assert len(made) == 40


def test_a_taken_port_is_an_error(fresh_aws: str) -> None:
    with pytest.raises(OSError, match="in use"):
        serve(int(fresh_aws.rsplit(":", 1)[1]))


def test_nothing_heavy_is_imported_before_it_serves() -> None:
    code = "import sys, providers.aws.sandbox; print([m for m in ('moto', 'boto3', 'botocore') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
