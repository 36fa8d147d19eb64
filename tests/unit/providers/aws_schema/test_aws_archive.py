"""The committed AWS archive is what the pinned wheel gives, and a validator accepts all of it."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from providers.aws.schema import PATH, archive
from providers.aws.schema.compile import compile_to, paths, tagging, translated
from providers.kit.dialect import regex


def _members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_the_committed_archive_is_what_the_pinned_wheel_gives(tmp_path: Path) -> None:
    again = tmp_path / "again.zip"
    assert compile_to(again) == 1898
    assert _members(again) == _members(PATH), "run `make schemas` and commit the archive"


def test_every_schema_compiles() -> None:
    opened = archive()
    for name in opened.names():
        jsonschema_rs.Draft202012Validator(opened.entry(name)["schema"])


def _problems(name: str, body: dict[str, Any]) -> list[tuple[str, ...]]:
    validator = jsonschema_rs.Draft202012Validator(archive().entry(name)["schema"])
    return sorted(tuple(map(str, error.instance_path)) for error in validator.iter_errors(body))


_NET = {"CidrBlock": "10.0.0.0/16"}
_RULE = {"IpProtocol": "tcp"}
_TWO_POOLS = {"VpcId": "v", "CidrBlock": "c", "Ipv4IpamPoolId": "p", "Ipv4NetmaskLength": 20}


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("AWS::EC2::VPC", {**_NET, "Tags": [{"Key": "a", "Value": "b"}]}, []),
        ("AWS::EC2::VPC", {**_NET, "CidrBlok": "10.0.0.0/16"}, [()]),
        ("AWS::EC2::VPC", {**_NET, "EnableDnsSupport": "yes"}, [("EnableDnsSupport",)]),
        ("AWS::EC2::VPC", {}, [()]),  # neither a range nor a pool to take it from
        ("AWS::EC2::VPC", {"Ipv4IpamPoolId": "p"}, [()]),  # the length must stand beside the pool
        ("AWS::EC2::Subnet", _TWO_POOLS, [("CidrBlock",), ("Ipv4IpamPoolId",)]),  # one excludes the other
        (
            "AWS::EC2::SecurityGroup",
            {"GroupDescription": "d", "SecurityGroupIngress": [_RULE]},  # a rule without a source
            [("SecurityGroupIngress", "0")],
        ),
    ],
)
def test_bodies_are_judged_where_they_are_wrong(
    name: str, body: dict[str, Any], expected: list[tuple[str, ...]]
) -> None:
    assert _problems(name, body) == expected


def test_an_entry_says_what_the_registry_says() -> None:
    entry = archive().entry("AWS::EC2::VPCGatewayAttachment")
    assert entry["service"] == "ec2"
    assert entry["create_only"] == [["VpcId"]]
    assert entry["read_only"] == [["AttachmentType"]]
    assert entry["cloud"]["identifier"] == [["AttachmentType"], ["VpcId"]]
    assert entry["cloud"]["tagging"] == {
        "taggable": False,
        "tagOnCreate": False,
        "tagUpdatable": False,
        "tagProperty": [],
    }
    assert entry["cloud"]["handlers"] == ["create", "delete", "list", "read", "update"]


def test_order_that_means_nothing_is_still_told() -> None:
    rules = archive().entry("AWS::EC2::SecurityGroup")["schema"]["properties"]["SecurityGroupIngress"]
    assert rules["insertionOrder"] is False
    assert rules["description"] == "The inbound rules associated with the security group"


def test_cfn_lints_own_keywords_become_standard_ones() -> None:
    schema = translated(
        {
            "properties": {"Mode": {"enumCaseInsensitive": ["on", "a.b"]}, "A": {}, "B": {}, "C": {}},
            "dependentExcluded": {"A": ["B"]},
            "requiredXor": ["B", "C"],
            "dependencies": {"C": ["Mode"]},
        }
    )
    valid = jsonschema_rs.Draft202012Validator(schema).is_valid
    assert valid({"B": 1, "Mode": "ON"})
    assert valid({"B": 1, "Mode": "A.b"})
    assert not valid({"B": 1, "Mode": "axb"})
    assert not valid({"B": 1, "C": 1, "Mode": "on"})
    assert not valid({"A": 1, "B": 1})
    assert not valid({"C": 1})


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        ("\\A[0-9a-f]+\\Z", "0af", "xyz"),
        ("^[A-Za-z0-9](?:[\\w- ]*[A-Za-z0-9])?$", "a-b c", "-a"),
        ("^[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDBFF-\\uDC00\\uDFFF\\t]*$", "text \U0001f600", "\x01"),
    ],
)
def test_patterns_of_other_dialects_are_translated(pattern: str, good: str, bad: str) -> None:
    valid = jsonschema_rs.Draft202012Validator({"pattern": regex(pattern)}).is_valid
    assert valid(good)
    assert not valid(bad)


def test_a_pattern_without_an_equal_is_left_out() -> None:
    assert regex("^[^\\p{C}]{1,99999999}$") is None
    assert "pattern" not in translated({"type": "string", "pattern": "^[^\\p{C}]{1,99999999}$"})


def test_paths_are_lists_of_keys() -> None:
    assert paths(["/properties/A/*/B"]) == [["A", "*", "B"]]


def test_tags_claimed_without_a_property_are_not_believed() -> None:
    assert tagging({"taggable": True, "properties": {"Name": {}}})["taggable"] is False
    assert tagging({"properties": {"Tags": {}}})["tagProperty"] == ["Tags"]
