"""Events for people and programs."""

from __future__ import annotations

import io
import json
import sys

import pytest

from provisioner.model.event import Event, EventKind
from provisioner.render import progress
from provisioner.render.report import duration
from provisioner.render.style import Style

AT = "2026-11-24T10:00:00Z"


def event(kind: EventKind, **more: object) -> Event:
    base = {
        "run": "r1",
        "step": "s3",
        "address": "vpc",
        "type": "AWS::EC2::VPC",
        "place": "aws",
        "verb": "create",
        "total": 18,
    }
    return Event(kind, AT, **{**base, **more})  # type: ignore[arg-type]


STREAM = [
    event(EventKind.READING, message="aws, gcp: 7 reads", total=7),
    event(EventKind.RUN_STARTED),
    event(EventKind.STARTED),
    event(EventKind.RETRIED, code="RequestLimitExceeded", delay=2.5, attempt=1),
    event(EventKind.POLLING, message="running", delay=1.0),
    event(EventKind.DONE, done=3, seconds=75.2),
    event(EventKind.FAILED, done=3, message="no \x1b[31mquota", code="QUOTA_EXCEEDED", request_id="q-1"),
    event(EventKind.RUN_FINISHED, done=3, message="partial"),
]


def test_plain_lines_for_a_pipe() -> None:
    out = io.StringIO()
    with progress.choose(out, Style(), live=False) as show:
        for one in STREAM:
            show(one)
    assert out.getvalue().splitlines() == [
        "reading aws, gcp: 7 reads",
        "run r1: 18 steps",
        "[ 0/18] create vpc: RequestLimitExceeded, again in 2.5 s",
        "[ 3/18] created vpc  1 min 15 s",
        r"[ 3/18] failed to create vpc: no \u001b[31mquota (QUOTA_EXCEEDED, request q-1)",
    ]


def test_json_lines_hold_every_event_whole() -> None:
    out = io.StringIO()
    with progress.JsonLines(out) as show:
        for one in STREAM:
            show(one)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["kind"] for line in lines] == [str(one.kind) for one in STREAM]
    assert lines[3]["code"] == "RequestLimitExceeded" and lines[3]["format_version"] == 1 and lines[3]["delay"] == 2.5


def test_the_live_display_prints_what_is_over_and_cleans_up() -> None:
    out = io.StringIO()
    with progress.choose(out, Style(80, False), live=True) as show:
        for one in STREAM:
            show(one)
    assert "created vpc" in out.getvalue() and "failed to create vpc" in out.getvalue()
    assert "\x1b[31mquota" not in out.getvalue()


def test_rich_is_not_imported_for_a_pipe() -> None:
    import subprocess

    code = "import sys, provisioner.render.progress, provisioner.render.text; sys.exit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (42.4, "42 s"), (59.9, "1 min 0 s"), (185, "3 min 5 s"), (7800, "2 h 10 min")],
)
def test_durations(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected
