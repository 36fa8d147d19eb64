"""The hostile mode: answers that say the same in other words, by chance that a seed decides, and new objects that are missed."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from providers.kit.hostile import Mood, Novelties, recased, shuffled
from provisioner import sandbox
from provisioner.cli import main
from provisioner.environment import load_environment
from tests.sandboxes import calm, faults, hostile, reset

GROUP = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g"
RULES = f"{GROUP}/providers/Microsoft.Network/networkSecurityGroups/n"
FIREWALLS = "/compute/v1/projects/sandbox/global/firewalls"
LOOKS = 12


def send(url: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    at = urlsplit(url)
    connection = HTTPConnection(at.hostname or "", at.port, timeout=10)
    headers = {"Authorization": "Bearer x", "Content-Type": "application/json"}
    connection.request(method, at.path + path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, json.loads(content or b"null")


def azure(url: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    return send(url, method, f"{path}?api-version={'2025-04-01' if path == GROUP else '2024-05-01'}", body)


def distinct(answers: list[Any]) -> int:
    return len({json.dumps(answer) for answer in answers})


def folded(value: Any) -> Any:
    """What an answer says, whatever its letters' case and the order of its lists."""
    if isinstance(value, dict):
        kept = {
            key: item for key, item in value.items() if key not in ("systemData", "ofALaterVersion", "satisfiesPzi")
        }
        return {key: folded(item) for key, item in kept.items()}
    if isinstance(value, list):
        return sorted((folded(item) for item in value), key=json.dumps)
    return value.lower().replace(" ", "").replace("//compute.", "//www.") if isinstance(value, str) else value


# --- chance ---------------------------------------------------------------------------------------------------------------


def test_a_seed_decides_all_of_it_whatever_was_asked_before() -> None:
    one, other = Mood(7), Mood(7)
    other.dice("something else").random()
    assert one.dice("a", 1).random() == other.dice("a", 1).random() != one.dice("a", 2).random()
    assert Mood(8).dice("a", 1).random() != one.dice("a", 1).random()
    assert sorted(shuffled(one.dice("list"), [3, 1, 2])) == [1, 2, 3]
    assert {recased(one.dice(n), "Allow") for n in range(30)} == {"Allow", "allow", "ALLOW"}


def test_what_is_new_is_missed_by_few_looks_and_for_a_while() -> None:
    now = [0.0]
    new = Novelties(Mood(1, seconds=5), lambda: now[0])
    names = [f"n{number}" for number in range(50)]
    for name in names:
        new.add(name)
    looks = {name: [new.misses(name) for _ in range(4)] for name in names}
    assert any(any(seen) for seen in looks.values()) and not any(seen[3] for seen in looks.values())
    assert any(seen[:2] == [False, True] for seen in looks.values())  # seen, and then missed once more
    new.add("late")
    now[0] = 5.0
    assert not any(new.misses("late") for _ in range(4)) and not new.misses("never heard of")
    at_once = Novelties(Mood(1), lambda: 0.0)
    at_once.add("n")
    assert not at_once.among({"n"})


# --- the clouds -----------------------------------------------------------------------------------------------------------


def test_azure_says_the_same_in_other_words(fresh_azure: str) -> None:
    allow = {"access": "Allow", "direction": "Inbound", "protocol": "Tcp", "sourcePortRange": "*"}
    allow |= {
        "destinationAddressPrefix": "*",
        "destinationPortRange": "443",
        "sourceAddressPrefixes": ["10.0.0.0/8", "192.0.2.0/24"],
    }
    rules = [{"name": f"r{n}", "properties": {**allow, "priority": 100 + n}} for n in range(3)]

    def answers(seed: int) -> list[Any]:
        reset(fresh_azure)
        faults(fresh_azure, hostile(seed))
        azure(calm(fresh_azure), "PUT", GROUP, {"location": "westeurope"})
        body = {"location": "westeurope", "properties": {"securityRules": rules}}
        assert azure(calm(fresh_azure), "PUT", RULES, body)[0] == 201
        while azure(calm(fresh_azure), "GET", RULES)[1]["properties"]["provisioningState"] != "Succeeded":
            pass
        return [azure(fresh_azure, "GET", RULES)[1] for _ in range(LOOKS)]

    seen = answers(3)
    plain = azure(calm(fresh_azure), "GET", RULES)[1]
    assert distinct(seen) > LOOKS / 2
    for answer in seen:
        assert {key: folded(answer["properties"][key]) for key in plain["properties"]} == folded(plain["properties"])
        assert folded({key: answer[key] for key in ("id", "location", "type")}) == folded(
            {key: plain[key] for key in ("id", "location", "type")}
        )
    assert len({answer["id"] for answer in seen}) > 1 and {answer["location"] for answer in seen} == {
        "westeurope",
        "West Europe",
    }
    words = {rule["properties"]["access"] for answer in seen for rule in answer["properties"]["securityRules"]}
    assert words == {"Allow", "allow", "ALLOW"}
    assert all(answer["name"] == "n" for answer in seen)


def test_gcp_says_the_same_in_other_words(fresh_gcp: str) -> None:
    send(
        fresh_gcp, "POST", "/compute/v1/projects/sandbox/global/networks", {"name": "n", "autoCreateSubnetworks": False}
    )
    body = {
        "name": "f",
        "network": "global/networks/n",
        "sourceRanges": ["10.0.0.0/8", "192.0.2.0/24", "198.51.100.0/24"],
    }
    body["allowed"] = [{"IPProtocol": "tcp", "ports": ["1", "2"]}, {"IPProtocol": "icmp"}]
    while send(fresh_gcp, "POST", FIREWALLS, body)[0] != 200:
        pass
    while send(fresh_gcp, "GET", f"{FIREWALLS}/f")[0] != 200:
        pass
    faults(fresh_gcp, hostile(1))
    seen = [send(fresh_gcp, "GET", f"{FIREWALLS}/f")[1] for _ in range(LOOKS)]
    plain = send(calm(fresh_gcp), "GET", f"{FIREWALLS}/f")[1]
    assert distinct(seen) > LOOKS / 2 and all(folded(answer) == folded(plain) for answer in seen)
    hosts = {urlsplit(answer["network"]).netloc for answer in seen}
    assert hosts == {"www.googleapis.com", "compute.googleapis.com"}
    faults(fresh_gcp)
    assert send(fresh_gcp, "GET", f"{FIREWALLS}/f")[1] == plain


def test_aws_does_not_know_at_once_what_it_has_made(fresh_aws: str) -> None:
    def client(url: str) -> Any:
        once = Config(retries={"total_max_attempts": 1})
        keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
        return boto3.client("ec2", region_name="us-east-1", endpoint_url=url, config=once, **keys)

    faults(fresh_aws, hostile(2))
    ec2, plain = client(fresh_aws), client(calm(fresh_aws))
    filters = [{"Name": "vpc-id", "Values": [""]}]
    missed: list[str] = []
    for number in range(12):
        made = ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"]
        assert [vpc["VpcId"] for vpc in plain.describe_vpcs(VpcIds=[made])["Vpcs"]] == [made]
        filters[0]["Values"] = [made]
        missed += [] if ec2.describe_vpcs(Filters=filters)["Vpcs"] else [made]
        try:
            ec2.delete_vpc(VpcId=made)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "InvalidVpcID.NotFound"
            assert plain.describe_vpcs(VpcIds=[made])["Vpcs"], "a delete that met nothing has deleted something"
            missed.append("delete")
        else:
            with pytest.raises(ClientError):
                plain.describe_vpcs(VpcIds=[made])
    assert "delete" in missed and len(missed) > missed.count("delete")


def test_the_same_mode_again_forgets_nothing_and_another_one_begins_anew(fresh_azure: str) -> None:
    faults(fresh_azure, hostile(1))
    azure(calm(fresh_azure), "PUT", GROUP, {"location": "westeurope"})

    def look() -> Any:
        return azure(fresh_azure, "GET", GROUP)

    first = [look() for _ in range(LOOKS)]
    faults(fresh_azure, hostile(1))
    assert [look() for _ in range(LOOKS)] != first
    faults(fresh_azure)
    faults(fresh_azure, hostile(1))
    assert [look() for _ in range(LOOKS)] == first


# --- what a user types ----------------------------------------------------------------------------------------------------


def test_typed_shown_and_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    directory = tmp_path / ".orch"
    (tmp_path / "b" / "environments").mkdir(parents=True)
    place = "places:\n  gcp: {cloud: gcp, project: sandbox, region: europe-west1, endpoint: sandbox}\n"
    (tmp_path / "b" / "environments" / "dev.yaml").write_text(place)

    def orch(*words: str) -> str:
        assert main(["sandbox", *words]) == 0
        return capsys.readouterr().out

    def visible_within() -> float | None:
        found = load_environment(
            tmp_path / "b", "dev", lambda: sandbox.endpoints(directory), lambda: sandbox.lagging(directory)
        )
        return found.places[0].visible_within

    try:
        sandbox.up(directory, ["gcp"])
        assert visible_within() == 1.0
        said = orch("fault", "hostile", "--seed", "7")
        words = "hostile (seed 7; what is new may not be found for 1 s), every call"
        assert said == f"gcp: {words}. Take it back with: orch sandbox fault clear gcp\n"
        assert words in orch("status")
        assert visible_within() is None  # as of the cloud itself
        assert orch("fault", "clear") == "No faults any more: gcp.\n"
        assert visible_within() == 1.0
        orch("fault", "hostile", "--seconds", "0")
        assert visible_within() == 1.0
    finally:
        sandbox.down(directory)
