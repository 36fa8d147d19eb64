"""Cognito through plain boto3."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients
from tests.conformance.hands.base import Found

REMOVALS = {
    "AWS::Cognito::UserPool": Call("cognito-idp.delete_user_pool", {"UserPoolId": "{Id}"}),
    "AWS::Cognito::UserPoolGroup": Call(
        "cognito-idp.delete_group", {"UserPoolId": "{UserPoolId}", "GroupName": "{GroupName}"}
    ),
}


def inventory(clients: Clients, _types: Collection[str]) -> Iterator[Found]:
    """User pools and the groups in them."""
    cognito = clients("cognito-idp")
    for each in clients.all("cognito-idp", "list_user_pools", "UserPools", MaxResults=60):
        pool = cognito.describe_user_pool(UserPoolId=each["Id"])["UserPool"]
        yield Found("AWS::Cognito::UserPool", pool["Id"], pool["Id"], pool.get("UserPoolTags", {}), pool)
        for group in clients.all("cognito-idp", "list_groups", "Groups", UserPoolId=pool["Id"]):
            identity = f"{pool['Id']}|{group['GroupName']}"
            yield Found("AWS::Cognito::UserPoolGroup", identity, f"{identity} {group['CreationDate']}", {}, group)
