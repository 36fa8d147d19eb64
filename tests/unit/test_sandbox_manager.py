"""The manager of sandboxes, with real processes: small ones of our own for the ways to fail, and the three that we ship."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioner import sandbox
from provisioner.model.problem import OrchError
from provisioner.sandbox import process, record

_SANDBOXES = """
import os, sys, threading
from providers.kit.server import Response, Server

def quick(port=0):
    handler = lambda request: Response.of_json(200, {"pid": os.getpid()})
    return Server(handler, namer=lambda request: "any", fault=None, reset=lambda: None, port=port)

def dies(port=0):
    print("line one", file=sys.stderr)
    print("the disk is on fire", file=sys.stderr, flush=True)
    os._exit(3)

def breaks(port=0):
    raise RuntimeError("a bug in the factory")

def lacks(port=0):
    import surely_not_installed

def mute(port=0):
    threading.Event().wait()
"""
_NAMES = ("quick", "other", "dies", "breaks", "lacks", "mute")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A distribution that registers the sandboxes above, for this process and for those that it starts."""
    site = tmp_path / "site"
    info = site / "fakes-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "fake_sandboxes.py").write_text(_SANDBOXES)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fakes\nVersion: 1.0\n")
    lines = [f"{name} = fake_sandboxes:{'quick' if name == 'other' else name}" for name in _NAMES]
    (info / "entry_points.txt").write_text("\n".join(["[orch.sandboxes]", *lines, ""]))
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH")])))


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    where = tmp_path / ".orch"
    yield where
    sandbox.down(where)


def _get(url: str) -> dict[str, int]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        content: dict[str, int] = json.loads(answer.read())
        return content


def _nothing_runs(directory: Path) -> bool:
    return all(record.is_free(directory, name) for name in record.locked(directory))


@pytest.mark.usefixtures("installed")
class TestOneProcess:
    def test_up_starts_it_where_the_state_says(self, directory: Path) -> None:
        state = sandbox.up(directory, ["quick"])
        one = state.clouds["quick"]
        assert one.answers
        assert one.url.startswith("http://127.0.0.1:")
        assert _get(f"{one.url}/")["pid"] == one.pid != os.getpid()
        assert sandbox.endpoints(directory) == {"quick": one.url}
        written = json.loads((directory / "sandbox.json").read_text())
        assert written == {
            "format_version": 1,
            "started": state.started,
            "clouds": {"quick": {"url": one.url, "pid": one.pid, "log": str(one.log), "lags": False}},
        }
        assert stat.S_IMODE((directory / "sandbox.json").stat().st_mode) == 0o600

    def test_it_leads_a_process_group_of_its_own(self, directory: Path) -> None:
        pid = sandbox.up(directory, ["quick"]).clouds["quick"].pid
        assert os.getpgid(pid) == pid

    def test_up_again_leaves_it_alone_and_says_so(self, directory: Path) -> None:
        first = sandbox.up(directory, ["quick"])
        second = sandbox.up(directory, ["quick", "other"])
        assert first.already == ()
        assert second.already == ("quick",)
        assert second.clouds["quick"].pid == first.clouds["quick"].pid
        assert second.started == first.started
        assert set(sandbox.endpoints(directory)) == {"quick", "other"}

    def test_down_ends_it_and_forgets_it(self, directory: Path) -> None:
        one = sandbox.up(directory, ["quick"]).clouds["quick"]
        assert sandbox.down(directory) == ("quick",)
        with pytest.raises(ProcessLookupError):
            os.kill(one.pid, 0)
        assert sandbox.status(directory) is None
        assert sandbox.down(directory) == ()

    def test_a_port_that_was_asked_for_is_taken(self, directory: Path) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            port = other.getsockname()[1]
        assert sandbox.up(directory, ["quick"], {"quick": port}).clouds["quick"].url.endswith(f":{port}")
        with pytest.raises(OrchError, match="runs already, at"):
            sandbox.up(directory, ["quick"], {"quick": port + 1})

    def test_a_killed_one_is_seen_and_started_anew(self, directory: Path) -> None:
        before = sandbox.up(directory, ["quick"]).clouds["quick"]
        os.kill(before.pid, signal.SIGKILL)
        os.waitpid(before.pid, 0)
        found = sandbox.status(directory)
        assert found is not None
        assert not found.clouds["quick"].answers
        with pytest.raises(OrchError, match=r"no longer runs[\s\S]*orch sandbox up"):
            sandbox.endpoints(directory)
        after = sandbox.up(directory, ["quick"])
        assert after.already == ()
        assert after.clouds["quick"].pid != before.pid

    def test_it_ends_when_its_directory_is_removed(self, directory: Path) -> None:
        one = sandbox.up(directory, ["quick"]).clouds["quick"]
        record.lock_file(directory, "quick").unlink()
        assert os.waitstatus_to_exitcode(os.waitpid(one.pid, 0)[1]) == 0


@pytest.mark.usefixtures("installed")
class TestFailures:
    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("dies", r"ended with exit code 3[\s\S]*the disk is on fire"),
            ("breaks", r"ended with exit code 1[\s\S]*a bug in the factory"),
            ("lacks", r"surely_not_installed[\s\S]*pip install"),
        ],
    )
    def test_one_that_fails_is_explained_and_takes_the_others_down(self, directory: Path, name: str, said: str) -> None:
        with pytest.raises(OrchError, match=said):
            sandbox.up(directory, ["quick", name])
        assert _nothing_runs(directory)
        assert not (directory / "sandbox.json").exists()

    def test_one_that_ran_before_survives_the_failure_of_another(self, directory: Path) -> None:
        sandbox.up(directory, ["quick"])
        with pytest.raises(OrchError):
            sandbox.up(directory, ["quick", "dies"])
        assert set(sandbox.endpoints(directory)) == {"quick"}

    def test_a_taken_port_is_named(self, directory: Path) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            with pytest.raises(OrchError, match=f"the quick sandbox did not start: port {port} of 127.0.0.1: .*in use"):
                sandbox.up(directory, ["quick"], {"quick": port})
        assert _nothing_runs(directory)

    def test_one_that_never_answers_is_ended(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(process, "START_SECONDS", 0.5)
        with pytest.raises(OrchError, match="the mute sandbox did not start within"):
            sandbox.up(directory, ["mute"])
        assert _nothing_runs(directory)

    def test_one_that_does_not_heed_is_killed(self) -> None:
        command = (
            "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); signal.pause()"
        )
        with subprocess.Popen([sys.executable, "-c", command], stdout=subprocess.PIPE, start_new_session=True) as deaf:
            assert deaf.stdout is not None
            deaf.stdout.readline()
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(process, "STOP_SECONDS", 0.2)
                process.stop(deaf.pid, lambda: deaf.poll() is not None)
            assert deaf.wait() == -signal.SIGKILL

    def test_an_unknown_cloud_is_refused_with_those_that_there_are(self, directory: Path) -> None:
        with pytest.raises(OrchError, match=r"no sandbox for oracle; there are aws, .*quick"):
            sandbox.up(directory, ["oracle"])
        assert not directory.exists()


@pytest.mark.usefixtures("installed")
class TestStaleState:
    def test_a_process_id_that_went_to_someone_else_is_left_alone(self, directory: Path) -> None:
        one = sandbox.up(directory, ["quick"]).clouds["quick"]
        os.kill(one.pid, signal.SIGKILL)
        os.waitpid(one.pid, 0)
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as innocent:
            state_file, lock = directory / "sandbox.json", record.lock_file(directory, "quick")
            for file in (state_file, lock):
                file.write_text(file.read_text().replace(str(one.pid), str(innocent.pid)))
            assert sandbox.down(directory) == ()
            assert innocent.poll() is None
            assert not state_file.exists()

    def test_an_unreadable_state_is_named_and_down_still_works(self, directory: Path) -> None:
        pid = sandbox.up(directory, ["quick"]).clouds["quick"].pid
        (directory / "sandbox.json").write_text('{"format_version": 99}')
        for call in (sandbox.status, sandbox.endpoints, sandbox.up):
            with pytest.raises(OrchError, match=r"sandbox\.json is not a state file[\s\S]*orch sandbox down"):
                call(directory)
        assert sandbox.down(directory) == ("quick",)
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)

    def test_a_lost_state_does_not_start_a_second_one(self, directory: Path) -> None:
        pid = sandbox.up(directory, ["quick"]).clouds["quick"].pid
        (directory / "sandbox.json").unlink()
        with pytest.raises(OrchError, match=rf"process {pid} runs it already[\s\S]*orch sandbox down"):
            sandbox.up(directory, ["quick"])

    def test_nothing_started_is_said(self, directory: Path) -> None:
        assert sandbox.status(directory) is None
        with pytest.raises(OrchError, match=r"not running[\s\S]*orch sandbox up"):
            sandbox.endpoints(directory)


def test_all_three_clouds_start_and_leave_nothing(directory: Path) -> None:
    state = sandbox.up(directory)
    assert {name for name, one in state.clouds.items() if one.answers} == {"aws", "azure", "gcp"}
    assert all(one.url.startswith("http://127.0.0.1:") for one in state.clouds.values())
    assert sandbox.down(directory) == ("aws", "azure", "gcp")
    assert _nothing_runs(directory)
