"""Cases of IAM."""

from __future__ import annotations

from tests.conformance.case import Behind, Call, Case, Entry, ref, text
from tests.conformance.cases.aws.words import tags


def _trust(service: str) -> dict[str, object]:
    allowed = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [allowed]}


def _may(*actions: str) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


def _inline(name: str, *actions: str) -> dict[str, object]:
    return {"PolicyName": name, "PolicyDocument": _may(*actions)}


ROLE = Entry(
    "role", "AWS::IAM::Role", {"RoleName": "orch-app", "AssumeRolePolicyDocument": _trust("ec2.amazonaws.com")}
)
OTHER_ROLE = Entry(
    "other-role", "AWS::IAM::Role", {"RoleName": "orch-job", "AssumeRolePolicyDocument": _trust("ec2.amazonaws.com")}
)
READER = Entry(
    "reader", "AWS::IAM::ManagedPolicy", {"ManagedPolicyName": "orch-reader", "PolicyDocument": _may("s3:GetObject")}
)
WRITER = Entry(
    "writer", "AWS::IAM::ManagedPolicy", {"ManagedPolicyName": "orch-writer", "PolicyDocument": _may("s3:PutObject")}
)
TEAM = Entry("team", "AWS::IAM::Group", {"GroupName": "orch-team"})

_DENY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}'
_READER, _WRITER = ref("reader", "PolicyArn"), ref("writer", "PolicyArn")


CASES = (
    Case(
        Entry(
            "subject",
            "AWS::IAM::Role",
            {
                "RoleName": "orch-role",
                "AssumeRolePolicyDocument": _trust("lambda.amazonaws.com"),
                "Description": "of a function",
                "MaxSessionDuration": 7200,
                "ManagedPolicyArns": [_READER],
                "Policies": [_inline("logs", "logs:PutLogEvents"), _inline("queue", "sqs:SendMessage")],
                "Tags": tags(team="a"),
            },
        ),
        needs=(READER, WRITER),
        dependents=(
            Entry(
                "profile",
                "AWS::IAM::InstanceProfile",
                {"InstanceProfileName": "orch-profile", "Roles": [ref("subject", "RoleName")]},
            ),
            Entry(
                "more",
                "AWS::IAM::Policy",
                {
                    "PolicyName": "orch-more",
                    "PolicyDocument": _may("s3:ListBucket"),
                    "Roles": [ref("subject", "RoleName")],
                },
            ),
            Entry(
                "shared",
                "AWS::IAM::ManagedPolicy",
                {
                    "ManagedPolicyName": "orch-shared",
                    "PolicyDocument": _may("sns:Publish"),
                    "Roles": [ref("subject", "RoleName")],
                },
            ),
        ),
        updates=(
            {"AssumeRolePolicyDocument": _trust("ec2.amazonaws.com")},
            {"ManagedPolicyArns": [_WRITER], "Policies": [_inline("logs", "logs:*"), _inline("topic", "sns:Publish")]},
            {"Description": "of a machine", "PermissionsBoundary": _READER, "Tags": tags(team="b", stage="test")},
            {"MaxSessionDuration": 3600},
        ),
        replaces=({"Path": "/service/"}, {"RoleName": "orch-role-2"}),
        behind=Behind(
            "ManagedPolicyArns",
            Call(
                "iam.detach_role_policy",
                {"RoleName": "{RoleName}", "PolicyArn": "arn:aws:iam::123456789012:policy/orch-reader"},
            ),
        ),
    ),
    Case(
        Entry(
            "subject",
            "AWS::IAM::InstanceProfile",
            {"InstanceProfileName": "orch-machine", "Roles": [ref("role", "RoleName")]},
        ),
        needs=(ROLE, OTHER_ROLE),
        updates=({"Roles": [ref("other-role", "RoleName")]},),
        replaces=({"Path": "/service/"}, {"InstanceProfileName": "orch-machine-2"}),
        behind=Behind(
            "Roles",
            Call(
                "iam.remove_role_from_instance_profile",
                {"InstanceProfileName": "{InstanceProfileName}", "RoleName": "orch-app"},
            ),
        ),
    ),
    Case(
        Entry(
            "subject",
            "AWS::IAM::User",
            {
                "UserName": "orch-user",
                "Groups": [ref("team", "GroupName")],
                "LoginProfile": {"Password": "correct-horse-battery-9", "PasswordResetRequired": True},
                "ManagedPolicyArns": [_READER],
                "Policies": [_inline("logs", "logs:PutLogEvents")],
                "Tags": tags(team="a"),
            },
        ),
        needs=(READER, WRITER, TEAM),
        updates=(
            {"Groups": [], "Policies": [_inline("logs", "logs:*")]},
            {"Path": "/staff/", "ManagedPolicyArns": [_READER, _WRITER], "PermissionsBoundary": _READER},
            {"Tags": tags(team="b", stage="test")},
        ),
        replaces=({"UserName": "orch-user-2"},),
        behind=Behind(
            "Groups", Call("iam.remove_user_from_group", {"UserName": "{UserName}", "GroupName": "orch-team"})
        ),
    ),
    Case(
        Entry(
            "subject",
            "AWS::IAM::Group",
            {
                "GroupName": "orch-group",
                "ManagedPolicyArns": [_READER],
                "Policies": [_inline("logs", "logs:PutLogEvents")],
            },
        ),
        needs=(READER, WRITER),
        dependents=(
            Entry("member", "AWS::IAM::User", {"UserName": "orch-member", "Groups": [ref("subject", "GroupName")]}),
        ),
        updates=(
            {"Policies": [_inline("queue", "sqs:*")]},
            {"ManagedPolicyArns": [_WRITER], "Path": "/staff/"},
        ),
        replaces=({"GroupName": "orch-group-2"},),
        behind=Behind(
            "Policies",
            Call(
                "iam.put_group_policy",
                {"GroupName": "{GroupName}", "PolicyName": "logs", "PolicyDocument": _DENY},
            ),
        ),
    ),
    Case(
        Entry(
            "subject",
            "AWS::IAM::ManagedPolicy",
            {
                "ManagedPolicyName": "orch-policy",
                "PolicyDocument": _may("s3:GetObject"),
                "Roles": [ref("role", "RoleName")],
                "Groups": [ref("team", "GroupName")],
            },
        ),
        needs=(ROLE, OTHER_ROLE, TEAM),
        dependents=(
            Entry(
                "user",
                "AWS::IAM::User",
                {"UserName": "orch-user", "ManagedPolicyArns": [ref("subject", "PolicyArn")]},
            ),
        ),
        updates=(
            {"PolicyDocument": _may("s3:GetObject", "s3:ListBucket")},
            {"Roles": [ref("other-role", "RoleName")], "Groups": []},
            *(
                {"PolicyDocument": _may(f"s3:Get{what}")} for what in ("A", "B", "C", "D", "E")
            ),  # more than five versions
        ),
        replaces=({"Description": "other"}, {"ManagedPolicyName": "orch-policy-2"}),
        behind=Behind(
            "PolicyDocument",
            Call("iam.create_policy_version", {"PolicyArn": "{Arn}", "PolicyDocument": _DENY, "SetAsDefault": True}),
        ),
    ),
    Case(
        Entry(
            "subject",
            "AWS::IAM::Policy",
            {"PolicyName": "orch-inline", "PolicyDocument": _may("s3:GetObject"), "Roles": [ref("role", "RoleName")]},
        ),
        needs=(ROLE, OTHER_ROLE, TEAM),
        updates=({"PolicyDocument": _may("s3:PutObject")},),
        replaces=(
            {"PolicyName": "orch-inline-2"},
            {"Roles": [ref("other-role", "RoleName")]},
            {"Roles": [], "Groups": [ref("team", "GroupName")]},
        ),
        behind=Behind(
            "PolicyDocument",
            Call(
                "iam.put_role_policy",
                {"RoleName": "{RoleName}", "PolicyName": "{PolicyName}", "PolicyDocument": _DENY},
            ),
        ),
    ),
    Case(
        Entry(
            "subject",
            "AWS::IAM::OIDCProvider",
            {
                "Url": "https://token.example.com",
                "ClientIdList": ["sts.amazonaws.com"],
                "ThumbprintList": ["6938fd4d98bab03faadb97b34396831e3780aea1"],
                "Tags": tags(team="a"),
            },
        ),
        dependents=(
            Entry(
                "role",
                "AWS::IAM::Role",
                {
                    "RoleName": "orch-web",
                    "AssumeRolePolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Principal": {"Federated": text(ref("subject", "Arn"))},
                                "Action": "sts:AssumeRoleWithWebIdentity",
                            }
                        ],
                    },
                },
            ),
        ),
        updates=(
            {"ClientIdList": ["one.example.com", "two.example.com"]},
            {"ThumbprintList": ["0938fd4d98bab03faadb97b34396831e3780aea1"], "Tags": tags(team="b", stage="test")},
        ),
        replaces=({"Url": "https://token.example.com/other"},),
        behind=Behind(
            "ClientIdList",
            Call(
                "iam.add_client_id_to_open_id_connect_provider",
                {"OpenIDConnectProviderArn": "{Arn}", "ClientID": "who.example.com"},
            ),
        ),
    ),
)
