"""What is said of mistakes against the clouds' own schemas: each message as a person reads it."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from provisioner.blueprint.validate import Validators
from provisioner.blueprint.words import complaints
from provisioner.model.place import Place
from provisioner.model.resource import Resource
from provisioner.model.resource_type import ResourceType
from provisioner.model.value import Reference, freeze
from provisioner.registry import Registry

REGISTRY = Registry()
IN_GROUP = {"name": "example", "scope": "group"}
ACCOUNT = {"location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"}


def said(type_name: str, body: dict[str, Any], within: dict[str, Any] | None = None) -> list[str]:
    kind = REGISTRY.resource_type(type_name)
    place = Place("p", kind.cloud, "1")
    resource = Resource("it", kind.name, place, freeze(body), freeze(within or {}))
    problems = Validators().problems(resource, kind)
    return [
        problem.message.removeprefix("it: ") + (f" ({problem.hint})" if problem.hint else "") for problem in problems
    ]


SUBNET = {"VpcId": "v", "CidrBlock": "10.0.0.0/24"}
NET = {"name": "n", "network": "x"}


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("AWS::EC2::Subnet", {"CidrBlock": "10.0.0.0/24"}, "VpcId is missing (orch schema AWS::EC2::Subnet describes it)"),
        ("AWS::EC2::Subnet", {**SUBNET, "SubnetId": "s"}, "SubnetId is set by the cloud, never by hand (leave it out; others read it as {{ ref(\"it\").SubnetId }})"),
        ("AWS::EC2::Subnet", {**SUBNET, "MapPublicIp": True}, "MapPublicIp is not a known property of AWS::EC2::Subnet (did you mean MapPublicIpOnLaunch?)"),
        ("AWS::EC2::Subnet", {**SUBNET, "MapPublicIpOnLaunch": "yes"}, "MapPublicIpOnLaunch must be true or false, not the text 'yes'"),
        ("AWS::DynamoDB::Table", {"KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}], "BillingMode": "PER_REQUEST"}, "BillingMode must be one of PAY_PER_REQUEST, PROVISIONED; not the text 'PER_REQUEST' (did you mean PAY_PER_REQUEST?)"),
        ("AWS::RDS::DBCluster", {"MasterUserPassword": "x"}, "MasterUsername is missing: MasterUserPassword needs it"),
        ("AWS::IAM::Role", {"AssumeRolePolicyDocument": {}, "RoleName": "r" * 65}, "RoleName must have at most 64 characters"),
        ("Microsoft.Storage/storageAccounts", {**ACCOUNT, "properties": {"minimumTlsVersion": 1}}, "properties.minimumTlsVersion must be text, not the number 1 (text needs quotes: \"1\")"),
        ("Microsoft.Storage/storageAccounts", {**ACCOUNT, "properties": {"accesTier": "Hot"}}, "properties.accesTier is not a known property of Microsoft.Storage/storageAccounts (did you mean accessTier?)"),
        ("Microsoft.Storage/storageAccounts", {**ACCOUNT, "properties": {"primaryEndpoints": {}}}, "properties.primaryEndpoints is set by the cloud, never by hand (leave it out; others read it as {{ ref(\"it\").properties.primaryEndpoints }})"),
        ("Microsoft.EventGrid/eventSubscriptions", {"properties": {"destination": {"endpointType": "Hook"}}}, "properties.destination.endpointType must be AzureFunction, EventHub, HybridConnection, MonitorAlert, NamespaceTopic, ServiceBusQueue, ServiceBusTopic, StorageQueue or WebHook, not the text 'Hook'"),
        ("Microsoft.EventGrid/eventSubscriptions", {"properties": {"destination": {"endpointType": "EventHub", "properties": {"resourceID": "x"}}}}, "properties.destination.properties.resourceID is not a known property of Microsoft.EventGrid/eventSubscriptions (did you mean resourceId?)"),
        ("compute.googleapis.com/Subnetwork", {**NET, "ipCidrRange": "10.0.0.0/24", "name": "N"}, "name has not the form that is asked for: the text 'N' does not match ^(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)$"),
        ("compute.googleapis.com/Subnetwork", {**NET, "purpose": "PRIVATE_NATS"}, "purpose must be one of GLOBAL_MANAGED_PROXY, INTERNAL_HTTPS_LOAD_BALANCER, PEER_MIGRATION, PRIVATE, PRIVATE_NAT, PRIVATE_RFC_1918, PRIVATE_SERVICE_CONNECT, REGIONAL_MANAGED_PROXY; not the text 'PRIVATE_NATS' (did you mean PRIVATE_NAT or PRIVATE?)"),
        ("compute.googleapis.com/Network", {"name": "n", "routingConfig": {"routingMod": "GLOBAL"}}, "routingConfig.routingMod is not a known property of compute.googleapis.com/Network (did you mean routingMode?)"),
        ("compute.googleapis.com/Subnetwork", {**NET, "region": "europe-west1"}, "region is set by the cloud, never by hand (write region beside properties)"),
    ],
)  # fmt: skip
def test_bodies(name: str, body: dict[str, Any], expected: str) -> None:
    assert said(name, body, IN_GROUP if name.startswith("Microsoft.") else None) == [expected]


def test_what_excludes_each_other_is_told_once() -> None:
    assert said("AWS::EC2::Subnet", {**SUBNET, "Ipv4IpamPoolId": "p", "Ipv4NetmaskLength": 24}) == [
        "Ipv4IpamPoolId cannot be set beside CidrBlock",
    ]


def test_one_of_several_forms() -> None:
    validator = jsonschema_rs.Draft202012Validator(schema := {"oneOf": [{"required": ["A"]}, {"required": ["B"]}]})

    def told(value: dict[str, Any]) -> list[str]:
        return [complaint.text for error in validator.iter_errors(value) for complaint in complaints(error, schema)]

    assert told({"A": 1, "B": 1}) == ["sets A and B, which exclude each other"]
    assert told({}) == ["needs A or B"]


@pytest.mark.parametrize(
    ("within", "expected"),
    [
        ({}, [f"{key} is missing (orch schema Microsoft.Storage/storageAccounts describes it)" for key in ("name", "scope")]),
        ({"name": "ab", "scope": Reference("group")}, ["name must have at least 3 characters"]),
        ({"name": Reference("other", ("name",)), "scope": "group"}, []),
        ({"name": 3, "scope": "group"}, ["name must be text, not the number 3 (text needs quotes: \"3\")"]),
    ],
)  # fmt: skip
def test_what_stands_beside_the_properties(within: dict[str, Any], expected: list[str]) -> None:
    assert said("Microsoft.Storage/storageAccounts", ACCOUNT, within) == expected


def test_a_pattern_that_the_validator_cannot_read_breaks_nothing_else() -> None:
    schema = {
        "type": "object",
        "properties": {"A": {"pattern": "[", "minLength": 3}, "B": {"type": "object", "patternProperties": {"(": {}}}},
        "additionalProperties": False,
    }
    kind = ResourceType("T::T::T", "tee", schema=freeze(schema))
    wrong = Resource("it", kind.name, Place("p", "tee", "1"), freeze({"A": "a", "B": {"x": 1}, "C": 1}))
    messages = {problem.message for problem in Validators().problems(wrong, kind)}
    assert messages == {"it: A must have at least 3 characters", "it: C is not a known property of T::T::T"}
