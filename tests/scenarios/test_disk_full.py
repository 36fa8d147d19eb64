"""A disk that is full in the middle of a run: it ends with what to type next, and a resume finishes it, nothing doubled."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from provisioner.model.problem import PartialError
from provisioner.model.run import RunStatus
from provisioner.protocols.backend import StateWriteError
from provisioner.state import container
from tests.memory_stack import Bench, typical
from tests.processes import Orch
from tests.sandboxes import operations

TEMPLATE = """\
resources:
{% for n in range(12) %}
  vpc-{{ n }}: {type: AWS::EC2::VPC, properties: {CidrBlock: 10.{{ n }}.0.0/16}}
{% endfor %}
"""


def test_a_state_that_cannot_grow_ends_a_run_that_goes_on(tmp_path: Path) -> None:
    """At every size that the file could be stopped at."""
    ended = 0
    for pages in range(12):
        folder = tmp_path / str(pages)
        folder.mkdir()
        bench = Bench(folder)
        engine = bench.engine()
        plan = engine.plan(typical())
        (size,) = engine.backend._db.execute("PRAGMA page_count").fetchone()  # type: ignore[attr-defined]
        engine.backend._db.execute(f"PRAGMA max_page_count={size + pages}")  # type: ignore[attr-defined]
        try:
            report = engine.apply(container.pack(plan))
        except PartialError as error:
            ended += 1
            run = engine.backend.runs()[0].id
            assert f"run {run} stopped: cannot write the state file" in str(error) and "disk is full" in str(error)
            assert f"orch resume {run}  or  orch rollback {run}" in str(error)
            engine.backend.close()
            assert bench.engine().resume().run.status is RunStatus.DONE
        except StateWriteError:  # before the run was opened
            assert not bench.cloud.objects
            continue
        else:
            assert report.run.status is RunStatus.DONE
        assert len(bench.cloud.objects) == 7 and bench.plan(typical()).empty
    assert ended > 2


@pytest.mark.parametrize("then", ["resume", "rollback"])
def test_a_real_process_whose_file_may_not_grow(fresh_aws: str, tmp_path: Path, then: str) -> None:
    orch = Orch(tmp_path, fresh_aws, TEMPLATE)
    orch.run("plan", "b", "--out", "p.orch")
    log = tmp_path / ".orch" / "state.db-wal"
    before = max((file.stat().st_size for file in log.parent.glob("state.db*")), default=0)
    limit = before + 120_000

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    with orch.started("apply", "p.orch", "--yes", "--parallelism", "1", preexec=full) as process:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 5, (out, err)
        assert "cannot write the state file" in err and "orch resume" in err and "orch rollback" in err
        assert "look whether its disk is full" in err and "Traceback" not in err
    sent = operations(fresh_aws).count("CreateVpc")
    assert 0 < sent < 12
    done = orch.run(then, *(["--yes"] if then == "rollback" else []))
    assert done.returncode == 0, done.stderr
    if then == "resume":
        assert operations(fresh_aws).count("CreateVpc") == 12
        assert "No changes" in orch.run("plan", "b").stdout
    else:
        assert orch.run("state", "list").stdout == "Nothing is owned.\n"


def test_reading_without_any_room_says_so(fresh_aws: str, tmp_path: Path) -> None:
    orch = Orch(tmp_path, fresh_aws, TEMPLATE)
    orch.run("plan", "b")

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    with orch.started("state", "list", preexec=full) as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1 and "cannot use the state file" in err, err
    assert "look whether its disk is full: reading it takes a little room beside it too" in err
