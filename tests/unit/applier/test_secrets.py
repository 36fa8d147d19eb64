"""Secrets reach the cloud and no file: plan, journal, ledger, events and messages are searched for canaries."""

from __future__ import annotations

import io
import os
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from providers.memory import MemoryCloud, MemoryProvider, Script
from provisioner import brownfield, keeping
from provisioner.applier.applier import Report
from provisioner.engine import Engine
from provisioner.model.change import Reason, UndoLabel
from provisioner.model.fault import Fault
from provisioner.model.plan import Plan
from provisioner.model.problem import OrchError, StaleError
from provisioner.model.resource_type import ResourceType
from provisioner.model.run import RunStatus
from provisioner.model.secret import is_hidden
from provisioner.model.source import Source
from provisioner.model.stack import Lookup, Stack
from provisioner.model.value import Interpolation, Map, Reference, Secret
from provisioner.planner.takeover import takeover
from provisioner.render import json as as_json
from provisioner.render import text as as_text
from provisioner.render.outline import outline
from provisioner.render.style import Style
from provisioner.state import container
from provisioner.vault import MissingSecretError, Vault
from tests.memory_stack import PLACE, Bench, changed, entry, ref, stack_of, without

CANARY, OTHER = "canary-9f2c-first", "canary-71aa-second"


class Secretive(Bench):
    """A bench whose engines can read one environment variable and one sensitive parameter."""

    def __init__(self, folder: Path, cloud: MemoryCloud | None = None) -> None:
        super().__init__(folder)
        self.cloud = cloud or self.cloud
        self.environ = {"DB": CANARY}
        self.given: Map = Map({"token": f"{CANARY}-param"})

    def engine(self, **more: Any) -> Engine:
        engine = super().engine(**more)
        engine.vault = Vault(engine.backend.key(), self.given, self.environ, allowed=("env://DB",))
        return engine

    def rollback(self) -> Report:
        return self.engine().rollback()


class Veiled(MemoryProvider):
    """A cloud that never shows what is in ``Data``."""

    def resource_type(self, name: str) -> ResourceType:
        return replace(super().resource_type(name), write_only=(("Data",),))


@pytest.fixture
def bench(tmp_path: Path) -> Secretive:
    return Secretive(tmp_path)


def stack() -> Stack:
    password = Secret("env://DB")
    return stack_of(
        entry("net", "Network", {"Cidr": "10.0.0.0/16", "Dns": True, "Data": {"password": password}}),
        entry(
            "vm", "Machine",
            {
                "SubnetId": ref("net", "Id"),
                "Data": {"url": Interpolation(("pg://", password, "@", ref("net", "Id"))), "all": (password, "x")},
            },
        ),
        entry("reader", "Network", {"Cidr": "10.2.0.0/16", "Data": {"same": ref("net", "Data", "password")}}),
        entry("bucket", "Bucket", {"Name": "data", "Tags": {"token": Secret("param://token")}}),
        outputs={"password": password},
    )  # fmt: skip


def clean(bench: Secretive, *more: object) -> None:
    """No canary in any file of the project, nor in what was said."""
    for path in bench.path.parent.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        assert b"canary" not in data, path
    for thing in (*bench.events, *more):
        said = thing.decode() if isinstance(thing, bytes) else repr(thing)
        assert "canary" not in said
    backend = bench.engine().backend
    for run in backend.runs():  # the plans in the database are compressed
        _, data, entries = backend.run(run.id)
        assert "canary" not in repr(entries)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert all(b"canary" not in archive.read(name) for name in archive.namelist())
    assert "canary" not in repr(backend.rows())


def shown(plan: Plan) -> str:
    view = outline(plan)
    return as_json.plan(view) + as_text.plan(view, Style(100))


def test_the_cloud_gets_the_value_and_no_file_does(bench: Secretive) -> None:
    plan = bench.plan(stack())
    report = bench.apply(plan)
    assert report.run.status is RunStatus.DONE, report.failures
    data = {
        body["Data"].get("password") or body["Data"].get("same") for body in bench.bodies().values() if "Data" in body
    }
    assert CANARY in data
    machine = next(body for body in bench.bodies().values() if "SubnetId" in body)
    assert machine["Data"]["url"].startswith(f"pg://{CANARY}@network-")
    assert machine["Data"]["all"] == (CANARY, "x")
    assert bench.bodies()["data"]["Tags"] == {"token": f"{CANARY}-param"}
    assert sum(body.get("Data", {}).get("same") == CANARY for body in bench.bodies().values()) == 1
    clean(bench, plan, report, shown(plan))
    again = bench.plan(stack())
    assert again.empty and not again.drift
    assert "env://DB" in shown(plan)


def test_another_value_is_one_update_and_still_in_no_file(bench: Secretive) -> None:
    bench.apply(stack())
    bench.environ["DB"] = OTHER
    plan = bench.plan(stack())
    acting = {c.address: c for c in plan.changes if c.diff}
    assert set(acting) == {"net", "vm", "reader"}
    assert all(
        edit.redacted or isinstance(edit.after, tuple)  # in a list each secret is hidden by itself
        for change in acting.values()
        for edit in change.diff.edits
    )
    assert all(change.undo.label is UndoLabel.LOSSY for change in acting.values())
    report = bench.apply(plan)
    assert report.run.status is RunStatus.DONE, report.failures
    assert not any(body.get("Data", {}).get("password") == CANARY for body in bench.bodies().values())
    clean(bench, plan, report, shown(plan))
    assert bench.plan(stack()).empty


def test_undoing_needs_the_former_value(bench: Secretive) -> None:
    bench.apply(stack())
    bench.environ["DB"] = OTHER
    bench.apply(stack())
    refused(bench, "env://DB is needed as it was before run", "the one given now is another")
    bench.environ.clear()
    refused(bench, "env://DB is needed as it was before run", "DB is not set")
    bench.environ["DB"] = CANARY
    assert bench.rollback().run.status is RunStatus.DONE
    assert any(body.get("Data", {}).get("password") == CANARY for body in bench.bodies().values())
    clean(bench)
    assert bench.plan(stack()).empty


def refused(bench: Secretive, *words: str, **how: Any) -> None:
    """A rollback says so before its first step, and leaves the cloud and the run as they were."""
    calls, runs = list(bench.bodies().items()), bench.engine().backend.runs()
    with pytest.raises(StaleError) as caught:
        bench.engine().rollback(**how)
    told = str(caught.value)
    assert caught.value.exit_code == 4 and all(word in told for word in words), told
    assert "canary" not in told and all(problem.hint for problem in caught.value.problems)
    assert list(bench.bodies().items()) == calls and bench.engine().backend.runs() == runs


@pytest.mark.parametrize("given", [{"token": "another"}, {}])
def test_what_was_deleted_is_not_undone_without_its_secret(bench: Secretive, given: dict[str, str]) -> None:
    bench.apply(stack())
    bench.apply(without(stack(), "bucket"))
    right, bench.given = bench.given, Map(given)
    refused(bench, "to put back bucket (Tags.token), the sensitive parameter 'token' is needed as it was before run")
    bench.given = right
    assert bench.rollback().run.status is RunStatus.DONE and "data" in bench.cloud.objects
    assert bench.plan(stack()).empty


def test_a_deleted_object_is_made_again_without_what_is_lost(bench: Secretive) -> None:
    tagged = changed(
        stack(),
        "bucket",
        Tags={"token": Secret("param://token"), "team": "x"},
        Rules=[{"k": Secret("env://DB")}, {"k": 1}],
    )
    bench.apply(tagged)
    bench.apply(without(tagged, "bucket"))
    bench.given, bench.environ["DB"] = Map({"token": "another"}), OTHER
    undo = bench.engine().compensation(accept_loss=True).plan
    assert "bucket is made again without Tags.token: param://token cannot be had as it was" in undo.notes
    assert "bucket is made again without Rules[0].k: env://DB cannot be had as it was" in undo.notes
    assert bench.engine().rollback(accept_loss=True).run.status is RunStatus.DONE
    body = bench.bodies()["data"]
    assert body["Tags"] == {"team": "x"} and body["Rules"] == ({}, {"k": 1})
    assert bench.apply(changed(tagged, "bucket")).run.status is RunStatus.DONE
    assert bench.plan(tagged).empty and bench.bodies()["data"]["Tags"] == {"token": "another", "team": "x"}


def test_without_a_property_that_it_must_have_nothing_is_put_back(bench: Secretive) -> None:
    safe = stack_of(entry("safe", "Safe", {"Data": Secret("env://DB")}))
    bench.apply(safe)
    bench.apply(without(safe, "safe"))
    bench.environ["DB"] = OTHER
    refused(bench, "env://DB is needed", "without it nothing of the run can be put back", "orch plan test -e dev")
    with pytest.raises(StaleError) as caught:
        bench.engine().rollback()
    assert "--accept-loss" not in str(caught.value)
    refused(bench, "nothing of run", "env://DB", "orch plan test -e dev", accept_loss=True)


def test_what_the_run_did_not_touch_stays_though_its_secret_is_lost(bench: Secretive) -> None:
    bench.apply(stack())
    bench.apply(changed(stack(), "net", Rules=["a"]))
    bench.environ["DB"] = OTHER
    assert bench.engine().rollback(accept_loss=True).run.status is RunStatus.DONE
    assert not _net(bench).get("Rules") and _net(bench)["Data"] == {"password": CANARY}
    clean(bench)
    assert {c.address for c in bench.plan(stack()).changes if c.diff} == {"net", "vm", "reader"}  # it is another by now


def test_one_lost_item_of_a_list_stays_and_the_others_go_back(bench: Secretive) -> None:
    def net(color: str, extra: str) -> Stack:
        rules = [{"Key": "p", "Value": Secret("env://DB")}, {"Key": "c", "Value": color}, {"Key": extra, "Value": "e"}]
        return stack_of(entry("net", "Network", {"Cidr": "10.0.0.0/16", "Rules": rules}))

    bench.apply(net("red", "one"))
    bench.environ["DB"] = OTHER
    bench.apply(net("blue", "two"))
    undo = bench.engine().compensation(accept_loss=True).plan
    assert "net: Rules is put back but for a secret in it: env://DB cannot be had as it was" in undo.notes
    assert bench.engine().rollback(accept_loss=True).run.status is RunStatus.DONE
    assert sorted((rule["Key"], rule["Value"]) for rule in _net(bench)["Rules"]) == [
        ("c", "red"),
        ("one", "e"),
        ("p", OTHER),
    ]
    clean(bench)


def test_what_stays_keeps_what_it_needs(bench: Secretive) -> None:
    """The machine keeps the network of the run, whose delete it would forbid."""
    before = stack_of(
        entry("net", "Network", {"Cidr": "10.0.0.0/16"}),
        entry("vm", "Machine", {"SubnetId": ref("net", "Id"), "Data": {"url": Secret("env://DB")}}),
    )
    after = stack_of(
        entry("net", "Network", {"Cidr": "10.0.0.0/16"}),
        entry("other", "Network", {"Cidr": "10.1.0.0/16"}),
        entry("far", "Network", {"Cidr": "10.2.0.0/16", "Data": {"of": ref("other", "Id")}}),
        entry("free", "Network", {"Cidr": "10.3.0.0/16"}),
        entry("vm", "Machine", {
            "SubnetId": ref("other", "Id"), "Data": {"url": Interpolation((Secret("env://DB"), "@", ref("far", "Id")))},
        }),
    )  # fmt: skip
    bench.apply(before)
    bench.environ["DB"] = OTHER
    bench.apply(after)
    undo = bench.engine().compensation(accept_loss=True).plan
    assert [step.address for step in undo.steps] == ["free"], undo.steps
    assert "far stays: vm needs it" in undo.notes and "other stays: far needs it" in undo.notes
    assert bench.engine().rollback(accept_loss=True).run.status is RunStatus.DONE
    assert bench.kinds() == ["Memory::Machine", *["Memory::Network"] * 3]


def test_a_rollback_that_has_lost_its_secret_goes_on_with_what_it_still_can(bench: Secretive) -> None:
    whole = stack_of(*stack().resources, entry("plain", "Bucket", {"Name": "plain"}))
    bench.apply(whole)
    (first, *_) = bench.engine().backend.runs()
    bench.apply(bench.plan(whole, destroy=True))
    run = bench.engine().backend.runs()[0].id
    bench.cloud.scripts.append(Script("create Memory::Machine", Fault.INVALID))
    undone = bench.rollback()
    assert undone.run.status is RunStatus.PARTIAL
    assert undone.next == (f"orch resume {undone.run.id}", f"orch rollback {run} --accept-loss --plan")
    bench.environ["DB"] = OTHER
    for way in (lambda: bench.engine().resume(), lambda: bench.rollback()):
        with pytest.raises(StaleError, match="env://DB is needed as it was") as caught:
            way()
        assert f"orch rollback {run} --accept-loss --plan" in caught.value.problems[0].hint
    undo = bench.engine().compensation(run, accept_loss=True).plan
    assert bench.engine().backend.runs()[0].status is RunStatus.PARTIAL  # a plan changes nothing
    assert "net was made again already" in undo.notes
    assert bench.engine().rollback(run, accept_loss=True).run.status is RunStatus.DONE
    assert bench.kinds() == [
        "Memory::Bucket",
        "Memory::Bucket",
        "Memory::Machine",
        "Memory::Network",
        "Memory::Network",
    ]
    runs = {each.id: each.status for each in bench.engine().backend.runs()}
    assert runs[run] is RunStatus.ROLLED_BACK and runs[undone.run.id] is RunStatus.DONE and first.id in runs
    with pytest.raises(OrchError, match="nothing to resume"):
        bench.engine().resume()
    clean(bench)


def test_the_undo_of_a_destroy_takes_a_parameter_from_its_variable(bench: Secretive) -> None:
    bench.apply(stack())
    bench.apply(bench.plan(stack(), destroy=True))
    bench.environ["ORCH_PARAM_TOKEN"] = f"{CANARY}-param"
    bench.given = Map()
    assert bench.rollback().run.status is RunStatus.DONE
    bench.given = Map({"token": f"{CANARY}-param"})
    assert bench.plan(stack()).empty


def test_an_undo_beside_a_secret_needs_it_too(bench: Secretive) -> None:
    """Of an object that is sent as a whole, what was not changed as well."""
    bench.apply(stack())
    bench.apply(changed(stack(), "net", Rules=["a"]))
    bench.environ["DB"] = OTHER
    refused(bench, "to put back net (Data.password), env://DB is needed")
    bench.environ["DB"] = CANARY
    assert bench.rollback().run.status is RunStatus.DONE
    assert bench.plan(stack()).empty


def test_a_loss_that_is_accepted_is_listed_and_the_rest_put_back(bench: Secretive) -> None:
    bench.apply(stack())
    bench.environ["DB"] = OTHER
    bench.apply(without(changed(stack(), "net", Rules=["a"], Data={"password": Secret("env://DB")}), "bucket"))
    undo = bench.engine().compensation(accept_loss=True).plan
    lost = [note for note in undo.notes if "env://DB cannot be had as it was" in note]
    assert any(note.startswith("net: Data.password stays as it is") for note in lost), undo.notes
    assert bench.engine().rollback(accept_loss=True).run.status is RunStatus.DONE
    net = next(body for body in bench.bodies().values() if body.get("Cidr") == "10.0.0.0/16")
    assert net["Data"] == {"password": OTHER} and not net.get("Rules") and "data" in bench.cloud.objects
    clean(bench)
    plan = bench.plan(stack())  # but for the output: it is said again as it was
    assert not plan.steps and not plan.drift


def test_what_stands_on_a_lost_object_is_left_out_with_it(bench: Secretive) -> None:
    whole = stack_of(
        *stack().resources,
        entry("safe", "Safe", {"Cidr": "10.7.0.0/16", "Data": Secret("env://DB")}),
        entry("sub", "Subnet", {"NetworkId": ref("safe", "Id"), "Cidr": "10.0.1.0/24"}),
        entry("plain", "Bucket", {"Name": "plain"}),
    )
    bench.apply(whole)
    bench.apply(bench.plan(whole, destroy=True))
    bench.environ["DB"] = OTHER
    notes = bench.engine().compensation(accept_loss=True).plan.notes
    assert "safe cannot be made again: env://DB cannot be had as it was; it stays deleted" in notes
    assert "sub cannot be made again: it stands on safe; it stays deleted" in notes
    assert bench.engine().rollback(accept_loss=True).run.status is RunStatus.DONE
    assert {"data", "plain"} < set(bench.cloud.objects) and not {"Memory::Safe", "Memory::Subnet"} & set(bench.kinds())


def test_a_replacement_stays_where_the_former_object_cannot_be_made_again(bench: Secretive) -> None:
    whole = stack_of(
        *stack().resources[:1],
        entry("sub", "Subnet", {"NetworkId": ref("net", "Id"), "Cidr": "10.0.1.0/24"}),
        entry("dns", "Network", {"Cidr": "10.9.0.0/16", "Data": {"net": ref("net", "Id"), "n": 1}}),
    )
    bench.apply(whole)
    later = changed(changed(whole, "net", Cidr="10.1.0.0/16"), "dns", Data={"net": ref("net", "Id"), "n": 2})
    bench.environ["DB"] = OTHER
    bench.apply(later)
    before = dict(bench.bodies())
    undo = bench.engine().compensation(accept_loss=True).plan
    assert any(note.startswith("net cannot be made again") and note.endswith("stead stays") for note in undo.notes)
    assert any(note.startswith("dns: Data.net stays as it is: net cannot be made again") for note in undo.notes)
    assert bench.engine().rollback(accept_loss=True).run.status is RunStatus.DONE
    dns = next(identity for identity, body in before.items() if body["Cidr"] == "10.9.0.0/16")
    assert bench.bodies() == before | {dns: Map({**before[dns], "Data": Map(net=before[dns]["Data"]["net"], n=1)})}


def replaced_in_part(bench: Secretive, failing: str) -> list[str]:
    """The notes of an undo without the secret, of a run that has deleted a network with what stands on it and then failed at a
    create."""
    net = entry("net", "Network", {"Cidr": "10.0.0.0/16", "Data": Secret("env://DB")}, on_replace="delete_first")
    sub = entry("sub", "Subnet", {"NetworkId": ref("net", "Id"), "Cidr": "10.0.1.0/24"})
    whole = stack_of(net, sub, entry("plain", "Bucket", {"Name": "plain", "Tags": {"v": "a"}}))
    bench.apply(whole)
    bench.environ["DB"] = OTHER
    bench.cloud.scripts = [Script(f"create Memory::{failing}", Fault.INVALID)]
    other = changed(changed(whole, "net", Cidr="10.1.0.0/16"), "plain", Tags={"v": "b"})
    assert bench.apply(other).run.status is RunStatus.PARTIAL
    bench.environ["DB"] = "canary-third"
    return list(bench.engine().compensation(accept_loss=True).plan.notes)


def test_what_stood_on_a_lost_object_is_made_again_on_the_one_in_its_stead(bench: Secretive) -> None:
    notes = replaced_in_part(bench, "Subnet")
    assert any(note.startswith("net cannot be made again") and note.endswith("stead stays") for note in notes), notes
    assert not any(note.startswith("sub") for note in notes), notes
    assert bench.engine().rollback(accept_loss=True).run.status is RunStatus.DONE
    (net,) = (ident for ident, body in bench.bodies().items() if body.get("Cidr") == "10.1.0.0/16")
    assert [body["NetworkId"] for body in bench.bodies().values() if "NetworkId" in body] == [net]
    clean(bench)


def test_what_cannot_be_made_again_and_has_nothing_in_its_stead_stays_deleted(bench: Secretive) -> None:
    notes = replaced_in_part(bench, "Network")
    assert "net cannot be made again: env://DB cannot be had as it was; it stays deleted" in notes
    assert "sub cannot be made again: it stands on net; it stays deleted" in notes


def test_a_begun_rollback_ends_where_only_what_is_lost_is_left(bench: Secretive) -> None:
    whole = stack_of(entry("safe", "Safe", {"Data": Secret("env://DB")}), entry("plain", "Bucket", {"Name": "plain"}))
    bench.apply(whole)
    bench.apply(bench.plan(whole, destroy=True))
    run = bench.engine().backend.runs()[0].id
    bench.cloud.scripts = [Script("create Memory::Safe", Fault.INVALID)]
    assert bench.rollback().run.status is RunStatus.PARTIAL and list(bench.cloud.objects) == ["plain"]
    bench.environ["DB"] = OTHER
    refused(bench, "env://DB is needed", f"orch rollback {run} --accept-loss --plan")
    report = bench.engine().rollback(run, accept_loss=True)
    assert report.run.status is RunStatus.DONE and list(bench.cloud.objects) == ["plain"]
    assert "safe cannot be made again: env://DB cannot be had as it was; it stays deleted" in report.notes
    assert bench.engine().backend.run(run)[0].status is RunStatus.ROLLED_BACK


def test_what_was_deleted_comes_back_with_its_secret(bench: Secretive) -> None:
    bench.apply(stack())
    bench.apply(without(stack(), "vm"))
    assert bench.rollback().run.status is RunStatus.DONE
    assert any("SubnetId" in body and CANARY in body["Data"]["url"] for body in bench.bodies().values())
    clean(bench)
    assert bench.plan(stack()).empty


def test_a_plan_whose_secret_has_changed_is_stale(bench: Secretive) -> None:
    plan = bench.plan(stack())
    bench.environ["DB"] = OTHER
    with pytest.raises(StaleError, match="env://DB is another"):
        bench.apply(plan)
    assert not bench.cloud.objects and not bench.engine().backend.runs()


def test_a_sensitive_parameter_is_asked_for_again(bench: Secretive) -> None:
    plan = bench.plan(stack())
    bench.given = Map()
    with pytest.raises(MissingSecretError, match="ORCH_PARAM_TOKEN"):
        bench.apply(plan)
    bench.given = Map({"token": "another"})
    with pytest.raises(StaleError, match="'token' is another"):
        bench.apply(plan)
    assert not bench.cloud.objects


def test_what_only_gets_another_address_needs_no_secret(bench: Secretive) -> None:
    bench.apply(stack())
    bench.given, bench.environ = Map(), {}
    move = keeping.move(bench.engine(), "bucket", "store", stack=None, environment=None, to_stack="other")
    assert bench.apply(move).run.status is RunStatus.DONE
    assert [row.redacted for row in bench.engine().backend.rows("other")] == [(("Tags", "token"),)]
    clean(bench)


@pytest.mark.parametrize("operation", ["create Memory::Network", "create Memory::Machine", "advance"])
def test_a_message_that_repeats_a_secret_is_masked(bench: Secretive, operation: str) -> None:
    message = f"the password '{CANARY}' is too short"
    bench.cloud.scripts.append(Script(operation, Fault.INVALID, message=message))
    report = bench.apply(stack())
    assert report.run.status is RunStatus.PARTIAL
    assert report.failures[0].message == "the password '(sensitive)' is too short"
    clean(bench, report)


def test_a_lost_answer_is_settled_without_keeping_what_was_read(bench: Secretive) -> None:
    bench.cloud.scripts.append(Script("create Memory::Network", Fault.UNCERTAIN, lost=True))
    report = bench.apply(stack())
    assert report.run.status is RunStatus.DONE, report.failures
    assert len(bench.cloud.objects) == 4
    clean(bench, report)
    assert bench.plan(stack()).empty


def test_resume_asks_for_what_it_still_needs(bench: Secretive) -> None:
    bench.cloud.scripts.append(Script("create Memory::Machine", Fault.INVALID))
    assert bench.apply(stack()).run.status is RunStatus.PARTIAL
    bench.environ.clear()
    with pytest.raises(MissingSecretError, match="DB is not set"):
        bench.engine().resume()
    bench.environ["DB"] = CANARY
    assert bench.engine().resume().run.status is RunStatus.DONE
    clean(bench)
    assert bench.plan(stack()).empty


def test_a_secret_that_becomes_plain_text_is_an_update(bench: Secretive) -> None:
    bench.apply(stack())
    plain = changed(stack(), "net", Data={"password": "public"})
    plan = bench.plan(plain)
    edits = next(c.diff.edits for c in plan.changes if c.address == "net")
    assert [(is_hidden(edit.before), edit.after, edit.redacted) for edit in edits] == [(True, "public", False)]
    (line,) = (line for line in outline(plan).changes if line.address == "net")
    assert [(edit.before.kind, edit.after.value) for edit in line.edits] == [("secret", "public")]
    assert (line.undo, line.undo_why) == (
        "lossy",
        "the former Data.password is put back only while its secret can still be had",
    )
    clean(bench, plan, shown(plan))
    bench.apply(plan)
    assert bench.plan(plain).empty
    assert "canary" not in repr(bench.rollback())
    assert _net(bench)["Data"]["password"] == CANARY
    bench.apply(plain)
    bench.environ = {"DB": OTHER}
    with pytest.raises(StaleError):
        bench.rollback()


def _machine(bench: Secretive) -> Any:
    return next(item for item in bench.cloud.objects.values() if "SubnetId" in item.body)


HAND = "canary-by-hand"


@pytest.mark.parametrize(
    ("path", "write"),
    [
        ("password", lambda bench: _net(bench).update(Data={"password": HAND})),
        ("password", lambda bench: _net(bench).update(Data={"password": [HAND]})),
        ("url", lambda bench: _machine(bench).body.update(Data={**_machine(bench).body["Data"], "url": HAND})),
        ("all", lambda bench: _machine(bench).body.update(Data={**_machine(bench).body["Data"], "all": [HAND, "x"]})),
        ("all", lambda bench: _machine(bench).body.update(Data={**_machine(bench).body["Data"], "all": [CANARY, "y"]})),
        (
            "all",
            lambda bench: _machine(bench).body.update(Data={**_machine(bench).body["Data"], "all": [CANARY, "x", "z"]}),
        ),
        ("all", lambda bench: _machine(bench).body.update(Data={**_machine(bench).body["Data"], "all": [CANARY]})),
    ],
)
def test_drift_of_a_secret_and_beside_one_is_seen_and_put_back(bench: Secretive, path: str, write: Any) -> None:
    bench.apply(stack())
    before = bench.bodies()
    write(bench)
    plan = bench.plan(stack())
    (change,) = (change for change in plan.changes if change.diff)
    (edit,) = change.diff.edits
    assert edit.path == ("Data", path) and edit.reason is Reason.DRIFT
    assert edit.redacted == (path != "all")  # in a list each secret is hidden by itself
    assert "secret" in change.because[0].message and "outside orch" in change.because[0].message
    assert change.undo.label is UndoLabel.LOSSY
    (drift,) = plan.drift
    assert drift.address == change.address and drift.reverted and len(drift.diff.edits) == 1
    assert "outside orch" in as_text.drift(outline(plan), Style(100))
    report = bench.apply(plan)
    assert report.run.status is RunStatus.DONE and bench.bodies() == before
    clean(bench, plan, report, shown(plan))
    again = bench.plan(stack())
    assert again.empty and not again.drift


def _net(bench: Secretive) -> Any:
    return next(item.body for item in bench.cloud.objects.values() if item.body.get("Cidr") == "10.0.0.0/16")


def test_the_undo_of_a_put_back_secret_says_what_is_lost(bench: Secretive) -> None:
    bench.apply(stack())
    _net(bench).update(Data={"password": HAND}, Rules=["by hand"])
    bench.apply(changed(stack(), "net", Rules=["wanted"]))
    undo = bench.engine().compensation().plan
    assert (
        "net: Data.password stays as it is: the secret that had been written there outside orch is kept nowhere"
        in undo.notes
    )
    assert bench.rollback().run.status is RunStatus.DONE
    assert _net(bench)["Data"] == {"password": CANARY} and _net(bench)["Rules"] == ("by hand",)
    clean(bench)


def test_a_plan_is_stale_where_a_secret_that_it_rests_on_has_changed(bench: Secretive) -> None:
    bench.apply(stack())
    _net(bench).update(Data={"password": HAND})
    plan = bench.plan(stack())
    _net(bench).update(Data={"password": "canary-again"})
    with pytest.raises(StaleError, match=r"Data.password has changed since the plan was made"):
        bench.apply(plan)


def test_a_secret_that_stands_where_no_blueprint_has_it_is_not_kept(bench: Secretive) -> None:
    bench.apply(stack())
    _net(bench).update(Name=CANARY, Tags={"hand": CANARY, "part": f"x-{CANARY}-y", "public": "seen"})
    plan = bench.plan(stack())
    (drift,) = plan.drift
    assert {edit.path for edit in drift.diff.edits} == {
        ("Name",),
        *(("Tags", key) for key in ("hand", "part", "public")),
    }
    assert "seen" in shown(plan)
    report = bench.apply(changed(stack(), "net", Dns=False))
    assert report.run.status is RunStatus.DONE
    again = bench.plan(changed(stack(), "net", Dns=False))
    clean(bench, plan, report, shown(plan), again)


def test_what_becomes_secret_has_not_drifted(bench: Secretive) -> None:
    plain = changed(stack(), "net", Data={"password": "public"}, Tags={"a": "b"})
    bench.apply(plain)
    plan = bench.plan(changed(stack(), "net", Tags={"a": Secret("env://DB")}))
    assert not plan.drift and [c.address for c in plan.changes if c.diff] == ["net", "reader"]


def test_what_a_blueprint_says_in_plain_is_no_secret(bench: Secretive) -> None:
    bench.environ["DB"] = "data"
    wanted = stack_of(
        entry("bucket", "Bucket", {"Name": "data", "Tags": {"team": "data"}, "Data": {"p": Secret("env://DB")}})
    )
    assert bench.apply(wanted).run.status is RunStatus.DONE
    plan = bench.plan(wanted)
    assert plan.empty and not plan.drift


def test_an_adopted_object_shows_nothing_of_its_secret(bench: Secretive) -> None:
    bench.apply(stack_of(entry("bucket", "Bucket", {"Name": "data", "Data": {"p": CANARY}})))
    other = Secretive(bench.path.parent / "other")
    other.cloud = bench.cloud
    bench.cloud.objects["data"].owner = None
    wanted = stack_of(entry("mine", "Bucket", {"Name": "data", "Data": {"p": Secret("env://DB")}}, adopt="data"))
    plan = other.plan(wanted)
    assert "canary" not in repr(plan) + shown(plan)


@pytest.mark.parametrize("rebuild", [False, True])
@pytest.mark.parametrize("now", [CANARY, OTHER, ""])
def test_what_is_taken_over_has_its_secret_compared(bench: Secretive, rebuild: bool, now: str) -> None:
    data = {
        "p": Secret("env://DB"),
        "in": Interpolation(("x-", Secret("env://DB"))),
        "of": [{"a": Secret("env://DB"), "n": "1"}],
    }
    wanted = stack_of(entry("mine", "Bucket", {"Name": "data", "Data": data, "Tags": {"t": Secret("env://DB")}}))
    bench.apply(wanted)
    if rebuild:
        for file in bench.path.parent.glob("state.db*"):
            file.unlink()
    else:
        bench = Secretive(bench.path.parent / "other", bench.cloud)
        bench.cloud.objects["data"].owner = None
    bench.environ = {"DB": now or CANARY}
    if not now:
        body = bench.cloud.objects["data"].body
        bench.cloud.objects["data"].body = {**body, "Tags": {}}
    plan = takeover(brownfield.find(bench.engine(), wanted, rebuild=rebuild), {"mine"}, bench.engine().uids())
    assert bench.engine().apply(container.pack(plan), confirmed=True).run.status is RunStatus.DONE
    next_plan = bench.plan(wanted)
    changed_now = {".".join(map(str, edit.path)) for change in next_plan.changes for edit in change.diff.edits}
    assert changed_now == {CANARY: set(), OTHER: {"Data.p", "Data.in", "Data.of", "Tags.t"}, "": {"Tags.t"}}[now]
    clean(bench, plan, next_plan, shown(plan), shown(next_plan))
    bench.apply(next_plan)
    assert bench.bodies()["data"]["Data"]["in"] == f"x-{now or CANARY}"
    assert bench.bodies()["data"]["Tags"]["t"] == (now or CANARY)
    assert bench.plan(wanted).empty


def test_a_former_secret_is_hidden_whatever_the_case_of_its_key(bench: Secretive) -> None:
    there = {"Login": OTHER, "TOKEN": "open", "plain": "x"}
    bench.apply(stack_of(entry("bucket", "Bucket", {"Name": "data", "Data": {"in": there}, "Tags": there})))
    other = Secretive(bench.path.parent / "other", bench.cloud)
    bench.cloud.objects["data"].owner = None
    tags = {"login": Secret("env://DB"), "token": Secret("env://DB"), "TOKEN": "open", "plain": "x"}
    wanted = stack_of(entry("mine", "Bucket", {"Name": "data", "Data": {"in": tags}, "Tags": tags}, adopt="data"))
    plan = other.plan(wanted)
    report = other.apply(plan)
    assert OTHER not in repr(plan) + shown(plan) + repr(report) + repr(other.engine().backend.rows())
    row = other.engine().backend.rows("test")[0]
    assert row.baseline and row.baseline["Tags"]["TOKEN"] == "open" and row.baseline["Data"]["in"]["plain"] == "x"


def test_a_secret_that_cannot_be_compared_is_said_to_be_unknown(bench: Secretive) -> None:
    bench.apply(stack_of(entry("bucket", "Bucket", {"Name": "data", "Data": {"p": "x"}})))
    other = Secretive(bench.path.parent / "other", bench.cloud)
    bench.cloud.objects["data"].owner = None
    other.provider = Veiled
    wanted = stack_of(entry("mine", "Bucket", {"Name": "data", "Data": {"p": Secret("env://DB")}}, adopt="data"))
    said = [because.message for because in other.plan(wanted).changes[0].because]
    assert any("Data could not be compared" in each and "is not known to be" in each for each in said), said


@pytest.mark.parametrize("path", [("Data", "password"), ("Data", "all"), ("Data", "all", 0), ("Data",)], ids=str)
@pytest.mark.parametrize("mine", [False, True])
def test_a_lookup_reads_no_secret_of_any_stack(bench: Secretive, path: tuple[str | int, ...], mine: bool) -> None:
    data = {"password": Secret("env://DB"), "all": ["x", {"in": Secret("env://DB")}], "open": "y"}
    theirs = stack_of(entry("net", "Network", {"Name": "core", "Cidr": "10.0.0.0/16", "Data": data}))
    bench.apply(theirs if mine else replace(theirs, name="owner"))
    name = "lookup(Memory::Network, Name=core)"
    lookup = Lookup(name, "Memory::Network", PLACE, ((("Name",), "core"),), Source("b.yaml", 7))
    whose = "net" if mine else "net of stack owner in dev"

    def reading(*path: str | int) -> Stack:
        new = entry("reader", "Network", {"Cidr": "10.2.0.0/16", "Data": {"x": Reference(name, path)}})
        return replace(stack_of(*(theirs.resources if mine else ()), new), lookups=(lookup,))

    with pytest.raises(OrchError, match=f"b.yaml:1: reader: .*it is secret in {whose}") as caught:
        bench.plan(reading(*path))
    hint = caught.value.problems[0].hint
    assert 'secret("env://DB")' in hint and ('ref("net")' if mine else 'output("owner", "…")') in hint
    report = bench.apply(reading("Data", "open"))
    assert report.run.status is RunStatus.DONE and bench.plan(reading("Data", "open")).empty
    clean(bench, report)


def test_only_what_the_project_allows_is_read(tmp_path: Path) -> None:
    vault = Vault(b"k", environ=dict(os.environ), directory=tmp_path / "in", allowed=("env://APP_*", "file://*"))
    for uri, message in (
        ("env://HOME", "may not be read"),
        ("env://APP_X", "APP_X is not set"),
        ("file://../out", "leads out"),
        ("file://none", "cannot read"),
        ("vault://x", "no secret store"),
        ("param://x", "needed again"),
        ("", "cannot be read back"),
    ):
        with pytest.raises(OrchError, match=message):
            vault.stamped(Secret(uri))
    (tmp_path / "in").mkdir()
    (tmp_path / "out").write_text("x")
    (tmp_path / "in" / "link").symlink_to(tmp_path / "out")
    with pytest.raises(OrchError, match="leads out"):
        vault.stamped(Secret("file://link"))
    (tmp_path / "in" / "key").write_text("abcd\n")
    assert vault.revealed(Interpolation(("a-", Secret("file://key")))) == "a-abcd"


def test_a_version_says_nothing_and_differs_by_backend() -> None:
    one, two = (Vault(key, Map({"p": "hunter2"})).stamped(Secret("param://p")) for key in (b"1", b"2"))
    assert one.version != two.version and "hunter2" not in repr((one, two)) and len(one.version) == 32


def test_the_container_has_no_canary(bench: Secretive) -> None:
    file = container.pack(bench.plan(stack()))
    assert container.unpack(file.data).plan == file.plan
    with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
        assert b"canary" not in archive.read("plan.json")
