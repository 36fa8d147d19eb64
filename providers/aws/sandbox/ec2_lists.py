"""Lists of EC2 whose filters moto has not, or not all: what they let through is asked for by its id. Changes nothing.

Filters and what is said of an id that there is not follow the EC2 API reference of each operation.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from providers.aws.sandbox.errors import RefusedError

_NAME = re.compile(r"Filter\.(\d+)\.Name")


@dataclass(frozen=True, slots=True)
class _List:
    """One list. content: moto's objects by id · ids: the parameter that takes ids · own: the filter that does · code: what an
    id is answered that there is not · values: of an object, by filter, where they are no attribute of that name · tolerant: moto
    lists nothing for an id that there is not, and knows no filter by network."""

    content: str
    ids: str
    own: str
    code: str
    values: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    tolerant: bool = False


_LISTS = {
    "DescribeNatGateways": _List("nat_gateways", "NatGatewayId", "nat-gateway-id", "NatGatewayNotFound"),
    "DescribeNetworkAcls": _List(
        "network_acls",
        "NetworkAclId",
        "network-acl-id",
        "InvalidNetworkAclID.NotFound",
        {
            "association.subnet-id": lambda acl: [each.subnet_id for each in acl.associations],
            "default": lambda acl: str(acl.default).lower(),
        },
    ),
    "DescribeTransitGateways": _List(
        "transit_gateways", "TransitGatewayIds", "transit-gateway-id", "InvalidTransitGatewayID.NotFound", tolerant=True
    ),
    "DescribeTransitGatewayVpcAttachments": _List(
        "transit_gateway_attachments",
        "TransitGatewayAttachmentIds",
        "transit-gateway-attachment-id",
        "InvalidTransitGatewayAttachmentID.NotFound",
    ),
    "DescribeVpcEndpoints": _List(
        "vpc_end_points", "VpcEndpointId", "vpc-endpoint-id", "InvalidVpcEndpointId.NotFound"
    ),
    "DescribeVpcPeeringConnections": _List(
        "vpc_pcxs",
        "VpcPeeringConnectionId",
        "vpc-peering-connection-id",
        "InvalidVpcPeeringConnectionID.NotFound",
        {
            "accepter-vpc-info.vpc-id": lambda link: link.peer_vpc.id,
            "requester-vpc-info.vpc-id": lambda link: link.vpc.id,
            "status-code": lambda link: link.status["Code"],
        },
        tolerant=True,
    ),
}


def narrowed(operation: str, form: Mapping[str, str], ec2: Any) -> dict[str, str]:
    """The parameters with which moto lists what these ask for."""
    if operation not in _LISTS:
        return dict(form)
    which = _LISTS[operation]
    content = getattr(ec2, which.content)
    asked = [value for key, value in form.items() if key.startswith(f"{which.ids}.")]
    for unknown in (identity for identity in asked if identity not in content):
        raise RefusedError(which.code, f"The ID '{unknown}' does not exist")
    filters = [
        (name, [value for key, value in form.items() if key.startswith(f"Filter.{found[1]}.Value.")])
        for key, name in form.items()
        if (found := _NAME.fullmatch(key))
    ]
    if not filters:
        return dict(form)
    kept = [
        identity
        for identity, one in content.items()
        if (not asked or identity in asked)
        and all(_passes(_value(which, name, identity, one), values) for name, values in filters)
    ]
    rest = {key: value for key, value in form.items() if not key.startswith(("Filter.", f"{which.ids}."))}
    if kept:
        return {**rest, **{f"{which.ids}.{at}": identity for at, identity in enumerate(kept, 1)}}
    nothing = {f"{which.ids}.1": "none"} if which.tolerant else {"Filter.1.Name": "vpc-id", "Filter.1.Value.1": "none"}
    return {**rest, **nothing}


def _value(which: _List, name: str, identity: str, one: Any) -> Any:
    if name == which.own:
        return identity
    if name.startswith("tag:"):
        return [tag["value"] for tag in one.get_tags() if tag["key"] == name.removeprefix("tag:")]
    if name == "tag-key":
        return [tag["key"] for tag in one.get_tags()]
    if name in which.values:
        return which.values[name](one)
    found = getattr(one, name.replace("-", "_"), None)
    if found is None:
        raise RefusedError("InvalidParameterValue", f"The filter '{name}' is invalid")
    return found


def _passes(value: Any, patterns: list[str]) -> bool:
    values = value if isinstance(value, list) else [value]
    return any(fnmatch.fnmatchcase(str(one), pattern) for one in values for pattern in patterns)
