"""What an apply and a plan without changes cost in requests, beside a minimal boto3 script: the scenario of the tests."""

from __future__ import annotations

from collections.abc import Iterator

from tests import listing
from tests.bench.measure import Result, timed
from tests.bench.sandbox import site
from tests.sandboxes import reset
from tests.scenarios.test_calls import COUNT, REGION, TEMPLATE, minimal_script

N = 1 + 2 * COUNT
_SCRIPT = "minimal boto3 script"


def both(quick: bool) -> Iterator[Result]:
    """``calls.apply`` (the plan before it included) and ``calls.noop``: once, as counts do not vary. ``ratio`` is that of the
    seconds, as everywhere; that of the requests is in extra."""
    with site("aws", TEMPLATE) as at:
        project, ec2 = at.project, listing.client("ec2", at.url, REGION)

        def plan() -> None:
            assert project.plan(at.blueprint, environment="sandbox").plan.empty

        def look() -> None:
            for read in (ec2.describe_vpcs, ec2.describe_subnets, ec2.describe_security_groups):
                read()

        theirs = timed(lambda: minimal_script(ec2))
        by_hand = at.requests()
        reset(at.url)
        ours = timed(lambda: project.apply(project.plan(at.blueprint, environment="sandbox")))
        made = at.requests()
        yield Result("calls.apply", N, [ours], [theirs], _SCRIPT, _extra(made, by_hand))
        again = timed(plan)
        planned = at.requests() - made
        looked = timed(look)
        yield Result("calls.noop", N, [again], [looked], _SCRIPT, _extra(planned, at.requests() - made - planned))


def _extra(ours: int, theirs: int) -> dict[str, float]:
    return {"requests": ours, "against_requests": theirs, "requests_ratio": round(ours / theirs, 3)}
