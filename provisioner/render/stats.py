"""How many requests a command has cost, by place and by what they were about. A pure view of what the budgets have counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from provisioner.model.counting import many


@dataclass(frozen=True, slots=True)
class Share:
    """The requests of one cloud, account and region that the cloud counts together (``AWS::EC2::VPC read``)."""

    cloud: str
    account: str
    region: str
    bucket: str
    requests: int


@dataclass(frozen=True, slots=True)
class Stats:
    """All requests, and each share, the largest first. seconds: of the whole command, its own work included."""

    requests: int
    seconds: float
    shares: tuple[Share, ...]


def stats(counts: Mapping[tuple[str, str, str, str], int], seconds: float) -> Stats:
    """The view. counts: requests by cloud, account, region and bucket."""
    shares = [Share(*lane, number) for lane, number in counts.items()]
    shares.sort(key=lambda share: (-share.requests, share.cloud, share.account, share.region, share.bucket))
    return Stats(sum(counts.values()), round(seconds, 3), tuple(shares))


def text(view: Stats) -> str:
    """Lines for people."""
    places = [" ".join(filter(None, (share.cloud, share.account, share.region))) for share in view.shares]
    wide = max(map(len, places), default=0)
    lines = [f"{many(view.requests, 'request', 'requests')} in {view.seconds:.1f} s"]
    lines += [
        f"  {share.requests:>5}  {place:<{wide}}  {share.bucket}"
        for share, place in zip(view.shares, places, strict=True)
    ]
    return "\n".join(line.rstrip() for line in lines)
