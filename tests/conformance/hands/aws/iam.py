"""IAM through plain boto3."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients, found, tagged
from tests.conformance.hands.base import Found


def _remove_principal(clients: Clients, found: Found) -> None:
    """A role, user or group, without what is attached to it."""
    iam, word = clients("iam"), found.type.rpartition("::")[2].lower()
    name = {f"{word.capitalize()}Name": found.identity}
    for one in found.body["Attached"]:
        getattr(iam, f"detach_{word}_policy")(**name, PolicyArn=one["PolicyArn"])
    for one in found.body["Inline"]:
        getattr(iam, f"delete_{word}_policy")(**name, PolicyName=one["PolicyName"])
    for group in found.body.get("Groups", ()):
        iam.remove_user_from_group(**name, GroupName=group)
    if found.body.get("Login"):
        iam.delete_login_profile(**name)
    getattr(iam, f"delete_{word}")(**name)


def _remove_profile(clients: Clients, found: Found) -> None:
    name = {"InstanceProfileName": found.identity}
    for role in found.body["Roles"]:
        clients("iam").remove_role_from_instance_profile(**name, RoleName=role["RoleName"])
    clients("iam").delete_instance_profile(**name)


def _remove_policy(clients: Clients, found: Found) -> None:
    iam, arn = clients("iam"), {"PolicyArn": found.body["Arn"]}
    for kind in ("Role", "User", "Group"):
        for one in found.body[f"Policy{kind}s"]:
            name = f"{kind}Name"
            getattr(iam, f"detach_{kind.lower()}_policy")(**arn, **{name: one[name]})
    iam.delete_policy(**arn)


REMOVALS = {
    "AWS::IAM::Role": _remove_principal,
    "AWS::IAM::InstanceProfile": _remove_profile,
    "AWS::IAM::User": _remove_principal,
    "AWS::IAM::Group": _remove_principal,
    "AWS::IAM::ManagedPolicy": _remove_policy,
    "AWS::IAM::Policy": Call("iam.delete_role_policy", {"RoleName": "{RoleName}", "PolicyName": "{PolicyName}"}),
    "AWS::IAM::OIDCProvider": Call("iam.delete_open_id_connect_provider", {"OpenIDConnectProviderArn": "{Arn}"}),
}


def inventory(clients: Clients, types: Collection[str]) -> Iterator[Found]:
    """Roles, users and groups with what is attached to them; their inline policies by themselves where those are meant,
    if their names say that they are entries of their own."""
    for kind, plural in (("Role", "Roles"), ("User", "Users"), ("Group", "Groups")):
        for item in clients.all("iam", f"list_{plural.lower()}", plural):
            yield from _principal(clients, kind, item, apart="AWS::IAM::Policy" in types)
    yield from _profiles(clients)
    yield from _policies(clients)
    yield from _providers(clients)


def _principal(clients: Clients, kind: str, item: dict[str, Any], *, apart: bool) -> Iterator[Found]:
    iam, word = clients("iam"), kind.lower()
    name = {f"{kind}Name": item[f"{kind}Name"]}
    body = {**item, **getattr(iam, f"get_{word}")(**name)[kind]}
    body["Attached"] = getattr(iam, f"list_attached_{word}_policies")(**name)["AttachedPolicies"]
    inline = [
        getattr(iam, f"get_{word}_policy")(**name, PolicyName=each)
        for each in getattr(iam, f"list_{word}_policies")(**name)["PolicyNames"]
    ]
    body["Inline"] = [{key: one[key] for key in ("PolicyName", "PolicyDocument")} for one in inline]
    if kind == "User":
        body["Groups"] = [one["GroupName"] for one in iam.list_groups_for_user(**name)["Groups"]]
        body["Login"] = _login(iam, name)
    stamp = item[f"{kind}Id"]
    yield Found(f"AWS::IAM::{kind}", item[f"{kind}Name"], stamp, tagged(body.get("Tags", ())), body)
    for one in [one for one in inline if apart and one["PolicyName"].startswith("orch-")]:
        identity = f"{word}|{item[f'{kind}Name']}|{one['PolicyName']}"
        yield Found("AWS::IAM::Policy", identity, f"{stamp} {identity}", {}, {**name, **one})


def _login(iam: Any, name: dict[str, str]) -> bool:
    try:
        iam.get_login_profile(**name)
    except iam.exceptions.NoSuchEntityException:
        return False
    return True


def _profiles(clients: Clients) -> Iterator[Found]:
    for item in clients.all("iam", "list_instance_profiles", "InstanceProfiles"):
        stamp = f"{item['Arn']} {item['InstanceProfileId']}"
        yield Found("AWS::IAM::InstanceProfile", item["InstanceProfileName"], stamp, {}, item)


def _policies(clients: Clients) -> Iterator[Found]:
    iam = clients("iam")
    for item in clients.all("iam", "list_policies", "Policies", Scope="Local"):
        arn = item["Arn"]
        version = iam.get_policy_version(PolicyArn=arn, VersionId=item["DefaultVersionId"])["PolicyVersion"]
        held = iam.list_entities_for_policy(PolicyArn=arn)
        body = {**item, "Document": version["Document"], **{key: held[key] for key in held if key.startswith("Policy")}}
        yield Found("AWS::IAM::ManagedPolicy", arn, f"{arn} {item['PolicyId']}", {}, body)


def _providers(clients: Clients) -> Iterator[Found]:
    iam = clients("iam")
    for item in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]:
        body = {**item, **iam.get_open_id_connect_provider(OpenIDConnectProviderArn=item["Arn"])}
        body.pop("ResponseMetadata")
        stamped = found("AWS::IAM::OIDCProvider", item["Arn"], body)
        yield Found(stamped.type, item["Arn"], f"{item['Arn']} {body['CreateDate']}", stamped.tags, body)
