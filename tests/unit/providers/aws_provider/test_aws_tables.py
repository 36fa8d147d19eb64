"""The tables themselves: consistent with what AWS publishes, and with what the SDK can send."""

from __future__ import annotations

from typing import Any

import botocore.session
import jsonschema_rs
import pytest
from aws_rig import ATTACHMENT, BUCKET, EIP, GATEWAY, GROUP, SUBNET, VPC

from providers.aws.provider import AwsProvider
from providers.aws.schema import archive
from providers.aws.services import SDK
from providers.aws.table import Call, Table
from providers.aws.types import table_of, tables
from providers.aws.types.stores import DATA_STORES
from provisioner.model.change import Edit
from provisioner.model.fault import Fault, ProviderError, UnknownTypeError
from provisioner.model.place import Place
from provisioner.model.resource import Observed, Resource
from provisioner.model.resource_type import EffectKind, Ownership, Sameness, TagField
from provisioner.model.value import ABSENT, Map, thaw
from provisioner.planner.diff import effect_of
from provisioner.protocols.provider import Ask

EVERY = pytest.mark.parametrize("table", tables(), ids=lambda table: table.type)
MODELS = botocore.session.Session()


def _calls(table: Table) -> list[Call]:
    return [table.create, *table.updates, *table.tags, *table.before_delete, table.delete]


def _service(table: Table) -> str:
    service = str(archive().entry(table.type)["service"])
    return SDK.get(service, service)


@EVERY
def test_names_of_calls_are_unique_and_found_again(table: Table) -> None:
    later = [*table.updates, *table.tags, *table.before_delete, table.delete]
    assert len({call.name for call in later}) == len(later)
    assert all(table.call(call.name) is call for call in later)
    assert len({detail.name for detail in table.details}) == len(table.details)


@EVERY
def test_operations_and_parameters_exist_in_the_sdk(table: Table) -> None:
    model = MODELS.get_service_model(_service(table))
    reads = [each for each in (table.get, table.by_name, *table.details, table.settles, table.ends) if each]
    for call in [*_calls(table), *reads]:
        members = model.operation_model(call.operation).input_shape.members
        for name in call.params:
            shape: Any = None
            for part in name.split("."):
                if shape and shape.type_name == "map":
                    break  # its keys are the user's, or stand in the service's prose
                assert part in (shape.members if shape else members), f"{call.operation} has no {name}"
                shape = (shape.members if shape else members)[part]
    if table.bulk:
        operation = model.operation_model(table.bulk.operation)
        given = {table.bulk.filters} if table.bulk.by_id or table.bulk.by_tag else set()
        if table.bulk.limit:
            given |= {table.bulk.limit[0], table.bulk.token[0]}
            assert table.bulk.token[1] in operation.output_shape.members
        given |= {table.bulk.ids[0]} if table.bulk.ids else set()
        assert given <= set(operation.input_shape.members)


@EVERY
def test_what_is_set_and_read_are_properties_that_aws_publishes(table: Table) -> None:
    published = {*archive().entry(table.type)["schema"]["properties"], *table.widened}
    assert {path[0] for path in table.settable} <= published
    assert {*table.body} - {"Tags"} <= published
    assert {detail.fills for detail in table.details} <= published
    assert {name.split(".")[0] for name in table.defaults} <= published


@EVERY
def test_every_settable_property_is_read_back_unless_it_is_write_only(table: Table) -> None:
    kind = AwsProvider().resource_type(table.type)
    read = {*table.body, *(detail.fills for detail in table.details), *table.identity}
    assert {path[0] for path in table.settable if not kind.is_write_only(path)} <= read


@EVERY
def test_a_settable_property_is_either_updated_or_fixed(table: Table) -> None:
    kind = AwsProvider().resource_type(table.type)
    updated = {path[0] for call in table.updates for path in call.paths}
    fixed = (EffectKind.REPLACE, EffectKind.REFUSE)
    replaced = {effect.path[0] for effect in kind.effects if effect.kind in fixed}
    assert {path[0] for path in table.create.paths} <= updated | replaced


@EVERY
def test_the_schema_refuses_what_no_call_sets(table: Table) -> None:
    properties = AwsProvider().resource_type(table.type).schema["properties"]
    refused = {name for name, schema in properties.items() if schema is False}
    assert not refused & {path[0] for path in table.settable}
    assert not refused & {*table.body}


def _valid(kind: str, body: dict[str, Any]) -> bool:
    schema = thaw(AwsProvider().resource_type(kind).schema)
    return bool(jsonschema_rs.Draft202012Validator(schema).is_valid(body))


def test_the_schema_says_what_cannot_be_done_yet() -> None:
    assert _valid(BUCKET, {"BucketName": "bucket", "VersioningConfiguration": {"Status": "Enabled"}})
    assert not _valid(BUCKET, {"VersioningConfiguration": {"Status": "Enabled"}}), "a bucket needs a name"
    assert not _valid(BUCKET, {"BucketName": "bucket", "WebsiteConfiguration": {}})
    assert not _valid(ATTACHMENT, {"VpcId": "vpc-1", "VpnGatewayId": "vgw-1"})
    rule = {"IpProtocol": "-1", "SourceSecurityGroupId": "sg-1"}
    named = {"IpProtocol": "-1", "SourceSecurityGroupName": "x"}
    assert _valid(GROUP, {"GroupDescription": "d", "SecurityGroupIngress": [rule]})
    assert not _valid(GROUP, {"GroupDescription": "d", "SecurityGroupIngress": [named]})


def test_type_data() -> None:
    types = {name: AwsProvider().resource_type(name) for name in (VPC, SUBNET, GROUP, GATEWAY, ATTACHMENT, EIP, BUCKET)}
    assert {name: kind.service for name, kind in types.items()} == dict.fromkeys(types, "ec2") | {BUCKET: "s3"}
    assert {name for name, kind in types.items() if kind.ownership is Ownership.LEDGER} == {ATTACHMENT}
    assert all(kind.ownership is Ownership.TAGGED for name, kind in types.items() if name != ATTACHMENT)
    assert all(kind.tags == TagField(("Tags",), "list") for name, kind in types.items() if name != ATTACHMENT)
    assert [name for name, kind in types.items() if kind.data_store] == [BUCKET]
    assert [name for name, kind in types.items() if kind.creates_over] == [BUCKET]
    assert types[BUCKET].natural_key == (("BucketName",),)
    assert types[SUBNET].unique == ((("VpcId",), ("CidrBlock",)), (("VpcId",), ("Ipv6CidrBlock",)))
    assert all(kind.visible_within > 0 for kind in types.values())


@pytest.mark.parametrize(
    ("kind", "path", "sameness"),
    [
        (VPC, ("CidrBlock",), Sameness.CIDR),
        (VPC, ("Tags",), Sameness.KEYED),
        (SUBNET, ("Ipv6CidrBlock",), Sameness.CIDR),
        (GROUP, ("SecurityGroupIngress",), Sameness.SET),
        (GROUP, ("SecurityGroupEgress", 3, "CidrIpv6"), Sameness.CIDR),
        ("AWS::IAM::Role", ("AssumeRolePolicyDocument",), Sameness.JSON),
        ("AWS::IAM::Role", ("Policies", 0, "PolicyDocument"), Sameness.JSON),
    ],
)
def test_sameness_comes_from_the_schema_and_the_table(kind: str, path: Any, sameness: Sameness) -> None:
    found = AwsProvider().resource_type(kind).equality(path)
    assert found and found.sameness is sameness
    assert found.key == {Sameness.KEYED: "Key", Sameness.SET: "Description"}.get(sameness, "")


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        ("dedicated", "default", EffectKind.IN_PLACE),
        ("default", "dedicated", EffectKind.REPLACE),
    ],
)
def test_tenancy_can_only_be_loosened(before: str, after: str, effect: EffectKind) -> None:
    kind = AwsProvider().resource_type(VPC)
    edit = Edit(("InstanceTenancy",), before, after)
    assert effect_of(kind, edit, Map(InstanceTenancy=before), Map(InstanceTenancy=after)) is effect


def test_every_type_of_the_archive_is_described() -> None:
    provider = AwsProvider()
    names = provider.type_names()
    assert len(names) > 1800
    for name in names[::7]:
        kind = provider.resource_type(name)
        assert (kind.name, kind.cloud) == (name, "aws")
        assert (kind.tags is None) == (kind.ownership is Ownership.LEDGER)
    assert provider.resource_type(VPC) is provider.resource_type(VPC)


@pytest.mark.parametrize("name", ["AWS::Nope::X", "AWS::Lx::Q"])
def test_what_is_like_no_type_has_no_near_names(name: str) -> None:
    with pytest.raises(UnknownTypeError) as caught:
        AwsProvider().resource_type(name)
    assert caught.value.near == ()


def test_unknown_types_come_with_near_names() -> None:
    with pytest.raises(UnknownTypeError) as caught:
        AwsProvider().resource_type("AWS::EC2::Vpcs")
    assert caught.value.near[0] == VPC


def test_a_type_without_table_and_handlers_is_described_and_names_itself_when_used() -> None:
    provider, place = AwsProvider(), Place("aws", "aws", "1", region="eu-west-1", default_tags=Map(team="a"))
    name = "AWS::CodeBuild::Project"
    assert table_of(name) is None and not provider.resource_type(name).applies
    want = provider.normalize(Resource("q", name, place, Map(Name="b")))
    assert want.body["Tags"] == ({"Key": "team", "Value": "a"},)
    for verb in (
        lambda: provider.create(want, "t"),
        lambda: provider.delete(Observed(name, place, "x"), "t"),
        lambda: provider.reads(Ask(place, name)),
    ):
        with pytest.raises(ProviderError, match=name) as caught:
            verb()
        assert caught.value.fault is Fault.INVALID


def test_what_is_known_of_types_without_a_table_is_the_registrys() -> None:
    provider = AwsProvider()
    assert set(provider.type_names()) >= DATA_STORES
    bus, database = (provider.resource_type(f"AWS::{name}") for name in ("Events::EventBus", "Glue::Database"))
    assert bus.applies and bus.ownership is Ownership.TAGGED and bus.tags and bus.replays
    assert bus.natural_key == (("Name",),) and not bus.data_store
    assert database.ownership is Ownership.LEDGER and database.data_store
    fixed = provider.resource_type("AWS::Glue::SecurityConfiguration")  # has no update handler
    assert {effect.kind for effect in fixed.effects} == {EffectKind.REPLACE}
    assert ("EncryptionConfiguration",) in {effect.path for effect in fixed.effects}
    assert provider.resource_type("AWS::Glue::Job").tags == TagField(("Tags",), "map")


def test_the_pattern_takes_aws_types_and_no_others() -> None:
    import re

    assert re.fullmatch(AwsProvider.type_pattern, VPC)
    for other in ("Microsoft.Network/virtualNetworks", "compute.googleapis.com/Network", "AWS::EC2"):
        assert not re.fullmatch(AwsProvider.type_pattern, other)


def test_null_is_no_value() -> None:
    from providers.aws.terms import given

    assert given(Map(A=None), ("A",)) is ABSENT
