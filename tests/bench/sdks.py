"""The clouds' plain SDKs at a sandbox, listing what exists as one would by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests import listing

Lister = Callable[[], int]
_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"


def aws(url: str) -> Lister:
    """Security groups, page by page, and their VPC."""
    ec2 = listing.client("ec2", url, "us-east-1")
    pages = ec2.get_paginator("describe_security_groups")

    def work() -> int:
        found = [group for page in pages.paginate() for group in page["SecurityGroups"]]
        return sum(group["GroupName"] != "default" for group in found) + len(ec2.describe_vpcs()["Vpcs"]) - 1

    return work


def azure(url: str) -> Lister:
    """Network security groups of the subscription, and their resource group."""
    from azure.mgmt.network import NetworkManagementClient
    from azure.mgmt.resource.resources import ResourceManagementClient

    network = NetworkManagementClient(object(), _SUBSCRIPTION, **_azure_client(url))
    resources = ResourceManagementClient(object(), _SUBSCRIPTION, **_azure_client(url))

    def work() -> int:
        return len(list(network.network_security_groups.list_all())) + len(list(resources.resource_groups.list())) - 1

    return work


def azure_group(url: str) -> Callable[[str], None]:
    """Make a resource group of a name that was looked for and is free."""
    from azure.core.exceptions import ResourceNotFoundError
    from azure.mgmt.resource.resources import ResourceManagementClient

    groups = ResourceManagementClient(object(), _SUBSCRIPTION, **_azure_client(url)).resource_groups

    def work(name: str) -> None:
        try:
            groups.get(name)
        except ResourceNotFoundError:
            groups.create_or_update(name, {"location": "westeurope", "tags": {"made": "for the bench"}})
        else:
            raise AssertionError(f"{name} was there before")

    return work


def _azure_client(url: str) -> dict[str, Any]:
    from azure.core.pipeline.policies import SansIOHTTPPolicy

    class Sign(SansIOHTTPPolicy):  # type: ignore[misc]
        def on_request(self, request: Any) -> None:
            request.http_request.headers["Authorization"] = "Bearer plain"

    return {"base_url": url, "credential_scopes": ["x"], "authentication_policy": Sign(), "retry_total": 0}


def gcp(url: str) -> Lister:
    """Addresses of all regions."""
    from google.api_core.client_options import ClientOptions
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import compute_v1

    client = compute_v1.AddressesClient(
        client_options=ClientOptions(api_endpoint=url), credentials=AnonymousCredentials()
    )

    def work() -> int:
        scopes = client.aggregated_list(request={"project": "sandbox", "max_results": 500})
        return sum(len(scope.addresses) for _, scope in scopes)

    return work
