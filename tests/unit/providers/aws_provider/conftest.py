"""The AWS provider in front of an empty sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from aws_rig import Aws, serving


@pytest.fixture(scope="session")
def _sandbox() -> Iterator[str]:
    from providers.aws.sandbox import serve

    with serving(serve(port=0)) as url:
        yield url


@pytest.fixture
def aws(_sandbox: str) -> Aws:
    made = Aws(_sandbox)
    made.control("POST", "reset")
    return made
