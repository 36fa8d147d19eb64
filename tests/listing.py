"""What really exists behind the sandbox's endpoints, asked with the clouds' plain SDKs and none of our code.

Each object becomes a line without ids, so that two runs of one blueprint can be compared: ``aws subnet 10.0.1.0/24``.
"""

from __future__ import annotations

import json
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
from botocore.config import Config

ARM = "api-version=2021-04-01"


def arm(url: str, method: str, path: str, body: Any = None) -> Any:
    """One plain request to a local ARM, as somebody else would send it. path: from ``/subscriptions`` on."""
    headers = {"Authorization": "Bearer plain", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{url}{path}?{ARM}", data, headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or b"{}")


def everything(endpoints: Mapping[str, str], subscription: str, project: str, region: str) -> Counter[str]:
    """All objects of the three clouds, counted by what they are."""
    found: Counter[str] = Counter()
    found.update(aws(endpoints["aws"], region))
    found.update(azure(endpoints["azure"], subscription))
    found.update(gcp(endpoints["gcp"], project))
    return found


def client(service: str, endpoint: str, region: str) -> Any:
    """A plain boto3 client."""
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id="plain",
        aws_secret_access_key="plain",
        config=Config(s3={"addressing_style": "path"}),
    )


def aws(endpoint: str, region: str) -> Iterator[str]:
    """VPCs, subnets, groups, addresses, gateways and buckets."""
    ec2 = client("ec2", endpoint, region)
    for vpc in ec2.describe_vpcs()["Vpcs"]:
        hostnames = ec2.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute="enableDnsHostnames")
        yield f"aws vpc {vpc['CidrBlock']} hostnames={hostnames['EnableDnsHostnames']['Value']}"
    for subnet in ec2.describe_subnets()["Subnets"]:
        yield f"aws subnet {subnet['CidrBlock']}"
    for group in ec2.describe_security_groups()["SecurityGroups"]:
        if group["GroupName"] != "default":
            rules = sum(len(p["IpRanges"]) + len(p["Ipv6Ranges"]) for p in group["IpPermissions"])
            yield f"aws group {group['GroupName']} rules={rules}"
    for _address in ec2.describe_addresses()["Addresses"]:
        yield "aws address"
    for gateway in ec2.describe_internet_gateways()["InternetGateways"]:
        yield f"aws gateway attached={len(gateway['Attachments'])}"
    for bucket in client("s3", endpoint, region).list_buckets()["Buckets"]:
        yield f"aws bucket {bucket['Name']}"


def get(url: str) -> Any:
    """A plain request."""
    request = urllib.request.Request(url, headers={"Authorization": "Bearer plain"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def azure(endpoint: str, subscription: str) -> Iterator[str]:
    """Resource groups, all resources in them, and the children of networks."""
    base = f"{endpoint}/subscriptions/{subscription}"
    for group in get(f"{base}/resourcegroups?{ARM}")["value"]:
        yield f"azure group {group['name']}"
    for item in get(f"{base}/resources?{ARM}")["value"]:
        yield f"azure {item['type'].lower()} {item['name']}"
        if item["type"].lower() == "microsoft.network/virtualnetworks":
            network = get(f"{endpoint}{item['id']}?api-version=2024-05-01")
            for subnet in network["properties"].get("subnets", ()):
                yield f"azure subnet {item['name']}/{subnet['name']}"


def gcp(endpoint: str, project: str) -> Iterator[str]:
    """Networks, subnetworks, firewalls and addresses."""
    base = f"{endpoint}/compute/v1/projects/{project}"
    for collection in ("global/networks", "global/firewalls", "global/addresses"):
        for item in get(f"{base}/{collection}").get("items", ()):
            yield f"gcp {collection} {item['name']}"
    for collection in ("subnetworks", "addresses"):
        for scope in get(f"{base}/aggregated/{collection}").get("items", {}).values():
            for item in scope.get(collection, ()):
                yield f"gcp {collection} {item['name']} {item.get('region', '').rsplit('/', 1)[-1]}"
