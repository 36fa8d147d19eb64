"""``check:`` in a blueprint: what it may be, with a line for everything that it may not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from provisioner.model.check import Check, CheckKind
from provisioner.model.source import Source
from provisioner.model.value import Interpolation, Reference

ENTRY = "resources:\n  net:\n    type: T::Net::Net\n    properties: {Cidr: 10.0.0.0/16}\n    check: "


def told(error: str) -> str:
    """The first line of a message and its place."""
    return error.partition("\n")[0]


def test_one_or_several(load: Callable[..., Any]) -> None:
    stack = load(
        ENTRY
        + """
      - {that: "self.Info.State == 'up'", within: 5m}
      - tcp: '{{ ref("net").NetId }}:22'
      - http: http://127.0.0.1/health
        status: 204
"""
    )
    (net,) = stack.resources
    source = [check.source for check in net.checks]
    assert [s.line for s in source] == [6, 7, 8]
    assert net.checks == (
        Check(CheckKind.THAT, "self.Info.State == 'up'", 300.0, source=source[0]),
        Check(CheckKind.TCP, Interpolation((Reference("net", ("NetId",)), ":22")), source=source[1]),
        Check(CheckKind.HTTP, "http://127.0.0.1/health", status=204, source=source[2]),
    )


WRONG = [
    ("5", "check must be a map, or a list of maps, not the number 5"),
    ("{}", "a check is one of that, tcp and http"),
    ("{that: self.Dns, tcp: 'h:1'}", "a check is one of that, tcp and http, not several"),
    ("{that: self.Dns, wihtin: 5s}", "unknown key 'wihtin' of a check"),
    ("{that: self.Dns, within: soon}", "within must be a time: seconds as a number, or 90s, 30m, 2h, not the text 'soon'"),
    ("{that: self.Dns, status: 200}", "status goes with http, and is a number from 100 to 599"),
    ("{http: 'http://h/', status: 20}", "status goes with http, and is a number from 100 to 599"),
    ("{tcp: h}", "tcp of a check must be HOST:PORT, such as db.example.com:5432"),
    ("{tcp: 'h:70000'}", "tcp of a check must be HOST:PORT, such as db.example.com:5432"),
    ("{http: 'ftp://h/'}", "http of a check must be a URL that begins with http:// or https://"),
    ("{http: 'http://u:p@h/'}", "http of a check takes no user and password, which every plan and log would show"),
    ("{that: 'self.Dns =='}", "that of a check: ends too early (column 12 of it)"),
    ("{that: 'size(self.Ids)'}", "that of a check: gives int, and must give true or false (column 1 of it)"),
    ("{that: self.NetId}", "that of a check: gives string, and must give true or false (column 1 of it)"),
    ("{that: self}", "that of a check: gives map, and must give true or false (column 1 of it)"),
    ("{that: me.Dns}", "that of a check: there is no 'me.Dns', only self (column 3 of it)"),
    ("{that: self.Info.Stat == 'up'}", "that of a check: Info of T::Net::Net has no attribute 'Stat'"),
    ("{that: '{{ ref(\"net\").NetId }}'}", "that of a check must be an expression over self, its text known when it is planned"),
    ("{tcp: '{{ ref(\"net\").Netid }}:1'}", "T::Net::Net has no attribute 'Netid' (in ref(\"net\").Netid)"),
    ("{tcp: '{{ ref(\"nat\").NetId }}:1'}", "there is no resource 'nat' to refer to"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "message"), WRONG, ids=[message for _, message in WRONG])
def test_what_it_may_not_be(refused: Callable[..., str], check: str, message: str) -> None:
    assert told(refused(ENTRY + check)) == f"blueprint.yaml.j2:5: net: {message}"


def test_nothing_secret_is_sent_or_read(refused: Callable[..., str]) -> None:
    files = {
        "blueprint.yaml.j2": ENTRY + "{http: 'http://h/{{ key }}'}",
        "parameters.yaml": "parameters: {key: {type: string, sensitive: true}}",
    }
    given = {"parameters": {"key": "k"}}
    assert "http of a check cannot have a secret in it" in refused(files, **given)
    files["blueprint.yaml.j2"] = ENTRY.replace("10.0.0.0/16", "'{{ key }}'") + "{that: self.Cidr != ''}"
    assert "that of a check reads Cidr, which is secret" in refused(files, **given)
    files["blueprint.yaml.j2"] = ENTRY.replace("10.0.0.0/16", "'{{ key }}'") + "{tcp: '{{ ref(\"net\").Cidr }}:1'}"
    assert "net.Cidr is secret, and a check is sent to wherever it leads" in refused(files, **given)


READS = [
    ("self.Free.exists(k, self.Free[k].startsWith('a'))", "Free"),
    ("self.Free[self.DoorId] > 'a'", "Free"),
    ("self.Free == {'p': 'a'}", "Free"),
    ("self.exists(k, k == 'Free')", "self"),
    ("self.DoorId != '' && [self].exists(one, one.Free.p > 'a')", "self"),
    ("cel.bind(free, self.Free, free.p > 'a')", "Free"),
]


@pytest.mark.parametrize(("that", "what"), READS, ids=[that for that, _ in READS])
def test_a_check_walks_over_nothing_with_a_secret_inside(
    load: Callable[..., Any], refused: Callable[..., str], that: str, what: str
) -> None:
    files = {
        "blueprint.yaml.j2": "resources:\n  door:\n    type: T::Net::Door\n"
        f'    properties: {{Net: x, FromDoor: y, Free: {{p: {{{{ key }}}}, team: a}}}}\n    check: {{that: "{that}"}}',
        "parameters.yaml": "parameters: {key: {type: string, sensitive: true}}",
    }
    given = {"parameters": {"key": "k"}}
    error = refused(files, **given)
    assert f"blueprint.yaml.j2:5: door: that of a check reads all of {what}, and a part of that is secret" in error, (
        error
    )
    files["blueprint.yaml.j2"] = files["blueprint.yaml.j2"].replace(that, "self.Free.team == 'a'")
    assert load(files, **given)


def test_a_check_that_needs_what_needs_the_object_closes_a_circle(refused: Callable[..., str]) -> None:
    template = ENTRY + '{tcp: "{{ ref("door").DoorId }}:1"}\n'
    template += '  door: {type: T::Net::Door, properties: {Net: {{ ref("net").NetId }}, FromDoor: x}}\n'
    assert "a circle of references: net → door → net" in refused(template)


def test_a_module_passes_its_own_names(load: Callable[..., Any]) -> None:
    files = {
        "blueprint.yaml.j2": "resources: {net: {module: ./net}}",
        "net/blueprint.yaml.j2": ENTRY + "{tcp: '{{ ref(\"net\").NetId }}:22'}",
    }
    (net,) = load(files).resources
    assert net.address == "net/net"
    assert net.checks[0].target == Interpolation((Reference("net/net", ("NetId",)), ":22"))
    assert isinstance(net.checks[0].source, Source)


def test_a_module_itself_has_none(refused: Callable[..., str]) -> None:
    files = {
        "blueprint.yaml.j2": "resources: {net: {module: ./net, check: {that: 'true'}}}",
        "net/blueprint.yaml.j2": "resources: {net: {type: T::Net::Net, properties: {Cidr: 10.0.0.0/16}}}",
    }
    assert "'check' makes no sense on a module" in refused(files)
