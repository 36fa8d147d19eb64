"""Every resource type through every cell, and what the cases themselves have to keep."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from providers.aws.types import tables
from tests.conformance.case import Call, Case
from tests.conformance.cases import CASES
from tests.conformance.cells import CELLS, applies, missing
from tests.conformance.trial import Trial

ALL = [(cloud, case) for cloud, cases in CASES.items() for case in cases]
NOT_APPLICABLE = "not-applicable"
_MARKS = dict.fromkeys(("create", "noop", "delete"), pytest.mark.everyday)  # of each type in `make test` too
Start = Callable[[str, Case], Trial]
Record = Callable[[str, object], None]


@pytest.mark.conformance
@pytest.mark.parametrize("cell", [pytest.param(cell, marks=_MARKS.get(cell, ())) for cell in CELLS])
@pytest.mark.parametrize(("cloud", "case"), [pytest.param(*both, id=both[1].type) for both in ALL])
def test_cell(cloud: str, case: Case, cell: str, start: Start, record_property: Record) -> None:
    """One cell of one type; what is recorded becomes the cell in build/conformance.json, else pass or fail."""
    trial = start(cloud, case)
    if not applies(cell, trial.kind):
        record_property("cell", NOT_APPLICABLE)
        return
    lack = case.unsupported.get(cell)
    if lack:
        record_property("cell", f"unsupported: {lack.operation}")
        assert trial.hands.lacks(lack.probe), f"the endpoint has {lack.operation} now: remove it from the case"
        return
    CELLS[cell](trial)


@pytest.mark.conformance
@pytest.mark.parametrize(("cloud", "case"), [pytest.param(*both, id=both[1].type) for both in ALL])
def test_case_says_all_that_its_type_allows(cloud: str, case: Case, start: Start) -> None:
    """A type that can be changed is changed: what does not apply is read off the type, never left out of the case."""
    assert missing(case, start(cloud, case).kind) == []


def test_every_type_with_an_aws_table_has_a_case() -> None:
    assert {table.type for table in tables()} <= {case.type for case in CASES["aws"]}


def test_no_type_has_two_cases() -> None:
    names = [case.type for _, case in ALL]
    assert len(names) == len(set(names))


PROBES = {  # an operation that the endpoint lacks, and one that it has
    "aws": (Call("ec2.describe_fast_launch_images"), Call("ec2.describe_vpcs")),
    "azure": (
        Call("GET /providers/Microsoft.Nowhere/things?api-version=2024-01-01"),
        Call("GET ?api-version=2022-12-01"),
    ),
    "gcp": (Call("Networks.get_effective_firewalls", {"network": "n"}), Call("Networks.list")),
}


@pytest.mark.conformance
@pytest.mark.parametrize("cloud", PROBES)
def test_a_probe_tells_what_an_endpoint_lacks(cloud: str, start: Start) -> None:
    """Else a cell could stay unsupported for ever."""
    hands = start(cloud, CASES[cloud][0]).hands
    assert [hands.lacks(call) for call in PROBES[cloud]] == [True, False]
