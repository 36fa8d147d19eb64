"""A blueprint of modules from end to end: planned, applied, empty, renamed, locked; and the pages' examples are true."""

from __future__ import annotations

import json as stdlib_json
import os
import re
import subprocess
from pathlib import Path

import pytest

from providers.memory import MemoryCloud, MemoryProvider
from provisioner import cli
from provisioner.model.change import Action
from provisioner.model.problem import BlueprintError, OrchError
from provisioner.registry import Registry
from provisioner.render import json, stack, text
from provisioner.render.outline import outline
from provisioner.service import PlanFile, Project
from provisioner.sources import git
from tests.unit.blueprint.conftest import written

ROOT = Path(__file__).parents[2]
APP = Path("blueprints/app")
FILES = {
    "orch.yaml": "policy: {packs: []}\n",
    "blueprints/app/blueprint.yaml.j2": """
        resources:
          logs:
            type: Memory::Bucket
            properties: {Name: logs}
          net:
            for_each: {eu: 10.1.0.0/16, us: 10.2.0.0/16}
            module: ../../modules/site
            depends_on: [logs]
            parameters: {cidr: {{ each.value }}, name: site-{{ each.key }}, bucket: {{ ref("logs").Id }}}
          link:
            type: Memory::Link
            properties: {From: {{ ref("net/eu").outputs.id }}, To: {{ ref("net/us").outputs.id }}}
        outputs:
          addresses: {{ ref("net").outputs.address }}
        """,
    "modules/site/blueprint.yaml.j2": """
        resources:
          network:
            type: Memory::Network
            properties: {Cidr: {{ cidr }}, Name: {{ name }}}
          machines:
            module: ../machines
            parameters: {network: {{ ref("network").Id }}, label: "{{ name }} in {{ ref("network").Id }}", bucket: {{ bucket }}}
        outputs:
          id: {{ ref("network").Id }}
          address: {{ ref("machines").outputs.address }}
        """,
    "modules/site/parameters.yaml": "parameters: {cidr: {type: string}, name: {type: string}, bucket: {type: string}}",
    "modules/machines/blueprint.yaml.j2": """
        resources:
          subnet:
            type: Memory::Subnet
            properties: {NetworkId: {{ network }}, Cidr: 10.0.0.0/24}
          vm:
            type: Memory::Machine
            properties: {SubnetId: {{ ref("subnet").Id }}, Size: 1, Data: {label: {{ label }}, bucket: {{ bucket }}}}
        outputs: {address: {{ ref("vm").Address }}}
        """,
    "modules/machines/parameters.yaml": "parameters: {network: {type: string}, label: {type: string}, bucket: {type: string}}",
}
ENVIRONMENT = "places:\n  aws: {cloud: aws, account: '123456789012', region: us-east-1, endpoint: sandbox}\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project on the in-memory cloud."""
    from provisioner import config
    from provisioner.model.environment import Environment
    from tests.memory_stack import PLACE

    monkeypatch.setattr("provisioner.loader.load_environment", lambda *_args: Environment("dev", (PLACE,)))
    monkeypatch.chdir(written(tmp_path, FILES))
    cloud = MemoryCloud()
    return Project(config.load_settings(Path()), Registry({"memory": MemoryProvider(cloud)}))


def changes(file: PlanFile) -> dict[str, str]:
    return {c.address: str(c.action) for c in file.plan.changes if c.action is not Action.NOOP}


def rewrite(path: str, old: str, new: str) -> None:
    content = Path(path).read_text()
    assert old in content
    Path(path).write_text(content.replace(old, new))


def test_plan_apply_and_nothing_more(project: Project) -> None:
    made = project.plan(APP)
    assert list(changes(made)) and set(changes(made)) == {
        "logs", "net/eu/network", "net/eu/machines/subnet", "net/eu/machines/vm", "net/us/network",
        "net/us/machines/subnet", "net/us/machines/vm", "link",
    }  # fmt: skip
    shown = text.plan(outline(made.plan, made.digest))
    assert "create net/eu/machines/vm" in shown
    assert "modules/machines/blueprint.yaml.j2:5, in module net/eu/machines" in shown
    assert json.plan(outline(made.plan, made.digest))
    rendered = stack.text(stack.view(project.render(APP)))
    assert "net/us/machines/vm  Memory::Machine" in rendered

    report = project.apply(made)
    assert set(report.outputs["addresses"]) == {"eu", "us"}
    assert project.plan(APP).plan.empty
    rows = {row.address: row for row in project.rows()}
    assert rows["net/eu/machines/vm"].applied["Data"]["label"].startswith("site-eu in ")
    assert rows["logs"].uid in rows["net/us/machines/subnet"].depends_on

    rewrite("modules/machines/blueprint.yaml.j2", "Size: 1", "Size: 2")
    changed = project.plan(APP)
    assert changes(changed) == {"net/eu/machines/vm": "update", "net/us/machines/vm": "update"}
    project.apply(changed)
    gone = project.plan(APP, destroy=True)
    project.apply(gone, confirm_destroy=gone.plan.destroys)
    assert not project.rows()


def test_renaming_a_module_and_what_is_in_it_touches_no_object(project: Project) -> None:
    project.apply(project.plan(APP))
    before = {row.identity for row in project.rows()}
    rewrite("blueprints/app/blueprint.yaml.j2", "  net:\n", "  site:\n    moved_from: net/{{ each.key }}\n")
    rewrite("blueprints/app/blueprint.yaml.j2", 'ref("net', 'ref("site')
    rewrite("modules/machines/blueprint.yaml.j2", "  vm:\n", "  machine:\n    moved_from: vm\n")
    rewrite("modules/machines/blueprint.yaml.j2", 'ref("vm")', 'ref("machine")')
    moved = project.plan(APP)
    assert set(changes(moved).values()) == {"move"} and "site/eu/machines/machine" in changes(moved)
    project.apply(moved)
    assert {row.identity for row in project.rows()} == before
    assert project.plan(APP).plan.empty  # with moved_from still there
    rewrite(
        "modules/machines/blueprint.yaml.j2",
        "  machine:\n    moved_from: vm\n",
        "  box:\n    moved_from: [machine, vm]\n",
    )
    rewrite("modules/machines/blueprint.yaml.j2", 'ref("machine")', 'ref("box")')
    assert set(changes(project.plan(APP)).values()) == {"move"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x: {for_each: [a, b], NET}", "y: {for_each: [a, b], NET, moved_from: x}"),
        ("x: {for_each: [a, b], NET}", "y: {for_each: [c, d], NET, moved_from: {c: x/a, d: [w, x/b]}}"),
        ("x: {for_each: [a], NET}", "x: {NET, moved_from: x}"),
        ("x: {for_each: [a], NET}", "y: {NET, moved_from: x}"),
        ("x: {NET}", "x: {for_each: [b], NET, moved_from: x}"),
        ("x: {MODULE}", "y: {MODULE, moved_from: x}"),
        ("x: {for_each: [a, b], MODULE}", "y: {for_each: [a, b], MODULE, moved_from: x}"),
        ("x: {for_each: [a], MODULE}", "x: {MODULE, moved_from: x}"),
        ("x: {MODULE}", "x: {for_each: [a], MODULE, moved_from: x}"),
        ("x: {module: ../../modules/two}", "x: {module: ../../modules/changed}"),
        ("x: {module: ../../modules/two}", "y: {for_each: [a], module: ../../modules/changed, moved_from: x}"),
    ],
)
def test_nothing_but_moves(project: Project, before: str, after: str) -> None:
    net = "type: Memory::Network, properties: {Cidr: 10.0.0.0/16, Name: n}"
    files = {
        "one": f"resources: {{vpc: {{{net}}}}}",
        "two": f"resources: {{x: {{for_each: [a, b], {net}}}, z: {{{net}}}}}",
        "changed": f"resources: {{y: {{for_each: [a, b], {net}, moved_from: x}}, z: {{for_each: [q], {net}, moved_from: z}}}}",
    }
    written(Path(), {f"modules/{name}/blueprint.yaml.j2": content for name, content in files.items()})
    for entry in (before, after):
        content = entry.replace("NET", net).replace("MODULE", "module: ../../modules/one")
        written(Path(), {"blueprints/app/blueprint.yaml.j2": f"resources:\n  {content}\n"})
        made = project.plan(APP)
        assert set(changes(made).values()) == {"create" if entry == before else "move"}
        project.apply(made)
        assert project.plan(APP).plan.empty


@pytest.mark.parametrize(
    ("before", "after", "hint"),
    [
        ("x: {NET}", "y: {for_each: [b, c], NET, moved_from: x}", "{b: x}"),
        ("x: {for_each: [b, c], NET}", "y: {NET, moved_from: x}", "x/b"),
        ("x: {MODULE}", "y: {for_each: {b: 1, c: 2}, MODULE, moved_from: x}", "{b: x}"),
        ("x: {for_each: [b, c], MODULE}", "x: {MODULE, moved_from: x}", "x/b"),
    ],
)
def test_what_cannot_be_told_is_asked(project: Project, before: str, after: str, hint: str) -> None:
    net = "type: Memory::Network, properties: {Cidr: 10.0.0.0/16, Name: n}"
    written(Path(), {"modules/one/blueprint.yaml.j2": f"resources: {{vpc: {{{net}}}}}"})

    def blueprint(entry: str) -> PlanFile:
        content = entry.replace("NET", net).replace("MODULE", "module: ../../modules/one")
        written(Path(), {"blueprints/app/blueprint.yaml.j2": f"resources:\n  {content}\n"})
        return project.plan(APP)

    project.apply(blueprint(before))
    with pytest.raises(OrchError) as caught:
        blueprint(after)
    (problem,) = caught.value.problems
    assert problem.hint == f"say which, as in moved_from: {hint}"
    assert "blueprints/app/blueprint.yaml.j2:2" in str(problem.source)
    said = changes(blueprint(after.replace("moved_from: x", f"moved_from: {hint}")))
    assert sorted(said.values()) == (["create", "move"] if "{" in hint else ["delete", "move"])


@pytest.mark.parametrize(
    ("app", "module", "wanted"),
    [
        ("y: {module: ../../modules/one}", "vpc: {NET}", ("moved_from: x", "y")),  # its entry renames all in it
        ("x: {module: ../../modules/one}", "net: {NET}", ("moved_from: vpc", "x/net")),  # as the template names it
        ("y: {module: ../../modules/one}", "net: {NET}", None),
        ("vpc: {NET}", "", ("moved_from: x/vpc", "vpc")),
    ],
)
def test_a_rename_is_proposed_where_it_can_be_written(
    project: Project, app: str, module: str, wanted: tuple[str, str] | None
) -> None:
    net = "type: Memory::Network, properties: {Cidr: 10.0.0.0/16, Name: n}"
    for entry, inner in (("x: {module: ../../modules/one}", "vpc: {NET}"), (app, module)):
        blueprints = {"blueprints/app": entry, "modules/one": inner}
        written(
            Path(),
            {f"{f}/blueprint.yaml.j2": f"resources:\n  {e.replace('NET', net)}\n" for f, e in blueprints.items()},
        )
        made = project.plan(APP)
        if entry != app or inner != module:
            project.apply(made)
    assert [(p.write, p.address) for p in made.plan.proposals] == ([wanted] if wanted else [])


def test_a_failing_step_and_a_wrong_value_name_both_lines(project: Project) -> None:
    rewrite("modules/machines/blueprint.yaml.j2", "Size: 1", "Size: big")
    with pytest.raises(BlueprintError) as caught:
        project.plan(APP)
    assert str(caught.value).splitlines()[0] == (
        "modules/machines/blueprint.yaml.j2:7, in module net/eu/machines (modules/site/blueprint.yaml.j2:5), in module net/eu "
        "(blueprints/app/blueprint.yaml.j2:5): net/eu/machines/vm: Size must be a whole number, not the text 'big'"
    )


# --- the command -----------------------------------------------------------------------------------------------------


def test_lock_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(git, "SCHEMES", ("file",))
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    repository = written(
        tmp_path / "lib", {"vpc/blueprint.yaml.j2": "resources:\n  gate: {type: AWS::EC2::InternetGateway}\n"}
    )
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"], ["tag", "v1"]):
        subprocess.run(["git", *command], cwd=repository, check=True, env={**os.environ, **who})
    app = f"resources:\n  net: {{{{ {{'module': 'git::file://{repository}//vpc?ref=' ~ env_var('TAG', 'v1')}} }}}}\n"
    files = {"orch.yaml": "env_vars: [TAG]", "app/blueprint.yaml.j2": app, "app/environments/dev.yaml": ENVIRONMENT}
    monkeypatch.chdir(written(tmp_path / "project", {**files, "app/environments/test.yaml": ENVIRONMENT}))

    assert cli.main(["validate", "app", "-e", "dev"]) == 1  # `endpoint: sandbox`, and none runs
    rewrite("app/environments/dev.yaml", ", endpoint: sandbox", "")
    capsys.readouterr()
    assert cli.main(["validate", "app", "-e", "dev"]) == 1
    told = capsys.readouterr().err
    assert (
        "is not locked" in told
        and "at  app/blueprint.yaml.j2:2 (net)" in told
        and "hint  orch modules lock app" in told
    )
    assert cli.main(["modules", "lock", "app"]) == 0  # all environments, sandbox or not
    said = capsys.readouterr()
    assert f"git::file://{repository}?ref=v1\n  commit " in said.out and said.err == "Locked in orch.lock; commit it.\n"
    assert cli.main(["validate", "app", "-e", "dev"]) == 0
    assert "valid in dev" in capsys.readouterr().out
    assert cli.main(["modules", "lock", "app", "--format", "json"]) == 0
    said = capsys.readouterr()
    (module,) = stdlib_json.loads(said.out)["modules"]
    assert module["module"].endswith("?ref=v1") and len(module["commit"]) == 40 and not said.err
    written(Path(), {"app/blueprint.yaml.j2": "resources: {}"})
    assert cli.main(["modules", "lock", "app"]) == 0
    assert "nothing to lock" in capsys.readouterr().out


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_examples_of_the_page_are_applied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_aws: str) -> None:
    """Every block of YAML whose first line names a file is that file."""
    page = (ROOT / "blueprints" / "README.md").read_text().partition("## Modules")[2].partition("\n## ")[0]
    files = dict(re.findall(r"```yaml\n# (\S+)\n(.*?)```", page, re.S))
    assert len(files) == 3
    monkeypatch.setattr("provisioner.sandbox.endpoints", lambda _directory: {"aws": fresh_aws})
    monkeypatch.chdir(
        written(tmp_path, {**files, "orch.yaml": "", "blueprints/app/environments/dev.yaml": ENVIRONMENT})
    )
    project = Project.open()
    listed = re.search(r"```text\n(.*?)```", page, re.S)
    assert listed and [resource.address for resource in project.render(APP).resources] == listed[1].split()
    project.apply(project.plan(APP))
    after = project.plan(APP)
    assert after.plan.empty and not after.plan.drift
    assert set(after.plan.outputs["branches"]) == {"north", "south"}
    assert all(str(subnet).startswith("subnet-") for subnet in after.plan.outputs["subnets"])
