"""Secrets, parameters and keys against the sandbox: no value is read, and what is on its way out is taken back if it was ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_rig import TOKEN, Aws

from providers.aws.types.secretsmanager_generated import fits, generated
from provisioner.model.change import Diff, Edit
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.resource import Owner, Resource
from provisioner.model.resource_type import EffectKind
from provisioner.model.value import Map, Secret, freeze
from provisioner.planner.diff import effect_of
from provisioner.protocols.provider import Done, Pending

SECRET, PARAMETER, KEY = "AWS::SecretsManager::Secret", "AWS::SSM::Parameter", "AWS::KMS::Key"


def _made(aws: Aws, want: Resource) -> Done:
    result: Done | Pending = aws.provider.create(want, TOKEN)
    while isinstance(result, Pending):
        json.dumps(result.continuation)
        assert "battery" not in str(result.continuation)
        result = aws.provider.advance(result, None, want, Diff(), TOKEN)
    return result


def _tags(**named: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in named.items()]


# --- secrets --------------------------------------------------------------------------------------------------------------


def test_a_secret_of_ours_that_is_on_its_way_out_is_taken_back(aws: Aws) -> None:
    body = {"Name": "db", "Description": "old", "SecretString": "horse-battery", "Tags": _tags(team="a", stage="b")}
    want, done = aws.create(SECRET, body)
    aws.finish(aws.provider.delete(aws.one(SECRET, done.identity), TOKEN), None, want, Diff())
    assert aws.look(SECRET, identities=(done.identity,)) == ([], [])
    fresh = aws.want(SECRET, {"Name": "db", "SecretString": "staple-battery", "Tags": _tags(team="c")})
    assert _made(aws, fresh).identity == done.identity
    have = aws.one(SECRET, done.identity)
    assert have.owner == fresh.owner and not aws.diff(fresh, have, fresh.body)
    assert have.body["Description"] == ""
    assert aws.client("secretsmanager").get_secret_value(SecretId="db")["SecretString"] == "staple-battery"


def test_what_was_generated_for_a_secret_comes_back_with_it(aws: Aws) -> None:
    body = {"Name": "db", "GenerateSecretString": {"PasswordLength": 20}}
    want, done = aws.create(SECRET, body)
    client = aws.client("secretsmanager")
    before = client.get_secret_value(SecretId="db")["SecretString"]
    aws.finish(aws.provider.delete(aws.one(SECRET, done.identity), TOKEN), None, want, Diff())
    assert _made(aws, aws.want(SECRET, body)).identity == done.identity
    assert client.get_secret_value(SecretId="db")["SecretString"] == before
    have, more = aws.one(SECRET, done.identity), aws.again(want, GenerateSecretString=Map(PasswordLength=9))
    aws.update(have, more, want.body)
    assert len(client.get_secret_value(SecretId="db")["SecretString"]) == 9


@pytest.mark.parametrize("tags", [{}, Owner("m" * 26, "uid", 1).tags()])
def test_a_secret_of_somebody_else_that_is_on_its_way_out_stays_there(aws: Aws, tags: dict[str, str]) -> None:
    client = aws.client("secretsmanager")
    client.create_secret(Name="db", SecretString="theirs", Tags=_tags(**tags))
    client.delete_secret(SecretId="db")
    with pytest.raises(ProviderError, match="on its way out, and is not ours: restore it") as caught:
        _made(aws, aws.want(SECRET, {"Name": "db", "SecretString": "battery"}))
    assert caught.value.fault is Fault.INVALID and caught.value.ended
    assert client.describe_secret(SecretId="db").get("DeletedDate")


def test_a_value_is_written_only_where_it_changes(aws: Aws) -> None:
    want, done = aws.create(SECRET, {"Name": "db", "SecretString": "horse-battery"})
    have = aws.one(SECRET, done.identity)
    assert "battery" not in str(have.body)
    aws.calls()
    aws.update(have, aws.again(want, Description="of it"), want.body)
    assert [name for name in aws.calls() if not name.startswith(("Describe", "Get"))] == ["UpdateSecret"]


def test_a_generated_text_has_each_kind_that_is_asked_for() -> None:
    text = generated(Map(PasswordLength=4))
    assert len(text) == 4
    assert [any(map(test, text)) for test in (str.islower, str.isupper, str.isdigit)] == [True] * 3
    assert set(generated(Map(ExcludePunctuation=True, ExcludeCharacters="abc", PasswordLength=200))).isdisjoint(
        "abc!\"#$%&'()*+"
    )
    asked = freeze(
        {"GenerateStringKey": "password", "SecretStringTemplate": '{"user": "u"}', "ExcludePunctuation": True}
    )
    said = json.loads(generated(asked))
    assert said["user"] == "u" and len(said["password"]) == 32


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({}, ""),
        ({"PasswordLength": 3}, "has 3 characters"),
        ({"PasswordLength": 3, "RequireEachIncludedType": False}, ""),
        ({"GenerateStringKey": "k"}, "go together"),
        ({f"Exclude{each}": True for each in ("Lowercase", "Uppercase", "Numbers", "Punctuation")}, "excludes every"),
    ],
)
def test_what_cannot_be_generated(asked: dict[str, Any], why: str) -> None:
    assert why in fits(freeze(asked)) and bool(why) is bool(fits(freeze(asked)))


def test_a_secret_has_one_value(aws: Aws) -> None:
    want = aws.want(SECRET, {"SecretString": "a", "GenerateSecretString": {"PasswordLength": 9}})
    assert ["one value" in problem.message for problem in aws.provider.refusals(want)] == [True]


# --- parameters -----------------------------------------------------------------------------------------------------------


def test_a_secure_string_is_read_as_ciphertext(aws: Aws) -> None:
    want, done = aws.create(PARAMETER, {"Name": "/db", "Type": "SecureString", "Value": "battery"})
    have = aws.one(PARAMETER, done.identity)
    assert have.body["Value"].startswith("kms:") and have.body["KeyId"] == ""
    aws.update(have, aws.again(want, KeyId="alias/own"), want.body)
    assert aws.one(PARAMETER, done.identity).body["KeyId"] == "alias/own"
    client = aws.client("ssm")
    assert client.get_parameter(Name="/db", WithDecryption=True)["Parameter"]["Value"] == "battery"


def test_what_has_left_the_blueprint_is_reset(aws: Aws) -> None:
    policy = '[{"Type": "NoChangeNotification", "Version": "1.0", "Attributes": {"After": "20", "Unit": "Days"}}]'
    body = {
        "Name": "/p",
        "Type": "String",
        "Value": "v",
        "Description": "d",
        "AllowedPattern": "v+",
        "Policies": policy,
    }
    want, done = aws.create(PARAMETER, body | {"Tier": "Advanced"})
    have = aws.one(PARAMETER, done.identity)
    assert not aws.diff(want, have, want.body)
    less = aws.again(want, Description=None, AllowedPattern=None, Policies=None)
    aws.update(have, less, want.body)
    found = aws.one(PARAMETER, done.identity).body
    assert [found[name] for name in ("Description", "AllowedPattern", "Policies", "Value")] == ["", "", "", "v"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"Type": "SecureString", "Value": "in the clear"}, "must be a secret"),
        ({"Type": "SecureString", "Value": Secret("env://X", "v")}, ""),
        ({"Type": "String", "Value": "v", "KeyId": "alias/own"}, "is not encrypted"),
    ],
)
def test_what_a_secure_string_is_made_of(aws: Aws, body: dict[str, Any], words: str) -> None:
    found = [problem.message for problem in aws.provider.refusals(aws.want(PARAMETER, {"Name": "p"} | body))]
    assert len(found) == bool(words) and all(words in each for each in found)


def test_parameters_are_found_by_their_tags(aws: Aws) -> None:
    for name in ("plain", "/a/path"):
        want, done = aws.create(PARAMETER, {"Name": name, "Type": "String", "Value": "v"})
        assert [each.identity for each in aws.look(PARAMETER, owner=want.owner)[0]] == [done.identity]


# --- keys -----------------------------------------------------------------------------------------------------------------


def test_a_key_waits_as_long_as_the_blueprint_says(aws: Aws) -> None:
    want, done = aws.create(KEY, {"PendingWindowInDays": 7})
    have = aws.one(KEY, done.identity)
    assert [each.identity for each in aws.look(KEY, owner=want.owner)[0]] == [done.identity]
    known = Map({**have.body, "PendingWindowInDays": 7})  # as the ledger has it
    aws.provider.delete(type(have)(have.type, have.place, have.identity, known, have.owner), TOKEN)
    key = aws.client("kms").describe_key(KeyId=done.identity)["KeyMetadata"]
    assert (key["DeletionDate"] - key["CreationDate"]).days in (6, 7)
    assert aws.look(KEY, identities=(done.identity,)) == ([], [])
    assert isinstance(aws.provider.delete(have, TOKEN), Done), "what is pending deletion is gone"


def test_a_key_that_cannot_rotate_is_read_without_it(aws: Aws) -> None:
    want, done = aws.create(KEY, {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"})
    have = aws.one(KEY, done.identity)
    assert "EnableKeyRotation" not in have.body and not aws.diff(want, have)


def test_what_a_key_is_for_ever_is_no_reason_to_replace_it(aws: Aws) -> None:
    kind = aws.provider.resource_type(KEY)
    edit = Edit(("KeySpec",), "SYMMETRIC_DEFAULT", "RSA_2048")
    assert effect_of(kind, edit, Map(), Map()) is EffectKind.REFUSE


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"RotationPeriodInDays": 90}, "does not rotate"),
        ({"RotationPeriodInDays": 90, "EnableKeyRotation": True}, ""),
        ({"EnableKeyRotation": True, "KeySpec": "RSA_2048"}, "symmetric keys only"),
    ],
)
def test_which_keys_rotate(aws: Aws, body: dict[str, Any], words: str) -> None:
    found = [problem.message for problem in aws.provider.refusals(aws.want(KEY, body))]
    assert len(found) == bool(words) and all(words in each for each in found)
