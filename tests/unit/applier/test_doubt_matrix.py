"""Every doubt that a dead process can leave × every command that may come next: all lead on, to a stack without doubt.

A doubt is a call of which nobody knows whether it was done. What comes of the object is checked to its end: an apply, a
replacement and a destroy must all be possible afterwards, and leave nothing that is ours and not known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from providers.memory import MemoryProvider, Script, _Object
from provisioner import keeping
from provisioner.model.change import Reason
from provisioner.model.fault import Fault
from provisioner.model.problem import OrchError
from provisioner.model.resource import Owner
from provisioner.model.run import RunStatus
from provisioner.model.stack import Stack
from provisioner.protocols.provider import Ask, Read
from provisioner.state import container
from tests.memory_stack import Bench, entry, stack_of
from tests.unit.applier.test_doubt import Unnamed


class Killed(BaseException):
    """Stands for SIGKILL."""


class Unlisted(MemoryProvider):
    """Networks can be read by their id alone, as types without tags and names of their own."""

    def reads(self, ask: Ask) -> list[Read]:
        return super().reads(ask) if ask.identities else []


def network(cidr: str = "10.0.0.0/16") -> Stack:
    return stack_of(entry("it", "Network", {"Cidr": cidr, "Dns": True}))


def bucket(name: str = "data") -> Stack:
    return stack_of(entry("it", "Bucket", {"Name": name, "Tags": {"a": "b"}}))


def link(to: str = "x") -> Stack:
    return stack_of(entry("it", "Link", {"From": "y", "To": to}))


def machine(subnet: str = "s") -> Stack:
    return stack_of(entry("it", "Machine", {"Size": 1, "Data": subnet}))


def anybody(bench: Bench) -> None:
    bench.cloud.objects["data"].owner = None


def somebody(bench: Bench) -> None:
    bench.cloud.objects["data"].owner = Owner("other", "theirs", 1)


def gone(bench: Bench) -> None:
    bench.cloud.objects.pop("network-1", None)


@dataclass(frozen=True)
class Doubt:
    """operation: at which the process dies · work: whether that was done · first: what was applied before, None: nothing ·
    wanted: what was being applied · replacing: what replaces it · later: what happens in the cloud afterwards."""

    operation: str
    work: bool
    wanted: Callable[..., Stack]
    replacing: str
    first: bool = False
    to: Stack | None = None
    provider: Callable[..., MemoryProvider] = MemoryProvider
    later: Callable[[Bench], None] = lambda _bench: None
    theirs: bool = False  # what stands there in the end is another's
    changed: bool = False  # something has happened in the cloud that no run did
    hopeless: bool = False  # nobody can look for it


def tagged() -> Stack:
    return stack_of(entry("it", "Bucket", {"Name": "data", "Tags": {"a": "c"}}))


DOUBTS = {
    "first call, done": Doubt("create", True, network, "10.1.0.0/16"),
    "first call, not done": Doubt("create", False, network, "10.1.0.0/16"),
    "second call, done": Doubt("advance", True, network, "10.1.0.0/16"),
    "second call, not done": Doubt("advance", False, network, "10.1.0.0/16"),
    "second call, and then gone": Doubt("advance", True, network, "10.1.0.0/16", later=gone, changed=True),
    "found without its mark": Doubt("create", True, bucket, "more", later=anybody),
    "another's by now": Doubt("create", True, bucket, "more", later=somebody, theirs=True, changed=True),
    "carries no marks, done": Doubt("create", True, link, "z"),
    "carries no marks, not done": Doubt("create", False, link, "z"),
    "an operation that names late, begun": Doubt("create", True, machine, "t", provider=Unnamed),
    "an operation that names late, polled": Doubt("advance", True, machine, "t", provider=Unnamed),
    "cannot be looked for, done": Doubt("create", True, network, "10.1.0.0/16", provider=Unlisted, hopeless=True),
    "cannot be looked for, not done": Doubt("create", False, network, "10.1.0.0/16", provider=Unlisted, hopeless=True),
    "update, done": Doubt("update", True, bucket, "more", first=True, to=tagged()),
    "update, not done": Doubt("update", False, bucket, "more", first=True, to=tagged()),
    "delete, done": Doubt("delete", True, bucket, "more", first=True, to=stack_of()),
    "delete, not done": Doubt("delete", False, bucket, "more", first=True, to=stack_of()),
}


def die(bench: Bench, doubt: Doubt) -> None:
    """Apply until the process dies at that call."""
    bench.provider = doubt.provider
    bench.cloud.polls = 1
    bench.cloud.objects["y"] = _Object("Memory::Network", "y", {"Id": "y"}, None)
    if doubt.first:
        bench.apply(doubt.wanted())

    def dying(operation: str, work: Callable[[], Any]) -> Callable[[], Any]:
        def dead() -> Any:
            if doubt.work:
                work()
            raise Killed

        return dead if operation.startswith(doubt.operation) else work

    engine = bench.engine()
    file = container.pack(engine.plan(doubt.to if doubt.to is not None else doubt.wanted()))
    with bench.calls(dying), pytest.raises(Killed):
        engine.apply(file)
    engine.backend.close()
    doubt.later(bench)


def forget(bench: Bench, _doubt: Doubt) -> None:
    engine = bench.engine()
    engine.apply(container.pack(keeping.forget(engine, "it", stack=None, environment=None)))


def nothing(_bench: Bench, _doubt: Doubt) -> None:
    pass


def apply(bench: Bench, doubt: Doubt) -> None:
    bench.apply(doubt.wanted())


def replace(bench: Bench, doubt: Doubt) -> None:
    bench.apply(doubt.wanted(doubt.replacing))


def destroy(bench: Bench, doubt: Doubt) -> None:
    bench.apply(bench.plan(doubt.wanted(), destroy=True))


def resume(bench: Bench, _doubt: Doubt) -> None:
    bench.engine().resume()


def rollback(bench: Bench, _doubt: Doubt) -> None:
    bench.engine().rollback()


def unreadable(bench: Bench, doubt: Doubt) -> None:
    """A plan that cannot find out, by somebody who may not read."""
    bench.cloud.scripts = [Script("read", Fault.DENIED, times=-1)]
    with pytest.raises(OrchError):
        bench.plan(doubt.wanted())
    bench.cloud.scripts = []


COMMANDS = [nothing, apply, replace, destroy, resume, rollback, forget, unreadable]


NOTHING_THERE = "no object called it is owned"
IN_DOUBT = "in doubt: it may exist already"
REFUSED = {
    ("another's by now", apply): "carries the mark of another project",
    ("cannot be looked for, done", rollback): "cannot be found out whether the last create",
    ("cannot be looked for, not done", rollback): "cannot be found out whether the last create",
    **{
        (f"cannot be looked for, {done}", command): IN_DOUBT
        for done in ("done", "not done")
        for command in (apply, replace, destroy)
    },
    **{
        (name, forget): NOTHING_THERE
        for name in (
            "first call, not done", "second call, and then gone", "another's by now", "carries no marks, not done", "delete, done"
        )
    },
}  # fmt: skip
"""What cannot be done is said; everything else succeeds."""


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", DOUBTS)
def test_every_command_leads_on_from_every_doubt(tmp_path: Path, name: str, command: Callable[..., None]) -> None:
    bench, doubt = Bench(tmp_path), DOUBTS[name]
    die(bench, doubt)
    if why := REFUSED.get((name, command)):
        with pytest.raises(OrchError, match=why):
            command(bench, doubt)
    else:
        command(bench, doubt)
    if doubt.hopeless and _in_doubt(bench, doubt):
        forget(bench, doubt)
    if command is forget or doubt.hopeless or doubt.theirs:  # what was let go stands in the way of another of its name
        for identity in standing(bench) - {row.identity for row in bench.engine().backend.rows()}:
            del bench.cloud.objects[identity]
    for stack in (doubt.wanted(), doubt.wanted(doubt.replacing)):
        assert bench.apply(stack).run.status is RunStatus.DONE
        plan = bench.plan(stack)
        assert plan.empty and not plan.drift and not plan.proposals
        assert {row.identity for row in bench.engine().backend.rows()} == standing(bench)
    destroy(bench, doubt)
    assert not standing(bench) and not bench.engine().backend.rows()


@pytest.mark.parametrize("name", [name for name, doubt in DOUBTS.items() if not (doubt.hopeless or doubt.changed)])
def test_what_a_dead_run_has_done_is_no_drift(tmp_path: Path, name: str) -> None:
    bench, doubt = Bench(tmp_path), DOUBTS[name]
    die(bench, doubt)
    wanted = doubt.wanted() if doubt.to is None else doubt.to
    for plan in (bench.plan(wanted), bench.plan(doubt.wanted())):
        assert not plan.drift and not any(b.reason is Reason.MISSING for c in plan.changes for b in c.because)


def standing(bench: Bench) -> set[str]:
    """What stands but for what was there before."""
    return set(bench.cloud.objects) - {"y"}


def _in_doubt(bench: Bench, doubt: Doubt) -> bool:
    try:
        bench.plan(doubt.wanted())
    except OrchError as refused:
        assert "orch state forget it" in refused.problems[0].hint
        return True
    return False
