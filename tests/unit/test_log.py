"""Log lines: the four ids on each, one line whatever a message holds, and nothing beyond what an event says."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from provisioner import log
from provisioner.model.event import Event, EventKind

EVENT = Event(
    EventKind.DONE, "2026-11-24T10:00:00+00:00", "run-1", "s1", "vpc", "AWS::EC2::VPC", "aws", "create",
    request_id="req-1", seconds=1.5, done=1, total=2,
)  # fmt: skip


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    yield io.StringIO()
    log.set_up(io.StringIO(), None)


def test_every_json_line_has_the_four_ids(stream: io.StringIO) -> None:
    log.set_up(stream, "debug", "json")
    log.log_event(EVENT)
    log.log_event(Event(EventKind.READING, EVENT.at, message="3 reads"))
    logging.getLogger("orch.other").warning("a word of our own")
    for line in map(json.loads, stream.getvalue().splitlines()):
        assert {"at", "level", "message", "run", "step", "address", "request_id"} <= set(line)
    first = json.loads(stream.getvalue().splitlines()[0])
    assert [first[name] for name in ("run", "step", "address", "request_id")] == ["run-1", "s1", "vpc", "req-1"]
    assert (first["event"], first["verb"], first["seconds"], first["at"]) == ("done", "create", 1.5, EVENT.at)


def test_a_text_line_is_one_line_and_moves_no_cursor(stream: io.StringIO) -> None:
    log.set_up(stream, "info")
    log.log_event(Event(EventKind.FAILED, EVENT.at, "run-1", address="a b", message="bad\n\x1b[2Jfake: ok", code='x"y'))
    (line,) = stream.getvalue().splitlines()
    assert line.isprintable()
    assert 'run=run-1 address="a b"' in line and r"bad\n\u001b[2Jfake: ok" in line


@pytest.mark.parametrize(("level", "kinds"), [("debug", 4), ("info", 3), ("warning", 1), ("error", 1), (None, 0)])
def test_levels(stream: io.StringIO, level: str | None, kinds: int) -> None:
    log.set_up(stream, level)
    for kind in (EventKind.POLLING, EventKind.RETRIED, EventKind.DONE, EventKind.FAILED):
        log.log_event(Event(kind, EVENT.at))
    assert len(stream.getvalue().splitlines()) == kinds
