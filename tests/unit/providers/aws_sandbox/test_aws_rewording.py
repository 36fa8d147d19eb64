"""Answers said in other words mean the same: only lists without order are in another one, only structures have members more."""

from __future__ import annotations

import json
from random import Random
from typing import Any
from xml.etree import ElementTree

from providers.aws.sandbox.call import parse
from providers.aws.sandbox.rewording import reworded
from providers.kit.server import Request

SEEDS = range(40)


def said(service: str, operation: str, body: str, target: str = "X") -> list[str]:
    """What an answer may be reworded to."""
    scope = f"AWS4-HMAC-SHA256 Credential=t/20260101/us-east-1/{service}/aws4_request"
    headers = {"authorization": scope} | ({"x-amz-target": f"{target}.{operation}"} if target else {})
    call = parse(Request("POST", "/", "", headers, f"Action={operation}".encode()))
    return [reworded(call, body.encode(), Random(seed), lambda _item: False).decode() for seed in SEEDS]


def told(answers: list[str]) -> list[dict[str, Any]]:
    return [json.loads(answer) for answer in answers]


def test_a_map_of_the_users_own_keys_gets_no_other() -> None:
    answers = told(said("sqs", "ListQueueTags", '{"Tags": {"b": "1", "a": "2"}}'))
    assert all(answer["Tags"] == {"a": "2", "b": "1"} for answer in answers)
    assert {len(answer) for answer in answers} == {1, 2}


def test_lists_of_a_listing_and_tags_have_no_order() -> None:
    listed = told(
        said("secretsmanager", "ListSecrets", '{"SecretList": [{"Name": "a"}, {"Name": "b"}, {"Name": "c"}]}')
    )
    assert {tuple(secret["Name"] for secret in answer["SecretList"]) for answer in listed} > {("a", "b", "c")}
    tagged = told(said("secretsmanager", "DescribeSecret", '{"Tags": [{"Key": "a"}, {"Key": "b"}]}'))
    assert {tuple(tag["Key"] for tag in answer["Tags"]) for answer in tagged} == {("a", "b"), ("b", "a")}


def test_any_other_list_keeps_its_order() -> None:
    body = '{"taskDefinition": {"containerDefinitions": [{"name": "a", "command": ["x", "y"]}, {"name": "b"}]}}'
    for answer in told(said("ecs", "DescribeTaskDefinition", body)):
        one, two = answer["taskDefinition"]["containerDefinitions"]
        assert (one["name"], one["command"], two["name"]) == ("a", ["x", "y"], "b")


def test_query_answers_too() -> None:
    body = (
        '<ListRolesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListRolesResult><Roles>'
        "<member><RoleName>a</RoleName></member><member><RoleName>b</RoleName></member>"
        "</Roles></ListRolesResult></ListRolesResponse>"
    )
    answers = [ElementTree.fromstring(text) for text in said("iam", "ListRoles", body, target="")]
    names = {tuple(each.text for each in answer.iter() if each.tag.endswith("RoleName")) for answer in answers}
    assert names == {("a", "b"), ("b", "a")}
    assert {sum(len(member) for member in answer.iter() if member.tag.endswith("member")) for answer in answers} == {
        2,
        3,
        4,
    }


def test_what_is_no_answer_in_json_or_xml_stays_as_it_is() -> None:
    assert set(said("lambda", "Invoke", "plain")) == {"plain"}
    assert set(said("nothing", "Op", '{"a": [1, 2]}')) == {'{"a": [1, 2]}'}
