"""Reading packs: nothing that is wrong with a rule passes silently."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner.model.problem import OrchError
from provisioner.policy import cases, packs

ROOT = Path(__file__).parents[3]
PACKS = sorted(folder for folder in (ROOT / "policies").iterdir() if folder.is_dir())
OUTCOMES = [outcome for pack in packs.load(PACKS) for outcome in cases.run(pack)]


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda o: f"{o.rule.id}:{o.case.type}:{o.case.name}")
def test_every_case_of_every_rule_comes_out_as_written(outcome: cases.Outcome) -> None:
    assert outcome.got == outcome.case.expect, outcome.detail


def test_every_rule_is_tried_both_ways_for_every_type_it_names() -> None:
    for pack in packs.load(PACKS):
        for rule in pack.rules:
            for pattern, _ in rule.clauses:
                tried = {case.expect for case in rule.cases if rule.program(case.type) is rule.program(pattern)}
                assert {"pass", "deny"} <= tried, (rule.id, pattern)


RULE = """\
rules:
  - id: no-thing
    title: No thing
    severity: low
    level: mandatory
    types: [A::B]
    deny: after.thing == 1
    message: "thing {{ after.thing }}"
    tests:
      - {name: bad, expect: deny, after: {thing: 1}}
      - {name: good, expect: pass, after: {thing: 2}}
"""


def _errors(tmp_path: Path, text: str) -> list[str]:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "rules.yaml").write_text(text)
    with pytest.raises(OrchError) as caught:
        packs.load([folder])
    return [str(problem).replace(str(tmp_path), "") for problem in caught.value.problems]


def test_a_pack_loads_with_its_digest(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "rules.yaml").write_text(RULE)
    (pack,) = packs.load([folder])
    assert (pack.name, pack.rules[0].id, pack.rules[0].source.line) == ("mine", "mine/no-thing", 2)
    (folder / "rules.yaml").write_text(RULE.replace("== 1", "== 3"))
    assert packs.load([folder])[0].version != pack.version


def test_an_expression_that_does_not_compile_shows_line_and_caret(tmp_path: Path) -> None:
    text = RULE.replace("deny: after.thing == 1", "deny: |-\n      after.thing == 1\n      && afetr.x")
    (error,) = _errors(tmp_path, text)
    assert error == (
        "/mine/rules.yaml:7: rule mine/no-thing, line 2 of the expression does not compile: "
        "undeclared reference to 'afetr.x' (in container '')\n  | && afetr.x\n  |         ^"
    )


@pytest.mark.parametrize(
    ("old", "new", "needle"),
    [
        ("after.thing == 1", "after.thing ==", "ends too early"),
        ("after.thing == 1", "size(after.thing)", "must be true or false, not INT"),
        ("{{ after.thing }}", "{{ after. }}", "rule mine/no-thing does not compile"),
        ("level: mandatory", "level: mandatry", "rules.yaml:5"),
        ("severity: low", "severity: low\n    serverity: low", "serverity"),
        ("title: No thing", "title: No thing\n    title: again", "title"),
        ("expect: deny", "expect: pass", "no case in `tests` that expects deny for A::B"),
        ("    types: [A::B]\n", "", "needs `types`"),
        ("types: [A::B]", "types: [A::B", "rules.yaml"),
        ("id: no-thing", "id: No Thing", "rules.yaml:2"),
        ("rules:", "rule:", "rules"),
    ],
)
def test_a_broken_file_is_refused_and_says_where(tmp_path: Path, old: str, new: str, needle: str) -> None:
    assert old in RULE
    assert needle in "\n".join(_errors(tmp_path, RULE.replace(old, new)))


def test_two_rules_of_one_id_are_refused(tmp_path: Path) -> None:
    text = RULE + RULE.removeprefix("rules:\n")
    (error,) = _errors(tmp_path, text)
    assert error.startswith("/mine/rules.yaml:12: rule mine/no-thing was already there at") and error.endswith(":2")


def test_all_broken_packs_are_reported_together(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(OrchError) as caught:
        packs.load([tmp_path / "absent", tmp_path / "empty"])
    assert [problem.message.split("/")[-1] for problem in caught.value.problems] == [
        "absent does not exist",
        "empty holds no *.yaml file",
    ]


def test_an_unclosed_map_is_refused(tmp_path: Path) -> None:
    assert _errors(tmp_path, "rules: {")
