"""What stands in the three clouds, property by property, asked with plain SDKs and none of our code.

Each object is a name and its properties as JSON text. What a cloud chooses anew for an object made again (ids, addresses, dates,
fingerprints) is replaced by the name of what it belongs to, so that two states of one stack can be compared. Of hostile clouds
letters' case tells nothing, nor which host a link names: what they have said in one way may have been sent back to them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.listing import ARM, client, get
from tests.sandboxes import MOOD

Things = list[tuple[str, str]]
"""Names and properties, sorted; an object that stands twice is there twice."""

_ANEW = {
    "etag", "resourceGuid", "OwnerId", "ResponseMetadata", "AssociationId", "CreationDate", "creationTimestamp",
    "fingerprint", "labelFingerprint", "selfLinkWithId", "SecurityGroupArn", "SubnetArn",
}  # fmt: skip
_MARKS = ("orch-lineage", "orch-owner")


@dataclass
class _Found:
    """Objects of one cloud. anew: what a cloud has chosen, and the words for it."""

    things: list[tuple[str, Any]] = field(default_factory=list)
    anew: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, body: Any, **chosen: str | None) -> None:
        self.things.append((name, body))
        self.anew.update({value: f"<{what} of {name}>" for what, value in chosen.items() if value})


def everything(endpoints: Mapping[str, str], subscription: str, project: str, region: str) -> Things:
    """All objects of the three clouds."""
    found = _Found()
    _aws(found, endpoints["aws"], region)
    _azure(found, endpoints["azure"], subscription)
    _gcp(found, endpoints["gcp"], project)
    longest = sorted(found.anew, key=len, reverse=True)

    def plain(body: Any) -> str:
        text = json.dumps(_settled(body), sort_keys=True)
        for value in longest:
            text = text.replace(value.casefold() if MOOD else value, found.anew[value])
        return json.dumps(_settled(json.loads(text)), sort_keys=True)  # lists may stand in another order now

    return sorted((name, plain(body)) for name, body in found.things)


def _settled(value: Any) -> Any:
    """Without what is made anew, lists in one order, our marks without what they say."""
    if isinstance(value, Mapping):
        if value.get("Key") in _MARKS:
            return {"Key": value["Key"]}
        kept = {k: v for k, v in value.items() if k not in _ANEW}
        return {k: "*" if k in _MARKS else _settled(v) for k, v in kept.items()}
    if isinstance(value, list):
        return sorted(
            (_settled(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True, default=str)
        )
    if MOOD and isinstance(value, str) and not value.startswith("<"):
        return value.casefold().replace("//compute.googleapis.", "//www.googleapis.")
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _name(thing: Mapping[str, Any], otherwise: str) -> str:
    return next((tag["Value"] for tag in thing.get("Tags", ()) if tag["Key"] == "Name"), otherwise)


def _aws(found: _Found, endpoint: str, region: str) -> None:
    ec2 = client("ec2", endpoint, region)
    for vpc in ec2.describe_vpcs()["Vpcs"]:
        for attribute in ("enableDnsHostnames", "enableDnsSupport"):
            answer = ec2.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute=attribute)
            vpc[attribute] = answer[attribute[0].upper() + attribute[1:]]
        found.add(f"aws vpc {_name(vpc, '')} {vpc['CidrBlock']}", vpc, id=vpc["VpcId"])
    for subnet in ec2.describe_subnets()["Subnets"]:
        del subnet["AvailableIpAddressCount"]
        found.add(f"aws subnet {subnet['CidrBlock']}", subnet, id=subnet["SubnetId"])
    for group in ec2.describe_security_groups()["SecurityGroups"]:
        if group["GroupName"] != "default":
            found.add(f"aws group {group['GroupName']}", group, id=group["GroupId"])
    for address in ec2.describe_addresses()["Addresses"]:
        found.add(f"aws address {_name(address, '')}", address, id=address["AllocationId"], ip=address["PublicIp"])
    for gateway in ec2.describe_internet_gateways()["InternetGateways"]:
        found.add(f"aws gateway {_name(gateway, '')}", gateway, id=gateway["InternetGatewayId"])
    s3 = client("s3", endpoint, region)
    for bucket in s3.list_buckets()["Buckets"]:
        found.add(f"aws bucket {bucket['Name']}", dict(_bucket(s3, bucket["Name"])))


def _bucket(s3: Any, name: str) -> Iterator[tuple[str, Any]]:
    for aspect in ("versioning", "encryption", "tagging", "ownership_controls", "lifecycle_configuration", "policy"):
        yield aspect, _aspect(getattr(s3, f"get_bucket_{aspect}"), name)
    yield "public", _aspect(s3.get_public_access_block, name)


def _aspect(ask: Any, bucket: str) -> Any:
    from botocore.exceptions import ClientError

    try:
        return ask(Bucket=bucket)
    except ClientError as error:
        return error.response["Error"]["Code"]


def _azure(found: _Found, endpoint: str, subscription: str) -> None:
    base = f"{endpoint}/subscriptions/{subscription}"
    for group in get(f"{base}/resourcegroups?{ARM}")["value"]:
        found.add(f"azure group {group['name']}", group)
    for item in get(f"{base}/resources?{ARM}")["value"]:
        whole = get(f"{endpoint}{item['id']}?api-version=2024-05-01")
        address = whole["properties"].get("ipAddress")
        found.add(f"azure {item['type'].lower()} {item['name']}", whole, ip=address)
        network = item["type"].lower() == "microsoft.network/virtualnetworks"
        for subnet in whole["properties"].get("subnets", ()) if network else ():
            found.add(f"azure subnet {item['name']}/{subnet['name']}", subnet)


def _gcp(found: _Found, endpoint: str, project: str) -> None:
    base = f"{endpoint}/compute/v1/projects/{project}"
    for collection in ("global/networks", "global/firewalls", "global/addresses"):
        for item in get(f"{base}/{collection}").get("items", ()):
            del item["id"]
            found.add(f"gcp {collection} {item['name']}", item, ip=item.get("address"))
    for collection in ("subnetworks", "addresses"):
        for scope in get(f"{base}/aggregated/{collection}").get("items", {}).values():
            for item in scope.get(collection, ()):
                del item["id"]
                found.add(f"gcp {collection} {item['name']}", item, ip=item.get("address"))
