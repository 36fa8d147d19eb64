"""IAM against the sandbox: what others have attached stays, names that we give, and the one principal of an inline policy."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_rig import ACCOUNT, TOKEN, Aws

from provisioner.model.change import Diff, Edit
from provisioner.model.resource import Observed
from provisioner.model.value import Map, freeze

ROLE, POLICY, MANAGED = "AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"
USER, GROUP, PROFILE = "AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::InstanceProfile"


def _may(*actions: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
BARE = {"AssumeRolePolicyDocument": TRUST}


def _policies(aws: Aws, count: int, letter: str) -> list[str]:
    made = [{"ManagedPolicyName": f"{letter}{number:02}", "PolicyDocument": _may("s3:Get*")} for number in range(count)]
    return [aws.made(MANAGED, body) for body in made]


def test_what_others_attached_stays_when_a_role_is_changed(aws: Aws) -> None:
    ours, theirs = _policies(aws, 1, "a")[0], _policies(aws, 1, "b")[0]
    inline = {"PolicyName": "mine", "PolicyDocument": _may("s3:List*")}
    want, done = aws.create(ROLE, BARE | {"RoleName": "app", "ManagedPolicyArns": [ours], "Policies": [inline]})
    iam = aws.client("iam")
    iam.attach_role_policy(RoleName="app", PolicyArn=theirs)
    iam.put_role_policy(RoleName="app", PolicyName="theirs", PolicyDocument=json.dumps(_may("sqs:*")))
    have = aws.one(ROLE, done.identity)
    assert not aws.diff(want, have, want.body)
    less = aws.again(want, ManagedPolicyArns=(), Policies=())
    aws.update(have, less, want.body)
    assert [one["PolicyArn"] for one in iam.list_attached_role_policies(RoleName="app")["AttachedPolicies"]] == [theirs]
    assert iam.list_role_policies(RoleName="app")["PolicyNames"] == ["theirs"]


@pytest.mark.parametrize(
    ("kind", "body", "prefix"),
    [
        (ROLE, BARE, ""),
        (USER, {}, ""),
        (GROUP, {}, ""),
        (PROFILE, {"Roles": []}, ""),
        (MANAGED, {"PolicyDocument": _may("s3:*"), "Path": "/team/"}, f"arn:aws:iam::{ACCOUNT}:policy/team/"),
    ],
)
def test_what_has_no_name_is_given_one_by_which_it_is_found_again(
    aws: Aws, kind: str, body: dict[str, Any], prefix: str
) -> None:
    want, done = aws.create(kind, body)
    assert want.owner and done.identity == f"{prefix}orch-{want.owner.tag}"
    assert [found.identity for found in aws.look(kind, want=want)[0]] == [done.identity]
    nobody = aws.want(kind, body, owner=None)
    assert nobody.identity is None and not aws.look(kind, want=nobody)[0]


def test_a_role_that_is_full_lets_go_first(aws: Aws) -> None:
    before, after = _policies(aws, 10, "a"), _policies(aws, 2, "b")
    want, done = aws.create(ROLE, BARE | {"RoleName": "full", "ManagedPolicyArns": before})
    aws.calls()
    have = aws.one(ROLE, done.identity)
    aws.update(have, aws.again(want, ManagedPolicyArns=(*before[2:], *after)), want.body)
    sent = [name for name in aws.calls() if "RolePolicy" in name and not name.startswith("Get")]
    assert sent == ["DetachRolePolicy"] * 2 + ["AttachRolePolicy"] * 2


def test_a_role_with_room_takes_first(aws: Aws) -> None:
    before, after = _policies(aws, 1, "a"), _policies(aws, 1, "b")
    want, done = aws.create(ROLE, BARE | {"RoleName": "roomy", "ManagedPolicyArns": before})
    aws.calls()
    aws.update(aws.one(ROLE, done.identity), aws.again(want, ManagedPolicyArns=tuple(after)), want.body)
    assert [name for name in aws.calls() if name.endswith("chRolePolicy")] == ["AttachRolePolicy", "DetachRolePolicy"]


@pytest.mark.parametrize(("kind", "name", "list_"), [(USER, "UserName", "Users"), (GROUP, "GroupName", "Groups")])
def test_an_inline_policy_of_a_user_or_group(aws: Aws, kind: str, name: str, list_: str) -> None:
    aws.made(kind, {name: "who"})
    body = {"PolicyName": "p", "PolicyDocument": _may("s3:*"), list_: ["who"]}
    want, done = aws.create(POLICY, body)
    assert done.identity == f"{kind.rpartition('::')[2].lower()}|who|p"
    have = aws.one(POLICY, done.identity)
    assert not aws.diff(want, have)
    aws.update(have, aws.again(want, PolicyDocument=freeze(_may("sqs:*"))))
    assert aws.one(POLICY, done.identity).body["PolicyDocument"] == freeze(_may("sqs:*"))
    aws.provider.delete(have, TOKEN)
    assert aws.look(POLICY, identities=(done.identity,)) == ([], [])


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"Roles": ["a", "b"]}, "Roles makes 2"),
        ({"Roles": ["a"], "Users": ["b"]}, "Users makes 2"),
        ({"Roles": []}, "names nobody"),
    ],
)
def test_an_inline_policy_is_of_one(aws: Aws, more: dict[str, Any], words: str) -> None:
    want = aws.want(POLICY, {"PolicyName": "p", "PolicyDocument": _may("s3:*")} | more)
    assert [words in problem.message for problem in aws.provider.refusals(want)] == [True]
    assert want.identity is None


def test_a_login_profile_is_written_and_taken_away_and_never_shown(aws: Aws) -> None:
    login = {"Password": "correct-horse-9", "PasswordResetRequired": True}
    want, done = aws.create(USER, {"UserName": "who", "LoginProfile": login})
    have = aws.one(USER, done.identity)
    assert "Password" not in str(have.body)
    assert not aws.diff(want, have, want.body)
    changes = aws.diff(aws.again(want, LoginProfile=None), have, want.body)
    assert [edit.path for edit in changes.edits] == [("LoginProfile",)]
    aws.update(have, aws.again(want, LoginProfile=None), want.body)
    assert "LoginProfile" not in aws.one(USER, done.identity).body


def test_a_managed_policy_keeps_five_versions_and_the_one_in_force(aws: Aws) -> None:
    want, done = aws.create(MANAGED, {"ManagedPolicyName": "p", "PolicyDocument": _may("s3:0")})
    for number in range(1, 5):
        want = aws.again(want, PolicyDocument=freeze(_may(f"s3:{number}")))
        aws.update(aws.one(MANAGED, done.identity), want)
    iam = aws.client("iam")
    iam.set_default_policy_version(PolicyArn=done.identity, VersionId="v1")  # the oldest is in force now
    want = aws.again(want, PolicyDocument=freeze(_may("s3:6")))
    aws.update(aws.one(MANAGED, done.identity), want)
    versions = iam.list_policy_versions(PolicyArn=done.identity)["Versions"]
    assert sorted(one["VersionId"] for one in versions) == ["v1", "v3", "v4", "v5", "v6"]
    have = aws.one(MANAGED, done.identity)
    assert have.body["DefaultVersionId"] == "v6" and not aws.diff(want, have)


def test_a_principal_that_was_just_made_is_waited_for() -> None:
    from providers.aws.types.iam_roles import ROLE as TABLE
    from provisioner.model.fault import Fault, ProviderError

    said = ProviderError(Fault.INVALID, 'Invalid principal in policy: "AWS":"x"', code="MalformedPolicyDocument")
    assert TABLE.meant(said).fault is Fault.NOT_READY


def test_a_shared_list_is_seen_by_an_update_as_its_edit_shows_it(aws: Aws) -> None:
    """Else what is somebody else's would be taken off."""
    from providers.aws import programs
    from providers.aws.types.iam_roles import ROLE as TABLE

    want = aws.want(ROLE, BARE | {"RoleName": "app", "ManagedPolicyArns": ["new"]})
    have = Observed(ROLE, aws.place(), "app", Map(ManagedPolicyArns=("old", "theirs")))
    changes = Diff((Edit(("ManagedPolicyArns",), ("old",), ("new",)),))
    frame = programs.updating(aws.provider._kind(ROLE), have, want, changes, TOKEN)
    gone = [each for call in TABLE.updates if call.operation == "DetachRolePolicy" for each in call.each(frame)]  # type: ignore[misc]
    assert gone == ["old"]
