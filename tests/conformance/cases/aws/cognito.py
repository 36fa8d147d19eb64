"""Cases of Cognito."""

from __future__ import annotations

from tests.conformance.case import Behind, Call, Case, Entry, ref

CASES = (
    Case(
        Entry(
            "subject",
            "AWS::Cognito::UserPool",
            {
                "UserPoolName": "customers",
                "AutoVerifiedAttributes": ["email"],
                "DeletionProtection": "INACTIVE",
                "MfaConfiguration": "OFF",
                "UserPoolTags": {"team": "a"},
            },
        ),
        dependents=(
            Entry(
                "group", "AWS::Cognito::UserPoolGroup", {"UserPoolId": ref("subject", "UserPoolId"), "GroupName": "g"}
            ),
        ),
        updates=(
            {"UserPoolName": "clients", "MfaConfiguration": "OPTIONAL"},
            {"UserPoolTags": {"team": "b", "stage": "test"}},
        ),
        behind=Behind(
            "DeletionProtection",
            Call(
                "cognito-idp.update_user_pool",
                {
                    "UserPoolId": "{Id}",
                    "DeletionProtection": "ACTIVE",
                    "AutoVerifiedAttributes": "{AutoVerifiedAttributes}",
                    "UserPoolTags": "{UserPoolTags}",
                },
            ),
        ),
    ),
    Case(
        Entry(
            "subject",
            "AWS::Cognito::UserPoolGroup",
            {"UserPoolId": ref("pool", "UserPoolId"), "GroupName": "staff", "Precedence": 3},
        ),
        needs=(
            Entry("pool", "AWS::Cognito::UserPool", {"UserPoolName": "customers"}),
            Entry("other", "AWS::Cognito::UserPool", {"UserPoolName": "customers"}),
        ),
        updates=({"Precedence": 5}, {"Precedence": 0, "Description": "who work here"}),
        replaces=({"GroupName": "people"}, {"UserPoolId": ref("other", "UserPoolId")}),
        behind=Behind(
            "Precedence",
            Call(
                "cognito-idp.update_group",
                {"UserPoolId": "{UserPoolId}", "GroupName": "{GroupName}", "Precedence": 9},
            ),
        ),
    ),
)
