"""The functions that rules call: what is the whole internet, which ports a range takes in, and what is neither."""

from __future__ import annotations

import pytest

from provisioner.policy.cel import covers, world


@pytest.mark.parametrize(
    "source",
    [
        "0.0.0.0/0",
        "::/0",
        "128.0.0.0/1",
        "2000::/3",
        "*",
        "Any",
        "Internet",
        " internet ",
        "0.0.0.0",
        "::",
        ["10.0.0.0/8", "::/0"],
    ],
)
def test_the_whole_internet(source: object) -> None:
    assert world(source)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "10.0.0.0/8",
        "fc00::/7",
        "FD00::/8",
        "192.0.2.1",
        "VirtualNetwork",
        "AzureCloud.WestEurope",
        "sg-0a1b",
        [],
        ["10.0.0.0/8"],
    ],
)
def test_a_part_of_it_or_a_group(source: object) -> None:
    assert not world(source)


@pytest.mark.parametrize(
    "source",
    [
        "10.0.0.0/8, 0.0.0.0/0",
        "0.0.0.0-255.255.255.255",
        "/0",
        "0.0.0.0/33",
        "0/0",
        {"a": 1},
        None,
        ["10.0.0.0/8", "1.2.3"],
    ],
)
def test_what_is_neither_a_range_nor_a_name_is_never_taken_for_a_closed_one(source: object) -> None:
    with pytest.raises(ValueError, match="not an address range"):
        world(source)


@pytest.mark.parametrize("ports", [22, "22", "20-30", " 20 - 30 ", "*", "all", "0-65535", ["443", "1-22"]])
def test_ports_that_cover_22(ports: object) -> None:
    assert covers(ports, 22)


@pytest.mark.parametrize("ports", ["", "22,443", "ssh", None, 22.5, ["22", "x"]])
def test_what_is_no_port_is_an_error(ports: object) -> None:
    with pytest.raises(ValueError, match="not a port"):
        covers(ports, 22)
