"""AWS through plain boto3."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.conformance.case import Call
from tests.conformance.hands.base import Found, Inventory, filled, indexed

_REMOVALS = {
    "AWS::EC2::VPC": ("ec2", "delete_vpc", ("VpcId",)),
    "AWS::EC2::Subnet": ("ec2", "delete_subnet", ("SubnetId",)),
    "AWS::EC2::SecurityGroup": ("ec2", "delete_security_group", ("GroupId",)),
    "AWS::EC2::InternetGateway": ("ec2", "delete_internet_gateway", ("InternetGatewayId",)),
    "AWS::EC2::EIP": ("ec2", "release_address", ("AllocationId",)),
    "AWS::EC2::VPCGatewayAttachment": ("ec2", "detach_internet_gateway", ("InternetGatewayId", "VpcId")),
    "AWS::S3::Bucket": ("s3", "delete_bucket", ("Bucket",)),
}


class Plain:
    """An account and region."""

    def __init__(self, endpoint: str, _account: str, region: str) -> None:
        import boto3
        from botocore.config import Config

        session = boto3.Session("test", "test", region_name=region)
        config = Config(retries={"total_max_attempts": 1})
        self._clients = {name: session.client(name, endpoint_url=endpoint, config=config) for name in ("ec2", "s3")}

    def inventory(self) -> Inventory:
        """Default security groups and the like come and go with their VPC and are left out."""
        lists: tuple[Callable[[], Iterator[Found]], ...] = (
            self._networks,
            self._gateways,
            self._addresses,
            self._buckets,
        )
        return indexed([found for each in lists for found in each()])

    def _networks(self) -> Iterator[Found]:
        ec2 = self._clients["ec2"]
        for item in _all(ec2, "describe_vpcs", "Vpcs"):
            dns = {
                name: ec2.describe_vpc_attribute(VpcId=item["VpcId"], Attribute=name)[f"E{name[1:]}"]["Value"]
                for name in ("enableDnsSupport", "enableDnsHostnames")
            }
            yield _found("AWS::EC2::VPC", item["VpcId"], {**item, **dns})
        for item in _all(ec2, "describe_subnets", "Subnets"):
            yield _found("AWS::EC2::Subnet", item["SubnetId"], item)
        for item in _all(ec2, "describe_security_groups", "SecurityGroups"):
            if item["GroupName"] != "default":
                yield _found("AWS::EC2::SecurityGroup", item["GroupId"], item)

    def _gateways(self) -> Iterator[Found]:
        for item in _all(self._clients["ec2"], "describe_internet_gateways", "InternetGateways"):
            ident = item["InternetGatewayId"]
            yield _found("AWS::EC2::InternetGateway", ident, item)
            for each in item["Attachments"]:
                both = {"InternetGatewayId": ident, "VpcId": each["VpcId"]}
                kind = "AWS::EC2::VPCGatewayAttachment"
                yield Found(kind, f"IGW|{each['VpcId']}", f"{ident}|{each['VpcId']}", {}, both)

    def _addresses(self) -> Iterator[Found]:
        for item in self._clients["ec2"].describe_addresses()["Addresses"]:
            yield _found("AWS::EC2::EIP", f"{item['PublicIp']}|{item['AllocationId']}", item)

    def _buckets(self) -> Iterator[Found]:
        s3 = self._clients["s3"]
        for item in s3.list_buckets()["Buckets"]:
            tags = {}
            try:
                tags = {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=item["Name"])["TagSet"]}
            except s3.exceptions.ClientError as error:
                if error.response["Error"]["Code"] != "NoSuchTagSet":
                    raise
            body = {
                **item,
                "Tags": tags,
                "Versioning": s3.get_bucket_versioning(Bucket=item["Name"]).get("Status"),
                "Public": s3.get_public_access_block(Bucket=item["Name"])["PublicAccessBlockConfiguration"],
            }
            yield Found("AWS::S3::Bucket", item["Name"], f"{item['Name']} {item['CreationDate']}", tags, body)

    def meddle(self, call: Call, found: Found) -> None:
        self._send(call, lambda name: found.body[name])

    def remove(self, found: Found) -> None:
        service, method, names = _REMOVALS[found.type]
        body = {"Bucket": found.identity, **found.body}
        getattr(self._clients[service], method)(**{name: body[name] for name in names})

    def lacks(self, call: Call) -> bool:
        """501 is what the endpoint answers for operations that it does not have."""
        from botocore.exceptions import ClientError

        try:
            self._send(call, lambda name: name)
        except ClientError as error:
            return bool(error.response["ResponseMetadata"]["HTTPStatusCode"] == 501)
        return False

    def _send(self, call: Call, fill: Callable[[str], Any]) -> None:
        service, _, method = call.target.partition(".")
        getattr(self._clients[service], method)(**filled(call.arguments, fill))


def _all(client: Any, method: str, key: str) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator(method).paginate():
        yield from page[key]


def _found(kind: str, identity: str, item: dict[str, Any]) -> Found:
    return Found(kind, identity, identity, {tag["Key"]: tag["Value"] for tag in item.get("Tags", ())}, item)
