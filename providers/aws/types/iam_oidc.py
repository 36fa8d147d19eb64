"""Table of IAM's OIDCProvider. Data and hooks, no request."""

from __future__ import annotations

from providers.aws.table import Call, Get, Table
from providers.aws.terms import Frame
from providers.aws.types import tagging
from providers.aws.words import added, ident, item, partition, removed, same
from provisioner.model.resource_type import Equality, Sameness
from provisioner.model.value import ABSENT, Map, Value

_ARN = {"OpenIDConnectProviderArn": ident("Arn")}
_CLIENT = {**_ARN, "ClientID": item()}
_SCHEME = "https://"


def _arn(frame: Frame) -> Value:
    """Its ARN, which follows from its URL."""
    url = frame.want.get("Url")
    if not isinstance(url, str):
        return ABSENT
    return f"arn:{partition(frame.place.region)}:iam::{frame.place.account}:oidc-provider/{url.removeprefix(_SCHEME)}"


def _url(answer: Map) -> Value:
    """IAM takes the scheme, and keeps what comes after it."""
    found = answer.get("Url", ABSENT)
    return f"{_SCHEME}{found.removeprefix(_SCHEME)}" if isinstance(found, str) else found


OIDC_PROVIDER = Table(
    "AWS::IAM::OIDCProvider",
    create=Call(
        "CreateOpenIDConnectProvider",
        {"Url": "Url", "ClientIDList": "ClientIdList", "ThumbprintList": "ThumbprintList"} | tagging.in_create("Tags"),
        sets=("Url", "ClientIdList", "ThumbprintList"),
    ),
    updates=(
        Call("UpdateOpenIDConnectProviderThumbprint", {**_ARN, "ThumbprintList": "ThumbprintList"}),
        Call("AddClientIDToOpenIDConnectProvider", _CLIENT, ("ClientIdList",), each=added("ClientIdList")),
        Call("RemoveClientIDFromOpenIDConnectProvider", _CLIENT, ("ClientIdList",), each=removed("ClientIdList")),
    ),
    tags=tagging.calls(_ARN, "TagOpenIDConnectProvider:Tags", "UntagOpenIDConnectProvider:TagKeys"),
    delete=Call("DeleteOpenIDConnectProvider", _ARN),
    get=Get("GetOpenIDConnectProvider", _ARN),
    body={
        **same("Tags", "ThumbprintList"),
        "Arn": "OpenIDConnectProviderArn",
        "ClientIdList": "ClientIDList",
        "Url": _url,
    },
    named={"Arn": _arn},
    required=("Url",),
    equalities=(Equality(("ThumbprintList", "*"), Sameness.CASE),),
    defaults={"ClientIdList": ()},  # what the thumbprints are where none are given is IAM's own to find out
    natural_key=(("Url",),),
)

TABLES = (OIDC_PROVIDER,)
