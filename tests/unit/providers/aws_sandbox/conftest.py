"""Plain boto3 clients of the AWS sandbox: no retries, nothing from the machine's own configuration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Client = Callable[..., Any]


@pytest.fixture(scope="session")
def session() -> Any:
    import boto3

    return boto3.session.Session("testing", "testing")


@pytest.fixture
def client(fresh_aws: str, session: Any) -> Client:
    """Clients by service name and region (default us-east-1) of an empty account."""
    from botocore.config import Config

    config = Config(retries={"total_max_attempts": 1})

    def made(service: str, region: str = "us-east-1") -> Any:
        return session.client(service, region_name=region, endpoint_url=fresh_aws, config=config)

    return made


@pytest.fixture
def ec2(client: Client) -> Any:
    return client("ec2", "eu-west-1")


@pytest.fixture
def vpc(ec2: Any) -> str:
    return str(ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])
