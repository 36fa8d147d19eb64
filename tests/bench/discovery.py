"""What a plan reads of a stack that exists, beside the plain SDK listing the same objects at the same endpoint.

Both with warm clients; the endpoint is the sandbox, in a process of its own, whose time is in both figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from provisioner.discovery import survey
from provisioner.scheduler.clock import SystemClock
from provisioner.scheduler.scheduler import Scheduler
from provisioner.state.sqlite import SqliteBackend
from tests.bench import sdks
from tests.bench.measure import Result, in_turn, timed
from tests.bench.sandbox import Site, site

# n objects of one type in each, beside the one thing that holds them where there must be one.
_AWS = """\
stack: many
resources:
  vpc:
    type: AWS::EC2::VPC
    properties: {CidrBlock: 10.0.0.0/16}
{%% for i in range(%d) %%}
  group-{{ i }}:
    type: AWS::EC2::SecurityGroup
    properties: {GroupName: group-{{ i }}, GroupDescription: one of many, VpcId: {{ ref("vpc").VpcId }}}
{%% endfor %%}
"""
_AZURE = """\
stack: many
resources:
  rg:
    type: Microsoft.Resources/resourceGroups
    name: many
    location: westeurope
{%% for i in range(%d) %%}
  group-{{ i }}:
    type: Microsoft.Network/networkSecurityGroups
    name: group-{{ i }}
    scope: {{ ref("rg") }}
    location: westeurope
{%% endfor %%}
"""
_GCP = """\
stack: many
resources:
{%% for i in range(%d) %%}
  address-{{ i }}:
    type: compute.googleapis.com/Address
    properties: {name: address-{{ i }}}
{%% endfor %%}
"""
_PEERS: dict[str, tuple[str, str, Callable[[str], sdks.Lister]]] = {
    "aws": (_AWS, "boto3", sdks.aws),
    "azure": (_AZURE, "azure-mgmt-network", sdks.azure),
    "gcp": (_GCP, "google-cloud-compute", sdks.gcp),
}


def of(cloud: str) -> Callable[[bool], Iterator[Result]]:
    """``discovery.<cloud>``."""

    def measure(quick: bool, n: int = 0, runs: int = 0) -> Iterator[Result]:
        n = n or (100 if quick else 300)
        template, sdk, lister = _PEERS[cloud]
        with site(cloud, template % n) as at:
            at.project.apply(at.project.plan(at.blueprint, environment="sandbox"))
            yield _side_by_side(f"discovery.{cloud}", n, at, lister(at.url), sdk, runs or (7 if quick else 15))

    return measure


def _side_by_side(name: str, n: int, at: Site, plain: sdks.Lister, sdk: str, runs: int) -> Result:
    survey_ = _survey(at, n)

    def listed() -> None:
        found = plain()
        assert found == n, f"the SDK lists {found} of {n}"

    requests = {"requests": at.counted(survey_), "against_requests": at.counted(listed)}  # and both warm
    ours, theirs = in_turn(runs, lambda: timed(survey_), lambda: timed(listed))
    return Result(name, n, ours, theirs, sdk, requests)


def _survey(at: Site, n: int) -> Callable[[], None]:
    stack = at.project.render(at.blueprint, environment="sandbox", live=True)
    backend = SqliteBackend(at.project.directory / at.project.settings.backend)
    rows, lineage = backend.rows(), backend.lineage()
    backend.close()
    registry = at.project.registry

    def work() -> None:
        scheduler = Scheduler(SystemClock(), at.project.settings.parallelism)
        found = survey(
            stack.resources, rows, lineage, registry, scheduler, lambda body, _veil, _identity: body
        ).snapshot.found
        assert len(found) == len(rows) >= n, f"discovery shows {len(found)} of {len(rows)}"

    return work
