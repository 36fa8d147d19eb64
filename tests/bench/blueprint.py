"""From template to checked stack, beside plain Jinja2 and PyYAML over the same template."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.measure import Result, Stopwatch, child, in_turn, median, of_extra

TEMPLATE = """\
stack: big
resources:
{% for v in range(networks) %}
  vpc-{{ v }}:
    type: AWS::EC2::VPC
    properties: {CidrBlock: 10.{{ v % 250 }}.0.0/16, EnableDnsHostnames: true, EnableDnsSupport: true}
{% for i in range(subnets) %}
  group-{{ v }}-{{ i }}:
    type: AWS::EC2::SecurityGroup
    properties:
      VpcId: {{ ref("vpc-%d" % v).VpcId }}
      GroupName: service-{{ v }}-{{ i }}-{{ "a-name-of-some-length-as-they-are-in-practice" }}
      GroupDescription: What service {{ i }} of network {{ v }} may be reached by, from where, and who asked for it
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: {{ 8000 + i }}, ToPort: {{ 8000 + i }}, CidrIp: 10.0.0.0/8}
        - {IpProtocol: tcp, FromPort: 443, ToPort: 443, SourceSecurityGroupId: {{ ref("group-%d-%d" % (v, [i - 1, 0] | max)).GroupId if i else '"sg-0"' }}}
      Tags: [{Key: team, Value: platform}, {Key: cost-centre, Value: cc-{{ v }}}]
{% endfor %}
{% endfor %}
"""
ENVIRONMENT = 'places:\n  aws: {cloud: aws, account: "123456789012", region: eu-west-1}\n'
PARAMETERS = "parameters:\n  networks: {type: integer}\n  subnets: {type: integer}\n"


def render(quick: bool, sizes: tuple[tuple[int, int], ...] = ()) -> Iterator[Result]:
    """``blueprint.render``: validation included. Each run is a process of its own."""
    chosen = sizes or (((1000, 3), (10_000, 3)) if quick else ((1000, 5), (10_000, 3), (50_000, 1)))
    for n, runs in chosen:
        with TemporaryDirectory(prefix="orch-bench-") as name:
            write(Path(name), n)
            ours, theirs = in_turn(runs, partial(child, load, name), partial(child, plain, name, n))
        extra = {
            "bytes_each": of_extra(theirs, "bytes") // n,
            "share_without_validation": round(1 - of_extra(ours, "validation_s") / median(ours), 3),
            "against_peak_mb": round(max(sample.peak_mb or 0 for sample in theirs), 1),
        }
        yield Result("blueprint.render", n, ours, theirs, "jinja2 + yaml.CSafeLoader", extra)


def write(folder: Path, n: int) -> None:
    """A blueprint of n resources, a hundred to a network."""
    (folder / "environments").mkdir()
    (folder / "environments" / "dev.yaml").write_text(f"{ENVIRONMENT}parameters: {sized(n)}\n")
    (folder / "parameters.yaml").write_text(PARAMETERS)
    (folder / "blueprint.yaml.j2").write_text(TEMPLATE)


def sized(n: int) -> dict[str, int]:
    """The parameters for n resources."""
    return {"networks": max(n // 100, 1), "subnets": min(n, 100) - 1}


def load(folder: str) -> Callable[[], dict[str, float]]:
    """The whole: rendered, built and checked."""
    from provisioner import blueprint
    from provisioner.blueprint.validate import Validators
    from provisioner.environment import load_environment
    from provisioner.registry import Registry

    registry = Registry()
    environment = load_environment(Path(folder), "dev", dict)
    validation = Stopwatch(Validators, "problems", list)

    def work() -> dict[str, float]:
        blueprint.load(
            Path(folder),
            environment=environment,
            parameters={},
            params_file=None,
            environ={},
            resource_type=registry.resource_type,
            cloud_of=registry.cloud_of,
            normalize=lambda want: registry.provider(want.place.cloud).normalize(want),
        )
        return {"validation_s": validation.seconds}

    return work


class _Name(str):
    """What a reference looks like to plain Jinja2: text."""

    def __getattr__(self, attribute: str) -> str:
        return f'"{self}.{attribute}"'


def plain(folder: str, n: str) -> Callable[[], dict[str, int]]:
    """What one would write by hand: the same template, rendered to text and loaded."""
    import jinja2
    import yaml

    values = sized(int(n))
    text = (Path(folder) / "blueprint.yaml.j2").read_text()

    def work() -> dict[str, int]:
        engine = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        rendered = engine.from_string(text).render(values, ref=_Name)
        found = yaml.load(rendered, yaml.CSafeLoader)
        assert len(found["resources"]) == int(n)
        return {"bytes": len(rendered)}

    return work
