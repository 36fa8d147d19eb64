"""AWS in a hostile mode: lists in another order, members that nobody knows, and new objects that are not there yet.

What a new object may do follows the EC2 developer guide ("Eventual consistency in the Amazon EC2 API": a call that follows a
create may say NotFound, which does not mean that the object does not exist) and what S3 does with buckets. It changes answers
alone, never moto's objects.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from providers.aws.sandbox import errors, s3
from providers.aws.sandbox.call import Call, Protocol, parse
from providers.aws.sandbox.cloud_control.hostile import remodelled
from providers.aws.sandbox.errors import RefusedError
from providers.aws.sandbox.rewording import member, reworded
from providers.kit.hostile import Mood, Novelties
from providers.kit.server import Request, Response

# By what makes it: how an object's id begins, and the code that says that there is none.
_MADE: Mapping[str, tuple[str, str]] = {
    "AllocateAddress": ("eipalloc", "InvalidAllocationID.NotFound"),
    "CreateDhcpOptions": ("dopt", "InvalidDhcpOptionsID.NotFound"),
    "CreateFlowLogs": ("fl", "InvalidFlowLogId.NotFound"),
    "CreateInternetGateway": ("igw", "InvalidInternetGatewayID.NotFound"),
    "CreateNatGateway": ("nat", "NatGatewayNotFound"),
    "CreateNetworkAcl": ("acl", "InvalidNetworkAclID.NotFound"),
    "CreateNetworkInterface": ("eni", "InvalidNetworkInterfaceID.NotFound"),
    "CreateRouteTable": ("rtb", "InvalidRouteTableID.NotFound"),
    "CreateSecurityGroup": ("sg", "InvalidGroup.NotFound"),
    "CreateSubnet": ("subnet", "InvalidSubnetID.NotFound"),
    "CreateTransitGateway": ("tgw", "InvalidTransitGatewayID.NotFound"),
    "CreateTransitGatewayVpcAttachment": ("tgw-attach", "InvalidTransitGatewayAttachmentID.NotFound"),
    "CreateVolume": ("vol", "InvalidVolume.NotFound"),
    "CreateVpc": ("vpc", "InvalidVpcID.NotFound"),
    "CreateVpcEndpoint": ("vpce", "InvalidVpcEndpointId.NotFound"),
    "CreateVpcPeeringConnection": ("pcx", "InvalidVpcPeeringConnectionID.NotFound"),
    "RunInstances": ("i", "InvalidInstanceID.NotFound"),
}
_CODES = dict(_MADE.values())
_ID = re.compile(rf"\b(?:{'|'.join(_CODES)})-[0-9a-f]{{8,17}}\b")
# By list: the member that names each of its items.
_NAMED_BY = {
    "DescribeAddresses": "allocationId",
    "DescribeDhcpOptions": "dhcpOptionsId",
    "DescribeFlowLogs": "flowLogId",
    "DescribeInternetGateways": "internetGatewayId",
    "DescribeNatGateways": "natGatewayId",
    "DescribeNetworkAcls": "networkAclId",
    "DescribeNetworkInterfaces": "networkInterfaceId",
    "DescribeRouteTables": "routeTableId",
    "DescribeSecurityGroupRules": "groupId",
    "DescribeSecurityGroups": "groupId",
    "DescribeSubnets": "subnetId",
    "DescribeTransitGateways": "transitGatewayId",
    "DescribeTransitGatewayVpcAttachments": "transitGatewayAttachmentId",
    "DescribeVolumes": "volumeId",
    "DescribeVpcEndpoints": "vpcEndpointId",
    "DescribeVpcPeeringConnections": "vpcPeeringConnectionId",
    "DescribeVpcs": "vpcId",
}
# By service: the parameter in which a creating call gives a name, and what a call is told that names something unknown.
_NAMED: Mapping[str, Mapping[str, str]] = {
    "iam": {
        "CreateGroup": "GroupName",
        "CreateInstanceProfile": "InstanceProfileName",
        "CreatePolicy": "PolicyName",
        "CreateRole": "RoleName",
        "CreateUser": "UserName",
    },
    "sns": {"CreateTopic": "Name"},
    "sqs": {"CreateQueue": "QueueName"},
}
_MISSING = {
    "iam": ("NoSuchEntity", 404),
    "sns": ("NotFound", 404),
    "sqs": ("AWS.SimpleQueueService.NonExistentQueue", 400),
}
_READABLE = (Protocol.QUERY, Protocol.JSON)
_FILTERED = re.compile(r"^Filter\.\d+\.")


class Hostile:
    """``Hostility`` of one account."""

    def __init__(self, mood: Mood, clock: Callable[[], float] = time.monotonic) -> None:
        self._mood, self._novelties = mood, Novelties(mood, clock)
        self._answers = 0

    def __call__(self, request: Request, work: Callable[[], Response]) -> Response:
        call = parse(request)
        refused = self._not_yet(call)
        if refused:
            return errors.answer(call, refused)
        response = work()
        if response.status >= 300:
            return response
        self._learn(call, response)
        self._answers += 1
        dice = self._mood.dice(call.name, self._answers)
        hidden = _NAMED_BY.get(call.operation, "") if call.protocol is Protocol.EC2 else ""
        body = reworded(call, response.body, dice, lambda item: hidden and self._novelties.misses(member(item, hidden)))
        if call.service == "cloudcontrolapi":
            body = remodelled(dice, body)
        return response if body is response.body else replace(response, body=body, headers=_unsized(response.headers))

    # --- what is new ----------------------------------------------------------------------------------------------------

    def _not_yet(self, call: Call) -> RefusedError | None:
        """What a call is told that names something new. A filter finds nothing, and is no error."""
        if call.protocol is Protocol.S3:
            bucket = s3.bucket_name(call.request)
            if call.operation != "CreateBucket" and bucket and self._novelties.misses(f"s3 {bucket}"):
                return RefusedError("NoSuchBucket", "The specified bucket does not exist", 404)
            return None
        if call.protocol is not Protocol.EC2:
            return self._not_yet_named(call)
        named = {
            found for key, value in call.form().items() if not _FILTERED.match(key) for found in _ID.findall(value)
        }
        for identity in sorted(self._novelties.among(named)):
            if self._novelties.misses(identity):
                words = f"The ID '{identity}' does not exist"
                return RefusedError(_CODES[identity.rpartition("-")[0]], words)
        return None

    def _not_yet_named(self, call: Call) -> RefusedError | None:
        made = _NAMED.get(call.service, {})
        if not made or call.operation in made or call.protocol not in _READABLE:
            return None
        words = {word for value in call.parameters().values() if isinstance(value, str) for word in _ends(value)}
        for name in sorted(self._novelties.among({f"{call.service} {word}" for word in words})):
            if self._novelties.misses(name):
                code, status = _MISSING[call.service]
                return RefusedError(code, f"{name.partition(' ')[2]} does not exist", status)
        return None

    def _learn(self, call: Call, response: Response) -> None:
        if name := _NAMED.get(call.service, {}).get(call.operation, ""):
            self._novelties.add(f"{call.service} {call.parameters().get(name, '')}")
        if call.protocol is Protocol.S3 and call.operation == "CreateBucket":
            self._novelties.add(f"s3 {s3.bucket_name(call.request)}")
        elif call.protocol is Protocol.EC2 and call.operation in _MADE:
            begin = _MADE[call.operation][0]
            for identity in dict.fromkeys(_ID.findall(response.body.decode())):
                if identity.startswith(f"{begin}-"):
                    self._novelties.add(identity)


def _unsized(headers: Mapping[str, str]) -> dict[str, str]:
    """Without what a changed body makes wrong: its length and its checksum."""
    return {name: value for name, value in headers.items() if name.lower() not in ("content-length", "x-amz-crc32")}


def _ends(value: str) -> tuple[str, str, str]:
    """What a parameter may name: a name, or the last part of an ARN or an address."""
    return value, value.rpartition("/")[2], value.rpartition(":")[2]
