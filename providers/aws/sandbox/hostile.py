"""AWS in a hostile mode: lists in another order, members that nobody knows, and new objects that are not there yet.

What a new object may do follows the EC2 developer guide ("Eventual consistency in the Amazon EC2 API": a call that follows a
create may say NotFound, which does not mean that the object does not exist) and what S3 does with buckets. It changes answers
alone, never moto's objects.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from random import Random
from xml.etree import ElementTree

from providers.aws.sandbox import errors, s3
from providers.aws.sandbox.call import Call, Protocol, parse
from providers.aws.sandbox.errors import RefusedError
from providers.kit.hostile import Mood, Novelties, shuffled
from providers.kit.server import Request, Response

# By what makes it: how an object's id begins, and the code that says that there is none.
_MADE: Mapping[str, tuple[str, str]] = {
    "AllocateAddress": ("eipalloc", "InvalidAllocationID.NotFound"),
    "CreateInternetGateway": ("igw", "InvalidInternetGatewayID.NotFound"),
    "CreateNatGateway": ("nat", "NatGatewayNotFound"),
    "CreateNetworkAcl": ("acl", "InvalidNetworkAclID.NotFound"),
    "CreateNetworkInterface": ("eni", "InvalidNetworkInterfaceID.NotFound"),
    "CreateRouteTable": ("rtb", "InvalidRouteTableID.NotFound"),
    "CreateSecurityGroup": ("sg", "InvalidGroup.NotFound"),
    "CreateSubnet": ("subnet", "InvalidSubnetID.NotFound"),
    "CreateVolume": ("vol", "InvalidVolume.NotFound"),
    "CreateVpc": ("vpc", "InvalidVpcID.NotFound"),
    "RunInstances": ("i", "InvalidInstanceID.NotFound"),
}
_CODES = dict(_MADE.values())
_ID = re.compile(rf"\b(?:{'|'.join(_CODES)})-[0-9a-f]{{8,17}}\b")
# By list: the member that names each of its items.
_NAMED_BY = {
    "DescribeAddresses": "allocationId",
    "DescribeInternetGateways": "internetGatewayId",
    "DescribeNatGateways": "natGatewayId",
    "DescribeNetworkAcls": "networkAclId",
    "DescribeNetworkInterfaces": "networkInterfaceId",
    "DescribeRouteTables": "routeTableId",
    "DescribeSecurityGroupRules": "groupId",
    "DescribeSecurityGroups": "groupId",
    "DescribeSubnets": "subnetId",
    "DescribeVolumes": "volumeId",
    "DescribeVpcs": "vpcId",
}
_FILTERED = re.compile(r"^Filter\.\d+\.")
# What is a list in EC2's answers and no set: its order means something, or there is no more than one.
_ORDERED = frozenset({"valueSet", "instancesSet"})
_SETS = frozenset({"ipPermissions", "ipPermissionsEgress", "groups", "ipRanges", "ipv6Ranges", "prefixListIds"})
_NOBODY_KNOWS = "memberOfALaterVersion"


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
        if call.protocol in (Protocol.EC2, Protocol.S3) and response.body[:1] == b"<":
            response = replace(response, body=self._reworded(call, response.body), headers=_unsized(response.headers))
        return response

    # --- what is new ----------------------------------------------------------------------------------------------------

    def _not_yet(self, call: Call) -> RefusedError | None:
        """What a call is told that names something new. A filter finds nothing, and is no error."""
        if call.protocol is Protocol.S3:
            bucket = s3.bucket_name(call.request)
            if call.operation != "CreateBucket" and bucket and self._novelties.misses(f"s3 {bucket}"):
                return RefusedError("NoSuchBucket", "The specified bucket does not exist", 404)
            return None
        if call.protocol is not Protocol.EC2:
            return None
        named = {
            found for key, value in call.form().items() if not _FILTERED.match(key) for found in _ID.findall(value)
        }
        for identity in sorted(self._novelties.among(named)):
            if self._novelties.misses(identity):
                words = f"The ID '{identity}' does not exist"
                return RefusedError(_CODES[identity.partition("-")[0]], words)
        return None

    def _learn(self, call: Call, response: Response) -> None:
        if call.protocol is Protocol.S3 and call.operation == "CreateBucket":
            self._novelties.add(f"s3 {s3.bucket_name(call.request)}")
        elif call.protocol is Protocol.EC2 and call.operation in _MADE:
            begin = _MADE[call.operation][0]
            for identity in dict.fromkeys(_ID.findall(response.body.decode())):
                if identity.startswith(f"{begin}-"):
                    self._novelties.add(identity)

    # --- how it is answered ---------------------------------------------------------------------------------------------

    def _reworded(self, call: Call, body: bytes) -> bytes:
        root = ElementTree.fromstring(body)  # noqa: S314 - moto's answers to ourselves, on loopback
        self._answers += 1
        dice = self._mood.dice(call.name, self._answers)
        if name := _NAMED_BY.get(call.operation):
            self._without_new(root, name)
        for element in list(root.iter()):
            items = list(element)
            if len(items) > 1 and _is_set(element):
                element[:] = shuffled(dice, items)
        _add_unknown(root, dice)
        text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
        return text

    def _without_new(self, root: ElementTree.Element, name: str) -> None:
        for element in root:
            for item in [item for item in element if _tag(item) == "item"]:
                identity = next((each.text or "" for each in item if _tag(each) == name), "")
                if self._novelties.misses(identity):
                    element.remove(item)


def _is_set(element: ElementTree.Element) -> bool:
    """Whether the order of an element's children means nothing: EC2 calls most of its lists sets."""
    name = _tag(element)
    if name == "TagSet":
        return True
    return {_tag(item) for item in element} == {"item"} and (
        name in _SETS or (name.endswith(("Set", "Info")) and name not in _ORDERED)
    )


def _add_unknown(root: ElementTree.Element, dice: Random) -> None:
    """A member of a later version in some of the items; S3 takes its documents back, so it gets none."""
    for item in _items(root):
        if dice.random() < 0.5:
            ElementTree.SubElement(item, _NOBODY_KNOWS).text = str(dice.randint(1, 9))


def _items(root: ElementTree.Element) -> Iterator[ElementTree.Element]:
    return (item for element in root if element.tag.endswith(("Set", "Info")) for item in element if len(item))


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _unsized(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() != "content-length"}
