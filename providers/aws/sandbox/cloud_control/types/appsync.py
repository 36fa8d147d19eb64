"""AppSync: GraphQL APIs. Follows the service's API reference and the type's schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from providers.aws.sandbox.cloud_control.adapter import Adapter, Model, listed, mapped, present, retag, tags_of


class GraphQLApi(Adapter):
    """``AWS::AppSync::GraphQLApi``, which its ARN identifies; names need not differ."""

    service = "appsync"
    holds = ("Name", "AuthenticationType", "XrayEnabled", "Visibility", "Tags")

    def create(self, want: Model) -> Model:
        made = self.moto.create_graphql_api(
            name=want["Name"],
            log_config=None,
            authentication_type=want["AuthenticationType"],
            user_pool_config=None,
            open_id_connect_config=None,
            additional_authentication_providers=None,
            xray_enabled=want.get("XrayEnabled", False),
            lambda_authorizer_config=None,
            tags=mapped(want.get("Tags")),
            visibility=want.get("Visibility"),
        )
        return {"Arn": made.arn}

    def read(self, keys: Model) -> Model | None:
        api = self._find(keys)
        if api is None:
            return None
        host = f"{api.api_id}.appsync-api.{api.region}.amazonaws.com"
        return present(
            Arn=api.arn,
            ApiId=api.api_id,
            ApiType="GRAPHQL",
            Name=api.name,
            AuthenticationType=api.authentication_type,
            XrayEnabled=bool(api.xray_enabled),
            Visibility=api.visibility,
            GraphQLDns=host,
            GraphQLUrl=f"https://{host}/graphql",
            Tags=listed(tags_of(self.moto, api.arn)),
        )

    def update(self, keys: Model, want: Model) -> None:
        api = self._find(keys)
        api.name, api.authentication_type = want["Name"], want["AuthenticationType"]
        api.xray_enabled = want.get("XrayEnabled", False)
        retag(self.moto, api.arn, mapped(want.get("Tags")))

    def delete(self, keys: Model) -> None:
        retag(self.moto, keys["Arn"], {})
        self.moto.delete_graphql_api(self._find(keys).api_id)

    def every(self, of: Model) -> Iterator[Model]:
        yield from ({"Arn": api.arn} for api in self.moto.graphql_apis.values())

    def _find(self, keys: Model) -> Any:
        return next((api for api in self.moto.graphql_apis.values() if api.arn == keys["Arn"]), None)


ADAPTERS = {"AWS::AppSync::GraphQLApi": GraphQLApi}
