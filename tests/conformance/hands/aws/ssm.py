"""SSM through plain boto3."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients, tagged
from tests.conformance.hands.base import Found

REMOVALS = {"AWS::SSM::Parameter": Call("ssm.delete_parameter", {"Name": "{Name}"})}


def inventory(clients: Clients, _types: Collection[str]) -> Iterator[Found]:
    """Parameters. How often they were written tells, beside when, one from another."""
    ssm = clients("ssm")
    for item in clients.all("ssm", "describe_parameters", "Parameters"):
        name = item["Name"]
        first = ssm.get_parameter_history(Name=name)["Parameters"][0]
        tags = tagged(ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"])
        value = ssm.get_parameter(Name=name, WithDecryption=False)["Parameter"]["Value"]
        stamp = f"{name} {first['LastModifiedDate'].timestamp()}"
        yield Found("AWS::SSM::Parameter", name, stamp, tags, {**item, "Value": value, "Tags": tags})
