"""The cases, by cloud. To add a type: add its ``Case`` to its cloud's module; the runner needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from tests.conformance.case import Case
from tests.conformance.cases import aws, azure, gcp

CASES: Mapping[str, tuple[Case, ...]] = {"aws": aws.CASES, "azure": azure.CASES, "gcp": gcp.CASES}
