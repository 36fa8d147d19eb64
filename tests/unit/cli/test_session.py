"""What a signal asks of a command that is under way."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from provisioner.cli.session import Session


@pytest.fixture(autouse=True)
def default() -> Iterator[None]:
    """A hangup as a terminal sends it, also where the tests themselves run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_stops_gently_and_the_second_at_once(
    number: signal.Signals, capfd: pytest.CaptureFixture[str]
) -> None:
    session, before = Session(), signal.getsignal(number)
    with session.stopping() as stop:
        assert not stop.is_set()
        os.kill(os.getpid(), number)
        assert stop.is_set() and session.interrupted
        assert "requests under way are finished, long operations are left to orch resume" in capfd.readouterr().err
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert signal.getsignal(number) == before


def test_what_nohup_ignores_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Session().stopping() as stop:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not stop.is_set()
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_terminal_that_went_away_is_written_to_no_more() -> None:
    """As on a hangup: the run must not fail on its own progress display."""
    main, terminal = os.openpty()
    kept = os.dup(2)
    os.dup2(terminal, 2)
    try:
        with Session().stopping() as stop:
            os.close(terminal)
            os.close(main)
            with pytest.raises(OSError, match="error"):
                os.write(2, b"x")
            os.kill(os.getpid(), signal.SIGHUP)
            assert stop.is_set() and os.write(2, b"x") == 1
    finally:
        os.dup2(kept, 2)
        os.close(kept)
