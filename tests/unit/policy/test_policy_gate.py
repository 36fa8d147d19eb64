"""The gate: kept, broken, or not to be judged yet; and an error is broken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from provisioner.model.change import Action, Change, Diff, Edit
from provisioner.model.finding import Finding, Level, Verdict
from provisioner.model.place import Place
from provisioner.model.plan import Known, Plan, Step, Verb
from provisioner.model.resource import Observed, Resource
from provisioner.model.source import Source
from provisioner.model.value import ABSENT, Interpolation, Map, Reference, Secret, freeze
from provisioner.policy import gate, packs
from provisioner.policy.rule import Pack

PLACE = Place("main", "aws", "123456789012", "eu-west-1")
LATER = Reference("other", ("PublicIp",))


def change(body: dict[str, Any], action: Action = Action.CREATE, **more: Any) -> Change:
    entry = Source("blueprint.yaml.j2", 3)
    lines = (((), entry), (("Rules",), Source("blueprint.yaml.j2", 5)), (("Rules", 1), Source("blueprint.yaml.j2", 7)))
    want = Resource("thing", "A::B", PLACE, freeze(body), source=entry, lines=lines)
    return Change("thing", "A::B", PLACE, action, "uid", 1, want=want, source=entry, **more)


def plan(*changes: Change, **more: Any) -> Plan:
    return Plan("net", "prod", "lineage", "2026-11-24T10:00:00Z", changes=changes, **more)


def pack(
    tmp_path: Path, deny: str, level: str = "mandatory", message: str = "bad", actions: str = "[create, update]"
) -> Pack:
    folder = tmp_path / "mine"
    folder.mkdir(exist_ok=True)
    (folder / "r.yaml").write_text(
        f"""\
rules:
  - id: no
    title: No
    severity: high
    level: {level}
    types: ["A::*"]
    actions: {actions}
    deny: {deny!r}
    message: {message!r}
    remediation: do better
    tests: [{{name: a, expect: deny, type: "A::B"}}, {{name: b, expect: pass, type: "A::B"}}]
"""
    )
    return packs.load([folder])[0]


def test_a_broken_rule_is_a_finding_with_the_line_of_the_offending_item(tmp_path: Path) -> None:
    mine = pack(
        tmp_path, "after.Rules.exists(r, r.p == 22)", message="port {{ after.Rules[1].p }} of {{ resource.address }}"
    )
    verdict = gate.judge(plan(change({"Rules": [{"p": 80}, {"p": 22}]})), [mine])
    expected = Finding(
        "mine/no",
        Level.MANDATORY,
        "high",
        "thing",
        "port 22 of thing (Rules[1])",
        "do better",
        Source("blueprint.yaml.j2", 7),
    )
    assert verdict == Verdict((expected,), (), (mine.version,), 1)
    assert verdict.refused


def test_each_offending_item_is_a_finding(tmp_path: Path) -> None:
    verdict = gate.judge(
        plan(change({"Rules": [{"p": 22}, {"p": 22}]})), [pack(tmp_path, "after.Rules.exists(r, r.p == 22)")]
    )
    assert [str(finding.source) for finding in verdict.findings] == ["blueprint.yaml.j2:5", "blueprint.yaml.j2:7"]


def test_what_lacks_is_found_at_the_list_not_at_its_items(tmp_path: Path) -> None:
    verdict = gate.judge(
        plan(change({"Rules": [{"p": 1}, {"p": 2}]})), [pack(tmp_path, "!after.Rules.exists(r, r.p == 22)")]
    )
    assert [finding.message for finding in verdict.findings] == ["bad (Rules)"]


def test_advisory_findings_do_not_refuse(tmp_path: Path) -> None:
    verdict = gate.judge(plan(change({"x": 1})), [pack(tmp_path, "after.x == 1", level="advisory")])
    assert verdict.findings and not verdict.refused


def test_actions_and_types_select(tmp_path: Path) -> None:
    mine = pack(tmp_path, "true", actions="[delete]")
    assert not gate.judge(plan(change({})), [mine]).findings
    assert gate.judge(plan(change({}, Action.DELETE)), [mine]).findings
    assert not gate.judge(plan(replace(change({}, Action.DELETE), type="B::C")), [mine]).findings


@pytest.mark.parametrize(
    "deny", ["after.x == 1", "covers(after.x, 22)", "after.missing == 1", "int(after.x) > 2", "1 / 0 == 1"]
)
@pytest.mark.parametrize("level", ["mandatory", "advisory"])
def test_a_rule_that_errors_denies_whatever_its_level(tmp_path: Path, deny: str, level: str) -> None:
    body = {} if deny == "after.x == 1" else {"x": "abc"}
    verdict = gate.judge(plan(change(body)), [pack(tmp_path, deny, level=level)])
    assert verdict.refused
    assert "could not be judged, which counts as broken" in verdict.findings[0].message


def test_an_exploding_expression_denies(tmp_path: Path) -> None:
    loop = "after.l.exists(a, after.l.exists(b, after.l.exists(c, after.l.exists(d, a + b + c + d == -1))))"
    verdict = gate.judge(plan(change({"l": list(range(100))})), [pack(tmp_path, loop)])
    assert verdict.refused


@pytest.mark.parametrize(
    "deny",
    [
        "has(after.x)",
        "!has(after.x)",
        "after.x == 'a'",
        "after.x != 'a'",
        "!(after.x == 'a')",
        "after.x == 'a' || false",
        "'x' in after",
        "after[change.action == 'create' ? 'x' : 'y'] == 1",
        "[after.x].exists(v, v == 1)",
        "after.?x.orValue('') == ''",
    ],
)
@pytest.mark.parametrize("value", [LATER, Interpolation((LATER, "/32"))])
def test_a_rule_on_an_unknown_value_is_deferred(tmp_path: Path, deny: str, value: Any) -> None:
    verdict = gate.judge(plan(change({"x": value, "y": 1})), [pack(tmp_path, deny)])
    assert not verdict.findings
    (obligation,) = verdict.obligations
    assert (
        obligation.rule == "mine/no" and obligation.paths[0][0] == "x" and "known only after apply" in obligation.reason
    )


def test_a_rule_on_something_that_encloses_an_unknown_is_deferred(tmp_path: Path) -> None:
    body = {"x": {"deep": [LATER]}}
    assert gate.judge(plan(change(body)), [pack(tmp_path, "after.x == {'deep': ['a']}")]).obligations
    assert gate.judge(plan(change(body)), [pack(tmp_path, "has(after.x)")]).findings, "it is there, whatever is in it"


def test_a_known_violation_is_not_put_off_by_an_unknown_neighbour(tmp_path: Path) -> None:
    mine = pack(tmp_path, "after.Rules.exists(r, r.p == 22)")
    verdict = gate.judge(plan(change({"Rules": [{"p": LATER}, {"p": 22}]})), [mine])
    assert [finding.message for finding in verdict.findings] == ["bad (Rules[1])"]
    verdict = gate.judge(plan(change({"Rules": [{"p": LATER}, {"p": 23}]})), [mine])
    assert verdict.obligations and not verdict.findings


def test_a_rule_that_something_must_be_there_waits_for_the_unknown_item(tmp_path: Path) -> None:
    mine = pack(tmp_path, "!after.Rules.exists(r, r.p == 22)")
    verdict = gate.judge(plan(change({"Rules": [{"p": LATER}, {"p": 23}]})), [mine])
    assert verdict.obligations and not verdict.findings


def test_what_the_plan_leaves_alone_is_known_already(tmp_path: Path) -> None:
    known = Known("other", "u", "eip-1", Map({"PublicIp": "192.0.2.1"}))
    mine = pack(tmp_path, "after.x == '192.0.2.1/32'")
    verdict = gate.judge(plan(change({"x": Interpolation((LATER, "/32"))}), knowns=(known,)), [mine])
    assert verdict.findings and not verdict.obligations


def _discharge(tmp_path: Path, body: dict[str, Any], mine: Pack | None = None) -> str | None:
    return _word(tmp_path, body, mine)[0]


def _word(
    tmp_path: Path, body: dict[str, Any], mine: Pack | None = None, level: str = "mandatory"
) -> tuple[str | None, tuple[Finding, ...]]:
    first = pack(tmp_path, "after.x == 'open'", level=level)
    planned = plan(change({"x": LATER}))
    planned = replace(planned, verdict=gate.judge(planned, [first]))
    assert planned.verdict.obligations and not planned.verdict.refused
    step = Step("s1", Verb.CREATE, "thing", "A::B", PLACE, "uid", 1)
    want = change(body).want
    assert want
    return gate.docket(planned, [first if mine is None else mine]).word(step, want)


def test_an_obligation_is_discharged_with_the_real_value(tmp_path: Path) -> None:
    assert _discharge(tmp_path, {"x": "closed"}) is None
    assert _discharge(tmp_path, {"x": "open"}) == "bad (x) [mine/no]"


def test_an_advisory_rule_that_breaks_at_the_step_warns(tmp_path: Path) -> None:
    refusal, (warning,) = _word(tmp_path, {"x": "open"}, level="advisory")
    assert refusal is None and (warning.rule, warning.message) == ("mine/no", "bad (x)")


def test_what_is_still_unknown_at_the_step_is_refused(tmp_path: Path) -> None:
    assert "cannot be judged even now" in str(_discharge(tmp_path, {"x": LATER}))


def test_a_pack_that_has_changed_since_the_plan_is_refused(tmp_path: Path) -> None:
    (tmp_path / "later").mkdir()
    other = pack(tmp_path / "later", "false")
    assert "not there any more as it was" in str(_discharge(tmp_path, {"x": "closed"}, other))
    assert "not there any more as it was" in str(_discharge(tmp_path, {"x": "closed"}, Pack("mine", "", ())))


TAKEN = (Action.ADOPT, Action.REBASE)


def taken(action: Action, found: dict[str, Any], body: dict[str, Any]) -> Change:
    return change(body, action, have=Observed("A::B", PLACE, "thing-1", freeze(found)))


@pytest.mark.parametrize("action", TAKEN)
def test_what_is_taken_as_it_is_is_judged_by_what_then_stands(tmp_path: Path, action: Action) -> None:
    mine = pack(tmp_path, "after.x.y == 'open' && after.n == 1", actions="[adopt, rebase]")
    found = {"x": {"y": "open", "z": 1}, "n": 1}
    (finding,) = gate.judge(plan(taken(action, found, {"x": {"z": 2}})), [mine]).findings
    assert finding.source == Source("blueprint.yaml.j2", 3)
    assert not gate.judge(plan(taken(action, found, {"x": {"y": "closed"}})), [mine]).findings
    (later,) = gate.judge(plan(taken(action, found, {"x": {"y": LATER}})), [mine]).obligations
    assert later.paths == (("x", "y"),)


@pytest.mark.parametrize("action", TAKEN)
def test_what_is_taken_as_it_is_is_judged_again_as_it_was_just_read(tmp_path: Path, action: Action) -> None:
    mine = pack(tmp_path, "after.?x.orValue('') == 'open'", actions="[adopt, rebase]")
    one = taken(action, {"n": 1}, {})
    docket = gate.docket(replace(plan(one), verdict=gate.judge(plan(one), [mine])), [mine])
    step = Step("s1", Verb(str(action)), "thing", "A::B", PLACE, "uid", 1, have=one.have)
    assert one.want and one.have
    assert docket.word(step, one.want) == (None, ())
    opened = replace(step, have=replace(one.have, body=freeze({"x": "open"})))
    assert docket.word(opened, one.want)[0] == "bad (x) [mine/no]"


def test_a_step_without_obligations_is_not_asked(tmp_path: Path) -> None:
    planned = plan(change({"x": "closed"}))
    docket = gate.docket(replace(planned, verdict=gate.judge(planned, [])), [])
    assert docket.discharge("thing", change({}).want or Resource("thing", "A::B", PLACE)) == ()


def test_a_secret_is_not_told_in_a_message(tmp_path: Path) -> None:
    secret = Diff((Edit(("x",), "old", "hunter2", redacted=True),))
    mine = pack(tmp_path, "after.x == 'hunter2'", message="x is {{ after.x }}")
    (finding,) = gate.judge(plan(change({"x": "hunter2"}, diff=secret)), [mine]).findings
    assert finding.message == "x is (sensitive) (x)"


def test_what_lies_within_a_secret_is_not_told_either(tmp_path: Path) -> None:
    secret = Diff((Edit(("x",), ABSENT, (Map(Value="hunter2"),), redacted=True),))
    said = "x is {{ after.x[0].Value }}, y is {{ after.y[9] }}"
    mine = pack(tmp_path, "after.x[0].Value == 'hunter2'", message=said)
    (finding,) = gate.judge(plan(change({"x": [{"Value": "hunter2"}], "y": []}, diff=secret)), [mine]).findings
    assert finding.message.startswith("x is (sensitive), y is ?")


def test_what_a_resource_keeps_secret_is_not_told_in_a_message(tmp_path: Path) -> None:
    new = change({"x": [{"y": "hunter2"}]})
    assert new.want
    new = replace(new, want=replace(new.want, secrets=(("x", "*", "y"),)))
    mine = pack(tmp_path, "after.x[0].y == 'hunter2'", message="x is {{ after.x }}")
    (finding,) = gate.judge(plan(new), [mine]).findings
    assert finding.message == 'x is [{"y": "(sensitive)"}] (x[0].y)'


def test_a_message_that_fails_does_not_hide_the_finding(tmp_path: Path) -> None:
    mine = pack(tmp_path, "after.x == 1", message="{{ after.nothing }} and {{ after.y }}")
    (finding,) = gate.judge(plan(change({"x": 1, "y": LATER})), [mine]).findings
    assert finding.message == "? and (known after apply) (x)"


def test_rules_see_before_the_place_and_the_counts(tmp_path: Path) -> None:
    deny = (
        "before.a == 1 && resource.region == 'eu-west-1' && resource.cloud == 'aws' && stack.environment == 'prod'"
        " && plan.total == 1 && plan.actions['update'] == 1 && change.paths == ['x']"
    )
    have = Observed("A::B", PLACE, "id", Map({"a": 1, "none": None}))
    edited = change({"x": 1}, Action.UPDATE, have=have, diff=Diff((Edit(("x",), after=1),)))
    assert [f.message for f in gate.judge(plan(edited), [pack(tmp_path, deny)]).findings] == ["bad"]


def test_a_message_tells_maps_with_their_keys_in_order_and_secrets_in_lists_by_no_word(tmp_path: Path) -> None:
    body = {"Tags": [{"z": 1, "b": Secret("", "seal"), "a": {"y": 1, "x": 2}}], **dict.fromkeys("qponm", 1)}
    have = Observed("A::B", PLACE, "id-1", freeze(body))
    mine = pack(tmp_path, "true", message="was {{ before }}")
    (finding,) = gate.judge(plan(change({}, Action.UPDATE, have=have)), [mine]).findings
    tags = '[{"a": {"x": 2, "y": 1}, "b": "(sensitive)", "z": 1}]'
    assert finding.message == f'was {{"Tags": {tags}, "m": 1, "n": 1, "o": 1, "p": 1, "q": 1}}'
