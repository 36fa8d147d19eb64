"""A partial plan that would take away what others need names all of them at once: the advice is followed to the letter."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.stacks import Stacks

NET = """
net: {type: compute.googleapis.com/Network, properties: {name: net-%s, autoCreateSubnetworks: false}}
sub:
  type: compute.googleapis.com/Subnetwork
  properties: {name: sub, network: {{ ref("net").selfLink }}, ipCidrRange: 10.0.0.0/24}
fw:
  type: compute.googleapis.com/Firewall
  properties: {name: fw, network: {{ ref("net").selfLink }}, allowed: [{IPProtocol: tcp}], sourceRanges: [10.0.0.0/8]}
host:
  type: compute.googleapis.com/Address
  properties: {name: host, addressType: INTERNAL, subnetwork: {{ ref("sub").selfLink }}}
"""


def test_all_that_needs_it_is_named_with_the_targets_given(
    tmp_path: Path, fresh_gcp: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stacks = Stacks(tmp_path, {"gcp": fresh_gcp}, monkeypatch)
    stacks.apply("s", NET % "a")
    stacks.write("s", NET % "b")
    advice = stacks.refused("s", targets=["n*"]).partition("plan all that needs it too: ")[2]
    words = shlex.split(advice.partition(";")[0])
    assert words[::2] == ["--target"] * 4
    assert set(words[1::2]) == {"n*", "sub", "fw", "host"}
    assert stacks.plan("s", targets=words[1::2]).plan.steps
