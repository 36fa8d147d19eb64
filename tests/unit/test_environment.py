"""Environments: places in each cloud's own words, endpoints, and errors that name the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner.environment import load_environment
from provisioner.model.problem import OrchError

PLACES = """\
places:
  aws: {cloud: aws, account: "012345678901", region: eu-west-1, endpoint: sandbox}
  azure: {cloud: azure, subscription: 11111111-1111-1111-1111-111111111111, location: westeurope}
  gcp: {cloud: gcp, project: acme-dev, region: europe-west1, zone: europe-west1-b}
"""


def blueprint(folder: Path, **environments: str) -> Path:
    (folder / "environments").mkdir()
    for name, text in environments.items():
        (folder / "environments" / f"{name}.yaml").write_text(text)
    return folder


def test_places_speak_each_clouds_own_words(tmp_path: Path) -> None:
    found = load_environment(blueprint(tmp_path, dev=PLACES), None, lambda: {"aws": "http://127.0.0.1:1"})
    aws, azure, gcp = found.places
    assert (aws.account, aws.region, aws.endpoint) == ("012345678901", "eu-west-1", "http://127.0.0.1:1")
    assert (azure.account, azure.region, azure.endpoint) == ("11111111-1111-1111-1111-111111111111", "westeurope", "")
    assert (gcp.account, gcp.region, gcp.zone) == ("acme-dev", "europe-west1", "europe-west1-b")


def test_only_a_sandbox_shows_new_objects_at_once(tmp_path: Path) -> None:
    found = load_environment(blueprint(tmp_path, dev=PLACES), "dev", lambda: {"aws": "http://127.0.0.1:1"})
    assert [place.visible_within for place in found.places] == [1.0, None, None]


def test_of_several_environments_one_has_to_be_named(tmp_path: Path) -> None:
    with pytest.raises(OrchError, match=r"dev.*prod"):
        load_environment(blueprint(tmp_path, dev=PLACES, prod=PLACES), None, dict)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("account: 012345678901", 'account: "012345678901"'),
        ("cloud: azur,", "cloud: azure,"),
        ("projekt: acme-dev", "project: acme-dev"),
    ],
)
def test_what_is_wrong_names_its_line(tmp_path: Path, wrong: str, right: str) -> None:
    assert right in PLACES
    folder = blueprint(tmp_path, dev=PLACES.replace(right, wrong))
    line = next(n for n, text in enumerate(PLACES.splitlines(), 1) if right in text)
    with pytest.raises(OrchError, match=rf"dev\.yaml:{line}"):
        load_environment(folder, "dev", lambda: {"aws": "http://127.0.0.1:1"})


def test_a_sandbox_that_is_not_up_says_how_to_start_it(tmp_path: Path) -> None:
    def endpoints() -> dict[str, str]:
        raise OrchError("no sandbox runs here", hint="orch sandbox up")

    with pytest.raises(OrchError, match="orch sandbox up"):
        load_environment(blueprint(tmp_path, dev=PLACES), "dev", endpoints)


BASE = """\
places:
  aws: {cloud: aws, region: eu-west-1, endpoint: sandbox, profile: base}
  gcp: {cloud: gcp, project: acme, region: europe-west1}
parameters:
  size: 1
  network: {cidr: 10.0.0.0/16, name: base}
default_tags: {team: core, stage: none}
"""
MIDDLE = """\
extends: base
default_tags: {stage: middle}
"""
TOP = """\
extends: middle
places:
  aws:
    account: "123456789012"
    endpoint: null
parameters:
  network: {cidr: 10.1.0.0/16}
default_tags: {owner: me}
"""


def test_an_environment_extends_another_key_by_key(tmp_path: Path) -> None:
    found = load_environment(blueprint(tmp_path, base=BASE, middle=MIDDLE, top=TOP), "top", dict)
    aws, gcp = found.places
    assert (aws.account, aws.region, aws.endpoint, aws.credentials) == (
        "123456789012",
        "eu-west-1",
        "",
        {"profile": "base"},
    )
    assert (gcp.account, gcp.region) == ("acme", "europe-west1")
    assert found.default_tags == {"team": "core", "stage": "middle", "owner": "me"} == aws.default_tags
    assert found.name == "top" and found.file.endswith("top.yaml")


def test_a_value_keeps_the_line_of_the_file_where_it_stands(tmp_path: Path) -> None:
    found = load_environment(blueprint(tmp_path, base=BASE, middle=MIDDLE, top=TOP), "top", dict)
    size, network = found.parameters["size"], found.parameters["network"]
    assert (size.value, str(size.source)) == (1, f"{tmp_path}/environments/base.yaml:5")
    assert network.value == {"cidr": "10.1.0.0/16"}  # a value is replaced whole
    assert str(network.source) == f"{tmp_path}/environments/top.yaml:7"
    assert [str(place.source) for place in found.places] == [
        f"{tmp_path}/environments/top.yaml:3",
        f"{tmp_path}/environments/base.yaml:3",
    ]


def test_what_lacks_after_extending_is_named(tmp_path: Path) -> None:
    top = TOP.replace('    account: "123456789012"\n', "")
    with pytest.raises(OrchError, match=r"top\.yaml:3: aws: 'account' is missing"):
        load_environment(blueprint(tmp_path, base=BASE, middle=MIDDLE, top=top), "top", dict)
