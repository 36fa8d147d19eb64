"""AppConfig through plain boto3."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients
from tests.conformance.hands.base import Found

REMOVALS = {"AWS::AppConfig::Application": Call("appconfig.delete_application", {"ApplicationId": "{Id}"})}


def inventory(clients: Clients, _types: Collection[str]) -> Iterator[Found]:
    """Applications."""
    appconfig = clients("appconfig")
    for item in appconfig.list_applications()["Items"]:
        arn = f"arn:aws:appconfig:us-east-1:123456789012:application/{item['Id']}"
        tags = appconfig.list_tags_for_resource(ResourceArn=arn)["Tags"]
        yield Found("AWS::AppConfig::Application", item["Id"], item["Id"], tags, {**item, "Tags": tags})
