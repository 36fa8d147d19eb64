"""Lambda through plain boto3."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients
from tests.conformance.hands.base import Found

REMOVALS = {
    "AWS::Lambda::Function": Call("lambda.delete_function", {"FunctionName": "{FunctionName}"}),
    "AWS::Lambda::Permission": Call(
        "lambda.remove_permission", {"FunctionName": "{FunctionName}", "StatementId": "{Sid}"}
    ),
    "AWS::Lambda::EventSourceMapping": Call("lambda.delete_event_source_mapping", {"UUID": "{UUID}"}),
    "AWS::Lambda::LayerVersion": Call(
        "lambda.delete_layer_version", {"LayerName": "{LayerName}", "VersionNumber": "{Version}"}
    ),
}


def inventory(clients: Clients, _types: Collection[str]) -> Iterator[Found]:
    """Functions with the statements of their policies, mappings, layers."""
    for lister in (_functions, _mappings, _layers):
        yield from lister(clients("lambda"))


def _functions(client: Any) -> Iterator[Found]:
    for page in client.get_paginator("list_functions").paginate():
        for item in page["Functions"]:
            name = item["FunctionName"]
            found = client.get_function(FunctionName=name)
            body = {**item, **found["Configuration"], "Concurrency": found.get("Concurrency")}
            made = found.get("Tags", {}).get("orch-owner", "")  # LastModified rises with each update
            yield Found("AWS::Lambda::Function", name, f"{name} {made}", found.get("Tags", {}), body)
            try:
                policy = json.loads(client.get_policy(FunctionName=name)["Policy"])
            except client.exceptions.ResourceNotFoundException:
                continue
            for each in policy["Statement"]:
                identity = f"{name}|{each['Sid']}"
                yield Found("AWS::Lambda::Permission", identity, identity, {}, {"FunctionName": name, **each})


def _mappings(client: Any) -> Iterator[Found]:
    for page in client.get_paginator("list_event_source_mappings").paginate():
        for item in page["EventSourceMappings"]:
            tags = client.list_tags(Resource=item["EventSourceMappingArn"])["Tags"]
            yield Found("AWS::Lambda::EventSourceMapping", item["UUID"], item["UUID"], tags, item)


def _layers(client: Any) -> Iterator[Found]:
    for layer in client.list_layers()["Layers"]:
        name = layer["LayerName"]
        for item in client.list_layer_versions(LayerName=name)["LayerVersions"]:
            arn = item["LayerVersionArn"]
            yield Found("AWS::Lambda::LayerVersion", arn, arn, {}, {"LayerName": name, **item})
