"""What a reviewer reads, at two widths, and what a program reads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from provisioner.model.fault import Fault
from provisioner.model.finding import Verdict
from provisioner.model.plan import Question, Scope
from provisioner.model.run import Run, RunStatus
from provisioner.model.source import Source
from provisioner.model.value import EMPTY, Map
from provisioner.render import json, report, text
from provisioner.render.outline import outline
from provisioner.render.style import Style
from tests.plans import DIGEST, FILE, sample
from tests.scenarios.golden import compare
from tests.scenarios.reports import FakeFailure, FakeReport


@pytest.mark.parametrize(
    ("name", "style"), [("80", Style(80)), ("120", Style(120)), ("80-colour", Style(80, True)), ("40", Style(40))]
)
def test_a_plan_with_everything(request: pytest.FixtureRequest, name: str, style: Style) -> None:
    compare(request, f"plan-{name}.txt", text.plan(outline(sample(), DIGEST), style))


def test_a_plan_with_everything_as_json(request: pytest.FixtureRequest) -> None:
    compare(request, "plan.json", json.plan(outline(sample(), DIGEST)))


def test_an_empty_plan(request: pytest.FixtureRequest) -> None:
    still = tuple(change for change in sample().changes if change.action == "no-op")
    empty = replace(
        sample(), changes=still, steps=(), drift=(), blindspots=(), notes=(), verdict=Verdict(rules=5), proposals=()
    )
    compare(request, "plan-empty.txt", text.plan(outline(empty, DIGEST)))


def test_a_plan_to_roll_back(request: pytest.FixtureRequest) -> None:
    kept = {
        "kind": "rollback",
        "undoes": "r-20261124-1",
        "undoes_started": "2026-11-23T17:30:05Z",
        "drift": (),
        "blindspots": (),
        "verdict": Verdict(),
        "outputs": EMPTY,
        "proposals": (),
    }
    plan = replace(
        sample(),
        changes=sample().changes[-2:],
        confirm=(Question("it deletes 1 of the 4 objects of this stack", 1),),
        **kept,
    )
    compare(request, "plan-rollback.txt", text.plan(outline(plan, DIGEST)))


def test_a_partial_plan(request: pytest.FixtureRequest) -> None:
    skipped = ("old-net", "old-net-a", "old-net-b", "audit/bucket", "audit/key", "audit/trail")
    scope = Scope(("web-*", "**/subnet-?"), ("audit",), ("rg", "net"), ("old-net",), skipped)
    changes = tuple(change for change in sample().changes if change.action in ("create", "no-op"))
    kept = {"drift": (), "blindspots": (), "verdict": Verdict(), "outputs": EMPTY, "notes": (), "proposals": ()}
    plan = replace(sample(), changes=changes, scope=scope, **kept)
    compare(request, "plan-partial.txt", text.plan(outline(plan, DIGEST)))


def test_drift(request: pytest.FixtureRequest) -> None:
    compare(request, "drift.txt", text.drift(outline(sample(), DIGEST)))


RUN = Run("20261124-100122-7f3a", DIGEST, "bootstrap", "prod", "apply", RunStatus.PARTIAL, "2026-11-24T10:01:22Z")
FAILED = FakeReport(
    RUN,
    DIGEST,
    done=7,
    total=18,
    failures=(
        FakeFailure(
            "web-ip",
            "create",
            "Quota 'STATIC_ADDRESSES' exceeded.  Limit: 8.0 in region europe-west1.",
            Fault.QUOTA,
            "QUOTA_EXCEEDED",
            "8b1c-77",
            "gcp",
            "compute",
            "addresses.insert",
            "europe-west1",
            Source(FILE, 70),
            "ask for a higher quota, or release an address",
        ),
        FakeFailure("web-nsg", "create", "policy baseline/ssh-from-anywhere refuses it", source=Source(FILE, 40)),
    ),
    begun=("vpc",),
    skipped=tuple(f"subnet-{index}" for index in range(14)),
    outputs=Map({"vpc_id": "vpc-1"}),
    seconds=83.4,
    next=("orch resume 20261124-100122-7f3a", "orch rollback 20261124-100122-7f3a"),
)


def test_a_run_that_failed(request: pytest.FixtureRequest) -> None:
    compare(request, "report-failed.txt", report.text(report.result(FAILED)))
    compare(request, "report-failed.json", json.dump(report.result(FAILED)))


def test_a_run_that_succeeded(request: pytest.FixtureRequest) -> None:
    done = replace(
        FAILED,
        run=replace(RUN, status=RunStatus.DONE),
        done=18,
        failures=(),
        begun=(),
        skipped=(),
        next=(),
        seconds=3.21,
    )
    compare(request, "report-done.txt", report.text(report.result(done)))
