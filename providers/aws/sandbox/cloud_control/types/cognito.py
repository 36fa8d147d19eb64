"""Cognito: user pools and their groups. Follows the service's API reference and the types' schemas."""

from __future__ import annotations

import copy
from collections.abc import Iterator

from providers.aws.sandbox.cloud_control.adapter import Adapter, HandlerError, Model, generated_name, present

_SETTINGS = (
    "AccountRecoverySetting",
    "AdminCreateUserConfig",
    "AliasAttributes",
    "AutoVerifiedAttributes",
    "DeletionProtection",
    "EmailVerificationMessage",
    "EmailVerificationSubject",
    "Policies",
    "UserPoolTags",
    "UsernameAttributes",
    "UsernameConfiguration",
)


class UserPool(Adapter):
    """``AWS::Cognito::UserPool``. What an update leaves out goes back to its default."""

    service = "cognitoidp"
    holds = ("UserPoolName", "MfaConfiguration", *_SETTINGS)

    def create(self, want: Model) -> Model:
        pool = self.moto.create_user_pool(want.get("UserPoolName") or generated_name(), {})
        self.update({"UserPoolId": pool.id}, want)
        return {"UserPoolId": pool.id}

    def read(self, keys: Model) -> Model | None:
        pool = self.moto.user_pools.get(keys["UserPoolId"])
        if pool is None:
            return None
        provider = f"cognito-idp.{self.moto.region_name}.amazonaws.com/{pool.id}"
        return present(
            UserPoolId=pool.id,
            UserPoolName=pool.name,
            Arn=pool.arn,
            ProviderName=provider,
            ProviderURL=f"https://{provider}",
            MfaConfiguration=pool.mfa_config,
            **{name: pool.extended_config.get(name) for name in _SETTINGS},
        )

    def update(self, keys: Model, want: Model) -> None:
        pool = self.moto.user_pools[keys["UserPoolId"]]
        settings = {name: copy.deepcopy(want[name]) for name in _SETTINGS if name in want}
        pool.update_extended_config({"DeletionProtection": "INACTIVE", **settings})
        pool.name = want.get("UserPoolName", pool.name)
        pool.mfa_config = want.get("MfaConfiguration", "OFF")

    def delete(self, keys: Model) -> None:
        if self.moto.user_pools[keys["UserPoolId"]].extended_config.get("DeletionProtection") == "ACTIVE":
            words = "The user pool cannot be deleted because deletion protection is activated."
            raise HandlerError("InvalidRequest", words)
        self.moto.delete_user_pool(keys["UserPoolId"])

    def every(self, of: Model) -> Iterator[Model]:
        yield from ({"UserPoolId": name} for name in self.moto.user_pools)


class UserPoolGroup(Adapter):
    """``AWS::Cognito::UserPoolGroup``, which is listed pool by pool."""

    service = "cognitoidp"
    holds = ("UserPoolId", "GroupName", "Description", "Precedence", "RoleArn")
    listed_by = ("UserPoolId",)

    def create(self, want: Model) -> Model:
        pool, name = want["UserPoolId"], want.get("GroupName") or generated_name()
        self.moto.create_group(pool, name, want.get("Description"), want.get("RoleArn"), want.get("Precedence"))
        return {"UserPoolId": pool, "GroupName": name}

    def read(self, keys: Model) -> Model | None:
        pool = self.moto.user_pools.get(keys["UserPoolId"])
        group = pool and pool.groups.get(keys["GroupName"])
        return group and present(
            UserPoolId=group.user_pool_id,
            GroupName=group.group_name,
            Description=group.description,
            RoleArn=group.role_arn,
            Precedence=group.precedence,
        )

    def update(self, keys: Model, want: Model) -> None:
        group = self.moto.get_group(keys["UserPoolId"], keys["GroupName"])
        group.update(want.get("Description", ""), None, None)
        group.role_arn, group.precedence = want.get("RoleArn"), want.get("Precedence")

    def delete(self, keys: Model) -> None:
        self.moto.delete_group(keys["UserPoolId"], keys["GroupName"])

    def every(self, of: Model) -> Iterator[Model]:
        pool = self.moto.describe_user_pool(of["UserPoolId"])
        yield from ({"UserPoolId": pool.id, "GroupName": name} for name in pool.groups)


ADAPTERS = {"AWS::Cognito::UserPool": UserPool, "AWS::Cognito::UserPoolGroup": UserPoolGroup}
